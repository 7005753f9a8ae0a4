"""Several addresses: who is tried, when, and what becomes of the others."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Coroutine, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from ipaddress import ip_address
from typing import Any

import pytest

from gilmok.core.endpoint import Reach
from gilmok.core.errors import ConnectFailed
from gilmok.providers import pool
from gilmok.providers.eyeballs import alternating, race
from gilmok.providers.openai import OpenAI
from gilmok.providers.transport import HttpUpstream
from tests.unit.providers.samples import EVERYWHERE, answer, endpoint, finishes
from tests.unit.providers.test_transport import Names
from tests.wall import Wall

Start = Callable[[], Coroutine[Any, Any, str]]


def test_families_take_turns() -> None:
    given = ["2001:db8::1", "2001:db8::2", "192.0.2.1", "2001:db8::3", "192.0.2.2"]
    wanted = ["2001:db8::1", "192.0.2.1", "2001:db8::2", "192.0.2.2", "2001:db8::3"]
    assert [str(a) for a in alternating([ip_address(a) for a in given])] == wanted
    four = [ip_address("192.0.2.1"), ip_address("2001:db8::1")]
    assert alternating(four) == four


class Attempts:
    """Attempts that a test ends by hand."""

    def __init__(self, *names: str) -> None:
        self.names = names
        self.begun: list[str] = []
        self.given_up: list[str] = []
        self._ends = {name: asyncio.get_running_loop().create_future() for name in names}

    @property
    def starts(self) -> list[Start]:
        return [partial(self._attempt, name) for name in self.names]

    async def _attempt(self, name: str) -> str:
        self.begun.append(name)
        try:
            await self._ends[name]
        except asyncio.CancelledError:
            self.given_up.append(name)
            raise
        return name

    def succeeds(self, name: str) -> None:
        self._ends[name].set_result(None)

    def fails(self, name: str) -> None:
        self._ends[name].set_exception(OSError(name))


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_a_failure_starts_the_next_at_once() -> None:
    attempts, kept = Attempts("a", "b", "c"), list[str]()
    racing = asyncio.create_task(race(attempts.starts, kept.append, delay_s=3600.0))
    await settle()
    assert attempts.begun == ["a"]
    attempts.fails("a")
    await settle()
    assert attempts.begun == ["a", "b"]
    attempts.succeeds("b")
    assert await racing == "b"
    assert attempts.begun == ["a", "b"]


async def test_silence_starts_the_next_beside_it_and_the_first_answer_wins() -> None:
    attempts, discarded = Attempts("a", "b"), list[str]()
    racing = asyncio.create_task(race(attempts.starts, discarded.append, delay_s=0.0))
    while attempts.begun != ["a", "b"]:  # noqa: ASYNC110
        await asyncio.sleep(0)
    attempts.succeeds("a")
    assert await racing == "a"
    assert attempts.given_up == ["b"]
    assert discarded == []


async def test_of_two_at_once_the_other_is_discarded() -> None:
    attempts, discarded = Attempts("a", "b"), list[str]()
    racing = asyncio.create_task(race(attempts.starts, discarded.append, delay_s=0.0))
    while attempts.begun != ["a", "b"]:  # noqa: ASYNC110
        await asyncio.sleep(0)
    attempts.succeeds("a")
    attempts.succeeds("b")
    winner = await racing
    assert {winner, *discarded} == {"a", "b"}
    assert len(discarded) == 1


async def test_all_fail() -> None:
    attempts = Attempts("a", "b")
    attempts.fails("a")
    attempts.fails("b")
    with pytest.raises(OSError, match="b"):
        await race(attempts.starts, lambda made: None, delay_s=3600.0)


async def test_whoever_cancels_the_race_cancels_everybody() -> None:
    attempts = Attempts("a", "b")
    racing = asyncio.create_task(race(attempts.starts, lambda made: None, delay_s=0.0))
    while attempts.begun != ["a", "b"]:  # noqa: ASYNC110
        await asyncio.sleep(0)
    racing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await racing
    assert sorted(attempts.given_up) == ["a", "b"]


@contextmanager
def black_hole(address: str, port: int) -> Iterator[None]:
    """An address where connections neither succeed nor fail: its queue is full."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind((address, port))
        listener.listen(0)
        for _ in range(4):
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex((address, port))
        yield


