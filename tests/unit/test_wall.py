"""The wall is the ground truth of the law tests, so it is tested to the byte itself."""

import asyncio
import gzip
import json
import re
import shutil
import ssl
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import openai
import pytest

import tests.wall
from tests.wall import Ending, Exchange, Wall
from tests.wall.faults import NAMES, UnknownFault, parse

CHAT, MESSAGES, OLLAMA = "/v1/chat/completions", "/v1/messages", "/api/chat"
DIALECTS = (CHAT, MESSAGES, OLLAMA)
TOOL_SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}}
SECRET = "주민등록번호 900101-1234567"


@pytest.fixture
async def wall() -> AsyncIterator[Wall]:
    async with Wall() as wall:
        yield wall


@dataclass
class Got:
    """An answer as raw as it came: what was read until the end, and what kind of end it was."""

    status: int = 0
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    chunks: list[bytes] = field(default_factory=list)
    whole: bool = False
    """The body ended as its framing said."""
    end: str = ""
    """`eof`, `reset`, `silence` where nothing came for a while, `limit` where it went on."""
    took: float = 0.0

    def header(self, name: str) -> str | None:
        return dict(self.headers).get(name)

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def lines(self) -> list[str]:
        """The data of every frame, SSE or NDJSON."""
        lines = [line.rstrip("\r") for line in self.body.decode().split("\n")]
        if "event-stream" in (self.header("content-type") or ""):
            return [line[5:].strip() for line in lines if line.startswith("data:")]
        return [line for line in lines if line]

    @property
    def said(self) -> str:
        """The text of an OpenAI, Anthropic or Ollama stream, joined."""
        frames = [json.loads(line) for line in self.lines if line != "[DONE]"]
        return "".join(map(_said, frames))


def _said(frame: dict[str, Any]) -> str:
    if frame.get("choices"):
        return frame["choices"][0]["delta"].get("content") or ""
    text: str = frame.get("delta", {}).get("text") or frame.get("message", {}).get("content") or ""
    return text if isinstance(text, str) else ""


def request_bytes(path: str, body: bytes, headers: dict[str, str]) -> bytes:
    lines = {"Host": "wall", "Content-Length": str(len(body)), **headers}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"POST {path} HTTP/1.1\r\n{head}\r\n".encode() + body


def chat_body(path: str, model: str, stream: bool, **fields: Any) -> bytes:
    body = {
        "model": model,
        "stream": stream,
        "messages": [{"role": "user", "content": "안녕 wall"}],
    }
    if path == MESSAGES:
        body["max_tokens"] = 1000
    return json.dumps(body | fields, ensure_ascii=False).encode()


async def ask(
    wall: Wall,
    model: str,
    path: str = CHAT,
    *,
    stream: bool = False,
    patience: float = 5.0,
    limit: float = 5.0,
    headers: dict[str, str] | None = None,
    **fields: Any,
) -> Got:
    """One request on a socket of its own, read until its end, a silence or a limit."""
    more = {"Connection": "close", "Authorization": "Bearer sk-key", **(headers or {})}
    if path == MESSAGES:
        more["anthropic-version"] = "2023-06-01"
    body = chat_body(path, model, stream, **fields)
    return await send(wall, request_bytes(path, body, more), patience, limit)


async def send(wall: Wall, request: bytes, patience: float = 5.0, limit: float = 5.0) -> Got:
    reader, writer = await asyncio.open_connection(wall.host, wall.port)
    got, raw, start = Got(), bytearray(), time.monotonic()
    writer.write(request)
    try:
        while not got.end:
            data = await asyncio.wait_for(reader.read(1 << 16), patience)
            raw += data
            got.end = "" if data else "eof"
            if time.monotonic() - start > limit:
                got.end = "limit"
    except ConnectionResetError:
        got.end = "reset"
    except TimeoutError:
        got.end = "silence"
    got.took = time.monotonic() - start
    writer.close()
    unpack(bytes(raw), got)
    return got


def unpack(raw: bytes, got: Got) -> None:
    head, blank, rest = raw.partition(b"\r\n\r\n")
    if not blank:
        return
    first, *lines = head.decode("latin-1").split("\r\n")
    got.status = int(first.split(" ")[1])
    got.headers = [(name, value) for name, _, value in (line.partition(": ") for line in lines)]
    length = got.header("content-length")
    if length is not None:
        got.body, got.whole = rest, len(rest) == int(length)
        return
    while (end := rest.find(b"\r\n")) >= 0:
        size = int(rest[:end], 16)
        got.chunks.append(rest[end + 2 : end + 2 + size])
        rest = rest[end + 2 + size + 2 :]
        if size == 0:
            got.whole = True
            break
    got.body = b"".join(got.chunks)


def finish_of(path: str, got: Got) -> str | None:
    """The finish reason that a stream ended with, None where it never gave one."""
    frames = [json.loads(line) for line in got.lines if line != "[DONE]"]
    if path == CHAT:
        ends = [c["finish_reason"] for f in frames for c in f["choices"] if c["finish_reason"]]
    elif path == MESSAGES:
        ends = [f["delta"]["stop_reason"] for f in frames if f["type"] == "message_delta"]
    else:
        ends = [f["done_reason"] for f in frames if f["done"]]
    return ends[-1] if ends else None


