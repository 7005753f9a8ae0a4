"""What goes out: passages, secrets and markup that are not for the reader of an answer.

Off unless configured. What is found is marked, or withheld as well: `[withheld]` stands where it
stood. Texts arrive in pieces, so a tail that may still become something is held until the next
piece decides; everything else goes out at once. What has gone out is never taken back.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from gilmok.core.completion import Delta, Event
from gilmok.core.leaks import Leak
from gilmok.core.request import Request, Role, conversation
from gilmok.guard.output_finds import Markup, Passages, SecretFinder, Secrets, Sieve, Words
from gilmok.guard.pieces import Place, changed

Action = Literal["off", "mark", "withhold"]
WITHHELD = "[withheld]"
_CONTEXT = 1000
"""Characters that have gone out and are still looked at, for what began there (a code fence)."""


class OutputPolicy(Struct, frozen=True, kw_only=True):
    """What the operator decided. Nothing a caller sends reaches it."""

    system_prompt: Action = "off"
    secrets: Action = "off"
    markup: Action = "off"
    image_hosts: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()
    canaries: tuple[str, ...] = ()
    find_secrets: SecretFinder | None = None


SILENT = OutputPolicy()
"""Looks for nothing."""


def output_filter(policy: OutputPolicy, request: Request) -> OutputFilter | None:
    """The filter of one answer; `None` where there is nothing to look for."""
    if policy == SILENT:
        return None
    sieves: list[tuple[Sieve, bool]] = []
    if policy.canaries:
        sieves.append((Words(Leak.CANARY, policy.canaries), True))
    if policy.terms:
        sieves.append((Words(Leak.TERM, policy.terms), True))
    if policy.system_prompt != "off":
        passages = Passages(_instructions(request))
        if passages.is_worth_it:
            sieves.append((passages, policy.system_prompt == "withhold"))
    if policy.secrets != "off" and policy.find_secrets is not None:
        said = [text.reveal() for _, text in conversation(request)]
        secrets = Secrets(policy.find_secrets, lambda secret: any(secret in t for t in said))
        sieves.append((secrets, policy.secrets == "withhold"))
    if policy.markup != "off":
        sieves.append((Markup(policy.image_hosts), policy.markup == "withhold"))
    return OutputFilter(sieves) if sieves else None


def _instructions(request: Request) -> list[str]:
    roles = (Role.SYSTEM, Role.DEVELOPER)
    return [text.reveal() for role, text in conversation(request) if role in roles]


class OutputFilter:
    """Of one answer, whose texts arrive as interleaved pieces."""

    def __init__(self, sieves: Sequence[tuple[Sieve, bool]]) -> None:
        """Sieves, each with whether what it finds is withheld or only marked."""
        self._sieves = sieves
        self._held: dict[Place, str] = {}
        self._gone: dict[Place, str] = {}
        self._since: dict[Place, int] = {}
        """Characters that have gone since the last that were withheld."""
        self.found: Leak | None = None
        """The first thing that was found."""

    def apply(self, event: Event) -> Event:
        if not isinstance(event, Delta):
            return event
        out = changed(event, self._piece, self._held)
        # Token by token they would spell out what the text withholds.
        return out if out.content == event.content else replace(out, logprobs=None)

    def _piece(self, place: Place, piece: str | None, last: bool) -> str | None:
        held = self._held.pop(place, "")
        if not held and not piece:
            return piece
        gone = self._gone.get(place, "")
        text = gone + held + (piece or "")
        spans, held_from = self._look(text, len(gone), last)
        out: list[str] = []
        at = len(gone)
        known = at - self._since.get(place, at)
        for start, end in spans:
            out.append(text[at:start])
            if start >= known:
                out.append(WITHHELD)  # once, however many pieces it comes in
            at = known = end
        held_from = max(held_from, at)
        out.append(text[at:held_from])
        if known:
            self._since[place] = held_from - known
        if held_from < len(text):
            self._held[place] = text[held_from:]
        self._gone[place] = _remembered(text[:held_from])
        return "".join(out)

    def _look(self, text: str, new: int, last: bool) -> tuple[list[tuple[int, int]], int]:
        """Spans to withhold, in order and apart; and from where the text is held."""
        spans: list[tuple[int, int]] = []
        held_from = len(text)
        for sieve, withholds in self._sieves:
            found = sieve.look(text, last or not withholds)
            fresh = [span for span in found.spans if span[1] > new]
            if fresh:
                self.found = self.found or sieve.leak
            if withholds:
                spans += fresh
                held_from = min(held_from, found.held_from)
        joined: list[tuple[int, int]] = []
        for start, end in sorted(spans):
            if joined and start <= joined[-1][1]:
                joined[-1] = joined[-1][0], max(end, joined[-1][1])
            else:
                joined.append((start, end))
        # What is still growing is not cut in two: the span and what is held begin together.
        for start, end in joined:
            if start < held_from < end:
                held_from = start
        return [span for span in joined if span[1] <= held_from], held_from


_OPEN_FENCE = re.compile("```")


def _remembered(text: str) -> str:
    """The end of what has gone out; where it is cut inside a code fence, it still begins with one."""
    if len(text) <= _CONTEXT:
        return text
    cut = len(text) - _CONTEXT
    is_open = len(_OPEN_FENCE.findall(text, 0, cut)) % 2 == 1
    return ("```" if is_open else "") + text[cut:]
