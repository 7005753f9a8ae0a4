"""From evidence to a label, and from the label to where the text may go. Pure.

The guideline behind the levels is docs/privacy-labels.md.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from gilmok.core.inspection import Clearance, Evidence, Inspection, Sensitivity

_LOW, _OPEN = Sensitivity.LOW, Clearance.OPEN
_STRICTNESS = {Clearance.OPEN: 0, Clearance.MASKED: 1, Clearance.LOCAL_ONLY: 2}


class LabelPolicy(Struct, frozen=True, kw_only=True):
    """What the operator decides about labels. Nothing a caller sends reaches it."""

    medium: Literal["mask", "local", "open"] = "mask"
    """Medium text: masked where that removes every reason, kept local, or let go as it is."""
    attachments: Literal["local", "allow"] = "local"
    """Parts that cannot be read here (images, audio, files): kept local, or let go unread."""
    terms: tuple[str, ...] = ()
    """The operator's own confidential words: each occurrence is high."""


def sensitivity(evidence: Iterable[Evidence]) -> Sensitivity:
    """A request is as sensitive as its most sensitive part."""
    return max([e.level for e in evidence], default=_LOW)


def clear(
    evidence: tuple[Evidence, ...], failed: tuple[str, ...], policy: LabelPolicy
) -> Clearance:
    """Where the request may go. A detector that failed has seen nothing, so nothing leaves."""
    if not evidence and not failed:
        return _OPEN
    level = sensitivity(evidence)
    if failed or level is Sensitivity.HIGH:
        return Clearance.LOCAL_ONLY
    if level is Sensitivity.LOW or policy.medium == "open":
        return Clearance.OPEN
    if policy.medium == "mask" and all(
        e.maskable for e in evidence if e.level is Sensitivity.MEDIUM
    ):
        return Clearance.MASKED
    return Clearance.LOCAL_ONLY


def stricter(one: Clearance, other: Clearance) -> Clearance:
    return max(one, other, key=_STRICTNESS.__getitem__)


def no_lower(inspection: Inspection, floor: Inspection) -> Inspection:
    """What was found in a text made from another: its label never falls below the other's."""
    return replace(
        inspection,
        sensitivity=max(inspection.sensitivity, floor.sensitivity),
        clearance=stricter(inspection.clearance, floor.clearance),
    )
