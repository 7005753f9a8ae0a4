"""The pretended service on a real socket, with the real page before it."""

from __future__ import annotations

import asyncio
import io
import json
import socket
import struct
import wave
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import uvicorn
from apps.reviews.tests.web.pretending import Shop
from apps.reviews.tests.web.visiting import HOSTILE
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gilmok_reviews.api.wire import analyses, stored
from gilmok_reviews.api.wire.base import Told
from gilmok_reviews.domain import GatewayError, Restaurant
from gilmok_reviews.gateway import Media
from gilmok_reviews.problems import Problem, Refused
from gilmok_reviews.store.records import Kind, State
from gilmok_reviews.texts import locale_of
from gilmok_reviews.web import routes

NOW = datetime(2026, 10, 1, tzinfo=UTC)


def sound() -> bytes:
    """A tenth of a second of silence."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(b"\0\0" * 800)
    return out.getvalue()


def picture(width: int = 8, height: int = 8) -> bytes:
    """A plain PNG."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    lines = b"".join(b"\0" + b"\x1c\x59\x4a" * width for _ in range(height))
    parts = (chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(lines)), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


class Mouth:
    """Speaks and draws as a gateway does whose providers are down, and keeps what it was asked."""

    def __init__(self, *, fallback: str = "only") -> None:
        self.fallback = fallback
        self.asked: list[str] = []
        self.down = False

    async def speech(self, text: str, *, voice: str, form: str) -> Media:
        return self._made(text, sound(), "audio/wav")

    async def picture(self, prompt: str, *, size: str) -> Media:
        return self._made(prompt, picture(), "image/png")

    def _made(self, asked: str, content: bytes, kind: str) -> Media:
        if self.down:
            raise GatewayError("gateway_unreachable", "게이트웨이에 연결할 수 없습니다.")
        self.asked.append(asked)
        return Media(content, kind, self.fallback, "dec_1")


