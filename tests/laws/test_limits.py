"""Exactly as many as fit, and no refill but the calendar's; `fuzz/limits.py` is the long form."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.laws.calendars import LAWS, ODD_ZONES
from tests.laws.capacity import KINDS, Fits, Kind, attack, measured

PLACES = 5


@pytest.fixture(scope="module")
def fits(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Fits]:
    return measured(tmp_path_factory.mktemp("measured"))


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_of_twice_as_many_exactly_those_that_fit(
    kind: Kind, fits: dict[str, Fits], tmp_path: Path
) -> None:
    assert attack(tmp_path, kind, PLACES, KINDS.index(kind), fits[kind.counts]) == []


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
def test_nothing_is_refilled_but_by_the_calendar(law: Callable[[int, str, int], None]) -> None:
    for seed, zone in enumerate(ODD_ZONES):
        law(seed, zone, 60)
