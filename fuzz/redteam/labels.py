"""Secrets in every written form and encoding, at every place of a request: none reaches the cloud."""

from __future__ import annotations

import asyncio

from tests.laws.attack import attack as one_round

from fuzz.redteam.outcome import Orders, Tally

_ROUND = 500


async def attack(orders: Orders) -> list[Tally]:
    total = orders.count(4000)
    failures: list[str] = []
    for at, first in enumerate(range(0, total, _ROUND)):
        folder = orders.folder / str(at)
        folder.mkdir()
        numbers = range(first, min(first + _ROUND, total))
        # A loop of its own: the round starts one.
        found = await asyncio.to_thread(one_round, folder, orders.seed, numbers)
        failures += found.failures
    return [Tally("label downgrade, encodings", total, len(failures), 0.0, tuple(failures[:5]))]
