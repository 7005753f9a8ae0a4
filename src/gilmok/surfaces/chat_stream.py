"""A streamed chat completion: events in, server-sent events out. No I/O, no clock.

Law 3: the ending is the endpoint's or none. `end` refuses unless every choice has its finish
reason, and after `fail` there is no usage, no finish reason and no `[DONE]`.
"""

from __future__ import annotations

from enum import Enum

import msgspec
from msgspec import UNSET, Struct, UnsetType

from gilmok.core.completion import Delta, Event, FinishReason, Opened, ToolCallDelta, Usage
from gilmok.core.errors import GilmokError, StreamBroken
from gilmok.surfaces import sse
from gilmok.surfaces.chat_answer import (
    LogprobsBody,
    answer_id,
    logprobs_body,
    tool_call_id,
    usage_body,
)
from gilmok.surfaces.errors import error_body

_encode = msgspec.json.Encoder().encode


class _State(Enum):
    WAITING = "waiting"
    OPEN = "open"
    ENDED = "ended"
    BROKEN = "broken"


class _Choice(Enum):
    SILENT = "silent"
    SPEAKING = "speaking"
    FINISHED = "finished"


_WAITING, _OPEN, _ENDED, _BROKEN = _State
_SILENT, _SPEAKING, _FINISHED = _Choice


class _Head(Struct, frozen=True):
    id: str
    object: str
    created: int
    model: str
    system_fingerprint: str | UnsetType = UNSET


class _Function(Struct, frozen=True):
    name: str | UnsetType
    arguments: str


class _ToolCall(Struct, frozen=True):
    index: int
    id: str | UnsetType
    type: str | UnsetType
    function: _Function


class _Delta(Struct, frozen=True):
    role: str | UnsetType = UNSET
    content: str | UnsetType | None = UNSET
    refusal: str | UnsetType = UNSET
    reasoning_content: str | UnsetType = UNSET
    tool_calls: list[_ToolCall] | UnsetType = UNSET


class ChunkChoice(Struct, frozen=True):
    index: int
    delta: _Delta
    logprobs: LogprobsBody | None = None
    finish_reason: FinishReason | None = None


