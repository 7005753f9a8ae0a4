"""The part of Qdrant's REST interface that the store uses, over qdrant-client's own local engine.

No Qdrant server can be installed from a package registry; this at least puts the client's real
HTTP between the store and an engine.
"""

from __future__ import annotations

from typing import Any

from qdrant_client import QdrantClient, models
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route


class QdrantServer:
    def __init__(self) -> None:
        self._engine = QdrantClient(location=":memory:")
        self.indexed: list[tuple[str, str]] = []
        """Collection and field of every payload index."""

    def app(self) -> Starlette:
        one = "/collections/{name}"
        return Starlette(
            routes=[
                Route(f"{one}/exists", self.exists),
                Route(one, self.about),
                Route(one, self.make, methods=["PUT"]),
                Route(one, self.drop, methods=["DELETE"]),
                Route(f"{one}/index", self.index, methods=["PUT"]),
                Route(f"{one}/points", self.upsert, methods=["PUT"]),
                Route(f"{one}/points/delete", self.delete, methods=["POST"]),
                Route(f"{one}/points/count", self.count, methods=["POST"]),
                Route(f"{one}/points/query", self.query, methods=["POST"]),
            ]
        )

    async def exists(self, request: Request) -> Response:
        return _told({"exists": self._engine.collection_exists(_name(request))})

    async def about(self, request: Request) -> Response:
        return _told(self._engine.get_collection(_name(request)).model_dump(mode="json"))

    async def make(self, request: Request) -> Response:
        asked = models.CreateCollection.model_validate(await request.json())
        self._engine.create_collection(_name(request), vectors_config=asked.vectors)
        return _told(True)

    async def drop(self, request: Request) -> Response:
        return _told(self._engine.delete_collection(_name(request)))

    async def index(self, request: Request) -> Response:
        self.indexed.append((_name(request), (await request.json())["field_name"]))
        return _told(_DONE)

    async def upsert(self, request: Request) -> Response:
        asked = models.PointsList.model_validate(await request.json())
        self._engine.upsert(_name(request), points=asked.points)
        return _told(_DONE)

    async def delete(self, request: Request) -> Response:
        asked = models.PointIdsList.model_validate(await request.json())
        self._engine.delete(_name(request), points_selector=asked)
        return _told(_DONE)

    async def count(self, request: Request) -> Response:
        return _told(self._engine.count(_name(request)).model_dump(mode="json"))

    async def query(self, request: Request) -> Response:
        asked = models.QueryRequest.model_validate(await request.json())
        found = self._engine.query_points(
            _name(request),
            query=asked.query,
            query_filter=asked.filter,
            limit=asked.limit or 10,
            score_threshold=asked.score_threshold,
        )
        return _told(found.model_dump(mode="json"))


_DONE = {"operation_id": 1, "status": "completed"}


def _name(request: Request) -> str:
    return str(request.path_params["name"])


def _told(result: Any) -> Response:
    return JSONResponse({"result": result, "status": "ok", "time": 0.001})
