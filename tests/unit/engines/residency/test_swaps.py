"""Fewer swaps than least-recently-used, and nobody waits beyond the bound: `bench.swaps` in small."""

from __future__ import annotations

from statistics import fmean

import pytest
from bench.swaps import bound_s, compared, drawn, jobs

from gilmok.engines.residency import ResidencyPolicy

POLICY = ResidencyPolicy()


@pytest.mark.parametrize("seed", [1, 2])
def test_a_third_of_the_swaps_on_a_mixed_trace(seed: int) -> None:
    trace = jobs(drawn(seed), 480, 3, False, seed)
    lru, ours = compared(trace, POLICY)
    assert len(lru.waits) == len(ours.waits) == len(trace)
    assert ours.swaps * 3 <= lru.swaps
    assert ours.worst <= bound_s(trace, POLICY)
    assert fmean(ours.waits) < fmean(lru.waits)


def test_where_models_change_seldom_it_waits_little_longer() -> None:
    trace = jobs(drawn(3), 240, 3, True, 3)
    lru, ours = compared(trace, POLICY)
    assert ours.swaps <= lru.swaps
    assert fmean(ours.waits) <= fmean(lru.waits) + 3.0