# The table of faults


def documented() -> list[str]:
    """Every part in the first column of the table in the package's docstring."""
    rows = re.findall(r"^\| (`.+?`) \| .+ \| .+ \|$", tests.wall.__doc__ or "", re.MULTILINE)
    return [part for row in rows for part in re.findall(r"`([^`]+)`", row)]


def sample(part: str) -> str:
    """A model name with that part: its placeholders filled in."""
    name, _, value = part.replace("NNN", "418").partition("=")
    filled = {"KIND": "zero", "URL": "http%3A%2F%2Fx", "TEXT": "hi", "LABEL": "a", "FORM": "hex"}
    return f"{name}={filled.get(value, '1')}" if value else name


def test_every_fault_is_documented_and_every_documented_fault_exists() -> None:
    assert {part.partition("=")[0] for part in documented()} == NAMES


@pytest.mark.parametrize("part", documented())
def test_documented_faults_are_understood(part: str) -> None:
    parse(sample(part))
    parse(f"ok+{sample(part)}" if part != "ok" else "ok")


UNKNOWN = [
    "",
    "gpt-4o",
    "OK",
    "ok ",
    "ok=1",
    "ok+",
    "ok+ok",
    "slow",
    "slow=",
    "slow=-1",
    "slow=1.5",
]
UNKNOWN += ["slow=٣", "399", "600", "500+503", "429=1+429ms=5", "malformed=0", "tool=0", "tokens=x"]


@pytest.mark.parametrize("name", [*UNKNOWN, "wrongusage=odd"])
def test_unknown_faults_are_refused(name: str) -> None:
    with pytest.raises(UnknownFault):
        parse(name)


async def test_an_unknown_model_is_404_in_every_dialect(wall: Wall) -> None:
    errors = [(await ask(wall, "ok+nonsense", path)) for path in DIALECTS]
    assert [got.status for got in errors] == [404, 404, 404]
    assert errors[0].json["error"]["code"] == "model_not_found"
    assert errors[1].json["error"]["type"] == "not_found_error"
    assert errors[2].json == {"error": "model 'ok+nonsense' not found"}


# Plain answers


@pytest.mark.parametrize("path", DIALECTS)
async def test_streamed_and_whole_answers_say_the_same(wall: Wall, path: str) -> None:
    whole, streamed = await ask(wall, "ok", path), await ask(wall, "ok", path, stream=True)
    assert whole.whole
    assert streamed.whole
    text = {
        CHAT: lambda body: body["choices"][0]["message"]["content"],
        MESSAGES: lambda body: body["content"][0]["text"],
        OLLAMA: lambda body: body["message"]["content"],
    }[path](whole.json)
    assert streamed.said == text
    assert re.search("[가-힣]|[a-z]", text)
    first, second = wall.exchanges
    assert (first.stream, second.stream) == (False, True)
    assert first.chunks == second.chunks == len(text.split())
    assert first.ending is second.ending is Ending.ANSWERED
    assert first.sent > len(whole.body)


async def test_answers_are_the_same_on_every_wall() -> None:
    answers = []
    for _ in range(2):
        async with Wall() as wall:
            answers.append((await ask(wall, "ok")).body)
    assert answers[0] == answers[1]


async def test_openai_usage_is_the_pieces_that_were_streamed(wall: Wall) -> None:
    got = await ask(wall, "tokens=25", stream=True, stream_options={"include_usage": True})
    *chunks, last, done = got.lines
    usage = json.loads(last)
    assert done == "[DONE]"
    assert usage["choices"] == []
    assert usage["usage"]["completion_tokens"] == 25 == wall.exchanges[0].chunks
    assert usage["usage"]["total_tokens"] == usage["usage"]["prompt_tokens"] + 25
    assert all(json.loads(chunk)["usage"] is None for chunk in chunks)
    without = await ask(wall, "tokens=25", stream=True)
    assert "usage" not in without.body.decode()


async def test_anthropic_streams_its_events_in_order(wall: Wall) -> None:
    got = await ask(wall, "tokens=2", MESSAGES, stream=True)
    events = re.findall(r"^event: (\w+)$", got.body.decode(), re.MULTILINE)
    assert events == (
        ["message_start", "ping", "content_block_start"]
        + ["content_block_delta"] * 2
        + ["content_block_stop", "message_delta", "message_stop"]
    )
    frames = [json.loads(line) for line in got.lines]
    assert [frame["type"] for frame in frames] == events
    assert frames[-2]["usage"]["output_tokens"] == 2


async def test_ollama_ends_its_lines_with_the_counts(wall: Wall) -> None:
    got = await ask(wall, "tokens=3", OLLAMA, stream=True)
    *lines, last = [json.loads(line) for line in got.lines]
    assert [line["done"] for line in lines] == [False] * 3
    assert (last["done"], last["done_reason"], last["eval_count"]) == (True, "stop", 3)
    assert last["prompt_eval_count"] == 2
    assert got.header("content-type") == "application/x-ndjson"


