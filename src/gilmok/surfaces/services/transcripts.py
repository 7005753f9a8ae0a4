"""A transcript in each of OpenAI's forms. Pure.

A provider that can write the form wrote it; of one that gave words only, the form is made here: one
piece, as long as the recording.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec
from msgspec import Struct

from gilmok.core.completion import Delta, Event, Opened, Usage
from gilmok.core.errors import StreamBroken
from gilmok.core.work import Transcription
from gilmok.surfaces.services.door import Note

_JSON: Final = "application/json"
_PLAIN: Final = "text/plain; charset=utf-8"
_MEDIA: Final = {
    "json": _JSON,
    "verbose_json": _JSON,
    "text": _PLAIN,
    "srt": _PLAIN,
    "vtt": "text/vtt; charset=utf-8",
}
_encode = msgspec.json.Encoder().encode


class TranscriptUsage(Struct, frozen=True, kw_only=True):
    type: str = "duration"
    seconds: float


class Transcript(Struct, frozen=True, kw_only=True):
    """The answer where `response_format` is `json`."""

    text: str
    usage: TranscriptUsage
    gilmok: Note

    def __repr__(self) -> str:
        return "<transcript>"


class Segment(Struct, frozen=True, kw_only=True):
    id: int = 0
    start: float = 0.0
    end: float = 0.0
    text: str = ""

    def __repr__(self) -> str:
        return f"<segment {self.id}>"


class VerboseTranscript(Struct, frozen=True, kw_only=True):
    """The answer where it is `verbose_json`."""

    task: str = "transcribe"
    language: str = ""
    duration: float = 0.0
    text: str
    segments: list[Segment]
    usage: TranscriptUsage
    gilmok: Note

    def __repr__(self) -> str:
        return "<transcript>"


class _Written(Struct, frozen=True, kw_only=True):
    """As providers write it: most of it optional, some of it as text."""

    text: str
    language: str | None = None
    duration: float | str | None = None
    segments: list[Any] | None = None


_WRITTEN = msgspec.json.Decoder(_Written)


class Words:
    """What one answer says. Raises `StreamBroken` for what does not fit."""

    __slots__ = ("_ended", "_pieces")

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._ended = False

    def add(self, event: Event) -> None:
        if isinstance(event, Delta):
            if event.index or self._ended:
                raise StreamBroken
            self._pieces.append(event.content or "")
            self._ended = event.finish is not None
        elif not isinstance(event, Opened | Usage):
            raise StreamBroken

    @property
    def text(self) -> str:
        """Raises `StreamBroken` where the answer has not ended."""
        if not self._ended:
            raise StreamBroken
        return "".join(self._pieces)


def rendered(said: str, work: Transcription, note: Note) -> tuple[str, bytes]:
    """Media type and body."""
    seconds = work.milliseconds / 1000
    match work.format:
        case "json":
            body = _encode(
                Transcript(text=said, usage=TranscriptUsage(seconds=seconds), gilmok=note)
            )
        case "verbose_json":
            body = _encode(_verbose(said, work, note))
        case "srt" if "-->" not in said:
            body = f"1\n{_stamp(0, ',')} --> {_stamp(seconds, ',')}\n{said}\n".encode()
        case "vtt" if not said.startswith("WEBVTT"):
            body = f"WEBVTT\n\n{_stamp(0, '.')} --> {_stamp(seconds, '.')}\n{said}\n".encode()
        case _:
            body = said.encode()
    return _MEDIA[work.format], body


def _verbose(said: str, work: Transcription, note: Note) -> VerboseTranscript:
    seconds = work.milliseconds / 1000
    try:
        written = _WRITTEN.decode(said) if said.startswith("{") else _Written(text=said)
    except msgspec.MsgspecError:
        written = _Written(text=said)
    duration = _number(written.duration, seconds)
    segments = [
        Segment(
            id=at,
            start=_number(segment.get("start"), 0.0),
            end=_number(segment.get("end"), duration),
            text=str(segment.get("text") or ""),
        )
        for at, segment in enumerate(written.segments or ())
        if isinstance(segment, dict)
    ]
    return VerboseTranscript(
        language=written.language or work.language or "",
        duration=duration,
        text=written.text,
        segments=segments or [Segment(end=duration, text=written.text)],
        usage=TranscriptUsage(seconds=duration),
        gilmok=note,
    )


def _number(value: object, otherwise: float) -> float:
    try:
        number = float(value) if isinstance(value, float | int | str) else otherwise
    except ValueError:
        return otherwise
    return number if 0 <= number < 1e9 else otherwise


def _stamp(seconds: float, point: str) -> str:
    whole = round(seconds * 1000)
    hours, rest = divmod(whole, 3_600_000)
    minutes, rest = divmod(rest, 60_000)
    return f"{hours:02}:{minutes:02}:{rest // 1000:02}{point}{rest % 1000:03}"
