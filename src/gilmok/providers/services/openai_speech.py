"""Speech as OpenAI has it: sound, passed on as it comes.

Source: platform.openai.com/docs/api-reference/audio/createSpeech.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from gilmok.core.endpoint import Endpoint
from gilmok.core.errors import UpstreamStatus
from gilmok.core.outbound import Letter
from gilmok.core.request import Request
from gilmok.core.work import Speech
from gilmok.providers.services.made import sound
from gilmok.providers.services.material import remark, texts
from gilmok.providers.services.voices import is_foreign
from gilmok.providers.wire import Decoder, failure

PATH = "/audio/speech"


class OpenAISpeech:
    """See `services.service.Service`."""

    def unsupported(self, request: Request) -> tuple[str, ...]:
        work = request.work
        return ("voice",) if isinstance(work, Speech) and is_foreign(work.voice) else ()

    def encode(self, endpoint: Endpoint, request: Request) -> Letter:
        work = request.work
        assert isinstance(work, Speech), "the registry finds services by their work"
        body: dict[str, Any] = {
            "model": endpoint.model,
            "input": "\n".join(texts(request)),
            "voice": work.voice,
            "response_format": work.format,
        }
        if work.speed != 1.0:
            body["speed"] = work.speed
        if (how := remark(request)) is not None:
            body["instructions"] = how
        for name in endpoint.provider.omit:
            body.pop(name, None)
        return Letter(PATH, msgspec.json.encode(body), work=work)

    def decoder(self, letter: Letter, media_type: str) -> Decoder:
        assert isinstance(letter.work, Speech)
        return sound(media_type, letter.work.format)

    def failure(self, status: int, headers: Mapping[str, str], body: bytes) -> UpstreamStatus:
        return failure(status, headers, body)
