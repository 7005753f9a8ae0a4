"""The stream law: an answer may be replaced before its first byte, and never silently after it.

Every fault of the wall, in the three dialects, streamed and not, before and after the first byte;
and clients that are slow or leave. An ending is the endpoint's own or an error, never invented.
"""

from __future__ import annotations

import asyncio
import json
import socket
from pathlib import Path
from typing import Any

import pytest

from tests.gateway import Answer
from tests.laws.scenes import IMPATIENT
from tests.laws.stage import Stage, in_cloud, stage
from tests.wall import Ending
from tests.wire.raw import Client, until

WIRES = ("openai", "anthropic", "ollama")
SOON = IMPATIENT.replace("first_token_s = 5.0", "first_token_s = 0.3")
"""An answer has to begin soon; once begun it may take its time."""
STEADY = IMPATIENT.replace("stall_s = 5.0", "stall_s = 0.2")
"""The other way round."""
AFTERWARDS = "Another answer altogether."
"""What the fallback says."""
_NO_TIME = {"x-gilmok-deadline-ms": "400"}

BEFORE = (
    "500", "503", "529", "429=60", "401", "404", "quota", "hangup", "reset=0", "html", "badjson",
    "empty", "redirect=http%3A%2F%2F127.0.0.1%3A9%2F", "errecho",
    "cut=0", "trunc=0", "errevent=0", "overlong", "500+flap",
)  # fmt: skip
"""No word of an answer, streamed or not."""
BEFORE_STREAMED = ("mute", "stall=0", "slow=5000", "ttft=5000")
"""Too slow to begin. Without streaming only the request's own deadline tells."""
BEFORE_WHOLE = ("cut=3", "reset=3", "trunc=3", "errevent=3", "malformed=1")
"""Without streaming nothing has been said before all has come."""
AFTER = {
    "cut=2": "stream_broken",
    "reset=2": "stream_broken",
    "trunc=2": "stream_broken",
    "errevent=2": None,
    "stall=2": "stream_stalled",
    "stall=2+keepalive=20": "stream_stalled",
    "cut=2+split": "stream_broken",
    "cut=2+nousage": "stream_broken",
    "cut=2+tool": None,
}
"""Faults after the second piece, and the code of the error event where it is the same for all."""


async def ask(s: Stage, *, stream: bool, headers: dict[str, str] | None = None) -> Answer:
    body: dict[str, Any] = {"model": "auto", "messages": [{"role": "user", "content": "hello"}]}
    if stream:
        body |= {"stream": True, "stream_options": {"include_usage": True}}
    return await s.gateway.post("/v1/chat/completions", body, headers)


def afterwards(wire: str = "openai") -> Any:
    return in_cloud("repeat=Another%20answer%20altogether.", "second", wire, 0.5)


def finishes(answer: Answer) -> list[str]:
    """The finish reasons of a stream."""
    chunks = [event for event in answer.events if isinstance(event, dict)]
    choices = [choice for chunk in chunks for choice in chunk.get("choices", ())]
    return [choice["finish_reason"] for choice in choices if choice["finish_reason"]]


def assert_complete(answer: Answer, text: str) -> None:
    """One whole answer, with an ending of each kind."""
    assert (answer.status, answer.code, answer.text) == (200, None, text)
    assert answer.complete
    if answer.is_stream:
        assert finishes(answer) == ["stop"]
        assert answer.events[-1] == "[DONE]"
        assert answer.events[-2]["choices"] == []
        assert answer.events[-2]["usage"]["completion_tokens"] > 0
    else:
        assert answer.json["choices"][0]["finish_reason"] == "stop"