async def test_max_tokens_is_obeyed_unless_the_model_is_deaf(wall: Wall) -> None:
    limits: list[tuple[str, dict[str, Any], str]] = [
        (CHAT, {"max_tokens": 2}, "length"),
        (MESSAGES, {"max_tokens": 2}, "max_tokens"),
        (OLLAMA, {"options": {"num_predict": 2}}, "length"),
    ]
    for path, fields, reason in limits:
        got = await ask(wall, "tokens=9", path, stream=True, **fields)
        assert (finish_of(path, got), wall.exchanges[-1].chunks) == (reason, 2)
        await ask(wall, "tokens=9+deaf", path, stream=True, **fields)
        assert wall.exchanges[-1].chunks == 9


async def test_openai_choices_logprobs_and_json(wall: Wall) -> None:
    body = (await ask(wall, "ok", n=3, logprobs=True, top_logprobs=2)).json
    assert [choice["index"] for choice in body["choices"]] == [0, 1, 2]
    assert len({choice["message"]["content"] for choice in body["choices"]}) == 3
    token = body["choices"][0]["logprobs"]["content"][0]
    assert len(token["top_logprobs"]) == 2
    assert bytes(token["bytes"]).decode() == token["token"]
    schema = {"type": "object", "properties": {"age": {"type": "integer"}, "on": {"enum": ["x"]}}}
    wanted = {"type": "json_schema", "json_schema": {"name": "s", "schema": schema}}
    text = (await ask(wall, "ok", response_format=wanted)).json["choices"][0]["message"]["content"]
    assert json.loads(text) == {"age": 7, "on": "x"}
    free = await ask(wall, "ok", response_format={"type": "json_object"}, stream=True)
    assert "answer" in json.loads(free.said)
    local = await ask(wall, "ok", OLLAMA, format=schema)
    assert json.loads(local.json["message"]["content"]) == {"age": 7, "on": "x"}


def openai_tools(name: str = "weather") -> list[dict[str, Any]]:
    return [{"type": "function", "function": {"name": name, "parameters": TOOL_SCHEMA}}]


async def test_tool_calls_stream_their_arguments_in_pieces(wall: Wall) -> None:
    got = await ask(wall, "tool=2", stream=True, tools=openai_tools())
    frames = [json.loads(line)["choices"][0] for line in got.lines[:-1]]
    calls: dict[int, str] = {}
    for frame in frames:
        for call in frame["delta"].get("tool_calls", ()):
            calls.setdefault(call["index"], "")
            calls[call["index"]] += call["function"]["arguments"]
    assert {index: json.loads(text) for index, text in calls.items()} == {
        0: {"city": "길목"},
        1: {"city": "길목"},
    }
    assert frames[-1]["finish_reason"] == "tool_calls"
    assert wall.exchanges[0].chunks > 4
    whole = (await ask(wall, "tool", tools=openai_tools())).json["choices"][0]
    assert whole["message"]["tool_calls"][0]["function"]["name"] == "weather"
    assert whole["message"]["content"] is None
    assert (await ask(wall, "tool")).json["choices"][0]["finish_reason"] == "stop"


async def test_tool_calls_in_the_other_dialects(wall: Wall) -> None:
    tools = [{"name": "weather", "input_schema": TOOL_SCHEMA}]
    whole = (await ask(wall, "tool", MESSAGES, tools=tools)).json
    assert whole["stop_reason"] == "tool_use"
    assert whole["content"][0]["input"] == {"city": "길목"}
    streamed = await ask(wall, "tool", MESSAGES, stream=True, tools=tools)
    frames = [json.loads(line) for line in streamed.lines]
    partial = "".join(frame.get("delta", {}).get("partial_json", "") for frame in frames)
    assert json.loads(partial) == {"city": "길목"}
    local = await ask(wall, "tool=2", OLLAMA, stream=True, tools=openai_tools())
    found = [json.loads(line)["message"].get("tool_calls") for line in local.lines]
    assert [call[0]["function"]["index"] for call in found if call] == [0, 1]


async def test_embeddings_depend_on_the_text_alone(wall: Wall) -> None:
    client = openai.AsyncOpenAI(base_url=wall.openai, api_key="sk-key", max_retries=0)
    async with client:
        packed = await client.embeddings.create(model="ok", input=["a", "b"])
        plain = await client.embeddings.create(model="ok", input="a", encoding_format="float")
    assert packed.data[0].embedding == pytest.approx(plain.data[0].embedding, abs=1e-6)
    assert packed.data[0].embedding != packed.data[1].embedding
    assert packed.usage.prompt_tokens == 2
    body = json.dumps({"model": "ok", "input": ["a"]}).encode()
    local = await send(wall, request_bytes("/api/embed", body, {"Connection": "close"}))
    assert local.json["embeddings"][0] == pytest.approx(plain.data[0].embedding)


async def test_lists_state_and_health(wall: Wall) -> None:
    async def get(path: str, more: str = "") -> Got:
        head = f"GET {path} HTTP/1.1\r\nHost: wall\r\nConnection: close\r\n{more}\r\n"
        return await send(wall, head.encode())

    assert (await get("/v1/models")).json["data"][0]["object"] == "model"
    listed = await get("/v1/models", "anthropic-version: 2023-06-01\r\n")
    assert listed.json["data"][0]["type"] == "model"
    assert (await get("/api/tags")).json["models"][0]["name"] == "ok:latest"
    assert "version" in (await get("/api/version")).json
    assert (await get("/health")).json == {"status": "ok"}
    wall.healthy = False
    assert (await get("/health")).status == 503
    assert (await get("/nowhere")).status == 404
    assert wall.calls == []


