"""The official client against the gateway: what it reads, raises, retries and gives up.

The wall is the model; its names say what it does. `make compat` runs the client's own suite.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import anyio
import openai
import pytest
from openai import AsyncOpenAI, OpenAI, omit
from openai.types.chat import ChatCompletionMessageParam, ChatCompletionToolParam
from pydantic import BaseModel

from tests.gateway import Running
from tests.wall import Wall

KEY, LOCAL_KEY, NARROW_KEY = "sk-compat-all", "sk-compat-local", "sk-compat-narrow"
HELLO: list[ChatCompletionMessageParam] = [{"role": "user", "content": "안녕하세요 🙂"}]
PICTURE = "data:image/png;base64,iVBORw0KGgo="
SEE: list[ChatCompletionMessageParam] = [
    {
        "role": "user",
        "content": [
            {"type": "text", "text": "What is this?"},
            {"type": "image_url", "image_url": {"url": PICTURE, "detail": "low"}},
        ],
    }
]
TOOLS: list[ChatCompletionToolParam] = [
    {
        "type": "function",
        "function": {
            "name": name,
            "description": f"{name} of a city",
            "strict": True,
            "parameters": {
                "type": "object",
                "properties": {"city": {"type": "string"}, "days": {"type": "integer"}},
                "required": ["city", "days"],
                "additionalProperties": False,
            },
        },
    }
    for name in ("weather", "time")
]
SETTINGS = """
[dispatch]
retries = 0
[breaker]
failures = 1000
"""
MODELS = (
    "ok", "tool=2", "refuse", "length", "cached=1+reasoning=3", "cut=2", "errevent=2", "malformed=2",
    "tokens=500+pace=20", "tokens=40+pace=5", "429=7", "503", "503=3", "flaky=1+503=2", "slow=5000",
    "toolong", "400",
)  # fmt: skip


def _key(name: str, key: str, rights: str = "") -> str:
    return f'[[keys]]\nid = "{name}"\nsha256 = "{sha256(key.encode()).hexdigest()}"\n{rights}\n'


def _endpoint(name: str, model: str, wall: Wall, more: str = "") -> str:
    return (
        f'[[endpoints]]\nid = "{name}"\nprovider = "openai"\nbase_url = "{wall.openai}"\n'
        f'model = "{model}"\napi_key = "sk-wall"\n{more}\n'
    )


class Scene:
    """A gateway before a wall, and clients for it."""

    def __init__(self, wall: Wall, gateway: Running) -> None:
        self.wall = wall
        self.url = f"{gateway.url}/v1"

    def client(self, key: str = KEY, retries: int = 0) -> AsyncOpenAI:
        return AsyncOpenAI(base_url=self.url, api_key=key, max_retries=retries)

    def sync(self) -> OpenAI:
        return OpenAI(base_url=self.url, api_key=KEY, max_retries=0)


def _configuration(wall: Wall) -> str:
    tables = [SETTINGS, _key("all", KEY), _key("local", LOCAL_KEY, 'zones = ["local"]')]
    tables.append(_key("narrow", NARROW_KEY, "max_concurrency = 1"))
    tables += [_endpoint(f"m{i}", model, wall) for i, model in enumerate(MODELS)]
    tables.append(_endpoint("cloud", "as=cloud", wall, 'zone = "cloud"'))
    plain = 'capabilities = ["stream"]'
    tables.append(_endpoint("plain", "as=plain", wall, plain))
    return "".join(tables)


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with Wall() as wall, Running(tmp_path, _configuration(wall)) as gateway:
        yield Scene(wall, gateway)


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
            (choice,) = chunk.choices
            said = choice.delta.content or ""
            streamed[choice.index] = streamed.get(choice.index, "") + said
            if said:
                assert choice.logprobs is not None
                assert "".join(p.token for p in choice.logprobs.content or ()) == said
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
        "stop": ["\n"],
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


ERRORS: list[tuple[str, type[openai.APIStatusError], int, str]] = [
    ("gpt-nobody", openai.NotFoundError, 404, "model_not_found"),
    ("429=7", openai.RateLimitError, 429, "upstream_rate_limited"),
    ("503", openai.InternalServerError, 503, "all_endpoints_failed"),
    ("malformed=1", openai.NotFoundError, 404, "model_not_found"),
    ("400", openai.BadRequestError, 400, "upstream_rejected"),
    ("toolong", openai.BadRequestError, 400, "upstream_rejected"),
    ("slow=5000", openai.InternalServerError, 504, "deadline_exceeded"),
]


@pytest.mark.parametrize(("model", "kind", "status", "code"), ERRORS)
@pytest.mark.parametrize("stream", [False, True])
async def test_error_class(
    scene: Scene,
    model: str,
    kind: type[openai.APIStatusError],
    status: int,
    code: str,
    stream: bool,
) -> None:
    hurry = {"x-gilmok-deadline-ms": "100"} if "slow" in model else {}
    async with scene.client() as client:
        with pytest.raises(kind) as caught:
            await client.chat.completions.create(
                model=model, messages=HELLO, stream=stream, extra_headers=hurry
            )
    error = caught.value
    assert type(error) is kind
    assert (error.status_code, error.code) == (status, code)
    assert error.request_id == error.response.headers["x-gilmok-decision"]
    assert error.type in ("invalid_request_error", "rate_limit_error", "api_error")
    assert ("retry-after" in error.response.headers) == (status in (429, 503))
    if model == "429=7":
        assert error.response.headers["retry-after"] == "7"


async def test_bad_request_names_its_field(scene: Scene) -> None:
    async with scene.client() as client:
        with pytest.raises(openai.BadRequestError) as caught:
            await client.chat.completions.create(model="ok", messages=HELLO, temperature=3)
        assert (caught.value.param, caught.value.code) == ("temperature", "invalid_request")
        with pytest.raises(openai.BadRequestError) as caught:
            await client.chat.completions.create(
                model="ok", messages=HELLO, functions=[{"name": "f"}]
            )
        assert (caught.value.param, caught.value.code) == ("functions", "unsupported_parameter")
        with pytest.raises(openai.BadRequestError) as caught:
            await client.chat.completions.create(model="plain", messages=HELLO, tools=TOOLS)
        assert (caught.value.param, caught.value.code) == ("tools", "no_capable_endpoint")
    assert scene.wall.calls == []


async def test_wrong_key(scene: Scene) -> None:
    async with scene.client("sk-wrong") as client:
        with pytest.raises(openai.AuthenticationError) as caught:
            await client.chat.completions.create(model="ok", messages=HELLO)
        assert caught.value.code == "invalid_api_key"
        with pytest.raises(openai.AuthenticationError):
            await client.models.list()


async def test_permission_denied(scene: Scene) -> None:
    secret: list[ChatCompletionMessageParam] = [
        {"role": "user", "content": "제 주민등록번호는 900101-1234568 입니다"}
    ]
    async with scene.client() as client:
        with pytest.raises(openai.PermissionDeniedError) as caught:
            await client.chat.completions.create(model="cloud", messages=secret)
        assert caught.value.code == "label_refused"
    async with scene.client(LOCAL_KEY) as client:
        with pytest.raises(openai.PermissionDeniedError) as caught:
            await client.chat.completions.create(model="cloud", messages=HELLO)
        assert caught.value.code == "not_permitted"
    assert scene.wall.calls == []


async def test_key_is_busy(scene: Scene) -> None:
    async with scene.client(NARROW_KEY) as client:
        held = await client.chat.completions.create(
            model="tokens=500+pace=20", messages=HELLO, stream=True
        )
        with pytest.raises(openai.RateLimitError) as caught:
            await client.chat.completions.create(model="ok", messages=HELLO)
        await held.close()
    assert caught.value.code == "concurrency_exceeded"
    assert int(caught.value.response.headers["retry-after"]) >= 1


async def test_picture_stays_at_home_unless_allowed(tmp_path: Path) -> None:
    async with Wall() as wall:
        configuration = _configuration(wall)
        async with Running(tmp_path, configuration) as gateway:
            async with Scene(wall, gateway).client() as client:
                with pytest.raises(openai.PermissionDeniedError) as caught:
                    await client.chat.completions.create(model="cloud", messages=SEE)
                assert caught.value.code == "label_refused"
                assert wall.calls == []
                await client.chat.completions.create(model="ok", messages=SEE)
        allow = '[privacy]\nattachments = "allow"\n'
        async with Running(tmp_path, configuration + allow) as gateway:
            async with Scene(wall, gateway).client() as client:
                await client.chat.completions.create(model="cloud", messages=SEE)
        assert [call.model for call in wall.calls] == ["ok", "as=cloud"]
        for call in wall.calls:
            assert call.json["messages"][0]["content"][1]["image_url"]["url"] == PICTURE


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The client's pauses between its tries, not slept through."""
    found: list[float] = []

    async def note(seconds: float) -> None:
        found.append(seconds)

    monkeypatch.setattr(anyio, "sleep", note)
    return found


