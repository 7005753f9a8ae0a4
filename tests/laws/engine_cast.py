"""The engines that are attacked: stand-ins that are real processes, or the real llama-server."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from gilmok import providers
from gilmok.core.engine import RAM, Need
from gilmok.engines import find_server, find_weights
from gilmok.engines.drivers import LlamaCpp, LlamaCppSettings
from tests.laws.engines import SLOTS, Cast

MIB = 2**20
ROW = providers.catalogue()["llamacpp"]
FAKE = Path(__file__).parents[1] / "unit" / "engines" / "fake_server.py"
START_S = 10.0
"""A process that stands still while it loads is given up then, and not before: it might be slow."""
BALLAST_MB = {"architect": 60, "coder": 20, "reviewer": 20}
_INTERPRETERS_MB = 38
"""What a stand-in and its watchdog hold besides: two Python processes."""


def fakes(folder: Path) -> Cast:
    """Memory for the architect, or for the other two."""
    server = folder / "llama-server"
    server.write_text(f'#!/bin/sh\nexec "{sys.executable}" -I -S "{FAKE}" "$@"\n')
    server.chmod(0o755)
    drivers, needs = {}, {}
    for id, ballast in BALLAST_MB.items():
        weights = folder / f"{id}.gguf"
        weights.write_text(json.dumps({"ballast_mb": ballast}))
        drivers[id] = LlamaCpp(_settings(id, server, weights))
        needs[id] = Need(
            id=id,
            footprint={RAM: (ballast + _INTERPRETERS_MB) * MIB},
            slots=SLOTS,
            load_s=0.3,
            exclusive=id == "architect",
        )
    return Cast(drivers=drivers, needs=needs, budget=2 * (20 + _INTERPRETERS_MB) * MIB)


async def real() -> Cast | None:
    """SmolLM2 three times, with a long context once; `None` where it is not installed."""
    server, weights = find_server(), find_weights()
    if server is None or weights is None:
        return None
    drivers, needs = {}, {}
    for id, context in (("architect", 8192), ("coder", 512), ("reviewer", 512)):
        drivers[id] = LlamaCpp(_settings(id, server, weights, context))
        prior = await drivers[id].prior()
        assert prior is not None
        needs[id] = Need(id=id, footprint=prior, slots=SLOTS, load_s=1.0)
    pair = sum(needs[id].footprint[RAM] for id in ("coder", "reviewer"))
    budget = max(pair, needs["architect"].footprint[RAM])
    return Cast(drivers=drivers, needs=needs, budget=budget)


def _settings(id: str, server: Path, weights: Path, context: int = 512) -> LlamaCppSettings:
    return LlamaCppSettings(
        id=id,
        provider=ROW,
        model=id,
        server=server,
        weights=weights,
        context=context,
        slots=SLOTS,
        threads=1,
        start_timeout_s=START_S,
    )
