"""Answers by digest: the same question, asked by the same tenant under the same rules.

Only complete answers enter. Nothing derived from the text is kept but the digest; answers live in
memory and die with the process.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from msgspec import Struct

from gilmok.core.completion import Delta, Event, Made, Vector
from gilmok.core.ports import Clock


class CachedAnswer(Struct, frozen=True):
    """A complete answer and where it came from."""

    endpoint_id: str
    zone: str
    events: tuple[Event, ...]
    decision_id: str = ""
    """The decision whose answer it was."""
    model: str = ""
    """What gave it: a client is told the same name again."""

    def __repr__(self) -> str:
        return f"<cached answer of {len(self.events)} events>"


class Kept(Struct, frozen=True):
    until: float
    """Monotonic seconds."""
    size: int
    answer: CachedAnswer
    exact: bytes = b""
    """Of the words as they stood, where the key is of their normal spelling."""
    tenant: str = ""
    tags: tuple[str, ...] = ()


class ExactCache:
    def __init__(self, clock: Clock, *, ttl_s: float, max_entries: int, max_bytes: int) -> None:
        self._clock = clock
        self._ttl_s = ttl_s
        self._max_entries = max_entries
        self._max_bytes = max_bytes
        self._bytes = 0
        self._kept: OrderedDict[bytes, Kept] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def find(self, key: bytes) -> Kept | None:
        found = self._kept.get(key)
        if found is None:
            return None
        if found.until <= self._clock.monotonic():
            self._drop(key)
            return None
        self._kept.move_to_end(key)
        return found

    def keep(
        self,
        key: bytes,
        answer: CachedAnswer,
        *,
        exact: bytes = b"",
        tenant: str = "",
        tags: tuple[str, ...] = (),
    ) -> None:
        """Takes a complete answer; the least recently used ones make room."""
        size = size_of(answer)
        if size > self._max_bytes:
            return
        if key in self._kept:
            self._drop(key)
        until = self._clock.monotonic() + self._ttl_s
        self._kept[key] = Kept(until, size, answer, exact, tenant, tags)
        self._bytes += size
        while len(self._kept) > self._max_entries or self._bytes > self._max_bytes:
            self._drop(next(iter(self._kept)))

    def forget(self, chosen: Callable[[str, tuple[str, ...]], bool]) -> int:
        """Drops the answers whose tenant and tags are chosen; how many."""
        gone = [key for key, kept in self._kept.items() if chosen(kept.tenant, kept.tags)]
        for key in gone:
            self._drop(key)
        return len(gone)

    def _drop(self, key: bytes) -> None:
        self._bytes -= self._kept.pop(key).size


def size_of(answer: CachedAnswer) -> int:
    """Bytes, about."""
    return sum(map(_size, answer.events))


def _size(event: Event) -> int:
    if isinstance(event, Delta):
        said = len(event.content or "") + len(event.refusal or "") + len(event.reasoning or "")
        size = 64 + 2 * said + len(event.logprobs or b"")
        for call in event.tool_calls:
            size += 64 + 2 * (len(call.id or "") + len(call.name or "") + len(call.arguments))
        return size
    if isinstance(event, Vector):
        return 64 + len(event.floats)
    if isinstance(event, Made):
        return 64 + len(event.data) + 2 * len(event.remark)
    return 64
