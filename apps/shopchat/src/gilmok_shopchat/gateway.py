"""The gateway as an ordinary OpenAI client sees it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

import numpy as np
import openai
from numpy.typing import NDArray
from openai import AsyncOpenAI
from openai.types.chat import ChatCompletionMessageParam, ChatCompletionToolParam

URL = "http://127.0.0.1:8080/v1"
_EMBEDDED = "embedded"
"""The gateway's small built-in model: it cannot be trusted with tools."""
_MOST_TOKENS = 400


@dataclass(frozen=True, slots=True)
class Token:
    text: str


@dataclass(frozen=True, slots=True)
class Call:
    """A tool call, whole; `arguments` is what the model wrote, unchecked."""

    id: str
    name: str
    arguments: str


class GatewayTrouble(Exception):
    """No answer, or one that broke off. `code` is the gateway's own, or `unreachable`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Gateway:
    """Chat, embeddings, and what the gateway has. Close it."""

    def __init__(
        self, url: str = URL, key: str | None = None, model: str = "auto", *, patience: float = 20.0
    ) -> None:
        """`patience`: seconds for a whole answer."""
        self.model = model
        self._client = AsyncOpenAI(
            base_url=url, api_key=key or "none", timeout=patience, max_retries=0
        )

    async def close(self) -> None:
        await self._client.close()

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors, one row for each text. Raises `GatewayTrouble`."""
        try:
            answer = await self._client.embeddings.create(model="auto", input=list(texts))
        except openai.OpenAIError as error:
            raise _trouble(error) from None
        rows = np.asarray([row.embedding for row in answer.data], dtype=np.float32)
        unit: NDArray[np.float32] = rows / np.maximum(
            np.linalg.norm(rows, axis=1, keepdims=True), np.float32(1e-9)
        )
        return unit

    async def can_call_tools(self) -> bool:
        """Whether anybody but the small built-in model would answer a question with tools. Raises
        `GatewayTrouble`."""
        body = {"model": self.model, "messages": [{"role": "user", "content": "?"}], "stream": True}
        try:
            plan = await self._client.post("/route", cast_to=object, body=body)
        except openai.APIConnectionError as error:
            raise _trouble(error) from None
        except openai.OpenAIError:
            return False
        candidates = plan.get("candidates") if isinstance(plan, dict) else None
        return any(candidate.get("endpoint") != _EMBEDDED for candidate in candidates or ())

    async def stream(
        self,
        messages: Sequence[ChatCompletionMessageParam],
        tools: Sequence[ChatCompletionToolParam],
        decisions: list[str],
    ) -> AsyncIterator[Token | Call]:
        """The answer as it comes; tool calls once they are whole. Adds the decision's id to
        `decisions` as soon as the answer begins. Raises `GatewayTrouble`."""
        calls: dict[int, Call] = {}
        try:
            raw = await self._client.chat.completions.with_raw_response.create(
                model=self.model,
                messages=list(messages),
                tools=list(tools) if tools else openai.omit,
                max_completion_tokens=_MOST_TOKENS,
                stream=True,
            )
            decisions.append(raw.headers.get("x-gilmok-decision", ""))
            async for chunk in raw.parse():
                for choice in chunk.choices:
                    if choice.delta.content:
                        yield Token(choice.delta.content)
                    for part in choice.delta.tool_calls or ():
                        old = calls.get(part.index, Call("", "", ""))
                        said = part.function
                        calls[part.index] = Call(
                            old.id or part.id or "",
                            old.name or (said.name if said else None) or "",
                            old.arguments + ((said.arguments if said else None) or ""),
                        )
        except openai.OpenAIError as error:
            raise _trouble(error) from None
        for call in calls.values():
            yield call


def _trouble(error: openai.OpenAIError) -> GatewayTrouble:
    if isinstance(error, openai.APITimeoutError):
        return GatewayTrouble("too_slow")
    if isinstance(error, openai.APIConnectionError):
        return GatewayTrouble("unreachable")
    if isinstance(error, openai.APIError):
        return GatewayTrouble(error.code or "gateway_error")
    return GatewayTrouble("gateway_error")
