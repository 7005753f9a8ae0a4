"""Embeddings as OpenAI has them; llama.cpp, vLLM and Ollama's second wire speak it too.

Base64 is asked for: a third of the bytes of numbers in decimal, and none of their rounding. Servers
that do not know the word send numbers, which are read as well.

Source: platform.openai.com/docs/api-reference/embeddings.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Raw, Struct

from gilmok.core.completion import Event, Opened
from gilmok.core.endpoint import Endpoint
from gilmok.core.errors import MalformedAnswer, UpstreamStatus
from gilmok.core.outbound import Letter
from gilmok.core.request import Request
from gilmok.core.work import Embedding
from gilmok.providers.decoding import WholeDecoder
from gilmok.providers.services.material import texts
from gilmok.providers.services.service import MAX_MADE
from gilmok.providers.services.vectors import in_order, packed
from gilmok.providers.wire import Decoder, error_event, failure, usage

PATH = "/embeddings"


class OpenAIEmbeddings:
    """See `services.service.Service`."""

    def unsupported(self, request: Request) -> tuple[str, ...]:
        return ()

    def encode(self, endpoint: Endpoint, request: Request) -> Letter:
        body: dict[str, Any] = {
            "model": endpoint.model,
            "input": texts(request),
            "encoding_format": "base64",
        }
        work = request.work
        if isinstance(work, Embedding) and work.dimensions is not None:
            body["dimensions"] = work.dimensions
        if request.user is not None:
            body["user"] = request.user.reveal()
        for name in endpoint.provider.omit:
            body.pop(name, None)
        return Letter(PATH, msgspec.json.encode(body), work=work)

    def decoder(self, letter: Letter, media_type: str) -> Decoder:
        return _Vectors(asked_for(letter))

    def failure(self, status: int, headers: Mapping[str, str], body: bytes) -> UpstreamStatus:
        return failure(status, headers, body)


class _Asked(Struct):
    input: list[Raw]


def asked_for(letter: Letter) -> int:
    """How many texts a letter of ours holds."""
    return len(msgspec.json.decode(letter.body, type=_Asked).input)


class _Item(Struct):
    embedding: Raw
    index: int


class _Answer(Struct):
    data: list[_Item] | None = None
    model: str | None = None
    usage: Any = None
    error: Any = None


class _Usage(Struct):
    prompt_tokens: int


_answers = msgspec.json.Decoder(_Answer)


class _Vectors(WholeDecoder[_Answer]):
    def __init__(self, wanted: int) -> None:
        super().__init__(_answers, MAX_MADE)
        self._wanted = wanted

    def _events(self, document: _Answer) -> list[Event]:
        if document.error is not None:
            raise error_event(document.error, begun=False)
        if document.data is None or len(document.data) != self._wanted:
            raise MalformedAnswer("vectors_missing")
        found = {item.index: packed(item.embedding) for item in document.data}
        return [
            Opened(model=document.model or ""),
            *in_order(found, self._wanted),
            *_counted(document.usage),
        ]


def _counted(reported: Any) -> list[Event]:
    """The usage as an event; none where it is absent or absurd."""
    try:
        found = usage(msgspec.convert(reported, _Usage).prompt_tokens, 0)
    except msgspec.ValidationError:
        return []
    return [] if found is None else [found]
