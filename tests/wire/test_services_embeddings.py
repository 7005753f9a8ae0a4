"""Vectors: OpenAI's client before a real gateway, the wall or the dummy behind it."""

from __future__ import annotations

import base64
import struct
from pathlib import Path

import openai
import pytest

from tests.gateway import Running
from tests.wall import Wall
from tests.wire.services import HIGH, QUICK, client, dummy, walled

TEXTS = ["국물이 진해요", "면이 쫄깃해요", "주차가 어렵다"]


def far(*endpoints: str) -> str:
    return QUICK + "".join(endpoints)


async def test_openais_client_reads_vectors_of_both_forms(tmp_path: Path) -> None:
    async with Wall() as wall, Running(tmp_path, far(walled("far", wall, "embeddings"))) as gateway:
        async with client(gateway) as sdk:
            packed = await sdk.embeddings.create(model="auto", input=TEXTS)
            plain = await sdk.embeddings.create(
                model="far", input=TEXTS, encoding_format="float", dimensions=4
            )
            one = await sdk.embeddings.create(model="ok", input=TEXTS[0])
        first = await gateway.post(
            "/v1/embeddings", {"input": TEXTS[0], "encoding_format": "base64"}
        )
    assert [item.index for item in packed.data] == [0, 1, 2]
    assert packed.model == "ok"
    assert packed.usage.prompt_tokens == packed.usage.total_tokens > 0
    assert {len(item.embedding) for item in packed.data} == {8}
    assert {len(item.embedding) for item in plain.data} == {4}
    assert one.data[0].embedding == packed.data[0].embedding
    floats = struct.unpack("<8f", base64.b64decode(first.json["data"][0]["embedding"]))
    assert list(floats) == packed.data[0].embedding
    assert wall.calls[0].json["input"] == TEXTS  # together, in one request
    head = first.headers
    assert (head["x-gilmok-endpoint"], head["x-gilmok-zone"]) == ("far", "cloud")
    assert "x-gilmok-fallback" not in head
    assert first.json["gilmok"]["fallback"] is None


