"""`POST /v1/embeddings`: OpenAI's wire.

All texts go together first. Where that fails for a reason that single texts might not share, each
goes alone, a few at a time, so that one bad text cannot take the others along. Unless the client
says that it can read a list with gaps, one that fails fails the request, and the error says which.

`auto` and every other preference mean one and the same model, because vectors of two models cannot
be compared: another endpoint may stand in only if it has the same model.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Final, cast

import msgspec
from msgspec import UNSET

from gilmok.core.beside import beside
from gilmok.core.endpoint import Endpoint, Snapshot, Zone
from gilmok.core.errors import (
    AnswerUnusable,
    CallerError,
    HttpError,
    InputsFailed,
    InputsRejected,
    LabelRefused,
    StreamBroken,
    UnsupportedMediaType,
)
from gilmok.core.identity import Caller, Permit
from gilmok.core.money import usd
from gilmok.core.request import Request, Target, Text
from gilmok.core.text import Private
from gilmok.core.work import Does, Embedding
from gilmok.surfaces import headers
from gilmok.surfaces.chat import is_json
from gilmok.surfaces.chat_request import target
from gilmok.surfaces.routes import Turn
from gilmok.surfaces.services.door import Door, Wish, user_message, with_id
from gilmok.surfaces.services.embeddings_wire import (
    EmbeddingBody,
    EmbeddingItem,
    EmbeddingList,
    EmbeddingNote,
    EmbeddingUsage,
    FailedInput,
    item,
    read_embedding,
)
from gilmok.surfaces.services.vectors import Answered, Gathered, Vectors

_JSON: Final = "application/json"
AT_ONCE: Final = 8
"""Texts of one request that go alone at the same time."""
_NAMED: Final = 20
"""Places that an error lists."""
_OF_SOME_TEXTS: Final = frozenset(
    {
        "upstream_status_400",
        "upstream_status_413",
        "upstream_status_422",
        "upstream_status_500",
        "malformed_answer",
        "empty_answer",
        "stream_broken",
        "stream_error_event",
        LabelRefused.code,
    }
)
"""Reasons that may be one text's and not the others', or that of too many at once."""
_encode = msgspec.json.Encoder().encode


class Embeddings:
    def __init__(self, door: Door) -> None:
        self._door = door

    async def embed(self, turn: Turn) -> None:
        door = self._door
        caller = door.caller(turn.http)
        with door.pipeline.admit(caller) as permit:
            if not is_json(turn.http):
                raise UnsupportedMediaType
            body, texts = read_embedding(turn.http.body)
            request = door.request(turn, wish_of(door, body, texts))
            partial = headers.partial(turn.http.headers)
            caller = door.on_behalf(caller, request, turn, permit)
            try:
                answer = await self._ask(request, caller, permit)
            except HttpError as error:
                if not _may_go_alone(error, len(texts), partial=partial):
                    raise
                gathered = await self._one_by_one(request, caller, permit, error, partial=partial)
                await self._send_gathered(turn, body, request, gathered)
            else:
                await self._send(turn, body, answer)

    async def _ask(self, request: Request, caller: Caller, permit: Permit) -> Answered:
        """One pass through the gateway. Raises `HttpError`."""
        assert isinstance(request.work, Embedding)
        vectors = Vectors(len(request.messages), request.work.dimensions)
        try:
            async with self._door.pipeline.answer(request, caller) as passage:
                async for batch in passage.events():
                    for event in batch:
                        vectors.add(event)
                in_order = vectors.in_order()
        except StreamBroken as broken:
            raise _unusable(broken) from broken
        return Answered(
            vectors=in_order,
            prompt_tokens=0 if vectors.usage is None else vectors.usage.prompt,
            cost=passage.cost,
            attempts=passage.course.tries,
            sensitivity=passage.inspection.sensitivity,
            head=tuple(self._door.head(passage, _JSON, permit, passage.cost)),
            note=self._door.note(passage),
        )

    async def _one_by_one(
        self, request: Request, caller: Caller, permit: Permit, before: HttpError, *, partial: bool
    ) -> Gathered:
        """Raises `InputsRejected`, `InputsFailed` where some fail and none may; `before` where all
        the first ones fail as the whole did."""
        gathered = Gathered(len(request.messages), before.cost)
        turns = iter(range(len(request.messages)))

        async def work(turns: Iterator[int]) -> None:
            for index in turns:
                id = self._door.ids.new("dec")
                alone = with_id(request, id, (request.messages[index],))
                try:
                    gathered.answered(index, await self._ask(alone, caller, permit))
                except HttpError as error:
                    gathered.failed(index, error)
                if gathered.hopeless:
                    return

        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(work(turns))
        if not len(gathered):
            raise before
        if gathered.errors and not partial:
            raise _failed(gathered, len(request.messages))
        if not gathered.of_one_length():
            raise AnswerUnusable("dimensions")
        return gathered

    async def _send(self, turn: Turn, body: EmbeddingBody, answer: Answered) -> None:
        told = await _written(
            enumerate(answer.vectors),
            body,
            model=answer.note.model,
            usage=EmbeddingUsage(answer.prompt_tokens, answer.prompt_tokens),
            note=_note(answer),
        )
        turn.reply.send(200, list(answer.head), told)

    async def _send_gathered(
        self, turn: Turn, body: EmbeddingBody, request: Request, gathered: Gathered
    ) -> None:
        first = gathered.first
        errors = [
            FailedInput(index, error.code, error.message(request.locale))
            for index, error in sorted(gathered.errors.items())
        ]
        told = await _written(
            gathered,
            body,
            model=first.note.model,
            usage=EmbeddingUsage(gathered.prompt_tokens, gathered.prompt_tokens),
            note=msgspec.structs.replace(
                _note(first), cost_usd=usd(gathered.cost), errors=errors or UNSET
            ),
        )
        instead = {
            "x-request-id": turn.decision_id,
            "x-gilmok-decision": turn.decision_id,
            "x-gilmok-attempts": str(gathered.attempts),
            "x-gilmok-cost-usd": usd(gathered.cost),
            "x-gilmok-sensitivity": gathered.sensitivity.label,
        }
        head = [(name, instead.get(name, value)) for name, value in first.head]
        turn.reply.send(200, head, told)


async def _written(
    vectors: Iterable[tuple[int, bytes]],
    body: EmbeddingBody,
    *,
    model: str,
    usage: EmbeddingUsage,
    note: EmbeddingNote,
) -> bytes:
    """The answer's body: thousands of vectors take a second."""
    as_text, given = body.encoding_format == "base64", tuple(vectors)

    def write() -> bytes:
        data = [item(index, floats, as_text=as_text) for index, floats in given]
        # Written one by one: see `beside`.
        items = cast(list[EmbeddingItem], data)
        return _encode(EmbeddingList(data=items, model=model, usage=usage, gilmok=note))

    return await beside(sum(len(floats) for _, floats in given), write)


