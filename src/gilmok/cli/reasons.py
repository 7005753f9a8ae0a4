"""Why a question goes where it goes, in words, from the plan the gateway made for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from msgspec import Struct

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
_FINEST = 6
"""Digits from which on two values are the same."""
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
    score, other_score = _apart(first.score, next_best.score)
    return screen.text(
        words.WORTH_MOST,
        count=len(others) + 1,
        score=score,
        other=next_best.endpoint_id,
        other_score=other_score,
        compared=", ".join(_differences(screen, first, next_best)) or screen.text(words.ALIKE),
    )


def _differences(screen: Screen, first: PlannedCandidate, other: PlannedCandidate) -> list[str]:
    """What sets the first apart. Where all that is worth a word speaks against it, the small
    advantages that outweighed it are told instead of leaving a riddle."""
    differing = [c for c in _COMPARISONS if c.differs(first, other, _SAME)]
    if differing and not any(c.favours(first, other) for c in differing):
        small = [c for c in _COMPARISONS if c not in differing and c.favours(first, other)]
        differing = small + differing
    return [c.said(screen, first, other) for c in differing]


class _Comparison(Struct, frozen=True):
    measure: Callable[[PlannedCandidate], float | None]
    shown: Callable[[float, float], tuple[str, str]]
    more: Said
    less: Said
    more_is_better: bool = False

    def differs(self, first: PlannedCandidate, other: PlannedCandidate, share: float) -> bool:
        """By more than this share of the larger value; never where one is not known."""
        mine, its = self.measure(first), self.measure(other)
        if mine is None or its is None:
            return False
        return abs(mine - its) > share * max(mine, its)

    def favours(self, first: PlannedCandidate, other: PlannedCandidate) -> bool:
        mine, its = self.measure(first), self.measure(other)
        if mine is None or its is None or mine == its:
            return False
        return (mine > its) is self.more_is_better

    def said(self, screen: Screen, first: PlannedCandidate, other: PlannedCandidate) -> str:
        """Of two that differ."""
        mine, its = self.measure(first) or 0.0, self.measure(other) or 0.0
        my_figure, its_figure = self.shown(mine, its)
        said = self.more if mine > its else self.less
        return screen.text(said, mine=my_figure, its=its_figure)


def _quality(candidate: PlannedCandidate) -> float:
    return candidate.expected_quality


def _cost(candidate: PlannedCandidate) -> float | None:
    """Nano-dollars; `None` where the price is not known: a plan shows that as nothing."""
    amount = nano(candidate.expected_cost_usd)
    return amount if amount or candidate.zone != Zone.CLOUD else None


def _time(candidate: PlannedCandidate) -> float:
    return 1000 * candidate.expected_seconds


def _apart(mine: float, its: float) -> tuple[str, str]:
    """Two values in hundredths, or finer where they would look alike."""
    for digits in range(2, _FINEST):
        if f"{mine:.{digits}f}" != f"{its:.{digits}f}":
            return f"{mine:.{digits}f}", f"{its:.{digits}f}"
    return f"{mine:.2f}", f"{its:.2f}"


def _amounts(mine: float, its: float) -> tuple[str, str]:
    return money(int(mine)), money(int(its))


def _durations(mine: float, its: float) -> tuple[str, str]:
    return duration(mine), duration(its)


_COMPARISONS = (
    _Comparison(_quality, _apart, words.BETTER, words.WORSE, more_is_better=True),
    _Comparison(_cost, _amounts, words.DEARER, words.CHEAPER),
    _Comparison(_time, _durations, words.SLOWER, words.FASTER),
)
