"""Reads Ollama's answers: lines of JSON, the last of which says `done`."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import msgspec
from msgspec import Raw, Struct
from msgspec.structs import replace

from gilmok.core.completion import Delta, Event, FinishReason, Opened, ToolCallDelta
from gilmok.core.errors import AttemptFailed, MalformedAnswer, StreamBroken
from gilmok.providers.decoding import StreamDecoder, WholeDecoder
from gilmok.providers.ndjson import Documents
from gilmok.providers.timings import ollama as timings
from gilmok.providers.wire import error_event, usage


class _Function(Struct):
    name: str = ""
    arguments: Raw = Raw(b"{}")


class _Call(Struct):
    id: str | None = None
    function: _Function = msgspec.field(default_factory=_Function)


class _Message(Struct):
    content: str | None = None
    thinking: str | None = None
    tool_calls: list[_Call] | None = None


class _Line(Struct):
    model: str = ""
    created_at: str = ""
    message: _Message | None = None
    done: bool = False
    done_reason: str | None = None
    prompt_eval_count: Any = None
    eval_count: Any = None
    prompt_eval_duration: Any = None
    eval_duration: Any = None
    load_duration: Any = None
    error: Any = None


_lines = msgspec.json.Decoder(_Line)

_FINISH = {
    None: FinishReason.STOP,  # servers before 0.3 gave no reason
    "stop": FinishReason.STOP,
    "length": FinishReason.LENGTH,
    "load": FinishReason.STOP,
    "unload": FinishReason.STOP,
}


def _call(line: _Line, at: int, call: _Call) -> ToolCallDelta:
    """The wire may give no id; one is made of the answer's own bytes, so that a replay agrees."""
    arguments = bytes(call.function.arguments)
    mark = b"|".join((line.created_at.encode(), str(at).encode(), call.function.name.encode()))
    made = "call_" + sha256(mark + b"|" + arguments).hexdigest()[:24]
    return ToolCallDelta(at, call.id or made, call.function.name, arguments.decode())


def _delta(line: _Line, calls_before: int) -> Delta:
    """What a line says; with the finish reason where it is the last."""
    message = line.message or _Message()
    calls = message.tool_calls or ()
    finish = None
    if line.done:
        finish = _FINISH.get(line.done_reason)
        if finish is None:
            raise StreamBroken("unknown_finish_reason")
        if finish is FinishReason.STOP and (calls or calls_before):
            finish = FinishReason.TOOL_CALLS
    return Delta(
        content=message.content or None,
        reasoning=message.thinking or None,
        tool_calls=tuple(_call(line, calls_before + at, call) for at, call in enumerate(calls)),
        finish=finish,
    )


def _counted(line: _Line) -> list[Event]:
    """The usage as an event; none where a count is absent or absurd."""
    prompt, completion = line.prompt_eval_count, line.eval_count
    if type(prompt) is not int or type(completion) is not int:
        return []
    found = usage(prompt, completion)
    if found is None:
        return []
    told = timings(line.prompt_eval_duration, line.eval_duration, line.load_duration)
    return [replace(found, timings=told)]


def _error(said: object, *, begun: bool) -> AttemptFailed:
    """Errors are a single string here, which says nothing that may be kept."""
    return error_event({} if isinstance(said, str) else said, begun=begun)


class Lines(StreamDecoder[_Line]):
    """A stream of lines. See `providers.wire.Decoder`."""

    def __init__(self) -> None:
        super().__init__(Documents(), _lines)
        self._opened = False
        self._begun = False
        self._calls = 0
        self._usage: list[Event] = []

    def _take(self, document: _Line, found: list[Event]) -> None:
        if document.error is not None:
            raise _error(document.error, begun=self._begun)
        if not self._opened:
            self._opened = True
            found.append(Opened(model=document.model))
        delta = _delta(document, self._calls)
        self._calls += len(delta.tool_calls)
        if delta.says_something or delta.finish is not None:
            self._begun = True
            found.append(delta)
        if document.done:
            self.done = True
            self._usage = _counted(document)

    def _closing(self) -> list[Event]:
        if not self.done:
            raise StreamBroken
        return self._usage


class Whole(WholeDecoder[_Line]):
    """An answer in one document. See `providers.wire.Decoder`."""

    def __init__(self) -> None:
        super().__init__(_lines)

    def _events(self, document: _Line) -> list[Event]:
        if document.error is not None:
            raise _error(document.error, begun=False)
        if document.message is None:
            raise MalformedAnswer("no_message")
        if not document.done:
            raise StreamBroken
        return [Opened(model=document.model), _delta(document, 0), *_counted(document)]
