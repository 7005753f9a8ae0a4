"""Answers that are none are replaced before their first byte goes out, and within the label.

Each kind of bad answer, streamed and not, with somebody else to ask and without, for a text that may
leave and for one that may not. Ground truth is what the walls were asked.
"""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from gilmok.core.flaws import Flaw
from tests.gateway import Answer
from tests.laws.scenes import IMPATIENT
from tests.laws.stage import Stage, Table, at_home, in_cloud, stage
from tests.laws.test_stream import AFTERWARDS, SOON, STEADY, assert_complete, request
from tests.unit.guard.answer_examples import BAD
from tests.wire.raw import Client, until

WIRES = ("openai", "anthropic", "ollama")
QUESTION = "오늘 이 도시에서 가 볼 만한 곳을 알려 주세요"
RRN = "900101-1234568"
SECRET = f"제 주민등록번호는 {RRN} 입니다. 오늘 이 도시에서 가 볼 만한 곳을 알려 주세요"
PHONE = "010-9876-5432"
CONTACT = f"연락처는 {PHONE} 입니다. 오늘 이 도시에서 가 볼 만한 곳을 알려 주세요"
EVERY = f"[validation]\nchecks = [{', '.join(repr(flaw.value) for flaw in Flaw)}]\n"
"""All checks on."""
REFUSAL = "I'm sorry, but I can't assist with that request."


MODELS = {flaw: f"says-{flaw}" for flaw in Flaw}
"""A model that gives each kind of bad answer."""
BETTER = "says-better"
AS_GIVEN = "says-it"
"""One that says what the test gives."""


def says(text: str, *more: str) -> str:
    """A model's behaviour: it answers `text`."""
    return "+".join((f"repeat={quote(text, safe='')}", *more))


SPOKEN = {
    MODELS[Flaw.EMPTY]: says(" "),
    MODELS[Flaw.TOO_SHORT]: says("..."),
    MODELS[Flaw.REFUSAL]: says(REFUSAL),
    MODELS[Flaw.LOOP]: says("그리고 또", "tokens=300", "length"),
    MODELS[Flaw.TRUNCATED]: says("가 볼 만한 곳은", "length"),
    MODELS[Flaw.WRONG_LANGUAGE]: says(BAD[Flaw.WRONG_LANGUAGE][0].answer),
    MODELS[Flaw.ANALYSIS_ECHO]: says(BAD[Flaw.ANALYSIS_ECHO][1].answer),
    BETTER: says(AFTERWARDS),
}


def play(
    folder: Path, *tables: Table, text: str = "", more: str = "", settings: str = IMPATIENT
) -> AbstractAsyncContextManager[Stage]:
    """A stage whose models speak; `text` is the behaviour of `AS_GIVEN`."""
    aliases = {**SPOKEN, AS_GIVEN: text} if text else SPOKEN
    return stage(folder, *tables, more=more, settings=settings, aliases=aliases)


BY_BEGINNING = {Flaw.EMPTY, Flaw.TOO_SHORT, Flaw.REFUSAL, Flaw.ANALYSIS_ECHO}
SOFT = [flaw for flaw in Flaw if not flaw.is_hard]
HARD = [flaw for flaw in Flaw if flaw.is_hard]


async def ask(
    s: Stage, question: str = QUESTION, *, stream: bool, headers: dict[str, str] | None = None
) -> Answer:
    body: dict[str, Any] = {"model": "auto", "messages": [{"role": "user", "content": question}]}
    if stream:
        body |= {"stream": True, "stream_options": {"include_usage": True}}
    return await s.gateway.post("/v1/chat/completions", body, headers)


def second(model: str = BETTER, wire: str = "openai") -> Table:
    return in_cloud(model, "second", wire, 0.5)


async def told(s: Stage, answer: Answer) -> Any:
    return await s.decision(answer.headers["x-gilmok-decision"])


