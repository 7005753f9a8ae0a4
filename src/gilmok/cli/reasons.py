"""Why a question goes where it goes, in words, from the plan the gateway made for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from gilmok.cli.numbers import duration, money
from gilmok.cli.replies import Planned, PlannedCandidate
from gilmok.cli.screen import Screen
from gilmok.cli.words import asking as words
from gilmok.core.endpoint import Zone
from gilmok.core.inspection import Clearance
from gilmok.core.money import nano
from gilmok.core.said import Said
from gilmok.lab.codes import why_not

_SAME = 0.05
"""Differences below this share of the larger value are not worth a word."""
_LABEL = "label"
_NAME = "name"


def reasons(screen: Screen, planned: Planned) -> Iterator[str]:
    """Sentences: what the label allows, who is out, and why the first is first."""
    first, *others = planned.candidates
    yield _label(screen, planned, first)
    if any(veto.code == _NAME for veto in planned.vetoes):
        yield screen.text(words.ASKED_FOR)
    for veto in planned.vetoes:
        if veto.code not in (_NAME, _LABEL):
            why = why_not(veto.code, veto.detail, screen.locale)
            yield screen.text(words.OUT, endpoint=veto.endpoint_id, why=why)
    if not others:
        yield screen.text(words.ONLY_ONE)
    elif first.score >= others[0].score:
        yield _best(screen, first, others)
    if planned.provisional:
        yield screen.text(words.PROVISIONAL)


def _label(screen: Screen, planned: Planned, first: PlannedCandidate) -> str:
    if planned.clearance == Clearance.LOCAL_ONLY:
        kept_from = [v.endpoint_id for v in planned.vetoes if v.code == _LABEL]
        if kept_from:
            return screen.text(words.STAYS_FROM, endpoints=", ".join(kept_from))
        return screen.text(words.STAYS)
    if planned.clearance == Clearance.MASKED:
        return screen.text(words.GOES_MASKED if first.masked else words.MAY_GO_MASKED)
    return screen.text(words.MAY_GO)


def _best(screen: Screen, first: PlannedCandidate, others: list[PlannedCandidate]) -> str:
    next_best = others[0]
    compared = [
        said
        for said in (
            _compared(screen, first, next_best, _quality, _in_points, words.BETTER, words.WORSE),
            _compared(screen, first, next_best, _cost, money, words.DEARER, words.CHEAPER),
            _compared(screen, first, next_best, _time, duration, words.SLOWER, words.FASTER),
        )
        if said
    ]
    return screen.text(
        words.WORTH_MOST,
        count=len(others) + 1,
        score=f"{first.score:.2f}",
        other=next_best.endpoint_id,
        other_score=f"{next_best.score:.2f}",
        compared=", ".join(compared) or screen.text(words.ALIKE),
    )


Measure = Callable[[PlannedCandidate], float | None]


def _compared(
    screen: Screen,
    first: PlannedCandidate,
    other: PlannedCandidate,
    measure: Measure,
    shown: Callable[..., str],
    more: Said,
    less: Said,
) -> str:
    mine, its = measure(first), measure(other)
    if mine is None or its is None or abs(mine - its) <= _SAME * max(mine, its):
        return ""
    return screen.text(more if mine > its else less, mine=shown(mine), its=shown(its))


def _quality(candidate: PlannedCandidate) -> float:
    return candidate.expected_quality


def _cost(candidate: PlannedCandidate) -> float | None:
    """Nano-dollars; `None` where the price is not known: a plan shows that as nothing."""
    amount = nano(candidate.expected_cost_usd)
    return amount if amount or candidate.zone != Zone.CLOUD else None


def _time(candidate: PlannedCandidate) -> float:
    return 1000 * candidate.expected_seconds


def _in_points(quality: float) -> str:
    return f"{quality:.2f}"
