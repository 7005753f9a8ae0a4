"""Answers by idempotency key: which request was answered already, and how.

Kept in memory only. An answer is what a model said to a user, and nothing of that is written to a
disk; a restart forgets them all.

An entry is *running* until its answer is settled, then *kept* for `ttl_s`. One whose answer did not
fit is kept as a name alone: its request is refused rather than carried out a second time. Where
memory is short the oldest kept entry goes first, and never one that runs or is being read.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Protocol

from msgspec import Struct

from gilmok.core.errors import (
    IdempotencyAnswerTooLarge,
    IdempotencyKeyReused,
    IdempotencyStoreFull,
)
from gilmok.core.ports import Clock
from gilmok.state.tape import Tape

_ENTRY_BYTES = 512
"""What an entry takes without its answer."""
_SHARE = 8
"""One answer may take this part of the memory, so that it does not drive out all others."""


class Claim(Struct, frozen=True):
    """Where a request stands with its key."""

    tape: Tape
    is_first: bool
    """True for the request that has to be carried out, and its answer written on the tape."""


class IdempotencyBounds(Struct, frozen=True, kw_only=True):
    ttl_s: float = 86_400.0
    """From the end of an answer on."""
    max_entries: int = 10_000
    max_bytes: int = 64 * 2**20


class IdempotencyStore(Protocol):
    """`place` names a key of one owner, `digest` what was asked under it."""

    async def claim(self, place: bytes, digest: bytes) -> Claim:
        """Of all claims to a place, one is the first until the place is released or expires.

        Raises `IdempotencyKeyReused` for another digest, `IdempotencyAnswerTooLarge` where the answer
        did not fit, `IdempotencyStoreFull` where there is no room for another entry.
        """
        ...

    def settle(self, place: bytes, tape: Tape) -> None:
        """The answer is complete and to be given again."""
        ...

    def release(self, place: bytes, tape: Tape) -> None:
        """Nothing was carried out, or nobody waits for it: the next claim is a first one."""
        ...

    def sweep(self) -> None:
        """Forgets what has expired."""
        ...


class MemoryIdempotencyStore:
    """Implements `IdempotencyStore` for one process."""

    def __init__(self, clock: Clock, bounds: IdempotencyBounds) -> None:
        self._clock = clock
        self._running: dict[bytes, Tape] = {}
        self._kept: OrderedDict[bytes, tuple[float, Tape]] = OrderedDict()
        self._bytes = 0
        """Of the kept entries and of the running ones that are to be kept."""
        self.bounds = bounds
        """May be replaced at any time; new ones hold from the next claim on."""

    def __len__(self) -> int:
        return len(self._running) + len(self._kept)

    @property
    def bytes_taken(self) -> int:
        return self._bytes

    async def claim(self, place: bytes, digest: bytes) -> Claim:
        self.sweep()
        tape = self._running.get(place)
        if tape is None and place in self._kept:
            tape = self._kept[place][1]
        if tape is None:
            return Claim(self._begin(place, digest), True)
        if tape.digest != digest:
            raise IdempotencyKeyReused
        if not tape.kept:
            raise IdempotencyAnswerTooLarge
        return Claim(tape, False)

    def settle(self, place: bytes, tape: Tape) -> None:
        if self._running.get(place) is tape:
            del self._running[place]
            self._kept[place] = (self._clock.monotonic(), tape)

    def release(self, place: bytes, tape: Tape) -> None:
        if self._running.get(place) is tape:
            del self._running[place]
            self._free(tape)

    def sweep(self) -> None:
        ended_before = self._clock.monotonic() - self.bounds.ttl_s
        while self._kept:
            place, (at, _) = next(iter(self._kept.items()))
            if at > ended_before:
                return
            self._drop(place)

    def _begin(self, place: bytes, digest: bytes) -> Tape:
        while (
            len(self) >= self.bounds.max_entries
            or self._bytes + _ENTRY_BYTES > self.bounds.max_bytes
        ):
            if not self._evict():
                raise IdempotencyStoreFull
        tape = Tape(digest, self._grow)
        self._running[place] = tape
        self._bytes += _ENTRY_BYTES
        return tape

    def _grow(self, tape: Tape, size: int) -> bool:
        if tape.size + size <= self.bounds.max_bytes // _SHARE:
            while self._bytes + size > self.bounds.max_bytes and self._evict():
                pass
            if self._bytes + size <= self.bounds.max_bytes:
                self._bytes += size
                return True
        self._bytes -= tape.size  # from here on it is a passage, bounded by its window
        return False

    def _evict(self) -> bool:
        """Makes room by the oldest entry that nobody reads; False where there is none."""
        for place, (_, tape) in self._kept.items():
            if not tape.readers:
                self._drop(place)
                return True
        return False

    def _drop(self, place: bytes) -> None:
        self._free(self._kept.pop(place)[1])

    def _free(self, tape: Tape) -> None:
        self._bytes -= _ENTRY_BYTES + (tape.size if tape.kept else 0)
        tape.erase()
