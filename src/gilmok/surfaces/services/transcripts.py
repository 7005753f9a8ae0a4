"""A transcript in each of OpenAI's forms. Pure.

It is made here of the document that providers give, with the times in it; of words alone it is one
piece, as long as the recording. A provider that wrote the form itself is passed on.
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

    __slots__ = ("_ended", "_pieces", "_usage")

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._ended = False
        self._usage: Usage | None = None

    def add(self, event: Event) -> None:
        if isinstance(event, Delta):
            if event.index or self._ended:
                raise StreamBroken
            self._pieces.append(event.content or "")
            self._ended = event.finish is not None
        elif isinstance(event, Usage):
            self._usage = event
        elif not isinstance(event, Opened):
            raise StreamBroken

    @property
    def text(self) -> str:
        """Raises `StreamBroken` where the answer has not ended."""
        if not self._ended:
            raise StreamBroken
        return "".join(self._pieces)

    @property
    def heard_ms(self) -> int:
        """How long the recording is, as it was heard; 0 where nobody says so."""
        return 0 if self._usage is None else self._usage.units


def rendered(said: str, work: Transcription, note: Note, heard_ms: int = 0) -> tuple[str, bytes]:
    """Media type and body. What was not heard is as long as it is said to be, or at most."""
    seconds = (heard_ms or work.milliseconds) / 1000
    match work.format:
        case "json":
            usage = TranscriptUsage(seconds=seconds)
            body = _encode(Transcript(text=said, usage=usage, gilmok=note))
        case "verbose_json":
            body = _encode(_verbose(said, seconds, work, note))
        case "srt" if "-->" not in said or said.startswith("{"):
            body = _titles(_verbose(said, seconds, work, note).segments, ",").encode()
        case "vtt" if not said.startswith("WEBVTT"):
            titles = _titles(_verbose(said, seconds, work, note).segments, ".")
            body = f"WEBVTT\n\n{titles}".encode()
        case _:
            body = said.encode()
    return _MEDIA[work.format], body


def _titles(segments: list[Segment], point: str) -> str:
    """Numbered in SRT, whose seconds have a comma."""
    return "\n".join(
        (f"{number}\n" if point == "," else "")
        + f"{_stamp(piece.start, point)} --> {_stamp(piece.end, point)}\n{_line(piece.text)}\n"
        for number, piece in enumerate(segments, 1)
    )


def _line(text: str) -> str:
    """Without what would end a title early, or begin another."""
    return "\n".join(line for line in text.strip().splitlines() if line.strip()).replace("-->", "→")


def _verbose(said: str, seconds: float, work: Transcription, note: Note) -> VerboseTranscript:
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
        segments=segments or ([Segment(end=duration, text=written.text)] if written.text else []),
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
