"""Embeddings as Ollama has them, `/api/embed`: many texts at once, with the tokens counted.

Source: docs.ollama.com/api/embed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Raw, Struct

from gilmok.core.completion import Event, Opened
from gilmok.core.endpoint import Endpoint
from gilmok.core.errors import MalformedAnswer, StreamBroken, UpstreamStatus
from gilmok.core.outbound import Letter
from gilmok.core.request import Request
from gilmok.core.work import Embedding
from gilmok.providers.decoding import WholeDecoder
from gilmok.providers.services.material import texts
from gilmok.providers.services.openai_embeddings import asked_for
from gilmok.providers.services.service import MAX_MADE
from gilmok.providers.services.vectors import in_order, packed
from gilmok.providers.wire import Decoder, failure, usage

PATH = "/api/embed"


class OllamaEmbeddings:
    """See `services.service.Service`."""

    def unsupported(self, request: Request) -> tuple[str, ...]:
        return ()

    def encode(self, endpoint: Endpoint, request: Request) -> Letter:
        # A text that is too long is refused, and not cut off unsaid.
        body: dict[str, Any] = {
            "model": endpoint.model,
            "input": texts(request),
            "truncate": False,
        }
        work = request.work
        if isinstance(work, Embedding) and work.dimensions is not None:
            body["dimensions"] = work.dimensions
        return Letter(PATH, msgspec.json.encode(body), work=work)

    def decoder(self, letter: Letter, media_type: str) -> Decoder:
        return _Vectors(asked_for(letter))

    def failure(self, status: int, headers: Mapping[str, str], body: bytes) -> UpstreamStatus:
        return failure(status, headers, body)


class _Answer(Struct):
    model: str = ""
    embeddings: list[Raw] | None = None
    prompt_eval_count: Any = None
    error: Any = None


_answers = msgspec.json.Decoder(_Answer)


class _Vectors(WholeDecoder[_Answer]):
    def __init__(self, wanted: int) -> None:
        super().__init__(_answers, MAX_MADE)
        self._wanted = wanted

    def _events(self, document: _Answer) -> list[Event]:
        if document.error is not None:
            raise StreamBroken("stream_error_event")
        if document.embeddings is None:
            raise MalformedAnswer("vectors_missing")
        found = {index: packed(vector) for index, vector in enumerate(document.embeddings)}
        events: list[Event] = [Opened(model=document.model), *in_order(found, self._wanted)]
        counted = document.prompt_eval_count
        told = usage(counted, 0) if type(counted) is int else None
        return events if told is None else [*events, told]
