"""The exact cache: the same question, asked by the same tenant under the same rules.

* A key is a digest over everything that shapes the answer: tenant, plan, clearance, target, messages,
  tools, sampling, options. A high label is cached for its own key only, never for the tenant; so
  is everything of a plan that shares no cache.
* Only complete answers enter. Nothing derived from the text is kept but the digest; answers live in
  memory and die with the process.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict

from msgspec import Struct

from gilmok.core.completion import Delta, Event
from gilmok.core.identity import Caller
from gilmok.core.inspection import Inspection, Sensitivity
from gilmok.core.ports import Clock
from gilmok.core.request import Attachment, Image, Message, Part, Request, texts


class CachedAnswer(Struct, frozen=True):
    """A complete answer and where it came from."""

    endpoint_id: str
    zone: str
    events: tuple[Event, ...]

    def __repr__(self) -> str:
        return f"<cached answer of {len(self.events)} events>"


class ExactCache:
    def __init__(
        self, clock: Clock, *, enabled: bool, ttl_s: float, max_entries: int, max_bytes: int
    ) -> None:
        self.enabled = enabled
        self._clock = clock
        self._ttl_s = ttl_s
        self._max_entries = max_entries
        self._max_bytes = max_bytes
        self._bytes = 0
        self._kept: OrderedDict[bytes, tuple[float, int, CachedAnswer]] = OrderedDict()

    def key(self, request: Request, inspection: Inspection, caller: Caller) -> bytes | None:
        """The digest of this question, or `None` where nothing may be cached."""
        if not self.enabled:
            return None
        alone = inspection.sensitivity is Sensitivity.HIGH or not caller.terms.shares_cache
        owner = caller.key_id if alone else ""
        digest = hashlib.blake2b(digest_size=16)
        sampling = request.sampling
        for field in (
            caller.tenant,
            owner,
            str(sorted(caller.zones)),
            str(caller.endpoints and sorted(caller.endpoints)),
            str(caller.models and sorted(caller.models)),
            caller.terms.plan,
            inspection.clearance.value,
            request.target.asked,
            # Scalars by their repr, texts below: a `Private` prints no content.
            repr(sampling),
            *(_form(message) for message in request.messages),
            *(str(tool.strict) for tool in request.tools),
            *(name for name, _ in request.options),
        ):
            _add(digest, field)
        for ref in texts(request):
            _add(digest, ref.path)
            _add(digest, ref.text.reveal())
        return digest.digest()

    def find(self, key: bytes | None) -> CachedAnswer | None:
        found = self._kept.get(key) if key else None
        if found is None or key is None:
            return None
        if found[0] <= self._clock.monotonic():
            self._drop(key)
            return None
        self._kept.move_to_end(key)
        return found[2]

    def keep(self, key: bytes | None, answer: CachedAnswer) -> None:
        """Takes a complete answer; the least recently used ones make room."""
        size = sum(_size(event) for event in answer.events)
        if key is None or size > self._max_bytes:
            return
        if key in self._kept:
            self._drop(key)
        self._kept[key] = (self._clock.monotonic() + self._ttl_s, size, answer)
        self._bytes += size
        while len(self._kept) > self._max_entries or self._bytes > self._max_bytes:
            self._drop(next(iter(self._kept)))

    def _drop(self, key: bytes) -> None:
        self._bytes -= self._kept.pop(key)[1]


def _form(message: Message) -> str:
    """What a message is besides its texts: a URL as text is another question than its image."""
    return ",".join((message.role.value, *map(_kind, message.parts)))


def _kind(part: Part) -> str:
    match part:
        case Image():
            return f"image {part.detail}"
        case Attachment():
            return part.kind
    return "text"


def _add(digest: hashlib.blake2b, field: str) -> None:
    raw = field.encode("utf-8", "surrogatepass")
    digest.update(len(raw).to_bytes(4, "big"))
    digest.update(raw)


def _size(event: Event) -> int:
    if not isinstance(event, Delta):
        return 64
    size = 64 + len(event.logprobs or b"")
    for text in (event.content, event.refusal, event.reasoning):
        size += 2 * len(text or "")
    for call in event.tool_calls:
        size += 64 + 2 * (len(call.id or "") + len(call.name or "") + len(call.arguments))
    return size
