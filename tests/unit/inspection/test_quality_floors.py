"""The benchmark's development split, in short: its figures do not fall below these floors.

Tuned on, so they say nothing about unseen text; they say that a change broke something.
"""

from __future__ import annotations

from functools import cache

from quality.data import Row, own
from quality.identifiers import found
from quality.written_forms import FORMS, lookalikes, rows

from gilmok.core.inspection import Clearance, Inspection, Sensitivity
from tests.unit.inspection.ask import inspect

LEVELS = {"low", "medium", "high"}


@cache
def _dev() -> list[tuple[Row, Inspection]]:
    return [(row, inspect(row["text"])) for row in own("sensitivity") if row["split"] == "dev"]


def _share(held: list[bool]) -> float:
    return sum(held) / len(held)


def test_the_set_is_what_its_guideline_says() -> None:
    everything = own("sensitivity")
    assert len(everything) >= 1_200
    assert len({row["text"] for row in everything}) == len(everything)
    assert len({row["id"] for row in everything}) == len(everything)
    assert {row["level"] for row in everything} == LEVELS
    korean = _share([row["lang"] == "ko" for row in everything])
    assert 0.48 <= korean <= 0.52
    for row in everything:
        for span in row.get("spans", ()):
            assert 0 <= span["start"] < span["end"] <= len(row["text"])


def test_high_prompts_are_found() -> None:
    high = [i.sensitivity is Sensitivity.HIGH for row, i in _dev() if row["level"] == "high"]
    assert _share(high) >= 0.92


def test_others_are_seldom_called_high() -> None:
    high = [i.sensitivity is Sensitivity.HIGH for row, i in _dev() if row["level"] != "high"]
    assert _share(high) <= 0.05


def test_low_prompts_may_leave() -> None:
    local = [i.clearance is Clearance.LOCAL_ONLY for row, i in _dev() if row["level"] == "low"]
    assert _share(local) <= 0.06


def test_identifiers_are_found_in_every_form() -> None:
    made = rows(600)
    hit = [any(e.kind in row.families for e in found(row.turns)) for row in made]
    assert _share(hit) >= 0.985
    assert {row.form for row in made} >= set(FORMS)


def test_numbers_of_things_are_not_taken_for_identifiers() -> None:
    assert _share([bool(found((text,))) for text in lookalikes(300)]) <= 0.01
