"""The real service on a real socket, before a gateway that only has vectors, a voice and a card."""

from __future__ import annotations

import base64
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
from apps.reviews.tests.web.pretending_http import listening, picture, sound
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gilmok_reviews.api.app import create_app
from gilmok_reviews.domain import Judge
from gilmok_reviews.settings import load

WIDTH = 512
LOCAL = {"x-gilmok-fallback": "only", "x-gilmok-zone": "local"}
OTHER_PROVIDER = {"x-gilmok-fallback": "down", "x-gilmok-zone": "cloud"}


def vector(text: str) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    """Texts that share pairs of letters point the same way."""
    found = np.zeros(WIDTH, dtype=np.float32)
    for at in range(max(1, len(text) - 1)):
        found[zlib.crc32(text[at : at + 2].encode()) % WIDTH] += 1.0
    return (found / np.linalg.norm(found)).astype(np.float32)


async def _embeddings(request: Request) -> Response:
    asked = (await request.json())["input"]
    data = [
        {"index": at, "embedding": base64.b64encode(vector(text).tobytes()).decode()}
        for at, text in enumerate(asked)
    ]
    return JSONResponse({"model": "letters", "data": data})


async def _speech(request: Request) -> Response:
    return Response(sound(), media_type="audio/wav", headers=request.app.state.made_by)


async def _picture(request: Request) -> Response:
    data = [{"b64_json": base64.b64encode(picture()).decode()}]
    return JSONResponse({"data": data}, headers=request.app.state.made_by)


async def _chat(request: Request) -> Response:
    error = {"code": "no_endpoint", "message": "지금 답할 수 있는 모델이 없습니다."}
    return JSONResponse({"error": error}, 503)


def gateway(made_by: dict[str, str] = LOCAL) -> Starlette:
    """Has no language model: summaries are extracts."""
    app = Starlette(
        routes=[
            Route("/v1/embeddings", _embeddings, methods=["POST"]),
            Route("/v1/audio/speech", _speech, methods=["POST"]),
            Route("/v1/images/generations", _picture, methods=["POST"]),
            Route("/v1/chat/completions", _chat, methods=["POST"]),
        ]
    )
    app.state.made_by = made_by
    return app


@asynccontextmanager
async def served(folder: Path, judge: Judge | None = None) -> AsyncIterator[str]:
    """The address of the real service, with an empty store in `folder`."""
    async with listening(gateway()) as upstream:
        environment = {
            "GILMOK_URL": f"{upstream}/v1",
            "REVIEWS_DATA": str(folder),
            "QDRANT_URL": ":memory:",
        }
        async with listening(create_app(load(environment), judge)) as url:
            yield url
