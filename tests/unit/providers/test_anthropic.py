"""The Anthropic wire: two conversations that differ in shape, and the words of its stream."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gilmok import providers
from gilmok.core.completion import Delta, Event, Opened, Usage
from gilmok.core.errors import AttemptFailed, MalformedAnswer, StreamBroken, UpstreamStatus
from gilmok.core.request import Attachment, Image, Message, Request, Role, Sampling, Tool, ToolCall
from gilmok.core.text import Private
from gilmok.providers.anthropic import DEFAULT_MAX_TOKENS, Anthropic
from tests.unit.providers.samples import (
    PIXEL,
    answer,
    endpoint,
    finishes,
    full_request,
    request,
    said,
    text,
    usages,
    words,
)
from tests.wall import Wall

WIRE = Anthropic()
WHERE = endpoint("anthropic")
Json = dict[str, Any]


def body(asked: Request, where: Any = WHERE) -> Json:
    found: Json = json.loads(WIRE.encode(where, asked).body)
    return found


def event(kind: str, **fields: Any) -> bytes:
    data = json.dumps({"type": kind, **fields})
    return f"event: {kind}\ndata: {data}\n\n".encode()


def stream(*pieces: bytes) -> list[Event]:
    decoder = WIRE.decoder(True)
    found = [event for piece in pieces for event in decoder.feed(piece)]
    return found + decoder.finish()


START = event(
    "message_start",
    message={"id": "m1", "model": "claude", "usage": {"input_tokens": 5, "output_tokens": 1}},
)
WORD = event("content_block_delta", index=0, delta={"type": "text_delta", "text": "a"})
END = event("message_delta", delta={"stop_reason": "end_turn"}, usage={"output_tokens": 9})
STOP = event("message_stop")


def test_the_conversation_is_reshaped() -> None:
    sent = body(full_request())
    assert sent["system"] == [
        {"type": "text", "text": "CNRYsystem"},
        {"type": "text", "text": "CNRYdeveloper"},
    ]
    assert [turn["role"] for turn in sent["messages"]] == ["user", "assistant", "user"]
    assert sent["messages"][0]["content"][1]["source"] == {
        "type": "base64",
        "media_type": "image/png",
        "data": "iVBORw0KGgo=",
    }
    assert sent["messages"][1]["content"][1] == {
        "type": "tool_use",
        "id": "CNRYcallid",
        "name": "CNRYtool",
        "input": {"q": "CNRYarguments"},
    }
    assert sent["messages"][2]["content"] == [
        {
            "type": "tool_result",
            "tool_use_id": "CNRYcallid",
            "content": [{"type": "text", "text": "CNRYresult"}],
        },
        {"type": "text", "text": "CNRYlast"},
    ]
    assert sent["tool_choice"] == {"type": "tool", "name": "CNRYtool"}
    assert sent["tools"][0]["input_schema"]["description"] == "CNRYparameters"
    assert sent["stop_sequences"] == ["CNRYstop"]
    assert sent["max_tokens"] == 77


def test_the_version_travels_with_it() -> None:
    assert WIRE.encode(WHERE, request()).headers == (("anthropic-version", "2023-06-01"),)


def test_an_answer_always_has_a_bound() -> None:
    assert body(request())["max_tokens"] == DEFAULT_MAX_TOKENS
    assert body(request(), endpoint("anthropic", max_output=99))["max_tokens"] == 99


def test_results_of_several_calls_are_one_turn() -> None:
    results = [
        Message(role=Role.TOOL, parts=(text(f"r{n}"),), tool_call_id=Private(f"c{n}"))
        for n in range(3)
    ]
    sent = body(request(said(Role.USER, "q"), *results))
    assert len(sent["messages"]) == 1
    assert [b["type"] for b in sent["messages"][0]["content"]] == ["text"] + ["tool_result"] * 3


def test_an_image_by_its_address_is_fetched_by_the_provider() -> None:
    picture = Message(role=Role.USER, parts=(Image(Private("https://x.example/a.png")),))
    source = body(request(picture))["messages"][0]["content"][0]["source"]
    assert source == {"type": "url", "url": "https://x.example/a.png"}


@pytest.mark.parametrize("arguments", ["not json", "[1]", '"text"', "{"])
def test_arguments_that_are_no_object_are_kept_in_one(arguments: str) -> None:
    call = ToolCall(Private("c"), Private("f"), Private(arguments))
    sent = body(request(Message(role=Role.ASSISTANT, tool_calls=(call,))))
    assert sent["messages"][0]["content"][0]["input"] == {"arguments": arguments}


@pytest.mark.parametrize(
    ("choice", "parallel", "sent"),
    [
        ('"auto"', None, {"type": "auto"}),
        ('"required"', None, {"type": "any"}),
        ('"none"', False, {"type": "none"}),
        (None, False, {"type": "auto", "disable_parallel_tool_use": True}),
        ('"required"', False, {"type": "any", "disable_parallel_tool_use": True}),
        (None, True, None),
    ],
)
def test_tool_choice(choice: str | None, parallel: bool | None, sent: Json | None) -> None:
    sampling = Sampling(
        tool_choice=Private(choice) if choice else None, parallel_tool_calls=parallel
    )
    asked = request(tools=(Tool(name=Private("f")),), sampling=sampling)
    assert body(asked).get("tool_choice") == sent
    assert body(asked)["tools"] == [{"name": "f", "input_schema": {"type": "object"}}]


@pytest.mark.parametrize(
    ("fields", "names"),
    [
        ({"sampling": Sampling(n=2)}, ("n",)),
        ({"sampling": Sampling(seed=0)}, ("seed",)),
        ({"sampling": Sampling(logprobs=True, top_logprobs=2)}, ("logprobs", "top_logprobs")),
        ({"sampling": Sampling(presence_penalty=0.5)}, ("presence_penalty",)),
        ({"sampling": Sampling(presence_penalty=0.0)}, ()),
        ({"sampling": Sampling(temperature=1.5)}, ("temperature",)),
        ({"sampling": Sampling(temperature=1.0, top_p=0.5)}, ()),
        ({"sampling": Sampling(reasoning_effort="low")}, ("reasoning_effort",)),
        ({"sampling": Sampling(response_format=Private('{"type":"text"}'))}, ()),
        (
            {"sampling": Sampling(response_format=Private('{"type":"json_object"}'))},
            ("response_format",),
        ),
        ({"sampling": Sampling(tool_choice=Private('{"type":"allowed_tools"}'))}, ("tool_choice",)),
        ({"options": (("logit_bias", Private("{}")),)}, ("logit_bias",)),
        ({"options": (("metadata", Private("{}")), ("store", Private("true")))}, ()),
        ({"extras": (("top_k", Private("5")),)}, ()),
        ({"extras": (("whatever", Private("5")),)}, ("whatever",)),
    ],
)
def test_what_it_has_no_word_for_is_named(fields: Json, names: tuple[str, ...]) -> None:
    assert WIRE.unsupported(request(**fields)) == names


@pytest.mark.parametrize(
    ("message", "names"),
    [
        (Message(role=Role.FUNCTION, parts=(text("x"),)), ("messages.role",)),
        (Message(role=Role.USER, name=Private("me")), ("messages.name",)),
        (
            Message(role=Role.USER, parts=(Attachment("file", Private('{"type":"file"}')),)),
            ("messages.file",),
        ),
        (
            Message(role=Role.USER, parts=(Image(Private("data:image/svg+xml,<svg/>")),)),
            ("messages.image_url",),
        ),
        (Message(role=Role.SYSTEM, parts=(Image(Private(PIXEL)),)), ("messages.content",)),
    ],
)
def test_parts_it_has_no_word_for_are_named(message: Message, names: tuple[str, ...]) -> None:
    assert WIRE.unsupported(request(message)) == names


def test_native_fields_pass() -> None:
    asked = request(extras=(("thinking", Private('{"type":"enabled"}')),), user=Private("u1"))
    sent = body(asked)
    assert sent["thinking"] == {"type": "enabled"}
    assert sent["metadata"] == {"user_id": "u1"}


def test_a_refusal_of_an_earlier_turn_is_text() -> None:
    part = Attachment("refusal", Private('{"type":"refusal","refusal":"no"}'))
    sent = body(request(Message(role=Role.ASSISTANT, parts=(part,))))
    assert sent["messages"][0]["content"] == [{"type": "text", "text": "no"}]


# Answers


def test_a_stream_becomes_events() -> None:
    events = stream(START, event("ping"), WORD, WORD, END, STOP)
    assert events[0] == Opened("m1", "claude")
    assert words(events) == "aa"
    assert finishes(events) == ["stop"]
    assert events[-1] == Usage(5, 9)


@pytest.mark.parametrize("pieces", [(), (START,), (START, WORD), (START, WORD, END)])
def test_without_message_stop_nothing_ended(pieces: tuple[bytes, ...]) -> None:
    decoder = WIRE.decoder(True)
    found = [event for piece in pieces for event in decoder.feed(piece)]
    assert finishes(found) == []
    with pytest.raises(StreamBroken):
        decoder.finish()


def test_a_stop_without_a_reason_is_broken() -> None:
    with pytest.raises(StreamBroken):
        stream(START, WORD, STOP)


@pytest.mark.parametrize(
    ("said_reason", "reason"),
    [
        ("max_tokens", "length"),
        ("stop_sequence", "stop"),
        ("tool_use", "tool_calls"),
        ("refusal", "content_filter"),
    ],
)
def test_stop_reasons(said_reason: str, reason: str) -> None:
    end = event("message_delta", delta={"stop_reason": said_reason})
    assert finishes(stream(START, WORD, end, STOP)) == [reason]


def test_tools_and_thinking() -> None:
    def start(index: int, **block: Any) -> bytes:
        return event("content_block_start", index=index, content_block=block)

    def piece(index: int, **delta: Any) -> bytes:
        return event("content_block_delta", index=index, delta=delta)

    events = stream(
        START,
        start(0, type="thinking", thinking=""),
        piece(0, type="thinking_delta", thinking="hm"),
        piece(0, type="signature_delta", signature="xyz"),
        start(1, type="tool_use", id="t1", name="f", input={}),
        piece(1, type="input_json_delta", partial_json=""),
        piece(1, type="input_json_delta", partial_json='{"a":1}'),
        event("content_block_stop", index=1),
        start(2, type="tool_use", id="t2", name="g", input={}),
        event("content_block_stop", index=2),
        event("message_delta", delta={"stop_reason": "tool_use"}),
        STOP,
    )
    assert [e.reasoning for e in events if isinstance(e, Delta) and e.reasoning] == ["hm"]
    calls = [c for e in events if isinstance(e, Delta) for c in e.tool_calls]
    assert [(c.index, c.id, c.name, c.arguments) for c in calls] == [
        (0, "t1", "f", ""),
        (0, None, None, '{"a":1}'),
        (1, "t2", "g", ""),
        (1, None, None, "{}"),
    ]


def test_cached_tokens_are_part_of_the_prompt() -> None:
    counted = {
        "input_tokens": 5,
        "cache_read_input_tokens": 100,
        "cache_creation_input_tokens": 20,
        "output_tokens": 3,
    }
    end = event("message_delta", delta={"stop_reason": "end_turn"}, usage=counted)
    assert usages(stream(START, WORD, end, STOP)) == [Usage(125, 3, cached=100, cache_write=20)]


@pytest.mark.parametrize(
    "usage", [{"output_tokens": -1}, {"input_tokens": "x"}, {"output_tokens": None}]
)
def test_a_usage_that_cannot_be_true_is_dropped(usage: Json) -> None:
    end = event("message_delta", delta={"stop_reason": "end_turn"}, usage=usage)
    assert usages(stream(START, WORD, end, STOP)) == []


def test_an_error_event() -> None:
    error = event("error", error={"type": "overloaded_error", "message": "secret"})
    with pytest.raises(UpstreamStatus) as refused:
        stream(START, error)
    assert (refused.value.status, refused.value.kind) == (529, "overloaded_error")
    with pytest.raises(StreamBroken) as broken:
        stream(START, WORD, error)
    assert broken.value.reason == "stream_error_event"


@pytest.mark.parametrize(
    ("document", "error"),
    [
        (b"{", MalformedAnswer),
        (b"{}", StreamBroken),
        (b'{"content":[{"type":"text","text":"a"}],"stop_reason":null}', StreamBroken),
        (b'{"type":"error","error":{"type":"rate_limit_error"}}', UpstreamStatus),
    ],
)
def test_what_is_no_whole_message(document: bytes, error: type[AttemptFailed]) -> None:
    decoder = WIRE.decoder(False)
    decoder.feed(document)
    with pytest.raises(error):
        decoder.finish()


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize(
    ("model", "reason"),
    [
        ("ok", "stop"),
        ("tool=2", "tool_calls"),
        ("length", "length"),
        ("refuse", "content_filter"),
        ("split+cached=1", "stop"),
    ],
)
async def test_against_the_wall(model: str, reason: str, stream: bool) -> None:

    async with Wall() as wall:
        where = endpoint("anthropic", base_url=wall.anthropic, model=model)
        upstream = providers.upstream_for(where)
        asked = request(tools=(Tool(name=Private("f")),))
        events = await answer(upstream, where, asked=asked, stream=stream)
        assert finishes(events) == [reason]
        assert usages(events)
        assert wall.calls[0].header("x-api-key")
        await upstream.close()
