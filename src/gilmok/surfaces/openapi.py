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
from msgspec.structs import replace

from gilmok import __version__
from gilmok.core import errors as e
from gilmok.core.endpoint import Zone
from gilmok.core.flaws import Flaw
from gilmok.core.inspection import Sensitivity
from gilmok.ledger import By
from gilmok.surfaces import headers
from gilmok.surfaces.errors import RETRY_STATUSES
from gilmok.surfaces.headers import BUDGET_LEFT
from gilmok.surfaces.idempotency import HEADER as IDEMPOTENCY_KEY
from gilmok.surfaces.idempotency import REPLAYED as IDEMPOTENT_REPLAYED
from gilmok.surfaces.openapi_admin import ADMIN_OPERATIONS, ADMIN_PARAMETERS
from gilmok.surfaces.openapi_caller import CALLER_OPERATIONS
from gilmok.surfaces.openapi_operation import Errors, Operation
from gilmok.surfaces.openapi_schemas import Schema, error_schema, ref, schemas
from gilmok.surfaces.openapi_services import SERVICE_OPERATIONS
from gilmok.surfaces.openapi_tasks import TASK_OPERATIONS
from gilmok.surfaces.ratelimit import RATE_LIMITS
from gilmok.surfaces.routes import ROUTES, Access, Route, is_teams
from gilmok.surfaces.services.fallback import FALLBACKS
from gilmok.surfaces.services.form import MEDIA_TYPE as FORM
from gilmok.surfaces.services.planning import PLANNED
from gilmok.surfaces.services.videos import JOB
from gilmok.surfaces.tasks.batches import BATCH, LAST_EVENT

_JSON: Final = "application/json"
_TEXT: Schema = {"type": "string"}


_ANYWHERE: Final[Errors] = (
    e.InvalidRequest,
    e.RequestTimeout,
    e.BodyTooLarge,
    e.LimitReached,
    e.TooManyRequests,
    e.HeadersTooLarge,
    e.InternalError,
)
"""What the server refuses before a route is looked at, and our own defects."""

_OF_A_KEY: Final[Errors] = (e.InvalidKey, e.MistypedKey, e.ExpiredKey, e.RevokedKey)
_OF_ACCESS: Final[dict[Access, Errors]] = {
    Access.OPEN: (),
    Access.CALLER: _OF_A_KEY,
    Access.OPERATOR: (*_OF_A_KEY, e.NotPermitted),
    Access.ADMIN: (e.InvalidAdminKey, e.RouteNotFound),
}
"""`route_not_found`: where no admin key is configured, there is no admin API."""
_OF_A_REPETITION: Final[Errors] = (
    e.IdempotencyAnswerTooLarge,
    e.InvalidIdempotencyKey,
    e.IdempotencyKeyReused,
    e.IdempotencyStoreFull,
)

_OPERATIONS: Final = CALLER_OPERATIONS | ADMIN_OPERATIONS | TASK_OPERATIONS | SERVICE_OPERATIONS

