"""The kiosk's web page: one HTML page, a few JSON routes, and replies as server-sent events.

The server is the truth. The page shows what it is told and asks for changes; every change of an
order goes through the same checked operations as an order in words.

| route | does |
| --- | --- |
| `GET /` | the page; opens a session where the browser has none |
| `GET /api/menu` | everything that can be ordered, in both languages |
| `GET /api/session` | the order and the last turns of the conversation, for a page that reloads |
| `POST /api/session` | start over: what was said and ordered is forgotten |
| `POST /api/messages` | a message to the assistant; its reply as events |
| `POST /api/order/lines`, `PUT` and `DELETE /api/order/lines/{at}` | touch: add, change, remove |
| `POST /api/order/confirm`, `GET /api/receipt` | the end of it |
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import signal
import time
from collections.abc import AsyncGenerator, Callable, Collection, Iterator
from contextlib import aclosing, contextmanager
from functools import partial
from importlib import resources
from typing import TypeVar

import uvicorn
from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from gilmok_kiosk.assistant import Assistant
from gilmok_kiosk.conversation import WINDOW, Conversation
from gilmok_kiosk.events import Finished, Trouble
from gilmok_kiosk.menu import Menu
from gilmok_kiosk.order import Add, Change, Confirm, Operation, OrderProblem, Remove, apply
from gilmok_kiosk.texts import Locale
from gilmok_kiosk.web import wire
from gilmok_kiosk.web.guard import LOOPBACK_NAMES, Guard
from gilmok_kiosk.web.problems import Problem, Refused, locale_of, problem_response
from gilmok_kiosk.web.sessions import Session, Sessions

COOKIE = "gilmok_kiosk"
MAX_BODY_BYTES = 8 * 1024
"""Above any message of `wire.MAX_TEXT` characters, escaped as it may be."""

_log = logging.getLogger(__name__)
_Body = TypeVar("_Body", bound=wire.Asked)


class Page:
    """The routes. Holds no state of its own: that is in `sessions`."""

    def __init__(self, assistant: Assistant, menu: Menu, sessions: Sessions) -> None:
        self._assistant = assistant
        self._menu = menu
        self._sessions = sessions
        self._html = (resources.files("gilmok_kiosk") / "static/index.html").read_text("utf-8")

    def routes(self) -> list[Route]:
        return [
            Route("/", self.page),
            Route("/api/menu", self.menu),
            Route("/api/session", self.session),
            Route("/api/session", self.restart, methods=["POST"]),
            Route("/api/messages", self.message, methods=["POST"]),
            Route("/api/order/lines", self.add, methods=["POST"]),
            Route("/api/order/lines/{at:int}", self.change, methods=["PUT"]),
            Route("/api/order/lines/{at:int}", self.remove, methods=["DELETE"]),
            Route("/api/order/confirm", self.confirm, methods=["POST"]),
            Route("/api/receipt", self.receipt),
        ]

    async def page(self, request: Request) -> Response:
        response = HTMLResponse(self._html)
        if self._sessions.find(request.cookies.get(COOKIE, "")) is None:
            opened = self._sessions.open()
            # Where every place is taken the page still comes, and says so when it is used.
            if opened is not None:
                _remember(response, opened[0], request)
        return response

    async def menu(self, request: Request) -> Response:
        return JSONResponse(wire.menu_json(self._menu))

    async def session(self, request: Request) -> Response:
        return self._told(self._session(request))

    async def restart(self, request: Request) -> Response:
        await _body(request, wire.Nothing)
        self._sessions.close(request.cookies.get(COOKIE, ""))
        opened = self._sessions.open()
        if opened is None:
            raise Refused(Problem.CROWDED)
        key, session = opened
        response = self._told(session)
        _remember(response, key, request)
        return response

    async def add(self, request: Request) -> Response:
        chosen = await _body(request, wire.Chosen)
        return self._touched(self._session(request), Add(chosen.wish()))

    async def change(self, request: Request) -> Response:
        chosen = await _body(request, wire.Chosen)
        change = Change(request.path_params["at"], chosen.wish())
        return self._touched(self._session(request), change)

    async def remove(self, request: Request) -> Response:
        return self._touched(self._session(request), Remove(request.path_params["at"]))

    async def confirm(self, request: Request) -> Response:
        await _body(request, wire.Nothing)
        return self._touched(self._session(request), Confirm())

    async def receipt(self, request: Request) -> Response:
        order = self._session(request).conversation.order
        return JSONResponse(wire.receipt_json(order, self._menu, locale_of(request.scope)))

    async def message(self, request: Request) -> Response:
        text = (await _body(request, wire.Message)).text.strip()
        session = self._session(request)
        if not text:
            raise Refused(Problem.EMPTY)
        if len(text) > wire.MAX_TEXT:
            raise Refused(Problem.TOO_LARGE)
        if session.busy:
            raise Refused(Problem.BUSY)
        session.busy = True
        return Reply(self._frames(session, text, locale_of(request.scope)), session)

    async def _frames(
        self, session: Session, text: str, locale: Locale
    ) -> AsyncGenerator[bytes, None]:
        turn = session.begin(text)
        try:
            reply = self._assistant.reply(session.conversation, text, locale)
            async with aclosing(reply) as events:
                async for event in events:
                    told = wire.event_json(event, self._menu)
                    turn.keep(told)
                    yield wire.frame(told)
        except Exception as error:
            # The reply has begun, so no status can say it; the text of the error may be a guest's.
            _log.error("kiosk_reply_failed", extra={"kind": type(error).__name__})
            for event in (_failed(locale), Finished()):
                yield wire.frame(wire.event_json(event, self._menu))

    def _session(self, request: Request) -> Session:
        session = self._sessions.find(request.cookies.get(COOKIE, ""))
        if session is None:
            raise Refused(Problem.NO_SESSION)
        return session

    def _told(self, session: Session) -> JSONResponse:
        return JSONResponse(
            {
                "order": wire.order_json(session.conversation.order, self._menu),
                "turns": session.turns,
                "idle_s": self._sessions.idle_s,
            }
        )

    def _touched(self, session: Session, operation: Operation) -> JSONResponse:
        conversation = session.conversation
        if isinstance(operation, Remove | Confirm):
            # What is being answered, or was asked back, may name lines by their place.
            if session.busy:
                raise Refused(Problem.BUSY)
            conversation.pending = None
        try:
            conversation.order = apply(conversation.order, self._menu, operation)
        except OrderProblem as problem:
            if problem.code != "unchanged":
                raise
        return JSONResponse(wire.order_json(conversation.order, self._menu))


class Reply(StreamingResponse):
    """A reply as events. However it ends, and even if it never begins, the session is free after."""

    def __init__(self, frames: AsyncGenerator[bytes, None], session: Session) -> None:
        super().__init__(frames, media_type="text/event-stream")
        self._frames = frames
        self._session = session

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            await self._frames.aclose()  # A guest who left stops the model, too.
            self._session.busy = False


async def _body(request: Request, kind: type[_Body]) -> _Body:
    """The JSON body as `kind`. A form of a foreign page cannot have this content type unasked."""
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise Refused(Problem.NOT_JSON)
    raw = bytearray()
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > MAX_BODY_BYTES:
            raise Refused(Problem.TOO_LARGE)
    try:
        return kind.model_validate_json(bytes(raw))
    except ValidationError:
        raise Refused(Problem.UNREADABLE) from None  # The cause would quote what was sent.


def _remember(response: Response, key: str, request: Request) -> None:
    """The session's id, for this browser only and not for its scripts; gone with the window."""
    response.set_cookie(
        COOKIE, key, httponly=True, samesite="strict", secure=request.url.scheme == "https"
    )