def assert_broken(answer: Answer, code: str | None) -> None:
    """Some words, then an error event, then nothing: no ending that nobody gave."""
    assert answer.status == 200
    assert answer.complete  # the framing ended: what the client has is all that there will be
    *words, last = answer.events
    assert set(last) == {"error"}
    assert set(last["error"]) == {"message", "type", "param", "code"}
    if code is not None:
        assert last["error"]["code"] == code
    assert words
    assert finishes(answer) == []
    assert "[DONE]" not in words
    assert not any(isinstance(word, dict) and word.get("usage") for word in words)


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("fault", BEFORE)
async def test_before_the_first_byte_another_answers(
    tmp_path: Path, fault: str, stream: bool, wire: str
) -> None:
    async with stage(tmp_path, in_cloud(fault, "first", wire), afterwards()) as s:
        answer = await ask(s, stream=stream)
        if fault == "500+flap":  # its second try succeeds
            assert (answer.headers["x-gilmok-endpoint"], answer.code) == ("first", None)
            assert answer.headers["x-gilmok-attempts"] == "2"
            return
        assert_complete(answer, AFTERWARDS)
        assert answer.headers["x-gilmok-endpoint"] == "second"
        assert answer.headers["x-gilmok-fallback"] == "true"
        (receipt,) = await s.decisions()
        assert (receipt.outcome, receipt.fallback, receipt.error) == ("completed", True, None)
        assert receipt.explanation.attempts[-1].outcome == "answered"


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize("fault", BEFORE_STREAMED)
async def test_a_stream_that_does_not_begin_is_replaced(
    tmp_path: Path, fault: str, wire: str
) -> None:
    async with stage(tmp_path, in_cloud(fault, "first", wire), afterwards(), settings=SOON) as s:
        answer = await ask(s, stream=True)
        assert_complete(answer, AFTERWARDS)
        await s.cloud.wait_closed(1)
        (receipt,) = await s.decisions()
        assert receipt.fallback_reason == "first_token_timeout"


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize("fault", BEFORE_WHOLE)
async def test_a_whole_answer_that_breaks_is_replaced(
    tmp_path: Path, fault: str, wire: str
) -> None:
    async with stage(tmp_path, in_cloud(fault, "first", wire), afterwards()) as s:
        assert_complete(await ask(s, stream=False), AFTERWARDS)


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize("fault", ["mute", "stall=0", "stall=3", "slow=5000"])
async def test_a_whole_answer_that_does_not_come_ends_at_the_deadline(
    tmp_path: Path, fault: str, wire: str
) -> None:
    async with stage(tmp_path, in_cloud(fault, "first", wire), afterwards()) as s:
        answer = await ask(s, stream=False, headers=_NO_TIME)
        assert (answer.status, answer.code) == (504, "deadline_exceeded")
        await s.cloud.wait_closed(1)
        (receipt,) = await s.decisions()
        assert (receipt.outcome, receipt.error) == ("failed", "deadline_exceeded")


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize("fault", AFTER)
async def test_after_the_first_byte_nobody_takes_over(
    tmp_path: Path, fault: str, wire: str
) -> None:
    settings = STEADY if "stall" in fault else IMPATIENT
    tables = (in_cloud(fault, "first", wire), afterwards())
    async with stage(tmp_path, *tables, settings=settings) as s:
        answer = await ask(s, stream=True)
        assert_broken(answer, AFTER[fault])
        assert AFTERWARDS not in answer.text
        assert {call.model for call in s.cloud.calls} == {fault}
        assert len(s.cloud.calls) == 1
        (receipt,) = await s.decisions()
        assert receipt.outcome == "broken"
        assert receipt.error == answer.code
        assert receipt.completion_tokens is not None
        assert receipt.completion_tokens > 0
        assert receipt.usage_reported is False
        assert receipt.cost > 0


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("wire", WIRES)
async def test_every_attempt_fails(tmp_path: Path, wire: str, stream: bool) -> None:
    """A clear apology with advice, as a proper error."""
    both = (in_cloud("503", "first", wire), in_cloud("hangup", "second", wire, 0.5))
    async with stage(tmp_path, *both) as s:
        answer = await ask(s, stream=stream, headers={"accept-language": "ko"})
        assert (answer.status, answer.code) == (503, "all_endpoints_failed")
        assert answer.json["error"]["message"].startswith("죄송합니다")
        assert int(answer.headers["retry-after"]) >= 1
        assert len(s.cloud.calls) == 4


@pytest.mark.parametrize("line", [2, 3, 4])
@pytest.mark.parametrize("wire", WIRES)
async def test_one_bad_line_is_tolerated(tmp_path: Path, wire: str, line: int) -> None:
    async with stage(tmp_path, in_cloud(f"tokens=6+malformed={line}", wire=wire)) as s:
        answer = await ask(s, stream=True)
        assert answer.code is None
        assert finishes(answer) == ["stop"]
        assert answer.events[-1] == "[DONE]"
        assert answer.text


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize("fault", ["nousage", "wrongusage", "wrongusage=negative"])
async def test_usage_that_nobody_reported_is_marked(tmp_path: Path, fault: str, wire: str) -> None:
    async with stage(tmp_path, in_cloud(fault, wire=wire)) as s:
        for stream in (False, True):
            answer = await ask(s, stream=stream)
            assert answer.status == 200
            assert answer.code is None
        for receipt in await s.decisions():
            assert receipt.outcome == "completed"
            assert receipt.usage_reported is False
            assert receipt.cost_estimated
            assert receipt.completion_tokens is not None
            assert 0 < receipt.completion_tokens < 1000


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize("reason", ["length", "filter"])
async def test_the_endpoints_own_ending_is_kept(tmp_path: Path, reason: str, wire: str) -> None:
    expected = {"length": "length", "filter": "content_filter"}[reason]
    if wire == "ollama" and reason == "filter":
        expected = "stop"  # it has no word for it
    async with stage(tmp_path, in_cloud(reason, wire=wire)) as s:
        assert finishes(await ask(s, stream=True)) == [expected]
        whole = (await ask(s, stream=False)).json
        assert whole["choices"][0]["finish_reason"] == expected


