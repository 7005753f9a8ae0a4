"""What comes back: an upstream never repeats to a client what only the gateway may know.

An endpoint knows the key it was called with. An answer that quotes it (an echoing proxy, a debug
mode, a model that was shown its own request) would hand it to every caller, so it is taken out, in
every spelling of `spellings` and in any chunking. Text goes on at once unless a spelling's first
characters are in it; what may become one is held until the next piece decides. So of a spelling that
is cut into pieces at most `TELLING - 1` characters have gone before the rest is withheld.
"""

from __future__ import annotations

from msgspec.structs import replace

from gilmok.core.completion import Delta, Event, Made, Opened, ToolCallDelta
from gilmok.core.endpoint import Endpoint
from gilmok.guard.pieces import Place, changed
from gilmok.guard.spellings import TELLING, Spellings, spellings

WITHHELD = "[key withheld]"
SHORTEST = 16
"""Characters of a key that is worth it: shorter ones (`ollama`, `none`) are words, not secrets."""
_MEMORY = TELLING - 1


def key_filter(endpoint: Endpoint) -> KeyFilter | None:
    """The filter of one answer of this endpoint; `None` where there is no secret to keep."""
    key = endpoint.api_key
    if key is None or len(key) < SHORTEST:
        return None
    return KeyFilter(spellings(key))


class KeyFilter:
    """Takes one key out of one answer, whose texts arrive as interleaved pieces."""

    __slots__ = ("_begins", "_content", "_ends", "_held", "_spellings")

    def __init__(self, secret: Spellings) -> None:
        self._spellings = secret
        self._begins = secret.beginnings.search
        self._held: dict[Place, tuple[str, int]] = {}
        """What may become a spelling, and how many of its characters have gone out."""
        self._ends: dict[Place, str] = {}
        """The last characters that went out, where nothing is held."""
        self._content = ""
        """The same of the first choice's content: nearly all there is to look at."""

    def apply(self, event: Event) -> Event:
        if isinstance(event, Delta):
            if not (
                event.index
                or event.tool_calls
                or event.finish
                or event.reasoning
                or event.refusal
                or event.logprobs
                or self._held
            ):
                text = self._content + (event.content or "")
                if self._begins(text) is None:
                    self._content = text[-_MEMORY:]
                    return event
            return self._delta(event)
        if isinstance(event, Opened) and self._is_in(event.fingerprint or ""):
            return replace(event, fingerprint=None)
        if isinstance(event, Made):
            return self._made(event)
        return event

    def _made(self, made: Made) -> Made:
        """What its maker says of it, and a report; a picture and a voice are not read."""
        if made.media_type == "application/json":
            data = self._clean(made.data.decode("utf-8", "replace")).encode()
            return replace(made, data=data, remark=self._clean(made.remark))
        return replace(made, remark=self._clean(made.remark)) if made.remark else made

    def _delta(self, delta: Delta) -> Delta:
        out = changed(delta, self._piece, self._held)
        logprobs = delta.logprobs
        # Token by token they would spell out what the text withholds.
        if logprobs is not None and (
            out.content != delta.content or self._is_in(bytes(logprobs).decode(errors="replace"))
        ):
            logprobs = None
        calls = tuple([self._named(call) for call in out.tool_calls])
        return replace(out, tool_calls=calls, logprobs=logprobs)

    def _named(self, call: ToolCallDelta) -> ToolCallDelta:
        return replace(
            call,
            id=None if call.id is None else self._clean(call.id),
            name=None if call.name is None else self._clean(call.name),
        )

    def _piece(self, place: Place, piece: str | None, last: bool) -> str | None:
        """What goes out of one more piece of one text."""
        before, gone = self._held.pop(place, ("", 0))
        if not before:
            if not piece:
                return piece
            before = self._last_of(place)
            gone = len(before)
        text = before + (piece or "")
        out, rest, gone = self._without(text, gone, last)
        if gone < len(rest):
            self._held[place] = rest, gone
        elif place == (0, "content"):
            self._content = rest
        else:
            self._ends[place] = rest
        return out

    def _last_of(self, place: Place) -> str:
        return self._content if place == (0, "content") else self._ends.get(place, "")

    def _without(self, text: str, gone: int, last: bool) -> tuple[str, str, int]:
        """What goes out of `text`, of which `gone` characters went before; what has to be
        remembered of it, and how much of that has gone."""
        out: list[str] = []
        at, look = gone, 0
        while (found := self._spellings.beginnings.search(text, look)) is not None:
            start = found.start()
            end = self._spellings.end(text, start)
            if end is None and self._spellings.may_go_on(text, start):
                out.append(text[at:start])
                if not last:
                    return "".join(out), text[start:], max(0, at - start)
                # Cut off at the answer's end. Half of a key is withheld too, a few letters are not.
                out.append(WITHHELD if len(text) - start >= SHORTEST else text[max(at, start) :])
                return "".join(out), "", 0
            if end is None:
                look = start + 1
                continue
            out += text[at:start], WITHHELD
            at = look = end
        out.append(text[at:])
        rest = text[max(look, len(text) - _MEMORY) :]
        return "".join(out), rest, len(rest)

    def _clean(self, text: str) -> str:
        """A text that comes whole."""
        return self._without(text, 0, True)[0]

    def _is_in(self, text: str) -> bool:
        return self._clean(text) != text
