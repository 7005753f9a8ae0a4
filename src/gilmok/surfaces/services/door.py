"""What all services have in common: who asks, the request that is made of it, the answer's head."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from gilmok.core.endpoint import Endpoint, Snapshot
from gilmok.core.errors import InvalidRequest
from gilmok.core.identity import Caller, Permit
from gilmok.core.money import usd
from gilmok.core.ports import Clock, Ids
from gilmok.core.request import Message, Part, Request, Role, Target, Text
from gilmok.core.text import Private
from gilmok.core.work import Work
from gilmok.passage import Passage
from gilmok.pipeline import Pipeline
from gilmok.surfaces import headers
from gilmok.surfaces.chat import answer_headers, caller_of
from gilmok.surfaces.headers import Header
from gilmok.surfaces.http import HttpRequest
from gilmok.surfaces.routes import Turn
from gilmok.surfaces.services.fallback import reason

FALLBACK: Final = "x-gilmok-fallback"


class ServicePolicy(Struct, frozen=True, kw_only=True):
    deadline_s: float = 600.0
    job_deadline_s: float = 3600.0
    max_recording_bytes: int = 25 * 1024 * 1024
    longest_video_ms: int = 3_600_000
    """Of one whose length nobody says."""
    video_buckets: tuple[str, ...] = ()
    """Beginnings of `gs://` and `s3://` addresses that callers may have analysed."""
    embedding_model: str | None = None
    """An endpoint's id or a model's name."""


class Note(Struct, frozen=True, kw_only=True):
    """What OpenAI's answers have no field for."""

    endpoint: str
    zone: str
    model: str
    cost_usd: str
    fallback: str | None
    """Why somebody else than the one who should answers, or only a stand-in; null otherwise."""


class Wish(Struct, frozen=True, kw_only=True):
    """What a body asks for, read and found sound."""

    target: Target
    messages: tuple[Message, ...]
    work: Work
    user: str | None = None
    stream: bool = False
    beside: tuple[tuple[str, Private], ...] = ()
    """What goes out with the work and could hold words: JSON by field, looked at as texts are."""


class Door:
    def __init__(
        self,
        pipeline: Pipeline,
        fleet: Callable[[], Snapshot],
        clock: Clock,
        ids: Ids,
        policy: ServicePolicy,
    ) -> None:
        self.pipeline = pipeline
        self.fleet = fleet
        self.clock = clock
        self.ids = ids
        self.policy = policy

    def caller(self, http: HttpRequest) -> Caller:
        """Raises `InvalidKey`."""
        return caller_of(self.pipeline, http)

    def request(self, turn: Turn, wish: Wish, seconds: float | None = None) -> Request:
        """`seconds` it may take; `None`: as long as any request. Raises `InvalidRequest`."""
        fields = turn.http.headers
        most = self.policy.deadline_s if seconds is None else seconds
        return Request(
            id=turn.decision_id,
            target=wish.target,
            messages=wish.messages,
            received_at=self.clock.wall(),
            deadline=self.clock.monotonic() + headers.seconds_allowed(fields, most),
            stream=wish.stream,
            task=headers.task(fields),
            user=None if wish.user is None else Private(wish.user),
            locale=turn.locale,
            cache=headers.cache_reach(fields),
            cache_tags=headers.cache_tags(fields),
            urgency=headers.urgency(fields),
            options=wish.beside,
            work=wish.work,
        )

    def on_behalf(self, caller: Caller, request: Request, turn: Turn, permit: Permit) -> Caller:
        """The header counts before the body, as for chat."""
        name = headers.user(turn.http.headers) or request.user
        return caller if name is None else self.pipeline.name_user(caller, name, permit)

    def note(self, passage: Passage) -> Note:
        """Read when the answer has ended: the cost is not known before."""
        endpoint = self.answering(passage)
        return Note(
            endpoint=passage.endpoint_id or "",
            zone=passage.zone or "",
            model=passage.model if endpoint is None else endpoint.model,
            cost_usd=usd(passage.cost),
            fallback=reason(passage, endpoint),
        )

    def head(
        self, passage: Passage, content_type: str, permit: Permit, cost: int | None
    ) -> list[Header]:
        """As chat's, but the fallback has a reason, and stands there only where there is one."""
        fields = answer_headers(passage, content_type, permit, cost)
        found = [field for field in fields if field[0] != FALLBACK]
        why = reason(passage, self.answering(passage))
        return found if why is None else [*found, (FALLBACK, why)]

    def answering(self, passage: Passage) -> Endpoint | None:
        """Who answers, also where it did so before and the answer was kept; `None` where that one
        is not there any more."""
        for candidate in passage.plan.candidates:
            if candidate.endpoint.id == passage.endpoint_id:
                return candidate.endpoint
        named = self.fleet().named(passage.endpoint_id or "")
        return next((s.endpoint for s in named if s.endpoint.id == passage.endpoint_id), None)


def user_message(*parts: Part) -> Message:
    return Message(role=Role.USER, parts=parts)


def instructions(text: str | None) -> tuple[Message, ...]:
    """A system message, where there is something to say."""
    if not text:
        return ()
    return (Message(role=Role.SYSTEM, parts=(Text(Private(text)),)),)


def refuse_other_sites(http: HttpRequest) -> None:
    """A web page of anybody's can make a browser send a form without being asked, and where no keys
    are configured this machine's browsers are served. Raises `InvalidRequest`."""
    origin = http.headers.get("origin")
    if origin is None or origin.partition("://")[2] == http.headers.get("host", ""):
        return
    raise InvalidRequest(
        "origin", "is another site than this gateway", "이 게이트웨이가 아닌 다른 사이트입니다"
    )


def with_id(request: Request, id: str, messages: tuple[Message, ...]) -> Request:
    """One of several requests that are made of one."""
    return replace(request, id=id, messages=messages)