def wish_of(door: Door, body: EmbeddingBody, texts: tuple[str, ...]) -> Wish:
    return Wish(
        target=_model(target(body.model), door.fleet(), door.policy.embedding_model),
        messages=tuple([user_message(Text(Private(text))) for text in texts]),
        work=Embedding(dimensions=body.dimensions),
        user=body.user,
    )


def _note(answer: Answered) -> EmbeddingNote:
    return EmbeddingNote(**msgspec.structs.asdict(answer.note))


def _model(asked: Target, fleet: Snapshot, chosen: str | None) -> Target:
    """A name stays; every preference becomes the one model that is meant here."""
    if asked.name is not None:
        return asked
    model = _meant(fleet, chosen)
    return asked if model is None else Target(asked.preference, model)


def _meant(fleet: Snapshot, chosen: str | None) -> str | None:
    """Whose vectors this gateway's are: the chosen model, else the first that is here, else the
    first there is. Whether it is up is not asked: nobody may take its place."""
    if chosen is not None:
        of_that_name = [s.endpoint for s in fleet.named(chosen) if _embeds(s.endpoint)]
        return of_that_name[0].model if of_that_name else chosen
    embedding = [standing for standing in fleet if _embeds(standing.endpoint)]
    here = [standing for standing in embedding if standing.zone is Zone.LOCAL]
    with suppress(IndexError):
        return (here or embedding)[0].endpoint.model
    return None


def _embeds(endpoint: Endpoint) -> bool:
    return endpoint.does is Does.EMBEDDINGS


def _may_go_alone(error: HttpError, texts: int, *, partial: bool) -> bool:
    """Whether it is worth asking for each by itself. What one text's label forbids concerns the
    others only where they are given without it."""
    if texts < 2:
        return False
    if error.code == LabelRefused.code:
        return partial
    return not error.reasons.isdisjoint(_OF_SOME_TEXTS)


def _unusable(broken: StreamBroken) -> AnswerUnusable:
    error = AnswerUnusable(broken.reason)
    error.asked = True
    error.reasons = frozenset({broken.reason})
    return error


def _failed(gathered: Gathered, total: int) -> HttpError:
    errors = gathered.errors
    places = ", ".join(map(str, sorted(errors)[:_NAMED])) + (", …" if len(errors) > _NAMED else "")
    reasons = ", ".join(sorted({error.code for error in errors.values()}))
    theirs = all(isinstance(error, CallerError) for error in errors.values())
    kind = InputsRejected if theirs else InputsFailed
    error = kind(len(errors), total, places, reasons)
    error.asked = True
    return error
