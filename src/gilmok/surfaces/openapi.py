"""`GET /openapi.json`: the gateway's API as an OpenAPI 3.1 document, made from `ROUTES`.

A route without a row in `_OPERATIONS` fails the build of the document, and with it the start. The
errors of an operation are classes of `core.errors`, so a status, a code and its type cannot drift
from what is really sent.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Final

import msgspec
from msgspec import Struct

from gilmok import __version__
from gilmok.core import errors as e
from gilmok.core.endpoint import Zone
from gilmok.core.inspection import Sensitivity
from gilmok.ledger import Decision
from gilmok.surfaces import headers, sse
from gilmok.surfaces.chat_whole import Completion
from gilmok.surfaces.chat_wire import ChatBody
from gilmok.surfaces.errors import RETRY_STATUSES
from gilmok.surfaces.lookups import PROMETHEUS, Health
from gilmok.surfaces.models import Model, ModelList
from gilmok.surfaces.openapi_schemas import Schema, error_schema, ref, schemas, stream_event
from gilmok.surfaces.planned import Planned
from gilmok.surfaces.routes import ROUTES, Route

_JSON: Final = "application/json"
_TEXT: Schema = {"type": "string"}
_Errors = tuple[type[e.HttpError], ...]


class _Operation(Struct, frozen=True, kw_only=True):
    summary: str
    description: str = ""
    answers: tuple[tuple[str, Schema], ...]
    """Media types of the 200, and their schemas."""
    errors: _Errors = ()
    """Besides `_ANYWHERE`."""
    parameters: tuple[str, ...] = ()
    """Names of header parameters."""
    has_body: bool = False
    headers: tuple[str, ...] = ()
    """Of the 200, besides the two names of the decision."""


_ANYWHERE: Final[_Errors] = (
    e.InvalidRequest,
    e.RequestTimeout,
    e.BodyTooLarge,
    e.TooManyRequests,
    e.HeadersTooLarge,
    e.InternalError,
)
"""What the server refuses before a route is looked at, and our own defects."""

_OF_A_BODY: Final[_Errors] = (e.UnsupportedParameter, e.InvalidKey, e.UnsupportedMediaType)
_OF_AN_ANSWER: Final[_Errors] = (
    e.ContextTooLong,
    e.NoCapableEndpoint,
    e.UpstreamRejected,
    e.LabelRefused,
    e.NotPermitted,
    e.ModelNotFound,
    e.UpstreamRateLimited,
    e.AnswerUnusable,
    e.AllEndpointsFailed,
    e.LocalUnavailable,
    e.NothingAvailable,
    e.JournalUnavailable,
    e.DeadlineExceeded,
)

_OPERATIONS: Final = {
    "chat": _Operation(
        summary="Answer a conversation",
        description="OpenAI's chat completions. With `stream: true` the answer comes as "
        "server-sent events, each a `ChatChunk`. Parameters that cannot be carried to an endpoint "
        "are refused by name, never dropped in silence.",
        answers=((_JSON, ref(Completion)), (sse.CONTENT_TYPE.partition(";")[0], stream_event())),
        errors=(*_OF_A_BODY, *_OF_AN_ANSWER),
        parameters=(headers.TASK, headers.DEADLINE, "accept-language"),
        has_body=True,
        headers=(
            "x-gilmok-endpoint",
            "x-gilmok-zone",
            "x-gilmok-sensitivity",
            "x-gilmok-attempts",
            "x-gilmok-fallback",
            "x-gilmok-cache",
            "x-gilmok-cost-usd",
        ),
    ),
    "route": _Operation(
        summary="Plan the same request without answering it",
        description="Nothing is sent and nothing is charged. A request that would be refused has "
        "its refusal in the body, and the status is 200.",
        answers=((_JSON, ref(Planned)),),
        errors=_OF_A_BODY,
        parameters=(headers.TASK, headers.DEADLINE, "accept-language"),
        has_body=True,
    ),
    "models": _Operation(
        summary="List the names `model` may have",
        answers=((_JSON, ref(ModelList)),),
        errors=(e.InvalidKey,),
    ),
    "model": _Operation(
        summary="Look up one of these names",
        answers=((_JSON, ref(Model)),),
        errors=(e.InvalidKey, e.ModelNotFound),
    ),
    "decision": _Operation(
        summary="Read back why a request went where it went, and what it cost",
        description="Times in milliseconds, `at` in nanoseconds since 1970, money in nano-dollars.",
        answers=((_JSON, ref(Decision)),),
        errors=(e.InvalidKey, e.DecisionNotFound),
    ),
    "health": _Operation(
        summary="How the gateway and its endpoints are",
        description="Without a valid key only the status.",
        answers=((_JSON, ref(Health)),),
    ),
    "live": _Operation(summary="The process answers", answers=((_JSON, ref(Health)),)),
    "ready": _Operation(
        summary="A request could be answered now",
        answers=((_JSON, ref(Health)),),
        errors=(e.JournalUnavailable, e.NothingAvailable),
    ),
    "metrics": _Operation(
        summary="Metrics in the Prometheus text format",
        answers=((PROMETHEUS.partition(";")[0], _TEXT),),
        errors=(e.InvalidKey, e.NotPermitted),
    ),
    "openapi": _Operation(summary="This document", answers=((_JSON, {"type": "object"}),)),
}

_PARAMETERS: Final[dict[str, Schema]] = {
    headers.TASK: {
        "description": "What the request is for: a hint for routing, a plain word.",
        "schema": {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$"},
    },
    headers.DEADLINE: {
        "description": "Milliseconds the request may take; lowers [server] deadline_s only.",
        "schema": {"type": "integer", "minimum": 1, "maximum": 9_999_999_999},
    },
    "accept-language": {
        "description": "`ko` or `en`, whichever it prefers: the language of messages.",
        "schema": _TEXT,
    },
}

_ARGUMENTS: Final = {
    "model": "A name from the list, percent-encoded; slashes may stand as they are.",
    "id": "The decision's id: `x-gilmok-decision`.",
}

_HEADERS: Final[dict[str, Schema]] = {
    "x-request-id": {"description": "The decision's id.", "schema": _TEXT},
    "x-gilmok-decision": {"description": "The same, for GET /v1/decisions/{id}.", "schema": _TEXT},
    "x-gilmok-endpoint": {"description": "The endpoint that answers.", "schema": _TEXT},
    "x-gilmok-zone": {
        "description": "How far the text travelled, as the address proved.",
        "schema": {"enum": [zone.value for zone in Zone]},
    },
    "x-gilmok-sensitivity": {
        "description": "The label of the whole conversation.",
        "schema": {"enum": [level.label for level in Sensitivity]},
    },
    "x-gilmok-attempts": {
        "description": "Tries so far, the one that answers included; 0 from the cache.",
        "schema": {"type": "integer", "minimum": 0},
    },
    "x-gilmok-fallback": {
        "description": "`true` where another than the plan's first candidate answers.",
        "schema": {"enum": ["true", "false"]},
    },
    "x-gilmok-cache": {"schema": {"enum": ["off", "miss", "hit"]}},
    "x-gilmok-cost-usd": {
        "description": "US dollars, nine decimals. On whole answers only: a stream's cost is not "
        "known when it begins, and GET /v1/decisions/{id} has it afterwards.",
        "schema": {"type": "string", "pattern": "^-?[0-9]+\\.[0-9]{9}$"},
    },
    "retry-after": {
        "description": "Whole seconds; whoever waits them is not early.",
        "schema": {"type": "integer", "minimum": 1},
    },
    "www-authenticate": {"schema": {"const": "Bearer"}},
}
_SOMETIMES: Final = frozenset({"x-gilmok-cost-usd"})
_NAMES: Final = ("x-request-id", "x-gilmok-decision")

_SECURITY: Final[dict[str, Schema]] = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "A key of [[keys]]. Without configured keys this machine is served, and "
        "nobody else.",
    },
    "x-api-key": {"type": "apiKey", "in": "header", "name": "x-api-key"},
    "api-key": {"type": "apiKey", "in": "header", "name": "api-key"},
}


@cache
def openapi_document() -> bytes:
    """The document, as JSON. Made once: nothing in it depends on the configuration."""
    paths: dict[str, Schema] = {}
    for route in ROUTES:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    return msgspec.json.encode(
        {
            "openapi": "3.1.0",
            "info": {
                "title": "Gilmok",
                "version": __version__,
                "summary": "A privacy-first gateway and router for language models.",
                "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
            },
            "servers": [{"url": "/"}],
            "paths": paths,
            "components": {
                "schemas": schemas(),
                "securitySchemes": _SECURITY,
                "headers": {n: {"required": n not in _SOMETIMES} | h for n, h in _HEADERS.items()},
            },
        }
    )


def _operation(route: Route) -> Schema:
    operation = _OPERATIONS[route.name]
    described: Schema = {
        "operationId": route.name,
        "summary": operation.summary,
        "responses": {"200": _answer(operation)} | dict(_failures(operation)),
        # None of the three is asked for together with another; open routes take none, too.
        "security": [*([{}] if route.open else []), *({name: []} for name in _SECURITY)],
    }
    if operation.description:
        described["description"] = operation.description
    if parameters := _parameters(route, operation):
        described["parameters"] = parameters
    if operation.has_body:
        described["requestBody"] = {
            "required": True,
            "content": {_JSON: {"schema": ref(ChatBody), "examples": _EXAMPLES}},
        }
    return described


def _parameters(route: Route, operation: _Operation) -> list[Schema]:
    found: list[Schema] = []
    if route.path.endswith("}"):
        name = route.path.rpartition("{")[2].rstrip("}")
        schema = {"type": "string", "minLength": 1, "maxLength": 256}
        description = _ARGUMENTS[name]
        found.append(
            {
                "name": name,
                "in": "path",
                "required": True,
                "description": description,
                "schema": schema,
            }
        )
    found += [{"name": n, "in": "header"} | _PARAMETERS[n] for n in operation.parameters]
    return found


def _answer(operation: _Operation) -> Schema:
    return {
        "description": operation.summary,
        "headers": _header_refs((*_NAMES, *operation.headers)),
        "content": {media: {"schema": schema} for media, schema in operation.answers},
    }


def _failures(operation: _Operation) -> Iterator[tuple[str, Schema]]:
    """One response for each status, narrowed to the codes this operation can have."""
    by_status: dict[int, list[type[e.HttpError]]] = {}
    for error in (*_ANYWHERE, *operation.errors):
        by_status.setdefault(error.status, []).append(error)
    for status, found in sorted(by_status.items()):
        names = list(_NAMES)
        if status in RETRY_STATUSES:
            names.append("retry-after")
        if status == e.InvalidKey.status:
            names.append("www-authenticate")
        yield (
            str(status),
            {
                "description": ", ".join(f"`{error.code}`" for error in found),
                "headers": _header_refs(tuple(names)),
                "content": {_JSON: {"schema": error_schema(tuple(found))}},
            },
        )


def _header_refs(names: tuple[str, ...]) -> dict[str, Schema]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


_EXAMPLES: Final = {
    "short": {
        "summary": "The gateway chooses",
        "value": {"model": "auto", "messages": [{"role": "user", "content": "What is a tuple?"}]},
    },
    "stream": {
        "summary": "As a stream, with usage",
        "value": {
            "model": "auto",
            "messages": [{"role": "user", "content": "파이썬 튜플이 뭐야?"}],
            "stream": True,
            "stream_options": {"include_usage": True},
        },
    },
}
