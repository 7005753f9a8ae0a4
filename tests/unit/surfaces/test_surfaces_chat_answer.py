"""Encoding answers: OpenAI's shapes as its own SDK reads them, and endings that are never invented."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from gilmok.core.completion import Delta, Event, FinishReason, Opened, ToolCallDelta, Usage
from gilmok.core.errors import StreamBroken
from gilmok.surfaces import sse
from gilmok.surfaces.chat_stream import ChatStream
from gilmok.surfaces.chat_whole import ChatWhole

STOP = FinishReason.STOP
LOGPROB = {"token": "네", "logprob": -0.5, "bytes": [235, 132, 164], "top_logprobs": []}


def stream_of(**options: Any) -> ChatStream:
    return ChatStream(decision_id="dec_01J", created=1_700_000_000, model="m-1", **options)


def whole_of(events: Sequence[Event], choices: int = 1) -> dict[str, Any]:
    whole = ChatWhole(decision_id="dec_01J", created=1_700_000_000, model="m-1", choices=choices)
    for event in events:
        whole.add(event)
    body = whole.body()
    ChatCompletion.model_validate_json(body, strict=True)
    loaded: dict[str, Any] = json.loads(body)
    return loaded


def documents(raw: bytes) -> list[Any]:
    """The events of a stream as the strictest client would split them: one line each."""
    *events, rest = raw.decode().split("\n\n")
    assert rest == ""
    found: list[Any] = []
    for event in events:
        assert len(event.splitlines()) == 1  # even by Unicode's idea of a line
        data = event.removeprefix("data: ")
        assert data != event
        found.append("[DONE]" if data == "[DONE]" else json.loads(data))
    return found


def sent(events: Sequence[Event], **options: Any) -> list[Any]:
    stream = stream_of(**options)
    found = documents(b"".join([*(stream.encode(e) for e in events), stream.end()]))
    assert found[-1] == "[DONE]"
    for chunk in found[:-1]:
        ChatCompletionChunk.model_validate_json(json.dumps(chunk), strict=True)
    return found[:-1]


def choice(delta: dict[str, Any], finish: str | None = None, index: int = 0) -> dict[str, Any]:
    return {"index": index, "delta": delta, "logprobs": None, "finish_reason": finish}


def choices_sent(events: Sequence[Event], **options: Any) -> list[dict[str, Any]]:
    return [c for chunk in sent([Opened(), *events], **options) for c in chunk["choices"]]


def test_a_stream_word_by_word() -> None:
    events: list[Event] = [Opened(fingerprint="fp_1"), Delta(content="안"), Delta(content="녕\n")]
    chunks = sent([*events, Delta(finish=STOP)])
    head = {
        "id": "chatcmpl-01J",
        "object": "chat.completion.chunk",
        "created": 1_700_000_000,
        "model": "m-1",
        "system_fingerprint": "fp_1",
    }
    assert chunks == [
        {**head, "choices": [choice({"role": "assistant", "content": "안"})]},
        {**head, "choices": [choice({"content": "녕\n"})]},
        {**head, "choices": [choice({}, "stop")]},
    ]


def test_no_fingerprint_is_invented() -> None:
    (chunk, _) = sent([Opened(), Delta(content="x", finish=STOP)])
    assert "system_fingerprint" not in chunk


def test_what_is_said_and_how_it_ends_are_apart() -> None:
    assert choices_sent([Delta(content="네", finish=FinishReason.LENGTH)]) == [
        choice({"role": "assistant", "content": "네"}),
        choice({}, "length"),
    ]


def test_usage_when_asked_for() -> None:
    usage = Usage(10, 5, cached=3, reasoning=2)
    events: list[Event] = [Opened(), Delta(content="a"), Delta(content="b", finish=STOP), usage]
    *chunks, last = sent(events, include_usage=True)
    assert [c["usage"] for c in chunks] == [None] * 3
    assert last["choices"] == []
    assert last["usage"] == {
        "prompt_tokens": 10,
        "completion_tokens": 5,
        "total_tokens": 15,
        "prompt_tokens_details": {"cached_tokens": 3, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 2, "audio_tokens": 0},
    }
    assert all("usage" not in c for c in sent(events))


def test_usage_that_is_not_known_is_not_invented() -> None:
    events: list[Event] = [Opened(), Delta(content="a", finish=STOP)]
    assert all(c["choices"] for c in sent(events, include_usage=True))
    assert "usage" not in whole_of(events)


def test_an_estimate_appears_as_it_is() -> None:
    events: list[Event] = [Opened(), Delta(content="a", finish=STOP), Usage(7, 1, reported=False)]
    assert sent(events, include_usage=True)[-1]["usage"]["total_tokens"] == 8
    assert whole_of(events)["usage"]["total_tokens"] == 8


CALLING: list[Event] = [
    Delta(tool_calls=(ToolCallDelta(0, "call_a", "f", ""),)),
    Delta(tool_calls=(ToolCallDelta(0, "call_a", "f", '{"a"'),)),
    Delta(tool_calls=(ToolCallDelta(0, arguments=":1}"), ToolCallDelta(1, None, "g", "{}"))),
    Delta(finish=FinishReason.TOOL_CALLS),
]


def test_tool_calls_in_a_stream() -> None:
    def call(index: int, arguments: str, **first: str) -> dict[str, Any]:
        function = {"arguments": arguments} | {k: v for k, v in first.items() if k == "name"}
        head = {"id": first["id"], "type": "function"} if first else {}
        return {"index": index, **head, "function": function}

    assert choices_sent(CALLING) == [
        choice(
            {
                "role": "assistant",
                "content": None,
                "tool_calls": [call(0, "", id="call_a", name="f")],
            }
        ),
        choice({"tool_calls": [call(0, '{"a"')]}),
        choice({"tool_calls": [call(0, ":1}"), call(1, "{}", id="call_01J_0_1", name="g")]}),
        choice({}, "tool_calls"),
    ]


def test_a_name_that_comes_late_is_sent_once() -> None:
    late = [
        Delta(tool_calls=(ToolCallDelta(0, "c"),)),
        Delta(tool_calls=(ToolCallDelta(0, name="f"),)),
        Delta(tool_calls=(ToolCallDelta(0, name="f"),), finish=STOP),
    ]
    functions = [c["function"] for d in choices_sent(late)[:-1] for c in d["delta"]["tool_calls"]]
    assert [f.get("name") for f in functions] == [None, "f", None]
    call = whole_of([Opened(), *late])["choices"][0]["message"]["tool_calls"][0]
    assert call["function"]["name"] == "f"


def test_tool_calls_in_one_piece() -> None:
    (whole,) = whole_of([Opened(), *CALLING])["choices"]
    assert whole == {
        "index": 0,
        "finish_reason": "tool_calls",
        "logprobs": None,
        "message": {
            "role": "assistant",
            "content": None,
            "refusal": None,
            "tool_calls": [
                {
                    "id": "call_a",
                    "type": "function",
                    "function": {"name": "f", "arguments": '{"a":1}'},
                },
                {
                    "id": "call_01J_0_1",
                    "type": "function",
                    "function": {"name": "g", "arguments": "{}"},
                },
            ],
        },
    }


def test_refusal_and_reasoning() -> None:
    events: list[Event] = [
        Delta(reasoning="음"),
        Delta(reasoning="…", refusal="아니"),
        Delta(refusal="요", finish=FinishReason.CONTENT_FILTER),
    ]
    assert [c["delta"] for c in choices_sent(events)] == [
        {"role": "assistant", "content": None, "reasoning_content": "음"},
        {"refusal": "아니", "reasoning_content": "…"},
        {"refusal": "요"},
        {},
    ]
    message = whole_of([Opened(), *events])["choices"][0]["message"]
    assert message == {
        "role": "assistant",
        "content": None,
        "refusal": "아니요",
        "reasoning_content": "음…",
    }


def test_an_answer_that_says_nothing() -> None:
    events: list[Event] = [Delta(finish=STOP)]
    assert choices_sent(events) == [
        choice({"role": "assistant", "content": ""}),
        choice({}, "stop"),
    ]
    assert whole_of([Opened(), *events])["choices"][0]["message"]["content"] == ""


def test_empty_deltas_are_not_sent() -> None:
    events: list[Event] = [Delta(content="a"), Delta(content=""), Delta(), Delta(finish=STOP)]
    assert len(choices_sent(events)) == 2


def test_log_probabilities() -> None:
    pretty = Raw(json.dumps({"content": [LOGPROB], "refusal": None}, indent=2).encode())
    events: list[Event] = [
        Delta(content="네", logprobs=pretty),
        Delta(content="네", logprobs=pretty),
        Delta(finish=STOP),
    ]
    wanted = {"content": [LOGPROB], "refusal": None}
    assert [c["logprobs"] for c in choices_sent(events)] == [wanted, wanted, None]
    (whole,) = whole_of([Opened(), *events])["choices"]
    assert whole["logprobs"] == {"content": [LOGPROB, LOGPROB], "refusal": None}


@pytest.mark.parametrize(
    "odd", [b"null", b"[1]", b'{"content":5}', b'"\xff"', b'{"content":["\xff"]}', b"[" * 5000]
)
def test_odd_log_probabilities_do_not_break_an_answer(odd: bytes) -> None:
    events: list[Event] = [Delta(content="a", logprobs=Raw(odd)), Delta(finish=STOP)]
    assert [c["logprobs"] for c in choices_sent(events)] == [None, None]
    assert whole_of([Opened(), *events])["choices"][0]["logprobs"] is None


def test_several_choices() -> None:
    events: list[Event] = [
        Opened(),
        Delta(index=1, content="b"),
        Delta(index=0, content="a"),
        Delta(index=1, content="B", finish=STOP),
        Delta(index=0, content="A", finish=FinishReason.LENGTH),
    ]
    flat = [c for chunk in sent(events, choices=2) for c in chunk["choices"]]
    assert [(c["index"], c["delta"].get("content"), c["finish_reason"]) for c in flat] == [
        (1, "b", None),
        (0, "a", None),
        (1, "B", None),
        (1, None, "stop"),
        (0, "A", None),
        (0, None, "length"),
    ]
    both = whole_of(events, choices=2)["choices"]
    assert [(c["message"]["content"], c["finish_reason"]) for c in both] == [
        ("aA", "length"),
        ("bB", "stop"),
    ]


OPEN, SAID, DONE, USED = Opened(), Delta(content="a"), Delta(finish=STOP), Usage(1, 1)


@pytest.mark.parametrize(
    "events",
    [
        [SAID],
        [USED],
        [OPEN, OPEN],
        [OPEN, DONE, SAID],
        [OPEN, DONE, DONE],
        [OPEN, USED, SAID],
        [OPEN, DONE, USED, USED],
        [OPEN, Delta(index=1, content="a")],
        [OPEN, Delta(index=-1, content="a")],
    ],
)
def test_events_that_do_not_fit(events: list[Event]) -> None:
    stream = stream_of()
    whole = ChatWhole(decision_id="dec_1", created=0, model="m")
    for event in events[:-1]:
        stream.encode(event)
        whole.add(event)
    with pytest.raises(StreamBroken):
        stream.encode(events[-1])
    with pytest.raises(StreamBroken):
        whole.add(events[-1])


@pytest.mark.parametrize(
    "events", [[], [OPEN], [OPEN, SAID], [OPEN, SAID, USED], [OPEN, SAID, DONE]]
)
def test_no_ending_without_a_finish_reason_for_every_choice(events: list[Event]) -> None:
    stream = stream_of(choices=2, include_usage=True)
    whole = ChatWhole(decision_id="dec_1", created=0, model="m", choices=2)
    for event in events:
        stream.encode(event)
        whole.add(event)
    with pytest.raises(StreamBroken):
        stream.end()
    with pytest.raises(StreamBroken):
        whole.body()


@pytest.mark.parametrize("events", [[], [OPEN], [OPEN, SAID], [OPEN, SAID, DONE, USED]])
def test_a_broken_stream_ends_with_an_error_and_nothing_else(events: list[Event]) -> None:
    stream = stream_of(include_usage=True)
    for event in events:
        stream.encode(event)
    (document,) = documents(stream.fail(StreamBroken("stream_stalled"), "ko"))
    assert set(document) == {"error"}
    assert set(document["error"]) == {"message", "type", "param", "code"}
    assert document["error"]["code"] == "stream_stalled"
    assert "끊겼습니다" in document["error"]["message"]
    with pytest.raises(StreamBroken):
        stream.encode(SAID)
    with pytest.raises(StreamBroken):
        stream.end()
    with pytest.raises(RuntimeError):
        stream.fail(StreamBroken(), "en")


def test_a_stream_that_ended_stays_ended() -> None:
    stream = stream_of()
    for event in (OPEN, SAID, DONE):
        stream.encode(event)
    stream.end()
    with pytest.raises(StreamBroken):
        stream.end()
    with pytest.raises(StreamBroken):
        stream.encode(SAID)
    with pytest.raises(RuntimeError):
        stream.fail(StreamBroken(), "en")


@pytest.mark.parametrize("text", ["a\nb", "a\r\nb", "\u2028", "\u2029", "\x85", "\x0b\x0c\x1c"])
def test_no_text_ends_an_event(text: str) -> None:
    events: list[Event] = [Delta(content=text), Delta(content=text), Delta(reasoning=text)]
    deltas = [c["delta"] for c in choices_sent([*events, Delta(finish=STOP)])]
    assert [d.get("content") for d in deltas] == [text, text, None, None]
    assert deltas[2]["reasoning_content"] == text
    model = ChatStream(decision_id="dec_1", created=0, model=text)
    model.encode(Opened(fingerprint=text))
    (chunk,) = documents(model.encode(SAID))
    assert (chunk["model"], chunk["system_fingerprint"]) == (text, text)


def test_framing() -> None:
    assert sse.data(b"{}") == b"data: {}\n\n"
    assert sse.KEEP_ALIVE.startswith(b":")
    assert sse.KEEP_ALIVE.endswith(b"\n\n")


TEXT = st.text(st.characters(codec="utf-8"), max_size=30)


def split(text: str, cuts: list[int]) -> list[str]:
    places = sorted({0, len(text), *(c for c in cuts if c < len(text))})
    return [text[a:b] for a, b in pairwise(places)]


def fold(chunks: list[Any]) -> dict[str, Any]:
    """What a client makes of a stream."""
    message: dict[str, Any] = {"content": "", "reasoning": "", "calls": {}, "finish": None}
    for delta, finish in (
        (c["delta"], c["finish_reason"]) for chunk in chunks for c in chunk["choices"]
    ):
        message["content"] += delta.get("content") or ""
        message["reasoning"] += delta.get("reasoning_content") or ""
        for call in delta.get("tool_calls", ()):
            known = message["calls"].setdefault(call["index"], ["", "", ""])
            known[0] += call.get("id", "")
            known[1] += call["function"].get("name", "")
            known[2] += call["function"]["arguments"]
        message["finish"] = finish or message["finish"]
    return message


@given(TEXT, TEXT, TEXT, st.lists(st.integers(0, 30), max_size=6))
def test_any_split_folds_to_the_same_whole(
    content: str, reasoning: str, arguments: str, cuts: list[int]
) -> None:
    calls = [ToolCallDelta(0, None, "f", arguments)] if arguments else []
    one = Delta(content=content, reasoning=reasoning, tool_calls=tuple(calls), finish=STOP)
    pieces: list[Event] = [Opened()]
    pieces += [Delta(reasoning=piece) for piece in split(reasoning, cuts)]
    pieces += [Delta(content=piece) for piece in split(content, cuts)]
    pieces += [
        Delta(tool_calls=(ToolCallDelta(0, None, "f" if i == 0 else None, piece),))
        for i, piece in enumerate(split(arguments, cuts))
    ]
    pieces += [Delta(finish=STOP)]
    whole = whole_of([Opened(), one])
    assert whole_of(pieces) == whole
    message = whole["choices"][0]["message"]
    expected = {
        "content": message["content"] or "",
        "reasoning": message.get("reasoning_content", ""),
        "calls": {
            i: [c["id"], c["function"]["name"], c["function"]["arguments"]]
            for i, c in enumerate(message.get("tool_calls", ()))
        },
        "finish": "stop",
    }
    assert fold(sent(pieces)) == expected
    assert fold(sent([Opened(), one])) == expected
