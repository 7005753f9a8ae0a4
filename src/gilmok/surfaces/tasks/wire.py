"""Bodies of the development team's routes, with the field names of its own document.

Unknown fields of a task are ignored, as its clients expect; they are never sent on.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta, Raw, Struct

from gilmok.core.errors import BatchTooLarge, InvalidRequest, InvalidTask
from gilmok.core.request import Urgency
from gilmok.surfaces.strict_json import parse, shape

GIB = 1024**3
MAX_TOKENS = 4096
"""Of an answer, where a task does not say."""
TEMPERATURE = 0.7

_WORD = re.compile(r"^[A-Za-z0-9._-]{1,64}$")
Count = Annotated[int, Meta(ge=1, le=2**31 - 1)]


class LLMRequest(Struct, frozen=True, kw_only=True):
    """One task."""

    prompt: Annotated[str, Meta(min_length=1)]
    task_type: Annotated[str, Meta(extra_json_schema={"pattern": _WORD.pattern})] = "general"
    """Which role does it: plan, code, review, …"""
    max_tokens: Count | None = None
    """4096 where it is left out, and at most half of the model's context then."""
    temperature: Annotated[float, Meta(ge=0, le=2)] | None = None
    """0.7 where it is left out."""
    context: str | None = None
    """What the role has to know besides; sent before the prompt, as a part of its own."""
    urgency: Urgency = Urgency.NORMAL

    def __repr__(self) -> str:
        return f"<task of {len(self.prompt)} characters>"


class LLMResponse(Struct, frozen=True, kw_only=True):
    """One answer."""

    model: str
    agent: str
    response: str
    tokens_generated: int
    latency_ms: float
    """From the request's arrival to the whole answer, time in a queue included."""
    memory_used_gb: float
    """GiB that the model's engine holds, as measured; 0 where that is not known."""
    timestamp: str
    """ISO 8601 with its offset."""


class TeamModel(Struct, frozen=True, kw_only=True):
    model: str
    name: str
    role: str
    memory_gb: float
    type: str
    description: str
    context_length: int


class TeamModels(Struct, frozen=True, kw_only=True):
    models: list[TeamModel]
    total: int
    routing_rules: dict[str, str]
    """The model of each kind of task."""


class MemoryInfo(Struct, frozen=True, kw_only=True):
    total_gb: float
    used_gb: float
    available_gb: float
    percent_used: float


class Batch(Struct, frozen=True):
    """The longer form of a batch; the shorter one is the list alone."""

    requests: list[Raw]


class BatchItem(Struct, frozen=True, kw_only=True, omit_defaults=True):
    index: int
    status: str
    """`success` or `error`."""
    result: Raw | None = None
    """An `LLMResponse`, where it succeeded."""
    error: str | None = None
    """Status and message, where it did not."""
    code: str | None = None
    """The error's stable code."""


class BatchResponse(Struct, frozen=True, kw_only=True):
    total: int
    succeeded: int
    failed: int
    results: list[Raw]
    """In the order of the tasks."""


class BatchState(Struct, frozen=True, kw_only=True):
    id: str
    status: str
    """`running`, `done` or `cancelled`."""
    total: int
    succeeded: int
    failed: int
    results: list[Raw]
    """Of the tasks that have ended, in the order of the tasks."""


_Body = TypeVar("_Body")
_TASK = msgspec.json.Decoder(LLMRequest)
_BATCH = msgspec.json.Decoder(list[Raw] | Batch)
_CHOICES = {"urgency": tuple(Urgency)}


def read_task(body: bytes) -> LLMRequest:
    """Raises `InvalidRequest` for what is no sound JSON, `InvalidTask` for what is no task."""
    task = _read(_TASK, body)
    if not _WORD.fullmatch(task.task_type):
        raise InvalidTask(
            "task_type",
            "must be 1 to 64 of a-z 0-9 . _ -",
            "a-z 0-9 . _ - 로 된 1~64자여야 합니다",
        )
    return task


def read_batch(body: bytes, most: int) -> list[bytes]:
    """The tasks, each as it was written. Raises like `read_task`, and `BatchTooLarge`."""
    read = _read(_BATCH, body)
    items = read.requests if isinstance(read, Batch) else read
    if len(items) > most:
        raise BatchTooLarge(most, len(items))
    return [bytes(item) for item in items]


def _read(decoder: msgspec.json.Decoder[_Body], body: bytes) -> _Body:
    parse(body)  # first, so that whatever is wrong afterwards is wrong with a task
    try:
        return shape(decoder, body, _CHOICES)
    except InvalidRequest as error:
        field, reason, reason_ko = map(str, error.parameters.values())
    raise InvalidTask(field, reason, reason_ko)


def timestamp(at: int) -> str:
    """`at` in nanoseconds since 1970."""
    return datetime.fromtimestamp(at / 10**9, UTC).isoformat(timespec="milliseconds")
