"""What comes back: an upstream never repeats to a client what only the gateway may know.

An endpoint knows the key it was called with. An answer that quotes it (an echoing proxy, a debug
mode, a model that was shown its own request) would hand it to every caller, so it is taken out, in
any chunking: a tail that may be the key's beginning is held until the next piece decides.
"""

from __future__ import annotations

from msgspec.structs import replace

from gilmok.core.completion import Delta, Event, Opened, ToolCallDelta
from gilmok.core.endpoint import Endpoint

WITHHELD = "[key withheld]"
SHORTEST = 16
"""Characters of a key that is worth it: shorter ones (`ollama`, `none`) are words, not secrets."""


def key_filter(endpoint: Endpoint) -> KeyFilter | None:
    """The filter of one answer of this endpoint; `None` where there is no secret to keep."""
    key = endpoint.api_key.reveal() if endpoint.api_key is not None else ""
    return KeyFilter(key) if len(key) >= SHORTEST else None


class KeyFilter:
    """Takes one key out of one answer, whose texts arrive as interleaved pieces."""

    __slots__ = ("_held", "_key")

    def __init__(self, key: str) -> None:
        self._key = key
        self._held: dict[tuple[int, str | int], str] = {}

    def apply(self, event: Event) -> Event:
        if isinstance(event, Delta):
            plain = not (event.tool_calls or event.finish or event.reasoning or event.refusal)
            if plain and not self._held and self._is_clean(event.content or ""):
                return event
            return self._delta(event)
        if isinstance(event, Opened) and self._key in (event.fingerprint or ""):
            return replace(event, fingerprint=None)
        return event

    def _delta(self, delta: Delta) -> Delta:
        choice, last = delta.index, delta.finish is not None
        content = self._piece((choice, "content"), delta.content, last)
        refusal = self._piece((choice, "refusal"), delta.refusal, last)
        reasoning = self._piece((choice, "reasoning"), delta.reasoning, last)
        calls = tuple([self._call(choice, call, last) for call in delta.tool_calls])
        if last:
            calls += self._rest(choice)
        # Token by token they would spell out what the text withholds.
        same = content == delta.content
        return replace(
            delta,
            content=content,
            refusal=refusal,
            reasoning=reasoning,
            tool_calls=calls,
            logprobs=delta.logprobs if same else None,
        )

    def _call(self, choice: int, call: ToolCallDelta, last: bool) -> ToolCallDelta:
        return replace(
            call,
            id=None if call.id is None else call.id.replace(self._key, WITHHELD),
            name=None if call.name is None else call.name.replace(self._key, WITHHELD),
            arguments=self._piece((choice, call.index), call.arguments, last) or "",
        )

    def _rest(self, choice: int) -> tuple[ToolCallDelta, ...]:
        """What was held of calls that the last delta does not mention."""
        left = [key for key in self._held if key[0] == choice and isinstance(key[1], int)]
        return tuple(
            [ToolCallDelta(index=int(key[1]), arguments=self._held.pop(key)) for key in left]
        )

    def _piece(self, place: tuple[int, str | int], piece: str | None, last: bool) -> str | None:
        held = self._held.pop(place, "")
        if not held and not piece:
            return piece
        text = (held + (piece or "")).replace(self._key, WITHHELD)
        keep = 0 if last else self._open_end(text)
        if keep:
            self._held[place] = text[-keep:]
            text = text[:-keep]
        return text

    def _is_clean(self, text: str) -> bool:
        return self._key not in text and not self._open_end(text)

    def _open_end(self, text: str) -> int:
        """Length of the longest tail that is a proper beginning of the key."""
        key = self._key
        at = text.find(key[0], max(0, len(text) - len(key) + 1))
        while at >= 0:
            if key.startswith(text[at:]):
                return len(text) - at
            at = text.find(key[0], at + 1)
        return 0
