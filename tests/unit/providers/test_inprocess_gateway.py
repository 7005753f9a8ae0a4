"""This machine's own services through a real gateway: no key, no network."""

from __future__ import annotations

import base64
import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pytest_asyncio
import soundfile
from PIL import Image

from gilmok.cli.words.serving import JOINED_HOW
from tests.gateway import Answer, Running

LOCAL = "[services]\nlocal = true\n"
SECRET = "제 주민등록번호는 900101-1234568 입니다. 연락처는 010-1234-5678 입니다."


@pytest_asyncio.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Running]:
    async with Running(tmp_path, LOCAL) as running:
        yield running


def came_from(answer: Answer) -> str:
    assert answer.status == 200, answer.body[:300]
    assert answer.headers["x-gilmok-zone"] == "local"
    assert float(answer.headers["x-gilmok-cost-usd"]) == 0
    return answer.headers["x-gilmok-endpoint"]


async def test_they_join_by_themselves(gateway: Running) -> None:
    joined = {j.endpoint_id: j.how for j in gateway.gateway.models.joined}
    assert set(joined) == {"local-encoder", "local-voice", "local-cards"}
    assert set(joined.values()) == {"installed"}
    assert set(joined.values()) <= JOINED_HOW.keys(), "the first page says how"
    health = (await gateway.get("/health")).json
    assert {e["id"]: (e["state"], e["does"]) for e in health["endpoints"]} == {
        "local-encoder": ("up", "embeddings"),
        "local-voice": ("up", "speech"),
        "local-cards": ("up", "images"),
    }


@pytest.mark.parametrize("text", ["배달이 빨라요", SECRET])
async def test_vectors(gateway: Running, text: str) -> None:
    asked: dict[str, Any] = {"model": "auto", "input": [text, "The delivery is quick"]}
    answer = await gateway.post("/v1/embeddings", {**asked, "encoding_format": "base64"})
    assert came_from(answer) == "local-encoder"
    body = answer.json
    rows = [np.frombuffer(base64.b64decode(x["embedding"]), "<f4") for x in body["data"]]
    assert [row.shape for row in rows] == [(512,), (512,)]
    assert body["usage"]["prompt_tokens"] > 5
    plain = (await gateway.post("/v1/embeddings", {**asked, "dimensions": 32})).json
    assert len(plain["data"][0]["embedding"]) == 32


@pytest.mark.parametrize("text", ["안녕하세요, hello", SECRET])
async def test_speech(gateway: Running, text: str) -> None:
    asked = {"model": "auto", "input": text, "voice": "nova", "response_format": "wav"}
    answer = await gateway.post("/v1/audio/speech", asked)
    assert came_from(answer) == "local-voice"
    assert answer.headers["content-type"] == "audio/wav"
    samples, rate = soundfile.read(io.BytesIO(answer.body))
    assert len(samples) > rate
    assert abs(samples).max() > 0.05


async def test_a_format_that_nobody_here_makes_is_refused(gateway: Running) -> None:
    asked = {"model": "auto", "input": "안녕", "voice": "nova", "response_format": "aac"}
    answer = await gateway.post("/v1/audio/speech", asked)
    assert answer.status == 400
    assert "response_format" in answer.body.decode()


async def test_cards(gateway: Running) -> None:
    asked = {"model": "auto", "prompt": "오늘의 메뉴", "n": 2, "size": "256x256"}
    answer = await gateway.post("/v1/images/generations", asked)
    assert came_from(answer) == "local-cards"
    pictures = [base64.b64decode(one["b64_json"]) for one in answer.json["data"]]
    assert [Image.open(io.BytesIO(picture)).size for picture in pictures] == [(256, 256)] * 2
    assert pictures[0] != pictures[1]


async def test_a_question_is_none_of_their_business(gateway: Running) -> None:
    answer = await gateway.chat("안녕", model="local-encoder")
    assert answer.status == 400
    assert answer.json["error"]["code"] == "wrong_use_of_model"
