"""Jobs: requests that take too long to wait for on one connection, and what came of them.

Kept in memory only, like batches: a result is what somebody's video shows. A restart forgets them
all; what one had cost by then is settled by the journal. Bounds hold for each tenant by itself; where
room is short the oldest that has ended goes first, and one that runs never goes.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from gilmok.core.errors import JobNotFound, TooManyJobs
from gilmok.core.ports import Clock
from gilmok.state.batches import Owner


class JobBounds(Struct, frozen=True, kw_only=True):
    """For each tenant."""

    ttl_s: float = 86_400.0
    """From the end of a job on."""
    max_entries: int = 20
    max_bytes: int = 64 * 2**20
    """Of what jobs came to."""
    max_carried: int = 256 * 2**20
    """Bytes that those which run may carry together."""


class Job:
    """One job. What it came to is set once."""

    __slots__ = ("body", "carries", "created_at", "ended_at", "id", "owner", "status", "summary")

    def __init__(
        self, id: str, owner: Owner, created_at: int, body: bytes, carries: int = 0
    ) -> None:
        """`carries`: bytes of what was sent with it and is needed until it ends."""
        self.id = id
        self.carries = carries
        self.owner = owner
        self.created_at = created_at
        """Wall clock, nanoseconds."""
        self.body = body
        """The job as its owner reads it now: JSON."""
        self.summary = body
        """The same in a list of jobs: without what it came to."""
        self.status = "running"
        """`running`, `done`, `failed` or `cancelled`."""
        self.ended_at: float | None = None
        """Monotonic seconds, once it has ended."""

    @property
    def ended(self) -> bool:
        return self.ended_at is not None

    def end(self, status: str, body: bytes, summary: bytes, at: float) -> None:
        self.status, self.body, self.summary, self.ended_at = status, body, summary, at

    def __repr__(self) -> str:
        return f"<job, {self.status}, {len(self.body)} bytes>"


class JobStore:
    """The jobs of one process."""

    def __init__(self, clock: Clock, bounds: JobBounds) -> None:
        self._clock = clock
        self._tenants: dict[str, dict[str, Job]] = {}
        self.bounds = bounds
        """May be replaced at any time; new ones hold from the next job on."""

    def begin(self, job: Job) -> None:
        """Takes a new job in. Raises `TooManyJobs` where all that are kept are running, or those that
        run carry too much already."""
        self._sweep_of(job.owner.tenant)
        kept = self._tenants.get(job.owner.tenant, {})
        running = [other for other in kept.values() if not other.ended]
        carried = sum(other.carries for other in running)
        if job.carries and carried and carried + job.carries > self.bounds.max_carried:
            raise TooManyJobs(len(running))
        while len(kept) >= self.bounds.max_entries:
            if not _forget_oldest(kept, job):
                raise TooManyJobs(self.bounds.max_entries)
        self._tenants.setdefault(job.owner.tenant, kept)[job.id] = job

    def ended(self, job: Job) -> None:
        """Makes room for what it came to, at the cost of what others came to before."""
        kept = self._tenants.get(job.owner.tenant, {})
        while sum(len(other.body) for other in kept.values()) > self.bounds.max_bytes:
            if not _forget_oldest(kept, job):
                break

    def find(self, id: str, owner: Owner) -> Job:
        """Raises `JobNotFound`, also for what somebody else sent."""
        self._sweep_of(owner.tenant)
        job = self._tenants.get(owner.tenant, {}).get(id)
        if job is None or job.owner != owner:
            raise JobNotFound
        return job

    def of(self, owner: Owner) -> Iterator[Job]:
        """The owner's, newest first."""
        self._sweep_of(owner.tenant)
        kept = self._tenants.get(owner.tenant, {})
        return (job for job in reversed(kept.values()) if job.owner == owner)

    def sweep(self) -> None:
        """Forgets what has expired."""
        for tenant in tuple(self._tenants):
            self._sweep_of(tenant)

    def _sweep_of(self, tenant: str) -> None:
        before = self._clock.monotonic() - self.bounds.ttl_s
        kept = self._tenants.get(tenant, {})
        for job in tuple(kept.values()):
            if job.ended_at is not None and job.ended_at <= before:
                del kept[job.id]
        if not kept:
            self._tenants.pop(tenant, None)


def _forget_oldest(kept: dict[str, Job], but: Job) -> bool:
    ended = [job for job in kept.values() if job.ended_at is not None and job is not but]
    oldest = min(ended, key=lambda job: job.ended_at or 0.0, default=None)
    if oldest is not None:
        del kept[oldest.id]
    return oldest is not None
