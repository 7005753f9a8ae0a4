"""Structured Korean identifiers: found in every written form, and nothing else taken for one.

    python -m quality identifiers

A row is one identifier in one form in one surrounding; recall is the share of rows in which some
evidence of the right family is reported. Precision is over evidence of these families in all rows
and in look-alikes that identify things.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from msgspec import Struct

from gilmok.core.inspection import Evidence
from gilmok.core.request import Message, Request, Role, Target, Text
from gilmok.core.text import Private
from gilmok.inspection import FastInspector
from quality.figures import Figure, share
from quality.report import Section
from quality.written_forms import FORMS, KINDS, ROWS, SEED, lookalikes, rows

_FAMILIES = frozenset(
    {
        *("id.kr_rrn", "id.kr_frn", "id.kr_brn", "id.kr_corporate", "id.kr_licence", "id.licence"),
        *("contact.phone", "finance.card", "finance.account"),
    }
)


def found(turns: tuple[str, ...]) -> tuple[Evidence, ...]:
    """Evidence of these families that the always-on tier has."""
    messages = tuple(Message(role=Role.USER, parts=(Text(Private(turn)),)) for turn in turns)
    request = Request(
        id="dec_quality", target=Target(), messages=messages, received_at=0, deadline=0.0
    )
    return tuple(e for e in _INSPECTOR.inspect(request).evidence if e.kind in _FAMILIES)


_INSPECTOR = FastInspector()


class Measured(Struct, frozen=True):
    recall: Figure
    precision: Figure
    missed: Counter[str]
    """By `kind in form`."""
    mistaken: tuple[str, ...]


def measure(count: int = ROWS, seed: int = SEED) -> Measured:
    """Deterministic for a seed."""
    hits: list[bool] = []
    right: list[bool] = []
    missed: Counter[str] = Counter()
    mistaken: list[str] = []
    for row in rows(count, seed):
        kinds = [e.kind for e in found(row.turns)]
        hit = any(kind in row.families for kind in kinds)
        hits.append(hit)
        right.extend(kind in row.families for kind in kinds)
        if not hit:
            missed[f"{row.kind} in {row.form!r}"] += 1
    for text in lookalikes(count // 2, seed):
        wrong = found((text,))
        right.extend(False for _ in wrong)
        if wrong:
            mistaken.append(text)
    return Measured(share(hits), share(right), missed, tuple(mistaken))


def section(data: Path) -> Section:
    measured = measure()
    worst = ", ".join(f"{what} ({n})" for what, n in measured.missed.most_common(8)) or "none"
    return Section(
        page="sensitivity",
        name="identifiers",
        columns=("structured Korean identifiers", "measured", "target"),
        rows=(
            ("recall over all written forms, %", measured.recall.percent(), "99"),
            ("precision, look-alikes included, %", measured.precision.percent(), "98"),
        ),
        notes=(
            f"`python -m quality identifiers`: n = {ROWS} identifiers of {len(KINDS)} kinds in "
            f"{len(FORMS) + 1} forms, {ROWS // 2} look-alikes, seed {SEED}.",
            f"Missed most: {worst}.",
        ),
    )
