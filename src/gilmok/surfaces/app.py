"""The app: finds the route, calls its handler, and turns what was raised into an answer."""

from __future__ import annotations

import logging
from asyncio import CancelledError
from collections.abc import Callable, Mapping
from functools import partial

from gilmok.admission import AdminKey
from gilmok.core.errors import (
    GilmokError,
    HttpError,
    InvalidRequest,
    MethodNotAllowed,
    RouteNotFound,
    reason_of,
)
from gilmok.core.ports import Ids
from gilmok.core.said import Locale
from gilmok.surfaces import headers
from gilmok.surfaces.errors import error_body, error_headers, for_client
from gilmok.surfaces.http import Headers, HttpRequest, Reply
from gilmok.surfaces.idempotency import HEADER, Idempotency
from gilmok.surfaces.routes import (
    ADMIN_PATH,
    ROUTES,
    Access,
    Handler,
    Route,
    Turn,
    find,
    is_teams,
)

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
        count: Callable[[str], None] = lambda code: None,
        language: Locale = "en",
    ) -> None:
        """`handlers` by route name: one for every row of `ROUTES`. Without an admin key there is
        no admin API. `count` is told the code of every error that is an answer. `language`: of
        messages to whoever asks for none."""
        missing = {route.name for route in ROUTES} - set(handlers)
        if missing:
            raise ValueError(f"routes without a handler: {sorted(missing)}")
        self._handlers = dict(handlers)
        self._ids = ids
        self._idempotency = idempotency
        self._admin = admin
        self._count = count
        self._language = language

    async def __call__(self, http: HttpRequest, reply: Reply) -> None:
        decision_id = self._ids.new("dec")
        locale = self.locale_of(http)
        try:
            route, argument = self._find(http)
            handler = self._handlers[route.name]
            turn = Turn(http, reply, decision_id, locale, argument)
            if HEADER in http.headers and route.takes_idempotency_key and not route.resumes:
                is_admin = route.access is _ADMIN
                await self._idempotency.answer(
                    turn, partial(self._perform, handler), is_admin=is_admin
                )
            else:
                await handler(turn)
        except ConnectionError:
            raise  # the client left; there is nobody to answer
        except CancelledError as cancelled:
            self._tell_reason(cancelled, http, reply, decision_id, locale)
            raise
        except Exception as error:
            self._tell(error, http, reply, decision_id, locale)

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

    def find(self, http: HttpRequest) -> Route:
        """The route of a head, the admin key asked for. Raises `HttpError`."""
        return self._find(http)[0]

    def locale_of(self, http: HttpRequest) -> Locale:
        """The language in which whoever sent this is answered."""
        return headers.locale(http.headers, self._language)

    def refuse(
        self, error: HttpError, locale: Locale | None = None, path: str = ""
    ) -> tuple[int, Headers, bytes]:
        """Renders what the server refuses by itself, before there is a request to read; `path`
        where that much is known."""
        return self._render(error, path, self._ids.new("dec"), locale or self._language)

    async def _perform(self, handler: Handler, turn: Turn) -> Exception | None:
        """See `idempotency.Perform`."""
        try:
            await handler(turn)
        except ConnectionError:
            raise
        except CancelledError as cancelled:
            self._tell_reason(cancelled, turn.http, turn.reply, turn.decision_id, turn.locale)
            raise
        except Exception as error:
            self._tell(error, turn.http, turn.reply, turn.decision_id, turn.locale)
            return error
        return None

    def _tell_reason(
        self,
        cancelled: CancelledError,
        http: HttpRequest,
        reply: Reply,
        decision_id: str,
        locale: Locale,
    ) -> None:
        """Who was stopped is told why; who left by himself is not."""
        if (reason := reason_of(cancelled)) is not None:
            self._tell(reason, http, reply, decision_id, locale)

    def _tell(
        self,
        error: Exception,
        http: HttpRequest,
        reply: Reply,
        decision_id: str,
        locale: Locale,
    ) -> None:
        if not isinstance(error, GilmokError):
            # The type only: an exception's text may quote what the client sent.
            log.error("internal_error", extra={"decision": decision_id, "kind": _kind(error)})
        if reply.started:
            reply.abort()
        else:
            told = for_client(error, decision_id)
            reply.send(*self._render(told, http.path, decision_id, locale))

    def _render(
        self, error: HttpError, path: str, decision_id: str, locale: Locale
    ) -> tuple[int, Headers, bytes]:
        self._count(error.code)
        body = error_body(error, locale, with_detail=is_teams(path))
        return error.status, error_headers(error, decision_id), body


def _kind(error: BaseException) -> str:
    """Where it was raised, innermost frame, and its type."""
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    where = f"{frame.tb_frame.f_code.co_qualname}:{frame.tb_lineno}" if frame else "?"
    return f"{type(error).__name__} in {where}"
