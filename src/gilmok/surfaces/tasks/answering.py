"""One task, answered: from a role and a body to a chat request, and from its events to one text.

The context travels as a part of its own before the prompt, in one message: no heading has to be
invented that a model might take for the user's words, each part is inspected and masked by itself,
and every chat template takes it, which cannot be said of two messages of a user in a row.
"""

from __future__ import annotations

from msgspec import Struct

from gilmok.core.completion import Delta, Event, FinishReason, Opened, Usage
from gilmok.core.endpoint import Snapshot
from gilmok.core.errors import StreamBroken
from gilmok.core.request import Message, Request, Sampling, Text, Urgency
from gilmok.core.request import Role as Speaker
from gilmok.core.text import Private
from gilmok.surfaces.chat_request import target
from gilmok.surfaces.tasks.roles import Role
from gilmok.surfaces.tasks.wire import MAX_TOKENS, TEMPERATURE, LLMRequest


class Arrival(Struct, frozen=True):
    """When and as what a task came."""

    decision_id: str
    received_at: int
    """Wall clock, nanoseconds since 1970."""
    deadline: float
    """Monotonic clock, seconds."""
    locale: str
    word: str
    """The kind of task, as routing and estimates of an answer's length know it."""
    urgency: Urgency


def request_of(task: LLMRequest, role: Role, fleet: Snapshot, arrival: Arrival) -> Request:
    texts = [text for text in (task.context, task.prompt) if text]
    return Request(
        id=arrival.decision_id,
        target=target(role.model),
        messages=(Message(role=Speaker.USER, parts=tuple(Text(Private(text)) for text in texts)),),
        received_at=arrival.received_at,
        deadline=arrival.deadline,
        sampling=Sampling(
            temperature=TEMPERATURE if task.temperature is None else task.temperature,
            max_tokens=_usual_length(role, fleet) if task.max_tokens is None else task.max_tokens,
        ),
        task=arrival.word,
        locale=arrival.locale,
        urgency=arrival.urgency,
    )


def _usual_length(role: Role, fleet: Snapshot) -> int:
    """Some servers refuse a prompt that leaves no room for the longest answer, so nobody is asked
    for one that its caller did not ask for."""
    meant = fleet.named(role.model)
    return min([MAX_TOKENS, *(max(1, s.endpoint.context // 2) for s in meant)])


class Answered:
    """The text of one choice, growing. Raises `StreamBroken` for events that do not fit."""

    __slots__ = ("_finish", "_opened", "_pieces", "_usage")

    def __init__(self) -> None:
        self._opened = False
        self._finish: FinishReason | None = None
        self._usage: Usage | None = None
        self._pieces: list[str] = []

    def add(self, event: Event) -> None:
        if isinstance(event, Opened):
            self._opened = True
        elif isinstance(event, Usage):
            self._usage = event
        elif (
            not isinstance(event, Delta)
            or not self._opened
            or self._finish is not None
            or event.index != 0
        ):
            raise StreamBroken
        else:
            self._pieces.append(event.content or event.refusal or "")
            self._finish = event.finish

    @property
    def text(self) -> str:
        """Raises `StreamBroken` where the answer has not ended."""
        if self._finish is None:
            raise StreamBroken
        return "".join(self._pieces)

    @property
    def tokens(self) -> int:
        """As reported, or estimated where nothing was; 0 before the end."""
        return self._usage.completion if self._usage else 0
