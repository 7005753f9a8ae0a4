"""Which path leads where. The table is the one source: the app dispatches by it, the OpenAPI
document is made from it, and a meta-test wants every row documented in docs/api.md.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Final
from urllib.parse import unquote

from msgspec import Struct

from gilmok.core.errors import InvalidRequest, MethodNotAllowed, RouteNotFound
from gilmok.core.said import Locale
from gilmok.surfaces.elsewhere import elsewhere
from gilmok.surfaces.http import HttpRequest, Reply


class Turn(Struct, frozen=True):
    """One request at the surface, and what is needed to answer it."""

    http: HttpRequest
    reply: Reply
    decision_id: str
    locale: Locale
    argument: str = ""
    """What stands in the path where the route has a `{…}`."""


Handler = Callable[[Turn], Awaitable[None]]


class Access(StrEnum):
    """Who may use a route. A test tries every route with every kind of key."""

    OPEN = "open"
    """Anybody: nothing there tells a stranger anything."""
    CALLER = "caller"
    """Whoever has a valid key, and sees only what is its tenant's."""
    OPERATOR = "operator"
    """Callers who may see sums over all tenants."""
    ADMIN = "admin"
    """The admin key, and no caller's. The app asks for it; handlers ask for the others."""


class Route(Struct, frozen=True):
    method: str
    path: str
    """A literal path, or one with one `{name}` in it."""
    name: str
    """The handler's name, and the operation's id in the OpenAPI document."""
    access: Access
    page: bool = False
    """True for pages, which are for people and not in the OpenAPI document."""
    secret: bool = False
    """True where a new secret is in the answer: shown once, so never kept to be given again."""
    long_body: bool = False
    """True where a conversation is sent; elsewhere a long body is nothing to wait for."""
    recording: bool = False
    """True where a recording may be sent, as a form: longer than any conversation."""
    resumes: bool = False
    """True where the handler itself sees to an `Idempotency-Key`: it goes on where it stopped."""

    @property
    def takes_idempotency_key(self) -> bool:
        return self.method == "POST" and not self.secret


ROUTES: Final = (
    Route("POST", "/v1/chat/completions", "chat", Access.CALLER, long_body=True),
    Route("POST", "/v1/route", "route", Access.CALLER, long_body=True),
    Route("POST", "/v1/embeddings", "embeddings", Access.CALLER, long_body=True),
    Route("POST", "/v1/images/generations", "images", Access.CALLER, long_body=True),
    Route("POST", "/v1/audio/speech", "speech", Access.CALLER, long_body=True),
    Route(
        "POST",
        "/v1/audio/transcriptions",
        "transcriptions",
        Access.CALLER,
        long_body=True,
        recording=True,
    ),
    Route(
        "POST", "/v1/video/analyses", "submit_video", Access.CALLER, long_body=True, recording=True
    ),
    Route("GET", "/v1/video/analyses", "video_jobs", Access.CALLER),
    Route("GET", "/v1/video/analyses/{job}", "video_job", Access.CALLER),
    Route("DELETE", "/v1/video/analyses/{job}", "cancel_video", Access.CALLER),
    Route("POST", "/route", "task", Access.CALLER, long_body=True),
    Route("POST", "/architect", "architect", Access.CALLER, long_body=True),
    Route("POST", "/coder", "coder", Access.CALLER, long_body=True),
    Route("POST", "/reviewer", "reviewer", Access.CALLER, long_body=True),
    Route("POST", "/batch", "batch", Access.CALLER, long_body=True, resumes=True),
    Route("GET", "/batch/{batch}", "batch_state", Access.CALLER),
    Route("DELETE", "/batch/{batch}", "cancel_batch", Access.CALLER),
    Route("GET", "/models", "team", Access.CALLER),
    Route("GET", "/memory", "memory", Access.CALLER),
    Route("GET", "/v1/models", "models", Access.CALLER),
    Route("GET", "/v1/models/{model}", "model", Access.CALLER),
    Route("GET", "/v1/decisions/{id}", "decision", Access.CALLER),
    Route("GET", "/v1/report", "report", Access.CALLER),
    Route("GET", "/v1/sla", "sla", Access.CALLER),
    Route("GET", "/v1/forecast", "forecast", Access.CALLER),
    Route("GET", "/v1/statistics", "statistics", Access.CALLER),
    Route("GET", "/v1/engines", "engines", Access.OPERATOR),
    Route("GET", "/v1/budget", "budget", Access.CALLER),
    Route("GET", "/", "home", Access.OPEN, page=True),
    Route("GET", "/dashboard", "dashboard", Access.CALLER, page=True),
    Route("GET", "/dashboard/decisions", "dashboard_decisions", Access.CALLER, page=True),
    Route("GET", "/dashboard/decisions/{id}", "dashboard_decision", Access.CALLER, page=True),
    Route("GET", "/dashboard/style.css", "dashboard_style", Access.OPEN, page=True),
    Route("POST", "/admin/v1/keys", "create_key", Access.ADMIN, secret=True),
    Route("GET", "/admin/v1/keys", "list_keys", Access.ADMIN),
    Route("GET", "/admin/v1/keys/{key}", "show_key", Access.ADMIN),
    Route("DELETE", "/admin/v1/keys/{key}", "revoke_key", Access.ADMIN),
    Route("POST", "/admin/v1/keys/{key}/rotate", "rotate_key", Access.ADMIN, secret=True),
    Route("POST", "/admin/v1/keys/{key}/expire", "expire_key", Access.ADMIN),
    Route("GET", "/admin/v1/tenants", "list_tenants", Access.ADMIN),
    Route("POST", "/admin/v1/top-ups", "top_up", Access.ADMIN),
    Route("POST", "/admin/v1/cache/forget", "forget_cache", Access.ADMIN),
    Route("GET", "/health", "health", Access.OPEN),
    Route("GET", "/health/live", "live", Access.OPEN),
    Route("GET", "/health/ready", "ready", Access.OPEN),
    Route("GET", "/metrics", "metrics", Access.OPERATOR),
    Route("GET", "/openapi.json", "openapi", Access.OPEN),
)

