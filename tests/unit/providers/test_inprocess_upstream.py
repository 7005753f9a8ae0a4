"""Work on a thread, as an upstream: turns, leaving, failing, closing."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Iterator
from types import ModuleType

import pytest

from gilmok import providers
from gilmok.core.completion import Batch, Opened, Usage, Vector
from gilmok.core.endpoint import Endpoint, EndpointState, Zone
from gilmok.core.errors import EngineBusy, MalformedAnswer, ZoneRefused
from gilmok.core.work import Embedding, Picture, Speech
from gilmok.providers import inprocess
from gilmok.providers.inprocess.letters import Order, size
from gilmok.providers.inprocess.options import Options
from gilmok.providers.inprocess.upstream import MOST_AT_ONCE, InProcess, Work
from tests.unit.providers.inprocess import order, service
from tests.unit.providers.samples import outbound

WORDS = order(Embedding(), "하나")


class Told:
    """What the pretended work saw."""

    def __init__(self) -> None:
        self.began = 0
        self.steps = 0
        self.waiting, self.ended = threading.Event(), threading.Event()
        self.threads: set[str] = set()
        self.ended_on = ""
        self.go = threading.Semaphore(0)

    def begin(self, endpoint: Endpoint, options: Options) -> Work:
        self.began += 1
        if endpoint.model == "no such model":
            raise OSError("the words of a caller")
        return self._work

    def _work(self, asked: Order) -> Iterator[Batch]:
        try:
            for index, text in enumerate(asked.texts):
                if text == "waits":
                    self.waiting.set()
                    self.go.acquire()
                if text == "fails":
                    raise RuntimeError("the words of a caller")
                self.steps += 1
                self.threads.add(threading.current_thread().name)
                yield (Vector(index, b""),) if text != "nothing yet" else ()
            yield (Usage(len(asked.texts), 0),)
        finally:
            self.ended_on = threading.current_thread().name
            self.ended.set()


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    told = Told()
    module = ModuleType("pretended")
    module.begin = told.begin  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "gilmok.providers.inprocess.pretended", module)
    return told


def upstream(model: str = "m") -> InProcess:
    return InProcess(service("encoder", model=model), Options(), "pretended")


async def asked(of: InProcess, *texts: str) -> list[object]:
    sent = outbound(of.endpoint, order(Embedding(), *texts), stream=False)
    async with of.converse(sent, connect_s=1.0) as batches:
        return [event async for batch in batches for event in batch]


async def test_the_work_is_loaded_once_and_runs_on_a_thread(told: Told) -> None:
    one = upstream()
    for _ in range(2):
        events = await asked(one, "하나", "nothing yet", "둘")
        assert isinstance(events[0], Opened)
        assert [event.index for event in events[1:-1] if isinstance(event, Vector)] == [0, 2]
        assert events[-1] == Usage(3, 0)
    await one.close()
    assert told.began == 1
    assert threading.current_thread().name not in told.threads


async def test_others_get_their_turn_between_two_steps(told: Told) -> None:
    one = upstream()
    first = outbound(one.endpoint, order(Embedding(), "하나", "둘"), stream=False)
    async with one.converse(first, connect_s=1.0) as batches:
        await anext(batches)
        await anext(batches)
        assert len(await asked(one, "셋")) == 3  # Answered while the first is half done.
        rest = [event async for batch in batches for event in batch]
    assert len(rest) == 2
    await one.close()


async def test_leaving_stops_the_rest(told: Told) -> None:
    one = upstream()
    sent = outbound(one.endpoint, order(Embedding(), *["하나"] * 100), stream=False)
    async with one.converse(sent, connect_s=1.0) as batches:
        await anext(batches)
        await anext(batches)
    assert await asyncio.to_thread(told.ended.wait, 5)
    assert told.steps == 1
    assert {told.ended_on} == told.threads, "what it opened is put away where it was opened"
    await one.close()


async def test_a_cancelled_wait_ends_the_work_after_its_step(told: Told) -> None:
    one = upstream()
    task = asyncio.create_task(asked(one, "waits", "하나"))
    assert await asyncio.to_thread(told.waiting.wait, 5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    told.go.release()
    assert await asyncio.to_thread(told.ended.wait, 5)
    assert told.steps == 1
    await one.close()


async def test_too_many_are_sent_elsewhere_at_once(told: Told) -> None:
    one = upstream()
    waiting = [asyncio.create_task(asked(one, "waits")) for _ in range(MOST_AT_ONCE)]
    await asyncio.sleep(0)
    with pytest.raises(EngineBusy):
        await asked(one, "하나")
    told.go.release(MOST_AT_ONCE)
    assert len(await asyncio.gather(*waiting)) == MOST_AT_ONCE
    assert len(await asked(one, "하나")) == 3
    await one.close()


@pytest.mark.parametrize(("model", "text"), [("m", "fails"), ("no such model", "하나")])
async def test_a_failure_names_no_words(
    told: Told, model: str, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    one = upstream(model)
    with pytest.raises(MalformedAnswer) as failure:
        await asked(one, text)
    assert "words" not in str(failure.value) + caplog.text
    assert [record.message for record in caplog.records] == ["inprocess_failed"]
    await one.close()


async def test_a_conversation_outlives_the_closing(told: Told) -> None:
    one = upstream()
    sent = outbound(one.endpoint, order(Embedding(), "하나", "둘"), stream=False)
    async with one.converse(sent, connect_s=1.0) as batches:
        await anext(batches)
        await one.close()
        assert len([event async for batch in batches for event in batch]) == 3
    assert one._thread is None


async def test_what_is_local_stays_local(told: Told) -> None:
    one = upstream()
    with pytest.raises(ZoneRefused):
        async with one.converse(
            outbound(one.endpoint, WORDS, zones=frozenset({Zone.CLOUD})), connect_s=1.0
        ):
            pass
    with pytest.raises(ValueError, match="another endpoint"):
        one.converse(outbound(service("encoder", id="other"), WORDS), connect_s=1.0)
    assert await providers.check(one) == (EndpointState.UP, Zone.LOCAL)
    await one.close()


def test_what_is_installed() -> None:
    found = {service.endpoint_id: service for service in inprocess.installed()}
    assert set(found) == {"local-encoder", "local-voice", "local-cards"}
    assert inprocess.missing() == ()
    rows = providers.catalogue()
    for one in found.values():
        assert rows[one.provider].wire == inprocess.WIRE
        assert rows[one.provider].stand_in is (one.provider != "encoder")


def test_what_is_not_installed_says_how(monkeypatch: pytest.MonkeyPatch) -> None:
    kind = inprocess.KINDS["voice"]
    changed = {**inprocess.KINDS, "voice": _without(kind)}
    monkeypatch.setattr(inprocess, "KINDS", changed)
    assert inprocess.missing() == ("local-voice",)
    assert "local-voice" not in {service.endpoint_id for service in inprocess.installed()}
    with pytest.raises(ValueError, match=r"gilmok\[media\]"):
        inprocess.upstream(service("voice"))


def _without(kind: inprocess.Kind) -> inprocess.Kind:
    return inprocess.Kind(
        module=kind.module,
        extra=kind.extra,
        lacks=lambda: ("espeakng-loader",),
        endpoint_id=kind.endpoint_id,
        model=kind.model,
    )


def test_a_row_does_one_thing() -> None:
    with pytest.raises(ValueError, match="voice does no images"):
        inprocess.upstream(service("voice", does="images"))
    with pytest.raises(ValueError, match="nobody does"):
        inprocess.upstream(service("voice", provider=_renamed()))


def _renamed() -> object:
    row = providers.catalogue()["voice"]
    return type(row)(name="nobody", wire=row.wire, does=row.does)


@pytest.mark.parametrize(
    ("work", "expected"),
    [
        (Embedding(dimensions=3), ()),
        (Speech(voice="alloy", format="mp3"), ()),
        (Speech(voice="alloy", format="aac"), ("response_format",)),
        (Picture(size="512x512", quality="hd", style="vivid", format="webp"), ()),
        (Picture(size="9999x1"), ("size",)),
        (Picture(size="auto", format="gif"), ("output_format",)),
    ],
)
def test_what_cannot_be_carried_is_named(work: Picture, expected: tuple[str, ...]) -> None:
    assert inprocess.dialect().unsupported(order(work, "글")) == expected


@pytest.mark.parametrize(
    ("said", "pixels"),
    [
        (None, (1024, 1024)),
        ("auto", (1024, 1024)),
        ("1792x1024", (1792, 1024)),
        ("64x64", (64, 64)),
        ("63x64", None),
        ("2049x64", None),
        ("1024", None),
        ("1024x1024x1", None),
        ("0512x512", (512, 512)),
    ],
)
def test_sizes(said: str | None, pixels: tuple[int, int] | None) -> None:
    assert size(said) == pixels


def test_a_letter_shows_its_length_only() -> None:
    letter = inprocess.dialect().encode(service("voice"), order(Speech(voice="alloy"), "비밀"))
    assert letter.path == "/speech"
    assert "비밀" in letter.body.decode()
    assert "비밀" not in repr(letter)
