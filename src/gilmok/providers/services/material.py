"""What a work is to be done with, read out of the request's messages. See `core.work`."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from gilmok.core.armour import unarmoured
from gilmok.core.errors import InvalidRequest
from gilmok.core.request import Attachment, Request, Role, Text


def texts(request: Request) -> list[str]:
    """What is to be embedded, drawn or said: one text for each user message."""
    return [
        "\n".join(part.text.reveal() for part in message.parts if isinstance(part, Text))
        for message in request.messages
        if message.role is Role.USER
    ]


def remark(request: Request) -> str | None:
    """How it is to be done, where the caller said so: the system message."""
    for message in request.messages:
        if message.role is Role.SYSTEM:
            return "\n".join(p.text.reveal() for p in message.parts if isinstance(p, Text))
    return None


class _Audio(Struct):
    data: str
    format: str = "wav"


class _AudioPart(Struct):
    input_audio: _Audio


class Video(Struct):
    """In base64, or where it stands."""

    data: str | None = None
    url: str | None = None
    media_type: str | None = None


class _VideoPart(Struct):
    video: Video


def recording(request: Request) -> tuple[bytes, str]:
    """The recording and its format's name. Raises `InvalidRequest` where there is none."""
    try:
        found = msgspec.json.decode(_payload(request, "input_audio"), type=_AudioPart).input_audio
        return unarmoured(found.data), found.format
    except (msgspec.MsgspecError, ValueError):
        raise InvalidRequest(
            "file", "is no recording that can be read.", "읽을 수 있는 녹음이 아닙니다."
        ) from None


def video(request: Request) -> Video:
    """Raises `InvalidRequest` where there is none."""
    try:
        found = msgspec.json.decode(_payload(request, "video"), type=_VideoPart).video
    except (msgspec.MsgspecError, UnicodeEncodeError):
        found = Video()
    if (found.data is None) == (found.url is None):
        raise InvalidRequest(
            "video", "needs either data or a url.", "data와 url 중 하나가 필요합니다."
        )
    return found


def _payload(request: Request, kind: str) -> str:
    for message in request.messages:
        for part in message.parts:
            if isinstance(part, Attachment) and part.kind == kind:
                return part.payload.reveal()
    return ""