def outcomes(decision: Any) -> list[tuple[str, str]]:
    return [(a["endpoint_id"], a["outcome"]) for a in decision["explanation"]["attempts"]]


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("flaw", Flaw)
async def test_somebody_else_is_asked(tmp_path: Path, flaw: Flaw, stream: bool) -> None:
    async with play(tmp_path, in_cloud(MODELS[flaw], "first"), second(), more=EVERY) as s:
        answer = await ask(s, stream=stream)
        decision = await told(s, answer)
        assert "x-gilmok-validation" not in answer.headers
        if stream and flaw not in BY_BEGINNING:
            # It was on its way before it could be told: it stays, and the receipt says so.
            assert answer.headers["x-gilmok-endpoint"] == "first"
            assert answer.text
            assert outcomes(decision) == [("first", "answered")]
            assert decision["explanation"]["validation"] == flaw
            assert len(s.cloud.calls) == 1
            return
        assert_complete(answer, AFTERWARDS)
        assert answer.headers["x-gilmok-endpoint"] == "second"
        assert answer.headers["x-gilmok-fallback"] == "true"
        assert answer.headers["x-gilmok-attempts"] == "2"
        assert (decision["fallback"], decision["fallback_reason"]) == (True, f"rejected_{flaw}")
        assert outcomes(decision) == [("first", f"rejected_{flaw}"), ("second", "answered")]
        assert decision["explanation"].get("validation") is None
        rejected, given = decision["explanation"]["attempts"]
        assert rejected["cost"] > 0
        assert decision["cost"] == rejected["cost"] + given["cost"]


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("question", [QUESTION, SECRET])
@pytest.mark.parametrize("flaw", SOFT)
async def test_what_nobody_does_better_is_given_and_marked(
    tmp_path: Path, flaw: Flaw, question: str, stream: bool
) -> None:
    async with play(tmp_path, at_home(MODELS[flaw]), more=EVERY) as s:
        answer = await ask(s, question, stream=stream)
        assert (answer.status, answer.code) == (200, None)
        assert answer.text
        assert len(s.home.calls) == 1
        # A stream is not held where nobody else can be asked: only the receipt knows.
        assert answer.headers.get("x-gilmok-validation") == (None if stream else flaw)
        assert answer.headers["x-gilmok-fallback"] == "false"
        decision = await told(s, answer)
        assert decision["outcome"] == "completed"
        assert decision["explanation"]["validation"] == flaw
        assert outcomes(decision) == [("home", "answered")]


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("question", [QUESTION, SECRET])
@pytest.mark.parametrize("flaw", HARD)
async def test_what_is_of_no_use_is_never_given(
    tmp_path: Path, flaw: Flaw, question: str, stream: bool
) -> None:
    async with play(tmp_path, at_home(MODELS[flaw])) as s:
        answer = await ask(s, question, stream=stream, headers={"accept-language": "ko"})
        assert (answer.status, answer.code) == (502, "answers_rejected")
        message = answer.json["error"]["message"]
        assert f"home: rejected_{flaw}" in message
        assert message.startswith("모델이 답하기는 했지만")
        assert len(s.home.calls) == 2  # once more, because nobody else is left
        decision = await told(s, answer)
        assert (decision["outcome"], decision["error"]) == ("failed", "answers_rejected")
        assert outcomes(decision) == [("home", f"rejected_{flaw}")] * 2


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("flaw", Flaw)
async def test_a_local_answer_is_never_replaced_by_the_cloud_where_the_text_must_stay(
    tmp_path: Path, flaw: Flaw, stream: bool
) -> None:
    async with play(tmp_path, at_home(MODELS[flaw]), in_cloud("ok"), more=EVERY) as s:
        answer = await ask(s, SECRET, stream=stream)
        assert answer.status == (502 if flaw.is_hard else 200)
        assert s.cloud.calls == []
        assert not s.cloud.contains(RRN)
        decision = await told(s, answer)
        assert {name for name, _ in outcomes(decision)} == {"home"}


@pytest.mark.parametrize("stream", [False, True])
async def test_another_local_one_may_do_better(tmp_path: Path, stream: bool) -> None:
    tables = (at_home(MODELS[Flaw.REFUSAL], "a"), at_home(BETTER, "b"), in_cloud("ok"))
    async with play(tmp_path, *tables) as s:
        answer = await ask(s, SECRET, stream=stream)
        assert_complete(answer, AFTERWARDS)
        assert outcomes(await told(s, answer)) == [("a", "rejected_refusal"), ("b", "answered")]
        assert s.cloud.calls == []


