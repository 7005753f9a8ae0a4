"""The app: finds the route, calls its handler, and turns what was raised into an answer."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import partial

from gilmok.admission import AdminKey
from gilmok.core.errors import (
    GilmokError,
    HttpError,
    InvalidRequest,
    MethodNotAllowed,
    RouteNotFound,
)
from gilmok.core.ports import Ids
from gilmok.surfaces import headers
from gilmok.surfaces.errors import error_body, error_headers, for_client
from gilmok.surfaces.http import Headers, HttpRequest, Reply
from gilmok.surfaces.idempotency import HEADER, Idempotency
from gilmok.surfaces.routes import ADMIN_PATH, ROUTES, Access, Handler, Route, Turn, find

log = logging.getLogger(__name__)

_ADMIN = Access.ADMIN


class App:
    """Answers every request of the server; see `http.App`."""

    def __init__(
        self,
        handlers: Mapping[str, Handler],
        ids: Ids,
        idempotency: Idempotency,
        admin: AdminKey | None,
    ) -> None:
        """`handlers` by route name: one for every row of `ROUTES`. Without an admin key there is
        no admin API."""
        missing = {route.name for route in ROUTES} - set(handlers)
        if missing:
            raise ValueError(f"routes without a handler: {sorted(missing)}")
        self._handlers = dict(handlers)
        self._ids = ids
        self._idempotency = idempotency
        self._admin = admin

    async def __call__(self, http: HttpRequest, reply: Reply) -> None:
        decision_id = self._ids.new("dec")
        locale = headers.locale(http.headers)
        try:
            route, argument = self._find(http)
            handler = self._handlers[route.name]
            turn = Turn(http, reply, decision_id, locale, argument)
            if HEADER in http.headers and route.takes_idempotency_key:
                is_admin = route.access is _ADMIN
                await self._idempotency.answer(turn, partial(_perform, handler), is_admin=is_admin)
            else:
                await handler(turn)
        except ConnectionError:
            raise  # the client left; there is nobody to answer
        except Exception as error:
            _tell(error, reply, decision_id, locale)

    def _find(self, http: HttpRequest) -> tuple[Route, str]:
        """The route, and the way to it free. Raises `HttpError`."""
        try:
            route, argument = find(http.method, http.path)
        except (MethodNotAllowed, InvalidRequest):
            if self._admin is None and http.path.startswith(ADMIN_PATH):
                raise RouteNotFound from None
            raise
        if route.access is _ADMIN:
            if self._admin is None:
                raise RouteNotFound
            self._admin.check(headers.presented_key(http.headers))
        return route, argument

    def refuse(self, error: HttpError) -> tuple[int, Headers, bytes]:
        """Renders what the server refuses by itself, before there is a request to read."""
        return render(error, self._ids.new("dec"), "en")


async def _perform(handler: Handler, turn: Turn) -> Exception | None:
    """See `idempotency.Perform`."""
    try:
        await handler(turn)
    except ConnectionError:
        raise
    except Exception as error:
        _tell(error, turn.reply, turn.decision_id, turn.locale)
        return error
    return None


def _tell(error: Exception, reply: Reply, decision_id: str, locale: str) -> None:
    if not isinstance(error, GilmokError):
        # The type only: an exception's text may quote what the client sent.
        log.error("internal_error", extra={"decision": decision_id, "kind": _kind(error)})
    if reply.started:
        reply.abort()
    else:
        reply.send(*render(for_client(error, decision_id), decision_id, locale))


def render(error: HttpError, decision_id: str, locale: str) -> tuple[int, Headers, bytes]:
    return error.status, error_headers(error, decision_id), error_body(error, locale)


def _kind(error: BaseException) -> str:
    """Where it was raised, innermost frame, and its type."""
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    where = f"{frame.tb_frame.f_code.co_qualname}:{frame.tb_lineno}" if frame else "?"
    return f"{type(error).__name__} in {where}"
