"""What a series of questions used, by the side that answered."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct
from rich.text import Text

from gilmok.cli.conversing import Spoken
from gilmok.cli.numbers import duration, money, percent
from gilmok.cli.screen import ZONES, Screen, coloured
from gilmok.cli.words import asking as words
from gilmok.cli.words import terms

_SIDES = ("local", "private", "cloud")


class Side(Struct, frozen=True):
    """The questions one side answered, or none did. Cost in nano-dollars, time in milliseconds."""

    questions: int
    tokens: int
    cost: int
    milliseconds: float


def by_side(asked: Iterable[Spoken]) -> dict[str, Side]:
    """By zone, then `refused` and `failed`; sides without questions are left out."""
    groups: dict[str, list[Spoken]] = {}
    for spoken in asked:
        groups.setdefault(_side(spoken), []).append(spoken)
    order = (*_SIDES, "refused", "failed")
    return {name: _sum(groups[name]) for name in order if name in groups}


def total(sides: Iterable[Side]) -> Side:
    every = list(sides)
    return Side(
        sum(s.questions for s in every),
        sum(s.tokens for s in every),
        sum(s.cost for s in every),
        sum(s.milliseconds for s in every),
    )


def _side(spoken: Spoken) -> str:
    if spoken.refused is not None:
        return "refused" if spoken.refused.by_policy else "failed"
    if spoken.broken is not None or spoken.decision is None:
        return "failed"
    return spoken.decision.zone or "failed"


def _sum(group: Sequence[Spoken]) -> Side:
    decisions = [s.decision for s in group if s.decision is not None]
    return Side(
        len(group),
        sum((d.prompt_tokens or 0) + (d.completion_tokens or 0) for d in decisions),
        sum(d.cost for d in decisions),
        sum(d.total_ms for d in decisions),
    )


def show_statistics(screen: Screen, asked: Sequence[Spoken]) -> None:
    sides = by_side(asked)
    every = total(sides.values())
    rows = [_row(screen, name, side, every) for name, side in sides.items()]
    heads = (
        words.BY_SIDE, words.QUESTIONS, words.SHARE, words.TOKENS, words.AVERAGE, terms.COST,
    )  # fmt: skip
    screen.table(
        heads,
        [*rows, _row(screen, "total", every, every)],
        right=frozenset(range(1, len(heads))),
        title=screen.text(words.STATISTICS),
    )


def _row(screen: Screen, name: str, side: Side, every: Side) -> tuple[str | Text, ...]:
    return (
        coloured(name, ZONES, side_name(screen, name)),
        str(side.questions),
        percent(side.questions / every.questions if every.questions else None),
        f"{side.tokens:,}",
        duration(side.milliseconds / side.questions if side.questions else None),
        money(side.cost),
    )


def side_name(screen: Screen, name: str) -> str:
    named = {
        **terms.ZONES,
        "refused": words.REFUSED,
        "failed": words.FAILED,
        "total": terms.TOTAL,
    }
    return screen.text(named[name])
