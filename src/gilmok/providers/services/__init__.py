"""What providers do besides chat: vectors, pictures, speech, transcripts, a look at a video.

A service is one module here and one line of `SERVICES`; its provider is a row of `providers.toml`.
See docs/services-adding.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from gilmok.core.endpoint import Endpoint
from gilmok.core.outbound import Letter
from gilmok.core.request import Request
from gilmok.core.work import Does
from gilmok.providers.services.azure_speech import AzureSpeech
from gilmok.providers.services.google_speech import GoogleSpeech
from gilmok.providers.services.google_video import GoogleVideo
from gilmok.providers.services.ollama_embeddings import OllamaEmbeddings
from gilmok.providers.services.openai_embeddings import OpenAIEmbeddings
from gilmok.providers.services.openai_images import OpenAIImages
from gilmok.providers.services.openai_speech import OpenAISpeech
from gilmok.providers.services.openai_transcriptions import OpenAITranscriptions
from gilmok.providers.services.rekognition import Rekognition
from gilmok.providers.services.service import JobService, Service
from gilmok.providers.services.stability import Stability
from gilmok.providers.services.upstream import Pauses, ServiceUpstream

__all__ = [
    "SERVICES",
    "JobService",
    "Pauses",
    "Service",
    "ServiceUpstream",
    "ServiceWire",
    "encode",
    "find",
    "unsupported",
]

SERVICES: Mapping[tuple[str, Does], Service] = MappingProxyType(
    {
        ("openai", Does.EMBEDDINGS): OpenAIEmbeddings(),
        ("openai", Does.IMAGES): OpenAIImages(),
        ("openai", Does.SPEECH): OpenAISpeech(),
        ("openai", Does.TRANSCRIPTION): OpenAITranscriptions(),
        ("ollama", Does.EMBEDDINGS): OllamaEmbeddings(),
        ("stability", Does.IMAGES): Stability(),
        ("google-speech", Does.SPEECH): GoogleSpeech(),
        ("azure-speech", Does.SPEECH): AzureSpeech(),
        ("google-video", Does.VIDEO): GoogleVideo(),
        ("rekognition", Does.VIDEO): Rekognition(),
    }
)
"""By the wire's name and by what is wanted."""


def find(wire: str, does: Does) -> Service:
    """Raises `ValueError` where nobody built that."""
    service = SERVICES.get((wire, does))
    if service is None:
        raise ValueError(f"the wire {wire} does no {does.value}")
    return service


def unsupported(wire: str, request: Request) -> tuple[str, ...]:
    """Names of what this work asks for and the service cannot do."""
    assert request.work is not None, "chat has wires of its own"
    return find(wire, request.work.does).unsupported(request)


def encode(wire: str, endpoint: Endpoint, request: Request) -> Letter:
    """Raises `InvalidRequest` where what the work is to be done with cannot be read."""
    assert request.work is not None, "chat has wires of its own"
    return find(wire, request.work.does).encode(endpoint, request)


class ServiceWire:
    """The dialect of a wire that has no chat. See `core.ports.Dialect`."""

    def __init__(self, wire: str) -> None:
        self._wire = wire

    def unsupported(self, request: Request) -> tuple[str, ...]:
        return unsupported(self._wire, request)

    def encode(self, endpoint: Endpoint, request: Request) -> Letter:
        return encode(self._wire, endpoint, request)
