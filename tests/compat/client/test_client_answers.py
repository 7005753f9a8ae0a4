"""What the official client reads: answers, streams, tools, structured output, models, headers."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import openai
import pytest
from openai import omit
from pydantic import BaseModel

from tests.compat.client.scene import HELLO, LOCAL_KEY, TOOLS, Scene


async def test_whole_answer(scene: Scene) -> None:
    async with scene.client() as client:
        answer = await client.chat.completions.create(model="ok", messages=HELLO)
    assert answer.object == "chat.completion"
    assert answer.id.startswith("chatcmpl-")
    assert answer.choices[0].message.role == "assistant"
    assert answer.choices[0].message.content
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage is not None
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens
    assert answer._request_id is not None
    assert answer._request_id.startswith("dec_")


async def test_sync_client(scene: Scene) -> None:
    def talk() -> tuple[str | None, str]:
        with scene.sync() as client:
            whole = client.chat.completions.create(model="ok", messages=HELLO)
            stream = client.chat.completions.create(model="ok", messages=HELLO, stream=True)
            with stream:
                pieces = [chunk.choices[0].delta.content or "" for chunk in stream]
        return whole.choices[0].message.content, "".join(pieces)

    whole, streamed = await asyncio.to_thread(talk)
    assert whole
    assert whole == streamed


async def test_stream_with_usage(scene: Scene) -> None:
    async with scene.client() as client:
        stream = await client.chat.completions.create(
            model="cached=1+reasoning=3",
            messages=HELLO,
            stream=True,
            stream_options={"include_usage": True},
        )
        chunks = [chunk async for chunk in stream]
    *spoken, last = chunks
    assert [chunk.usage for chunk in spoken] == [None] * len(spoken)
    assert [c.choices[0].finish_reason for c in spoken] == [None] * (len(spoken) - 1) + ["stop"]
    assert len({chunk.id for chunk in chunks}) == 1
    assert last.choices == []
    assert last.usage is not None
    assert last.usage.prompt_tokens_details is not None
    assert last.usage.prompt_tokens_details.cached_tokens == 1
    assert last.usage.completion_tokens_details is not None
    assert last.usage.completion_tokens_details.reasoning_tokens == 3


async def test_parallel_tool_calls_and_their_results(scene: Scene) -> None:
    async with scene.client() as client:
        answer = await client.chat.completions.create(
            model="tool=2", messages=HELLO, tools=TOOLS, parallel_tool_calls=True
        )
        message = answer.choices[0].message
        assert answer.choices[0].finish_reason == "tool_calls"
        assert message.content is None
        calls = message.tool_calls or []
        assert [c.function.name for c in calls if c.type == "function"] == ["weather", "time"]
        assert len({call.id for call in calls}) == 2
        results: list[Any] = [
            {"role": "tool", "tool_call_id": call.id, "content": "맑음"} for call in calls
        ]
        # As the documentation shows it: the answer's message object goes back as it is.
        history: list[Any] = [*HELLO, message, *results]
        again = await client.chat.completions.create(model="ok", messages=history, tools=TOOLS)
    assert again.choices[0].message.content
    sent = scene.wall.calls[-1].json["messages"]
    assert [call["id"] for call in sent[1]["tool_calls"]] == [call.id for call in calls]
    assert [result["tool_call_id"] for result in sent[2:]] == [call.id for call in calls]


async def test_streamed_tool_calls(scene: Scene) -> None:
    found: dict[int, list[Any]] = {}
    async with scene.client() as client:
        stream = await client.chat.completions.create(
            model="tool=2", messages=HELLO, tools=TOOLS, tool_choice="required", stream=True
        )
        async for chunk in stream:
            for call in chunk.choices[0].delta.tool_calls or ():
                found.setdefault(call.index, []).append(call)
    assert list(found) == [0, 1]
    for pieces in found.values():
        assert len(pieces) > 2, "the arguments came in pieces"
        assert pieces[0].id
        assert [piece.id for piece in pieces[1:]] == [None] * (len(pieces) - 1)
        arguments = json.loads("".join(piece.function.arguments or "" for piece in pieces))
        assert arguments == {"city": "길목", "days": 7}


class Answer(BaseModel):
    title: str
    pages: int
    tags: list[str]


async def test_parse_into_a_model(scene: Scene) -> None:
    async with scene.client() as client:
        answer = await client.chat.completions.parse(
            model="ok", messages=HELLO, response_format=Answer
        )
    assert answer.choices[0].message.parsed == Answer(title="길목", pages=7, tags=["길목"])
    sent = scene.wall.calls[0].json["response_format"]
    assert (sent["type"], sent["json_schema"]["strict"]) == ("json_schema", True)


async def test_parse_tells_of_a_cut_answer(scene: Scene) -> None:
    async with scene.client() as client:
        with pytest.raises(openai.LengthFinishReasonError):
            await client.chat.completions.parse(
                model="length", messages=HELLO, response_format=Answer
            )


async def test_json_mode_and_refusal(scene: Scene) -> None:
    async with scene.client() as client:
        answer = await client.chat.completions.create(
            model="ok", messages=HELLO, response_format={"type": "json_object"}
        )
        assert json.loads(answer.choices[0].message.content or "")
        refused = await client.chat.completions.parse(
            model="refuse", messages=HELLO, response_format=Answer
        )
    assert refused.choices[0].message.refusal
    assert refused.choices[0].message.parsed is None


async def test_logprobs_and_choices(scene: Scene) -> None:
    async with scene.client() as client:
        answer = await client.chat.completions.create(
            model="ok", messages=HELLO, n=3, logprobs=True, top_logprobs=2
        )
        stream = await client.chat.completions.create(
            model="ok", messages=HELLO, n=3, logprobs=True, stream=True
        )
        streamed: dict[int, str] = {}
        async for chunk in stream:
            (part,) = chunk.choices
            said = part.delta.content or ""
            streamed[part.index] = streamed.get(part.index, "") + said
            if said:
                assert part.logprobs is not None
                assert "".join(p.token for p in part.logprobs.content or ()) == said
    assert [choice.index for choice in answer.choices] == [0, 1, 2]
    for choice in answer.choices:
        assert choice.logprobs is not None
        tokens = choice.logprobs.content or []
        assert "".join(token.token for token in tokens) == choice.message.content
        assert {len(token.top_logprobs) for token in tokens} == {2}
    assert streamed == {c.index: c.message.content for c in answer.choices}


async def test_every_other_parameter_arrives(scene: Scene) -> None:
    """All that the client's own suite sends, but what is refused by name."""
    given: dict[str, Any] = {
        "frequency_penalty": -2,
        "logit_bias": {"50256": 0},
        "metadata": {"team": "길목"},
        "modalities": ["text"],
        "n": 1,
        "parallel_tool_calls": True,
        "prediction": {"type": "content", "content": "string"},
        "presence_penalty": -2,
        "prompt_cache_key": "prompt-cache-key-1234",
        "prompt_cache_retention": "in_memory",
        "reasoning_effort": "none",
        "safety_identifier": "safety-identifier-1234",
        "seed": -9007199254740991,
        "service_tier": "auto",
        "stop": ["\n", "끝"],
        "store": True,
        "temperature": 1,
        "tool_choice": "none",
        "tools": TOOLS,
        "top_p": 1,
        "verbosity": "low",
        "web_search_options": {"search_context_size": "low"},
    }
    async with scene.client() as client:
        await client.chat.completions.create(
            model="ok",
            messages=HELLO,
            max_completion_tokens=9,
            extra_body={"top_k": 40},
            **given,
        )
    sent = scene.wall.calls[0].json
    # One choice is what an endpoint gives anyway: nothing is lost where it is not said.
    assert {name: sent.get(name) for name in given if name != "n"} == {
        name: value for name, value in given.items() if name != "n"
    }
    assert (sent["max_completion_tokens"], sent["top_k"]) == (9, 40)


