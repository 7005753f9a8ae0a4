"""Engines that are stopped when idle, and loaded again before the hours in which they are usually wanted.

What is usual is learned week by week (`residency.idle`) and kept with what else is remembered.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gilmok.engines.remembered import Remembered
from gilmok.engines.residency import Expected, Residency
from gilmok.engines.residency.idle import expected_for, hour_of


def usually_wanted(
    residency: Residency,
    remembered: Remembered,
    keys: Mapping[str, str],
    *,
    wall_s: float,
    now: float,
    every_s: float,
) -> Iterator[Expected]:
    """To be asked every `every_s` seconds. Counts which engines were used since the last time, and
    names those that are about to be wanted. `keys`: by which each engine is remembered."""
    for id, key in keys.items():
        need, residence = residency.needs.get(id), residency.residences.get(id)
        if need is None or residence is None or need.idle_s is None:
            continue
        used = bool(residence.present) or now - residence.last_used < every_s
        week = remembered.wanted(key, hour_of(wall_s), int(used))
        ahead_s = residency.load_s(id) + 2 * every_s
        for_s = expected_for(week, wall_s, ahead_s=ahead_s)
        if for_s is not None:
            yield Expected(engine=id, until=now + for_s)
