"""The HTTP interface on a real socket: routes, keys, errors, events, the OpenAPI document."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from apps.reviews.tests.scenes import StandIn, settings
from apps.reviews.tests.service_http import events, serving
from apps.reviews.tests.stub_gateway import StubGateway

from gilmok_reviews.api.app import create_app
from gilmok_reviews.api.dependencies import get_library
from gilmok_reviews.api.guard import MAX_BODY
from gilmok_reviews.api.wire.analyses import (
    AnalyzeSentiment,
    ExtractStrengths,
    SearchSimilar,
    Summarize,
)
from gilmok_reviews.api.wire.stored import NewJob, NewReviews

Json = dict[str, Any]
REVIEWS = [
    {
        "restaurant_id": f"r{n % 3}",
        "id": f"v{n}",
        "text": f"{n}번째 리뷰. 국물이 {'맛있' if n % 2 else '짜'}어요.",
        "rating": 1 + n % 5,
        "restaurant_name": f"가게 {n % 3}",
        "category": "국밥",
    }
    for n in range(24)
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stub() -> AsyncIterator[StubGateway]:
    async with StubGateway() as stub:
        yield stub


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(
    stub: StubGateway, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[httpx.AsyncClient]:
    """A service with some reviews, all indexed."""
    async with serving(tmp_path_factory.mktemp("reviews"), stub.url) as client:
        answer = await client.post("/api/v1/reviews", json={"reviews": REVIEWS})
        assert answer.json() == {"added": 24, "changed": 0, "unchanged": 0, "duplicates": 0}
        await indexed(client, 24)
        yield client


async def indexed(client: httpx.AsyncClient, count: int) -> Json:
    async with asyncio.timeout(20):
        while True:
            health: Json = (await client.get("/health")).json()
            if health["reviews"]["indexed"] >= count:
                return health
            await asyncio.sleep(0.02)


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_sentiment_of_a_restaurant_and_of_texts(client: httpx.AsyncClient) -> None:
    path = "/api/v1/sentiment/analyze"
    told = (await client.post(path, json={"restaurant_id": "r0"})).json()
    assert (told["restaurant_id"], told["reviews"]) == ("r0", 8)
    shares = told["moods"]
    assert sum(share["count"] for share in shares.values()) == 8
    assert all(
        share["rate"]["low"] <= share["rate"]["value"] <= share["rate"]["high"]
        for share in shares.values()
    )
    judged = (await client.post(path, json={"texts": ["맛있어요", "짜요"]})).json()["texts"]
    assert [one["polarity"] for one in judged] == ["positive", "negative"]
    both = await client.post(path, json={"restaurant_id": "r0", "texts": ["a"]})
    assert code(both) == (422, "invalid_request")


async def test_summary_and_strengths_cite(client: httpx.AsyncClient) -> None:
    summary = (await client.post("/api/v1/llm/summarize", json={"restaurant_id": "r1"})).json()
    known = {review["id"] for review in REVIEWS if review["restaurant_id"] == "r1"}
    assert summary["sentences"]
    assert all(set(one["review_ids"]) <= known for one in summary["sentences"])
    assert all(one["review_ids"] for one in summary["sentences"])
    asked = {"restaurant_id": "r1", "comparison": ["r0"], "locale": "en"}
    strengths = (await client.post("/api/v1/llm/extract/strengths", json=asked)).json()
    assert [one["id"] for one in strengths["comparison"]] == ["r0"]
    assert strengths["locale"] == "en"


async def test_search_by_meaning(client: httpx.AsyncClient) -> None:
    asked = {"query_text": "국물이 짜어요", "limit": 4, "restaurant_id": "r2"}
    found = (await client.post("/api/v1/vector/search/similar", json=asked)).json()["results"]
    assert len(found) == 4
    assert {one["restaurant_id"] for one in found} == {"r2"}
    scores = [one["score"] for one in found]
    assert scores == sorted(scores, reverse=True)
    assert "짜" in found[0]["text"]


async def test_restaurants(client: httpx.AsyncClient) -> None:
    listed = (await client.get("/api/v1/restaurants")).json()["restaurants"]
    assert [one["id"] for one in listed][:3] == ["r0", "r1", "r2"]
    one = (await client.get("/api/v1/restaurants/r0?limit=2")).json()
    assert (one["name"], one["category"], one["reviews"]) == ("가게 0", "국밥", 8)
    assert len(one["newest"]) == 2
    assert len(one["typical"]) == 8
    assert {other["id"] for other in one["similar"]} == {"r1", "r2"}
    gone = await client.get("/api/v1/restaurants/nope", headers={"accept-language": "en-US"})
    assert code(gone) == (404, "restaurant_not_found")
    assert gone.json()["error"]["message"].startswith("There is no restaurant nope")
    korean = await client.get("/api/v1/restaurants/nope", headers={"accept-language": "ko"})
    assert korean.json()["error"]["message"].startswith("그런 가게가 없습니다")


async def test_an_upload_is_taken_over_and_reports_its_bad_lines(
    client: httpx.AsyncClient,
) -> None:
    body = "가게,리뷰,별점\nimported,좋아요,5\nimported,,3\nimported,별로예요,9\n".encode("cp949")
    answer = await client.post(
        "/api/v1/reviews/import", content=body, headers={"content-type": "text/csv"}
    )
    assert answer.status_code == 202
    job = answer.json()
    told = await events(client, job["id"])
    assert [kind for _, kind, _ in told][-1] == "done"
    assert any(kind == "progress" for _, kind, _ in told)
    ended = (await client.get(f"/api/v1/jobs/{job['id']}")).json()
    assert (ended["progress"]["added"], ended["progress"]["bad"]) == (1, 2)
    assert [(bad["line"], bad["code"]) for bad in ended["bad_lines"]] == [
        (3, "empty_text"),
        (4, "invalid_rating"),
    ]
    assert code(await client.post("/api/v1/reviews/import?name=a.xlsx", content=b"x")) == (
        415,
        "unknown_format",
    )
    empty = await client.post("/api/v1/reviews/import?name=a.csv", content=b"")
    assert code(empty) == (422, "empty_file")


async def test_a_job_with_its_events_from_any_point(client: httpx.AsyncClient) -> None:
    asked = {"restaurant_ids": ["r0", "nope", "r1"], "analyses": ["sentiment"], "locale": "en"}
    job = (await client.post("/api/v1/jobs", json=asked)).json()
    whole = await events(client, job["id"])
    assert [number for number, _, _ in whole] == [1, 2, 3, 4, 5]
    assert await events(client, job["id"], after=3) == whole[3:]
    first = await events(client, job["id"], most=1)
    assert first == whole[:1]
    ended = (await client.get(f"/api/v1/jobs/{job['id']}")).json()
    assert ended["state"] == "done"
    assert ended["progress"] == {"total": 3, "done": 2, "failed": 1}
    by_id = {part["restaurant_id"]: part for part in ended["parts"]}
    assert by_id["r0"]["result"]["reviews"] == 8
    assert by_id["nope"]["code"] == "restaurant_not_found"
    assert code(await client.delete(f"/api/v1/jobs/{job['id']}")) == (409, "job_ended")
    assert code(await client.get("/api/v1/jobs/nope/events")) == (404, "job_not_found")
    newest = (await client.get("/api/v1/jobs")).json()["jobs"]
    assert job["id"] in {one["id"] for one in newest}


async def test_removal_is_at_once_and_for_good(client: httpx.AsyncClient) -> None:
    one = {"restaurant_id": "leaving", "id": "v", "text": "지워질 리뷰입니다"}
    await client.post("/api/v1/reviews", json={"reviews": [one]})
    assert (await client.delete("/api/v1/reviews/leaving/v")).json() == {"removed": True}
    assert code(await client.delete("/api/v1/reviews/leaving/v")) == (404, "review_not_found")
    detail = (await client.get("/api/v1/restaurants/leaving")).json()
    assert (detail["reviews"], detail["newest"]) == (0, [])


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/api/v1/reviews", {"reviews": []}, "body.reviews"),
        ("/api/v1/reviews", {"reviews": [{"restaurant_id": "r", "text": " "}]}, "text"),
        ("/api/v1/llm/summarize", {"restaurant_id": "r0", "colour": 1}, "colour"),
        ("/api/v1/vector/search/similar", {"query_text": "a", "limit": 1000}, "limit"),
        ("/api/v1/jobs", {"analyses": ["mood"]}, "analyses"),
    ],
)
async def test_invalid_bodies_name_the_field_and_repeat_nothing(
    client: httpx.AsyncClient, path: str, body: Json, field: str
) -> None:
    answer = await client.post(path, json=body)
    assert code(answer) == (422, "invalid_request")
    assert field in answer.json()["error"]["message"]
    secret = await client.post(path, json={"비밀글": "비밀글"})
    assert secret.json()["error"]["message"].count("비밀글") <= 1  # Its name, not its value.


async def test_bodies_are_bounded_and_broken_json_is_said(client: httpx.AsyncClient) -> None:
    kind = {"content-type": "application/json"}
    large = b'{"reviews": "' + b"x" * MAX_BODY + b'"}'
    assert code(await client.post("/api/v1/reviews", content=large, headers=kind)) == (
        413,
        "too_large",
    )
    broken = await client.post("/api/v1/reviews", content=b"{", headers=kind)
    assert code(broken) == (422, "invalid_request")
    assert broken.headers["x-content-type-options"] == "nosniff"


async def test_wrong_paths_and_methods(client: httpx.AsyncClient) -> None:
    assert code(await client.get("/api/v1/nothing")) == (404, "not_found")
    assert code(await client.get("/api/v1/llm/summarize")) == (405, "method_not_allowed")


async def test_strangers_are_kept_out_without_a_key(client: httpx.AsyncClient) -> None:
    rebound = await client.get("/api/v1/restaurants", headers={"host": "evil.example"})
    assert code(rebound) == (403, "loopback_only")
    looked = await client.get("/health", headers={"host": "evil.example"})
    assert code(looked) == (403, "loopback_only")
    foreign = await client.post("/api/v1/jobs", json={}, headers={"origin": "https://evil.example"})
    assert code(foreign) == (403, "cross_site")
    own = await client.post(
        "/api/v1/sentiment/analyze",
        json={"texts": ["a"]},
        headers={"origin": str(client.base_url).rstrip("/")},
    )
    assert own.status_code == 200


async def test_with_a_key_only_who_has_it(tmp_path: Path, stub: StubGateway) -> None:
    async with serving(tmp_path, stub.url, REVIEWS_API_KEY="secret") as client:
        path = "/api/v1/restaurants"
        assert code(await client.get(path)) == (401, "invalid_api_key")
        assert code(await client.get(path, headers={"x-api-key": "secre"})) == (
            401,
            "invalid_api_key",
        )
        for given in ({"x-api-key": "secret"}, {"authorization": "Bearer secret"}):
            assert (await client.get(path, headers=given)).status_code == 200
        assert (await client.get("/health")).status_code == 200


async def test_the_gateways_refusals_are_told_as_its_own(
    client: httpx.AsyncClient, stub: StubGateway
) -> None:
    asked = {"query_text": "국물"}
    path = "/api/v1/vector/search/similar"
    stub.down = (402, "budget_exceeded")
    refused = await client.post(path, json=asked)
    stub.down = (503, "overloaded")
    later = await client.post(path, json=asked)
    stub.down = None
    assert code(refused) == (502, "budget_exceeded")
    assert refused.json()["error"]["source"] == "gateway"
    assert code(later) == (503, "overloaded")
    assert later.json()["error"]["retryable"] is True


async def test_what_routes_are_given_can_be_replaced(tmp_path: Path, stub: StubGateway) -> None:
    class Shelf:
        async def standings(self) -> list[object]:
            return []

    app = create_app(settings(tmp_path, stub.url), StandIn())
    app.dependency_overrides[get_library] = Shelf
    async with serving(tmp_path, stub.url, app) as client:
        assert (await client.get("/api/v1/restaurants")).json() == {"restaurants": []}


async def test_an_unforeseen_error_repeats_no_review(
    tmp_path: Path, stub: StubGateway, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken:
        async def standings(self) -> list[object]:
            raise ValueError("국물이 진해요")

    app = create_app(settings(tmp_path, stub.url), StandIn())
    app.dependency_overrides[get_library] = Broken
    async with serving(tmp_path, stub.url, app) as client:
        answer = await client.get("/api/v1/restaurants")
    assert code(answer) == (500, "internal_error")
    assert "국물" not in answer.text + caplog.text
    assert "request_failed" in caplog.text


ROUTES = {
    ("post", "/api/v1/sentiment/analyze"),
    ("post", "/api/v1/llm/summarize"),
    ("post", "/api/v1/llm/extract/strengths"),
    ("post", "/api/v1/vector/search/similar"),
    ("post", "/api/v1/reviews"),
    ("post", "/api/v1/reviews/import"),
    ("get", "/api/v1/reviews/{restaurant_id}/{review_id}"),
    ("delete", "/api/v1/reviews/{restaurant_id}/{review_id}"),
    ("get", "/api/v1/restaurants"),
    ("get", "/api/v1/restaurants/{restaurant_id}"),
    ("delete", "/api/v1/restaurants/{restaurant_id}"),
    ("get", "/api/v1/jobs"),
    ("post", "/api/v1/jobs"),
    ("get", "/api/v1/jobs/{job_id}"),
    ("delete", "/api/v1/jobs/{job_id}"),
    ("get", "/api/v1/jobs/{job_id}/events"),
    ("get", "/health"),
}


async def test_the_openapi_document_is_complete(client: httpx.AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()
    found = {(method, path) for path, methods in document["paths"].items() for method in methods}
    assert found == ROUTES
    tags = {tag["name"] for tag in document["tags"]}
    for path, methods in document["paths"].items():
        for route in methods.values():
            assert set(route["tags"]) <= tags
            assert route["summary"]
            assert route["description"], path
            assert all(one["description"] for one in route.get("parameters", ()))
            assert path == "/health" or "ErrorAnswer" in str(route["responses"]["401"])
    for name, schema in document["components"]["schemas"].items():
        for field, about in schema.get("properties", {}).items():
            described = about.get("description") or "$ref" in about
            assert described or name in ("ErrorAnswer",), f"{name}.{field} is not described"
    for kind in (AnalyzeSentiment, Summarize, ExtractStrengths, SearchSimilar, NewReviews, NewJob):
        for body in document["components"]["schemas"][kind.__name__]["examples"]:
            kind.model_validate(body)
    assert {"APIKeyHeader", "HTTPBearer"} <= set(document["components"]["securitySchemes"])
    assert "HTTPValidationError" not in document["components"]["schemas"]


async def test_the_reference_page_loads_nothing_from_elsewhere(
    client: httpx.AsyncClient,
) -> None:
    page = await client.get("/docs")
    assert page.headers["content-type"].startswith("text/html")
    assert "/api/v1/llm/extract/strengths" in page.text
    assert "<script" not in page.text
    assert "http://" not in page.text
    assert "https://" not in page.text


async def test_the_page_is_there(client: httpx.AsyncClient) -> None:
    assert (await client.get("/")).headers["content-type"].startswith("text/html")
    spoken = await client.post("/page/speech", json={"text": "국물이 진합니다"})
    assert spoken.headers["content-type"] == "audio/wav"
