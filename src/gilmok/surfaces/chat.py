"""`POST /v1/chat/completions` and `POST /v1/route`: the same body, answered or only planned."""

from __future__ import annotations

import asyncio
from asyncio import CancelledError

from msgspec import Struct
from msgspec.structs import replace

from gilmok.core.endpoint import Zone
from gilmok.core.errors import (
    AnswerUnusable,
    GilmokError,
    InternalError,
    StreamBroken,
    UnsupportedMediaType,
    reason_of,
)
from gilmok.core.identity import Caller, Permit
from gilmok.core.ports import Clock
from gilmok.core.request import Request
from gilmok.passage import Passage
from gilmok.pipeline import Pipeline
from gilmok.surfaces import headers, sse
from gilmok.surfaces.chat_request import RequestLimits, decode_chat
from gilmok.surfaces.chat_stream import ChatStream
from gilmok.surfaces.chat_whole import ChatWhole
from gilmok.surfaces.http import HttpRequest
from gilmok.surfaces.planned import plan_body
from gilmok.surfaces.ratelimit import allowance_headers
from gilmok.surfaces.routes import Turn

_JSON = "application/json"
_CLOUD = Zone.CLOUD.value
_STREAMING = (("cache-control", "no-cache"), ("x-accel-buffering", "no"))
"""Proxies must not collect a stream."""
TAKING_S = 5.0
"""How much longer than its deadline an answer may lie with a client that takes it in small sips."""


class ChatPolicy(Struct, frozen=True, kw_only=True):
    deadline_s: float = 600.0
    limits: RequestLimits = RequestLimits()


def caller_of(pipeline: Pipeline, http: HttpRequest) -> Caller:
    """Raises `InvalidKey`."""
    return pipeline.identify(
        headers.presented_key(http.headers), http.peer, http.headers.get("host", "")
    )


def is_json(http: HttpRequest) -> bool:
    """Also keeps web pages of other origins out: they cannot send this type unasked."""
    kind = http.headers.get("content-type", "")
    return kind == _JSON or kind.partition(";")[0].strip().lower() == _JSON


class Chat:
    def __init__(self, pipeline: Pipeline, clock: Clock, policy: ChatPolicy) -> None:
        self._pipeline = pipeline
        self._clock = clock
        self._policy = policy

    async def chat(self, turn: Turn) -> None:
        caller = caller_of(self._pipeline, turn.http)
        with self._pipeline.admit(caller) as permit:
            request = self._decode(turn)
            caller = self._on_behalf(caller, request, turn, permit)
            if request.stream:
                await self._stream_in_time(request, caller, turn, permit)
            else:
                await self._whole(request, caller, turn, permit)

    async def route(self, turn: Turn) -> None:
        caller = caller_of(self._pipeline, turn.http)
        with self._pipeline.admit(caller) as permit:
            request = self._decode(turn)
            caller = self._on_behalf(caller, request, turn, permit)
            inspection, plan = await self._pipeline.plan(request, caller)
            refusal = None
            if not plan.candidates:
                refusal = self._pipeline.refusal(request, inspection, plan, caller)
        strategies = self._pipeline.strategies(plan)
        body = plan_body(request, inspection, plan, refusal, strategies)
        turn.reply.send(200, [headers.JSON, *headers.named(turn.decision_id)], body)

    def _decode(self, turn: Turn) -> Request:
        http = turn.http
        if not is_json(http):
            raise UnsupportedMediaType
        seconds = headers.seconds_allowed(http.headers, self._policy.deadline_s)
        request = decode_chat(
            http.body,
            decision_id=turn.decision_id,
            received_at=self._clock.wall(),
            deadline=self._clock.monotonic() + seconds,
            locale=turn.locale,
            limits=self._policy.limits,
            task=headers.task(http.headers),
        )
        if headers.URGENCY in http.headers:
            request = replace(request, urgency=headers.urgency(http.headers))
        if headers.CACHE in http.headers or headers.CACHE_TAGS in http.headers:
            reach, tags = headers.cache_reach(http.headers), headers.cache_tags(http.headers)
            return replace(request, cache=reach, cache_tags=tags)
        return request

    def _on_behalf(self, caller: Caller, request: Request, turn: Turn, permit: Permit) -> Caller:
        """The header counts before the body: a proxy of the operator's may set it."""
        name = headers.user(turn.http.headers) or request.user
        return caller if name is None else self._pipeline.name_user(caller, name, permit)

    async def _whole(self, request: Request, caller: Caller, turn: Turn, permit: Permit) -> None:
        try:
            async with self._pipeline.answer(request, caller) as passage:
                whole = ChatWhole(
                    decision_id=request.id,
                    created=_created(request),
                    model=passage.model,
                    choices=request.sampling.n,
                )
                async for batch in passage.events():
                    for event in batch:
                        whole.add(event)
                body = whole.body()
            fields = answer_headers(passage, _JSON, permit, cost=passage.cost)
        except StreamBroken as error:
            raise AnswerUnusable(error.reason) from error
        # The receipt is written by now; the client is told what it says.
        turn.reply.send(200, fields, body)

    async def _stream_in_time(
        self, request: Request, caller: Caller, turn: Turn, permit: Permit
    ) -> None:
        """The deadline ends the wait for the model; this, the wait for the client."""
        try:
            async with asyncio.timeout_at(request.deadline + TAKING_S):
                await self._stream(request, caller, turn, permit)
        except TimeoutError:
            turn.reply.abort()

    async def _stream(self, request: Request, caller: Caller, turn: Turn, permit: Permit) -> None:
        stream: ChatStream | None = None
        reply = turn.reply
        try:
            async with self._pipeline.answer(request, caller) as passage:
                stream = ChatStream(
                    decision_id=request.id,
                    created=_created(request),
                    model=passage.model,
                    choices=request.sampling.n,
                    include_usage=request.include_usage,
                )
                reply.start(200, [*answer_headers(passage, sse.CONTENT_TYPE, permit), *_STREAMING])
                async for batch in passage.events():
                    if pieces := b"".join([stream.encode(event) for event in batch]):
                        await reply.write(pieces)
                ending = stream.end()
            await reply.write(ending)
            reply.end()
        except CancelledError as cancelled:
            reason = reason_of(cancelled)
            if reason is not None and stream is not None and stream.is_open:
                # Whoever stopped this waits for it, and not for long.
                await reply.write(stream.fail(reason, request.locale))
                reply.end()
            raise
        except Exception as error:
            if stream is None or not reply.started or isinstance(error, ConnectionError):
                raise
            told = error if isinstance(error, GilmokError) else InternalError(request.id)
            await reply.write(stream.fail(told, request.locale))
            reply.end()
            if told is not error:
                raise  # our own defect: the app logs it


def _created(request: Request) -> int:
    return request.received_at // 10**9


def answer_headers(
    passage: Passage, content_type: str, permit: Permit, cost: int | None = None
) -> list[headers.Header]:
    """Who answers, from where, and what is left of limits and budgets."""
    fields = headers.answer_headers(
        decision_id=passage.request.id,
        content_type=content_type,
        endpoint_id=passage.endpoint_id or "",
        zone=passage.zone or _CLOUD,
        sensitivity=passage.inspection.sensitivity,
        attempts=passage.course.tries,
        fallback=passage.fallback,
        cache=passage.cache,
        cost=cost,
        validation=passage.validation,
        budget_left=passage.budget_left,
        injection=passage.inspection.injection,
    )
    if permit.allowances is not None:
        fields += allowance_headers(permit.allowances())
    return fields
