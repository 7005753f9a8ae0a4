"""`POST /v1/audio/speech`: OpenAI's wire. The answer is the sound itself.

It is given whole, or with `stream_format: "audio"` as it comes. Then a break ends the connection
without an end: a recording that is cut off is never passed off as a whole one.
"""

from __future__ import annotations

import asyncio
import re
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta, Struct

from gilmok.core.completion import Batch, Made
from gilmok.core.errors import (
    AnswerUnusable,
    StreamBroken,
    UnsupportedMediaType,
    UnsupportedParameter,
)
from gilmok.core.identity import Caller, Permit
from gilmok.core.request import Request, Text
from gilmok.core.text import Private
from gilmok.core.work import Speech as Spoken
from gilmok.surfaces.chat import TAKING_S, is_json
from gilmok.surfaces.chat_request import target
from gilmok.surfaces.routes import Turn
from gilmok.surfaces.services.bodies import read
from gilmok.surfaces.services.door import Door, Wish, instructions, user_message
from gilmok.surfaces.services.made import Things

LONGEST_INPUT: Final = 32_768
"""Characters. OpenAI itself takes 4,096 and says so; others take more."""
_VOICE: Final = r"^[A-Za-z0-9_.:-]{1,128}$"
_MEDIA: Final = re.compile(r"[a-z]{1,20}/[A-Za-z0-9.+-]{1,60}(;[ a-zA-Z0-9=._-]{1,60})?")
_UNKNOWN: Final = "application/octet-stream"


class SpeechBody(Struct, frozen=True, kw_only=True):
    """Words to say."""

    input: Annotated[str, Meta(min_length=1, max_length=LONGEST_INPUT)]
    model: str = "auto"
    voice: Annotated[str, Meta(pattern=_VOICE)] = "alloy"
    """As the provider calls it."""
    response_format: Literal["mp3", "opus", "aac", "flac", "wav", "pcm"] | None = None
    speed: Annotated[float, Meta(ge=0.25, le=4)] | None = None
    instructions: str | None = None
    """How to say it, where the model takes that."""
    stream_format: Literal["audio", "sse"] | None = None
    """`audio`: as it comes. Left out: whole. `sse` is refused by name."""
    user: str | None = None

    def __repr__(self) -> str:
        return "<words to say>"


_BODY = msgspec.json.Decoder(SpeechBody)
_CHOICES = {
    "response_format": ("mp3", "opus", "aac", "flac", "wav", "pcm"),
    "stream_format": ("audio",),
}


def read_speech(body: bytes) -> Wish:
    """Raises `InvalidRequest`, `UnsupportedParameter`."""
    wanted = read(_BODY, body, _CHOICES)
    if wanted.stream_format == "sse":
        raise UnsupportedParameter(
            "stream_format",
            "sound is given as it is (audio), not as events",
            "소리는 이벤트가 아니라 그대로(audio) 드립니다",
        )
    return Wish(
        target=target(wanted.model),
        messages=(
            *instructions(wanted.instructions),
            user_message(Text(Private(wanted.input))),
        ),
        work=Spoken(
            voice=wanted.voice,
            format=wanted.response_format or "mp3",
            speed=1.0 if wanted.speed is None else wanted.speed,
            characters=len(wanted.input),
        ),
        user=wanted.user,
        stream=wanted.stream_format == "audio",
        # A name of anybody's choosing, which goes out as it is: a number may stand in it.
        beside=(("voice", Private(f'"{wanted.voice}"')),),
    )


class Speech:
    def __init__(self, door: Door) -> None:
        self._door = door

    async def say(self, turn: Turn) -> None:
        door = self._door
        caller = door.caller(turn.http)
        with door.pipeline.admit(caller) as permit:
            if not is_json(turn.http):
                raise UnsupportedMediaType
            request = door.request(turn, read_speech(turn.http.body))
            caller = door.on_behalf(caller, request, turn, permit)
            if request.stream:
                await self._stream_in_time(request, caller, turn, permit)
            else:
                await self._whole(request, caller, turn, permit)

    async def _whole(self, request: Request, caller: Caller, turn: Turn, permit: Permit) -> None:
        things = Things()
        try:
            async with self._door.pipeline.answer(request, caller) as passage:
                async for batch in passage.events():
                    for event in batch:
                        things.add(event)
                (sound,) = things.in_order()
        except StreamBroken as error:
            raise AnswerUnusable(error.reason) from error
        fields = self._door.head(passage, sendable(sound.media_type), permit, passage.cost)
        turn.reply.send(200, fields, sound.data)

    async def _stream_in_time(
        self, request: Request, caller: Caller, turn: Turn, permit: Permit
    ) -> None:
        """As chat's streams: the deadline ends the wait for the model; this, that for the client."""
        try:
            async with asyncio.timeout_at(request.deadline + TAKING_S):
                await self._stream(request, caller, turn, permit)
        except TimeoutError:
            turn.reply.abort()

    async def _stream(self, request: Request, caller: Caller, turn: Turn, permit: Permit) -> None:
        """Whatever goes wrong once it has begun is raised, and the app breaks the connection off."""
        reply, pieces = turn.reply, Things()
        async with self._door.pipeline.answer(request, caller) as passage:
            async for batch in passage.events():
                for event in batch:
                    pieces.add(event)
                sound, media_type = _sound(batch)
                if sound and not reply.started:
                    fields = self._door.head(passage, sendable(media_type), permit, None)
                    reply.start(200, [*fields, ("cache-control", "no-cache")])
                if sound:
                    await reply.write(sound)
        if not reply.started:
            raise AnswerUnusable(StreamBroken().reason)
        reply.end()


def _sound(batch: Batch) -> tuple[bytes, str]:
    pieces = [event for event in batch if isinstance(event, Made)]
    return b"".join(piece.data for piece in pieces), pieces[0].media_type if pieces else ""


def sendable(media_type: str) -> str:
    """A provider's media type as a header's value; what is none is bytes."""
    return media_type if _MEDIA.fullmatch(media_type) is not None else _UNKNOWN
