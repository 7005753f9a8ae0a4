"""Reads Anthropic answers: streams of events, and whole messages.

The finish reason is held back until `message_stop`: before it the answer is not complete, and a
client that has seen a finish reason believes that it is.
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Raw, Struct

from gilmok.core.completion import Delta, Event, FinishReason, Opened, ToolCallDelta
from gilmok.core.errors import StreamBroken
from gilmok.providers.decoding import StreamDecoder, WholeDecoder
from gilmok.providers.sse import EventStream
from gilmok.providers.wire import error_event, usage


class _Block(Struct, gc=False):
    """A content block, or the delta of one."""

    type: str = ""
    text: str | None = None
    thinking: str | None = None
    partial_json: str | None = None
    id: str | None = None
    name: str | None = None
    input: Raw = Raw()
    stop_reason: str | None = None


class _Message(Struct, gc=False):
    id: str | None = None
    model: str | None = None
    content: list[_Block] | None = None
    stop_reason: str | None = None
    usage: Any = None
    error: Any = None


class _Event(Struct, gc=False):
    type: str = ""
    index: int = 0
    message: _Message | None = None
    content_block: _Block | None = None
    delta: _Block | None = None
    usage: Any = None
    error: Any = None


class _Usage(Struct):
    input_tokens: int
    output_tokens: int
    cache_read_input_tokens: int | None = None
    cache_creation_input_tokens: int | None = None


_events = msgspec.json.Decoder(_Event)
_messages = msgspec.json.Decoder(_Message)
_NOTHING = _Block()

_FINISH = {
    "end_turn": FinishReason.STOP,
    "stop_sequence": FinishReason.STOP,
    "pause_turn": FinishReason.STOP,
    "max_tokens": FinishReason.LENGTH,
    "model_context_window_exceeded": FinishReason.LENGTH,
    "tool_use": FinishReason.TOOL_CALLS,
    "refusal": FinishReason.CONTENT_FILTER,
}


def _finish(said: str | None) -> FinishReason:
    reason = _FINISH.get(said or "")
    if reason is None:
        raise StreamBroken("unknown_finish_reason" if said else "stream_broken")
    return reason


def _counted(reported: Any) -> list[Event]:
    """The usage as an event. The wire counts cached tokens apart from the input; we include them."""
    try:
        said = msgspec.convert(reported, _Usage)
    except msgspec.ValidationError:
        return []
    read, made = said.cache_read_input_tokens or 0, said.cache_creation_input_tokens or 0
    if min(said.input_tokens, read, made) < 0:
        return []
    found = usage(
        said.input_tokens + read + made, said.output_tokens, cached=read, cache_write=made
    )
    return [] if found is None else [found]


class Events(StreamDecoder[_Event]):
    """A stream of events. See `providers.wire.Decoder`."""

    def __init__(self) -> None:
        super().__init__(EventStream(), _events)
        self._begun = False
        self._stop: str | None = None
        self._usage: dict[str, Any] = {}
        self._tools: dict[int, int] = {}
        """Content block → number of the tool call."""
        self._silent: set[int] = set()
        """Tool blocks whose arguments nothing was said of yet."""

    def _take(self, document: _Event, found: list[Event]) -> None:
        match document.type:
            case "content_block_delta":
                self._piece(document.index, document.delta or _NOTHING, found)
            case "content_block_start":
                self._start(document.index, document.content_block or _NOTHING, found)
            case "content_block_stop" if document.index in self._silent:
                self._arguments(document.index, "{}", found)
            case "message_start":
                message = document.message or _Message()
                self._count(message.usage)
                found.append(Opened(message.id or "", message.model or ""))
            case "message_delta":
                self._count(document.usage)
                self._stop = (document.delta or _NOTHING).stop_reason or self._stop
            case "message_stop":
                self.done = True
                found.append(Delta(finish=_finish(self._stop)))
            case "error":
                raise error_event(document.error, begun=self._begun)

    def _start(self, index: int, block: _Block, found: list[Event]) -> None:
        if block.type == "tool_use":
            call = self._tools.setdefault(index, len(self._tools))
            self._silent.add(index)
            self._say(Delta(tool_calls=(ToolCallDelta(call, block.id, block.name),)), found)
        elif block.text:
            self._say(Delta(content=block.text), found)
        elif block.thinking:
            self._say(Delta(reasoning=block.thinking), found)

    def _piece(self, index: int, delta: _Block, found: list[Event]) -> None:
        if delta.text:
            self._say(Delta(content=delta.text), found)
        elif delta.partial_json and index in self._tools:
            self._arguments(index, delta.partial_json, found)
        elif delta.thinking:
            self._say(Delta(reasoning=delta.thinking), found)

    def _arguments(self, index: int, text: str, found: list[Event]) -> None:
        self._silent.discard(index)
        call = ToolCallDelta(self._tools[index], arguments=text)
        self._say(Delta(tool_calls=(call,)), found)

    def _say(self, delta: Delta, found: list[Event]) -> None:
        self._begun = True
        found.append(delta)

    def _count(self, reported: Any) -> None:
        if isinstance(reported, dict):
            self._usage.update(reported)

    def _closing(self) -> list[Event]:
        if not self.done:
            raise StreamBroken
        return _counted(self._usage)


class Whole(WholeDecoder[_Message]):
    """A whole message. See `providers.wire.Decoder`."""

    def __init__(self) -> None:
        super().__init__(_messages)

    def _events(self, document: _Message) -> list[Event]:
        if document.error is not None:
            raise error_event(document.error, begun=False)
        blocks = document.content or []
        calls = [block for block in blocks if block.type == "tool_use"]
        return [
            Opened(document.id or "", document.model or ""),
            Delta(
                content="".join(block.text or "" for block in blocks) or None,
                reasoning="".join(block.thinking or "" for block in blocks) or None,
                tool_calls=tuple(
                    ToolCallDelta(at, call.id, call.name, bytes(call.input).decode() or "{}")
                    for at, call in enumerate(calls)
                ),
                finish=_finish(document.stop_reason),
            ),
            *_counted(document.usage),
        ]
