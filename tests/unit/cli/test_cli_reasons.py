"""Why a question goes where it goes, in words: a pure function of the plan."""

from __future__ import annotations

from msgspec.structs import replace

from gilmok.cli.outlook import Outlook, rows
from gilmok.cli.reasons import reasons
from gilmok.cli.replies import (
    EndpointHealth,
    Health,
    Planned,
    PlannedCandidate,
    PlannedEvidence,
    PlannedVeto,
)
from gilmok.cli.screen import Screen

CLOUD = PlannedCandidate(
    "mini", "m", "cloud",
    score=0.8, expected_quality=0.9, expected_cost_usd="0.001", expected_seconds=1.0,
)  # fmt: skip
HERE = PlannedCandidate(
    "here", "h", "local",
    score=0.6, expected_quality=0.5, expected_cost_usd="0.000000000", expected_seconds=4.0,
)  # fmt: skip


def said(planned: Planned, locale: str = "en") -> str:
    return "\n".join(reasons(Screen("ko" if locale == "ko" else "en"), planned))


def test_the_best_is_compared_with_the_next() -> None:
    told = said(Planned("low", "open", candidates=(CLOUD, HERE)))
    assert "Nothing in it has to stay here." in told
    assert "Worth most of 2 (score 0.80, next here 0.60)" in told
    assert "better quality (0.90 against 0.50)" in told
    assert "dearer ($0.001 against $0)" in told
    assert "faster (1.0 s against 4.0 s)" in told


def test_what_outweighed_a_disadvantage_is_told_however_small() -> None:
    """ "Worth most (0.68, next 0.68): dearer" was a riddle."""
    a_bit_better = replace(CLOUD, score=0.6812, expected_quality=0.5008, expected_seconds=4.0)
    told = said(Planned("low", "open", candidates=(a_bit_better, replace(HERE, score=0.6794))))
    assert "(score 0.681, next here 0.679)" in told
    assert "better quality (0.501 against 0.500), dearer ($0.001 against $0)." in told


def test_an_unknown_price_is_not_called_cheap() -> None:
    unpriced = PlannedCandidate("x", "x", "cloud", score=0.9, expected_quality=0.9)
    told = said(Planned("low", "open", candidates=(unpriced, CLOUD)))
    assert "cheaper" not in told


def test_a_first_that_is_not_the_best_is_not_called_so() -> None:
    """Another selector than the objective may have put it first."""
    assert "Worth most" not in said(Planned("low", "open", candidates=(HERE, CLOUD)))


def test_a_model_that_may_decide_otherwise_is_mentioned() -> None:
    plan = Planned("low", candidates=(CLOUD,))
    assert "may decide" not in said(plan)
    assert "may decide otherwise" in said(replace(plan, analyser="llm"))
    assert "may decide otherwise" in said(replace(plan, selector="llm"))


def test_equals() -> None:
    assert "alike in quality" in said(Planned("low", "open", candidates=(CLOUD, CLOUD)))


def test_the_label_keeps_it_here() -> None:
    planned = Planned(
        "high", "local_only",
        candidates=(HERE,),
        vetoes=(PlannedVeto("mini", "label", "cloud"), PlannedVeto("big", "down", "loading")),
    )  # fmt: skip
    english, korean = said(planned), said(planned, "ko")
    assert "so mini may not see it" in english
    assert "big is out: it is not running (loading)." in english
    assert "Nobody else can answer." in english
    assert "mini에는 보내지 않습니다" in korean
    assert "big 제외: 실행 중이 아님" in korean


def test_masking_and_asking_by_name() -> None:
    masked = PlannedCandidate("mini", "m", "cloud", masked=True)
    vetoes = (PlannedVeto("here", "name", "auto"),)
    told = said(Planned("medium", "masked", candidates=(masked,), vetoes=vetoes))
    assert "is masked before it leaves" in told
    assert "You asked for it." in told
    assert "masked only" in said(Planned("medium", "masked", candidates=(HERE,)))


def shown(health: Health, planned: Planned | None = None) -> dict[str, str]:
    return {name: str(value) for name, value in rows(Screen("en"), Outlook(health, planned))}


def test_who_is_there() -> None:
    up = EndpointHealth("here", "h", "local", "up")
    loading = EndpointHealth("slow", "s", "local", "loading")
    resting = EndpointHealth("team", "t", "private", "up", blocked_for_s=4.2)
    assert shown(Health("ok", "1", endpoints=(up, loading, resting))) == {
        "Local model": "yes: here (h)",
        "Private network": "team (t): resting 4 s",
    }
    assert "no, slow (s): loading" in shown(Health("ok", "1", endpoints=(loading,)))["Local model"]
    assert "gilmok doctor" in shown(Health("ok", "1"))["Local model"]
    assert shown(Health("ok")) == {}, "without a valid key nothing is known"


def test_the_kinds_of_evidence_are_told_and_never_text() -> None:
    found = tuple(
        PlannedEvidence(kind, level)
        for kind, level in [
            ("person.name", "high"),
            ("person.name", "high"),
            ("contact.email", "medium"),
            ("some.new_kind", "high"),
        ]
    )
    told = shown(Health("ok"), Planned("high", "local_only", evidence=found))
    assert told["Sensitivity"] == "high (name of a person, some.new_kind)"
    assert told["Side"] == "nowhere"