async def test_client_retries_when_told_to(scene: Scene, waits: list[float]) -> None:
    async with scene.client(retries=2) as client:
        answer = await client.chat.completions.create(model="flaky=1+503=2", messages=HELLO)
        assert answer.choices[0].message.content
        assert waits == [2]
        with pytest.raises(openai.RateLimitError):
            await client.chat.completions.create(model="429=7", messages=HELLO)
        assert waits == [2, 7, 7]
        with pytest.raises(openai.InternalServerError):
            await client.chat.completions.create(model="503=3", messages=HELLO)
        assert waits == [2, 7, 7, 3, 3]
        with pytest.raises(openai.BadRequestError):
            await client.chat.completions.create(model="400", messages=HELLO)
    assert waits == [2, 7, 7, 3, 3], "a bad request is not repeated"


@pytest.mark.parametrize("model", ["cut=2", "errevent=2"])
async def test_broken_stream_raises(scene: Scene, model: str) -> None:
    said, finishes = "", []
    async with scene.client() as client:
        stream = await client.chat.completions.create(model=model, messages=HELLO, stream=True)
        with pytest.raises(openai.APIError) as caught:
            async for chunk in stream:
                said += chunk.choices[0].delta.content or ""
                finishes.append(chunk.choices[0].finish_reason)
    assert said
    assert set(finishes) == {None}
    assert str(caught.value.code).startswith("stream_")


async def test_leaving_a_stream_stops_the_upstream(scene: Scene) -> None:
    async with scene.client() as client:
        stream = await client.chat.completions.create(
            model="tokens=500+pace=20", messages=HELLO, stream=True
        )
        async for chunk in stream:
            if chunk.choices[0].delta.content:
                break
        await stream.close()
        await scene.wall.wait_closed(1)
    assert scene.wall.calls[0].chunks < 100


async def test_cancelling_a_call_stops_the_upstream(scene: Scene) -> None:
    async with scene.client() as client:
        call = asyncio.create_task(
            client.chat.completions.create(model="tokens=500+pace=20", messages=HELLO)
        )
        await scene.wall.wait_received(1)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        await scene.wall.wait_closed(1)


async def test_one_connection_serves_many_calls(scene: Scene) -> None:
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
