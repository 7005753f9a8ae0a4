"""Bodies of `/v1/video/analyses`. There is no usual wire for these; this one is the gateway's own."""

from __future__ import annotations

import base64
import re
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta, Raw, Struct

from gilmok.core.errors import InvalidRequest
from gilmok.core.request import Attachment
from gilmok.core.text import Private
from gilmok.core.work import VideoAnalysis
from gilmok.surfaces.chat_request import target
from gilmok.surfaces.remote import check_remote
from gilmok.surfaces.services.bodies import read
from gilmok.surfaces.services.door import Note, Wish, user_message
from gilmok.surfaces.services.forms import LANGUAGE, language_of, read_recording, unknown_kind
from gilmok.surfaces.services.recordings import milliseconds
from gilmok.surfaces.strict_json import not_one_of

Feature = Literal["labels", "shots", "text", "explicit", "speech", "objects", "faces"]
FEATURES: Final = ("labels", "shots", "text", "explicit", "speech", "objects", "faces")
_BUCKET = re.compile(r"(?:gs|s3)://[a-z0-9][a-z0-9._-]{1,220}/[^\x00-\x20\x7f\\]{1,1024}")
_KNOWN: Final = frozenset({"file", "model", "language", "features", "features[]", "user"})
_encode = msgspec.json.Encoder().encode


class VideoBody(Struct, frozen=True, kw_only=True):
    """A video to look at, by its address."""

    url: Annotated[str, Meta(min_length=1, max_length=4096)]
    """Public http(s), or an object of [services] video_buckets (`gs://…`, `s3://…`)."""
    model: str = "auto"
    features: Annotated[list[Feature], Meta(min_length=1, max_length=len(FEATURES))] | None = None
    """`labels` where it is left out."""
    language: Annotated[str, Meta(pattern=f"^{LANGUAGE.pattern}$")] | None = None
    """Of what is said or written in it."""
    user: str | None = None

    def __repr__(self) -> str:
        return "<a video to look at>"


class JobError(Struct, frozen=True, kw_only=True):
    code: str
    message: str


class VideoJob(Struct, frozen=True, kw_only=True):
    """A job: how far it is, and what it came to."""

    id: str
    object: str = "video.analysis"
    status: Literal["running", "done", "failed", "cancelled"]
    created_at: int
    """Seconds since 1970."""
    decision: str
    """For GET /v1/decisions/{id}, once it has ended."""
    model: str
    features: tuple[str, ...]
    result: Raw | None = None
    """As the provider wrote it."""
    error: JobError | None = None
    gilmok: Note | None = None

    def __repr__(self) -> str:
        return f"<job, {self.status}>"


class VideoJobList(Struct, frozen=True, kw_only=True):
    object: str = "list"
    data: list[Raw]
    """Jobs, newest first, without their results."""


class _Video(Struct, frozen=True, kw_only=True, omit_defaults=True):
    url: str | None = None
    data: str | None = None
    media_type: str | None = None


class _VideoPart(Struct, frozen=True, tag_field="type", tag="video"):
    video: _Video


_BODY = msgspec.json.Decoder(VideoBody)
_CHOICES = {"features": FEATURES}


def read_video(body: bytes, longest_ms: int, buckets: tuple[str, ...]) -> Wish:
    """`buckets`: beginnings of addresses in providers' stores. Raises `InvalidRequest`,
    `UnsafeUrl`."""
    wanted = read(_BODY, body, _CHOICES)
    _check_address(wanted.url, buckets)
    return _wish(
        _Video(url=wanted.url),
        model=wanted.model,
        features=tuple(dict.fromkeys(wanted.features or ("labels",))),
        language=language_of(wanted.language),
        user=wanted.user,
        length_ms=None,
        longest_ms=longest_ms,
    )


def read_video_form(body: bytes, content_type: str, most_bytes: int, longest_ms: int) -> Wish:
    """Raises `InvalidRequest`, `UnsupportedMediaType`, `BodyTooLarge`."""
    recording, texts = read_recording(body, content_type, most_bytes, _KNOWN)
    media_type = recording.kind.video
    if not media_type:
        raise unknown_kind()
    length = milliseconds(recording.data, recording.kind)
    named = texts.get("features[]", texts.get("features", "labels"))
    features = tuple(dict.fromkeys(name.strip() for name in named.split(",")))
    if not set(features) <= set(FEATURES):
        raise not_one_of("features", FEATURES)
    return _wish(
        _Video(data=base64.b64encode(recording.data).decode(), media_type=media_type),
        model=texts.get("model", "auto"),
        features=features,
        language=language_of(texts.get("language")),
        user=texts.get("user"),
        length_ms=length,
        longest_ms=longest_ms,
    )


def _wish(
    video: _Video,
    *,
    model: str,
    features: tuple[str, ...],
    language: str | None,
    user: str | None,
    length_ms: int | None,
    longest_ms: int,
) -> Wish:
    """`length_ms`: `None` where nobody knows; then it counts as `longest_ms`."""
    payload = _encode(_VideoPart(video)).decode()
    return Wish(
        target=target(model),
        messages=(user_message(Attachment("video", Private(payload))),),
        work=VideoAnalysis(
            features=features,
            language=language,
            milliseconds=longest_ms if length_ms is None else length_ms,
            length_known=length_ms is not None,
        ),
        user=user,
    )


def _check_address(url: str, buckets: tuple[str, ...]) -> None:
    """Objects in a provider's store are read with the operator's rights there, so only where the
    operator lets callers have them read."""
    if url[:5].lower() == "data:":
        raise InvalidRequest(
            "url",
            "is no address: send the video as multipart/form-data",
            "주소가 아닙니다. 동영상은 multipart/form-data 로 보내세요",
        )
    if _BUCKET.fullmatch(url) is None or not url.startswith(buckets):
        check_remote(url, "url")


def result_of(data: bytes, media_type: str) -> Raw:
    """JSON as it is; anything else as base64 in an object."""
    if media_type == "application/json":
        try:
            msgspec.json.decode(data)
        except (ValueError, RecursionError):
            pass
        else:
            return Raw(data)
    held: dict[str, Any] = {"media_type": media_type, "data": base64.b64encode(data).decode()}
    return Raw(_encode(held))