async def test_ollama_loads_and_unloads(wall: Wall) -> None:
    async def generate(**fields: Any) -> Got:
        body = json.dumps({"model": "load=30", **fields}).encode()
        return await send(wall, request_bytes("/api/generate", body, {"Connection": "close"}))

    loaded = await generate()
    assert (loaded.json["done_reason"], wall.loaded) == ("load", ["load=30"])
    assert loaded.took > 0.03
    warm = await generate(prompt="hi", stream=False)
    assert warm.json["load_duration"] == 0
    assert warm.json["response"]
    assert (await generate(keep_alive=0)).json["done_reason"] == "unload"
    assert wall.loaded == []
    cold = await generate(prompt="hi", stream=False, keep_alive="0s")
    assert cold.json["load_duration"] == 30_000_000
    assert wall.loaded == []


async def test_real_apis_refuse_what_they_refuse(wall: Wall) -> None:
    assert (await ask(wall, "ok", messages=[])).status == 400
    assert (await ask(wall, "ok", stream_options={"include_usage": True})).status == 400
    assert (await ask(wall, "ok", MESSAGES, max_tokens=None)).status == 200
    assert (await ask(wall, "ok", MESSAGES, stream_options={})).status == 400
    assert (await ask(wall, "ok", MESSAGES, messages=[{"role": "system"}])).status == 400
    assert (await ask(wall, "ok", OLLAMA, options="high")).status == 400
    bare = request_bytes(MESSAGES, chat_body(MESSAGES, "ok", False), {"Connection": "close"})
    assert (await send(wall, bare)).json["error"]["message"].startswith("anthropic-version")
    for body in (b"{", b"[]", b"{}", b"\xff"):
        assert (await send(wall, request_bytes(CHAT, body, {"Connection": "close"}))).status == 400


# What the model's name changes in the answer


@pytest.mark.parametrize("path", DIALECTS)
async def test_repeat_grain_and_parrot(wall: Wall, path: str) -> None:
    text = "가나다+라마 <PERSON_1>!"
    name = f"repeat={quote(text, safe='')}+grain=2"
    assert (await ask(wall, name, path, stream=True)).said == text
    assert wall.exchanges[0].chunks == len(text) / 2
    assert (await ask(wall, "parrot+grain=1", path, stream=True)).said == "안녕 wall"


async def test_echo_repeats_headers_and_body(wall: Wall) -> None:
    for stream in (False, True):
        got = await ask(wall, "echo", stream=stream)
        text = got.said if stream else got.json["choices"][0]["message"]["content"]
        assert "Authorization: Bearer sk-key" in text
        assert "안녕 wall" in text


async def test_a_named_tool_is_called_whether_it_was_offered_or_not(wall: Wall) -> None:
    for name in ("weather", "nobody"):
        got = await ask(wall, f"call={name}", tools=openai_tools())
        call = got.json["choices"][0]["message"]["tool_calls"][0]["function"]
        assert call["name"] == name
        assert json.loads(call["arguments"]).keys() == {"city"}


async def test_toolecho_puts_the_users_words_into_arguments(wall: Wall) -> None:
    got = await ask(wall, "toolecho", tools=openai_tools())
    call = got.json["choices"][0]["message"]["tool_calls"][0]["function"]
    assert json.loads(call["arguments"]) == {"city": "안녕 wall"}


@pytest.mark.parametrize("path", DIALECTS)
async def test_empty_and_huge(wall: Wall, path: str) -> None:
    empty = await ask(wall, "empty", path, stream=True)
    assert empty.said == ""
    assert finish_of(path, empty) in ("stop", "end_turn")
    assert wall.exchanges[0].chunks == 0
    huge = await ask(wall, "huge=300000", path, stream=True)
    assert huge.said == "x" * 300_000
    assert wall.exchanges[1].chunks == 1


async def test_finish_reasons(wall: Wall) -> None:
    expected = {
        "length": ("length", "max_tokens", "length"),
        "filter": ("content_filter", "refusal", "stop"),
        "refuse": ("stop", "refusal", "stop"),
    }
    for name, reasons in expected.items():
        for path, reason in zip(DIALECTS, reasons, strict=True):
            assert finish_of(path, await ask(wall, name, path, stream=True)) == reason
    refused = (await ask(wall, "refuse")).json["choices"][0]["message"]
    assert refused["content"] is None
    assert refused["refusal"].startswith("I'm sorry")
    silent = (await ask(wall, "refuse", MESSAGES)).json
    assert (silent["content"], silent["stop_details"]["type"]) == ([], "refusal")


