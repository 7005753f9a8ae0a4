"""What every request to the page must pass, and what every answer from it carries.

Pure ASGI middleware. A kiosk listens on loopback, so the strangers to keep out are other web pages
open in the same browser: a foreign name that resolves to this machine (DNS rebinding) fails the
host check, and a foreign page that posts here fails the origin check.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gilmok_kiosk.web.problems import Problem, locale_of, problem_response

LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})

_CSP = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        # No script here ever parses a string as markup, and no script may.
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
)

_EVERY_ANSWER = {
    "content-security-policy": _CSP,
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}

_READING = frozenset({"GET", "HEAD"})


class Guard:
    """Refuses foreign hosts, and changes asked for by foreign pages; adds the security headers."""

    def __init__(self, app: ASGIApp, *, hosts: Collection[str]) -> None:
        self._app = app
        self._hosts = frozenset(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(_EVERY_ANSWER)
                is_file = scope["path"].startswith("/static/")
                headers.setdefault("cache-control", "no-cache" if is_file else "no-store")
            await send(message)

        problem = self._objection(scope["method"], Headers(scope=scope))
        if problem is None:
            await self._app(scope, receive, with_headers)
        else:
            await problem_response(problem, locale_of(scope))(scope, receive, with_headers)

    def _objection(self, method: str, headers: Headers) -> Problem | None:
        host = headers.get("host", "")
        if urlsplit(f"//{host}").hostname not in self._hosts:
            return Problem.FOREIGN_HOST
        if method not in _READING and not _same_site(headers, host):
            return Problem.CROSS_SITE
        return None


def _same_site(headers: Headers, host: str) -> bool:
    """Both witnesses must agree where both speak; a browser always sends at least one."""
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is None and origin is None:
        return False
    return site in (None, "same-origin") and (origin is None or urlsplit(origin).netloc == host)


def host_names(bound_to: str, more: Iterable[str] = ()) -> frozenset[str]:
    """The names under which a page bound to one address may be asked for."""
    return LOOPBACK_NAMES | {bound_to} | set(more)
