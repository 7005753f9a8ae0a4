"""The strategies on virtual time: what a question may take, and that the answer never waits longer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Coroutine
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from msgspec.structs import replace

from gilmok import providers
from gilmok.build import Gateway, World, load_settings
from gilmok.composition.key_index import KeyIndex
from gilmok.composition.models import Models
from gilmok.core.completion import Batch, Delta
from gilmok.core.endpoint import Endpoint
from gilmok.core.errors import StreamBroken
from gilmok.core.outbound import Outbound
from gilmok.core.ports import Upstream
from gilmok.core.receipt import Purpose
from gilmok.core.request import Request
from gilmok.dispatch import Course
from gilmok.fleet import BreakerPolicy, Registry
from gilmok.fleet.reliability import Reliability
from gilmok.ledger import Decision, Keyring, MemoryJournal
from tests.gateway import QUIET
from tests.simulation.clockwork import Chance, Clock, Ids, VirtualLoop
from tests.unit import nouns

JUDGEMENT = (
    '{"complexity":"complex","sensitivity":"low","response_time":"fast",'
    '"contains_sensitive_data":false,"estimated_tokens":9,"reasons":[]}'
)
ANSWERS = "ok+slow=1000+as=answer"
"""A second until the answer."""


class Scene:
    """A gateway with two endpoints that answer and one that is asked."""

    def __init__(self, gateway: Gateway, loop: VirtualLoop) -> None:
        self.gateway = gateway
        self._loop = loop

    def request(self, seconds: float = 600.0) -> Request:
        return replace(nouns.request(), deadline=self._loop.time() + seconds)

    async def answer(self, request: Request) -> str:
        async with self.gateway.pipeline.answer(request, nouns.CALLER) as passage:
            events = [event async for batch in passage.events() for event in batch]
        return "".join(e.content or "" for e in events if isinstance(e, Delta))

    async def decision(self) -> Decision:
        """The one there is."""
        (found,) = await self.gateway.journal.recent()
        return found

    async def analyser_fell_back(self) -> str:
        inspection = (await self.decision()).explanation.inspection
        assert inspection is not None
        return inspection.analyser_fell_back

    def rename(self, model: str) -> None:
        """The model that is asked, by a name that no configuration would take."""
        judge = self.gateway.registry.endpoint("judge")
        assert judge is not None
        self.gateway.registry.join(replace(judge, model=model))


@asynccontextmanager
async def opened(
    folder: Path, strategies: str, judge: str, upstream: Upstream | None = None
) -> AsyncIterator[Scene]:
    """`judge`: the model that is asked; `upstream`: what it is reached by, where not a dummy."""

    def upstream_for(endpoint: Endpoint) -> Upstream:
        if upstream is not None and endpoint.id == "judge":
            return upstream
        return providers.upstream_for(endpoint)

    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    file = folder / "gilmok.toml"
    file.write_text(
        f'{QUIET}[ledger]\npath = ":memory:"\n[strategies]\nendpoint = "judge"\n{strategies}\n'
        + endpoint("judge", judge, 0.0)
        + endpoint("one", ANSWERS, 0.9)
        + endpoint("two", ANSWERS, 0.5),
        encoding="utf-8",
    )
    settings, clock = load_settings(file), Clock(loop)
    # Wired as the simulation does it: what else a gateway starts needs threads.
    registry = Registry(settings.endpoints, clock, BreakerPolicy())
    with closing(Keyring(None)) as keyring:
        async with MemoryJournal() as journal:
            world = World(clock, Ids(), Chance(1), upstream_for)
            there = Models.configured(settings, world, registry)
            keys = KeyIndex(keyring, settings, clock.wall)
            running = Gateway(settings, world, journal, there, keys)
            yield Scene(running, loop)


def endpoint(name: str, model: str, quality: float) -> str:
    return (
        f'[[endpoints]]\nid = "{name}"\nprovider = "dummy"\nmodel = "{model}"\n'
        f'base_url = "http://127.0.0.1:9/v1"\nprice_input = 1\nprice_output = 1\n'
        f'quality = {quality}\ncapabilities = ["stream", "tools", "json_schema"]\n'
    )


def play(scene: Coroutine[Any, Any, None]) -> float:
    """Plays it on virtual time; the seconds it took."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        loop = runner.get_loop()
        assert isinstance(loop, VirtualLoop)
        before = loop.time()
        runner.run(scene)
        return loop.time() - before


@pytest.mark.parametrize(
    ("strategies", "purposes"),
    [
        ('analyser = "llm"', ["analysis"]),
        ('selector = "llm"', ["selection"]),
        ('analyser = "llm"\nselector = "llm"', ["analysis", "selection"]),
    ],
)
def test_who_is_silent_costs_the_time_out_and_no_more(
    tmp_path: Path, strategies: str, purposes: list[str]
) -> None:
    async def scene() -> None:
        async with opened(tmp_path, f"{strategies}\ntimeout_s = 3", "mute") as s:
            assert await s.answer(s.request())
            decision = await s.decision()
            attempts = decision.explanation.attempts
            assert [a.purpose for a in attempts] == [*purposes, Purpose.ANSWER]
            assert {a.outcome for a in attempts[:-1]} == {"deadline_exceeded"}
            fell_back = [await s.analyser_fell_back(), decision.explanation.selector_fell_back]
            assert [why for why in fell_back if why] == ["timeout"] * len(purposes)
            # It was at work when it was left: its provider may charge for that.
            assert all(a.cost > 0 for a in attempts)
            assert (s.gateway.ledger.open_holds, s.gateway.ledger.spent) == (0, decision.cost)

    assert play(scene()) == pytest.approx(3 * len(purposes) + 1, abs=0.01)