def _failed(locale: Locale) -> Trouble:
    return Trouble(Problem.FAILED.code, Problem.FAILED.text(locale))


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    return problem_response(error.problem, locale_of(request.scope))


async def _order_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, OrderProblem)
    message = error.message(locale_of(request.scope))
    return JSONResponse({"error": {"code": error.code, "message": message}}, 422)


async def _http_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    problem = Problem.METHOD if error.status_code == 405 else Problem.NOT_FOUND
    return problem_response(problem, locale_of(request.scope))


async def _crashed(request: Request, error: Exception) -> Response:
    return problem_response(Problem.FAILED, locale_of(request.scope))


def create_app(
    assistant: Assistant,
    menu: Menu,
    *,
    hosts: Collection[str] = LOOPBACK_NAMES,
    window: int = WINDOW,
    idle_s: float = 300.0,
    max_sessions: int = 200,
    clock: Callable[[], float] = time.monotonic,
    new_id: Callable[[], str] = lambda: secrets.token_urlsafe(32),
) -> Starlette:
    """The page over `assistant`, which stays the caller's to close.

    `hosts`: the names under which the page may be asked for; any other is refused. `window`: the
    messages of a conversation that a model is told. A session is forgotten after `idle_s` seconds; at most `max_sessions` are held.
    """
    sessions = Sessions(
        partial(Conversation, window),
        idle_s=idle_s,
        limit=max_sessions,
        clock=clock,
        new_id=new_id,
    )
    static = StaticFiles(packages=[("gilmok_kiosk", "static")])
    return Starlette(
        routes=[*Page(assistant, menu, sessions).routes(), Mount("/static", static)],
        middleware=[Middleware(Guard, hosts=hosts)],
        exception_handlers={
            Refused: _refused,
            OrderProblem: _order_problem,
            HTTPException: _http_problem,
            Exception: _crashed,
        },
    )


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Ctrl-C ends the serving, and not the caller, who still has a gateway to close."""
        loop = asyncio.get_running_loop()
        signals = (signal.SIGINT, signal.SIGTERM)
        for number in signals:
            loop.add_signal_handler(number, self.handle_exit, number, None)
        try:
            yield
        finally:
            for number in signals:
                loop.remove_signal_handler(number)


async def serve(app: Starlette, host: str, port: int) -> None:
    """Serves until SIGINT or SIGTERM. Writes no access log: a kiosk keeps no trace of guests.

    A port that is taken ends the process with exit code 1 and a line that says so.
    """
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        lifespan="off",
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=3,
    )
    await _Server(config).serve()