async def test_no_usage_and_wrong_usage(wall: Wall) -> None:
    assert "usage" not in (await ask(wall, "nousage")).json
    options = {"include_usage": True}
    streamed = await ask(wall, "nousage", stream=True, stream_options=options)
    assert all(json.loads(line)["choices"] for line in streamed.lines[:-1])
    assert "usage" not in (await ask(wall, "nousage", MESSAGES)).json
    assert "eval_count" not in (await ask(wall, "nousage", OLLAMA)).json
    usage = (await ask(wall, "wrongusage")).json["usage"]
    assert usage["prompt_tokens"] < 0 < usage["total_tokens"] < usage["completion_tokens"]
    assert (await ask(wall, "wrongusage=text", OLLAMA)).json["prompt_eval_count"] == "many"
    assert (await ask(wall, "wrongusage=null", MESSAGES)).json["usage"]["input_tokens"] is None
    cached = (await ask(wall, "cached=1+reasoning=5")).json["usage"]
    assert cached["prompt_tokens_details"]["cached_tokens"] == 1
    assert cached["completion_tokens_details"]["reasoning_tokens"] == 5
    split = (await ask(wall, "cached=1", MESSAGES)).json["usage"]
    assert (split["input_tokens"], split["cache_read_input_tokens"]) == (1, 1)


# Time


async def test_slow_delays_the_headers_and_ttft_only_the_body(wall: Wall) -> None:
    for stream in (False, True):
        await ask(wall, "slow=40", stream=stream)
        slow = wall.exchanges[-1]
        assert slow.first_byte is not None
        assert slow.first_byte - slow.received >= 0.04
        await ask(wall, "ttft=40", stream=stream)
        late = wall.exchanges[-1]
        assert late.first_byte is not None
        assert late.ended is not None
        assert late.ended - late.first_byte >= 0.04


async def test_pace_is_kept_between_pieces(wall: Wall) -> None:
    for stream in (False, True):
        got = await ask(wall, "tokens=4+pace=10", stream=stream)
        assert got.took >= 0.03


async def test_keepalives_are_sent_while_nothing_is_said(wall: Wall) -> None:
    got = await ask(wall, "keepalive=5+ttft=30+tokens=3", stream=True)
    before, _, _ = got.body.partition(b"data:")
    assert before.count(b": ping\n\n") >= 4
    assert len(got.said.split()) == 3
    events = await ask(wall, "keepalive=5+ttft=30", MESSAGES, stream=True)
    assert events.body.startswith(b"event: ping\n")
    stalled = await ask(wall, "keepalive=5+stall=1", stream=True, limit=0.1)
    assert stalled.end == "limit"
    assert stalled.body.count(b": ping") > 3
    assert (await ask(wall, "keepalive")).body.startswith(b"\n")


# Ways to end


@pytest.mark.parametrize("path", DIALECTS)
@pytest.mark.parametrize("pieces", [0, 1, 3, 20])
async def test_cut_is_a_clean_end_without_a_finish(wall: Wall, path: str, pieces: int) -> None:
    got = await ask(wall, f"cut={pieces}", path, stream=True)
    assert (got.whole, got.end) == (True, "eof")
    assert finish_of(path, got) is None
    assert "[DONE]" not in got.lines
    assert len(got.said.split()) == pieces == wall.exchanges[0].chunks
    assert wall.exchanges[0].ending is Ending.CUT


@pytest.mark.parametrize("path", DIALECTS)
@pytest.mark.parametrize("pieces", [0, 2])
async def test_trunc_ends_without_the_terminating_chunk(wall: Wall, path: str, pieces: int) -> None:
    got = await ask(wall, f"trunc={pieces}", path, stream=True)
    assert (got.status, got.whole, got.end) == (200, False, "eof")
    assert len(got.said.split()) == pieces
    assert wall.exchanges[0].ending is Ending.TRUNCATED


@pytest.mark.parametrize("path", DIALECTS)
@pytest.mark.parametrize("pieces", [0, 2])
async def test_reset_is_a_reset(wall: Wall, path: str, pieces: int) -> None:
    got = await ask(wall, f"reset={pieces}", path, stream=True)
    assert got.end == "reset"
    assert got.status == (200 if pieces else 0)
    assert len(got.said.split()) == pieces
    assert wall.exchanges[0].ending is Ending.RESET
    assert bool(wall.exchanges[0].sent) == bool(pieces)


@pytest.mark.parametrize("pieces", [0, 2])
async def test_stall_keeps_the_socket_open_and_sees_the_client_leave(
    wall: Wall, pieces: int
) -> None:
    got = await ask(wall, f"stall={pieces}", stream=True, patience=0.2)
    assert (got.status, got.end, got.whole) == (200, "silence", False)
    assert len(got.said.split()) == pieces == wall.exchanges[0].chunks
    assert await wall.wait_closed(1) < 0.5
    assert wall.exchanges[0].ending is Ending.CLIENT_CLOSED


async def test_whole_answers_break_in_the_same_ways(wall: Wall) -> None:
    cut = await ask(wall, "cut=1")
    assert (cut.whole, cut.status) == (True, 200)
    with pytest.raises(ValueError, match=r".*"):
        json.loads(cut.body)
    trunc = await ask(wall, "trunc=1")
    assert (trunc.whole, trunc.end) == (False, "eof")
    assert len(trunc.body) == int(trunc.header("content-length") or 0) // 2
    assert (await ask(wall, "reset=1")).end == "reset"
    stall = await ask(wall, "stall=0", patience=0.2)
    assert (stall.status, stall.body, stall.end) == (200, b"", "silence")
    assert (await ask(wall, "errevent=1")).json["error"]["type"] == "server_error"
    endings = [exchange.ending for exchange in wall.exchanges[:3]]
    assert endings == [Ending.CUT, Ending.TRUNCATED, Ending.RESET]


