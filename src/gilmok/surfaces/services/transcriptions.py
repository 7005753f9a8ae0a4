"""`POST /v1/audio/transcriptions`: OpenAI's wire, a form with the recording in it."""

from __future__ import annotations

from gilmok.core.beside import beside
from gilmok.core.errors import AnswerUnusable, StreamBroken
from gilmok.core.work import Transcription
from gilmok.surfaces.routes import Turn
from gilmok.surfaces.services.door import Door, refuse_other_sites
from gilmok.surfaces.services.forms import read_transcription
from gilmok.surfaces.services.transcripts import Words, rendered


class Transcriptions:
    def __init__(self, door: Door) -> None:
        self._door = door

    async def transcribe(self, turn: Turn) -> None:
        door, http = self._door, turn.http
        caller = door.caller(http)
        with door.pipeline.admit(caller) as permit:
            refuse_other_sites(http)
            content_type = http.headers.get("content-type", "")
            most = door.policy.max_recording_bytes
            wish = await beside(
                len(http.body), lambda: read_transcription(http.body, content_type, most)
            )
            request = door.request(turn, wish)
            caller = door.on_behalf(caller, request, turn, permit)
            assert isinstance(wish.work, Transcription)
            words = Words()
            try:
                async with door.pipeline.answer(request, caller) as passage:
                    async for batch in passage.events():
                        for event in batch:
                            words.add(event)
                    said = words.text
            except StreamBroken as error:
                raise AnswerUnusable(error.reason) from error
            media_type, body = rendered(said, wish.work, door.note(passage), words.heard_ms)
            fields = door.head(passage, media_type, permit, passage.cost)
        turn.reply.send(200, fields, body)
