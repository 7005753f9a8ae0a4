"""Who may use the service: who has its key, or, where it has none, this machine only.

Without a key the strangers to keep out are web pages open in a browser of this machine. A foreign
name that resolves here (DNS rebinding) fails the host check, a foreign page that posts here the
origin check. With a key neither can do anything: it is in no cookie.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gilmok_reviews.problems import Problem, Refused
from gilmok_reviews.settings import is_loopback
from gilmok_reviews.texts import LOCALE, locale_of

MAX_BODY: Final = 32 * 1024 * 1024
"""Of a request in JSON, which is held in memory: a thousand reviews of 20,000 characters need less."""
API: Final = "/api/v1/"
UPLOADS: Final = "/api/v1/reviews/import"
"""Goes to the disk as it comes, and has a bound of its own."""

_EVERY_ANSWER: Final = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
_log = logging.getLogger(__name__)
_READING: Final = frozenset({"GET", "HEAD"})


def allow(request: Request, key: str | None) -> None:
    """Raises `Refused`."""
    if key is None:
        _allow_this_machine(request)
    elif not secrets.compare_digest(_credential(request.headers).encode(), key.encode()):
        raise Refused(Problem.INVALID_KEY)


def _credential(headers: Headers) -> str:
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else headers.get("x-api-key", "")


def _allow_this_machine(request: Request) -> None:
    host = request.headers.get("host", "")
    name = urlsplit(f"//{host}").hostname or ""
    if request.client is None or not (is_loopback(request.client.host) and is_loopback(name)):
        raise Refused(Problem.NOT_LOCAL)
    if request.method not in _READING and _is_foreign(request.headers, host):
        raise Refused(Problem.CROSS_SITE)


def _is_foreign(headers: Headers, host: str) -> bool:
    """Only browsers send these, and a browser sends at least one with what a page asks for."""
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site not in (None, "same-origin", "none"):
        return True
    return origin is not None and urlsplit(origin).netloc != host


class Edge:
    """Pure ASGI middleware around everything: the language of the request (`texts.LOCALE`), a bound
    on its body, headers that every answer carries unless it has its own, and an end for errors
    that nobody foresaw: their text may be a reviewer's, so it goes neither out nor into a log.

    Who may not use the API is refused before a byte of the body is read: FastAPI would read and parse
    all of it before the first dependency. `failed` answers errors, `refuse` makes answers of refusals.
    """

    def __init__(
        self, app: ASGIApp, failed: ASGIApp, refuse: Callable[[Refused], ASGIApp], key: str | None
    ) -> None:
        self._app = app
        self._failed = failed
        self._refuse = refuse
        self._key = key

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        LOCALE.set(locale_of(Headers(scope=scope).get("accept-language", "")))
        size, begun = 0, False

        async def bounded() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            if size > MAX_BODY and scope["path"] != UPLOADS:
                raise HTTPException(413)
            return message

        async def with_headers(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                headers = MutableHeaders(scope=message)
                for name, value in _EVERY_ANSWER.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            if scope["path"].startswith(API):
                allow(Request(scope), self._key)
            await self._app(scope, bounded, with_headers)
        except Refused as refused:
            await self._refuse(refused)(scope, receive, with_headers)
        except Exception as error:
            _log.error("request_failed", extra={"error": type(error).__name__})
            if not begun:  # An answer that has begun is cut off: the server sees it is not whole.
                await self._failed(scope, receive, with_headers)