async def test_a_silent_first_address_costs_a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "DELAY_S", 0.01)
    async with Wall() as wall:
        with black_hole("127.0.0.2", wall.port):
            where = endpoint(base_url=f"http://model.example:{wall.port}/v1")
            names = Names(["127.0.0.2", "127.0.0.1"])
            upstream = HttpUpstream(where, OpenAI(), lookup=names)
            assert finishes(await answer(upstream, where)) == ["stop"]
            await upstream.close()
            silent = HttpUpstream(where, OpenAI(), lookup=Names(["127.0.0.2"]))
            with pytest.raises(ConnectFailed) as failed:
                await silent.connection(EVERYWHERE, 0.02)
            assert failed.value.parameters == {"detail": "timeout"}


async def test_a_name_with_both_families_is_reached_where_somebody_listens() -> None:
    async with Wall(host="::1") as wall:
        where = endpoint(base_url=f"http://model.example:{wall.port}/v1")
        upstream = HttpUpstream(where, OpenAI(), lookup=Names(["127.0.0.1", "::1"]))
        assert finishes(await answer(upstream, where)) == ["stop"]
        await upstream.close()


# Bounds of the pool


async def test_no_more_connections_than_are_allowed() -> None:
    async with Wall() as wall:
        where = endpoint(base_url=wall.openai, model="ttft=20", reach=Reach(max_connections=3))
        upstream = HttpUpstream(where, OpenAI())
        answers = await asyncio.gather(*(answer(upstream, where) for _ in range(12)))
        assert all(finishes(events) == ["stop"] for events in answers)
        assert wall.connections_made == 3
        await upstream.close()


async def test_a_name_looked_up_first_does_not_let_more_through() -> None:
    async with Wall() as wall:
        where = endpoint(
            base_url=f"http://model.example:{wall.port}/v1", reach=Reach(max_connections=2)
        )
        upstream = HttpUpstream(where, OpenAI(), lookup=Names(["127.0.0.1"]))
        await asyncio.gather(*(answer(upstream, where) for _ in range(8)))
        assert wall.connections_made == 2
        await upstream.close()


async def test_nobody_waits_for_a_connection_for_ever() -> None:
    async with Wall() as wall:
        where = endpoint(base_url=wall.openai, model="mute", reach=Reach(max_connections=1))
        upstream = HttpUpstream(where, OpenAI())
        first = await upstream.connection(EVERYWHERE, 1.0)
        with pytest.raises(ConnectFailed) as failed:
            await upstream.connection(EVERYWHERE, 0.02)
        assert failed.value.parameters == {"detail": "pool_full"}
        waiting = asyncio.create_task(upstream.connection(EVERYWHERE, 5.0))
        left = asyncio.create_task(upstream.connection(EVERYWHERE, 5.0))
        await settle()
        left.cancel()
        first.abort()
        second = await waiting
        assert second is not first
        second.abort()


async def test_a_turn_that_nobody_takes_goes_to_the_next() -> None:
    async with Wall() as wall:
        where = endpoint(base_url=wall.openai, reach=Reach(max_connections=1))
        upstream = HttpUpstream(where, OpenAI())
        first = await upstream.connection(EVERYWHERE, 1.0)
        leaving, staying = [
            asyncio.create_task(upstream.connection(EVERYWHERE, 5.0)) for _ in range(2)
        ]
        await settle()
        ended = first.on_lost
        assert ended is not None

        def ended_and_left() -> None:
            ended()
            leaving.cancel()  # it has its turn by now, and has not run

        first.on_lost = ended_and_left
        first.abort()
        second = await staying
        second.abort()
        with pytest.raises(asyncio.CancelledError):
            await leaving


async def test_a_failed_connection_takes_no_place() -> None:
    where = endpoint(base_url="http://127.0.0.1:1/v1", reach=Reach(max_connections=1))
    upstream = HttpUpstream(where, OpenAI())
    for _ in range(3):
        with pytest.raises(ConnectFailed) as failed:
            await upstream.connection(EVERYWHERE, 1.0)
        assert failed.value.parameters == {"detail": "refused"}


async def test_an_unused_connection_is_kept_as_long_as_configured() -> None:
    async with Wall() as wall:
        for idle_s, made in ((3600.0, 1), (1e-9, 3)):
            where = endpoint(base_url=wall.openai, reach=Reach(idle_s=idle_s))
            upstream = HttpUpstream(where, OpenAI())
            before = wall.connections_made
            for _ in range(3):
                await answer(upstream, where, stream=False)
            assert wall.connections_made - before == made
            await upstream.close()
