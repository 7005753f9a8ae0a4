"""The chat over HTTP, for a shop's own page: server-sent events.

| route | does |
| --- | --- |
| `POST /chat` | `{"question", "said": [{"role", "text"}], "locale"}`; the answer as events |
| `POST /refunds/{code}` | accepts an offered refund |
| `GET /health` | says that it is up |

The customer is named by the `x-customer` header: the shop's own server stands in front of this and
sets it for whoever is logged in. It listens on this machine only.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import asdict
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from gilmok_shopchat import words
from gilmok_shopchat.agent import Agent, Said
from gilmok_shopchat.events import Event
from gilmok_shopchat.knowledge import Locale
from gilmok_shopchat.shop import Shop, ShopProblem

CUSTOMER = "x-customer"
_AS_IT_COMES = {"cache-control": "no-store", "x-accel-buffering": "no"}
"""Nobody on the way may keep an answer, or hold it until it is whole."""
MAX_BODY_BYTES = 64 * 1024


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid")
    role: Literal["user", "assistant"]
    text: str = Field(max_length=4000)


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")
    question: str = Field(min_length=1, max_length=2000)
    said: list[_Message] = Field(default_factory=list, max_length=40)
    locale: Locale = "ko"


def frame(event: Event) -> bytes:
    """One server-sent event, named after its class."""
    data = json.dumps(asdict(event), ensure_ascii=False)
    return f"event: {type(event).__name__.lower()}\ndata: {data}\n\n".encode()


def create_app(agent: Agent, shop: Shop) -> Starlette:
    async def chat(request: Request) -> Response:
        customer = request.headers.get(CUSTOMER, "")
        if not customer:
            return _problem(401, "no_customer")
        try:
            asked = _Asked.model_validate_json(await _body(request))
        except ValidationError as error:
            return _problem(422, "invalid_request", sorted({str(e["loc"]) for e in error.errors()}))
        except ValueError:
            return _problem(413, "too_large")
        frames = _frames(agent, customer, asked)
        return StreamingResponse(frames, media_type="text/event-stream", headers=_AS_IT_COMES)

    async def accept(request: Request) -> Response:
        try:
            order = shop.accept(request.headers.get(CUSTOMER, ""), request.path_params["code"])
        except ShopProblem as problem:
            return _problem(404 if problem.code == "no_such_offer" else 409, problem.code)
        locale: Locale = "en" if request.query_params.get("locale") == "en" else "ko"
        return JSONResponse({"order_id": order.id, "message": words.refunded(order, locale)})

    async def health(request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    return Starlette(
        routes=[
            Route("/chat", chat, methods=["POST"]),
            Route("/refunds/{code}", accept, methods=["POST"]),
            Route("/health", health),
        ]
    )


async def _frames(agent: Agent, customer: str, asked: _Asked) -> AsyncIterator[bytes]:
    said = [Said(message.role, message.text) for message in asked.said]
    events = agent.answer(customer, said, asked.question, asked.locale)
    async with aclosing(events):  # A customer who left stops the model, too.
        async for event in events:
            yield frame(event)


async def _body(request: Request) -> bytes:
    """Raises `ValueError` where it is too long."""
    raw = bytearray()
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > MAX_BODY_BYTES:
            raise ValueError("too large")
    return bytes(raw)


def _problem(status: int, code: str, fields: list[str] | None = None) -> JSONResponse:
    error = {"code": code} if fields is None else {"code": code, "fields": fields}
    return JSONResponse({"error": error}, status)
