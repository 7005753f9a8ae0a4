"""Pictures as OpenAI has them.

The answer has to hold the picture itself: an address that an upstream names is never fetched, since
whoever answers could send us anywhere by it.

Source: platform.openai.com/docs/api-reference/images.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from gilmok.core.completion import Event, Opened, Usage
from gilmok.core.endpoint import Endpoint
from gilmok.core.errors import MalformedAnswer, UpstreamStatus
from gilmok.core.outbound import Letter
from gilmok.core.request import Request
from gilmok.core.work import Picture
from gilmok.providers.decoding import WholeDecoder
from gilmok.providers.services.made import decoded, picture
from gilmok.providers.services.material import texts
from gilmok.providers.services.service import MAX_MADE
from gilmok.providers.wire import Decoder, error_event, failure, usage

PATH = "/images/generations"

_ALWAYS_WHOLE = ("gpt-image", "chatgpt-image")
"""Models of these names answer with the picture itself, and refuse to be asked for it."""


class OpenAIImages:
    """See `services.service.Service`."""

    def unsupported(self, request: Request) -> tuple[str, ...]:
        return ()

    def encode(self, endpoint: Endpoint, request: Request) -> Letter:
        work = request.work
        assert isinstance(work, Picture), "the registry finds services by their work"
        body: dict[str, Any] = {
            "model": endpoint.model,
            "prompt": "\n".join(texts(request)),
            "n": work.count,
            "size": work.size,
            "quality": work.quality,
            "style": work.style,
            "background": work.background,
            "output_format": work.format,
        }
        if not endpoint.model.startswith(_ALWAYS_WHOLE):
            body["response_format"] = "b64_json"
        if request.user is not None:
            body["user"] = request.user.reveal()
        omit = endpoint.provider.omit
        said = {n: value for n, value in body.items() if value is not None and n not in omit}
        return Letter(PATH, msgspec.json.encode(said), work=work)

    def decoder(self, letter: Letter, media_type: str) -> Decoder:
        assert isinstance(letter.work, Picture)
        return _Pictures(letter.work.count)

    def failure(self, status: int, headers: Mapping[str, str], body: bytes) -> UpstreamStatus:
        return failure(status, headers, body)


class _Item(Struct):
    b64_json: str | None = None
    url: str | None = None
    revised_prompt: str | None = None


class _Answer(Struct):
    data: list[_Item] | None = None
    usage: Any = None
    error: Any = None


class _Details(Struct):
    image_tokens: int | None = None


class _Usage(Struct):
    input_tokens: int
    output_tokens: int
    input_tokens_details: _Details | None = None
    output_tokens_details: _Details | None = None


_answers = msgspec.json.Decoder(_Answer)


class _Pictures(WholeDecoder[_Answer]):
    def __init__(self, wanted: int) -> None:
        super().__init__(_answers, MAX_MADE)
        self._wanted = wanted

    def _events(self, document: _Answer) -> list[Event]:
        if document.error is not None:
            raise error_event(document.error, begun=False)
        items = document.data or []
        if len(items) != self._wanted:
            raise MalformedAnswer("pictures_missing")
        made: list[Event] = [_made(item, index) for index, item in enumerate(items)]
        return [Opened(), *made, *_counted(document.usage, len(items))]


def _made(item: _Item, index: int) -> Event:
    if item.b64_json is None:
        raise MalformedAnswer("no_picture" if item.url is None else "picture_by_address")
    return picture(decoded(item.b64_json), index, item.revised_prompt or "")


def _counted(reported: Any, pictures: int) -> list[Event]:
    """Tokens, where the model is paid by them."""
    try:
        said = msgspec.convert(reported, _Usage)
    except msgspec.ValidationError:
        return [Usage(0, 0, units=pictures)]
    seen, made = said.input_tokens_details or _Details(), said.output_tokens_details
    found = usage(
        said.input_tokens,
        said.output_tokens,
        image_input=seen.image_tokens,
        # Who tells no parts makes nothing but the picture of them.
        image_output=said.output_tokens if made is None else made.image_tokens,
    )
    return [Usage(0, 0, units=pictures) if found is None else replace(found, units=pictures)]
