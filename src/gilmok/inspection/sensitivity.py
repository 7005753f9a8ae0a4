"""Evidence as a whole: what single findings mean together, and which of them say it.

The levels of single findings stand with their detectors; docs/privacy-labels.md is the guideline.
"""

from __future__ import annotations

from gilmok.core.inspection import Evidence, Sensitivity

_CONTACTS = (
    "contact.phone",
    "contact.email",
    "contact.address",
    "person.birth_date",
    "id.kr_plate",
)
_A_LIST = 4
"""Contacts that are more than one person's own: names stand beside them, known or not."""
_ANYWHERE = -1


def combine(evidence: list[Evidence]) -> tuple[Evidence, ...]:
    """The evidence without repetition, in reading order, with what follows from it together."""
    if not evidence:
        return ()
    kept = _distinct(evidence)
    names = any(e.kind == "person.name" for e in kept)
    contacts = sum(e.kind in _CONTACTS for e in kept)
    if names and contacts:
        kept.append(Evidence("person.identified", Sensitivity.HIGH, _ANYWHERE))
    if contacts >= _A_LIST:
        kept.append(Evidence("person.list", Sensitivity.HIGH, _ANYWHERE))
    return tuple(kept)


def _distinct(evidence: list[Evidence]) -> list[Evidence]:
    """Without evidence inside stronger or equal evidence of the same text: one number is one
    reason, whichever readings of the text showed it. Spans that merely overlap both stay."""
    if len(evidence) < 2:
        return list(evidence)
    kept: list[Evidence] = []
    reach = (-2, 0, Sensitivity.LOW)
    for e in sorted(evidence, key=_by_place):
        where, end, level = reach
        inside = e.where == where and e.end <= end and e.level <= level and e.end > e.start
        if inside and e.maskable:
            continue
        if e.maskable and (e.where != where or e.end >= end):
            reach = (e.where, e.end, e.level)
        if not kept or kept[-1] != e:
            kept.append(e)
    return kept


def _by_place(e: Evidence) -> tuple[int, int, int, int, str]:
    return (e.where, e.start, -e.end, -e.level, e.kind)