async def test_two_thousand_texts_go_together(tmp_path: Path) -> None:
    async with Running(tmp_path, far(dummy("here", "embeddings"))) as gateway:
        texts = [f"text {number}" for number in range(2048)]
        answer = await gateway.post("/v1/embeddings", {"input": texts, "dimensions": 2})
        more = await gateway.post("/v1/embeddings", {"input": [*texts, "one more"]})
    assert [item["index"] for item in answer.json["data"]] == list(range(2048))
    assert answer.headers["x-gilmok-attempts"] == "1"
    assert (more.status, more.code) == (400, "invalid_request")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"input": []}, "invalid_request"),
        ({"input": ""}, "invalid_request"),
        ({"input": ["a", ""]}, "invalid_request"),
        ({"input": ["a", 1]}, "invalid_request"),
        ({"input": [1, 2]}, "unsupported_parameter"),
        ({"input": [[1, 2], [3]]}, "unsupported_parameter"),
        ({"input": "a", "dimensions": 0}, "invalid_request"),
        ({"input": "a", "encoding_format": "int8"}, "invalid_request"),
        ({"input": "a", "task": "query"}, "invalid_request"),
        ({}, "invalid_request"),
        ({"input": "a", "model": "talker"}, "wrong_use_of_model"),
        ({"input": "a", "model": "nobody"}, "model_not_found"),
    ],
)
async def test_what_cannot_be_honoured_is_refused(
    tmp_path: Path, body: dict[str, object], code: str
) -> None:
    toml = far(dummy("here", "embeddings"), dummy("talker", "chat", "ok+as=b"))
    async with Running(tmp_path, toml) as gateway:
        answer = await gateway.post("/v1/embeddings", body)
    assert (answer.status // 100, answer.code) == (4, code)


async def test_without_anybody_who_does_it_the_way_out_is_named(tmp_path: Path) -> None:
    async with Running(tmp_path, far(dummy("talker", "chat"))) as gateway:
        answer = await gateway.post("/v1/embeddings", {"input": "a"})
    assert (answer.status, answer.code) == (501, "nothing_does_this")
    assert 'does = "embeddings"' in answer.json["error"]["message"]


async def test_every_preference_means_one_model(tmp_path: Path) -> None:
    """Even where another costs less, and the one that is meant is out of order."""
    async with Wall() as wall:
        toml = far(
            walled("far", wall, "embeddings", "ok+as=other"),
            dummy("here", "embeddings", "500+as=mine"),
        )
        async with Running(tmp_path, toml) as gateway:
            for model in ("auto", "local", "cheap", "fast", "best", "auto:0.1"):
                answer = await gateway.post("/v1/embeddings", {"input": "a", "model": model})
                assert answer.code in ("all_endpoints_failed", "no_endpoint_available")
        assert wall.calls == []


async def test_another_endpoint_stands_in_with_the_same_model_only(tmp_path: Path) -> None:
    async with Wall() as broken, Wall() as wall:
        broken.override = "500"
        toml = far(
            'embedding_model = "first"\n',
            dummy("here", "embeddings", "ok+as=another"),
            walled(
                "first", broken, "embeddings", "ok+as=m", more="quality = 0.9\nprice_input = 0.02"
            ),
            walled("twin", wall, "embeddings", "ok+as=m", more="quality = 0.1"),
        )
        async with Running(tmp_path, toml) as gateway:
            answer = await gateway.post("/v1/embeddings", {"input": "a"})
    assert answer.headers["x-gilmok-endpoint"] == "twin"
    assert answer.headers["x-gilmok-fallback"] == "down"
    assert answer.json["gilmok"]["fallback"] == "down"
    assert answer.json["model"] == "ok+as=m"
    assert len(broken.calls) == len(wall.calls) == 1


async def test_a_high_text_never_goes_to_a_cloud_encoder(tmp_path: Path) -> None:
    async with Wall() as wall, Running(tmp_path, far(walled("far", wall, "embeddings"))) as gateway:
        for body in ({"input": HIGH}, {"input": [*TEXTS, HIGH]}, {"input": HIGH, "model": "far"}):
            answer = await gateway.post("/v1/embeddings", body)
            assert (answer.status, answer.code) == (403, "label_refused")
            assert "gilmok doctor" in answer.json["error"]["message"]
        assert wall.calls == []
        partial = {"x-gilmok-partial": "true"}
        answer = await gateway.post("/v1/embeddings", {"input": [*TEXTS, HIGH]}, partial)
    assert [item["index"] for item in answer.json["data"]] == [0, 1, 2]
    assert [e["code"] for e in answer.json["gilmok"]["errors"]] == ["label_refused"]
    assert b"900101" not in wall.received


async def test_a_high_text_stays_with_the_encoder_here(tmp_path: Path) -> None:
    async with Wall() as wall:
        toml = far(dummy("here", "embeddings", "ok+as=m"), walled("far", wall, "embeddings"))
        async with Running(tmp_path, toml) as gateway:
            answer = await gateway.post("/v1/embeddings", {"input": HIGH})
        assert wall.calls == []
    assert answer.headers["x-gilmok-zone"] == "local"
    assert answer.headers["x-gilmok-sensitivity"] == "high"


@pytest.mark.parametrize("fault", ["hates=bad", "500+hates=bad", "cut=0+hates=bad"])
async def test_one_bad_text_is_named_and_takes_no_other_along(tmp_path: Path, fault: str) -> None:
    texts = ["good", "a bad one", "fine"]
    async with Running(tmp_path, far(dummy("here", "embeddings", fault))) as gateway:
        async with client(gateway) as sdk:
            with pytest.raises(openai.APIStatusError) as refused:
                await sdk.embeddings.create(model="auto", input=texts)
        partial = {"x-gilmok-partial": "true"}
        answer = await gateway.post("/v1/embeddings", {"input": texts}, partial)
        nothing = await gateway.post("/v1/embeddings", {"input": ["bad", "bad too"]}, partial)
    theirs = fault.startswith("hates")
    assert refused.value.code == ("inputs_rejected" if theirs else "inputs_failed")
    assert "input 1:" in refused.value.message
    assert [item["index"] for item in answer.json["data"]] == [0, 2]
    (error,) = answer.json["gilmok"]["errors"]
    assert error["index"] == 1
    assert error["message"]
    # The others were kept, each by itself, when the list was refused: nothing is paid twice.
    assert answer.headers["x-gilmok-attempts"] == "0"
    assert nothing.code == ("upstream_rejected" if theirs else nothing.code)
    assert nothing.status >= 400


async def test_too_many_at_once_go_alone(tmp_path: Path) -> None:
    async with Running(tmp_path, far(dummy("here", "embeddings", "most=1"))) as gateway:
        async with client(gateway) as sdk:
            answer = await sdk.embeddings.create(model="auto", input=TEXTS)
        together = await gateway.post("/v1/embeddings", {"input": TEXTS[0], "dimensions": 64})
    assert [item.index for item in answer.data] == [0, 1, 2]
    floats = together.json["data"][0]["embedding"]
    assert answer.data[0].embedding == pytest.approx(floats)


async def test_an_upstream_that_is_out_of_order_is_not_asked_for_each_text(tmp_path: Path) -> None:
    async with Wall() as wall:
        toml = far(walled("far", wall, "embeddings", "500"), "[breaker]\nfailures = 1000\n")
        async with Running(tmp_path, toml) as gateway:
            answer = await gateway.post("/v1/embeddings", {"input": ["a"] * 500})
    assert answer.code == "all_endpoints_failed"
    assert len(wall.calls) <= 1 + 8 + 8


async def test_what_each_cost_is_told_and_recorded(tmp_path: Path) -> None:
    more = "price_per_request = 0.01"
    toml = far(dummy("here", "embeddings", "hates=bad", more))
    async with Running(tmp_path, toml) as gateway:
        whole = await gateway.post("/v1/embeddings", {"input": TEXTS})
        again = await gateway.post("/v1/embeddings", {"input": TEXTS})
        partial = {"x-gilmok-partial": "true"}
        parts = await gateway.post("/v1/embeddings", {"input": ["a", "bad", "b"]}, partial)
        id = whole.headers["x-gilmok-decision"]
        decision = await gateway.get(f"/v1/decisions/{id}")
    assert whole.headers["x-gilmok-cost-usd"] == "0.010000000"
    assert whole.json["gilmok"]["cost_usd"] == "0.010000000"
    assert again.headers["x-gilmok-cache"] == "hit"
    assert again.headers["x-gilmok-cost-usd"] == "0.000000000"
    assert again.json["model"] == whole.json["model"]
    assert parts.headers["x-gilmok-cost-usd"] == "0.020000000"
    assert decision.json["endpoint_id"] == "here"


async def test_a_key_asks_once(tmp_path: Path) -> None:
    async with Wall() as wall, Running(tmp_path, far(walled("far", wall, "embeddings"))) as gateway:
        once = {"idempotency-key": "k", "x-gilmok-cache": "off"}
        first = await gateway.post("/v1/embeddings", {"input": "a"}, once)
        second = await gateway.post("/v1/embeddings", {"input": "a"}, once)
        other = await gateway.post("/v1/embeddings", {"input": "b"}, once)
    assert second.headers["idempotent-replayed"] == "true"
    assert second.body == first.body
    assert len(wall.calls) == 1
    assert other.code == "idempotency_key_reused"