_PARAMETERS: Final[dict[str, Schema]] = {
    **ADMIN_PARAMETERS,
    headers.CACHE: {
        "description": "How far the cache may go for this request; never further than configured.",
        "schema": {"enum": ["off", "exact", "semantic"]},
    },
    headers.CACHE_TAGS: {
        "description": "Names, separated by commas, under which a kept answer can be forgotten.",
        "schema": {"type": "string", "pattern": headers.TAGS},
    },
    headers.PARTIAL: {
        "description": "`true` of a client that can read a list with gaps: texts that fail are then "
        "listed in `gilmok.errors`, and the others are answered.",
        "schema": {"enum": ["true", "false"]},
    },
    headers.TASK: {
        "description": "What the request is for: a hint for routing, a plain word.",
        "schema": {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$"},
    },
    headers.URGENCY: {
        "description": "How soon the answer is needed: whose turn it is where requests wait. It "
        "changes no label and no limit.",
        "schema": {"enum": ["normal", "high", "critical"]},
    },
    LAST_EVENT: {
        "description": "The id of the last event that came.",
        "schema": {"type": "integer", "minimum": 0, "maximum": 999_999_999},
    },
    headers.DEADLINE: {
        "description": "Milliseconds the request may take; lowers [server] deadline_s only.",
        "schema": {"type": "integer", "minimum": 1, "maximum": 9_999_999_999},
    },
    IDEMPOTENCY_KEY: {
        "description": "Names this request: the same one under the same key is carried out once, and "
        "its answer is given again for 24 h.",
        "schema": {"type": "string", "pattern": "^[!-~]{1,255}$"},
    },
    headers.USER: {
        "description": "The end user behind the key, by any name the caller has for them. It is kept "
        "as a pseudonym only.",
        "schema": _TEXT,
    },
    "reference": {
        "description": "Savings against this model's price: an endpoint's id or model, or a model "
        "of the price list. Unset: the configured reference price.",
        "schema": {"type": "string", "maxLength": 256},
        "example": "gpt-4o-mini",
    },
    headers.USER: {
        "description": "The end user, in your words; counts before `user` in the body. Only a "
        "pseudonym is kept.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 256},
    },
    "does": {
        "description": "What is wanted where it is no chat: `POST /v1/embeddings`, "
        "`/v1/images/generations`, `/v1/audio/speech` and `/v1/video/analyses` have the bodies.",
        "schema": {"enum": [*PLANNED]},
    },
    "by": {
        "description": "What the lines stand for; endpoints where it is left out.",
        "schema": {"enum": [by.value for by in By]},
    },
    "since": {
        "description": "How far back: a span such as `12h` or `7d` (m, h, d, w), or a date of this "
        "machine's time zone. Seven days where it is left out.",
        "schema": {
            "type": "string",
            "anyOf": [
                {"pattern": "^[0-9]{1,5}[mhdw]$"},
                {"pattern": "^20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])$"},
            ],
            "examples": ["7d"],
        },
    },
    "accept-language": {
        "description": "`ko` or `en`, whichever it prefers: the language of messages.",
        "schema": _TEXT,
    },
}

_IN_QUERY: Final = frozenset({"by", "does", "since", "reference", *ADMIN_PARAMETERS})

_ARGUMENTS: Final = {
    "job": "The job's id: `id` of the answer that took it on.",
    "batch": "The batch's id: `x-gilmok-batch`, or the first event of its stream.",
    "key": "The id of a stored key.",
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
    "x-gilmok-injection": {
        "description": "Where an attempt to take over the model was seen: each source and its verdict.",
        "schema": {"type": "string", "examples": ["document=suspect"]},
    },
    "x-gilmok-attempts": {
        "description": "Tries so far, the one that answers included; 0 from the cache.",
        "schema": {"type": "integer", "minimum": 0},
    },
    "x-gilmok-fallback": {
        "description": "Of chat: `true` where another than the plan's first candidate answers, else "
        "`false`. Of services: why another one or a stand-in answers; absent where neither does.",
        "schema": {"enum": ["true", "false", *FALLBACKS]},
    },
    **{
        name: {
            "description": "Of the caller's limits the one with the least left. Where one holds only.",
            "schema": _TEXT,
        }
        for name in RATE_LIMITS
    },
    "x-gilmok-cache": {
        "description": "How a kept answer was found; see docs/cache.md.",
        "schema": {
            "enum": ["off", "miss", "hit", "hit-parameters", "hit-semantic", "hit-last-resort"]
        },
    },
    "x-gilmok-cost-usd": {
        "description": "US dollars, nine decimals. On whole answers only: a stream's cost is not "
        "known when it begins, and GET /v1/decisions/{id} has it afterwards.",
        "schema": {"type": "string", "pattern": "^-?[0-9]+\\.[0-9]{9}$"},
    },
    BUDGET_LEFT: {
        "description": "US dollars, nine decimals: what the caller's tightest budget has left, less "
        "what is held for requests under way. Where a cap applies only.",
        "schema": {"type": "string", "pattern": "^[0-9]+\\.[0-9]{9}$"},
    },
    IDEMPOTENT_REPLAYED: {
        "description": "`true` where this answer was made for an earlier request with the same "
        "Idempotency-Key.",
        "schema": {"const": "true"},
    },
    "x-gilmok-validation": {
        "description": "What looks wrong with the answer, where nobody gave a better one. Of a "
        "stream only what was known before it began.",
        "schema": {"enum": [flaw.value for flaw in Flaw if not flaw.is_hard]},
    },
    BATCH: {
        "description": "The batch's id, for GET /batch/{id}.",
        "schema": {"type": "string"},
    },
    JOB: {"description": "The job's id.", "schema": _TEXT},
    "retry-after": {
        "description": "Whole seconds; whoever waits them is not early.",
        "schema": {"type": "integer", "minimum": 1},
    },
    "www-authenticate": {"schema": {"const": "Bearer"}},
}
_SOMETIMES: Final = frozenset(
    {
        "x-gilmok-cost-usd",
        BUDGET_LEFT,
        "x-gilmok-validation",
        "x-gilmok-injection",
        "x-gilmok-fallback",
        IDEMPOTENT_REPLAYED,
        *RATE_LIMITS,
    }
)
_NAMES: Final = ("x-request-id", "x-gilmok-decision")

_ADMIN_KEY: Final = "admin"
_SECURITY: Final[dict[str, Schema]] = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "A caller's key. Without any key this machine is served, and nobody else.",
    },
    _ADMIN_KEY: {
        "type": "http",
        "scheme": "bearer",
        "description": "The key of [admin]; a caller's never opens what this one does.",
    },
    "x-api-key": {"type": "apiKey", "in": "header", "name": "x-api-key"},
    "api-key": {"type": "apiKey", "in": "header", "name": "api-key"},
}


