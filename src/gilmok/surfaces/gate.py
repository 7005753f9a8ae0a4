"""A look at a request's head while its body is still to come.

A body may be megabytes, and its sender a stranger. So whoever sends one that does not arrive at once
is asked for the route, the key and the limits first, and is refused before it is read. A request that
came whole is not looked at here: the route's handler asks the same, and nothing is saved.
"""

from __future__ import annotations

from gilmok.core.errors import BodyTooLarge, HttpError, UnsupportedMediaType
from gilmok.pipeline import Pipeline
from gilmok.surfaces.app import App
from gilmok.surfaces.chat import caller_of, is_json
from gilmok.surfaces.http import Headers, HttpRequest
from gilmok.surfaces.routes import Access
from gilmok.surfaces.services.form import OVERHEAD, is_form

SMALL_BODY = 64 * 1024
"""Bytes of a body where no conversation is sent: a key's description, an amount, or nothing."""
_CALLERS = (Access.CALLER, Access.OPERATOR)


class Gate:
    """See `http.Gate`."""

    def __init__(self, app: App, pipeline: Pipeline, recording_bytes: int = 0) -> None:
        """`recording_bytes`: of the largest recording."""
        self._app = app
        self._pipeline = pipeline
        self._recording_bytes = recording_bytes

    def __call__(self, head: HttpRequest, most: int) -> int | tuple[int, Headers, bytes]:
        try:
            return self._bytes_allowed(head, most)
        except HttpError as error:
            return self._app.refuse(error, self._app.locale_of(head), head.path)

    def _bytes_allowed(self, head: HttpRequest, most: int) -> int:
        """How long the body may be. Raises `HttpError` for what the handler would refuse anyway."""
        route = self._app.find(head)
        if not route.long_body:
            most = min(most, SMALL_BODY)
        is_recording = route.recording and is_form(head.headers.get("content-type", ""))
        if is_recording:
            most = self._recording_bytes + OVERHEAD
        if int(head.headers.get("content-length", 0)) > most:
            raise BodyTooLarge(most)
        if route.access in _CALLERS and not route.page:
            caller = caller_of(self._pipeline, head)
            # Taken and given back: whether there is room is asked, and nothing is counted.
            self._pipeline.admit(caller).release(refused=True)
        if route.long_body and not (is_recording or is_json(head)):
            raise UnsupportedMediaType
        return most
