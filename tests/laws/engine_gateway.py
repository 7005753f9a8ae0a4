"""A gateway in small that brings an engine into a state and keeps it there: for `kill -9`.

python -m tests.laws.engine_gateway FOLDER STATE
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from random import Random
from typing import Any, Final

from gilmok.core.endpoint import Endpoint
from gilmok.core.engine import RAM, Demand, EngineState
from gilmok.engines.keeper import Keeper
from gilmok.engines.residency import Residency
from tests.laws.engine_cast import fakes
from tests.laws.engines import ALERT, BRISK
from tests.unit.engines.conftest import LoopClock

STATES: Final = ("loading", "warm", "draining", "stopping", "sick")
_MODES: Final[dict[str, dict[str, Any]]] = {
    "loading": {"load_s": 600},
    "stopping": {"stubborn": True},
    "sick": {"die": 1, "log": "failed to load model"},
}
"""How the coder behaves, whom this is about."""


async def hold(folder: Path, state: str) -> None:
    cast = fakes(folder)
    weights = cast.drivers["coder"]._settings.weights
    weights.write_text(json.dumps({"ballast_mb": 20, **_MODES.get(state, {})}))
    demands = {"coder": Demand(waiting=1, oldest=0.0)}
    changed = asyncio.Event()

    def hear(id: str, new: EngineState, endpoint: Endpoint | None) -> None:
        changed.set()

    keeper = Keeper(
        cast.drivers,
        Residency.of(cast.needs, {RAM: cast.budget}, BRISK),
        demand=lambda id: demands.get(id, Demand()),
        on_change=hear,
        clock=LoopClock(),
        rng=Random(1),
        policy=ALERT,
    )

    async def until(*wanted: EngineState) -> None:
        while keeper.state("coder") not in wanted:
            changed.clear()
            await changed.wait()

    async with keeper:
        if state in ("warm", "draining", "stopping"):
            await until(EngineState.WARM)
            demands["coder"] = Demand(running=1 if state == "draining" else 0)
        if state in ("draining", "stopping"):
            demands["architect"] = Demand(waiting=1, oldest=0.0)
            keeper.look()
            await until(EngineState.DRAINING)
        if state in ("loading", "sick"):
            await until(EngineState(state))
        while state == "loading" and len(cast.drivers["coder"]._child.pids) < 2:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        print(state, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(hold(Path(sys.argv[1]), sys.argv[2]))