async def test_stream_helper(scene: Scene) -> None:
    async with (
        scene.client() as client,
        client.chat.completions.stream(
            model="ok",
            messages=HELLO,
            response_format=Answer,
            stream_options={"include_usage": True},
        ) as stream,
    ):
        kinds = [event.type async for event in stream]
        final = await stream.get_final_completion()
    assert {"chunk", "content.delta", "content.done"} <= set(kinds)
    assert final.choices[0].message.parsed == Answer(title="길목", pages=7, tags=["길목"])
    assert final.usage is not None


async def test_stream_helper_with_tools(scene: Scene) -> None:
    done = []
    async with (
        scene.client() as client,
        client.chat.completions.stream(model="tool=2", messages=HELLO, tools=TOOLS) as stream,
    ):
        async for event in stream:
            if event.type == "tool_calls.function.arguments.done":
                done.append((event.name, event.index, event.parsed_arguments))
    arguments = {"city": "길목", "days": 7}
    assert done == [("weather", 0, arguments), ("time", 1, arguments)]


async def test_models(scene: Scene) -> None:
    async with scene.client() as client:
        names = [model.id async for model in client.models.list()]
        assert {"auto", "local", "cheap", "fast", "best", "cloud", "ok"} <= set(names)
        assert (await client.models.retrieve("tool=2")).owned_by == "openai"
        with pytest.raises(openai.NotFoundError):
            await client.models.retrieve("gpt-nobody")
    async with scene.client(LOCAL_KEY) as client:
        assert "cloud" not in [model.id async for model in client.models.list()]


async def test_raw_response_and_request_headers(scene: Scene) -> None:
    async with scene.client() as client:
        raw = await client.chat.completions.with_raw_response.create(model="ok", messages=HELLO)
        assert raw.headers["x-gilmok-zone"] == "local"
        assert raw.headers["x-gilmok-attempts"] == "1"
        assert raw.headers["x-gilmok-cost-usd"]
        assert raw.request_id == raw.headers["x-gilmok-decision"]
        assert raw.parse().choices[0].message.content
        async with client.chat.completions.with_streaming_response.create(
            model="ok", messages=HELLO
        ) as response:
            lines = [line async for line in response.iter_lines()]
    assert json.loads("".join(lines))["object"] == "chat.completion"


async def test_many_calls_at_once(scene: Scene) -> None:
    async with scene.client() as client:
        answers = await asyncio.gather(
            *(
                client.chat.completions.create(model="tokens=40+pace=5", messages=HELLO)
                for _ in range(20)
            )
        )
        for _ in range(5):
            await client.chat.completions.create(model="ok", messages=HELLO, user=omit)
    assert {answer.usage and answer.usage.completion_tokens for answer in answers} == {40}
    assert len({answer.id for answer in answers}) == 20
