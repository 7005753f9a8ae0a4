"""Which path leads where. The table is the one source: the app dispatches by it, the OpenAPI
document is made from it, and a meta-test wants every row documented in docs/api.md.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final
from urllib.parse import unquote

from msgspec import Struct

from gilmok.core.errors import InvalidRequest, MethodNotAllowed, RouteNotFound
from gilmok.surfaces.http import HttpRequest, Reply


class Turn(Struct, frozen=True):
    """One request at the surface, and what is needed to answer it."""

    http: HttpRequest
    reply: Reply
    decision_id: str
    locale: str
    argument: str = ""
    """The last part of the path, where the route has a `{…}`."""


Handler = Callable[[Turn], Awaitable[None]]


class Route(Struct, frozen=True):
    method: str
    path: str
    """A literal path, or one that ends with `{name}`."""
    name: str
    """The handler's name, and the operation's id in the OpenAPI document."""
    open: bool = False
    """True where no key is needed: nothing there tells a stranger anything."""


ROUTES: Final = (
    Route("POST", "/v1/chat/completions", "chat"),
    Route("POST", "/v1/route", "route"),
    Route("GET", "/v1/models", "models"),
    Route("GET", "/v1/models/{model}", "model"),
    Route("GET", "/v1/decisions/{id}", "decision"),
    Route("GET", "/health", "health", open=True),
    Route("GET", "/health/live", "live", open=True),
    Route("GET", "/health/ready", "ready", open=True),
    Route("GET", "/metrics", "metrics"),
    Route("GET", "/openapi.json", "openapi", open=True),
)

_LITERAL: Final = {
    path: {r.method: r for r in ROUTES if r.path == path}
    for path in {r.path for r in ROUTES if not r.path.endswith("}")}
}
_PREFIX: Final = {
    path.partition("{")[0]: {r.method: r for r in ROUTES if r.path == path}
    for path in {r.path for r in ROUTES if r.path.endswith("}")}
}
_MAX_ARGUMENT: Final = 256


def find(method: str, path: str) -> tuple[Route, str]:
    """The route and its argument, percent-decoded. Raises `RouteNotFound`, `MethodNotAllowed`."""
    methods = _LITERAL.get(path)
    argument = ""
    if methods is None:
        methods, argument = _by_prefix(path)
    route = methods.get("GET" if method == "HEAD" else method)
    if route is None:
        raise MethodNotAllowed(", ".join(sorted(methods)))
    return route, argument


def _by_prefix(path: str) -> tuple[dict[str, Route], str]:
    for prefix, methods in _PREFIX.items():
        if path.startswith(prefix) and len(path) > len(prefix):
            return methods, _decoded(path[len(prefix) :])
    raise RouteNotFound


def _decoded(argument: str) -> str:
    """A name from a path. Slashes are part of model names (`org/model`)."""
    text = unquote(argument, errors="replace")
    if len(text) > _MAX_ARGUMENT or not text.isprintable() or "\ufffd" in text:
        raise InvalidRequest(
            "path", "is not a printable UTF-8 name", "출력 가능한 UTF-8 이름이 아닙니다"
        )
    return text
