"""The app: finds the route, calls its handler, and turns what was raised into an answer."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from gilmok.core.errors import GilmokError, HttpError
from gilmok.core.ports import Ids
from gilmok.surfaces import headers
from gilmok.surfaces.errors import error_body, error_headers, for_client
from gilmok.surfaces.http import Headers, HttpRequest, Reply
from gilmok.surfaces.routes import ROUTES, Handler, Turn, find

log = logging.getLogger(__name__)


class App:
    """Answers every request of the server; see `http.App`."""

    def __init__(self, handlers: Mapping[str, Handler], ids: Ids) -> None:
        """`handlers` by route name: one for every row of `ROUTES`."""
        missing = {route.name for route in ROUTES} - set(handlers)
        if missing:
            raise ValueError(f"routes without a handler: {sorted(missing)}")
        self._handlers = dict(handlers)
        self._ids = ids

    async def __call__(self, http: HttpRequest, reply: Reply) -> None:
        decision_id = self._ids.new("dec")
        locale = headers.locale(http.headers)
        try:
            route, argument = find(http.method, http.path)
            await self._handlers[route.name](Turn(http, reply, decision_id, locale, argument))
        except ConnectionError:
            raise  # the client left; there is nobody to answer
        except Exception as error:
            if not isinstance(error, GilmokError):
                # The type only: an exception's text may quote what the client sent.
                log.error("internal_error", extra={"decision": decision_id, "kind": _kind(error)})
            if reply.started:
                reply.abort()
            else:
                reply.send(*render(for_client(error, decision_id), decision_id, locale))

    def refuse(self, error: HttpError) -> tuple[int, Headers, bytes]:
        """Renders what the server refuses by itself, before there is a request to read."""
        return render(error, self._ids.new("dec"), "en")


def render(error: HttpError, decision_id: str, locale: str) -> tuple[int, Headers, bytes]:
    return error.status, error_headers(error, decision_id), error_body(error, locale)


def _kind(error: BaseException) -> str:
    """Where it was raised, innermost frame, and its type."""
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    where = f"{frame.tb_frame.f_code.co_qualname}:{frame.tb_lineno}" if frame else "?"
    return f"{type(error).__name__} in {where}"
