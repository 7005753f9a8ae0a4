"""The dial between cheap and best, and chances that a model predicts instead of a rule of thumb."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from gilmok.core.endpoint import Snapshot, Zone
from gilmok.core.errors import InvalidRequest
from gilmok.core.money import Price
from gilmok.core.prospect import Ability, Prospect
from gilmok.core.request import Request, Target
from gilmok.routing import Objective, Router
from gilmok.surfaces.chat_request import target
from tests.unit import nouns

WEAK = nouns.standing("weak", Zone.CLOUD, quality=0.4, price=Price(50_000_000, 100_000_000))
STRONG = nouns.standing(
    "strong", Zone.CLOUD, quality=0.9, price=Price(5_000_000_000, 20_000_000_000)
)
SEEN = nouns.inspection()


def first(prospect: Prospect, dial: float, **abilities: Ability) -> str:
    router = Router(lambda e, r: (), Objective(), lambda request: prospect, abilities)
    asked = nouns.request(target=Target(dial=dial))
    plan = router.plan(asked, SEEN, nouns.CALLER, Snapshot.of(WEAK, STRONG), 0.0)
    return plan.candidates[0].endpoint.id


def test_what_a_better_model_adds_decides_who_answers() -> None:
    assert first(Prospect(0.9, 0.1), 0.5) == "weak"
    assert first(Prospect(0.5, 1.2), 0.5) == "strong"


def test_turning_the_dial_up_never_turns_to_the_weaker() -> None:
    chosen = [first(Prospect(0.6, 0.5), step / 20) for step in range(21)]
    assert chosen[0] == "weak"
    assert chosen[-1] == "strong"
    assert chosen == sorted(chosen, key=["weak", "strong"].index)


def test_the_dial_ends_at_cheap_and_best() -> None:
    objective = Objective()
    assert objective.weights(Target(dial=0.0), SEEN) == objective.cheap
    assert objective.weights(Target(dial=1.0), SEEN) == objective.best
    for step in range(1, 20):
        assert sum(objective.between(step / 20)) == pytest.approx(1.0)


def test_a_calibrated_endpoint_is_believed_less() -> None:
    assert first(Prospect(0.6, 0.9), 0.7) == "strong"
    assert first(Prospect(0.6, 0.9), 0.7, strong=Ability(1.0, -4.0)) == "weak"


def test_the_text_is_only_looked_at_where_there_is_a_choice() -> None:
    looked = []

    def foresee(request: Request) -> Prospect:
        looked.append(request.id)
        return Prospect(0.5, 0.5)

    router = Router(lambda e, r: (), Objective(), foresee)
    router.plan(nouns.request(), SEEN, nouns.CALLER, Snapshot.of(STRONG), 0.0)
    assert looked == []
    plan = router.plan(nouns.request(), SEEN, nouns.CALLER, Snapshot.of(WEAK, STRONG), 0.0)
    assert looked == ["dec_1"]
    assert {c.endpoint.id: round(c.expected_quality, 2) for c in plan.candidates} == {
        "weak": 0.35,
        "strong": 0.6,
    }


def test_a_models_own_judgement_comes_before_the_prediction() -> None:
    router = Router(lambda e, r: (), Objective(), lambda request: Prospect(0.1, 0.1))
    judged = replace(SEEN, analysed_by="llm", complexity_score=0.5)
    plan = router.plan(nouns.request(), judged, nouns.CALLER, Snapshot.of(WEAK, STRONG), 0.0)
    assert max(c.expected_quality for c in plan.candidates) == pytest.approx(0.9)


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("auto:0.7", Target(dial=0.7)),
        ("gilmok/auto:0", Target(dial=0.0)),
        ("auto:1.0", Target(dial=1.0)),
        ("auto:1.5", Target(name="auto:1.5")),
        ("auto:-1", Target(name="auto:-1")),
        ("auto:nan", Target(name="auto:nan")),
        ("auto:0.123456", Target(name="auto:0.123456")),
        ("auto:", Target(name="auto:")),
    ],
)
def test_a_dial_is_a_number_between_nought_and_one(model: str, expected: Target) -> None:
    assert target(model) == expected


def test_no_name_is_refused_as_before() -> None:
    with pytest.raises(InvalidRequest):
        target("")
