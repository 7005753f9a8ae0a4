"""The page and its files, and what it has made through the gateway: speech and a card.

| route | does |
| --- | --- |
| `GET /` | the page, in the language the browser asks for |
| `GET /page/static/…` | its files; nothing is fetched from anywhere else |
| `POST /page/speech` | a text read aloud |
| `POST /page/card` | a picture with a restaurant's name and what it is best at |

Everything else the page shows comes from `/api/v1`. Media that the gateway made itself, because no
provider did, come with the header `x-gilmok-fallback` and the gateway's reason in it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import resources
from typing import Annotated, Final, Literal, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from gilmok_reviews.gateway import Media
from gilmok_reviews.problems import Problem, Refused
from gilmok_reviews.texts import LOCALE, Locale, locale_of
from gilmok_reviews.web.headers import SecurityHeaders

MAX_BODY_BYTES: Final = 32 * 1024
VOICE: Final = "alloy"
"""OpenAI's name of a voice; the gateway finds the like of it elsewhere."""


class Studio(Protocol):
    """Whoever speaks and draws: `gateway.Gateway`. Both raise `GatewayError`."""

    async def speech(self, text: str, *, voice: str, form: str) -> Media: ...

    async def picture(self, prompt: str, *, size: str) -> Media: ...


Allowed = Callable[[Request], Awaitable[None]]
"""Raises where the caller may not use the service."""


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    locale: Literal["ko", "en"] = "ko"


class ToSpeak(_Asked):
    text: Annotated[str, StringConstraints(min_length=1, max_length=4000)]


class ToDraw(_Asked):
    name: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    claim: Annotated[str, StringConstraints(min_length=1, max_length=500)]


_Body = TypeVar("_Body", bound=_Asked)


def routes(studio: Callable[[Request], Studio], allowed: Allowed) -> Sequence[BaseRoute]:
    """To be put among the service's own. `studio`: who speaks and draws for a request; `allowed` is
    asked before it does. `Refused` and `GatewayError` are left to the application to answer."""
    page = Page(studio, allowed)
    shell = [Middleware(SecurityHeaders)]
    return (
        Route("/", page.html, middleware=shell),
        Mount("/page/static", StaticFiles(packages=[(__package__, "static")]), middleware=shell),
        Route("/page/speech", page.speech, methods=["POST"], middleware=shell),
        Route("/page/card", page.card, methods=["POST"], middleware=shell),
    )


class Page:
    """The routes' endpoints. Keeps nothing of anyone."""

    def __init__(self, studio: Callable[[Request], Studio], allowed: Allowed) -> None:
        self._studio = studio
        self._allowed = allowed
        file = resources.files(__package__) / "static/index.html"
        self._html = file.read_text("utf-8")

    async def html(self, request: Request) -> Response:
        locale = locale_of(request.headers.get("accept-language", ""))
        html = self._html.replace('<html lang="ko">', f'<html lang="{locale}">', 1)
        return HTMLResponse(html, headers={"vary": "accept-language"})

    async def speech(self, request: Request) -> Response:
        await self._allowed(request)
        asked = await _body(request, ToSpeak)
        with _speaking(asked.locale):
            made = await self._studio(request).speech(asked.text, voice=VOICE, form="wav")
        return _answer(made)

    async def card(self, request: Request) -> Response:
        await self._allowed(request)
        asked = await _body(request, ToDraw)
        # Words in this order, for whoever letters a card; a subject, for whoever paints one.
        prompt = f"{asked.name}\n{asked.claim}"
        with _speaking(asked.locale):
            made = await self._studio(request).picture(prompt, size="1024x1024")
        return _answer(made)


async def _body(request: Request, kind: type[_Body]) -> _Body:
    """The JSON body as `kind`. A form of a foreign page cannot have this content type unasked."""
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise _unreadable("content-type", "application/json")
    raw = bytearray()
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > MAX_BODY_BYTES:
            raise Refused(Problem.TOO_LARGE, limit=f"{MAX_BODY_BYTES // 1024} KiB")
    try:
        return kind.model_validate_json(bytes(raw))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        field = ".".join(str(part) for part in first["loc"]) or "body"
        raise _unreadable(field, first["type"]) from None  # The cause would quote what was sent.


def _unreadable(field: str, reason: str) -> Refused:
    return Refused(Problem.INVALID_REQUEST, field=field, reason=reason)


@contextmanager
def _speaking(locale: Locale) -> Iterator[None]:
    """The gateway is asked in the page's language, and refuses in it."""
    before = LOCALE.set(locale)
    try:
        yield
    finally:
        LOCALE.reset(before)


def _answer(made: Media) -> Response:
    marked = {"x-gilmok-fallback": made.fallback} if made.fallback else {}
    return Response(made.content, media_type=made.media_type, headers=marked)