def request(model: str = "auto", **more: object) -> bytes:
    body = json.dumps(
        {"model": model, "messages": [{"role": "user", "content": "hello"}], **more}
    ).encode()
    head = (
        "POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1\r\n"
        f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


LEAVING = {"FIN": Client.close, "RST": Client.reset, "half-close": Client.half_close}


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize("how", LEAVING)
@pytest.mark.parametrize(
    ("model", "stream", "words"),
    [
        ("mute", True, 0),
        ("mute", False, 0),
        ("ttft=60000", True, 0),
        ("slow=60000", False, 0),
        ("stall=3", True, 3),
        ("pace=15+tokens=4000", True, 2),
    ],
)
async def test_a_client_that_leaves_stops_the_upstream(
    tmp_path: Path,
    wire: str,
    how: str,
    model: str,
    stream: bool,
    words: int,
) -> None:
    async with stage(tmp_path, in_cloud(model, wire=wire)) as s:
        async with Client(s.gateway.port) as client:
            await client.send(request(stream=stream))
            await until(lambda: bool(s.cloud.calls))
            for _ in range(words):
                await client.until(b"data: ")
            LEAVING[how](client)
            await s.cloud.wait_closed(1)
        (call,) = s.cloud.calls
        assert call.ending is Ending.CLIENT_CLOSED
        (receipt,) = await s.receipts(1)
        assert (receipt.outcome, receipt.error) == ("cancelled", "client_left")
        (attempt,) = receipt.explanation.attempts
        assert attempt.outcome == "cancelled"
        assert receipt.usage_reported is False
        assert receipt.cost == attempt.cost > 0
        if words:
            assert receipt.completion_tokens is not None
            assert receipt.completion_tokens >= words


async def test_a_slow_client_slows_the_upstream(tmp_path: Path) -> None:
    """50 MB wait for a client that does not read: they wait at their source, not here."""
    async with stage(tmp_path, in_cloud("tokens=150000+deaf")) as s:
        async with Client(s.gateway.port, recv_bytes=4096) as client:
            await client.send(request(stream=True))
            await until(lambda: bool(s.cloud.calls))
            (call,) = s.cloud.calls
            sent = -1
            while sent != call.sent:  # until the wall can send no more
                sent = call.sent
                await asyncio.sleep(0.3)
            assert call.ending is Ending.OPEN
            assert call.chunks < 100_000
        await s.cloud.wait_closed(1)
        (receipt,) = await s.receipts(1)
        assert receipt.outcome == "cancelled"


async def test_a_slow_client_gets_all_of_it(tmp_path: Path) -> None:
    async with stage(tmp_path, in_cloud("tokens=3000+deaf")) as s:
        async with Client(s.gateway.port, recv_bytes=4096) as client:
            await until(lambda: s.gateway.server.connections == 1)
            (connection,) = s.gateway.server._connections
            ours = connection.transport.get_extra_info("socket")
            ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
            await client.send(request(stream=True))
            await until(lambda: connection.must_wait)
            answer = await client.answer()
        events = [line for line in answer.body.decode().split("\n") if line]
        assert events[-1] == "data: [DONE]"
        assert len(events) > 3000
        (receipt,) = await s.receipts(1)
        assert (receipt.outcome, receipt.completion_tokens) == ("completed", 3000)


async def test_a_client_that_stays_gets_every_answer_of_its_connection(tmp_path: Path) -> None:
    """A broken stream ends its own answer; the connection goes on where its framing is whole."""
    tables = (in_cloud("cut=2", "first"), in_cloud("ok", "second"))
    async with stage(tmp_path, *tables) as s, Client(s.gateway.port) as client:
        for model, last in (("first", b"}"), ("second", b"[DONE]"), ("first", b"}")):
            await client.send(request(model, stream=True))
            answer = await client.answer()
            assert answer.status == 200
            assert answer.body.rstrip().endswith(last)