@pytest.mark.parametrize("stream", [False, True])
async def test_masked_text_stays_masked_wherever_it_goes_next(tmp_path: Path, stream: bool) -> None:
    async with play(tmp_path, in_cloud(MODELS[Flaw.REFUSAL], "first"), second("parrot")) as s:
        answer = await ask(s, CONTACT, stream=stream)
        assert answer.text == CONTACT
        assert answer.headers["x-gilmok-fallback"] == "true"
        assert len(s.cloud.calls) == 2
        assert not s.cloud.contains(PHONE)


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize("flaw", [Flaw.REFUSAL, Flaw.ANALYSIS_ECHO, Flaw.EMPTY])
async def test_in_every_dialect_by_default(
    tmp_path: Path, wire: str, flaw: Flaw, stream: bool
) -> None:
    async with play(tmp_path, in_cloud(MODELS[flaw], "first", wire), second()) as s:
        assert_complete(await ask(s, stream=stream), AFTERWARDS)


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("then", ["503", "hangup", "429=5", MODELS[Flaw.EMPTY]])
async def test_where_the_others_fail_the_first_answer_is_given(
    tmp_path: Path, then: str, stream: bool
) -> None:
    async with play(tmp_path, in_cloud(MODELS[Flaw.REFUSAL], "first"), second(then)) as s:
        answer = await ask(s, stream=stream)
        assert_complete(answer, REFUSAL)
        assert answer.headers["x-gilmok-endpoint"] == "first"
        assert answer.headers["x-gilmok-fallback"] == "false"
        assert answer.headers["x-gilmok-validation"] == "refusal"
        decision = await told(s, answer)
        assert outcomes(decision)[0] == ("first", "rejected_refusal")
        assert outcomes(decision)[1][0] == "second"
        if then == "429=5":
            assert len(outcomes(decision)) == 2  # nobody waits while there is an answer to give
        assert (decision["outcome"], decision["endpoint_id"]) == ("completed", "first")
        assert decision["explanation"]["validation"] == "refusal"
        assert decision["usage_reported"] is True
        assert decision["cost"] == sum(a["cost"] for a in decision["explanation"]["attempts"])
        ledger = s.gateway.gateway.ledger
        assert (ledger.open_holds, ledger.spent) == (0, decision["cost"])


@pytest.mark.parametrize("stream", [False, True])
async def test_of_several_that_were_passed_over_the_first_is_given(
    tmp_path: Path, stream: bool
) -> None:
    tables = (in_cloud(MODELS[Flaw.REFUSAL], "first"), second(AS_GIVEN))
    other = says("I cannot fulfill that request.")
    async with play(tmp_path, *tables, at_home("503"), text=other) as s:
        answer = await ask(s, stream=stream)
        assert_complete(answer, REFUSAL)
        assert answer.headers["x-gilmok-endpoint"] == "first"
        names = [name for name, _ in outcomes(await told(s, answer))]
        assert names[:3] == ["first", "second", "home"]


@pytest.mark.parametrize("stream", [False, True])
async def test_at_the_deadline_the_first_answer_is_given(tmp_path: Path, stream: bool) -> None:
    async with play(tmp_path, in_cloud(MODELS[Flaw.REFUSAL], "first"), second("mute")) as s:
        answer = await ask(s, stream=stream, headers={"x-gilmok-deadline-ms": "400"})
        assert_complete(answer, REFUSAL)
        assert answer.headers["x-gilmok-validation"] == "refusal"
        await s.cloud.wait_closed(1)
        assert outcomes(await told(s, answer))[1] == ("second", "deadline_exceeded")


async def test_where_everybody_refuses_the_last_refusal_is_given(tmp_path: Path) -> None:
    other = says("I cannot fulfill that request.")
    tables = (in_cloud(MODELS[Flaw.REFUSAL], "first"), second(AS_GIVEN))
    async with play(tmp_path, *tables, text=other) as s:
        answer = await ask(s, stream=False)
        assert_complete(answer, "I cannot fulfill that request.")
        assert answer.headers["x-gilmok-validation"] == "refusal"
        assert answer.headers["x-gilmok-fallback"] == "true"
        decision = await told(s, answer)
        assert outcomes(decision) == [("first", "rejected_refusal"), ("second", "answered")]
        assert decision["explanation"]["validation"] == "refusal"


