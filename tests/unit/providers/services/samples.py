"""Works and endpoints that the tests of services share."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any

from gilmok import providers
from gilmok.core.endpoint import Endpoint, Zone
from gilmok.core.outbound import Outbound
from gilmok.core.request import Attachment, Message, Request, Role
from gilmok.core.text import Private, Secret
from gilmok.core.work import Does, Embedding, Picture, Speech, Transcription, VideoAnalysis
from gilmok.core.work import units as units_of
from gilmok.providers.services import SERVICES, Pauses, ServiceUpstream
from tests.unit.providers.samples import EVERYWHERE, KEY, request, said
from tests.wall import Wall

AWS_KEY = "AKIDEXAMPLE:wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
SECOND_2015 = 1_440_938_160 * 10**9
"""30 August 2015, 12:36 UTC: the hour of AWS's own examples."""
RECORDING = b"RIFF....WAVE, a recording \r\n--gilmok-0-form\r\n of nobody"
STORED = "s3://CNRY-bucket/CNRYvideo.mp4".lower()
AT_ONCE = Pauses(first_s=0.0, longest_s=0.0)

ROWS = {
    "openai": "openai",
    "ollama": "ollama",
    "stability": "stability",
    "google-speech": "google-tts",
    "azure-speech": "azure-tts",
    "google-video": "google-video",
    "rekognition": "aws-rekognition",
}
MODELS = {
    "stability": "core",
    "google-speech": "Neural2",
    "azure-speech": "neural",
    "google-video": "video",
    "rekognition": "video",
}


def endpoint(
    wire: str, does: Does, wall: Wall | None = None, model: str = "", **fields: Any
) -> Endpoint:
    at = "http://127.0.0.1:1" if wall is None else wall.url
    values: dict[str, Any] = {
        "id": "e1",
        "provider": providers.catalogue()[ROWS[wire]],
        "base_url": f"{at}/v1" if wire == "openai" else at,
        "model": model or MODELS.get(wire, "ok"),
        "zone": Zone.LOCAL,
        "context": 8192,
        "quality": 0.5,
        "api_key": Secret(AWS_KEY if wire == "rekognition" else KEY),
        "does": does,
    }
    return Endpoint(**(values | fields))


def embedding(*texts: str, **work: Any) -> Request:
    words = texts or ("CNRYone", "CNRY둘")
    return request(*(said(Role.USER, word) for word in words), work=Embedding(**work))


def picture(prompt: str = "CNRYprompt, 고양이", **work: Any) -> Request:
    return request(said(Role.USER, prompt), work=Picture(**work))


def speech(words: str = "CNRYsaid <안녕> & bye", **work: Any) -> Request:
    given: dict[str, Any] = {"voice": "alloy", "format": "mp3"} | work
    return request(said(Role.USER, words), work=Speech(**given, characters=len(words)))


def transcription(data: bytes = RECORDING, prompt: str | None = None, **work: Any) -> Request:
    heard_as = {"data": b64encode(data).decode(), "format": "wav"}
    part = {"type": "input_audio", "input_audio": heard_as}
    heard = Message(role=Role.USER, parts=(Attachment("input_audio", Private(json.dumps(part))),))
    how = () if prompt is None else (said(Role.SYSTEM, prompt),)
    given: dict[str, Any] = {"media_type": "audio/wav", "milliseconds": 2500} | work
    return request(*how, heard, work=Transcription(**given))


def video(url: str | None = None, **work: Any) -> Request:
    shown: dict[str, str] = {"data": b64encode(b"CNRYvideo").decode(), "media_type": "video/mp4"}
    if url is not None:
        shown = {"url": url}
    part = json.dumps({"type": "video", "video": shown})
    seen = Message(role=Role.USER, parts=(Attachment("video", Private(part)),))
    return request(seen, work=VideoAnalysis(**({"milliseconds": 20_000} | work)))


def work_for(wire: str, does: Does) -> Request:
    """A request that this service can do."""
    match does:
        case Does.EMBEDDINGS:
            return embedding()
        case Does.IMAGES:
            return picture()
        case Does.SPEECH:
            return speech()
        case Does.TRANSCRIPTION:
            return transcription()
    return video(STORED if wire == "rekognition" else "gs://cnry-bucket/video.mp4")


def upstream(where: Endpoint, **more: Any) -> ServiceUpstream:
    service = SERVICES[where.provider.wire, where.does]
    given: dict[str, Any] = {"wall": lambda: SECOND_2015, "pauses": AT_ONCE} | more
    return ServiceUpstream(where, service, **given)


def outbound(where: Endpoint, asked: Request, zones: frozenset[Zone] = EVERYWHERE) -> Outbound:
    letter = providers.dialect(where.provider.wire).encode(where, asked)
    return Outbound(
        endpoint=where, zones=zones, letter=letter, stream=False, units=units_of(asked.work)
    )
