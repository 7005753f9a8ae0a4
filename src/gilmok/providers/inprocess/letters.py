"""The dialect between clearance and the work: everything that was asked, as one JSON text.

A letter is bytes here too, although it never leaves the process: what is done is what was cleared.
"""

from __future__ import annotations

import re

import msgspec
from msgspec import Struct

from gilmok.core.endpoint import Endpoint
from gilmok.core.outbound import Letter
from gilmok.core.request import Message, Request, Role, Text
from gilmok.core.work import Does, Embedding, Picture, Speech
from gilmok.providers.inprocess.speech import formats

PICTURE_FORMATS = ("png", "jpeg", "webp")
DEFAULT_SIZE = (1024, 1024)
LEAST_SIDE, MOST_SIDE = 64, 2048
"""Pixels."""
_SIZE = re.compile(r"([0-9]{2,4})[x×]([0-9]{2,4})")


class Order(Struct, frozen=True, kw_only=True):
    """What is to be done. One of the works is there."""

    texts: tuple[str, ...]
    """Of each user message: to embed, to draw, to say."""
    embedding: Embedding | None = None
    picture: Picture | None = None
    speech: Speech | None = None

    def __repr__(self) -> str:
        return f"<order of {len(self.texts)} texts>"


_read = msgspec.json.Decoder(Order)
_write = msgspec.json.Encoder()


def read(body: bytes) -> Order:
    return _read.decode(body)


class Letters:
    """See `core.ports.Dialect`."""

    def unsupported(self, request: Request) -> tuple[str, ...]:
        match request.work:
            case Speech(format=format) if format not in formats():
                return ("response_format",)
            case Picture(size=said, format=format):
                found = () if size(said) else ("size",)
                return found if format in (None, *PICTURE_FORMATS) else (*found, "output_format")
        return ()

    def encode(self, endpoint: Endpoint, request: Request) -> Letter:
        work = request.work
        order = Order(
            texts=tuple(_text(m) for m in request.messages if m.role is Role.USER),
            embedding=work if isinstance(work, Embedding) else None,
            picture=work if isinstance(work, Picture) else None,
            speech=work if isinstance(work, Speech) else None,
        )
        does = work.does if work is not None else Does.CHAT
        return Letter(f"/{does.value}", _write.encode(order))


def _text(message: Message) -> str:
    said = [part.text.reveal() for part in message.parts if isinstance(part, Text)]
    # Half of a surrogate pair is in no encoding.
    return "\n".join(said).encode("utf-8", "replace").decode()


def size(said: str | None) -> tuple[int, int] | None:
    """Width and height in pixels; `None` where nobody can draw that."""
    if said in (None, "auto"):
        return DEFAULT_SIZE
    found = _SIZE.fullmatch(said)
    if found is None:
        return None
    width, height = int(found[1]), int(found[2])
    fits = all(LEAST_SIDE <= side <= MOST_SIDE for side in (width, height))
    return (width, height) if fits else None
