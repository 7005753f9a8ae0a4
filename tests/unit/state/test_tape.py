"""A tape: one writer, any number of readers, and no more memory than was granted."""

from __future__ import annotations

import asyncio

import pytest

from gilmok.state.tape import WINDOW_BYTES, Ending, Opening, Record, Tape, Whole, size_of

HEAD = Opening(200, (("content-type", "text/event-stream"),))
PIECE = b"x" * 10_000


async def everything(tape: Tape) -> list[Record]:
    found: list[Record] = []
    with tape.read() as reader:
        while True:
            found.append(await reader.next())
            if isinstance(found[-1], Whole | Ending):
                return found


async def settle() -> None:
    """Lets every task run until it waits."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_every_reader_gets_all_of_it_whenever_it_comes() -> None:
    tape = Tape(b"d")
    early = asyncio.create_task(everything(tape))
    await settle()
    tape.append(HEAD)
    tape.append(b"one")
    midway = asyncio.create_task(everything(tape))
    await settle()
    tape.append(b"two")
    tape.append(Ending.PROPER)
    records: list[Record] = [HEAD, b"one", b"two", Ending.PROPER]
    assert [await early, await midway, await everything(tape)] == [records] * 3
    assert (tape.readers, tape.kept) == (0, True)
    assert tape.size == sum(map(size_of, records))


async def test_nothing_comes_after_the_end() -> None:
    for end in (Whole(200, (), b""), Ending.BROKEN):
        tape = Tape(b"d")
        tape.append(end)
        with pytest.raises(RuntimeError, match="ended"):
            tape.append(b"more")


async def test_a_cancelled_reader_takes_nothing_from_the_others() -> None:
    tape = Tape(b"d")
    leaving, staying = [asyncio.create_task(everything(tape)) for _ in range(2)]
    await settle()
    leaving.cancel()
    await settle()
    assert tape.readers == 1
    tape.append(Whole(200, (), b"all"))
    assert await staying == [Whole(200, (), b"all")]


async def test_the_writer_of_a_kept_tape_never_waits() -> None:
    tape = Tape(b"d")

    async def write() -> None:
        for _ in range(100):
            tape.append(PIECE)
            await tape.room()

    with tape.read():
        writing = asyncio.create_task(write())
        await settle()
        assert writing.done()


async def test_a_passage_waits_for_its_slowest_reader_in_bounded_memory() -> None:
    tape = Tape(b"d", lambda tape, size: False)
    largest = 0

    async def write() -> None:
        nonlocal largest
        tape.append(HEAD)
        for _ in range(100):
            tape.append(PIECE)
            largest = max(largest, tape.size)
            await tape.room()
        tape.append(Ending.PROPER)

    with tape.read() as slow:
        fast = asyncio.create_task(everything(tape))
        writing = asyncio.create_task(write())
        await settle()
        assert not writing.done()
        held = tape.size
        await settle()
        assert tape.size == held
        taken = 0
        while await slow.next() is not Ending.PROPER:
            taken += 1
        assert taken == 101
        await writing
    assert len(await fast) == 102
    assert largest <= WINDOW_BYTES + size_of(PIECE)
    assert tape.size == 0


async def test_a_piece_larger_than_the_window_passes() -> None:
    tape = Tape(b"d", lambda tape, size: False)
    huge = b"x" * (3 * WINDOW_BYTES)

    async def write() -> None:
        for _ in range(3):
            tape.append(huge)
            await tape.room()
        tape.append(Ending.PROPER)

    reading = asyncio.create_task(everything(tape))
    await settle()
    await write()
    assert await reading == [huge] * 3 + [Ending.PROPER]


async def test_a_reader_that_leaves_lets_the_writer_go_on() -> None:
    tape = Tape(b"d", lambda tape, size: False)
    with tape.read():
        tape.append(b"x" * (2 * WINDOW_BYTES))
        waiting = asyncio.create_task(tape.room())
        await settle()
        assert not waiting.done()
    await waiting


async def test_an_erased_tape_is_still_read_to_its_end_by_those_who_read_it() -> None:
    tape = Tape(b"d")
    tape.append(HEAD)
    with tape.read() as reader:
        tape.append(b"one")
        tape.append(Ending.PROPER)
        tape.erase()
        assert [await reader.next() for _ in range(3)] == [HEAD, b"one", Ending.PROPER]
    assert tape.size == 0
    with pytest.raises(RuntimeError, match="forgotten"):
        tape.read()


def test_no_record_shows_an_answer() -> None:
    assert "secret" not in repr(Whole(200, (), b"secret"))
