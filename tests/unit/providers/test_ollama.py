"""Ollama's own wire."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gilmok import providers
from gilmok.core.completion import Delta, Event, Usage
from gilmok.core.errors import AttemptFailed, MalformedAnswer, StreamBroken
from gilmok.core.request import Image, Message, Request, Role, Sampling, Tool
from gilmok.core.text import Private
from gilmok.providers.ollama import Ollama
from tests.unit.providers.samples import (
    answer,
    endpoint,
    finishes,
    full_request,
    request,
    said,
    usages,
    words,
)
from tests.wall import Wall

WIRE = Ollama()
WHERE = endpoint("ollama", base_url="http://127.0.0.1:11434")
Json = dict[str, Any]


def body(asked: Request) -> Json:
    found: Json = json.loads(WIRE.encode(WHERE, asked).body)
    return found


def line(content: str = "", **fields: Any) -> bytes:
    message = {"role": "assistant", "content": content, **fields.pop("message", {})}
    whole = {"model": "m", "created_at": "t", "message": message, "done": False, **fields}
    return json.dumps(whole).encode() + b"\n"


def stream(*pieces: bytes) -> list[Event]:
    decoder = WIRE.decoder(True)
    found = [event for piece in pieces for event in decoder.feed(piece)]
    return found + decoder.finish()


END = line(done=True, done_reason="stop", prompt_eval_count=3, eval_count=2)


def test_a_small_request_says_that_it_is_no_stream_and_how_long_the_context_is() -> None:
    assert body(request()) == {
        "model": "ok",
        "messages": [{"role": "user", "content": "hello"}],
        "stream": False,
        "options": {"num_ctx": 8192},
    }


def test_everything_has_its_place() -> None:
    sent = body(full_request())
    assert sent["options"] == {
        "temperature": 0.5,
        "top_p": 0.9,
        "num_predict": 77,
        "seed": 3,
        "presence_penalty": 0.1,
        "num_ctx": 8192,
        "stop": ["CNRYstop"],
    }
    assert [m["role"] for m in sent["messages"][:2]] == ["system", "system"]
    assert sent["messages"][2]["images"] == ["iVBORw0KGgo="]
    assert sent["messages"][2]["content"] == "CNRYuser\nCNRY둘째"
    call = {"name": "CNRYtool", "arguments": {"q": "CNRYarguments"}}
    assert sent["messages"][3]["tool_calls"] == [{"id": "CNRYcallid", "function": call}]
    assert sent["messages"][4]["tool_name"] == "CNRYtool"
    assert sent["format"] == {"title": "CNRYschema"}


def test_fields_that_only_ollama_knows() -> None:
    asked = request(extras=(("top_k", Private("5")), ("keep_alive", Private('"1m"'))))
    sent = body(asked)
    assert sent["options"]["top_k"] == 5
    assert sent["keep_alive"] == "1m"
    assert WIRE.unsupported(asked) == ()


def test_json_mode() -> None:
    sampling = Sampling(response_format=Private('{"type":"json_object"}'))
    assert body(request(sampling=sampling))["format"] == "json"


@pytest.mark.parametrize(
    ("fields", "names"),
    [
        ({"sampling": Sampling(n=2)}, ("n",)),
        ({"sampling": Sampling(logprobs=True)}, ("logprobs",)),
        ({"sampling": Sampling(logprobs=False, parallel_tool_calls=True)}, ()),
        ({"sampling": Sampling(parallel_tool_calls=False)}, ("parallel_tool_calls",)),
        ({"sampling": Sampling(tool_choice=Private('"auto"'))}, ()),
        ({"sampling": Sampling(tool_choice=Private('"none"'))}, ("tool_choice",)),
        ({"tools": (Tool(name=Private("f"), strict=True),)}, ("tools.function.strict",)),
        ({"options": (("logit_bias", Private("{}")),)}, ("logit_bias",)),
        ({"options": (("store", Private("true")),), "user": Private("u")}, ()),
    ],
)
def test_what_it_has_no_word_for_is_named(fields: Json, names: tuple[str, ...]) -> None:
    assert WIRE.unsupported(request(**fields)) == names


def test_an_image_that_would_have_to_be_fetched_is_named() -> None:
    picture = Message(role=Role.USER, parts=(Image(Private("https://x.example/a.png")),))
    assert WIRE.unsupported(request(picture)) == ("messages.image_url",)
    assert WIRE.unsupported(request(said(Role.USER, "x"))) == ()


def test_a_stream_becomes_events() -> None:
    events = stream(line("안"), line("녕", message={"thinking": "hm"}), END)
    assert words(events) == "안녕"
    assert finishes(events) == ["stop"]
    assert events[-1] == Usage(3, 2)


@pytest.mark.parametrize(
    "pieces",
    [(), (line("a"),), (line("a"), line(done=True, done_reason="?"))],
)
def test_without_done_nothing_ended(pieces: tuple[bytes, ...]) -> None:
    with pytest.raises(StreamBroken):
        stream(*pieces)


def test_tool_calls_get_ids_that_a_replay_agrees_with() -> None:
    call = {"function": {"name": "f", "arguments": {"a": 1}}}
    pieces = (line(message={"tool_calls": [call]}), line(message={"tool_calls": [call]}), END)
    first, again = stream(*pieces), stream(*pieces)
    calls = [c for e in first if isinstance(e, Delta) for c in e.tool_calls]
    assert calls == [c for e in again if isinstance(e, Delta) for c in e.tool_calls]
    assert [c.index for c in calls] == [0, 1]
    assert calls[0].id != calls[1].id
    assert calls[0].arguments == '{"a": 1}'
    assert finishes(first) == ["tool_calls"]


def test_an_error_line() -> None:
    for before in ((), (line("a"),)):
        with pytest.raises(StreamBroken) as broken:
            stream(*before, b'{"error":"secret words"}\n')
        assert broken.value.reason == "stream_error_event"


@pytest.mark.parametrize("count", [-1, None, "x", 1.5, True, 10**12])
def test_a_count_that_cannot_be_true_is_dropped(count: object) -> None:
    end = line(done=True, done_reason="length", prompt_eval_count=3, eval_count=count)
    events = stream(line("a"), end)
    assert usages(events) == []
    assert finishes(events) == ["length"]


@pytest.mark.parametrize(
    ("document", "error"),
    [
        (b"", MalformedAnswer),
        (b"{}", MalformedAnswer),
        (b'{"error":"x"}', StreamBroken),
        (line("a"), StreamBroken),
    ],
)
def test_what_is_no_whole_answer(document: bytes, error: type[AttemptFailed]) -> None:
    decoder = WIRE.decoder(False)
    decoder.feed(document)
    with pytest.raises(error):
        decoder.finish()


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize(
    ("model", "reason"),
    [("ok", "stop"), ("tool=2", "tool_calls"), ("length", "length"), ("split", "stop")],
)
async def test_against_the_wall(model: str, reason: str, stream: bool) -> None:
    async with Wall() as wall:
        where = endpoint("ollama", base_url=wall.ollama, model=model)
        upstream = providers.upstream_for(where)
        asked = request(tools=(Tool(name=Private("f")),))
        events = await answer(upstream, where, asked=asked, stream=stream)
        assert finishes(events) == [reason]
        assert usages(events)
        await upstream.close()