_TEAM: Final = ("/route", "/architect", "/coder", "/reviewer", "/batch", "/models", "/memory")
"""Where the development team's clients ask; their errors have one field more."""
_BATCHES: Final = "/batch/"

ADMIN_PATH: Final = "/admin/"
"""Every path of the admin API begins so, and no other."""

_LITERAL: Final = {
    path: {r.method: r for r in ROUTES if r.path == path}
    for path in {r.path for r in ROUTES if "{" not in r.path}
}
_AROUND: Final = {
    (path.partition("{")[0], path.partition("}")[2]): {
        r.method: r for r in ROUTES if r.path == path
    }
    for path in sorted({r.path for r in ROUTES if "{" in r.path}, key=len, reverse=True)
}
"""What stands before and after the `{…}`; the longer paths first, as they say more."""
_MAX_ARGUMENT: Final = 256


def is_teams(path: str) -> bool:
    """True of the development team's paths, whether they lead anywhere or not."""
    return path in _TEAM or path.startswith(_BATCHES)


def find(method: str, path: str) -> tuple[Route, str]:
    """The route and its argument, percent-decoded. Raises `RouteNotFound`, `MethodNotAllowed`."""
    methods = _LITERAL.get(path)
    argument = ""
    if methods is None:
        methods, argument = _by_parts(path)
    route = methods.get("GET" if method == "HEAD" else method)
    if route is None:
        raise MethodNotAllowed(", ".join(sorted(methods)))
    return route, argument


def _by_parts(path: str) -> tuple[dict[str, Route], str]:
    for (before, after), methods in _AROUND.items():
        long_enough = len(path) > len(before) + len(after)
        if long_enough and path.startswith(before) and path.endswith(after):
            return methods, _decoded(path[len(before) : len(path) - len(after)])
    # Where there is no admin key, nothing tells that there could be an admin API.
    hint = None if path.startswith(ADMIN_PATH) else elsewhere(path, _LITERAL)
    raise RouteNotFound(hint) if hint else RouteNotFound


def _decoded(argument: str) -> str:
    """A name from a path. Slashes are part of model names (`org/model`)."""
    text = unquote(argument, errors="replace")
    if len(text) > _MAX_ARGUMENT or not text.isprintable() or "\ufffd" in text:
        raise InvalidRequest(
            "path", "is not a printable UTF-8 name", "출력 가능한 UTF-8 이름이 아닙니다"
        )
    return text
