"""What a new user ran into: each once a defect, found by using the service."""

from __future__ import annotations

import asyncio
import tracemalloc
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from apps.reviews.tests.scenes import settings
from apps.reviews.tests.service_http import events, serving
from apps.reviews.tests.stub_gateway import StubGateway
from rich.progress import Progress

from gilmok_reviews.domain import GatewayError, NotAsked
from gilmok_reviews.gateway import Gateway, GatewayLlm
from gilmok_reviews.importing.reasons import Reason
from gilmok_reviews.importing.records import MAX_LINE, records
from gilmok_reviews.jobs import importing
from gilmok_reviews.remote import Remote

Json = dict[str, Any]


def some(count: int, restaurant: str = "r", **more: str) -> Json:
    numbers = range(count)
    text = "{}번째 방문, 국물이 진하고 맛있어요"
    rows = [
        {"restaurant_id": restaurant, "id": f"v{n}", "text": text.format(n), **more}
        for n in numbers
    ]
    return {"reviews": rows}


@pytest.mark.parametrize(
    ("restaurant", "review"), [("카페/브런치", "v1"), ("r", "2026/3/1"), ("a/b", "c/d?#%")]
)
async def test_a_review_whose_ids_hold_a_slash_can_be_read_and_removed(
    tmp_path: Path, restaurant: str, review: str
) -> None:
    async with StubGateway() as gateway, serving(tmp_path, gateway.url) as client:
        told = {"restaurant_id": restaurant, "id": review, "text": "국물이 진해요"}
        await client.post("/api/v1/reviews", json={"reviews": [told]})
        path = f"/api/v1/reviews/{quote(restaurant, safe='')}/{quote(review, safe='')}"
        assert (await client.get(path)).json()["id"] == review
        assert (await client.delete(path)).json() == {"removed": True}
        assert (await client.get(path)).status_code == 404


async def test_a_file_of_reviews_is_not_kept_when_its_import_has_ended_badly(
    tmp_path: Path,
) -> None:
    async with StubGateway() as gateway, serving(tmp_path, gateway.url) as client:
        path = "/api/v1/reviews/import?name=a.csv"
        job = (await client.post(path, content=b"who,what\n1,2\n")).json()
        assert (await events(client, job["id"]))[-1][1] == "failed"
        assert (await client.get(f"/api/v1/jobs/{job['id']}")).json()["code"] == "no_text_column"
        while list((tmp_path / "uploads").glob("*")):
            await client.get("/health")


async def test_who_has_no_key_is_refused_before_the_body_is_read(tmp_path: Path) -> None:
    async with (
        StubGateway() as gateway,
        serving(tmp_path, gateway.url, REVIEWS_API_KEY="k") as client,
    ):
        port = client.base_url.port
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(
            b"POST /api/v1/reviews HTTP/1.1\r\nhost: 127.0.0.1\r\n"
            b"content-type: application/json\r\ncontent-length: 30000000\r\n\r\n"
        )
        assert b" 401 " in await asyncio.wait_for(reader.readline(), 10)
        writer.close()


async def test_an_event_number_beyond_all_events_is_no_error(tmp_path: Path) -> None:
    async with StubGateway() as gateway, serving(tmp_path, gateway.url) as client:
        await client.post("/api/v1/reviews", json=some(2))
        job = (await client.post("/api/v1/jobs", json={"analyses": ["sentiment"]})).json()
        await events(client, job["id"])
        answer = await client.get(
            f"/api/v1/jobs/{job['id']}/events", headers={"last-event-id": "9" * 5000}
        )
        assert (answer.status_code, answer.text) == (200, "")


async def test_what_needs_no_vector_store_is_answered_while_it_is_away(tmp_path: Path) -> None:
    async with StubGateway() as gateway:
        async with serving(tmp_path, gateway.url) as client:
            for place in ("r", "s"):
                await client.post("/api/v1/reviews", json=some(12, place))
            while (await client.get("/health")).json()["status"] != "ok":
                pass
        async with serving(tmp_path, gateway.url, QDRANT_URL="http://127.0.0.1:9") as client:
            summary = await client.post("/api/v1/llm/summarize", json={"restaurant_id": "r"})
            assert summary.json()["context"]["of"] == 12
            strengths = await client.post(
                "/api/v1/llm/extract/strengths", json={"restaurant_id": "r"}
            )
            assert [place["id"] for place in strengths.json()["comparison"]] == ["s"]
            search = await client.post("/api/v1/vector/search/similar", json={"query_text": "국물"})
            assert search.json()["error"]["code"] == "vector_store_unavailable"


async def test_a_model_that_is_not_to_be_used_counts_no_calls_and_is_named(tmp_path: Path) -> None:
    async with StubGateway() as gateway, serving(tmp_path, gateway.url, LLM_MODEL="none") as client:
        await client.post("/api/v1/reviews", json=some(12))
        told = (await client.post("/api/v1/llm/summarize", json={"restaurant_id": "r"})).json()
        assert told["usage"]["calls"] == 0
        assert "model_off" in told["notes"]
        assert "model_unreachable" not in told["notes"]


async def test_a_model_that_rests_is_not_called(tmp_path: Path) -> None:
    async with StubGateway() as stub, Gateway(settings(tmp_path, stub.url)) as gateway:
        llm = GatewayLlm(gateway, "auto", clock=lambda: 0.0)
        stub.down = (504, "deadline_exceeded")
        kinds = []
        for _ in range(2):
            with pytest.raises(GatewayError) as raised:
                await llm.ask("s", "u", task="t", max_tokens=1)
            kinds.append(type(raised.value))
        assert kinds == [GatewayError, NotAsked]
        assert len(stub.asked) == 1


def test_a_file_that_is_one_line_is_not_held_in_memory(tmp_path: Path) -> None:
    file = tmp_path / "one-line.csv"
    file.write_bytes(b"text,id\n" + "국물".encode() * (2 * MAX_LINE))
    tracemalloc.start()
    try:
        assert importing._lines(file) == 2
        found = list(records(file, "csv"))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert [one.row for one in found] == [Reason.LINE_TOO_LONG]
    assert peak < file.stat().st_size / 2


async def test_who_looks_for_late_deliveries_is_not_shown_punctual_ones_first(
    tmp_path: Path,
) -> None:
    """The stand-in judge takes a text for praise where it says 맛있."""
    told = [
        "배달이 늦고 식어서 맛있지 않네",
        "배달이 늦고 식어서 왔어요",
        "배달이 늦어서 화가 나요",
    ]
    rows = [{"restaurant_id": "r", "id": f"v{n}", "text": text} for n, text in enumerate(told)]
    async with StubGateway() as gateway, serving(tmp_path, gateway.url) as client:
        await client.post("/api/v1/reviews", json={"reviews": rows})
        while (await client.get("/health")).json()["status"] != "ok":
            pass
        asked = {"query_text": "배달이 늦고 식어서 맛없어요", "limit": 2, "min_score": -1}
        while not (await client.get("/api/v1/reviews/r/v2")).json()["judgement"]:
            pass
        answer = await client.post("/api/v1/vector/search/similar", json=asked)
        assert "v0" not in [one["review_id"] for one in answer.json()["results"]]


async def test_a_service_that_goes_away_under_an_import_is_said_to(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text("{}")
    async with Remote(settings(tmp_path, "http://127.0.0.1:9/v1", REVIEWS_PORT="9")) as remote:
        with pytest.raises(GatewayError, match="adds nothing twice"):
            await remote.import_file(file, "en", Progress(), print)
