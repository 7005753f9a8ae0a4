"""The JSON schemas of the OpenAPI document, from the types that decode and encode the bodies.

msgspec derives them. What a type cannot say and `chat_request` demands is added here, so that a
body the document calls valid is refused by policy, by name or by an endpoint, but not as malformed.
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Raw

from gilmok.core.engine_view import MachineView
from gilmok.core.errors import HttpError
from gilmok.core.request import Preference, Role
from gilmok.core.text import Secret
from gilmok.lab import Forecast, PerformanceReport
from gilmok.ledger import Decision, GoodputReport, Statistics
from gilmok.surfaces.admin_wire import (
    ExpireBody,
    KeyBody,
    KeyList,
    KeyShown,
    RotateBody,
    TenantList,
)
from gilmok.surfaces.budgets import BudgetList, TopUpBody, TopUpShown
from gilmok.surfaces.cache import ForgetBody, Forgotten
from gilmok.surfaces.chat_request import RequestLimits
from gilmok.surfaces.chat_stream import ChunkChoice
from gilmok.surfaces.chat_whole import Completion
from gilmok.surfaces.chat_wire import ChatBody
from gilmok.surfaces.errors import ErrorBody, TaskErrorBody
from gilmok.surfaces.lookups import Health
from gilmok.surfaces.models import Model, ModelList
from gilmok.surfaces.planned import Planned
from gilmok.surfaces.services.embeddings_wire import (
    EmbeddingBody,
    EmbeddingList,
    input_schema,
)
from gilmok.surfaces.services.pictures import PictureBody, PictureList
from gilmok.surfaces.services.speech import SpeechBody
from gilmok.surfaces.services.transcripts import Transcript, VerboseTranscript
from gilmok.surfaces.services.videos_wire import VideoBody, VideoJob, VideoJobList
from gilmok.surfaces.tasks.batches import BatchBegun, BatchDone
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

Schema = dict[str, Any]

_PREFIX = "#/components/schemas/"
_TYPES = (
    ChatBody, Completion, ChunkChoice, Planned, Model, ModelList, Decision, PerformanceReport,
    Statistics, GoodputReport, MachineView, Forecast, Health, ErrorBody, KeyBody, RotateBody, ExpireBody, KeyShown, KeyList,
    TenantList, BudgetList, TopUpBody, TopUpShown, ForgetBody, Forgotten,
    LLMRequest, LLMResponse, Batch, BatchItem, BatchResponse, BatchState, BatchBegun, BatchDone,
    TeamModels, MemoryInfo, TaskErrorBody,
    EmbeddingBody, EmbeddingList, PictureBody, PictureList, SpeechBody, Transcript, VerboseTranscript,
    VideoBody, VideoJob, VideoJobList,
)  # fmt: skip
_LIMITS = RequestLimits()


def ref(kind: type) -> Schema:
    """A reference to the schema of one of the types above."""
    return {"$ref": _PREFIX + _public(kind.__name__)}


def schemas() -> dict[str, Schema]:
    """Every component schema by its name."""
    _, found = msgspec.json.schema_components(
        _TYPES, schema_hook=_any_json, ref_template=_PREFIX + "{name}"
    )
    components: dict[str, Schema] = {_public(name): _tidy(s) for name, s in found.items()}
    _refine_chat(components["ChatBody"])
    components["TopUpBody"]["not"] = {
        "required": ["key", "user"],
        "properties": {"key": {"type": "string"}, "user": {"type": "string"}},
    }
    components["MessageBody"]["allOf"] = _MESSAGE_RULES
    for name in ("ToolBody", "ToolCallBody"):
        _demand_a_function(components[name])
    components["FunctionBody"]["properties"]["parameters"] = {"type": ["object", "null"]}
    # Sent once for each call, so UNSET afterwards, which a schema does not know.
    components["ChatStreamToolCall"]["required"] = ["index", "function"]
    components["ChatStreamFunction"]["required"] = ["arguments"]
    components["ChatChunk"] = _chunk()
    _refine_batches(components)
    _refine_services(components)
    return components


def _refine_services(components: dict[str, Schema]) -> None:
    """What `services.bodies` demands of all of them, and what each has besides its type."""
    for name in ("EmbeddingBody", "PictureBody", "SpeechBody", "VideoBody"):
        components[name]["additionalProperties"] = False
        components[name]["properties"]["model"] = components["ChatBody"]["properties"]["model"]
    components["EmbeddingBody"]["properties"]["input"] = input_schema()
    components["VideoJobList"]["properties"]["data"]["items"] = ref(VideoJob)


def _refine_batches(components: dict[str, Schema]) -> None:
    """Items travel as raw JSON, which a type cannot describe."""
    for name in ("BatchResponse", "BatchState"):
        components[name]["properties"]["results"]["items"] = ref(BatchItem)
    components["BatchItem"]["properties"]["result"] = ref(LLMResponse)
    requests = components["Batch"]["properties"]["requests"]
    requests["items"] = {"anyOf": [ref(LLMRequest), {}]}
    # What the server refuses before it knows the path has no `detail`.
    components["TaskErrorBody"]["required"] = ["error"]


def error_schema(errors: tuple[type[HttpError], ...], *, with_detail: bool = False) -> Schema:
    """The error body with the codes that one status of one route can have."""
    codes = sorted({error.code for error in errors})
    types = sorted({error.type for error in errors})
    narrowed = {"properties": {"code": {"enum": codes}, "type": {"enum": types}}}
    body = TaskErrorBody if with_detail else ErrorBody
    return {"allOf": [ref(body), {"properties": {"error": narrowed}}]}


def stream_event() -> Schema:
    """One server-sent event of an answer: a chunk, an error, or the end of a complete stream."""
    content = {"anyOf": [{"$ref": _PREFIX + "ChatChunk"}, ref(ErrorBody)]}
    data = [
        {"const": "[DONE]"},
        {"type": "string", "contentMediaType": "application/json", "contentSchema": content},
    ]
    return {"type": "object", "properties": {"data": {"anyOf": data}}, "required": ["data"]}


def _any_json(kind: type) -> Schema:
    """`Raw`: any JSON value; the fields whose values matter are refined below. `Secret`: text."""
    if kind is Raw:
        return {}
    if kind is Secret:
        return {"type": "string"}
    raise TypeError(f"no schema for {kind!r}")


def _public(name: str) -> str:
    """`_Veto` is `Veto`; where two modules have one name, `…chat_stream._Function` is
    `ChatStreamFunction`."""
    path, _, own = name.rpartition(".")
    module = path.rpartition(".")[2].title().replace("_", "")
    return module + own.lstrip("_")


def _tidy(node: Any) -> Any:
    """The schema without titles and without defaults of null: `absent` and null are the same."""
    if isinstance(node, list):
        return [_tidy(item) for item in node]
    if not isinstance(node, dict):
        return node
    tidied = {}
    for key, value in node.items():
        if (key == "default" and value is None) or (key == "title" and isinstance(value, str)):
            continue
        if key == "$ref":
            tidied[key] = _PREFIX + _public(value.removeprefix(_PREFIX))
        elif key == "description" and isinstance(value, str):
            tidied[key] = " ".join(value.split())
        else:
            tidied[key] = _tidy(value)
    return tidied


def _refine_chat(chat: Schema) -> None:
    properties = chat["properties"]
    properties["model"] = {
        "description": "An endpoint's id, a model's name, or a preference (`auto:0.7` is a dial from "
        "cheap, 0, to best, 1); `gilmok/` may stand before it. A name restricts the candidates; it never loosens the label.",
        "anyOf": [
            {"enum": [preference.value for preference in Preference]},
            {"type": "string", "minLength": 1, "maxLength": 256, "pattern": _PRINTABLE},
        ],
        "examples": ["auto"],
    }
    properties["messages"]["maxItems"] = _LIMITS.messages
    _array(properties["tools"])["maxItems"] = _LIMITS.tools
    _array(properties["stop"])["maxItems"] = _LIMITS.stop
    properties["tool_choice"] = _TOOL_CHOICE
    properties["response_format"] = _RESPONSE_FORMAT
    chat["allOf"] = [_LOGPROBS_ARE_ON, _TOOLS_TO_CHOOSE_FROM]


def _array(options: Schema) -> Schema:
    return next(s for s in options["anyOf"] if s.get("type") == "array")


def _demand_a_function(tool: Schema) -> None:
    """`type` has one value here, and with it `function` is no option."""
    tool["properties"]["type"] = {"const": "function"}
    tool["properties"]["function"] = next(
        option for option in tool["properties"]["function"]["anyOf"] if "$ref" in option
    )
    tool["required"] = [*tool["required"], "function"]


def _chunk() -> Schema:
    """One `data:` line of a stream; `ChatStream` composes it from bytes, so no type has it."""
    return {
        "type": "object",
        "description": "One event of a stream. The last ones: with `stream_options.include_usage` "
        "a chunk whose `choices` is empty and whose `usage` is the answer's, then `[DONE]`. A "
        "stream that breaks ends with an error body instead, and without `[DONE]`.",
        "properties": {
            "id": {"type": "string"},
            "object": {"const": "chat.completion.chunk"},
            "created": {"type": "integer"},
            "model": {"type": "string"},
            "system_fingerprint": {"type": "string"},
            "choices": {"type": "array", "items": ref(ChunkChoice)},
            "usage": {"anyOf": [{"$ref": _PREFIX + "UsageBody"}, {"type": "null"}]},
        },
        "required": ["id", "object", "created", "model", "choices"],
    }


_PRINTABLE = "^[^\\u0000-\\u001f\\u007f-\\u00a0\\u00ad]*$"
"""An approximation: `str.isprintable` also refuses unassigned and format characters."""


def _role(roles: tuple[Role, ...], needed: dict[str, Schema]) -> Schema:
    return {
        "if": {"properties": {"role": {"enum": [role.value for role in roles]}}},
        "then": {"properties": needed, "required": list(needed)},
    }


_CONTENT: Schema = {"type": ["string", "array"]}
_NULL: Schema = {"type": "null"}
_MESSAGE_RULES: list[Schema] = [
    _role((Role.SYSTEM, Role.DEVELOPER, Role.USER), {"content": _CONTENT}),
    _role((Role.TOOL,), {"content": _CONTENT, "tool_call_id": {"type": "string"}}),
    _role((Role.FUNCTION,), {"name": {"type": "string"}}),
    # Refused by name: the endpoints have no common place for them.
    {
        "if": {"properties": {"role": {"const": Role.ASSISTANT.value}}},
        "then": {"properties": {"function_call": _NULL, "audio": _NULL}},
    },
]

_TOOL_CHOICE: Schema = {
    "anyOf": [
        {"enum": [None, "none", "auto", "required"]},
        {
            "type": "object",
            "properties": {"type": {"enum": ["function", "allowed_tools"]}},
            "required": ["type"],
        },
    ]
}

_RESPONSE_FORMAT: Schema = {
    "anyOf": [
        {"type": "null"},
        {
            "type": "object",
            "properties": {"type": {"enum": ["text", "json_object"]}},
            "required": ["type"],
        },
        {
            "type": "object",
            "properties": {
                "type": {"const": "json_schema"},
                "json_schema": {"type": "object"},
            },
            "required": ["type", "json_schema"],
        },
    ]
}

_LOGPROBS_ARE_ON: Schema = {
    "anyOf": [
        {"properties": {"top_logprobs": {"enum": [None, 0]}}},
        {"properties": {"logprobs": {"const": True}}, "required": ["logprobs"]},
    ]
}

_TOOLS_TO_CHOOSE_FROM: Schema = {
    "anyOf": [
        {"properties": {"tool_choice": {"enum": [None, "none", "auto"]}}},
        {"properties": {"tools": {"type": "array", "minItems": 1}}, "required": ["tools"]},
    ]
}