async def test_mute_and_hangup_send_nothing(wall: Wall) -> None:
    mute = await ask(wall, "mute", patience=0.2)
    assert (mute.status, mute.end) == (0, "silence")
    hangup = await ask(wall, "hangup")
    assert (hangup.status, hangup.end) == (0, "eof")
    await wall.wait_ended(2)
    assert [e.ending for e in wall.exchanges] == [Ending.CLIENT_CLOSED, Ending.HUNG_UP]
    assert all(e.first_byte is None and e.sent == 0 for e in wall.exchanges)


@pytest.mark.parametrize("path", DIALECTS)
async def test_error_event_ends_the_stream(wall: Wall, path: str) -> None:
    got = await ask(wall, "errevent=2", path, stream=True)
    assert got.whole
    last = json.loads(got.lines[-1])
    assert "error" in last
    assert (b"event: error\n" in got.body) == (path == MESSAGES)
    assert wall.exchanges[0].ending is Ending.ERROR_EVENT
    assert wall.exchanges[0].chunks == 2


@pytest.mark.parametrize("path", DIALECTS)
async def test_one_malformed_line_then_goes_on(wall: Wall, path: str) -> None:
    got = await ask(wall, "malformed=4+tokens=9", path, stream=True)
    broken = []
    for number, line in enumerate(got.lines, start=1):
        try:
            json.loads(line)
        except ValueError:
            broken.append(number)
    assert broken == ([4, len(got.lines)] if path == CHAT else [4])
    with pytest.raises(ValueError, match=r".*"):
        json.loads((await ask(wall, "malformed=1", path)).body)


@pytest.mark.parametrize("stream", [False, True])
async def test_whole_wrong_answers(wall: Wall, stream: bool) -> None:
    page = await ask(wall, "html", stream=stream)
    assert (page.status, page.header("content-type")) == (200, "text/html; charset=utf-8")
    broken = await ask(wall, "badjson", stream=stream)
    assert broken.header("content-type") == "application/json"
    with pytest.raises(ValueError, match=r".*"):
        json.loads(broken.body)
    moved = await ask(wall, "redirect=http%3A%2F%2Fexample.test%2Fv1", stream=stream)
    assert (moved.status, moved.header("location")) == (307, "http://example.test/v1")


@pytest.mark.parametrize("stream", [False, True])
async def test_overlong_stops_when_the_client_does(wall: Wall, stream: bool) -> None:
    reader, writer = await asyncio.open_connection(wall.host, wall.port)
    writer.write(request_bytes(CHAT, chat_body(CHAT, "overlong", stream), {}))
    seen = 0
    while seen < 1 << 20:
        data = await reader.read(1 << 16)
        seen += len(data)
    writer.transport.abort()
    await wall.wait_closed(1)
    assert 1 << 20 <= wall.exchanges[0].sent < 32 << 20
    assert wall.connections_open == 0


# Statuses


@pytest.mark.parametrize("status", [400, 401, 403, 404, 418, 429, 500, 502, 503, 529, 599])
async def test_any_error_status_in_every_dialect(wall: Wall, status: int) -> None:
    first, second, third = [await ask(wall, str(status), path, stream=True) for path in DIALECTS]
    assert {first.status, second.status, third.status} == {status}
    assert set(first.json["error"]) == {"message", "type", "param", "code"}
    assert second.json["type"] == "error"
    assert second.json["request_id"] == second.header("request-id")
    assert isinstance(third.json["error"], str)


async def test_retry_after_in_its_three_forms(wall: Wall) -> None:
    assert (await ask(wall, "429=7")).header("retry-after") == "7"
    milliseconds = await ask(wall, "503ms=1500")
    assert milliseconds.header("retry-after-ms") == "1500"
    assert milliseconds.header("retry-after") == "2"
    date = parsedate_to_datetime((await ask(wall, "429at=60")).header("retry-after") or "")
    assert 50 < date.timestamp() - time.time() <= 60
    assert (await ask(wall, "429")).header("retry-after") is None


async def test_errors_with_a_meaning_of_their_own(wall: Wall) -> None:
    quota = await ask(wall, "quota")
    assert (quota.status, quota.json["error"]["code"]) == (429, "insufficient_quota")
    long = await ask(wall, "toolong")
    assert (long.status, long.json["error"]["code"]) == (400, "context_length_exceeded")
    assert "too long" in (await ask(wall, "toolong", MESSAGES)).json["error"]["message"]
    leak = await ask(wall, "errecho")
    assert leak.status == 500
    assert "Bearer sk-key" in leak.json["error"]["message"]
    assert "안녕 wall" in leak.json["error"]["message"]
    assert (await ask(wall, "400+errecho", MESSAGES)).status == 400


async def test_flaky_and_flap_count_by_exact_name(wall: Wall) -> None:
    statuses = [(await ask(wall, "flaky=2")).status for _ in range(4)]
    assert statuses == [500, 500, 200, 200]
    assert (await ask(wall, "flaky=2+as=other")).status == 500
    assert [(await ask(wall, "flap+503=1")).status for _ in range(4)] == [503, 200, 503, 200]
    assert [(await ask(wall, "flaky=1+reset=0")).end for _ in range(2)] == ["reset", "eof"]
    wall.clear()
    assert (await ask(wall, "flaky=2")).status == 500


