"""Google Cloud Text-to-Speech.

The endpoint's model is a family of voices, which are priced apart: `Standard`, `Wavenet`, `Neural2`,
`Chirp3-HD`. A voice of another family than the endpoint's is refused, since it would cost
something else.

Source: cloud.google.com/text-to-speech/docs/reference/rest/v1/text/synthesize.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from gilmok.core.completion import Event, Made, Opened
from gilmok.core.endpoint import Endpoint
from gilmok.core.errors import InvalidRequest, MalformedAnswer, UpstreamStatus
from gilmok.core.outbound import Letter
from gilmok.core.request import Request
from gilmok.core.work import Speech
from gilmok.providers.decoding import WholeDecoder
from gilmok.providers.services.made import SOUND, decoded
from gilmok.providers.services.material import texts
from gilmok.providers.services.service import MAX_MADE
from gilmok.providers.services.voices import is_googles, is_male, language, language_of, unsayable
from gilmok.providers.wire import Decoder, failure

PATH = "/v1/text:synthesize"

_ENCODINGS = {"mp3": "MP3", "opus": "OGG_OPUS", "wav": "LINEAR16", "pcm": "PCM"}
_SLOWEST, _FASTEST = 0.25, 4.0
_LETTERS = {"ko-KR": ("A", "C"), "ja-JP": ("B", "C"), "en-US": ("C", "D")}
"""A woman's and a man's voice of each tongue, the same letters in every family but the newest."""
_CHIRP = ("Kore", "Charon")


class GoogleSpeech:
    """See `services.service.Service`."""

    def unsupported(self, request: Request) -> tuple[str, ...]:
        return unsayable(request, is_googles, _ENCODINGS, _SLOWEST, _FASTEST)

    def encode(self, endpoint: Endpoint, request: Request) -> Letter:
        """Raises `InvalidRequest` for a voice of another family than the endpoint's."""
        work = request.work
        assert isinstance(work, Speech), "the registry finds services by their work"
        said = "\n".join(texts(request))
        voice = _voice(endpoint.model, work.voice, language(said))
        body: dict[str, Any] = {
            "input": {"text": said},
            "voice": {"languageCode": language_of(voice), "name": voice},
            "audioConfig": {"audioEncoding": _ENCODINGS.get(work.format, "MP3")},
        }
        if work.speed != 1.0:
            body["audioConfig"]["speakingRate"] = work.speed
        return Letter(PATH, msgspec.json.encode(body), work=work)

    def decoder(self, letter: Letter, media_type: str) -> Decoder:
        assert isinstance(letter.work, Speech)
        return _Whole(SOUND[letter.work.format])

    def failure(self, status: int, headers: Mapping[str, str], body: bytes) -> UpstreamStatus:
        return failure(status, headers, body)


def _voice(family: str, asked: str, tongue: str) -> str:
    if is_googles(asked):
        if f"-{family.lower()}-" not in asked.lower():
            raise InvalidRequest(
                "voice",
                f"is not one of the {family} voices that this endpoint is priced for.",
                f"이 엔드포인트의 가격이 정해진 {family} 음성이 아닙니다.",
            )
        return asked
    male = is_male(asked)
    if family.startswith("Chirp"):
        return f"{tongue}-{family}-{_CHIRP[male]}"
    return f"{tongue}-{family}-{_LETTERS[tongue][male]}"


class _Answer(Struct):
    audio: str | None = msgspec.field(default=None, name="audioContent")


_answers = msgspec.json.Decoder(_Answer)


class _Whole(WholeDecoder[_Answer]):
    def __init__(self, media_type: str) -> None:
        super().__init__(_answers, MAX_MADE)
        self._media_type = media_type

    def _events(self, document: _Answer) -> list[Event]:
        if document.audio is None:
            raise MalformedAnswer("nothing_made")
        return [Opened(), Made(decoded(document.audio), self._media_type)]
