"""The client of the gateway, against a stub on a real socket and against the real gateway."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio
from apps.reviews.tests.scenes import settings
from apps.reviews.tests.stub_gateway import PNG, StubGateway, vector
from tests.gateway import Running
from tests.wall import Wall

from gilmok_reviews.domain import GatewayError
from gilmok_reviews.gateway import REST_S, Gateway, GatewayEmbedder, GatewayLlm
from gilmok_reviews.texts import LOCALE


@pytest_asyncio.fixture
async def stub() -> AsyncIterator[StubGateway]:
    async with StubGateway() as stub:
        yield stub


@pytest_asyncio.fixture
async def gateway(stub: StubGateway, tmp_path: Path) -> AsyncIterator[Gateway]:
    async with Gateway(settings(tmp_path, stub.url, GILMOK_API_KEY="k-1")) as gateway:
        yield gateway


@pytest.mark.parametrize("in_base64", [True, False])
async def test_vectors_are_of_length_1_and_in_the_order_of_the_texts(
    stub: StubGateway, gateway: Gateway, in_base64: bool
) -> None:
    stub.base64 = in_base64
    texts = ["맛있어요", "짜요", "great soup"]
    embedder = GatewayEmbedder(gateway, "auto")
    vectors = await embedder.embed(texts)
    assert vectors.dtype == np.float32
    assert np.allclose(vectors, [vector(text) for text in texts], atol=1e-6)
    assert embedder.model == "stub-encoder"
    assert stub.asked[0][2]["authorization"] == "Bearer k-1"


async def test_batches_hold_256_texts(stub: StubGateway, gateway: Gateway) -> None:
    vectors = await GatewayEmbedder(gateway, "auto").embed([f"글 {n}" for n in range(600)])
    assert vectors.shape == (600, 64)
    assert [len(texts) for texts in stub.embedded] == [256, 256, 88]


async def test_one_refused_text_costs_no_other_its_vector(
    stub: StubGateway, gateway: Gateway
) -> None:
    stub.bad = lambda text: (403, "label_refused") if "주민번호" in text else None
    texts = [f"글 {n}" for n in range(100)]
    texts[37] = "주민번호 글"
    rows = (await GatewayEmbedder(gateway, "auto").embed_each(texts)).rows
    refused = rows.pop(37)
    assert isinstance(refused, GatewayError)
    assert (refused.code, refused.retryable) == ("label_refused", False)
    assert not any(isinstance(row, GatewayError) for row in rows)
    assert len(stub.embedded) <= 1 + 2 * 7  # Halved seven times, not a hundred single texts.
    with pytest.raises(GatewayError, match="said label_refused"):
        await GatewayEmbedder(gateway, "auto").embed(texts)


@pytest.mark.parametrize(
    ("status", "code"), [(401, "invalid_api_key"), (402, "budget_exceeded"), (503, "overloaded")]
)
async def test_what_every_text_would_get_is_asked_once(
    stub: StubGateway, gateway: Gateway, status: int, code: str
) -> None:
    stub.down = (status, code)
    with pytest.raises(GatewayError) as refused:
        await GatewayEmbedder(gateway, "auto").embed_each(["a", "b", "c"])
    assert refused.value.code == code
    assert refused.value.retryable == (status == 503)
    assert len(stub.asked) == 1


async def test_a_gateway_that_is_not_there(tmp_path: Path) -> None:
    token = LOCALE.set("en")
    async with Gateway(settings(tmp_path, "http://127.0.0.1:9/v1")) as gateway:
        with pytest.raises(GatewayError, match="cannot be reached") as refused:
            await GatewayEmbedder(gateway, "auto").embed(["a"])
    LOCALE.reset(token)
    assert (refused.value.code, refused.value.retryable) == ("gateway_unreachable", True)


async def test_a_question_with_its_schema_task_cost_and_language(
    stub: StubGateway, gateway: Gateway
) -> None:
    stub.answer = lambda body: '{"is": "ok"}'
    token = LOCALE.set("ko")
    said = await GatewayLlm(gateway, "best").ask(
        "system", "user", task="reviews-summary", max_tokens=50, schema={"type": "object"}
    )
    LOCALE.reset(token)
    assert (said.text, said.model, said.decision_id) == ('{"is": "ok"}', "stub-model", "dec_1")
    assert (said.prompt_tokens, said.completion_tokens, said.cost_nano) == (11, 7, 12_345)
    _, body, headers = stub.asked[0]
    assert headers["x-gilmok-task"] == "reviews-summary"
    assert headers["accept-language"] == "ko"
    assert body["response_format"]["json_schema"]["schema"] == {"type": "object"}
    assert body["model"] == "best"


async def test_a_model_that_was_too_slow_is_left_alone_for_a_while(
    stub: StubGateway, gateway: Gateway
) -> None:
    now = 0.0
    llm = GatewayLlm(gateway, "auto", clock=lambda: now)

    async def asked() -> str:
        try:
            return (await llm.ask("s", "u", task="t", max_tokens=1)).text
        except GatewayError as error:
            return error.code

    stub.down = (504, "deadline_exceeded")
    assert [await asked(), await asked()] == ["deadline_exceeded", "model_resting"]
    stub.down, now = None, REST_S
    assert await asked() == "none"
    assert len(stub.asked) == 2
    assert stub.asked[0][2]["x-gilmok-deadline-ms"] == "45000"


async def test_without_a_model_nothing_is_asked(stub: StubGateway, gateway: Gateway) -> None:
    with pytest.raises(GatewayError, match="LLM_MODEL=none"):
        await GatewayLlm(gateway, "none").ask("s", "u", task="t", max_tokens=1)
    assert stub.asked == []


async def test_speech_and_a_picture(gateway: Gateway) -> None:
    spoken = await gateway.speech("국물이 진합니다")
    assert (spoken.content[:4], spoken.media_type, spoken.fallback) == (
        b"RIFF",
        "audio/wav",
        "true",
    )
    drawn = await gateway.picture("솥빛국밥")
    assert (drawn.content, drawn.media_type, drawn.fallback) == (PNG, "image/png", "")


async def test_the_real_gateway_gives_vectors_speech_and_cards(tmp_path: Path) -> None:
    """Its own encoder, voice and cards: no key and no network."""
    async with (
        Running(tmp_path, "[services]\nlocal = true\n") as running,
        Gateway(settings(tmp_path, running.url + "/v1")) as gateway,
    ):
        embedder = GatewayEmbedder(gateway, "auto")
        near, same, far = await embedder.embed(
            ["배달이 너무 늦었어요", "배달이 한 시간 걸렸어요", "국물이 진하고 맛있어요"]
        )
        drawn = await gateway.picture("솥빛국밥\n국물이 진합니다")
    assert float(near @ same) > float(near @ far)
    assert embedder.model not in ("", "auto")
    assert (drawn.content[:4], drawn.media_type) == (PNG[:4], "image/png")
    assert drawn.fallback


async def test_the_real_gateway_answers_a_question(tmp_path: Path) -> None:
    endpoint = (
        '[[endpoints]]\nid = "here"\nprovider = "openai"\nbase_url = "{url}"\nmodel = "ok"\n'
        'api_key = "k"\nquality = 0.5\nprice_input = 1\nprice_output = 1\n'
    )
    async with (
        Wall() as wall,
        Running(tmp_path, endpoint.format(url=wall.openai)) as running,
        Gateway(settings(tmp_path, running.url + "/v1")) as gateway,
    ):
        said = await GatewayLlm(gateway, "auto").ask(
            "You summarise.", "국물이 진해요", task="reviews-summary", max_tokens=20
        )
        with pytest.raises(GatewayError) as refused:
            await GatewayLlm(gateway, "no-such-model").ask(
                "s", "u", task="reviews-summary", max_tokens=20
            )
    assert said.text
    assert said.decision_id.startswith("dec_")
    assert said.cost_nano > 0
    assert refused.value.code == "model_not_found"
