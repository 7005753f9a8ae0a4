"""Decoding a chat request: what is carried, what is refused by name, and that nothing is echoed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gilmok.core.errors import CallerError, InvalidRequest, UnsupportedParameter
from gilmok.core.request import (
    Attachment,
    Image,
    Message,
    Preference,
    Request,
    Role,
    Sampling,
    Target,
    Text,
    Tool,
    ToolCall,
    texts,
)
from gilmok.core.text import Private
from gilmok.surfaces.chat_request import RequestLimits, decode_chat, target
from gilmok.surfaces.chat_wire import OPTIONS

USER = {"role": "user", "content": "안녕"}
SECRET = "900101-1234568"


def body(**fields: Any) -> bytes:
    chat = {"model": "auto", "messages": [USER], **fields}
    return json.dumps(chat, ensure_ascii=False).encode()


def decode(raw: bytes, limits: RequestLimits | None = None) -> Request:
    return decode_chat(
        raw,
        decision_id="dec_1",
        received_at=7,
        deadline=3.5,
        locale="ko",
        limits=limits or RequestLimits(),
        task="order",
    )


def said(*messages: dict[str, Any]) -> tuple[Message, ...]:
    return decode(body(messages=list(messages))).messages


def refused(raw: bytes, limits: RequestLimits | None = None) -> CallerError:
    with pytest.raises(CallerError) as caught:
        decode(raw, limits)
    error = caught.value
    assert error.__context__ is None  # a parser's error may hold the whole document
    assert SECRET not in error.message("en") + error.message("ko") + repr(error)
    return error


def test_the_least_request() -> None:
    assert decode(body()) == Request(
        id="dec_1",
        target=Target(Preference.AUTO),
        messages=(Message(role=Role.USER, parts=(Text(Private("안녕")),)),),
        received_at=7,
        deadline=3.5,
        task="order",
        locale="ko",
    )


def test_every_sampling_parameter() -> None:
    asked = {
        "temperature": 0,
        "top_p": 0.5,
        "max_tokens": 10,
        "n": 128,
        "seed": -9007199254740991,
        "stop": ["끝", "\n"],
        "presence_penalty": -2,
        "frequency_penalty": 2,
        "logprobs": True,
        "top_logprobs": 20,
        "parallel_tool_calls": False,
        "response_format": {"type": "json_object"},
        "reasoning_effort": "minimal",
    }
    assert decode(body(**asked)).sampling == Sampling(
        temperature=0.0,
        top_p=0.5,
        max_tokens=10,
        n=128,
        seed=-9007199254740991,
        stop=(Private("끝"), Private("\n")),
        presence_penalty=-2.0,
        frequency_penalty=2.0,
        logprobs=True,
        top_logprobs=20,
        parallel_tool_calls=False,
        response_format=Private('{"type": "json_object"}'),
        reasoning_effort="minimal",
    )


def test_null_means_not_given() -> None:
    names = ["tools", "tool_choice", "response_format", "n", "seed", "stop", "logprobs"]
    names += ["top_logprobs", "temperature", "top_p", "max_tokens", "max_completion_tokens"]
    names += ["reasoning_effort", "stream", "stream_options", "user", *OPTIONS]
    assert decode(body(**dict.fromkeys(names))) == decode(body())


@pytest.mark.parametrize(
    ("asked", "bound"),
    [
        ({"max_completion_tokens": 5}, 5),
        ({"max_tokens": 9, "max_completion_tokens": 5}, 5),
        ({"max_tokens": 3, "max_completion_tokens": 5}, 3),
        ({"max_tokens": 0, "max_completion_tokens": 0}, 0),
    ],
)
def test_of_two_bounds_the_smaller_holds(asked: dict[str, int], bound: int) -> None:
    assert decode(body(**asked)).sampling.max_tokens == bound


def test_a_single_stop_is_a_string() -> None:
    assert decode(body(stop="끝")).sampling.stop == (Private("끝"),)


@pytest.mark.parametrize(
    ("stream", "options", "include_usage"),
    [
        (True, {"include_usage": True, "include_obfuscation": True}, True),
        (True, {"include_usage": False}, False),
        (True, {}, False),
        (False, {"include_usage": True}, False),  # openai-python's own tests send this
    ],
)
def test_stream_options(stream: bool, options: dict[str, bool], include_usage: bool) -> None:
    request = decode(body(stream=stream, stream_options=options))
    assert (request.stream, request.include_usage) == (stream, include_usage)


@pytest.mark.parametrize("preference", list(Preference))
@pytest.mark.parametrize("prefix", ["", "gilmok/"])
def test_a_preference_is_not_a_name(preference: Preference, prefix: str) -> None:
    assert target(prefix + preference) == Target(preference)


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("gpt-4o-mini", "gpt-4o-mini"),
        ("gilmok/cloud-mini", "cloud-mini"),
        ("meta-llama/Llama-3.1-8B:free", "meta-llama/Llama-3.1-8B:free"),
        ("AUTO", "AUTO"),
    ],
)
def test_anything_else_is_a_name(model: str, name: str) -> None:
    assert target(model) == Target(name=name)


@pytest.mark.parametrize("model", ["", "gilmok/", "a\nb", "\x00", "x" * 257])
def test_a_model_that_cannot_be_one(model: str) -> None:
    assert refused(body(model=model)).param == "model"


def test_every_kind_of_part() -> None:
    audio = {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}}
    file = {"type": "file", "file": {"file_data": "data:,x", "filename": "a.pdf"}}
    (message,) = said(
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "하나"},
                {"type": "image_url", "image_url": {"url": "data:x", "detail": "low"}},
                {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}},
                {**audio, "cache_control": {"type": "ephemeral"}},
                file,
            ],
            "name": "우주",
        }
    )
    assert message.name == Private("우주")
    text, low, plain, heard, read = message.parts
    assert text == Text(Private("하나"))
    assert low == Image(Private("data:x"), "low")
    assert plain == Image(Private("https://example.org/a.png"))
    for part, sent in ((heard, audio), (read, file)):
        assert isinstance(part, Attachment)
        assert part.kind == sent["type"]
        assert json.loads(part.payload.reveal()) == sent


def test_a_conversation_with_tools() -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": '{"a":1}'}}
    system, developer, assistant, tool = said(
        {"role": "system", "content": "s"},
        {"role": "developer", "content": [{"type": "text", "text": "d"}]},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "content": "42", "tool_call_id": "c1"},
    )
    assert (system.role, developer.role) == (Role.SYSTEM, Role.DEVELOPER)
    assert assistant == Message(
        role=Role.ASSISTANT,
        tool_calls=(ToolCall(Private("c1"), Private("f"), Private('{"a":1}')),),
    )
    assert tool == Message(role=Role.TOOL, parts=(Text(Private("42")),), tool_call_id=Private("c1"))


def test_an_answer_sent_back_as_the_sdk_dumps_it() -> None:
    dumped: dict[str, Any] = {
        "role": "assistant",
        "content": "네",
        "refusal": None,
        "annotations": [],
    }
    dumped |= {"audio": None, "function_call": None, "tool_calls": None, "reasoning_content": "음"}
    (message,) = said(dumped)
    assert message == Message(role=Role.ASSISTANT, parts=(Text(Private("네")),))


def test_a_refusal_sent_back() -> None:
    (message,) = said({"role": "assistant", "content": None, "refusal": "아니요"})
    (part,) = message.parts
    assert isinstance(part, Attachment)
    assert json.loads(part.payload.reveal()) == {"type": "refusal", "refusal": "아니요"}


def test_tools_and_tool_choice() -> None:
    parameters = {"type": "object", "properties": {"a": {"type": "string"}}}
    function = {"name": "f", "description": "d", "parameters": parameters, "strict": True}
    choice = {"type": "function", "function": {"name": "f"}}
    tools = [{"type": "function", "function": function}]
    request = decode(body(tools=tools, tool_choice=choice))
    (tool,) = request.tools
    assert tool.parameters is not None
    assert json.loads(tool.parameters.reveal()) == parameters
    assert tool == Tool(
        name=Private("f"), description=Private("d"), parameters=tool.parameters, strict=True
    )
    assert request.sampling.tool_choice is not None
    assert json.loads(request.sampling.tool_choice.reveal()) == choice
    assert decode(body(tools=tools, tool_choice="auto")).sampling.tool_choice == Private('"auto"')


def test_a_choice_without_tools_says_nothing() -> None:
    assert decode(body(tool_choice="none")).sampling.tool_choice is None
    assert refused(body(tool_choice="required")).param == "tool_choice"


def test_plain_text_is_no_special_format() -> None:
    assert decode(body(response_format={"type": "text"})).sampling.response_format is None


OPTION_VALUES: dict[str, Any] = {
    "audio": {"format": "wav", "voice": "alloy"},
    "function_call": "none",
    "functions": [{"name": "name", "parameters": {"foo": "bar"}}],
    "logit_bias": {"foo": 0},
    "metadata": {"foo": "한"},
    "modalities": ["text", "audio"],
    "moderation": {"model": "m"},
    "prediction": {"content": "string", "type": "content"},
    "prompt_cache_key": "k",
    "prompt_cache_options": {"mode": "implicit"},
    "prompt_cache_retention": "24h",
    "safety_identifier": "s",
    "service_tier": "auto",
    "store": True,
    "verbosity": "low",
    "web_search_options": {"search_context_size": "low"},
}


def test_documented_parameters_are_carried() -> None:
    assert set(OPTION_VALUES) == set(OPTIONS)
    request = decode(body(**OPTION_VALUES))
    assert request.extras == ()
    assert {n: json.loads(v.reveal()) for n, v in request.options} == OPTION_VALUES


def test_unknown_fields_are_kept_apart_in_their_order() -> None:
    request = decode(body(zebra={"a": [1, "한"]}, top_k=40, gilmok={"zone": "cloud"}, apple=None))
    assert [(n, json.loads(v.reveal())) for n, v in request.extras] == [
        ("zebra", {"a": [1, "한"]}),
        ("top_k", 40),
        ("gilmok", {"zone": "cloud"}),
        ("apple", None),
    ]
    assert request.options == ()


@pytest.mark.parametrize("field", ["metadata", "tools", "unknown", "response_format", "file"])
def test_escapes_cannot_hide_text_from_inspection(field: str) -> None:
    name = "홍길동의 번호"
    values: dict[str, dict[str, Any]] = {
        "metadata": {"metadata": {"k": name}},
        "tools": {
            "tools": [{"type": "function", "function": {"name": "f", "parameters": {"d": name}}}]
        },
        "unknown": {"mystery": [name]},
        "response_format": {
            "response_format": {"type": "json_schema", "json_schema": {"name": name}}
        },
        "file": {
            "messages": [
                {"role": "user", "content": [{"type": "file", "file": {"filename": name}}]}
            ]
        },
    }
    escaped = json.dumps({"model": "auto", "messages": [USER], **values[field]}).encode()
    assert name.encode() not in escaped
    assert any(name in ref.text.reveal() for ref in texts(decode(escaped)))


CUSTOM = {"type": "custom", "custom": {"name": "c"}}
CALL = {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}
FUNCTION = {"type": "function", "function": {"name": "f"}}


@pytest.mark.parametrize(
    ("fields", "param", "type_"),
    [
        ({"messages": None}, "messages", InvalidRequest),
        ({"messages": []}, "messages", InvalidRequest),
        ({"messages": [SECRET]}, "messages[0]", InvalidRequest),
        ({"messages": [USER, {"content": "x"}]}, "messages[1].role", InvalidRequest),
        ({"messages": [{"role": SECRET, "content": "x"}]}, "messages[0].role", InvalidRequest),
        ({"messages": [{"role": "user"}]}, "messages[0].content", InvalidRequest),
        ({"messages": [{"role": "user", "content": None}]}, "messages[0].content", InvalidRequest),
        ({"messages": [{"role": "user", "content": []}]}, "messages[0].content", InvalidRequest),
        ({"messages": [{"role": "user", "content": 5}]}, "messages[0].content", InvalidRequest),
        (
            {"messages": [USER, {"role": "user", "content": [{"type": SECRET}]}]},
            "messages[1].content[0].type",
            InvalidRequest,
        ),
        (
            {"messages": [{"role": "user", "content": [{"text": SECRET}]}]},
            "messages[0].content[0].type",
            InvalidRequest,
        ),
        (
            {"messages": [{"role": "user", "content": [{"type": "text"}]}]},
            "messages[0].content[0].text",
            InvalidRequest,
        ),
        (
            {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": "u"}]}]},
            "messages[0].content[0].image_url",
            InvalidRequest,
        ),
        (
            {
                "messages": [
                    {
                        "role": "user",
                        "content": [
                            {"type": "image_url", "image_url": {"url": "data:,u", "detail": SECRET}}
                        ],
                    }
                ]
            },
            "messages[0].content[0].image_url.detail",
            InvalidRequest,
        ),
        ({"messages": [{"role": "tool", "content": "x"}]}, "messages[0].tool_call_id", None),
        ({"messages": [{"role": "function", "content": "x"}]}, "messages[0].name", None),
        (
            {"messages": [{"role": "assistant", "function_call": {"name": "f"}}]},
            "messages[0].function_call",
            UnsupportedParameter,
        ),
        (
            {"messages": [{"role": "assistant", "audio": {"id": "a"}}]},
            "messages[0].audio",
            UnsupportedParameter,
        ),
        (
            {"messages": [{"role": "assistant", "tool_calls": [CALL, {"id": "x", **CUSTOM}]}]},
            "messages[0].tool_calls[1].type",
            UnsupportedParameter,
        ),
        (
            {"messages": [{"role": "assistant", "tool_calls": [{"id": "x"}]}]},
            "messages[0].tool_calls[0].function",
            InvalidRequest,
        ),
        (
            {"messages": [{"role": "assistant", "tool_calls": [{"function": {}}]}]},
            "messages[0].tool_calls[0].function.name",
            InvalidRequest,
        ),
        ({"tools": [FUNCTION, CUSTOM]}, "tools[1].type", UnsupportedParameter),
        ({"tools": [{"type": SECRET}]}, "tools[0].type", UnsupportedParameter),
        ({"tools": [{"type": "function"}]}, "tools[0].function", InvalidRequest),
        ({"tools": [{"function": {"name": "f"}}]}, "tools[0].type", InvalidRequest),
        (
            {"tools": [{"type": "function", "function": {"name": ""}}]},
            "tools[0].function.name",
            InvalidRequest,
        ),
        (
            {"tools": [{"type": "function", "function": {"name": "f", "parameters": [SECRET]}}]},
            "tools[0].function.parameters",
            InvalidRequest,
        ),
        ({"tools": [FUNCTION], "tool_choice": SECRET}, "tool_choice", InvalidRequest),
        ({"tools": [FUNCTION], "tool_choice": [1]}, "tool_choice", InvalidRequest),
        ({"tools": [FUNCTION], "tool_choice": {}}, "tool_choice.type", InvalidRequest),
        ({"tools": [FUNCTION], "tool_choice": CUSTOM}, "tool_choice.type", UnsupportedParameter),
        ({"response_format": "json"}, "response_format", InvalidRequest),
        ({"response_format": {"type": SECRET}}, "response_format.type", InvalidRequest),
        (
            {"response_format": {"type": "json_schema"}},
            "response_format.json_schema",
            InvalidRequest,
        ),
        ({"functions": [{"name": "f"}]}, "functions", UnsupportedParameter),
        ({"functions": [{}], "function_call": "auto"}, "functions", UnsupportedParameter),
        ({"n": 0}, "n", InvalidRequest),
        ({"n": 129}, "n", InvalidRequest),
        ({"n": 1.5}, "n", InvalidRequest),
        ({"n": True}, "n", InvalidRequest),
        ({"n": "1"}, "n", InvalidRequest),
        ({"seed": 2**63}, "seed", InvalidRequest),
        ({"seed": 10**400}, "seed", InvalidRequest),
        ({"temperature": 2.1}, "temperature", InvalidRequest),
        ({"temperature": -0.1}, "temperature", InvalidRequest),
        ({"top_p": 1.1}, "top_p", InvalidRequest),
        ({"presence_penalty": 3}, "presence_penalty", InvalidRequest),
        ({"frequency_penalty": -3}, "frequency_penalty", InvalidRequest),
        ({"max_tokens": -1}, "max_tokens", InvalidRequest),
        ({"max_completion_tokens": 2**31}, "max_completion_tokens", InvalidRequest),
        ({"top_logprobs": 21, "logprobs": True}, "top_logprobs", InvalidRequest),
        ({"top_logprobs": 2}, "top_logprobs", InvalidRequest),
        ({"reasoning_effort": SECRET}, "reasoning_effort", InvalidRequest),
        ({"stop": [1]}, "stop[0]", InvalidRequest),
        ({"stop": {"a": 1}}, "stop", InvalidRequest),
        ({"stop": list("abcde")}, "stop", InvalidRequest),
        ({"stream": "true"}, "stream", InvalidRequest),
        ({"stream_options": []}, "stream_options", InvalidRequest),
        ({"stream_options": {"include_usage": 1}}, "stream_options.include_usage", None),
        ({"user": 5}, "user", InvalidRequest),
        ({"model": None}, "model", InvalidRequest),
        ({"model": 5}, "model", InvalidRequest),
        ({f"u{i}": i for i in range(33)}, "body", InvalidRequest),
    ],
)
def test_refused_by_name(
    fields: dict[str, Any], param: str, type_: type[CallerError] | None
) -> None:
    error = refused(body(**fields))
    assert error.param == param
    assert type(error) is (type_ or InvalidRequest)
    assert error.status == 400


def test_counts_are_bounded() -> None:
    limits = RequestLimits(messages=2, tools=1, parts=2, tool_calls=2)
    assert refused(body(messages=[USER, USER, USER]), limits).param == "messages"
    words = {"role": "user", "content": [{"type": "text", "text": "a"}] * 2}
    assert refused(body(messages=[words, words]), limits).param == "messages.content"
    call = {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    calls = {"role": "assistant", "tool_calls": [call] * 3}
    assert refused(body(messages=[USER, calls]), limits).param == "messages.tool_calls"
    assert refused(body(tools=[FUNCTION, FUNCTION]), limits).param == "tools"


def deep(levels: int) -> bytes:
    return b"[" * levels + b"]" * levels


M = b'"model":"auto","messages":[{"role":"user","content":"x"}]'


@pytest.mark.parametrize(
    ("raw", "param", "reason"),
    [
        (b"", "body", "ends too early"),
        (b"{" + M, "body", "ends too early"),
        (b"{" + M + b"} x", "body", "not valid JSON (byte"),
        (b"[]", "body", "must be an object, not a list"),
        (b"null", "body", "must be an object, not null"),
        (b"{}", "model", "is required"),
        (b'\xef\xbb\xbf{"model":"a"}', "body", "not valid JSON (byte 0)"),
        (b'{"temperature":NaN,' + M + b"}", "body", "not valid JSON (byte"),
        (b'{"x":[Infinity],' + M + b"}", "body", "not valid JSON (byte"),
        (b'{"user":"\xff",' + M + b"}", "body", "UTF-8"),
        (b'{"x":{"\xed\xa0\x80":1},' + M + b"}", "body", "UTF-8"),
        (b'{"metadata":"\xff",' + M + b"}", "body", "UTF-8"),
        (b'{"user":"\\ud800",' + M + b"}", "body", "not valid JSON"),
        (b'{"x":"\\udc00",' + M + b"}", "body", "not valid JSON"),
        (b'{"x":' + b"9" * 5000 + b"," + M + b"}", "body", "number that is too large"),
        (b'{"seed":' + b"9" * 5000 + b"," + M + b"}", "seed", "number that is too large"),
        (b'{"x":{"a":1e999},' + M + b"}", "body", "number that is too large"),
        (b'{"x":' + deep(100_000) + b"," + M + b"}", "body", "nested deeper"),
        (b'{"x":' + deep(129) + b"," + M + b"}", "body", "nested deeper"),
        (b'{"metadata":' + deep(129) + b"," + M + b"}", "metadata", "nested deeper"),
        (deep(100_000), "body", "must be an object, not a list"),
        (b'{"model":"b",' + M + b"}", "body", "same field twice"),
        (b'{"m\\u006fdel":"b",' + M + b"}", "body", "same field twice"),
        (b'{"x":[{"a":1,"a":2}],' + M + b"}", "body", "same field twice"),
        (b'{"x":{"\\u0022":1,"\\"":"\\\\u0022"},' + M + b"}", "body", "same field twice"),
        (b'{"metadata":{"a":1,"b":2,"a":1},' + M + b"}", "body", "same field twice"),
    ],
)
def test_documents_that_two_readers_could_read_differently(
    raw: bytes, param: str, reason: str
) -> None:
    error = refused(raw)
    assert error.param == param
    assert reason in error.message("en")


@pytest.mark.parametrize("levels", [1, 100, 128])
def test_deep_enough(levels: int) -> None:
    (extra,) = decode(b'{"x":' + deep(levels) + b"," + M + b"}").extras
    assert extra[1].reveal() == deep(levels).decode()


def test_many_brackets_are_not_depth() -> None:
    assert decode(body(metadata=[[[]]] * 500, x=[{}] * 500)).extras[0][0] == "x"


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)
NAMES = [
    *("model", "messages", "tools", "tool_choice", "response_format", "n", "seed", "stop"),
    *("logprobs", "top_logprobs", "temperature", "max_tokens", "stream", "stream_options"),
    *("user", "functions", "function_call", "metadata", "modalities", "?"),
]
INNER = [
    *("role", "content", "type", "text", "image_url", "url", "detail", "file", "refusal", "name"),
    *("tool_calls", "tool_call_id", "id", "function", "arguments", "parameters", "strict"),
]
WORDS = st.sampled_from(
    [
        *("user", "assistant", "tool", "system", "text", "image_url", "file", "function"),
        *("json_object", "required", "custom", "input_audio", "refusal", "auto"),
    ]
)
NEAR = st.recursive(
    WORDS | JSON,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(INNER), inner, max_size=5)
    ),
    max_leaves=20,
)


def only_caller_errors(raw: bytes) -> Request | None:
    """The request or None; any other exception fails the test."""
    failure: CallerError
    try:
        return decode(raw)
    except CallerError as error:
        failure = error
    assert failure.__context__ is None
    assert failure.status == 400
    assert failure.param
    return None


@given(st.binary(max_size=200))
def test_any_bytes_are_decoded_or_refused(raw: bytes) -> None:
    only_caller_errors(raw)


@given(JSON)
def test_any_json_is_decoded_or_refused(value: object) -> None:
    only_caller_errors(json.dumps(value).encode())


@settings(max_examples=200)
@given(st.dictionaries(st.sampled_from(NAMES), NEAR, max_size=5), st.booleans())
def test_nearly_right_requests_are_decoded_or_refused(
    fields: dict[str, object], ascii_only: bool
) -> None:
    chat = {"model": "auto", "messages": [USER], **fields}
    only_caller_errors(json.dumps(chat, ensure_ascii=ascii_only).encode())


@given(st.dictionaries(st.text(max_size=6), JSON, max_size=4), st.booleans())
def test_no_document_without_repeated_names_is_taken_for_one(
    value: dict[str, object], ascii_only: bool
) -> None:
    chat = {"model": "auto", "messages": [USER], "metadata": value, "x": value}
    request = only_caller_errors(json.dumps(chat, ensure_ascii=ascii_only).encode())
    assert request is not None
    assert json.loads(request.extras[0][1].reveal()) == value
    assert json.loads(request.options[0][1].reveal()) == value


@given(st.text(max_size=4), JSON, st.booleans())
def test_every_repeated_name_is_noticed(name: str, value: object, ascii_only: bool) -> None:
    key, member = (json.dumps(v, ensure_ascii=ascii_only).encode() for v in (name, value))
    raw = b'{"x":{%b:%b,%b:0},%b}' % (key, member, key, M)
    assert "same field twice" in refused(raw).message("en")


@given(st.text(max_size=40), st.sampled_from(["role", "type", "detail", "reasoning_effort"]))
def test_enumerated_values_are_never_echoed(word: str, field: str) -> None:
    value = f"{SECRET}{word}"
    part: dict[str, Any] = {"type": "image_url", "image_url": {"url": "data:,u"}}
    message: dict[str, Any] = {"role": "user", "content": [part]}
    chat: dict[str, Any] = {"model": "auto", "messages": [message]}
    holder = {"role": message, "type": part, "detail": part["image_url"]}.get(field, chat)
    holder[field] = value
    refused(json.dumps(chat).encode())
