"""`POST /v1/images/generations`: OpenAI's wire, with the pictures in the answer. Nothing is hosted
here, so there are no addresses of pictures."""

from __future__ import annotations

from typing import Annotated, Final, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from gilmok.core.armour import armoured
from gilmok.core.beside import beside
from gilmok.core.errors import (
    AnswerUnusable,
    StreamBroken,
    UnsupportedMediaType,
    UnsupportedParameter,
)
from gilmok.core.request import Request, Text
from gilmok.core.text import Private
from gilmok.core.work import Picture
from gilmok.surfaces.chat import is_json
from gilmok.surfaces.chat_request import target
from gilmok.surfaces.routes import Turn
from gilmok.surfaces.services.bodies import read
from gilmok.surfaces.services.door import Door, Note, Wish, user_message
from gilmok.surfaces.services.made import Thing, Things

_JSON: Final = "application/json"
MOST_PICTURES: Final = 10
LONGEST_PROMPT: Final = 32_000
"""Both are OpenAI's own."""
_SIZE = r"^(auto|[1-9][0-9]{1,4}x[1-9][0-9]{1,4})$"
_encode = msgspec.json.Encoder().encode


class PictureBody(Struct, frozen=True, kw_only=True):
    """A picture to make."""

    prompt: Annotated[str, Meta(min_length=1, max_length=LONGEST_PROMPT)]
    model: str = "auto"
    n: Annotated[int, Meta(ge=1, le=MOST_PICTURES)] | None = None
    size: Annotated[str, Meta(pattern=_SIZE)] | None = None
    """Such as `1024x1024`, or `auto`."""
    quality: Literal["auto", "low", "medium", "high", "standard", "hd"] | None = None
    style: Literal["vivid", "natural"] | None = None
    background: Literal["auto", "opaque", "transparent"] | None = None
    output_format: Literal["png", "jpeg", "webp"] | None = None
    response_format: Literal["b64_json", "url"] | None = None
    """`b64_json`, also where it is left out; `url` is refused by name."""
    user: str | None = None

    def __repr__(self) -> str:
        return "<a picture to make>"


class PictureItem(Struct, frozen=True, kw_only=True):
    b64_json: str
    media_type: str
    revised_prompt: str | UnsetType = UNSET

    def __repr__(self) -> str:
        return "<a picture>"


class PictureList(Struct, frozen=True, kw_only=True):
    created: int
    data: list[PictureItem]
    gilmok: Note


_BODY = msgspec.json.Decoder(PictureBody)
_CHOICES = {
    "quality": ("auto", "low", "medium", "high", "standard", "hd"),
    "style": ("vivid", "natural"),
    "background": ("auto", "opaque", "transparent"),
    "output_format": ("png", "jpeg", "webp"),
    "response_format": ("b64_json", "url"),
}


_REFUSED = frozenset(
    {"input_fidelity", "moderation", "output_compression", "partial_images", "stream"}
)


def read_picture(body: bytes) -> Wish:
    """Raises `InvalidRequest`, `UnsupportedParameter`."""
    wanted = read(_BODY, body, _CHOICES, _REFUSED)
    if wanted.response_format == "url":
        raise UnsupportedParameter(
            "response_format",
            "pictures are given in the answer (b64_json): nothing is hosted here",
            "그림은 답에 담아 드립니다(b64_json). 이 게이트웨이는 파일을 올려 두지 않습니다",
        )
    return Wish(
        target=target(wanted.model),
        messages=(user_message(Text(Private(wanted.prompt))),),
        work=Picture(
            count=wanted.n or 1,
            size=_unless_auto(wanted.size),
            quality=_unless_auto(wanted.quality),
            style=wanted.style,
            background=_unless_auto(wanted.background),
            format=wanted.output_format,
        ),
        user=wanted.user,
    )


def _unless_auto(value: str | None) -> str | None:
    return None if value == "auto" else value


class Pictures:
    def __init__(self, door: Door) -> None:
        self._door = door

    async def draw(self, turn: Turn) -> None:
        door = self._door
        caller = door.caller(turn.http)
        with door.pipeline.admit(caller) as permit:
            if not is_json(turn.http):
                raise UnsupportedMediaType
            wish = read_picture(turn.http.body)
            request = door.request(turn, wish)
            caller = door.on_behalf(caller, request, turn, permit)
            assert isinstance(wish.work, Picture)
            things = Things(wish.work.count)
            try:
                async with door.pipeline.answer(request, caller) as passage:
                    async for batch in passage.events():
                        for event in batch:
                            things.add(event)
                    made = things.in_order()
            except StreamBroken as error:
                raise AnswerUnusable(error.reason) from error
            fields = door.head(passage, _JSON, permit, passage.cost)
            note, size = door.note(passage), sum(len(thing.data) for thing in made)
            body = await beside(size, lambda: _body(request, made, note))
        turn.reply.send(200, fields, body)


def _body(request: Request, made: tuple[Thing, ...], note: Note) -> bytes:
    created = request.received_at // 10**9
    told = PictureList(created=created, data=[_item(thing) for thing in made], gilmok=note)
    return _encode(told)


def _item(thing: Thing) -> PictureItem:
    return PictureItem(
        b64_json=armoured(thing.data),
        media_type=thing.media_type,
        revised_prompt=thing.remark or UNSET,
    )