GOOD = (
    "오류 처리는 다음과 같이 합니다. 예외를 잡습니다.", "The error means that the disk is full.",
    "불가능한 삼각형이란 그릴 수만 있는 도형입니다.", "4", "네.",
    "I'm sorry to hear that. Here is what you can do: rest.", "error",
    "I can't help with that without the file. Please attach it.",
)  # fmt: skip


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("text", GOOD)
async def test_good_answers_pass(tmp_path: Path, text: str, stream: bool) -> None:
    tables = (in_cloud(AS_GIVEN, "first"), second())
    async with play(tmp_path, *tables, text=says(text, "grain=3"), more=EVERY) as s:
        answer = await ask(s, stream=stream)
        assert_complete(answer, text)
        assert answer.headers["x-gilmok-attempts"] == "1"
        assert "x-gilmok-validation" not in answer.headers
        assert (await told(s, answer))["explanation"].get("validation") is None


@pytest.mark.parametrize("stream", [False, True])
async def test_without_checks_everything_passes_unmarked(tmp_path: Path, stream: bool) -> None:
    off = "[validation]\nchecks = []\n"
    async with play(tmp_path, in_cloud(MODELS[Flaw.REFUSAL], "first"), second(), more=off) as s:
        answer = await ask(s, stream=stream)
        assert_complete(answer, REFUSAL)
        assert "x-gilmok-validation" not in answer.headers


@pytest.mark.parametrize("flaw", [Flaw.TRUNCATED, Flaw.WRONG_LANGUAGE, Flaw.TOO_SHORT])
async def test_what_is_off_by_default(tmp_path: Path, flaw: Flaw) -> None:
    async with play(tmp_path, in_cloud(MODELS[flaw], "first"), second()) as s:
        answer = await ask(s, stream=False)
        assert answer.headers["x-gilmok-endpoint"] == "first"
        assert "x-gilmok-validation" not in answer.headers


@pytest.mark.parametrize("stream", [False, True])
async def test_tool_calls_and_several_choices_are_not_judged(tmp_path: Path, stream: bool) -> None:
    tools = [{"type": "function", "function": {"name": "order", "parameters": {}}}]
    tables = (in_cloud(AS_GIVEN, "first"), second())
    async with play(tmp_path, *tables, text=says(REFUSAL, "tool"), more=EVERY) as s:
        called = await s.gateway.chat(QUESTION, stream=stream, tools=tools)
        assert called.headers["x-gilmok-endpoint"] == "first"
        assert b'"order"' in called.body
        several = await s.gateway.chat(QUESTION, stream=stream, n=2)
        assert several.headers["x-gilmok-endpoint"] == "first"


async def test_an_ordinary_stream_is_passed_on_from_its_first_piece(tmp_path: Path) -> None:
    """The endpoint says one word and then nothing: the client has that word."""
    tables = (in_cloud(AS_GIVEN, "first"), second())
    one_word = says("Hello there", "stall=1")
    async with (
        play(tmp_path, *tables, text=one_word, more=EVERY) as s,
        Client(s.gateway.port) as client,
    ):
        await client.send(request(stream=True))
        await client.until(b"Hello")
        (call,) = s.cloud.calls
        assert call.chunks == 1


async def test_a_doubtful_stream_that_stalls_is_replaced(tmp_path: Path) -> None:
    tables = (in_cloud(AS_GIVEN, "first"), second())
    async with play(tmp_path, *tables, text=says(REFUSAL, "stall=3"), settings=STEADY) as s:
        answer = await ask(s, stream=True)
        assert_complete(answer, AFTERWARDS)
        assert outcomes(await told(s, answer))[0] == ("first", "stream_stalled")
        await s.cloud.wait_closed(1)


