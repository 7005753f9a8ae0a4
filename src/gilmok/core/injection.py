"""Attempts to take over the model that answers: what was seen of them, and what is done about it."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

Action = Literal["off", "flag", "strip", "refuse"]
"""From the mildest to the strictest. `strip`: the request is answered without tools, and not in the
cloud."""
_STRICTNESS: dict[Action, int] = {"off": 0, "flag": 1, "strip": 2, "refuse": 3}


class Verdict(StrEnum):
    SUSPECT = "suspect"
    """It reads like an attempt, or gives orders where none belong."""
    ATTACK = "attack"
    """It goes for the rules the model was given, whoever says it, or hides what it says."""


class Source(StrEnum):
    """Whose words they are."""

    USER = "user"
    DOCUMENT = "document"
    """Somebody else's, inside a message: a file, a quotation, a retrieved passage."""
    TOOL = "tool"
    """A tool's result."""


class Injection(Struct, frozen=True):
    """The strongest attempt of one source. It names a kind and a place, never the text itself."""

    source: Source
    verdict: Verdict
    score: float
    """0..1; a verdict begins at the inspection's threshold."""
    kind: str
    """A stable dotted name: `injection.override`, `injection.exfiltration`, `injection.roleplay`,
    `injection.hidden`, `injection.instruction`, `injection.other`."""
    where: int
    """Index into `texts(request)`."""


class Unsettled(Struct, frozen=True):
    """A user's own words that a better reader should judge."""

    where: int
    """Index into `texts(request)`."""
    score: float
    """0..1, as far as is known."""
    kind: str
    """What it would be."""


class InjectionPolicy(Struct, frozen=True, kw_only=True):
    """What is done about attempts of each source. Nothing a caller sends reaches it."""

    user: Action = "off"
    documents: Action = "off"
    tools: Action = "off"

    def on(self, source: Source) -> Action:
        match source:
            case Source.USER:
                return self.user
            case Source.DOCUMENT:
                return self.documents
            case Source.TOOL:
                return self.tools

    @property
    def sources(self) -> tuple[Source, ...]:
        """Those that somebody wants to know of."""
        return tuple(source for source in Source if self.on(source) != "off")


FLAGGED = InjectionPolicy(user="flag", documents="flag", tools="flag")
"""The default: it is said, and nothing is done."""


def stricter(one: Action, other: Action | None) -> Action:
    """A plan may only tighten what the gateway does; `None` leaves it."""
    if other is None:
        return one
    return max(one, other, key=_STRICTNESS.__getitem__)


def tightened(policy: InjectionPolicy, floor: Action | None) -> InjectionPolicy:
    """The policy with no action milder than `floor`."""
    if floor is None:
        return policy
    return replace(
        policy,
        user=stricter(policy.user, floor),
        documents=stricter(policy.documents, floor),
        tools=stricter(policy.tools, floor),
    )