def test_a_hurried_request_keeps_most_of_its_time(tmp_path: Path) -> None:
    async def scene() -> None:
        strategies = 'analyser = "llm"\nselector = "llm"\ntimeout_s = 100'
        async with opened(tmp_path, strategies, "mute") as s:
            assert await s.answer(s.request(seconds=4.0))

    assert play(scene()) == pytest.approx(1.0 + 0.75 + 1.0, abs=0.01)


def test_an_answer_that_stalls_is_given_up_too(tmp_path: Path) -> None:
    async def scene() -> None:
        strategies = 'analyser = "llm"\ntimeout_s = 3'
        async with opened(tmp_path, strategies, "stall=1+tokens=5") as s:
            assert await s.answer(s.request())

    assert play(scene()) == pytest.approx(4.0, abs=0.01)


def test_a_quick_judge_costs_its_own_time(tmp_path: Path) -> None:
    async def scene() -> None:
        async with opened(tmp_path, 'analyser = "llm"', "ok") as s:
            s.rename(f"slow=200+repeat={quote(JUDGEMENT, safe='')}")
            assert await s.answer(s.request())
            inspection = (await s.decision()).explanation.inspection
            assert inspection is not None
            assert (inspection.analysed_by, inspection.expected_output) == ("llm", 9)

    assert play(scene()) == pytest.approx(1.2, abs=0.01)


def test_leaving_during_a_question_settles_everything(tmp_path: Path) -> None:
    async def scene() -> None:
        async with opened(tmp_path, 'analyser = "llm"\ntimeout_s = 100', "mute") as s:
            asking = asyncio.create_task(s.answer(s.request()))
            await asyncio.sleep(1)
            ledger = s.gateway.ledger
            assert ledger.open_holds == 1
            asking.cancel()
            await asyncio.wait([asking])
            decision = await s.decision()
            (attempt,) = decision.explanation.attempts
            assert (decision.outcome, attempt.outcome) == ("cancelled", "cancelled")
            assert (ledger.open_holds, ledger.held) == (0, 0)
            assert ledger.spent == decision.cost == attempt.cost > 0
            assert (decision.prompt_tokens, decision.first_token_ms) == (None, None)
            assert decision.held >= attempt.cost

    assert play(scene()) == pytest.approx(1.0, abs=0.01)


def test_a_defect_of_ours_is_logged_and_costs_no_answer(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def scene() -> None:
        async with opened(tmp_path, 'analyser = "llm"', "ok") as s:
            s.rename("no such fault")
            assert await s.answer(s.request())
            assert await s.analyser_fell_back() == "internal_error"
            assert s.gateway.ledger.open_holds == 0

    play(scene())
    assert [record.message for record in caplog.records] == ["consultation_failed"]


class Breaking:
    """See `core.ports.Upstream`: begins to answer and breaks off."""

    @asynccontextmanager
    async def converse(
        self, outbound: Outbound, *, connect_s: float
    ) -> AsyncGenerator[AsyncIterator[Batch], None]:
        async def events() -> AsyncIterator[Batch]:
            yield [Delta(content=JUDGEMENT[:40])]
            raise StreamBroken

        yield events()

    async def close(self) -> None:
        """Nothing is kept open."""


def test_a_question_whose_answer_breaks_off_is_settled(tmp_path: Path) -> None:
    async def scene() -> None:
        async with opened(tmp_path, 'analyser = "llm"', "ok", Breaking()) as s:
            assert await s.answer(s.request())
            decision = await s.decision()
            asked, _ = decision.explanation.attempts
            assert (asked.purpose, asked.outcome) == ("analysis", "stream_broken")
            assert asked.cost > 0
            assert await s.analyser_fell_back() == "stream_broken"
            assert (s.gateway.ledger.open_holds, s.gateway.ledger.spent) == (0, decision.cost)

    play(scene())


@pytest.mark.parametrize(
    ("strategies", "there"),
    [("", False), ('analyser = "fast"', False), ('selector = "llm"', True)],
)
def test_by_default_there_is_no_deliberation(tmp_path: Path, strategies: str, there: bool) -> None:
    async def scene() -> None:
        async with opened(tmp_path, strategies, "ok") as s:
            pipeline: Any = s.gateway.pipeline
            assert (pipeline._stations.deliberation is not None) is there

    play(scene())


# --- the books of a question -------------------------------------------------------------------


def test_a_question_beside_the_course_writes_into_its_books() -> None:
    loop = VirtualLoop()
    try:
        course = Course(Clock(loop))
        aside = course.aside(Purpose.ANALYSIS)
        asked = aside.start(nouns.candidate("judge"))
        aside.end("answered", None, 7)
        assert (course.asides, course.tries, course.last_answer) == (1, 0, None)
        answered = course.start(nouns.candidate("one"))
        course.end("answered", None, 5)
        assert [asked.number, answered.number] == [1, 2]
        assert [a.purpose for a in course.attempts] == [Purpose.ANALYSIS, Purpose.ANSWER]
        assert course.last_answer == course.attempts[-1]
        assert (course.tries, course.cost) == (1, 12)
        assert course.failures is not aside.failures
    finally:
        loop.close()


def test_reliability_counts_what_an_endpoint_is_to_blame_for() -> None:
    loop = VirtualLoop()
    try:
        course, seen = Course(Clock(loop)), Reliability()
        for outcome in ("answered", "upstream_status_503", "cancelled", "answered", "empty_answer"):
            course.start(nouns.candidate("one"))
            course.end(outcome, None, 0)
        assert seen.success("one") is None
        seen.observe(course.attempts)
        assert seen.success("one") == 0.5
        assert seen.success("two") is None
    finally:
        loop.close()
