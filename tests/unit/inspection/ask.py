"""Requests for the inspector, and what a masked request looks like, without the guard."""

from __future__ import annotations

from gilmok.core.inspection import Evidence, Inspection
from gilmok.core.request import Message, Request, Role, Target, Text
from gilmok.core.text import Private
from gilmok.inspection import FastInspector, LabelPolicy

INSPECTOR = FastInspector(LabelPolicy())


def request(*said: str | tuple[Role, str]) -> Request:
    turns = [(Role.USER, turn) if isinstance(turn, str) else turn for turn in said]
    return Request(
        id="dec_test",
        target=Target(),
        messages=tuple(Message(role=role, parts=(Text(Private(text)),)) for role, text in turns),
        received_at=0,
        deadline=0.0,
    )


def inspect(*said: str | tuple[Role, str]) -> Inspection:
    return INSPECTOR.inspect(request(*said))


def kinds(inspection: Inspection) -> set[str]:
    return {e.kind for e in inspection.evidence}


def level(text: str) -> str:
    return inspect(text).sensitivity.label


def masked(text: str, evidence: tuple[Evidence, ...], *, keep_length: bool = False) -> str:
    """The text of a one-message request with every maskable span replaced.

    `keep_length` leaves what stands around a span as far away as it was: a shorter text brings
    words nearer to numbers that they said nothing about.
    """
    hidden = [False] * len(text)
    for e in evidence:
        if e.maskable:
            hidden[e.start : e.end] = [True] * (e.end - e.start)
    out = []
    for i, c in enumerate(text):
        if not hidden[i]:
            out.append(c)
        elif keep_length:
            out.append("x")
        elif i == 0 or not hidden[i - 1]:
            out.append("[MASK]")
    return "".join(out)
