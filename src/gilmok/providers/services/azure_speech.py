"""Azure AI Speech: text in SSML goes out, sound comes back as it is.

Source: learn.microsoft.com/azure/ai-services/speech-service/rest-text-to-speech.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.sax.saxutils import escape, quoteattr

from gilmok.core.endpoint import Endpoint
from gilmok.core.errors import UpstreamStatus
from gilmok.core.outbound import Letter
from gilmok.core.request import Request
from gilmok.core.work import Speech
from gilmok.providers.services.made import sound
from gilmok.providers.services.material import texts
from gilmok.providers.services.voices import is_azures, is_male, language, language_of, unsayable
from gilmok.providers.wire import Decoder, failure

PATH = "/cognitiveservices/v1"

_OUTPUTS = {
    "mp3": "audio-24khz-96kbitrate-mono-mp3",
    "opus": "ogg-24khz-16bit-mono-opus",
    "wav": "riff-24khz-16bit-mono-pcm",
    "pcm": "raw-24khz-16bit-mono-pcm",
}
_SLOWEST, _FASTEST = 0.5, 2.0
_VOICES = {
    "ko-KR": ("ko-KR-SunHiNeural", "ko-KR-InJoonNeural"),
    "ja-JP": ("ja-JP-NanamiNeural", "ja-JP-KeitaNeural"),
    "en-US": ("en-US-JennyNeural", "en-US-GuyNeural"),
}
"""A woman's and a man's of each tongue."""
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 has no place for, escaped or not."""


class AzureSpeech:
    """See `services.service.Service`."""

    def unsupported(self, request: Request) -> tuple[str, ...]:
        return unsayable(request, is_azures, _OUTPUTS, _SLOWEST, _FASTEST)

    def encode(self, endpoint: Endpoint, request: Request) -> Letter:
        work = request.work
        assert isinstance(work, Speech), "the registry finds services by their work"
        said = "\n".join(texts(request))
        voice = work.voice
        if not is_azures(voice):
            voice = _VOICES[language(said)][is_male(voice)]
        headers = (
            ("content-type", "application/ssml+xml"),
            ("x-microsoft-outputformat", _OUTPUTS.get(work.format, _OUTPUTS["mp3"])),
        )
        return Letter(PATH, ssml(said, voice, work.speed).encode(), headers, work)

    def decoder(self, letter: Letter, media_type: str) -> Decoder:
        assert isinstance(letter.work, Speech)
        return sound(media_type, letter.work.format)

    def failure(self, status: int, headers: Mapping[str, str], body: bytes) -> UpstreamStatus:
        return failure(status, headers, body)


def ssml(text: str, voice: str, speed: float) -> str:
    """Whatever stands in the text stays a text: it can begin no element and end none."""
    said = escape(_NO_XML.sub(" ", text))
    if speed != 1.0:
        said = f'<prosody rate="{(speed - 1) * 100:+.0f}%">{said}</prosody>'
    return (
        '<speak version="1.0" xmlns="http://www.w3.org/2001/10/synthesis" '
        f"xml:lang={quoteattr(language_of(voice))}>"
        f"<voice name={quoteattr(voice)}>{said}</voice></speak>"
    )