class Service:
    """The routes that the page uses."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._added = 0
        self._bad: list[stored.BadLineAnswer] = []

    def routes(self) -> list[Route]:
        return [
            Route("/api/v1/restaurants", self.restaurants),
            Route("/api/v1/restaurants/{id}", self.restaurant),
            Route("/api/v1/reviews/{place}/{id}", self.review),
            Route("/api/v1/sentiment/analyze", self.sentiment, methods=["POST"]),
            Route("/api/v1/llm/summarize", self.summary, methods=["POST"]),
            Route("/api/v1/llm/extract/strengths", self.strengths, methods=["POST"]),
            Route("/api/v1/vector/search/similar", self.similar, methods=["POST"]),
            Route("/api/v1/reviews/import", self.take, methods=["POST"]),
            Route("/api/v1/jobs/job-1/events", self.events),
            Route("/api/v1/jobs/job-1", self.job),
        ]

    async def allowed(self, request: Request) -> None:
        sent = request.headers.get("authorization", "").removeprefix("Bearer ")
        if self._shop.key and sent != self._shop.key:
            raise Refused(Problem.INVALID_KEY)
        if request.url.path in self._shop.broken:
            raise Refused(Problem.VECTORS_UNAVAILABLE)

    async def restaurants(self, request: Request) -> Response:
        await self.allowed(request)
        listed = [self._standing(one) for one in self._shop.restaurants]
        return told(stored.Restaurants(restaurants=listed))

    async def restaurant(self, request: Request) -> Response:
        await self.allowed(request)
        place = next(p for p in self._shop.restaurants if p.id == request.path_params["id"])
        await self._held(place.id)
        standing = self._standing(place).model_dump()
        newest = self._shop.reviews.get(place.id, [])[: self._shop.listed]
        return told(
            stored.RestaurantDetail(
                **standing,
                newest=[stored.StoredReview(**one) for one in newest],
                typical=[],
                similar=[],
            )
        )

    async def review(self, request: Request) -> Response:
        await self.allowed(request)
        reviews = self._shop.reviews[request.path_params["place"]]
        found = next(one for one in reviews if one["id"] == request.path_params["id"])
        return told(stored.StoredReview(**found))

    async def _held(self, id: str) -> None:
        if (held := self._shop.held.get(id)) is not None:
            await held.wait()

    def _standing(self, place: Restaurant) -> stored.RestaurantAnswer:
        reviews = self._shop.reviews.get(place.id, [])
        stars = [review["rating"] for review in reviews if review["rating"] is not None]
        return stored.RestaurantAnswer(
            **asdict(place),
            reviews=len(reviews),
            indexed=len(reviews),
            mean_rating=sum(stars) / len(stars) if stars else None,
            newest_at=None,
        )

    async def sentiment(self, request: Request) -> Response:
        await self.allowed(request)
        asked = analyses.AnalyzeSentiment.model_validate_json(await request.body())
        assert asked.restaurant_id is not None
        await self._held(asked.restaurant_id)
        found = self._shop.sentiment(asked.restaurant_id)
        return told(analyses.RestaurantSentiment.model_validate(found))

    async def summary(self, request: Request) -> Response:
        await self.allowed(request)
        asked = analyses.Summarize.model_validate_json(await request.body())
        found = self._shop.summary(asked.restaurant_id, asked.locale or "ko")
        return told(analyses.Summary.model_validate(found))

    async def strengths(self, request: Request) -> Response:
        await self.allowed(request)
        asked = analyses.ExtractStrengths.model_validate_json(await request.body())
        found = self._shop.strengths(asked.restaurant_id, asked.locale or "ko")
        return told(analyses.Strengths.model_validate(found))

    async def similar(self, request: Request) -> Response:
        await self.allowed(request)
        asked = analyses.SearchSimilar.model_validate_json(await request.body())
        wanted = set(asked.query_text.split())
        ids = [asked.restaurant_id] if asked.restaurant_id else list(self._shop.reviews)
        scored = [
            (len(wanted & set(review["text"].split())) / len(wanted), review)
            for id in ids
            for review in self._shop.reviews[id]
        ]
        near = sorted((one for one in scored if one[0] > 0), key=lambda one: -one[0])
        results = [
            analyses.FoundReview(**review, review_id=review["id"], score=score)
            for score, review in near[: asked.limit]
        ]
        return told(analyses.SimilarReviews(results=results))

    async def take(self, request: Request) -> Response:
        """Understands JSONL only."""
        await self.allowed(request)
        assert request.query_params["name"].endswith(".jsonl")
        lines = (await request.body()).decode().splitlines()
        self._bad = []
        for number, line in enumerate(lines, start=1):
            try:
                row = json.loads(line)
            except ValueError:
                reason = stored.BadLineAnswer(line=number, code="not_json", message=HOSTILE)
                self._bad.append(reason)
                continue
            self._shop.add(row)
        self._added = len(lines) - len(self._bad)
        return told(self._imported("queued"))

    def _imported(self, state: str) -> stored.JobDetail:
        counts = {"changed": 0, "unchanged": 0, "duplicates": 0, "percent": 100}
        progress = {"records": self._added + len(self._bad), "added": self._added, **counts}
        return stored.JobDetail(
            id="job-1", kind=Kind.IMPORT, state=State(state), created_at=NOW, ended_at=None,
            progress=progress | {"bad": len(self._bad), "indexed": self._added}, code="",
            message="", parts=[], bad_lines=self._bad,
        )  # fmt: skip

    async def events(self, request: Request) -> Response:
        progress = json.dumps(self._imported("running").progress)
        frames = f": hello\n\nid: 1\nevent: progress\ndata: {progress}\n\n"
        ended = f"id: 2\nevent: done\ndata: {progress}\n\n"
        return Response(frames + ended, media_type="text/event-stream")

    async def job(self, request: Request) -> Response:
        return told(self._imported("failed" if self._shop.unreadable else "done"))


def told(body: Told) -> Response:
    return Response(body.model_dump_json(), media_type="application/json")


async def refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    message = error.message(locale_of(request.headers.get("accept-language", "")))
    status = error.problem.status
    return JSONResponse({"error": {"code": error.problem.code, "message": message}}, status)


async def _gateway(request: Request, error: Exception) -> Response:
    assert isinstance(error, GatewayError)
    return JSONResponse({"error": {"code": error.code, "message": str(error)}}, 502)


@asynccontextmanager
async def pretended(shop: Shop, mouth: Mouth | None = None) -> AsyncIterator[str]:
    """The page's address."""
    service = Service(shop)
    speaker = mouth or Mouth()
    app = Starlette(
        routes=[*routes(lambda _: speaker, service.allowed), *service.routes()],
        exception_handlers={Refused: refused, GatewayError: _gateway},
    )
    async with listening(app) as url:
        yield url


@asynccontextmanager
async def listening(app: Any) -> AsyncIterator[str]:
    """`app` on a free port of this machine."""
    taken = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False))
    serving = asyncio.create_task(server.serve(sockets=[taken]))
    try:
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"
    finally:
        server.should_exit = True
        await serving
