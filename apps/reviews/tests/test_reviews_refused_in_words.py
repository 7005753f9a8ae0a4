"""Refusals that somebody who does not know pydantic can act on, and a restaurant that goes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from apps.reviews.tests.scenes import entry, service
from apps.reviews.tests.service_http import events, serving
from apps.reviews.tests.stub_gateway import StubGateway

from gilmok_reviews.store.vectors import VectorStore

GOOD = {"restaurant_id": "a", "text": "진해요"}


@pytest.mark.parametrize(
    ("path", "body", "ko", "en"),
    [
        (
            "sentiment/analyze",
            {},
            "restaurant_id와 texts 가운데 하나만 보내세요",
            "send one of restaurant_id and texts",
        ),
        ("sentiment/analyze", {"restaurant_id": 1}, "문자열이어야 합니다", "it must be text"),
        (
            "reviews",
            {"reviews": [{**GOOD, "rating": 7}]},
            "body.reviews.0.rating: 5 이하여야 합니다",
            "it must be 5 or less",
        ),
        (
            "reviews",
            {"reviews": [{**GOOD, "written_at": "2024-01-01T10:00:00"}]},
            "시간대까지 쓰세요",
            "with its time zone",
        ),
        (
            "reviews",
            {"reviews": [{**GOOD, "score": 1}]},
            "모르는 항목입니다",
            "there is no such field",
        ),
        (
            "jobs",
            {"analyses": ["mood"]},
            "sentiment, summary, strengths",
            "must be one of: sentiment",
        ),
        ("vector/search/similar", {"limit": 3}, "body.query_text: 꼭 있어야", "it is needed"),
        ("reviews", ["x"], "JSON 객체여야 합니다", "it must be a JSON object"),
    ],
)
async def test_what_is_wrong_with_a_field_is_said_in_both_languages(
    tmp_path: Path, path: str, body: Any, ko: str, en: str
) -> None:
    async with StubGateway() as gateway, serving(tmp_path, gateway.url) as client:
        for language, words in (("ko", ko), ("en", en)):
            answer = await client.post(
                f"/api/v1/{path}", json=body, headers={"accept-language": language}
            )
            assert answer.status_code == 422
            assert words in answer.json()["error"]["message"]


async def test_a_job_that_failed_says_why_in_words(tmp_path: Path) -> None:
    async with StubGateway() as gateway, serving(tmp_path, gateway.url) as client:
        path = "/api/v1/reviews/import?name=a.csv"
        job = (await client.post(path, content=b"who,what\n1,2\n")).json()
        assert job["message"] == ""
        assert (await events(client, job["id"]))[-1][1] == "failed"
        for language, words in (("ko", "열 이름을 적으세요"), ("en", "Name the columns")):
            headers = {"accept-language": language}
            told = await client.get(f"/api/v1/jobs/{job['id']}", headers=headers)
            assert words in told.json()["message"]
            (one,) = (await client.get("/api/v1/jobs", headers=headers)).json()["jobs"]
            assert words in one["message"]


async def test_a_restaurant_goes_with_everything_that_is_known_of_it(tmp_path: Path) -> None:
    async with StubGateway() as gateway, serving(tmp_path, gateway.url) as client:
        reviews = [{"restaurant_id": at, "text": f"{at} 진해요"} for at in ("카페/가", "나")]
        await client.post("/api/v1/reviews", json={"reviews": reviews})
        job = (await client.post("/api/v1/jobs", json={"analyses": ["sentiment"]})).json()
        await events(client, job["id"])
        path = "/api/v1/restaurants/카페/가"
        assert (await client.delete(path)).json() == {"removed": True, "reviews": 1}
        again = await client.delete(path)
        assert (again.status_code, again.json()["error"]["code"]) == (404, "restaurant_not_found")
        left = (await client.get("/api/v1/restaurants")).json()["restaurants"]
        assert [one["id"] for one in left] == ["나"]
        parts = (await client.get(f"/api/v1/jobs/{job['id']}")).json()["parts"]
        kept = {part["restaurant_id"]: part["result"] for part in parts}
        assert kept["카페/가"] is None
        assert kept["나"] is not None


async def test_vectors_of_a_restaurant_that_went_are_gone_from_both_collections(
    tmp_path: Path,
) -> None:
    async with StubGateway() as stub, service(tmp_path / "data", stub.url) as made:
        await made.library.add([entry(1, "a"), entry(2, "b")])
        await made.indexer.catch_up()
        assert await made.library.remove_restaurant("a") == 1
        await made.indexer.catch_up()
        assert await made.store.vectors.do(VectorStore.count) == 1
        embedding = await made.library.embedding()
        assert embedding is not None
        anywhere = np.ones(embedding.width, np.float32)
        near = await made.store.vectors.do(
            VectorStore.near_restaurants, anywhere, 9, but="", category=None
        )
        assert near == ["b"]
