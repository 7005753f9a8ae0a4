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
from gilmok.core.money import Price
from gilmok.ledger.records import Decision

_SIDES = ("local", "private", "cloud")
_NOTHING = Price()


class Side(Struct, frozen=True):
    """The questions one side answered, or none did. Money in nano-dollars, time in milliseconds."""

    questions: int
    served: int
    """Those that an endpoint worked on; only they took time."""
    tokens: int
    cost: int
    milliseconds: float
    savings: int = 0
    """What answers from this side would have cost at the reference price, less what they did."""


def by_side(asked: Iterable[Spoken], reference: Price = _NOTHING) -> dict[str, Side]:
    """By zone, then `refused`, `failed` and `stopped`; sides without questions are left out."""
    groups: dict[str, list[Spoken]] = {}
    for spoken in asked:
        groups.setdefault(_side(spoken), []).append(spoken)
    order = (*_SIDES, "refused", "failed", "stopped")
    return {name: _sum(groups[name], reference) for name in order if name in groups}


def total(sides: Iterable[Side]) -> Side:
    every = list(sides)
    return Side(
        sum(s.questions for s in every),
        sum(s.served for s in every),
        sum(s.tokens for s in every),
        sum(s.cost for s in every),
        sum(s.milliseconds for s in every),
        sum(s.savings for s in every),
    )


def _side(spoken: Spoken) -> str:
    if spoken.refused is not None:
        return "refused" if spoken.refused.by_policy else "failed"
    if spoken.stopped and (spoken.decision is None or spoken.decision.zone is None):
        return "stopped"
    if spoken.broken is not None or spoken.decision is None:
        return "failed"
    return spoken.decision.zone or "failed"


def _sum(group: Sequence[Spoken], reference: Price) -> Side:
    decisions = [s.decision for s in group if s.decision is not None]
    served = [d for d in decisions if d.zone is not None]
    return Side(
        len(group),
        len(served),
        sum((d.prompt_tokens or 0) + (d.completion_tokens or 0) for d in decisions),
        sum(d.cost for d in decisions),
        sum(d.total_ms for d in served),
        sum(_saved(d, reference) for d in decisions) if reference != _NOTHING else 0,
    )


def _saved(decision: Decision, reference: Price) -> int:
    """As the ledger's reports have it: of completed answers that did not come from the cache."""
    if decision.outcome != "completed" or decision.cache == "hit":
        return 0
    if decision.zone not in ("local", "private"):
        return 0
    used = decision.prompt_tokens or 0, decision.completion_tokens or 0
    return reference.cost(*used) - decision.cost


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
        duration(side.milliseconds / side.served if side.served else None),
        money(side.cost),
    )


def side_name(screen: Screen, name: str) -> str:
    named = {
        **terms.ZONES,
        "refused": words.REFUSED,
        "failed": words.FAILED,
        "stopped": words.STOPPED,
        "total": terms.TOTAL,
    }
    return screen.text(named[name])
