"""What every idempotency store promises. Another one is another parameter of the fixture."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from gilmok.core.errors import (
    IdempotencyAnswerTooLarge,
    IdempotencyKeyReused,
    IdempotencyStoreFull,
)
from gilmok.core.ports import Clock
from gilmok.state import (
    Claim,
    Ending,
    IdempotencyBounds,
    IdempotencyStore,
    MemoryIdempotencyStore,
    Opening,
    Tape,
    Whole,
)

Make = Callable[[Clock, IdempotencyBounds], IdempotencyStore]

ASKED = b"digest of a request"
ANSWER = Whole(200, (("content-type", "text/plain"),), b"an answer")


class HandClock:
    """Implements `core.ports.Clock`; a test turns it."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now

    def wall(self) -> int:
        return int(self.now * 10**9)


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture(params=[MemoryIdempotencyStore], ids=["memory"])
def make(request: pytest.FixtureRequest) -> Make:
    kind: Make = request.param
    return kind


async def answered(store: IdempotencyStore, place: bytes, size: int = 9) -> Tape:
    claim = await store.claim(place, ASKED)
    assert claim.is_first
    claim.tape.append(Whole(200, (), b"x" * size))
    store.settle(place, claim.tape)
    return claim.tape


class TestEveryStore:
    @pytest.fixture
    def store(self, make: Make, clock: HandClock) -> IdempotencyStore:
        return make(clock, IdempotencyBounds(ttl_s=60.0, max_entries=3, max_bytes=80_000))

    async def test_of_many_claims_one_is_the_first(self, store: IdempotencyStore) -> None:
        async def claim() -> Claim:
            return await store.claim(b"k", ASKED)

        claims = await asyncio.gather(*(claim() for _ in range(20)))
        assert sum(c.is_first for c in claims) == 1
        claims[0].tape.append(ANSWER)
        for later in claims:
            with later.tape.read() as reader:
                assert await reader.next() == ANSWER

    async def test_a_settled_answer_is_given_until_it_expires(
        self, store: IdempotencyStore, clock: HandClock
    ) -> None:
        tape = await answered(store, b"k")
        clock.now += 59.9
        again = await store.claim(b"k", ASKED)
        assert (again.is_first, again.tape) == (False, tape)
        clock.now += 0.2
        assert (await store.claim(b"k", ASKED)).is_first

    async def test_the_time_runs_from_the_end_of_the_answer(
        self, store: IdempotencyStore, clock: HandClock
    ) -> None:
        claim = await store.claim(b"k", ASKED)
        clock.now += 1000.0
        assert not (await store.claim(b"k", ASKED)).is_first
        claim.tape.append(ANSWER)
        store.settle(b"k", claim.tape)
        clock.now += 59.0
        assert not (await store.claim(b"k", ASKED)).is_first

    async def test_another_request_is_refused_while_running_and_after(
        self, store: IdempotencyStore
    ) -> None:
        claim = await store.claim(b"k", ASKED)
        with pytest.raises(IdempotencyKeyReused):
            await store.claim(b"k", b"another")
        claim.tape.append(ANSWER)
        store.settle(b"k", claim.tape)
        with pytest.raises(IdempotencyKeyReused):
            await store.claim(b"k", b"another")

    async def test_a_released_place_is_free(self, store: IdempotencyStore) -> None:
        first = await store.claim(b"k", ASKED)
        store.release(b"k", first.tape)
        second = await store.claim(b"k", b"another")
        assert second.is_first
        # What the first one's task does when it ends at last changes nothing.
        store.release(b"k", first.tape)
        store.settle(b"k", first.tape)
        assert (await store.claim(b"k", b"another")).tape is second.tape

    async def test_places_do_not_meet(self, store: IdempotencyStore) -> None:
        await answered(store, b"a")
        assert (await store.claim(b"b", ASKED)).is_first

    async def test_the_oldest_answer_makes_room_and_a_running_one_never(
        self, store: IdempotencyStore
    ) -> None:
        running = await store.claim(b"running", ASKED)
        await answered(store, b"old")
        await answered(store, b"new")
        assert (await store.claim(b"next", ASKED)).is_first
        assert not (await store.claim(b"new", ASKED)).is_first
        assert (await store.claim(b"running", ASKED)).tape is running.tape
        assert (await store.claim(b"old", ASKED)).is_first

    async def test_full_of_running_requests_it_takes_no_more(self, store: IdempotencyStore) -> None:
        first, *_ = [await store.claim(bytes([n]), ASKED) for n in range(3)]
        with pytest.raises(IdempotencyStoreFull):
            await store.claim(b"one more", ASKED)
        store.release(bytes([0]), first.tape)
        assert (await store.claim(b"one more", ASKED)).is_first

    async def test_an_answer_that_is_being_read_stays(self, store: IdempotencyStore) -> None:
        tape = await answered(store, b"read")
        with tape.read():
            await answered(store, b"b")
            await answered(store, b"c")
            await answered(store, b"d")
            assert not (await store.claim(b"read", ASKED)).is_first
        await store.claim(b"e", ASKED)
        assert (await store.claim(b"read", ASKED)).is_first

    async def test_an_answer_too_large_to_keep_is_given_once(self, store: IdempotencyStore) -> None:
        claim = await store.claim(b"k", ASKED)
        with claim.tape.read() as reader:
            claim.tape.append(Opening(200, ()))
            claim.tape.append(b"x" * 10_000)
            with pytest.raises(IdempotencyAnswerTooLarge):
                await store.claim(b"k", ASKED)
            claim.tape.append(Ending.PROPER)
            store.settle(b"k", claim.tape)
            assert await reader.next() == Opening(200, ())
            assert await reader.next() == b"x" * 10_000
            assert await reader.next() is Ending.PROPER
        with pytest.raises(IdempotencyAnswerTooLarge):
            await store.claim(b"k", ASKED)
        with pytest.raises(IdempotencyKeyReused):
            await store.claim(b"k", b"another")

    async def test_sweeping_forgets_without_a_claim(
        self, store: IdempotencyStore, clock: HandClock
    ) -> None:
        tape = await answered(store, b"k")
        clock.now += 61.0
        store.sweep()
        assert tape.size == 0


async def test_memory_is_bounded_and_given_back(clock: HandClock) -> None:
    bounds = IdempotencyBounds(ttl_s=60.0, max_entries=1000, max_bytes=80_000)
    store = MemoryIdempotencyStore(clock, bounds)
    for number in range(50):
        await answered(store, number.to_bytes(2, "big"), size=5_000)
        assert store.bytes_taken <= 80_000
    assert 10 <= len(store) < 16
    running = await store.claim(b"running", ASKED)
    running.tape.append(Opening(200, ()))
    running.tape.append(b"x" * 50_000)  # too large: no longer counted
    store.settle(b"running", running.tape)
    clock.now += 61.0
    store.sweep()
    assert (len(store), store.bytes_taken) == (0, 0)


async def test_running_answers_share_the_memory(clock: HandClock) -> None:
    store = MemoryIdempotencyStore(clock, IdempotencyBounds(max_bytes=80_000))
    tapes = [(await store.claim(bytes([n]), ASKED)).tape for n in range(20)]
    for tape in tapes:
        tape.append(Opening(200, ()))
        tape.append(b"x" * 9_000)
    assert store.bytes_taken <= 80_000
    assert 0 < sum(tape.kept for tape in tapes) < 20
