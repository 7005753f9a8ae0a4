"""The OpenAI wire: what goes out, and every way an answer may come in."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gilmok.core.completion import Delta, Event, Opened, Usage
from gilmok.core.errors import (
    AttemptFailed,
    InvalidRequest,
    MalformedAnswer,
    StreamBroken,
    UpstreamStatus,
)
from gilmok.core.request import Image, Message, Role, Sampling, Text, Tool
from gilmok.core.text import Private
from gilmok.providers.openai import OpenAI
from tests.unit.providers.samples import (
    PIXEL,
    endpoint,
    finishes,
    full_request,
    omitting,
    request,
    said,
    text,
    usages,
    words,
)

WIRE = OpenAI()
Json = dict[str, Any]


def body(where: Any = None, **fields: Any) -> Json:
    found: Json = json.loads(WIRE.encode(where or endpoint(model="m-1"), request(**fields)).body)
    return found


def chunk(delta: Json | None = None, finish: str | None = None, **fields: Any) -> bytes:
    choice = {"index": 0, "delta": delta or {}, "finish_reason": finish}
    whole = {"id": "c1", "model": "m", "choices": [choice], **fields}
    return b"data: " + json.dumps(whole).encode() + b"\n\n"


def stream(*pieces: bytes) -> list[Event]:
    decoder = WIRE.decoder(True)
    found = [event for piece in pieces for event in decoder.feed(piece)]
    return found + decoder.finish()


def whole(answer: object) -> list[Event]:
    decoder = WIRE.decoder(False)
    return decoder.feed(json.dumps(answer).encode()) + decoder.finish()


STOP = chunk({}, "stop")


def test_a_small_request_is_small() -> None:
    assert body() == {"model": "m-1", "messages": [{"role": "user", "content": "hello"}]}


def test_a_stream_always_asks_for_its_usage() -> None:
    sent = body(stream=True)
    assert sent["stream"] is True
    assert sent["stream_options"] == {"include_usage": True}


def test_everything_has_its_place() -> None:
    sent: Json = json.loads(WIRE.encode(endpoint(), full_request()).body)
    assert sent["messages"][2]["content"] == [
        {"type": "text", "text": "CNRYuser"},
        {"type": "image_url", "image_url": {"url": PIXEL, "detail": "low"}},
        {"type": "text", "text": "CNRY둘째"},
    ]
    call = {"name": "CNRYtool", "arguments": '{"q":"CNRYarguments"}'}
    assert sent["messages"][3]["tool_calls"] == [
        {"id": "CNRYcallid", "type": "function", "function": call}
    ]
    assert sent["messages"][4] == {
        "role": "tool",
        "content": "CNRYresult",
        "tool_call_id": "CNRYcallid",
    }
    assert sent["tools"][0]["function"]["parameters"]["description"] == "CNRYparameters"
    assert sent["response_format"]["json_schema"]["schema"] == {"title": "CNRYschema"}
    assert sent["max_tokens"] == 77
    assert sent["stop"] == "CNRYstop"
    assert sent["prediction"] == {"content": "CNRYprediction"}
    assert sent["CNRYfield"] == "CNRYextra"
    assert "n" not in sent


def test_a_row_names_the_bound_and_what_it_refuses() -> None:
    where = omitting(
        endpoint(), "seed", "developer", "name", "user", "stream_options", max_tokens_field="limit"
    )
    message = Message(role=Role.DEVELOPER, parts=(text("x"),), name=Private("me"))
    sampling = Sampling(seed=1, max_tokens=5)
    asked = request(message, sampling=sampling, user=Private("u"), stream=True)
    sent: Json = json.loads(WIRE.encode(where, asked).body)
    assert sent == {
        "model": "ok",
        "messages": [{"role": "system", "content": "x"}],
        "limit": 5,
        "stream": True,
    }


@pytest.mark.parametrize(
    ("asked", "sent"),
    [
        ({"type": "json_object"}, {"type": "json_object", "schema": {"type": "object"}}),
        ({"type": "text"}, {"type": "text"}),
        ({"type": "json_schema", "json_schema": {"name": "n"}},) * 2,
    ],
)
def test_where_json_without_a_schema_binds_nothing_a_schema_goes_along(
    asked: Json, sent: Json
) -> None:
    sampling = Sampling(response_format=Private(json.dumps(asked)))
    assert (
        body(omitting(endpoint(), json_by_schema=True), sampling=sampling)["response_format"]
        == sent
    )
    assert body(sampling=sampling)["response_format"] == asked


@pytest.mark.parametrize("name", ["model", "messages", "stream", "stream_options", "tools", "user"])
def test_an_unknown_field_never_replaces_a_known_one(name: str) -> None:
    assert body(extras=((name, Private('"evil"')),)).get(name) != "evil"


def test_a_text_that_only_looks_like_json_is_refused() -> None:
    with pytest.raises(InvalidRequest) as refused:
        body(extras=(("x", Private('1,"model":"other"')),))
    assert "other" not in str(refused.value)


def test_tools_without_parameters_and_with_strict() -> None:
    sent = body(tools=(Tool(name=Private("t"), strict=True),))
    assert sent["tools"] == [{"type": "function", "function": {"name": "t", "strict": True}}]


def test_an_assistant_that_only_called_has_no_content() -> None:
    asked = full_request().messages[3]
    silent = Message(role=Role.ASSISTANT, tool_calls=asked.tool_calls)
    sent: Json = json.loads(WIRE.encode(endpoint(), request(silent)).body)
    assert sent["messages"][0]["content"] is None


def test_an_image_alone_is_a_list() -> None:
    sent: Json = json.loads(
        WIRE.encode(
            endpoint(), request(Message(role=Role.USER, parts=(Image(Private(PIXEL)),)))
        ).body
    )
    assert sent["messages"][0]["content"][0]["type"] == "image_url"
    assert isinstance(full_request().messages[0].parts[0], Text)


def test_answers_that_have_no_noun_are_unsupported() -> None:
    asked = request(
        options=(("functions", Private("[]")), ("modalities", Private('["text","audio"]')))
    )
    assert WIRE.unsupported(asked) == ("functions", "modalities")
    assert WIRE.unsupported(request(options=(("modalities", Private('["text"]')),))) == ()


# Streams


def test_a_stream_becomes_events() -> None:
    events = stream(
        chunk({"role": "assistant", "content": ""}, system_fingerprint="fp"),
        chunk({"content": "안"}) + chunk({"content": "녕"}),
        STOP,
        b'data: {"id":"c1","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2,'
        b'"total_tokens":5,"prompt_tokens_details":{"cached_tokens":1}}}\n\n',
        b"data: [DONE]\n\n",
    )
    assert events[0] == Opened("c1", "m", "fp")
    assert words(events) == "안녕"
    assert finishes(events) == ["stop"]
    assert events[-1] == Usage(3, 2, cached=1)


def test_nothing_is_read_after_done() -> None:
    events = stream(chunk({"content": "a"}), STOP, b"data: [DONE]\n\n", chunk({"content": "b"}))
    assert words(events) == "a"


@pytest.mark.parametrize(
    "pieces",
    [
        (),
        (b"data: [DONE]\n\n",),
        (chunk({"content": "a"}),),
        (chunk({"content": "a"}), b"data: [DONE]\n\n"),
        (chunk({"content": "a"}), chunk({}, "")),
        (
            STOP,
            b'data: {"choices":[{"index":1,"delta":{"content":"x"},"finish_reason":null}]}\n\n',
        ),
        (chunk({"content": "a"}), chunk({}, "insufficient_system_resource")),
        (chunk({"content": "a"}), chunk({}, "error")),
    ],
)
def test_an_end_without_a_finish_reason_for_every_choice_is_broken(
    pieces: tuple[bytes, ...],
) -> None:
    with pytest.raises(StreamBroken):
        stream(*pieces)


def test_done_may_be_missing_after_the_finish_reason() -> None:
    assert finishes(stream(chunk({"content": "a"}), STOP)) == ["stop"]


def test_one_bad_line_is_skipped_and_a_row_of_them_is_not() -> None:
    bad = b"data: {nonsense\n\n"
    decoder = WIRE.decoder(True)
    found = decoder.feed(bad + chunk({"content": "a"}) + bad * 3 + chunk({"content": "b"}) + STOP)
    assert words(found + decoder.finish()) == "ab"
    assert decoder.bad_lines == 4  # type: ignore[attr-defined]
    with pytest.raises(MalformedAnswer):
        stream(chunk({"content": "a"}), bad * 4, STOP)


def test_an_error_before_the_first_word_is_a_refusal() -> None:
    with pytest.raises(UpstreamStatus) as refused:
        stream(b'data: {"error":{"message":"secret words","type":"server_error"}}\n\n')
    assert (refused.value.status, refused.value.kind) == (500, "server_error")
    with pytest.raises(UpstreamStatus, match="429"):
        stream(b'data: {"error":{"message":"x","code":429}}\n\n')
    with pytest.raises(StreamBroken) as broken:
        stream(b'data: {"error":"?"}\n\n')
    assert broken.value.reason == "stream_error_event"


def test_an_error_after_the_first_word_breaks_the_stream_and_loses_no_word() -> None:
    decoder = WIRE.decoder(True)
    found = decoder.feed(chunk({"content": "a"}) + b'data: {"error":{"code":429}}\n\n')
    assert words(found) == "a"
    assert decoder.done
    with pytest.raises(StreamBroken) as broken:
        decoder.finish()
    assert broken.value.reason == "stream_error_event"


@pytest.mark.parametrize(
    "usage",
    [
        {"prompt_tokens": -1, "completion_tokens": 2},
        {"prompt_tokens": 1, "completion_tokens": 10**12},
        {"prompt_tokens": 9, "completion_tokens": 2, "total_tokens": 1},
        {"prompt_tokens": 0, "completion_tokens": 0},
        {"prompt_tokens": "many", "completion_tokens": 2},
        {"prompt_tokens": None, "completion_tokens": 2},
        {"prompt_tokens": 1.5, "completion_tokens": 2},
        {"prompt_tokens": True, "completion_tokens": 2},
        {},
        "text",
        [],
        7,
    ],
)
def test_a_usage_that_cannot_be_true_is_dropped_and_the_words_are_kept(usage: object) -> None:
    events = stream(chunk({"content": "a"}), chunk({}, "stop", usage=usage))
    assert usages(events) == []
    assert words(events) == "a"


def test_tool_calls_come_in_pieces() -> None:
    def piece(**call: Any) -> bytes:
        return chunk({"tool_calls": [call]})

    events = stream(
        piece(index=0, id="c", type="function", function={"name": "f", "arguments": ""}),
        piece(index=0, function={"arguments": '{"a":'}),
        piece(index=0, function={"arguments": "1}"}),
        piece(index=1, id="d", function={"name": "g", "arguments": {"b": 2}}),
        chunk({}, "tool_calls"),
    )
    calls = [c for e in events if isinstance(e, Delta) for c in e.tool_calls]
    assert [(c.index, c.id, c.name, c.arguments) for c in calls] == [
        (0, "c", "f", ""),
        (0, None, None, '{"a":'),
        (0, None, None, "1}"),
        (1, "d", "g", '{"b":2}'),
    ]
    assert finishes(events) == ["tool_calls"]


@pytest.mark.parametrize("field", ["reasoning", "reasoning_content"])
def test_thinking_has_two_names(field: str) -> None:
    events = stream(chunk({field: "hm"}), chunk({"content": "a"}), STOP)
    assert [e.reasoning for e in events if isinstance(e, Delta)] == ["hm", None, None]


def test_content_in_pieces_of_its_own() -> None:
    thinking = {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}
    events = stream(chunk({"content": [thinking, {"type": "text", "text": "a"}]}), STOP)
    deltas = [e for e in events if isinstance(e, Delta)]
    assert (deltas[0].content, deltas[0].reasoning) == ("a", "hm")


def test_logprobs_are_kept_as_they_are() -> None:
    found = stream(
        b'data: {"choices":[{"index":0,"delta":{"content":"a"},"logprobs":{"content":[1.5]},'
        b'"finish_reason":"stop"}]}\n\n'
    )
    deltas = [e for e in found if isinstance(e, Delta)]
    assert deltas[0].logprobs is not None
    assert json.loads(bytes(deltas[0].logprobs)) == {"content": [1.5]}


# Whole answers


def test_a_whole_answer() -> None:
    events = whole(
        {
            "id": "c",
            "model": "m",
            "choices": [
                {"index": 0, "message": {"content": "a"}, "finish_reason": "stop"},
                {"index": 1, "message": {"refusal": "no"}, "finish_reason": "length"},
            ],
            "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3},
        }
    )
    assert finishes(events) == ["stop", "length"]
    assert events[-1] == Usage(1, 2)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({"choices": []}, MalformedAnswer),
        ({}, MalformedAnswer),
        ([], MalformedAnswer),
        ("x", MalformedAnswer),
        ({"choices": [{"message": {"content": "a"}, "finish_reason": None}]}, StreamBroken),
        ({"choices": [{"message": {"content": "a"}}]}, StreamBroken),
        ({"error": {"type": "rate_limit_exceeded"}}, UpstreamStatus),
        ({"error": "no"}, StreamBroken),
    ],
)
def test_what_is_no_whole_answer(answer: object, error: type[AttemptFailed]) -> None:
    with pytest.raises(error):
        whole(answer)


# Refusals

DATE = "Sun, 22 Nov 2026 08:00:00 GMT"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after": "7", "retry-after-ms": "250"}, 0.25),
        ({"retry-after": "Sun, 22 Nov 2026 08:00:30 GMT", "date": DATE}, 30.0),
        ({"retry-after": "Sun, 22 Nov 2026 07:00:00 GMT", "date": DATE}, 0.0),
        ({"retry-after": "Sun, 22 Nov 2026 08:00:30 GMT"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-3"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "1e300"}, 86_400.0),
        ({"retry-after": "9" * 5000}, None),
    ],
)
def test_when_to_come_back(headers: dict[str, str], seconds: float | None) -> None:
    assert WIRE.failure(429, headers, b"").retry_after_s == seconds


@pytest.mark.parametrize(
    ("said_body", "kind"),
    [
        (
            b'{"error":{"code":"context_length_exceeded","message":"hong"}}',
            "context_length_exceeded",
        ),
        (b'{"error":{"code":null,"type":"server_error"}}', "server_error"),
        (b'[{"error":{"code":400,"status":"INVALID_ARGUMENT"}}]', ""),
        (b'{"error":{"code":"hongkildong"}}', ""),
        (b'{"error":"text"}', ""),
        (b"[]", ""),
        (b"<html>", ""),
        (b"\xff\xfe", ""),
        (b"", ""),
    ],
)
def test_only_known_words_of_a_refusal_are_kept(said_body: bytes, kind: str) -> None:
    error = WIRE.failure(500, {}, said_body)
    assert (error.status, error.kind) == (500, kind)
    assert "hong" not in repr(error) + str(error.__dict__)


def test_roles_pass_as_they_are() -> None:
    sent: Json = json.loads(
        WIRE.encode(endpoint(), request(said(Role.DEVELOPER, "a"), said(Role.USER, "b", "c"))).body
    )
    assert [m["role"] for m in sent["messages"]] == ["developer", "user"]
    assert [p["text"] for p in sent["messages"][1]["content"]] == ["b", "c"]