async def test_override_is_an_outage_and_its_end(wall: Wall) -> None:
    wall.override = "503"
    assert (await ask(wall, "ok")).status == 503
    wall.override = None
    assert (await ask(wall, "ok")).status == 200


# Bytes


@pytest.mark.parametrize("path", DIALECTS)
async def test_split_cuts_frames_inside_characters(wall: Wall, path: str) -> None:
    text = "길목을 지나가는 🙂 요청"
    name = f"split+repeat={quote(text)}"
    got = await ask(wall, name, path, stream=True)
    assert got.said == text
    broken = 0
    for piece in got.chunks:
        try:
            piece.decode()
        except UnicodeDecodeError:
            broken += 1
    assert broken >= 3
    assert b"\r\n" in got.body
    whole = await ask(wall, name, path)
    assert len(whole.chunks) > 10
    assert text in whole.body.decode()


async def test_gzip_only_where_it_is_accepted(wall: Wall) -> None:
    accepts = {"Accept-Encoding": "br, gzip"}
    for stream in (False, True):
        plain = await ask(wall, "gzip+repeat=hello", stream=stream)
        assert plain.header("content-encoding") is None
        packed = await ask(wall, "gzip+repeat=hello", stream=stream, headers=accepts)
        assert packed.header("content-encoding") == "gzip"
        assert b"hello" in gzip.decompress(packed.body)


# The log


async def test_exchanges_record_the_request_untouched(wall: Wall) -> None:
    await ask(wall, "ok", headers={"X-Twice": "a", "x-tWICE": "b"})
    [exchange] = wall.calls
    assert (exchange.method, exchange.path, exchange.model) == ("POST", CHAT, "ok")
    assert [pair for pair in exchange.headers if pair[0].lower() == "x-twice"] == [
        ("X-Twice", "a"),
        ("x-tWICE", "b"),
    ]
    assert exchange.header("authorization") == "Bearer sk-key"
    assert exchange.json["messages"][0]["content"] == "안녕 wall"
    assert exchange.first_byte is not None
    assert exchange.ended is not None
    assert exchange.began <= exchange.received <= exchange.first_byte <= exchange.ended


@pytest.mark.parametrize(
    "body",
    [
        SECRET.encode(),
        json.dumps({"content": SECRET}).encode(),
        json.dumps({"arguments": json.dumps({"content": SECRET})}).encode(),
        quote(SECRET).encode(),
    ],
    ids=["raw", "escaped", "escaped twice", "percent"],
)
async def test_contains_finds_text_however_it_is_written(wall: Wall, body: bytes) -> None:
    await send(wall, request_bytes(CHAT, body, {"Connection": "close"}))
    assert wall.contains(SECRET)
    assert not wall.contains("900101-7654321")
    wall.clear()
    assert not wall.contains(SECRET)
    assert wall.received == b""


async def test_contains_undoes_chunks_compression_and_decomposition(wall: Wall) -> None:
    half = SECRET.encode()[:7], SECRET.encode()[7:]
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in half) + b"0\r\n\r\n"
    chunked = f"POST {CHAT} HTTP/1.1\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    assert (await send(wall, chunked.encode() + chunks)).status == 400
    assert wall.contains(SECRET)
    wall.clear()
    packed = {"Content-Encoding": "gzip", "Connection": "close"}
    await send(wall, request_bytes(CHAT, gzip.compress(SECRET.encode()), packed))
    assert wall.contains(SECRET)
    assert not wall.contains(SECRET + "8")


async def test_broken_and_half_requests_are_kept(wall: Wall) -> None:
    assert (await send(wall, b"\x16\x03\x01 hello\r\n\r\n")).status == 400
    half = request_bytes(CHAT, b"x" * 100, {})[:-50] + SECRET.encode()[:20]
    _, writer = await asyncio.open_connection(wall.host, wall.port)
    writer.write(half)
    await writer.drain()
    writer.close()
    await wall.wait_ended(2)
    assert [e.ending for e in wall.exchanges] == [Ending.BROKEN, Ending.BROKEN]
    assert wall.exchanges[1].path == CHAT
    assert wall.received.endswith(half)
    assert wall.contains(b"\x16\x03\x01")


async def test_keep_alive_pipelining_and_slow_requests(wall: Wall) -> None:
    reader, writer = await asyncio.open_connection(wall.host, wall.port)
    request = request_bytes(CHAT, chat_body(CHAT, "ok", False), {})
    writer.write(request + request)
    for byte in request:
        writer.write(bytes([byte]))
        await asyncio.sleep(0)
    await wall.wait_ended(3)
    answers = await reader.readuntil(b"chatcmpl-wall00000003")
    assert answers.count(b"HTTP/1.1 200 OK") == 3
    assert (wall.connections_open, wall.connections_made) == (1, 1)
    writer.write(b"POST /v1/chat/completions HTTP/1.1\r\nExpect: 100-continue\r\n")
    writer.write(b"Content-Length: 2\r\n\r\n")
    await reader.readuntil(b"100 Continue\r\n\r\n")
    writer.close()
    await wall.wait_connections(0)


