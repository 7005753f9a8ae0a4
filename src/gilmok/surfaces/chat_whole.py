"""A chat completion in one piece: events in, one JSON object out. No I/O, no clock.

However an answer was split into deltas, the object is the same.
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import UNSET, Struct, UnsetType

from gilmok.core.completion import Delta, Event, FinishReason, Opened, Usage
from gilmok.core.errors import StreamBroken
from gilmok.surfaces.chat_answer import (
    LogprobsBody,
    UsageBody,
    answer_id,
    logprobs_body,
    tool_call_id,
    usage_body,
)

_encode = msgspec.json.Encoder().encode


class _Function(Struct, frozen=True):
    name: str
    arguments: str


class _ToolCall(Struct, frozen=True):
    id: str
    function: _Function
    type: str = "function"


class _Message(Struct, frozen=True):
    role: str
    content: str | None
    refusal: str | None
    reasoning_content: str | UnsetType = UNSET
    tool_calls: list[_ToolCall] | UnsetType = UNSET


class _Choice(Struct, frozen=True):
    index: int
    message: _Message
    logprobs: LogprobsBody | None
    finish_reason: FinishReason


class Completion(Struct, frozen=True):
    id: str
    object: str
    created: int
    model: str
    choices: list[_Choice]
    usage: UsageBody | UnsetType = UNSET
    system_fingerprint: str | UnsetType = UNSET


class _Call:
    """One tool call, growing."""

    __slots__ = ("arguments", "id", "name")

    def __init__(self, id: str) -> None:
        self.id = id
        self.name = ""
        self.arguments: list[str] = []


class _Growing:
    """One choice, growing."""

    __slots__ = ("calls", "content", "finish", "logprobs", "reasoning", "refusal")

    def __init__(self) -> None:
        self.content: list[str] = []
        self.refusal: list[str] = []
        self.reasoning: list[str] = []
        self.calls: dict[int, _Call] = {}
        self.logprobs: tuple[list[Any], list[Any]] | None = None
        self.finish: FinishReason | None = None

    def add(self, delta: Delta, decision_id: str) -> None:
        if self.finish is not None:
            raise StreamBroken
        if delta.content:
            self.content.append(delta.content)
        if delta.refusal:
            self.refusal.append(delta.refusal)
        if delta.reasoning:
            self.reasoning.append(delta.reasoning)
        for call in delta.tool_calls:
            growing = self.calls.get(call.index)
            if growing is None:
                growing = _Call(tool_call_id(call, decision_id, delta.index))
                self.calls[call.index] = growing
            growing.name = growing.name or call.name or ""
            growing.arguments.append(call.arguments)
        if delta.logprobs is not None and (body := logprobs_body(delta.logprobs)) is not None:
            content, refusal = self.logprobs = self.logprobs or ([], [])
            content.extend(body.content or ())
            refusal.extend(body.refusal or ())
        self.finish = delta.finish

    def choice(self, index: int) -> _Choice:
        if self.finish is None:
            raise StreamBroken
        content = "".join(self.content)
        silent = not (content or self.calls or self.refusal or self.reasoning)
        return _Choice(
            index=index,
            message=_Message(
                role="assistant",
                content=content if content or silent else None,
                refusal="".join(self.refusal) or None,
                reasoning_content="".join(self.reasoning) or UNSET,
                tool_calls=self._tool_calls() if self.calls else UNSET,
            ),
            logprobs=None
            if self.logprobs is None
            else LogprobsBody(self.logprobs[0] or None, self.logprobs[1] or None),
            finish_reason=self.finish,
        )

    def _tool_calls(self) -> list[_ToolCall]:
        return [
            _ToolCall(call.id, _Function(call.name, "".join(call.arguments)))
            for _, call in sorted(self.calls.items())
        ]


class ChatWhole:
    """One answer, collected. `choices` is the request's `n`, `created` seconds since 1970.

    Raises `StreamBroken` for events that do not fit and for an answer without its endings.
    """

    __slots__ = ("_choices", "_created", "_decision_id", "_model", "_opened", "_usage")

    def __init__(self, *, decision_id: str, created: int, model: str, choices: int = 1) -> None:
        self._decision_id = decision_id
        self._created = created
        self._model = model
        self._choices = [_Growing() for _ in range(choices)]
        self._opened: Opened | None = None
        self._usage: Usage | None = None

    def add(self, event: Event) -> None:
        if isinstance(event, Opened):
            if self._opened is not None:
                raise StreamBroken
            self._opened = event
            return
        if self._opened is None or self._usage is not None:
            raise StreamBroken
        if isinstance(event, Usage):
            self._usage = event
        elif isinstance(event, Delta) and 0 <= event.index < len(self._choices):
            self._choices[event.index].add(event, self._decision_id)
        else:
            raise StreamBroken

    def body(self) -> bytes:
        """The `chat.completion` object; without `usage` where none was reported or estimated."""
        if self._opened is None:
            raise StreamBroken
        return _encode(
            Completion(
                id=answer_id(self._decision_id),
                object="chat.completion",
                created=self._created,
                model=self._model,
                choices=[choice.choice(i) for i, choice in enumerate(self._choices)],
                usage=UNSET if self._usage is None else usage_body(self._usage),
                system_fingerprint=self._opened.fingerprint or UNSET,
            )
        )
