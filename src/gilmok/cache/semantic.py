"""Answers to questions that mean the same: vectors propose, the verifier decides, audits keep watch.

A question is only ever compared with questions of its own shelf: same tenant, label, rights, model,
system prompt, tools, sampling and earlier turns (`Place.around`). Kept are the answer and what
`read` takes from the question, in memory, until they expire, are forgotten or make room.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from msgspec import Struct

from gilmok.cache.agreement import agree, text_of
from gilmok.cache.calibration import Calibration
from gilmok.cache.encoders import Encoder
from gilmok.cache.exact import CachedAnswer, size_of
from gilmok.cache.index import MemoryIndex
from gilmok.cache.place import Place
from gilmok.cache.reading import Reading, read
from gilmok.cache.vectors import Table, Vector
from gilmok.cache.verify import Verifier, features, refused
from gilmok.core.ports import Clock

_PROPOSED = 6
"""Nearest questions that the verifier looks at."""
_MOST_TENANTS = 10_000
_PER_WORD = 400
"""Bytes that a kept question takes besides its answer, for each of its words, about."""


class SemanticPolicy(Struct, frozen=True, kw_only=True):
    error_bound: float
    """Share of semantic hits that may be wrong, 0..1."""
    audit_share: float
    """Share of hits that are asked anyway."""
    ttl_s: float
    max_entries: int
    max_bytes: int


class Proposal(Struct, frozen=True, kw_only=True, eq=False):
    """What a look found, and what keeping the real answer needs."""

    reading: Reading
    vector: Vector
    answer: CachedAnswer | None = None
    """The best that was found; `None` where nothing is near."""
    score: float = 0.0
    """The verifier's: the chance that both questions have one answer."""
    accepted: bool = False
    """True where the answer is to be given."""

    def __repr__(self) -> str:
        return f"<proposal at {self.score:.2f}>"


class _Entry(Struct, frozen=True, eq=False):
    around: bytes
    reading: Reading
    vector: Vector
    answer: CachedAnswer
    until: float
    size: int
    tenant: str
    tags: tuple[str, ...]


class SemanticCache:
    def __init__(
        self,
        clock: Clock,
        encoder: Encoder,
        table: Table,
        verifier: Verifier,
        policy: SemanticPolicy,
    ) -> None:
        self._clock = clock
        self._encoder = encoder
        self._table = table
        self._verifier = verifier
        self._policy = policy
        self._entries: OrderedDict[int, _Entry] = OrderedDict()
        self._shelves: dict[bytes, MemoryIndex] = {}
        self._calibrations: OrderedDict[str, Calibration] = OrderedDict()
        self._next = 0
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._entries)

    async def look(self, place: Place) -> Proposal | None:
        """`None` where the question cannot be compared."""
        if place.question is None or place.around is None:
            return None
        text = place.question.reveal()
        reading = read(text, self._table)
        if reading is None:
            return None
        vector = await self._encoder.encode(text, reading)
        if vector is None:
            return None
        best, score = self._best(place.around, reading, vector)
        if best is None:
            return Proposal(reading=reading, vector=vector)
        calibration = self.calibration(place.tenant)
        good = calibration.propose(score)
        audited = good and calibration.audits(self._policy.audit_share)
        return Proposal(
            reading=reading,
            vector=vector,
            answer=best,
            score=score,
            accepted=good and not audited,
        )

    def _best(
        self, around: bytes, reading: Reading, vector: Vector
    ) -> tuple[CachedAnswer | None, float]:
        shelf = self._shelves.get(around)
        if shelf is None:
            return None, 0.0
        now = self._clock.monotonic()
        near, rows = [], []
        for id in shelf.nearest(vector, _PROPOSED):
            entry = self._entries[id]
            if entry.until <= now:
                self._drop(id)
                continue
            values = features(reading, entry.reading, self._cosine(vector, entry.vector))
            if not refused(values):
                near.append(id)
                rows.append(values)
        if not rows:
            return None, 0.0
        scores = self._verifier.scores(rows)
        score, id = max(zip(scores, near, strict=True))
        self._entries.move_to_end(id)
        return self._entries[id].answer, score

    def _cosine(self, one: Vector, other: Vector) -> float:
        # The static vectors' cosine is a feature of its own already.
        return 0.0 if self._encoder.name == "static" else float(one @ other)

    def keep(self, place: Place, proposal: Proposal, answer: CachedAnswer) -> None:
        """Takes a complete answer, after comparing it with one that was proposed."""
        if proposal.answer is not None:
            right = agree(text_of(proposal.answer), text_of(answer), self._table)
            self.calibration(place.tenant).audit(proposal.score, right)
        assert place.around is not None, "a proposal without a shelf"
        size = size_of(answer) + _PER_WORD * len(proposal.reading.words)
        if size > self._policy.max_bytes:
            return
        shelf = self._shelves.setdefault(place.around, MemoryIndex(self._encoder.width))
        id, self._next = self._next, self._next + 1
        self._entries[id] = _Entry(
            place.around,
            proposal.reading,
            proposal.vector,
            answer,
            self._clock.monotonic() + self._policy.ttl_s,
            size,
            place.tenant,
            place.tags,
        )
        shelf.add(id, proposal.vector)
        self._bytes += size
        while len(self._entries) > self._policy.max_entries or self._bytes > self._policy.max_bytes:
            self._drop(next(iter(self._entries)))

    def forget(self, chosen: Callable[[str, tuple[str, ...]], bool]) -> int:
        """Drops the answers whose tenant and tags are chosen; how many."""
        gone = [id for id, entry in self._entries.items() if chosen(entry.tenant, entry.tags)]
        for id in gone:
            self._drop(id)
        return len(gone)

    def calibration(self, tenant: str) -> Calibration:
        """One for each tenant: what one's traffic teaches, no other's answers show."""
        found = self._calibrations.get(tenant)
        if found is None:
            found = Calibration(self._policy.error_bound, self._verifier.file.prior)
            self._calibrations[tenant] = found
            if len(self._calibrations) > _MOST_TENANTS:
                self._calibrations.popitem(last=False)
        return found

    def close(self) -> None:
        self._encoder.close()

    def _drop(self, id: int) -> None:
        entry = self._entries.pop(id)
        self._bytes -= entry.size
        shelf = self._shelves[entry.around]
        shelf.remove(id)
        if not len(shelf):
            del self._shelves[entry.around]
