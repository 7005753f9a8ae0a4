"""What of a decision is written down."""

from __future__ import annotations

import msgspec
from msgspec.structs import replace
from tests.unit.ledger.samples import candidate, receipt

from gilmok.core.plan import RoutePlan, Veto
from gilmok.ledger.records import LISTED, Explanation, explain


def test_of_a_thousand_endpoints_the_best_are_listed_and_the_rest_counted() -> None:
    many = tuple(candidate(f"c{number:03}") for number in range(600))
    out = tuple(Veto(f"v{number:03}", "label" if number < 100 else "down") for number in range(400))
    plan = RoutePlan(candidates=many, vetoes=out, weights=(1, 0, 0))
    asked = replace(receipt().attempts[0], endpoint_id="c500")
    told = explain(receipt(plan=plan, attempts=(asked,)))
    assert [c.endpoint_id for c in told.candidates] == [
        *(f"c{number:03}" for number in range(LISTED)),
        "c500",
    ]
    assert told.unlisted_candidates == 600 - LISTED - 1
    assert len(told.vetoes) == LISTED
    assert told.unlisted_vetoes == {"label": 100 - LISTED, "down": 300}
    assert len(msgspec.json.encode(told)) < 12_000


def test_of_a_few_nothing_is_left_out() -> None:
    few = tuple(candidate(f"c{number:03}") for number in range(LISTED))
    told = explain(receipt(plan=RoutePlan(candidates=few, vetoes=(), weights=(1, 0, 0))))
    assert len(told.candidates) == LISTED
    assert "unlisted" not in msgspec.json.encode(told).decode()
    assert msgspec.json.decode(msgspec.json.encode(told), type=Explanation) == told
