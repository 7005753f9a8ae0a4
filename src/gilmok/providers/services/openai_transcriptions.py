"""Transcripts as OpenAI has them; whisper servers and vLLM speak it too.

Source: platform.openai.com/docs/api-reference/audio/createTranscription.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from gilmok.core.completion import Delta, Event, FinishReason, Opened, Usage
from gilmok.core.endpoint import Endpoint
from gilmok.core.errors import MalformedAnswer, UpstreamStatus
from gilmok.core.outbound import Letter
from gilmok.core.request import Request
from gilmok.core.work import Transcription
from gilmok.providers.decoding import MAX_WHOLE
from gilmok.providers.services.material import recording, remark
from gilmok.providers.services.multipart import Part, fields, form
from gilmok.providers.wire import Decoder, error_event, failure, usage

PATH = "/audio/transcriptions"
_WORDS_ONLY = "gpt-4o"
"""Models of this name take no other `response_format` than `json`."""
_TIMED = frozenset({"verbose_json", "srt", "vtt"})
"""What times stand in."""
_MAX_SECONDS = 7 * 24 * 3600
"""Longer than any recording that is taken; a length above it is none."""


class OpenAITranscriptions:
    """See `services.service.Service`."""

    def unsupported(self, request: Request) -> tuple[str, ...]:
        return ()

    def encode(self, endpoint: Endpoint, request: Request) -> Letter:
        """Raises `InvalidRequest` where the recording cannot be read."""
        work = request.work
        assert isinstance(work, Transcription), "the registry finds services by their work"
        sound, format = recording(request)
        parts = fields(
            model=endpoint.model,
            response_format=_asked_for(endpoint.model, work.format),
            language=work.language,
            prompt=remark(request),
            temperature=work.temperature,
        )
        parts = [part for part in parts if part.name not in endpoint.provider.omit]
        parts.append(Part("file", sound, f"recording.{_plain(format)}", work.media_type))
        kind, body = form(parts)
        return Letter(PATH, body, (("content-type", kind),), work)

    def decoder(self, letter: Letter, media_type: str) -> Decoder:
        assert isinstance(letter.work, Transcription)
        return _Transcript(letter.work.format, media_type == "application/json")

    def failure(self, status: int, headers: Mapping[str, str], body: bytes) -> UpstreamStatus:
        return failure(status, headers, body)


def _asked_for(model: str, wanted: str) -> str:
    """Documents only: they tell how long the recording is, which is paid for, and whoever asked can
    be given any form that is made of them."""
    return "verbose_json" if wanted in _TIMED and not model.startswith(_WORDS_ONLY) else "json"


def _plain(format: str) -> str:
    """Servers tell a recording's format by its name."""
    return format if format.isascii() and format.isalnum() and len(format) < 8 else "wav"


class _Details(Struct):
    audio_tokens: int | None = None


class _Tokens(Struct):
    input_tokens: int
    output_tokens: int
    input_token_details: _Details | None = None


class _Seconds(Struct):
    seconds: float


class _Answer(Struct):
    text: str | None = None
    duration: Any = None
    usage: Any = None
    error: Any = None


_answers = msgspec.json.Decoder(_Answer)


class _Transcript:
    """Reads a transcript: the words, or where times are wanted the document they came in. Servers
    that write the form themselves are believed, too."""

    def __init__(self, format: str, is_json: bool) -> None:
        self.done = False
        self._format = format
        self._is_json = is_json
        self._pieces: list[bytes] = []
        self._size = 0

    def feed(self, data: bytes) -> list[Event]:
        self._size += len(data)
        if self._size > MAX_WHOLE:
            self.done = True
            self._pieces.clear()
        else:
            self._pieces.append(data)
        return []

    def finish(self) -> list[Event]:
        if self.done:
            raise MalformedAnswer("too_large")
        body = b"".join(self._pieces)
        try:
            said = body.decode("utf-8")
        except UnicodeDecodeError:
            raise MalformedAnswer("not_utf8") from None
        if self._is_json or self._format in ("json", "verbose_json"):
            return self._document(body, said)
        words = said.strip("\n") if self._format == "text" else said
        return [Opened(), Delta(content=words, finish=FinishReason.STOP)]

    def _document(self, body: bytes, said: str) -> list[Event]:
        try:
            answer = _answers.decode(body)
        except msgspec.MsgspecError:
            raise MalformedAnswer("not_json") from None
        if answer.error is not None:
            raise error_event(answer.error, begun=False)
        if answer.text is None:
            raise MalformedAnswer("no_text")
        content = said if self._format in _TIMED else answer.text
        delta = Delta(content=content, finish=FinishReason.STOP)
        return [Opened(), delta, *_counted(answer)]


def _counted(answer: _Answer) -> list[Event]:
    """Tokens or the recording's length, whichever is told."""
    try:
        said = msgspec.convert(answer.usage, _Tokens)
    except msgspec.ValidationError:
        return _length(answer)
    details = said.input_token_details or _Details()
    found = usage(said.input_tokens, said.output_tokens, audio_input=details.audio_tokens)
    return _length(answer) if found is None else [found]


def _length(answer: _Answer) -> list[Event]:
    for seconds in (_seconds(answer.usage), _number(answer.duration)):
        if seconds is not None and 0 < seconds < _MAX_SECONDS:
            return [Usage(0, 0, units=int(seconds * 1000))]
    return []


def _seconds(said: Any) -> float | None:
    try:
        return msgspec.convert(said, _Seconds).seconds
    except msgspec.ValidationError:
        return None


def _number(said: Any) -> float | None:
    """Older servers write the length as a text."""
    try:
        return float(said) if isinstance(said, str | int | float) else None
    except ValueError:
        return None
