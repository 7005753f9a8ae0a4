"""Stability's pictures: Stable Image Core and Ultra, and Stable Diffusion 3.5. One picture a call.

The endpoint's model is `core`, `ultra`, or the name of a Stable Diffusion model (`sd3.5-large`).

Source: platform.stability.ai/docs/api-reference, v2beta.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from gilmok.core.completion import Event, Opened, Usage
from gilmok.core.endpoint import Endpoint
from gilmok.core.errors import MalformedAnswer, UpstreamStatus
from gilmok.core.outbound import Letter
from gilmok.core.request import Request
from gilmok.core.work import Picture
from gilmok.providers.decoding import WholeDecoder
from gilmok.providers.services.made import decoded, picture
from gilmok.providers.services.material import texts
from gilmok.providers.services.multipart import fields, form
from gilmok.providers.services.service import MAX_MADE
from gilmok.providers.wire import Decoder, failure

_PATH = "/v2beta/stable-image/generate/"
_OWN_PATHS = frozenset({"core", "ultra"})
_RATIOS = ((21, 9), (16, 9), (3, 2), (5, 4), (1, 1), (4, 5), (2, 3), (9, 16), (9, 21))
"""Sizes are the model's own; what can be asked for is a shape."""
_STYLES = frozenset(
    {"3d-model", "analog-film", "anime", "cinematic", "comic-book", "digital-art", "enhance"}
    | {"fantasy-art", "isometric", "line-art", "low-poly", "modeling-compound", "neon-punk"}
    | {"origami", "photographic", "pixel-art", "tile-texture"}
)


class Stability:
    """See `services.service.Service`."""

    def unsupported(self, request: Request) -> tuple[str, ...]:
        work = request.work
        if not isinstance(work, Picture):
            return ()
        told = (
            ("n", work.count != 1),
            ("size", work.size not in (None, "auto") and _ratio(work.size) is None),
            ("quality", work.quality not in (None, "auto", "standard")),
            ("style", work.style is not None and work.style not in _STYLES),
            ("background", work.background not in (None, "auto", "opaque")),
        )
        return tuple(name for name, is_strange in told if is_strange)

    def encode(self, endpoint: Endpoint, request: Request) -> Letter:
        work = request.work
        assert isinstance(work, Picture), "the registry finds services by their work"
        own = endpoint.model in _OWN_PATHS
        parts = fields(
            prompt="\n".join(texts(request)),
            output_format=work.format or "png",
            aspect_ratio=_ratio(work.size),
            style_preset=work.style,
            model=None if own else endpoint.model,
        )
        parts = [part for part in parts if part.name not in endpoint.provider.omit]
        kind, body = form(parts)
        path = _PATH + (endpoint.model if own else "sd3")
        headers = (("content-type", kind), ("accept", "application/json"))
        return Letter(path, body, headers, work)

    def decoder(self, letter: Letter, media_type: str) -> Decoder:
        return _Whole()

    def failure(self, status: int, headers: Mapping[str, str], body: bytes) -> UpstreamStatus:
        return _moderated(body) or failure(status, headers, body)


def _ratio(size: str | None) -> str | None:
    """The shape nearest to a size such as `1024x1536`, where one is within a tenth."""
    width, x, height = (size or "").partition("x")
    if not (x and width.isdecimal() and height.isdecimal() and len(size or "") < 12):
        return None
    wide, high = int(width), int(height)
    if not wide or not high:
        return None
    best = min(_RATIOS, key=lambda ratio: abs(ratio[0] / ratio[1] - wide / high))
    near = abs(best[0] / best[1] - wide / high) <= 0.1 * wide / high
    return f"{best[0]}:{best[1]}" if near else None


class _Error(Struct):
    name: Any = None


def _moderated(body: bytes) -> UpstreamStatus | None:
    """A refused prompt comes as 403, as a wrong key would: only its name tells."""
    try:
        name = msgspec.json.decode(body, type=_Error).name
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    if name == "content_moderation":
        return UpstreamStatus(400, None, "content_policy_violation")
    return None


class _Answer(Struct):
    image: str | None = None
    finish_reason: str | None = None


_answers = msgspec.json.Decoder(_Answer)


class _Whole(WholeDecoder[_Answer]):
    def __init__(self) -> None:
        super().__init__(_answers, MAX_MADE)

    def _events(self, document: _Answer) -> list[Event]:
        if document.finish_reason == "CONTENT_FILTERED":
            raise UpstreamStatus(400, None, "content_policy_violation")  # it was blurred
        if document.image is None:
            raise MalformedAnswer("no_picture")
        return [Opened(), picture(decoded(document.image)), Usage(0, 0, units=1)]
