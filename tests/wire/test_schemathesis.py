"""Every route answers whatever it is sent as `GET /openapi.json` promises: see `fuzz.api`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from fuzz.api import attack, configuration, run

from gilmok.surfaces.http import Headers, HttpRequest, Limits, Reply
from gilmok.surfaces.routes import ROUTES
from gilmok.surfaces.server import Server
from tests.gateway import Running
from tests.wall import Wall

EXAMPLES = 10

# schemathesis' own generators use `random`.
pytestmark = pytest.mark.filterwarnings(
    "ignore:Do not use the `random` module:hypothesis.errors.HypothesisDeprecationWarning"
)


@pytest.mark.timeout(400)  # Half a minute of two free cores.
def test_every_route_answers_as_documented() -> None:
    answers = asyncio.run(run(EXAMPLES, 1))
    reached = {
        answer.partition(" 20")[0] for answer in answers if " 200 " in answer or " 202 " in answer
    }
    assert {f"{route.method} {route.path}" for route in ROUTES if not route.page} == reached
    assert any("invalid_request" in answer for answer in answers)
    assert any("event-stream, broken" in answer for answer in answers)


class Tampered:
    """A reply whose answers are changed on their way: what a defect of ours would look like."""

    def __init__(
        self,
        reply: Reply,
        head: Callable[[int, Headers], tuple[int, Headers]],
        body: Callable[[bytes], bytes],
    ) -> None:
        self._reply, self._head, self._body = reply, head, body

    @property
    def started(self) -> bool:
        return self._reply.started

    def send(self, status: int, headers: Headers, body: bytes) -> None:
        self._reply.send(*self._head(status, headers), self._body(body))

    def start(self, status: int, headers: Headers) -> None:
        self._reply.start(*self._head(status, headers))

    async def write(self, data: bytes) -> None:
        await self._reply.write(self._body(data))

    def end(self) -> None:
        self._reply.end()

    def abort(self) -> None:
        self._reply.abort()


def _same_head(status: int, headers: Headers) -> tuple[int, Headers]:
    return status, headers


def _same_body(body: bytes) -> bytes:
    return body


def _without_id(status: int, headers: Headers) -> tuple[int, Headers]:
    return status, [(name, value) for name, value in headers if name != "x-request-id"]


def _always_fine(status: int, headers: Headers) -> tuple[int, Headers]:
    return (200 if status == 400 else status), headers


def _other_code(body: bytes) -> bytes:
    return body.replace(b'"code":"invalid_request"', b'"code":"surprise"')


def _leaking(body: bytes) -> bytes:
    return body.replace(b'"message":"', b'"message":"Traceback (most recent call last): ')


def _false_ending(body: bytes) -> bytes:
    return body + b"data: [DONE]\n\n" if body.startswith(b'data: {"error"') else body


def _without_ending(body: bytes) -> bytes:
    return body.replace(b"data: [DONE]\n\n", b"")


@pytest.mark.parametrize(
    ("head", "body"),
    [
        pytest.param(_without_id, _same_body, id="a header is missing"),
        pytest.param(_always_fine, _same_body, id="what is wrong is accepted"),
        pytest.param(_same_head, _other_code, id="an undocumented code"),
        pytest.param(_same_head, _leaking, id="a traceback"),
        pytest.param(_same_head, _false_ending, id="a broken stream that ends well"),
        pytest.param(_same_head, _without_ending, id="a stream without its end"),
    ],
)
def test_a_defect_is_noticed(
    head: Callable[[int, Headers], tuple[int, Headers]],
    body: Callable[[bytes], bytes],
    tmp_path: Path,
) -> None:
    async def attacked() -> None:
        async with Wall() as wall, Running(tmp_path, configuration(wall.openai)) as gateway:

            async def app(request: HttpRequest, reply: Reply) -> None:
                await gateway.gateway.answer(request, Tampered(reply, head, body))

            async with Server(app, Limits(), refuse=gateway.gateway.refuse) as server:
                await server.listen("127.0.0.1", 0)
                await asyncio.to_thread(attack, f"http://127.0.0.1:{server.port}", EXAMPLES, 1)

    with pytest.raises((AssertionError, BaseExceptionGroup, KeyError)):
        asyncio.run(attacked())
