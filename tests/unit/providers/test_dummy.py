"""The upstream without sockets, on a clock that does not wait."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from gilmok.core.completion import Event
from gilmok.core.endpoint import Zone
from gilmok.core.errors import ConnectFailed, StreamBroken, UpstreamStatus, ZoneRefused
from gilmok.providers.dummy import Dummy, parse
from tests.unit.providers.samples import answer, converse, endpoint, finishes, usages, words


class Virtual(asyncio.SelectorEventLoop):
    """Time is a number: when nothing is ready, it jumps to the next timer."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def time(self) -> float:
        return self.now

    def _run_once(self) -> None:
        scheduled: list[Any] = self._scheduled  # type: ignore[attr-defined]
        if not self._ready and scheduled:  # type: ignore[attr-defined]
            self.now = max(self.now, scheduled[0].when())
        super()._run_once()  # type: ignore[misc]


def play(story: Callable[[], Any]) -> float:
    """Run it; the virtual seconds that passed."""
    loop = Virtual()
    try:
        loop.run_until_complete(story())
    finally:
        loop.close()
    return loop.now


def dummy(model: str) -> Dummy:
    return Dummy(endpoint("dummy", base_url="http://127.0.0.1:9", model=model))


async def test_an_answer() -> None:
    upstream = dummy("tokens=3+length")
    for stream in (True, False):
        events = await answer(upstream, upstream.endpoint, stream=stream)
        assert finishes(events) == ["length"]
        assert usages(events)[0].completion == 3
    assert words(await answer(dummy("repeat=%EC%95%88"), endpoint("dummy"))) == "안"


def test_time_passes_only_where_the_name_says() -> None:
    async def story() -> None:
        upstream = dummy("slow=800+ttft=200+pace=100+tokens=3")
        await answer(upstream, upstream.endpoint)

    assert play(story) == pytest.approx(1.2)


def test_a_stall_lasts_until_somebody_gives_up() -> None:
    async def story() -> None:
        for model in ("stall=2", "mute"):
            upstream = dummy(model)
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(60):
                    await answer(upstream, upstream.endpoint)

    assert play(story) == pytest.approx(120)


@pytest.mark.parametrize(
    ("model", "error"),
    [
        ("cut=2", StreamBroken),
        ("cut=0", StreamBroken),
        ("cut=99", StreamBroken),
        ("errevent=1", StreamBroken),
        ("hangup", ConnectFailed),
        ("500", UpstreamStatus),
        ("429=7", UpstreamStatus),
    ],
)
async def test_faults(model: str, error: type[Exception]) -> None:
    upstream = dummy(model)
    found: list[Event] = []
    with pytest.raises(error) as failed:  # noqa: PT012 - the events before it matter too
        async with converse(upstream, upstream.endpoint) as events:
            async for batch in events:
                found += batch
    assert finishes(found) == []
    if isinstance(failed.value, UpstreamStatus):
        assert failed.value.retry_after_s == (7 if model == "429=7" else None)


async def test_good_days_and_bad_ones() -> None:
    async def days(model: str) -> str:
        upstream, found = dummy(model), ""
        for _ in range(4):
            try:
                await answer(upstream, upstream.endpoint)
                found += "+"
            except (UpstreamStatus, ConnectFailed):
                found += "-"
        return found

    assert await days("flaky=2") == "--++"
    assert await days("flap") == "-+-+"
    assert await days("flaky=1+hangup") == "-+++"


async def test_it_keeps_to_the_zones() -> None:
    upstream = Dummy(endpoint("dummy", zone=Zone.CLOUD))
    with pytest.raises(ZoneRefused):
        await answer(upstream, upstream.endpoint, zones=frozenset({Zone.LOCAL}))


async def test_empty_and_without_usage() -> None:
    events = await answer(dummy("empty+nousage"), endpoint("dummy"))
    assert words(events) == ""
    assert finishes(events) == ["stop"]
    assert usages(events) == []


@pytest.mark.parametrize("model", ["", "okay", "ok=1", "slow", "slow=-1", "200", "ok+ok", "429=x"])
def test_a_name_that_means_nothing_is_refused(model: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse(model)
