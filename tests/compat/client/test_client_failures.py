"""What the official client raises, repeats and gives up."""

from __future__ import annotations

import asyncio
from pathlib import Path

import anyio
import openai
import pytest
from openai import AsyncStream
from openai.types.chat import (
    ChatCompletionChunk,
    ChatCompletionContentPartParam,
    ChatCompletionMessageParam,
)

from tests.compat.client.scene import (
    HELLO,
    LOCAL_KEY,
    NARROW_KEY,
    TOOLS,
    Scene,
    configuration,
)
from tests.gateway import Running
from tests.wall import Wall

# No more than their first bytes, and one byte at least that is no text: text would be read.
ATTACHMENTS: list[ChatCompletionContentPartParam] = [
    {
        "type": "image_url",
        "image_url": {"url": "data:image/png;base64,iVBORw0KGgo=", "detail": "low"},
    },
    {"type": "input_audio", "input_audio": {"data": "UklGRv////8=", "format": "wav"}},
    {
        "type": "file",
        "file": {"file_data": "data:application/pdf;base64,JVBERi3/////", "filename": "a"},
    },
]
ERRORS: list[tuple[str, type[openai.APIStatusError], int, str]] = [
    ("gpt-nobody", openai.NotFoundError, 404, "model_not_found"),
    ("429=7", openai.RateLimitError, 429, "upstream_rate_limited"),
    ("503", openai.InternalServerError, 503, "all_endpoints_failed"),
    ("400", openai.BadRequestError, 400, "upstream_rejected"),
    ("toolong", openai.BadRequestError, 400, "context_length_exceeded"),
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
    assert error.type
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


@pytest.mark.parametrize("part", ATTACHMENTS, ids=lambda part: part["type"])
async def test_attachment_stays_at_home_unless_allowed(
    tmp_path: Path, part: ChatCompletionContentPartParam
) -> None:
    see: list[ChatCompletionMessageParam] = [
        {"role": "user", "content": [{"type": "text", "text": "What is this?"}, part]}
    ]
    async with Wall() as wall:
        tables = configuration(wall)
        async with Running(tmp_path, tables) as gateway, Scene(wall, gateway).client() as client:
            with pytest.raises(openai.PermissionDeniedError) as caught:
                await client.chat.completions.create(model="cloud", messages=see)
            assert caught.value.code == "label_refused"
            assert wall.calls == []
            await client.chat.completions.create(model="ok", messages=see)
        tables += '[privacy]\nattachments = "allow"\n'
        async with Running(tmp_path, tables) as gateway, Scene(wall, gateway).client() as client:
            await client.chat.completions.create(model="cloud", messages=see)
        assert [call.model for call in wall.calls] == ["ok", "as=cloud"]
        for call in wall.calls:
            assert call.json["messages"][0]["content"][1] == part


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
        answer = await client.chat.completions.create(model="flaky=1+502", messages=HELLO)
    assert answer.choices[0].message.content
    assert [call.status for call in scene.wall.calls] == [502, 200]
    assert waits == [5]


@pytest.mark.parametrize(("model", "wait"), [("429=7", 7), ("503=3", 3)])
async def test_client_waits_as_long_as_the_upstream_asks(
    scene: Scene, waits: list[float], model: str, wait: int
) -> None:
    """And the gateway keeps the upstream's wish for it: a client that comes back early is told
    again, and nothing is sent."""
    async with scene.client(retries=1) as client:
        with pytest.raises(openai.APIStatusError) as caught:
            await client.chat.completions.create(model=model, messages=HELLO)
    assert waits == [wait]
    assert caught.value.response.headers["retry-after"] == str(wait)
    assert len(scene.wall.calls) == 1


async def test_client_does_not_repeat_a_bad_request(scene: Scene, waits: list[float]) -> None:
    async with scene.client(retries=2) as client:
        with pytest.raises(openai.BadRequestError):
            await client.chat.completions.create(model="400", messages=HELLO)
    assert waits == []
    assert len(scene.wall.calls) == 1


@pytest.mark.parametrize("model", ["cut=2", "errevent=2"])
async def test_broken_stream_raises(scene: Scene, model: str) -> None:
    chunks: list[ChatCompletionChunk] = []

    async def read(stream: AsyncStream[ChatCompletionChunk]) -> None:
        async for chunk in stream:
            chunks.append(chunk)

    async with scene.client() as client:
        stream = await client.chat.completions.create(model=model, messages=HELLO, stream=True)
        with pytest.raises(openai.APIError) as caught:
            await read(stream)
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
    assert {chunk.choices[0].finish_reason for chunk in chunks} == {None}
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
        while not scene.wall.calls:
            await scene.wall.wait_received(len(scene.wall.exchanges) + 1)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        await scene.wall.wait_closed(1)
