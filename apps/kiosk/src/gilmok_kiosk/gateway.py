"""The gateway as an ordinary OpenAI client sees it, and the few things only Gilmok adds.

Where an answer came from stands in the headers of the answer. What a stream cost is known after it
has ended: `GET /v1/decisions/{id}`. Whether some endpoint can use tools: `POST /v1/route`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import openai
from openai import AsyncOpenAI, AsyncStream
from openai.types.chat import (
    ChatCompletionChunk,
    ChatCompletionMessageParam,
    ChatCompletionToolParam,
)
from openai.types.chat.chat_completion_chunk import ChoiceDeltaToolCall

from gilmok_kiosk.events import Served
from gilmok_kiosk.texts import Locale

URL = "http://127.0.0.1:8080/v1"
MODEL = "auto"
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
PATIENCE = 8.0
"""Seconds that a customer waits for a model before the kiosk goes on without it."""


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the model's text."""

    text: str


@dataclass(frozen=True, slots=True)
class Call:
    """A tool call, whole; `arguments` is what the model wrote, unchecked."""

    id: str
    name: str
    arguments: str


class GatewayTrouble(Exception):
    """No answer, or one that broke off. `code` is the gateway's; the message may be shown."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code)
        self.code, self.message = code, message


UNREACHABLE = "gateway_unreachable"
"""Nothing was sent."""
TOO_SLOW = "model_too_slow"
BROKE_OFF = "gateway_broke_off"
"""It was sent, and nobody can say where it went."""


class Gateway:
    """Calls of one gateway. Retries and fallbacks are the gateway's work, so here are none."""

    def __init__(
        self,
        url: str = URL,
        key: str | None = None,
        model: str = MODEL,
        *,
        patience: float = PATIENCE,
    ) -> None:
        self.url, self.model, self.patience = url, model, patience
        # A gateway on this machine is never asked through a proxy of the environment: what the
        # customer says would leave the machine before the gateway has seen it.
        at_home = urlsplit(url).hostname in _LOOPBACK
        self._client = AsyncOpenAI(
            base_url=url,
            api_key=key or "none",
            max_retries=0,
            timeout=patience,
            http_client=openai.DefaultAsyncHttpxClient(trust_env=not at_home),
        )

    async def close(self) -> None:
        await self._client.close()

    async def can_use_tools(
        self,
        messages: Sequence[ChatCompletionMessageParam],
        tools: Sequence[ChatCompletionToolParam],
    ) -> bool:
        """Whether these messages may go to an endpoint that can. False where the gateway does not
        say so; `GatewayTrouble` where it cannot be reached."""
        body = {"model": self.model, "messages": messages, "tools": tools, "stream": True}
        try:
            plan = await self._client.post("/route", cast_to=object, body=body)
        except openai.APIConnectionError as error:
            raise _trouble(error) from error
        except openai.OpenAIError:
            return False
        return isinstance(plan, dict) and bool(plan.get("candidates"))

    @asynccontextmanager
    async def chat(
        self,
        messages: Sequence[ChatCompletionMessageParam],
        locale: Locale,
        tools: Sequence[ChatCompletionToolParam] = (),
        *,
        max_tokens: int = 300,
        patience: float | None = None,
    ) -> AsyncIterator[Answer]:
        """An answer, streamed. Raises `GatewayTrouble`, also while it is read.

        Leaving the block early stops the upstream; what it produced until then is charged.
        """
        began = time.monotonic()
        deadline = asyncio.get_running_loop().time() + (patience or self.patience)
        try:
            async with asyncio.timeout_at(deadline):
                raw = await self._client.chat.completions.with_raw_response.create(
                    model=self.model,
                    messages=list(messages),
                    tools=list(tools) or openai.omit,
                    max_tokens=max_tokens,
                    stream=True,
                    stream_options={"include_usage": True},
                    extra_headers={"accept-language": locale, "x-gilmok-task": "kiosk"},
                )
            async with raw.parse() as stream:
                yield Answer(stream, raw.headers, began, deadline)
        except openai.OpenAIError as error:
            raise _trouble(error) from error
        except TimeoutError as error:
            raise GatewayTrouble(TOO_SLOW, "") from error

    async def served(self, answer: Answer) -> Served:
        """Where an answer came from and what it cost. Ask after its block: then it is settled."""
        header = answer.headers.get
        decision = header("x-gilmok-decision", "")
        return Served(
            endpoint=header("x-gilmok-endpoint", ""),
            zone=header("x-gilmok-zone", ""),
            sensitivity=header("x-gilmok-sensitivity", ""),
            latency_ms=round((answer.ended - answer.began) * 1000),
            cost_usd=await self._cost(decision),
            decision_id=decision,
            tokens=answer.tokens,
        )

    async def _cost(self, decision_id: str) -> float | None:
        """In US dollars; None where the gateway does not know it, or not yet."""
        if not decision_id:
            return None
        try:
            decision = await self._client.get(f"/decisions/{decision_id}", cast_to=object)
        except openai.OpenAIError:
            return None
        if not isinstance(decision, dict) or not decision.get("price_known"):
            return None
        return float(decision["cost"]) / 1e9


class Answer:
    """A model's answer: tokens as they come, then the tool calls, which come in fragments."""

    def __init__(
        self,
        stream: AsyncStream[ChatCompletionChunk],
        headers: Mapping[str, str],
        began: float,
        deadline: float,
    ) -> None:
        self.headers, self.began, self.ended = headers, began, began
        self.tokens: int | None = None
        self._stream, self._deadline = stream, deadline
        self._calls: dict[int, Call] = {}

    async def __aiter__(self) -> AsyncIterator[Token | Call]:
        while (chunk := await self._next()) is not None:
            self.ended = time.monotonic()
            if chunk.usage is not None:
                self.tokens = chunk.usage.total_tokens
            for choice in chunk.choices:
                if choice.delta.content:
                    yield Token(choice.delta.content)
                for part in choice.delta.tool_calls or ():
                    self._collect(part)
        for call in self._calls.values():
            yield call

    async def _next(self) -> ChatCompletionChunk | None:
        async with asyncio.timeout_at(self._deadline):
            return await anext(self._stream, None)

    def _collect(self, part: ChoiceDeltaToolCall) -> None:
        name = (part.function and part.function.name) or ""
        arguments = (part.function and part.function.arguments) or ""
        old = self._calls.get(part.index, Call("", "", ""))
        self._calls[part.index] = Call(
            old.id or part.id or "", old.name or name, old.arguments + arguments
        )


def _trouble(error: openai.OpenAIError) -> GatewayTrouble:
    if isinstance(error, openai.APITimeoutError):
        return GatewayTrouble(TOO_SLOW, "")
    if isinstance(error, openai.APIConnectionError):
        # By name: which HTTP library it is depends on the version of openai.
        refused = type(error.__cause__).__name__ == "ConnectError"
        return GatewayTrouble(UNREACHABLE if refused else BROKE_OFF, "")
    if isinstance(error, openai.APIError):
        body: Any = error.body
        said = body.get("message") if isinstance(body, dict) else None
        return GatewayTrouble(error.code or "gateway_error", said or error.message)
    return GatewayTrouble("gateway_error", "")
