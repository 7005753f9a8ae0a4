"""The development team's router in the OpenAPI document."""

from __future__ import annotations

from typing import Final

from gilmok.core import errors as e
from gilmok.surfaces import headers, sse
from gilmok.surfaces.openapi_caller import OF_AN_ANSWER, OF_ANSWERS_HEAD
from gilmok.surfaces.openapi_operation import Operation
from gilmok.surfaces.openapi_schemas import Schema, ref
from gilmok.surfaces.tasks.batches import BATCH, LAST_EVENT, BatchBegun, BatchDone
from gilmok.surfaces.tasks.wire import (
    Batch,
    BatchItem,
    BatchResponse,
    BatchState,
    LLMRequest,
    LLMResponse,
    MemoryInfo,
    TeamModels,
)

_JSON: Final = "application/json"
_STREAM: Final = sse.CONTENT_TYPE.partition(";")[0]
_PARAMETERS: Final = (
    headers.DEADLINE,
    headers.USER,
    headers.URGENCY,
    headers.CACHE,
    headers.CACHE_TAGS,
    "accept-language",
)
_EXAMPLES: Final[dict[str, Schema]] = {
    "review": {
        "summary": "A task for the reviewer",
        "value": {
            "prompt": "이 함수에 버그가 있는지 봐줘",
            "task_type": "review",
            "context": "def add(a, b): return a - b",
        },
    },
    "urgent": {
        "summary": "Sooner, by a lighter model where the role has one",
        "value": {"prompt": "Name the risks.", "task_type": "strategy", "urgency": "critical"},
    },
}
_BATCH_EXAMPLES: Final[dict[str, Schema]] = {
    "list": {
        "summary": "Three tasks",
        "value": [
            {"prompt": "할 일 목록 앱을 설계해줘", "task_type": "design"},
            {"prompt": "Write a function that adds two numbers.", "task_type": "code"},
            {"prompt": "Review it.", "task_type": "review"},
        ],
    },
}


def _task(who: str, description: str, *errors: type[e.HttpError]) -> Operation:
    return Operation(
        summary=f"Have a task done by {who}",
        description=description,
        answers=((_JSON, ref(LLMResponse)),),
        errors=(e.InvalidTask, e.UnsupportedMediaType, *errors, *OF_AN_ANSWER),
        parameters=_PARAMETERS,
        body=LLMRequest,
        examples=_EXAMPLES,
        headers=OF_ANSWERS_HEAD,
    )


def _event() -> Schema:
    """One server-sent event of a batch."""
    told = [ref(kind) for kind in (BatchBegun, BatchItem, BatchDone)]
    data = {
        "type": "string",
        "contentMediaType": _JSON,
        "contentSchema": {"anyOf": [*told, {"$ref": "#/components/schemas/TaskErrorBody"}]},
    }
    return {
        "type": "object",
        "properties": {
            "id": {"type": "string", "description": "For `last-event-id`."},
            "event": {"enum": ["batch", "item", "done", "error"]},
            "data": data,
        },
        "required": ["data"],
    }


_BATCH_BODY: Final[Schema] = {
    "description": "The tasks. One that is malformed is an error of its own, and of no other.",
    "anyOf": [{"type": "array", "items": {"anyOf": [ref(LLMRequest), {}]}}, ref(Batch)],
}
_DIRECT: Final = "Whatever `task_type` says, and however urgent it is."

TASK_OPERATIONS: Final = {
    "task": _task(
        "the role that does such tasks",
        "`task_type` names a role by the table of GET /models, the role names a model. Critical "
        "tasks go to a lighter one, except for those that a role keeps.",
    ),
    "architect": _task("the architect", _DIRECT, e.RoleNotFound),
    "coder": _task("the coder", _DIRECT, e.RoleNotFound),
    "reviewer": _task("the reviewer", _DIRECT, e.RoleNotFound),
    "batch": Operation(
        summary="Have several tasks done",
        description="Each as if it had been sent to POST /route; the results are in the order of "
        "the tasks, and one that fails fails no other. With `accept: text/event-stream` every "
        "result is told as it comes, and the batch goes on if the client leaves.",
        answers=((_JSON, ref(BatchResponse)), (_STREAM, _event())),
        errors=(
            e.InvalidTask,
            e.UnsupportedMediaType,
            e.BatchTooLarge,
            e.TooManyBatches,
            e.BatchesFull,
        ),
        parameters=_PARAMETERS,
        body=Batch,
        body_schema=_BATCH_BODY,
        examples=_BATCH_EXAMPLES,
        headers=(BATCH,),
    ),
    "batch_state": Operation(
        summary="How far a batch is",
        description="With `accept: text/event-stream` as a stream, from after the event that "
        "`last-event-id` names.",
        answers=((_JSON, ref(BatchState)), (_STREAM, _event())),
        errors=(e.BatchNotFound,),
        parameters=(LAST_EVENT, "accept-language"),
        headers=(BATCH,),
    ),
    "cancel_batch": Operation(
        summary="End a batch",
        description="Tasks under way are hung up on; what has ended stays. Again is no error.",
        answers=((_JSON, ref(BatchState)),),
        errors=(e.BatchNotFound,),
        headers=(BATCH,),
    ),
    "team": Operation(
        summary="List the roles, their models and tasks",
        description="Only those whose models this key may use.",
        answers=((_JSON, ref(TeamModels)),),
    ),
    "memory": Operation(
        summary="The machine's memory",
        description="GiB, as the system counts it.",
        answers=((_JSON, ref(MemoryInfo)),),
    ),
}
