"""Predicts how a conversation's next answer will turn out: see `Prospect`. Pure and linear.

The weights are fitted by `training/routing.py` and kept beside this module as plain numbers.

* Sticky: the prediction is folded over the user's turns, oldest first. What is at stake rises at once
  and falls by at most `FALL` a turn, so a short "and why?" after a hard question stays with the model
  that answered it. Nothing is remembered between requests: the conversation itself carries it.
* Out of distribution: a question unlike everything that was learned from gets the largest lift, so that
  the better of two models is chosen.
"""

from __future__ import annotations

from importlib import resources
from math import exp

import msgspec
from msgspec import Struct

from gilmok.core.prospect import Prospect
from gilmok.core.request import Request, Role, Text
from gilmok.inspection.demands import MOST_CHARS, NAMES, demands
from gilmok.inspection.language import language

MOST_TURNS = 8
"""Of the user that are looked at, the latest."""
MOST_SAID = 8_000
"""Characters of those turns: about a millisecond and a half."""
FALL = 0.15
"""Of lift, in one turn."""
_CLIP = 3.0
_STRANGE = 6.0
"""Standard deviations above the mean from which a number counts as never seen."""
_FAR = 4
"""So many of these may be, before the whole question counts as never seen."""
_LEAST, _MOST = 0.05, 1.5
_EASE = 0.05, 0.97
UNFAMILIAR = Prospect(0.5, _MOST, familiar=False)
NOTHING = Prospect(0.95, _LEAST)
"""No text to answer."""


class Weighted(Struct, frozen=True):
    """One number's part in both predictions."""

    name: str
    mean: float
    scale: float
    lift: float
    ease: float


class ProspectFile(Struct, frozen=True, kw_only=True):
    """What `training/routing.py` writes."""

    numbers: tuple[Weighted, ...]
    lift: float
    """Of an average question."""
    ease: float
    """The logit, of an average question."""
    korean: float
    """What a question in Korean multiplies the lift by."""
    provenance: dict[str, str]


class Foresight:
    """Immutable: one serves every tenant and keeps nothing of what it reads."""

    def __init__(self, file: ProspectFile) -> None:
        if tuple(number.name for number in file.numbers) != NAMES:
            raise ValueError("the model was fitted to other numbers: run training/routing.py")
        self._weights = tuple((n.mean, 1.0 / n.scale, n.lift, n.ease) for n in file.numbers)
        self._lift = file.lift
        self._ease = file.ease
        self._korean = file.korean

    def of_text(self, text: str) -> Prospect:
        """Of one question by itself."""
        if not text.strip():
            return NOTHING
        if len(text) > MOST_CHARS or (tongue := language(text)) == "other":
            return UNFAMILIAR
        lift, ease = self._lift, self._ease
        measured = demands(text).values
        far = 0
        for value, (mean, per, adds, eases) in zip(measured, self._weights, strict=True):
            z = (value - mean) * per
            if z > _CLIP:
                far += z > _STRANGE
                z = _CLIP
            elif z < -_CLIP:
                z = -_CLIP
            lift += z * adds
            ease += z * eases
        if far > _FAR:
            return UNFAMILIAR
        if tongue == "ko":
            lift *= self._korean
        low, high = _EASE
        chance = 1.0 / (1.0 + exp(-ease))
        return Prospect(max(low, min(high, chance)), max(_LEAST, min(_MOST, lift)))

    def of(self, request: Request) -> Prospect:
        """Of the answer to the last turn of a conversation."""
        held: Prospect | None = None
        for turn in _turns(request):
            now = self.of_text(turn)
            if held is not None and now.lift < held.lift - FALL:
                now = Prospect(min(now.ease, held.ease + FALL), held.lift - FALL, now.familiar)
            held = now
        return held or NOTHING


def _turns(request: Request) -> list[str]:
    """The user's, oldest first, as far back as they are looked at."""
    found: list[str] = []
    left = MOST_SAID
    for message in reversed(request.messages):
        if message.role is not Role.USER:
            continue
        text = "\n".join(part.text.reveal() for part in message.parts if isinstance(part, Text))
        left -= min(len(text), MOST_CHARS)
        if found and (left < 0 or len(found) == MOST_TURNS):
            break
        found.append(text)
    return found[::-1]


def load() -> Foresight:
    """The model that ships with the package."""
    file = resources.files("gilmok.inspection") / "models" / "prospect.json"
    return Foresight(msgspec.json.decode(file.read_bytes(), type=ProspectFile))