async def test_a_slow_doubtful_stream_has_begun_all_the_same(tmp_path: Path) -> None:
    """Holding a beginning back must not look like an endpoint that says nothing."""
    sorry = "I'm sorry, but I can't browse."
    tables = (in_cloud(AS_GIVEN, "first"), second())
    async with play(tmp_path, *tables, text=says(sorry, "pace=90"), settings=SOON) as s:
        answer = await ask(s, stream=True)
        assert_complete(answer, sorry)
        assert answer.headers["x-gilmok-attempts"] == "1"


async def test_a_client_that_leaves_while_a_beginning_is_held(tmp_path: Path) -> None:
    tables = (in_cloud(AS_GIVEN, "first"), second())
    async with play(tmp_path, *tables, text=says(REFUSAL, "stall=3")) as s:
        async with Client(s.gateway.port) as client:
            await client.send(request(stream=True))
            await until(lambda: bool(s.cloud.calls) and s.cloud.calls[0].chunks == 3)
            client.reset()
            await s.cloud.wait_closed(1)
        (receipt,) = await s.receipts(1)
        assert (receipt.outcome, receipt.error) == ("cancelled", "client_left")
        assert receipt.cost > 0
        assert len(s.cloud.calls) == 1


async def test_a_marked_answer_is_not_kept(tmp_path: Path) -> None:
    async with play(tmp_path, at_home(MODELS[Flaw.REFUSAL]), more="[cache]\nenabled = true\n") as s:
        for stream in (False, False, True, True):
            answer = await ask(s, stream=stream)
            assert answer.headers["x-gilmok-cache"] == "miss"
        assert len(s.home.calls) == 4


async def test_a_poor_answer_is_no_failure_of_the_endpoint(tmp_path: Path) -> None:
    touchy = IMPATIENT.replace("failures = 1000", "failures = 1").replace("0.001\n[s", "60\n[s")
    tables = (in_cloud(MODELS[Flaw.EMPTY], "first"), second())
    async with play(tmp_path, *tables, settings=touchy) as s:
        for _ in range(3):
            assert (await ask(s, stream=False)).headers["x-gilmok-attempts"] == "2"
        first = next(e for e in s.gateway.gateway.registry.snapshot() if e.endpoint.id == "first")
        assert first.blocked_until == 0


async def test_metrics_count_what_was_rejected_and_what_was_marked(tmp_path: Path) -> None:
    tables = (in_cloud(MODELS[Flaw.REFUSAL], "first"), second(MODELS[Flaw.LOOP]))
    async with play(tmp_path, *tables) as s:
        await ask(s, stream=False)
        scraped = (await s.gateway.get("/metrics")).body.decode()
        assert 'gilmok_answers_rejected_total{code="refusal",endpoint="first"} 1.0' in scraped
        assert 'gilmok_answers_marked_total{code="loop",endpoint="second"} 1.0' in scraped


async def test_what_is_not_passed_on_is_nowhere(tmp_path: Path) -> None:
    """No word of a rejected answer in receipts, metrics or the ledger's file."""
    words = "I'm sorry, but I can't assist with Quixotry and such."
    async with play(tmp_path, in_cloud(AS_GIVEN, "first"), second(), text=says(words)) as s:
        answer = await ask(s, stream=False)
        assert answer.headers["x-gilmok-attempts"] == "2"
        shown = (await s.gateway.get("/metrics")).body.decode() + str(await told(s, answer))
        files = [path.read_bytes() for path in s.folder.rglob("ledger.db*")]
        assert "Quixotry" not in shown
        assert not any(b"Quixotry" in file for file in files)


async def test_many_at_once(tmp_path: Path) -> None:
    """Verdicts do not mix: bad and good answers side by side."""
    tables = (in_cloud(MODELS[Flaw.REFUSAL], "first"), second())
    async with play(tmp_path, *tables) as s:
        async with asyncio.TaskGroup() as group:
            asked = [group.create_task(ask(s, stream=n % 2 == 0)) for n in range(40)]
        for task in asked:
            assert_complete(task.result(), AFTERWARDS)
        ledger = s.gateway.gateway.ledger
        assert (ledger.open_holds, ledger.held) == (0, 0)
