"""`POST /v1/route?does=…`: the plan of a service's request, without its answer."""

from __future__ import annotations

from typing import Final

from gilmok.core.errors import UnsupportedMediaType
from gilmok.core.work import Does
from gilmok.surfaces import headers
from gilmok.surfaces.chat import is_json
from gilmok.surfaces.planned import plan_body
from gilmok.surfaces.query import parameters
from gilmok.surfaces.routes import Handler, Turn
from gilmok.surfaces.services.door import Door, Wish
from gilmok.surfaces.services.embeddings import wish_of
from gilmok.surfaces.services.embeddings_wire import read_embedding
from gilmok.surfaces.services.pictures import read_picture
from gilmok.surfaces.services.speech import read_speech
from gilmok.surfaces.services.videos_wire import read_video
from gilmok.surfaces.strict_json import not_one_of

PLANNED: Final = (
    Does.CHAT.value,
    Does.EMBEDDINGS.value,
    Does.IMAGES.value,
    Does.SPEECH.value,
    Does.VIDEO.value,
)
"""Everything whose request is JSON."""


class Planning:
    def __init__(self, door: Door, chat: Handler) -> None:
        """`chat`: the plan of a chat's body."""
        self._door = door
        self._chat = chat

    async def route(self, turn: Turn) -> None:
        given = parameters(turn.http.query) if turn.http.query else {}
        does = given.get("does", Does.CHAT.value)
        if does == Does.CHAT.value:
            await self._chat(turn)
            return
        pipeline = self._door.pipeline
        caller = self._door.caller(turn.http)
        with pipeline.admit(caller) as permit:
            if not is_json(turn.http):
                raise UnsupportedMediaType
            request = self._door.request(turn, self._wish(does, turn.http.body))
            caller = self._door.on_behalf(caller, request, turn, permit)
            inspection, plan = await pipeline.plan(request, caller)
            refusal = None
            if not plan.candidates:
                refusal = pipeline.refusal(request, inspection, plan, caller)
        body = plan_body(request, inspection, plan, refusal, pipeline.strategies(plan))
        turn.reply.send(200, [headers.JSON, *headers.named(turn.decision_id)], body)

    def _wish(self, does: str, body: bytes) -> Wish:
        """Raises `InvalidRequest` and whatever the service's own route would."""
        policy = self._door.policy
        match does:
            case Does.EMBEDDINGS:
                return wish_of(self._door, *read_embedding(body))
            case Does.IMAGES:
                return read_picture(body)
            case Does.SPEECH:
                return read_speech(body)
            case Does.VIDEO:
                return read_video(body, policy.longest_video_ms, policy.video_buckets)
        raise not_one_of("does", PLANNED)