@cache
def openapi_document() -> bytes:
    """The document, as JSON. Made once: nothing in it depends on the configuration."""
    paths: dict[str, Schema] = {}
    for route in ROUTES:
        if route.page:
            continue
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
    operation = _described(route)
    described: Schema = {
        "operationId": route.name,
        "summary": operation.summary,
        "responses": {str(operation.status): _answer(operation)}
        | dict(_failures(route, operation)),
        "security": list(_security(route)),
    }
    if operation.description:
        described["description"] = operation.description
    if parameters := _parameters(route, operation):
        described["parameters"] = parameters
    if content := _content(operation):
        described["requestBody"] = {"required": operation.body_required, "content": content}
    return described


def _content(operation: Operation) -> Schema:
    """Each form that the body may have, by its media type."""
    found: Schema = {}
    if operation.body is not None:
        examples = {"examples": operation.examples} if operation.examples else {}
        found[_JSON] = {"schema": operation.body_schema or ref(operation.body)} | examples
    for schema in operation.forms:
        found[FORM] = {"schema": schema}
    return found


def _described(route: Route) -> Operation:
    """The route's own operation, with what is said of every request that may be repeated."""
    own = _OPERATIONS[route.name]
    if not route.takes_idempotency_key:
        return own
    return replace(
        own,
        errors=(*own.errors, *_OF_A_REPETITION),
        parameters=(*own.parameters, IDEMPOTENCY_KEY),
        headers=(*own.headers, IDEMPOTENT_REPLAYED),
    )


def _security(route: Route) -> Iterator[dict[str, list[str]]]:
    """None of them is asked for together with another; open routes take none, too."""
    if route.access is Access.ADMIN:
        yield {_ADMIN_KEY: []}
        return
    if route.access is Access.OPEN:
        yield {}
    for name in _SECURITY:
        if name != _ADMIN_KEY:
            yield {name: []}


def _parameters(route: Route, operation: Operation) -> list[Schema]:
    found: list[Schema] = []
    if "{" in route.path:
        name = route.path.partition("{")[2].partition("}")[0]
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
    for name in operation.parameters:
        place = "query" if name in _IN_QUERY else "header"
        found.append({"name": name, "in": place} | _PARAMETERS[name])
    return found


def _answer(operation: Operation) -> Schema:
    return {
        "description": operation.summary,
        "headers": _header_refs((*_NAMES, *operation.headers)),
        "content": {media: {"schema": schema} for media, schema in operation.answers},
    }


def _failures(route: Route, operation: Operation) -> Iterator[tuple[str, Schema]]:
    """One response for each status, narrowed to the codes this operation can have."""
    by_status: dict[int, list[type[e.HttpError]]] = {}
    for error in (*_ANYWHERE, *_OF_ACCESS[route.access], *operation.errors):
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
                "content": {
                    _JSON: {"schema": error_schema(tuple(found), with_detail=is_teams(route.path))}
                },
            },
        )


def _header_refs(names: tuple[str, ...]) -> dict[str, Schema]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}