async def test_the_client_that_leaves_is_seen_with_what_it_got(wall: Wall) -> None:
    reader, writer = await asyncio.open_connection(wall.host, wall.port)
    writer.write(request_bytes(CHAT, chat_body(CHAT, "pace=5+tokens=1000", True), {}))
    await reader.readuntil(b'"content":" ')
    assert wall.exchanges[0].ending is Ending.OPEN
    writer.close()
    assert await wall.wait_closed(1) < 0.5
    assert 2 <= wall.exchanges[0].chunks < 100
    with pytest.raises(TimeoutError, match="hung up on 2"):
        await wall.wait_closed(2, timeout=0.01)


async def test_scripted_answers_and_aliases() -> None:
    def script(exchange: Exchange) -> str:
        return f"{exchange.json['messages'][0]['content']}? {exchange.number}"

    async with Wall(answer=script, aliases={"gpt-4o": "tokens=4", "down": "503"}) as wall:
        assert (await ask(wall, "ok", stream=True)).said == "안녕 wall? 1"
        body = (await ask(wall, "gpt-4o")).json
        assert (body["model"], body["usage"]["completion_tokens"]) == ("gpt-4o", 4)
        assert (await ask(wall, "down")).status == 503


async def test_a_broken_wall_is_not_a_faulty_upstream() -> None:
    def script(exchange: Exchange) -> str:
        raise KeyError(exchange.number)

    with pytest.raises(RuntimeError, match="wall itself broke"):
        async with Wall(answer=script) as wall:
            assert (await ask(wall, "ok")).status == 500


async def test_closing_the_wall_drops_what_is_open() -> None:
    async with Wall() as wall:
        waiting = asyncio.create_task(ask(wall, "mute"))
        await wall.wait_received(1)
    assert (await waiting).end == "eof"
    assert wall.exchanges[0].ending is Ending.WALL_CLOSED


async def test_ipv6_loopback() -> None:
    async with Wall("::1") as wall:
        assert wall.url == f"http://[::1]:{wall.port}"
        assert (await ask(wall, "ok")).status == 200


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl to make a certificate")
async def test_tls(tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    make = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2"
    more = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    out = ["-keyout", str(key), "-out", str(certificate)]
    subprocess.run([*make.split(), *more, *out], check=True, capture_output=True)  # noqa: ASYNC221
    trust = ssl.create_default_context(cafile=certificate)
    async with Wall(certfile=certificate, keyfile=key) as wall:
        assert wall.url.startswith("https://")
        reader, writer = await asyncio.open_connection(
            wall.host, wall.port, ssl=trust, server_hostname="localhost"
        )
        writer.write(request_bytes(CHAT, chat_body(CHAT, "reset=2", True), {}))
        with pytest.raises(ConnectionError):
            await reader.read()
        writer.close()
        await wall.wait_ended(1)
        assert wall.contains("안녕 wall")
        assert wall.exchanges[0].ending is Ending.RESET


# Real clients, other processes


async def test_the_real_openai_client(wall: Wall) -> None:
    async with openai.AsyncOpenAI(base_url=wall.openai, api_key="sk-key", max_retries=0) as client:
        whole = await client.chat.completions.create(
            model="ok", messages=[{"role": "user", "content": "안녕"}]
        )
        stream = await client.chat.completions.create(
            model="split+keepalive",
            messages=[{"role": "user", "content": "안녕"}],
            stream=True,
            stream_options={"include_usage": True},
        )
        chunks = [chunk async for chunk in stream]
        said = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
        assert said == whole.choices[0].message.content
        assert chunks[-1].usage == whole.usage
        with pytest.raises(openai.RateLimitError) as limited:
            await client.chat.completions.create(
                model="429=3", messages=[{"role": "user", "content": "안녕"}]
            )
        assert limited.value.response.headers["retry-after"] == "3"


@pytest.fixture
def process(tmp_path: Path) -> Iterator[tuple[int, Path]]:
    """The wall as a process of its own: its port and its log."""
    log = tmp_path / "exchanges.jsonl"
    command = [sys.executable, "-m", "tests.wall", "--port", "0", "--log", str(log)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        yield int(running.stdout.readline()), log
        running.terminate()
        assert running.wait(5) == 0


async def test_the_wall_as_a_process(process: tuple[int, Path]) -> None:
    port, log = process
    there = Wall(port=port)
    close = {"Connection": "close"}

    async def control(method: str, name: str, body: bytes = b"") -> Any:
        request = request_bytes(f"/_wall/{name}", body, close).replace(b"POST", method.encode(), 1)
        return (await send(there, request)).json

    assert (await ask(there, "tokens=3", stream=True)).status == 200
    [exchange] = await control("GET", "log")
    assert (exchange["model"], exchange["chunks"], exchange["ending"]) == (
        "tokens=3",
        3,
        "answered",
    )
    assert json.loads(exchange["body"])["messages"][0]["content"] == "안녕 wall"
    [line] = log.read_text().splitlines()
    assert json.loads(line) == exchange
    assert await control("POST", "contains", "안녕 wall".encode()) == {"contains": True}
    assert await control("POST", "contains", b"never sent") == {"contains": False}
    assert await control("POST", "contains", b"never sent") == {"contains": False}
    await control("PUT", "state", b'{"override": "503"}')
    assert (await ask(there, "ok")).status == 503
    await control("DELETE", "log")
    assert await control("GET", "log") == []
