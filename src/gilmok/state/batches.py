"""Batches of tasks, running and ended: how far each is, and what came of its tasks.

Kept in memory only, like answers by idempotency key: a result is what a model said to a user, and
nothing of that is written to a disk. A restart forgets them all.

Bounds hold for each tenant by itself, so that nobody can tell from what is forgotten of his own
what others do. Where a tenant's room is short, its oldest batch that has ended goes first; one that
runs never goes.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Iterable, Iterator

from msgspec import Struct

from gilmok.core.errors import BatchesFull, BatchNotFound, IdempotencyKeyReused, TooManyBatches
from gilmok.core.ports import Clock

_BATCH_BYTES = 512
"""What a batch takes without its results."""


class Owner(Struct, frozen=True):
    """A key, and whose it is. Nobody else finds its batches."""

    tenant: str
    key_id: str


class Outcome(Struct, frozen=True):
    """What came of one task of a batch."""

    index: int
    entry: bytes
    """As JSON, the way clients read it."""
    succeeded: bool

    def __repr__(self) -> str:
        return f"<outcome of task {self.index}, {len(self.entry)} bytes>"


class BatchBounds(Struct, frozen=True, kw_only=True):
    """For each tenant."""

    ttl_s: float = 86_400.0
    """From the end of a batch on."""
    max_entries: int = 100
    max_bytes: int = 32 * 2**20


class Batch:
    """One batch. Its outcomes only ever grow, in the order in which its tasks end, so a place in
    them is a place to go on from."""

    __slots__ = (
        "_changed", "cancelled", "detached", "digest", "ended", "ended_at", "followers", "id", "key",
        "outcomes", "owner", "size", "succeeded", "tasks",
    )  # fmt: skip

    def __init__(
        self, id: str, owner: Owner, key: str | None, digest: bytes, tasks: list[bytes]
    ) -> None:
        self.id = id
        self.owner = owner
        self.key = key
        """The client's own name for it: its `Idempotency-Key`."""
        self.digest = digest
        """Of the request that began it."""
        self.tasks = tasks
        """As they were sent; each is forgotten when it has ended."""
        self.outcomes: list[Outcome] = []
        self.succeeded = 0
        self.size = _BATCH_BYTES + sum(map(len, tasks))
        """Bytes it takes, about."""
        self.ended = False
        self.ended_at = 0.0
        """Monotonic seconds, once it has ended."""
        self.cancelled = False
        """True where it ended before its tasks had."""
        self.detached = False
        """True once somebody follows it who may come back: it goes on without anybody waiting."""
        self.followers = 0
        """Who waits for its end."""
        self._changed = asyncio.Event()

    @property
    def total(self) -> int:
        return len(self.tasks)

    @property
    def failed(self) -> int:
        return len(self.outcomes) - self.succeeded

    @property
    def missing(self) -> list[int]:
        """Tasks that have not ended, in their order."""
        done = {outcome.index for outcome in self.outcomes}
        return [index for index in range(self.total) if index not in done]

    def in_order(self) -> list[Outcome]:
        """The outcomes in the order of the tasks."""
        return sorted(self.outcomes, key=lambda outcome: outcome.index)

    async def changed(self) -> None:
        """Returns when a task or the batch has ended after this call."""
        await self._changed.wait()

    def add(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)
        self.succeeded += outcome.succeeded
        self.size += len(outcome.entry) - len(self.tasks[outcome.index])
        self.tasks[outcome.index] = b""
        self._wake()

    def end(self, at: float, *, cancelled: bool) -> None:
        self.ended, self.ended_at, self.cancelled = True, at, cancelled
        self._wake()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()


class BatchStore:
    """The batches of one process."""

    def __init__(self, clock: Clock, bounds: BatchBounds) -> None:
        self._clock = clock
        self._tenants: dict[str, OrderedDict[str, Batch]] = {}
        self.bounds = bounds
        """May be replaced at any time; new ones hold from the next batch on."""

    def __iter__(self) -> Iterator[Batch]:
        return (batch for kept in self._tenants.values() for batch in kept.values())

    def find(self, id: str, owner: Owner) -> Batch:
        """Raises `BatchNotFound`, also for what somebody else sent."""
        self._sweep_of(owner.tenant)
        batch = self._of(owner.tenant).get(id)
        if batch is None or batch.owner != owner:
            raise BatchNotFound
        return batch

    def known(self, owner: Owner, key: str, digest: bytes) -> Batch | None:
        """The batch that this owner sent under this key. Raises `IdempotencyKeyReused` where it was
        another one."""
        self._sweep_of(owner.tenant)
        for batch in self._of(owner.tenant).values():
            if batch.key == key and batch.owner == owner:
                if batch.digest != digest:
                    raise IdempotencyKeyReused
                return batch
        return None

    def begin(self, batch: Batch, earlier: Batch | None = None) -> None:
        """Takes a new batch in; it takes the place of `earlier`, and what succeeded there.

        Raises `TooManyBatches` or `BatchesFull` where there is no room besides those that run.
        """
        tenant = batch.owner.tenant
        kept = self._tenants.setdefault(tenant, OrderedDict())
        if earlier is not None:
            kept.pop(earlier.id, None)
            self._take_over(batch, earlier.outcomes)
        while len(kept) >= self.bounds.max_entries:
            if not self._forget_oldest(tenant):
                raise TooManyBatches(self.bounds.max_entries)
        if not self._make_room(tenant, batch.size):
            raise BatchesFull
        kept[batch.id] = batch

    def has_room(self, tenant: str) -> bool:
        """Whether one more result may be made for this tenant; forgets old ones where that helps.

        Results of tasks under way are kept in any case: they are paid for.
        """
        return self._make_room(tenant, 1)

    def sweep(self) -> None:
        """Forgets what has expired."""
        for tenant in tuple(self._tenants):
            self._sweep_of(tenant)

    def _of(self, tenant: str) -> OrderedDict[str, Batch]:
        return self._tenants.get(tenant) or OrderedDict()

    def _make_room(self, tenant: str, size: int) -> bool:
        kept = self._of(tenant)
        while sum(batch.size for batch in kept.values()) + size > self.bounds.max_bytes:
            if not self._forget_oldest(tenant):
                return False
        return True

    def _sweep_of(self, tenant: str) -> None:
        ended_before = self._clock.monotonic() - self.bounds.ttl_s
        kept = self._of(tenant)
        for batch in tuple(kept.values()):
            if batch.ended and batch.ended_at <= ended_before:
                del kept[batch.id]
        if not kept:
            self._tenants.pop(tenant, None)

    def _forget_oldest(self, tenant: str) -> bool:
        kept = self._of(tenant)
        ended = (batch for batch in kept.values() if batch.ended and not batch.followers)
        oldest = min(ended, key=lambda batch: batch.ended_at, default=None)
        if oldest is not None:
            del kept[oldest.id]
        return oldest is not None

    @staticmethod
    def _take_over(batch: Batch, outcomes: Iterable[Outcome]) -> None:
        for outcome in outcomes:
            if outcome.succeeded:
                batch.add(outcome)
