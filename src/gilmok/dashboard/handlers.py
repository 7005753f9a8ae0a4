"""`GET /dashboard` and the pages below it: who asks, what is read, which page answers.

The same callers and the same tenants as everywhere: sums over all tenants for whoever may see them,
single decisions only of the caller's own.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol
from urllib.parse import urlencode

from msgspec.structs import replace

from gilmok.core.errors import HttpError, InvalidKey, InvalidRequest
from gilmok.core.identity import Caller
from gilmok.core.ports import Clock
from gilmok.core.said import Locale
from gilmok.core.text import Secret
from gilmok.dashboard.access import CHALLENGE, presented
from gilmok.dashboard.decisions import row, view
from gilmok.dashboard.overview import overview
from gilmok.dashboard.pages import Frame, pages
from gilmok.dashboard.promises import promises
from gilmok.lab import FeedbackPolicy, performance
from gilmok.lab.figures import moment
from gilmok.ledger import Decision, GoodputReport, Statistics
from gilmok.surfaces import headers
from gilmok.surfaces.query import DEFAULT_SPAN, parameters, start
from gilmok.surfaces.reports import visible_tenant
from gilmok.surfaces.routes import Turn

SPANS = ("24h", "7d", "30d", "90d")
SHOWN = 50
"""Decisions on one page; `limit` may ask for up to `MOST`."""
MOST = 200

_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
_SAFE: tuple[headers.Header, ...] = (
    ("content-security-policy", _POLICY),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
)
_HTML: headers.Header = ("content-type", "text/html; charset=utf-8")
_PRIVATE: tuple[headers.Header, ...] = (
    ("cache-control", "no-store"),
    ("vary", "authorization, accept-language"),
)
_KEPT = ("since", "limit")
_LOCALES: Mapping[str, Locale] = {"ko": "ko", "en": "en"}

_Page = Callable[[Frame, Caller, Mapping[str, str]], Awaitable[bytes]]


class Reading(Protocol):
    """What the pages read."""

    async def statistics(self, since: int, tenant: str | None) -> Statistics: ...

    async def goodput(self, since: int, tenant: str | None) -> GoodputReport: ...

    async def recent(self, tenant: str, limit: int) -> tuple[Decision, ...]: ...

    async def decision(self, decision_id: str, tenant: str) -> Decision: ...


class Identifies(Protocol):
    """`pipeline.Pipeline` is one."""

    def identify(self, key: Secret | None, peer: str, host: str) -> Caller: ...


class Dashboard:
    def __init__(
        self, *, door: Identifies, reading: Reading, policy: FeedbackPolicy, clock: Clock
    ) -> None:
        self._door = door
        self._reading = reading
        self._policy = policy
        self._clock = clock
        self._pages = pages()

    async def overview(self, turn: Turn) -> None:
        async def page(frame: Frame, caller: Caller, given: Mapping[str, str]) -> bytes:
            since = start(given, self._clock.wall())
            tenant = visible_tenant(caller)
            found = await self._reading.statistics(since, tenant)
            kept = await self._reading.goodput(since, tenant)
            report = performance(found, self._policy, frame.locale)
            return self._pages.render(
                frame,
                shown=overview(found, report, frame.locale),
                promises=promises(kept, frame.locale),
                since=moment(found.since),
                span=given.get("since", DEFAULT_SPAN),
                spans=SPANS,
                everybody=tenant is None,
            )

        await self._answer(turn, "overview", page)

    async def decisions(self, turn: Turn) -> None:
        async def page(frame: Frame, caller: Caller, given: Mapping[str, str]) -> bytes:
            latest = await self._reading.recent(caller.tenant, _limit(given))
            return self._pages.render(frame, rows=[row(of, frame.locale) for of in latest])

        await self._answer(turn, "decisions", page)

    async def decision(self, turn: Turn) -> None:
        async def page(frame: Frame, caller: Caller, given: Mapping[str, str]) -> bytes:
            found = await self._reading.decision(turn.argument, caller.tenant)
            return self._pages.render(frame, shown=view(found, frame.locale))

        await self._answer(turn, "decision", page)

    async def home(self, turn: Turn) -> None:
        """Whoever opens the gateway's address in a browser is led to the pages."""
        fields = [("location", "/dashboard"), *_SAFE, *headers.named(turn.decision_id)]
        turn.reply.send(303, fields, b"")

    async def style(self, turn: Turn) -> None:
        fields = [
            ("content-type", "text/css; charset=utf-8"),
            ("cache-control", "public, max-age=86400"),
            *_SAFE,
            *headers.named(turn.decision_id),
        ]
        turn.reply.send(200, fields, self._pages.style)

    async def _answer(self, turn: Turn, name: str, page: _Page) -> None:
        status, challenge = 200, False
        frame = Frame(locale=turn.locale, page=name, path=turn.http.path)
        try:
            given = parameters(turn.http.query)
            frame = _frame(turn, name, given)
            caller = self._door.identify(
                presented(turn.http.headers), turn.http.peer, turn.http.headers.get("host", "")
            )
            frame = _frame(turn, name, given, caller.tenant)
            body = await page(frame, caller, given)
        except HttpError as error:
            status, challenge = error.status, isinstance(error, InvalidKey)
            body = self._problem(frame, error)
        fields = [_HTML, *_SAFE, *_PRIVATE, *headers.named(turn.decision_id)]
        if challenge:
            fields.append(CHALLENGE)
        turn.reply.send(status, fields, body)

    def _problem(self, frame: Frame, error: HttpError) -> bytes:
        stranger = isinstance(error, InvalidKey)
        return self._pages.render(
            replace(frame, page="problem"),
            message=error.message(frame.locale),
            code=error.code,
            stranger=stranger,
        )


def _frame(turn: Turn, name: str, given: Mapping[str, str], tenant: str = "") -> Frame:
    chosen = _LOCALES.get(given.get("lang", ""))
    return Frame(
        locale=chosen or turn.locale,
        page=name,
        path=turn.http.path,
        query=urlencode({name: value for name, value in given.items() if name in _KEPT}),
        language=f"lang={chosen}" if chosen else "",
        tenant=tenant,
    )


def _limit(given: Mapping[str, str]) -> int:
    """Raises `InvalidRequest`."""
    text = given.get("limit", str(SHOWN))
    if not (text.isascii() and text.isdigit() and len(text) <= 4 and 1 <= int(text) <= MOST):
        raise InvalidRequest(
            "limit", f"must be a whole number from 1 to {MOST}", f"1~{MOST}의 정수여야 합니다"
        )
    return int(text)
