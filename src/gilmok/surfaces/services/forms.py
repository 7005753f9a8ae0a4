"""A recording with what is to be done with it, from a form. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

import msgspec
from msgspec import Struct

from gilmok.core.armour import armoured
from gilmok.core.errors import BodyTooLarge, InvalidRequest, UnsupportedParameter
from gilmok.core.request import Attachment
from gilmok.core.text import Private
from gilmok.core.work import Transcription
from gilmok.surfaces.chat_request import target
from gilmok.surfaces.chat_wire import AudioPart, InputAudio
from gilmok.surfaces.services.door import Wish, instructions, user_message
from gilmok.surfaces.services.form import Part, boundary_of, read_form
from gilmok.surfaces.services.recordings import KINDS, Kind, at_most, kind_of, milliseconds
from gilmok.surfaces.strict_json import not_one_of

FORMATS: Final = ("json", "text", "verbose_json", "srt", "vtt")
LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})?")
_KNOWN: Final = frozenset(
    {"file", "model", "language", "prompt", "response_format", "temperature", "user"}
    | {"timestamp_granularities[]", "timestamp_granularities"}
)
_REFUSED: Final = ("stream", "include[]", "include", "chunking_strategy", "logprobs")
_encode = msgspec.json.Encoder().encode


class Recording(Struct, frozen=True):
    data: bytes
    kind: Kind

    def __repr__(self) -> str:
        return f"<recording of {len(self.data)} bytes>"


def read_transcription(body: bytes, content_type: str, most_bytes: int) -> Wish:
    """Raises `InvalidRequest`, `UnsupportedParameter`, `UnsupportedMediaType`, `BodyTooLarge`."""
    recording, texts = read_recording(body, content_type, most_bytes, _KNOWN)
    if not recording.kind.audio:
        raise unknown_kind()
    format = texts.get("response_format", "json")
    if format not in FORMATS:
        raise not_one_of("response_format", FORMATS)
    length = milliseconds(recording.data, recording.kind)
    part = AudioPart(InputAudio(armoured(recording.data), recording.kind.format))
    return Wish(
        target=target(texts.get("model", "auto")),
        messages=(
            *instructions(texts.get("prompt")),
            user_message(Attachment("input_audio", Private(_encode(part).decode()))),
        ),
        work=Transcription(
            media_type=recording.kind.audio,
            language=language_of(texts.get("language")),
            format=format,
            temperature=_temperature(texts.get("temperature")),
            milliseconds=at_most(recording.data) if length is None else length,
            length_known=length is not None,
        ),
        user=texts.get("user"),
    )


def read_recording(
    body: bytes, content_type: str, most_bytes: int, known: frozenset[str]
) -> tuple[Recording, Mapping[str, str]]:
    """The form's one file, and its other fields. Raises as above."""
    file: bytes | None = None
    texts: dict[str, str] = {}
    for part in read_form(body, boundary_of(content_type)):
        if part.name == "file" and file is None:
            file = part.data
            continue
        if part.name == "stream" and part.data == b"false":
            continue
        _check_name(part, known)
        if part.name in texts and not part.name.endswith("[]"):
            raise InvalidRequest(part.name, "is given twice", "두 번 적혀 있습니다")
        if "granularities" in part.name and part.text != "segment":
            raise UnsupportedParameter(
                "timestamp_granularities",
                "only segments have times here",
                "시각은 구간(segment) 단위로만 드립니다",
            )
        before = texts.get(part.name)
        texts[part.name] = part.text if before is None else f"{before},{part.text}"
    if file is None:
        raise InvalidRequest("file", "is required", "필수 항목입니다")
    if len(file) > most_bytes:
        raise BodyTooLarge(most_bytes)
    kind = kind_of(file)
    if kind is None:
        raise unknown_kind()
    return Recording(file, kind), texts


def _check_name(part: Part, known: Iterable[str]) -> None:
    if part.name in _REFUSED:
        raise UnsupportedParameter(
            part.name.removesuffix("[]"),
            "cannot be carried to every endpoint",
            "모든 엔드포인트로 전달할 수 없습니다",
        )
    if part.name == "file":
        raise InvalidRequest("file", "is given twice", "두 번 적혀 있습니다")
    if part.name not in known:
        raise InvalidRequest(
            "body", "has a field that is not known here", "여기서 모르는 항목이 있습니다"
        )


def unknown_kind() -> InvalidRequest:
    known = ", ".join(kind.format for kind in KINDS)
    return InvalidRequest(
        "file",
        f"is no recording of a kind that is known here: {known}",
        f"여기서 아는 형식의 파일이 아닙니다: {known}",
    )


def language_of(value: str | None) -> str | None:
    """Raises `InvalidRequest`."""
    if not value:
        return None
    if LANGUAGE.fullmatch(value) is None:
        raise InvalidRequest(
            "language", "must be a code such as ko or en-US", "ko, en-US 같은 코드여야 합니다"
        )
    return value


_NUMBER = re.compile(r"\d{1,4}(\.\d{1,320})?([eE][+-]?\d{1,3})?", re.ASCII)


def _temperature(value: str | None) -> float | None:
    if not value:
        return None
    if _NUMBER.fullmatch(value) is None or not 0 <= float(value) <= 1:
        raise InvalidRequest(
            "temperature", "must be a number from 0 to 1", "0에서 1까지의 수여야 합니다"
        )
    return float(value)
