"""Clients that leave at any chunk stop the upstream, and pay for what was produced until then;
`fuzz/leave.py` is the long form, against a gateway in a process of its own.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from random import Random

import pytest

from gilmok.core.text import Private
from tests.gateway import Running
from tests.laws.leaving import PIECES, WAYS, Left, Trial, Verdict, Watch, draw, leave, toml
from tests.simulation import remains
from tests.wall import Ending, Wall
from tests.wire.raw import until

KEYS = tuple(f"k{number}" for number in range(12))
GENEROUS_S = 10.0
"""The law says 250 ms. A machine that tests many things at once is allowed more."""
TRIALS = {
    "every chunk": [
        Trial(f"paced-{wire}", True, "events", at, way)
        for at, wire, way in zip(
            range(1, PIECES, 3), ("openai", "anthropic", "ollama") * 9, (*WAYS,) * 9, strict=False
        )
    ],
    "while the beginning is held back": [
        Trial("held", True, "upstream", at, way) for at in (1, 10, 40) for way in WAYS
    ],
    "while a name is masked": [Trial("masked", True, "upstream", at, "RST") for at in (9, 12, 30)],
    # Who stops reading is waited for too long here; see `test_stream.py` and the long form.
    "before the head, and by chance": [
        trial for seed in range(45) if (trial := draw(Random(seed))).moment != "stuck"
    ],
}


@pytest.mark.parametrize("kind", TRIALS)
async def test_who_leaves_stops_the_upstream_and_pays_its_part(kind: str, tmp_path: Path) -> None:
    trials = list(enumerate(TRIALS[kind]))
    everybody: list[Left] = []
    async with Wall() as wall, Running(tmp_path, toml(wall, KEYS), memory=False) as running:
        watch, gateway = Watch(wall), running.gateway

        async def client(key: str) -> None:
            while trials:
                left = Left(*trials.pop(), key, 0.0, b"")
                everybody.append(left)
                await leave(running.port, watch, left)

        await asyncio.gather(*map(client, KEYS))
        await until(lambda: running.server.connections == 0)
        await until(lambda: not any(call.ending is Ending.OPEN for call in wall.calls))
        assert not list(remains.of_gateway(gateway))
        assert gateway.journal.open_decisions == 0
        verdict = Verdict()
        decisions = {d.user: d for d in await gateway.journal.recent(10**6)}
        for left in everybody:
            name = gateway._pseudonyms.of("default", Private(left.mark))
            found = [decisions[name]] if name in decisions else []
            verdict.judge(left, watch.calls(left), found)
    assert not verdict.broken
    assert max(lag for lag, _ in verdict.lags) < GENEROUS_S
