"""Reads OpenAI answers: streams of chunks, and whole ones.

A stream ends properly when every choice that spoke has a finish reason. `[DONE]` may be missing
after that (several servers leave it out); a finish reason may not.
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Raw, Struct
from msgspec.structs import replace

from gilmok.core.completion import (
    Delta,
    Event,
    FinishReason,
    Opened,
    ToolCallDelta,
)
from gilmok.core.errors import MalformedAnswer, StreamBroken
from gilmok.providers.decoding import StreamDecoder, WholeDecoder
from gilmok.providers.sse import EventStream
from gilmok.providers.timings import llamacpp
from gilmok.providers.wire import error_event, usage


class _Function(Struct, gc=False):
    name: str | None = None
    arguments: str | dict[str, Any] | None = None


class _Call(Struct, gc=False):
    index: int | None = None
    id: str | None = None
    function: _Function | None = None


class _Piece(Struct):
    """A part of a content that is not a plain string (Mistral's thinking models)."""

    type: str = ""
    text: str | None = None
    thinking: list[_Piece] | str | None = None


class _Said(Struct, gc=False):
    """A chunk's delta or a whole message: the same fields."""

    content: str | list[_Piece] | None = None
    refusal: str | None = None
    reasoning_content: str | None = None  # DeepSeek, vLLM, llama.cpp, xAI
    reasoning: str | None = None  # OpenRouter, Groq, Ollama
    tool_calls: list[_Call] | None = None


class _Choice(Struct, gc=False):
    index: int = 0
    delta: _Said | None = None
    message: _Said | None = None
    finish_reason: str | None = None
    logprobs: Any = None


class _Answer(Struct, gc=False):
    id: str | None = None
    model: str | None = None
    system_fingerprint: str | None = None
    choices: list[_Choice] | None = None
    usage: Any = None
    timings: Any = None  # llama.cpp, beside the usage
    error: Any = None


# Fields that are mostly absent and sometimes nonsense are `Any` above: nonsense in one of them must
# not make the words beside it unreadable.


class _PromptDetails(Struct, gc=False):
    cached_tokens: int | None = None
    cache_write_tokens: int | None = None  # OpenRouter
    audio_tokens: int | None = None
    image_tokens: int | None = None


class _CompletionDetails(Struct, gc=False):
    reasoning_tokens: int | None = None
    audio_tokens: int | None = None
    image_tokens: int | None = None


class _Usage(Struct, gc=False):
    prompt_tokens: int
    completion_tokens: int
    total_tokens: int | None = None
    prompt_tokens_details: _PromptDetails | None = None
    completion_tokens_details: _CompletionDetails | None = None
    prompt_cache_hit_tokens: int | None = None  # DeepSeek


_answers = msgspec.json.Decoder(_Answer)
_SILENCE = _Said()
_NO_PROMPT_DETAILS = _PromptDetails()
_NO_COMPLETION_DETAILS = _CompletionDetails()
_compact = msgspec.json.Encoder().encode

_FINISH = {
    **{reason.value: reason for reason in FinishReason},
    "eos": FinishReason.STOP,
    "end_turn": FinishReason.STOP,
    "stop_sequence": FinishReason.STOP,
    "tool_use": FinishReason.TOOL_CALLS,
    "max_tokens": FinishReason.LENGTH,
    "model_length": FinishReason.LENGTH,
    "safety": FinishReason.CONTENT_FILTER,
}


def _finish(said: str | None) -> FinishReason | None:
    """Raises `StreamBroken` for a word that says the answer is not whole, or that nobody knows."""
    if not said:
        return None
    reason = _FINISH.get(said) or _FINISH.get(said.lower())
    if reason is None:
        raise StreamBroken("unknown_finish_reason")
    return reason


def _calls(calls: list[_Call]) -> tuple[ToolCallDelta, ...]:
    found = []
    for position, call in enumerate(calls):
        function = call.function or _Function()
        arguments = function.arguments
        if isinstance(arguments, dict):
            arguments = _compact(arguments).decode()
        index = position if call.index is None else call.index
        found.append(ToolCallDelta(index, call.id, function.name, arguments or ""))
    return tuple(found)


def _split(pieces: list[_Piece]) -> tuple[str | None, str | None]:
    """Content and thinking of a list of pieces."""
    content = "".join(piece.text or "" for piece in pieces if piece.type == "text")
    thinking = []
    for piece in pieces:
        inner = piece.thinking
        thinking.append(
            inner if isinstance(inner, str) else "".join(p.text or "" for p in inner or ())
        )
    return content or None, "".join(thinking) or None


def _delta(choice: _Choice, said: _Said) -> Delta:
    content, reasoning = said.content, said.reasoning_content or said.reasoning
    if isinstance(content, list):
        content, thought = _split(content)
        reasoning = reasoning or thought
    return Delta(
        choice.index,
        content,
        said.refusal,
        reasoning,
        _calls(said.tool_calls) if said.tool_calls else (),
        None if choice.logprobs is None else Raw(_compact(choice.logprobs)),
        _finish(choice.finish_reason),
    )


def _counted(reported: Any, timings: Any) -> list[Event]:
    """The usage as an event; none where it is absent, unreadable or absurd."""
    try:
        said = msgspec.convert(reported, _Usage)
    except msgspec.ValidationError:
        return []
    if said.total_tokens is not None and said.total_tokens < said.prompt_tokens:
        return []
    prompt = said.prompt_tokens_details or _NO_PROMPT_DETAILS
    answer = said.completion_tokens_details or _NO_COMPLETION_DETAILS
    found = usage(
        said.prompt_tokens,
        said.completion_tokens,
        cached=prompt.cached_tokens or said.prompt_cache_hit_tokens,
        cache_write=prompt.cache_write_tokens,
        audio_input=prompt.audio_tokens,
        image_input=prompt.image_tokens,
        reasoning=answer.reasoning_tokens,
        audio_output=answer.audio_tokens,
        image_output=answer.image_tokens,
    )
    if found is None:
        return []
    return [found if timings is None else replace(found, timings=llamacpp(timings))]


class Chunks(StreamDecoder[_Answer]):
    """A stream of chunks. See `providers.wire.Decoder`."""

    def __init__(self) -> None:
        super().__init__(EventStream(), _answers)
        self._opened = False
        self._begun = False
        self._unfinished: dict[int, bool] = {}
        self._usage: Any = None
        self._timings: Any = None

    def _is_end(self, line: bytes) -> bool:
        return line == b"[DONE]"

    def _take(self, document: _Answer, found: list[Event]) -> None:
        if document.error is not None:
            raise error_event(document.error, begun=self._begun)
        if not self._opened:
            self._opened = True
            found.append(_opened(document))
        if document.usage is not None:
            self._usage = document.usage  # the last one counts: some report it with every chunk
            self._timings = document.timings
        for choice in document.choices or ():
            self._take_choice(choice, found)

    def _take_choice(self, choice: _Choice, found: list[Event]) -> None:
        delta = _delta(choice, choice.delta or choice.message or _SILENCE)
        if delta.finish is not None:
            self._unfinished[choice.index] = False
        else:
            self._unfinished.setdefault(choice.index, True)
            if not (delta.says_something or delta.logprobs is not None):
                return
        self._begun = True
        found.append(delta)

    def _closing(self) -> list[Event]:
        if not self._unfinished or any(self._unfinished.values()):
            raise StreamBroken
        return _counted(self._usage, self._timings)


class Whole(WholeDecoder[_Answer]):
    """An answer in one document. See `providers.wire.Decoder`."""

    def __init__(self) -> None:
        super().__init__(_answers)

    def _events(self, document: _Answer) -> list[Event]:
        if document.error is not None:
            raise error_event(document.error, begun=False)
        if not document.choices:
            raise MalformedAnswer("no_choices")
        found: list[Event] = [_opened(document)]
        for choice in document.choices:
            delta = _delta(choice, choice.message or _SILENCE)
            if delta.finish is None:
                raise StreamBroken
            found.append(delta)
        return found + _counted(document.usage, document.timings)


def _opened(answer: _Answer) -> Opened:
    return Opened(answer.id or "", answer.model or "", answer.system_fingerprint)