class ChatStream:
    """One answer on its way. `choices` is the request's `n`, `created` seconds since 1970.

    Events that do not fit raise `StreamBroken`; the caller then sends `fail` and hangs up.
    """

    __slots__ = (
        "_called",
        "_choices",
        "_created",
        "_decision_id",
        "_fast",
        "_head",
        "_include_usage",
        "_model",
        "_state",
        "_tail",
        "_usage",
    )

    def __init__(
        self,
        *,
        decision_id: str,
        created: int,
        model: str,
        choices: int = 1,
        include_usage: bool = False,
    ) -> None:
        self._decision_id = decision_id
        self._created = created
        self._model = model
        self._include_usage = include_usage
        self._state = _WAITING
        self._choices = [_SILENT] * choices
        self._called: dict[tuple[int, int], bool] = {}  # by choice and call: was its name sent?
        self._usage: Usage | None = None
        self._head = b""
        self._tail = b""
        self._fast: list[tuple[bytes, bytes]] = []

    @property
    def is_open(self) -> bool:
        """True from the first event to the ending, of whichever kind."""
        return self._state is _OPEN

    def encode(self, event: Event) -> bytes:
        """The bytes an event becomes; none for `Opened`, and `Usage` waits for `end`."""
        if isinstance(event, Delta):
            return self._delta(event)
        if isinstance(event, Opened):
            self._open(event)
        elif isinstance(event, Usage):
            self._take_usage(event)
        else:
            raise StreamBroken
        return b""

    def end(self) -> bytes:
        """The usage chunk, where asked for and known, and `[DONE]`."""
        if self._state is not _OPEN or any(c is not _FINISHED for c in self._choices):
            raise StreamBroken
        self._state = _ENDED
        if not self._include_usage or self._usage is None:
            return sse.DONE
        usage = _encode(usage_body(self._usage))
        return self._head + b'],"usage":' + usage + b"}\n\n" + sse.DONE

    def fail(self, error: GilmokError, locale: str) -> bytes:
        """The error as the last event. Once; a stream that ended cannot fail any more."""
        if self._state in (_ENDED, _BROKEN):
            raise RuntimeError(f"the stream is {self._state.value}")
        self._state = _BROKEN
        return sse.data(error_body(error, locale))

    def _open(self, opened: Opened) -> None:
        if self._state is not _WAITING:
            raise StreamBroken
        self._state = _OPEN
        head = _Head(
            id=answer_id(self._decision_id),
            object="chat.completion.chunk",
            created=self._created,
            model=self._model,
            system_fingerprint=opened.fingerprint or UNSET,
        )
        self._head = b"data: " + sse.one_line(_encode(head)[:-1]) + b',"choices":['
        self._tail = b'],"usage":null}\n\n' if self._include_usage else b"]}\n\n"
        after = b'},"logprobs":null,"finish_reason":null}' + self._tail
        self._fast = [
            (self._head + b'{"index":%d,"delta":{"content":' % index, after)
            for index in range(len(self._choices))
        ]

    def _take_usage(self, usage: Usage) -> None:
        if self._state is not _OPEN or self._usage is not None:
            raise StreamBroken
        self._usage = usage

    def _delta(self, delta: Delta) -> bytes:
        index = delta.index
        if self._state is not _OPEN or not 0 <= index < len(self._choices):
            raise StreamBroken
        choice = self._choices[index]
        if choice is _FINISHED or self._usage is not None:
            raise StreamBroken
        # Nearly every event of a stream is a word or two of content and nothing else.
        if (
            choice is _SPEAKING
            and delta.content
            and delta.finish is None
            and not delta.tool_calls
            and delta.logprobs is None
            and delta.reasoning is None
            and delta.refusal is None
        ):
            before, after = self._fast[index]
            return before + sse.one_line(_encode(delta.content)) + after
        return self._uncommon(delta, first=choice is _SILENT)

    def _uncommon(self, delta: Delta, *, first: bool) -> bytes:
        """What a delta says and its finish reason go out apart: some clients stop reading a chunk
        at its finish reason."""
        written = b""
        logprobs = None if delta.logprobs is None else logprobs_body(delta.logprobs)
        if first or delta.says_something or logprobs is not None:
            body = self._delta_body(delta, first)
            written = self._chunk(ChunkChoice(delta.index, body, logprobs))
            self._choices[delta.index] = _SPEAKING
        if delta.finish is not None:
            written += self._chunk(ChunkChoice(delta.index, _Delta(), finish_reason=delta.finish))
            self._choices[delta.index] = _FINISHED
        return written

    def _delta_body(self, delta: Delta, first: bool) -> _Delta:
        content: str | UnsetType | None = delta.content or UNSET
        if first and content is UNSET:
            content = None if delta.says_something else ""
        return _Delta(
            role="assistant" if first else UNSET,
            content=content,
            refusal=delta.refusal or UNSET,
            reasoning_content=delta.reasoning or UNSET,
            tool_calls=[self._tool_call(delta.index, c) for c in delta.tool_calls] or UNSET,
        )

    def _tool_call(self, choice: int, call: ToolCallDelta) -> _ToolCall:
        """Id, type and name are sent once, as OpenAI does: clients append what comes again."""
        key = (choice, call.index)
        first = key not in self._called
        named = self._called.get(key, False)
        self._called[key] = named or bool(call.name)
        return _ToolCall(
            index=call.index,
            id=tool_call_id(call, self._decision_id, choice) if first else UNSET,
            type="function" if first else UNSET,
            function=_Function(UNSET if named else call.name or UNSET, call.arguments),
        )

    def _chunk(self, choice: ChunkChoice) -> bytes:
        return self._head + sse.one_line(_encode(choice)) + self._tail
