"""The page's own routes, before any browser: what they take, refuse and promise in their headers."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio
from apps.reviews.tests.web.pretending import Shop
from apps.reviews.tests.web.pretending_http import Mouth, listening, pretended
from apps.reviews.tests.web.serving import LOCAL, OTHER_PROVIDER, gateway

from gilmok_reviews.gateway import Gateway
from gilmok_reviews.settings import load

SECRET = "할머니 손맛"


@pytest.fixture
def mouth() -> Mouth:
    return Mouth()


@pytest_asyncio.fixture
async def page(mouth: Mouth) -> AsyncIterator[httpx.AsyncClient]:
    async with (
        pretended(Shop.sample(), mouth) as url,
        httpx.AsyncClient(base_url=url, trust_env=False) as client,
    ):
        yield client


@pytest.mark.parametrize(
    ("asked", "given"),
    [("ko-KR,ko;q=0.9", "ko"), ("en-US", "en"), ("fr, en;q=0.5, ko;q=0.2", "en"), ("", "ko")],
)
async def test_the_page_comes_in_the_browser_s_language(
    page: httpx.AsyncClient, asked: str, given: str
) -> None:
    answer = await page.get("/", headers={"accept-language": asked})
    assert f'<html lang="{given}">' in answer.text
    assert answer.headers["vary"] == "accept-language"
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["/", "/page/static/main.js"])
async def test_nothing_may_come_from_elsewhere(page: httpx.AsyncClient, path: str) -> None:
    headers = (await page.get(path)).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "require-trusted-types-for 'script'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert headers["x-content-type-options"] == "nosniff"


async def test_speech_is_the_gateway_s_and_says_why_it_is_a_fallback(
    page: httpx.AsyncClient, mouth: Mouth
) -> None:
    answer = await page.post("/page/speech", json={"text": "국물이 진합니다", "locale": "ko"})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "audio/wav"
    assert answer.headers["x-gilmok-fallback"] == "only"
    assert answer.content.startswith(b"RIFF")
    assert mouth.asked == ["국물이 진합니다"]


async def test_what_a_provider_made_is_not_marked(page: httpx.AsyncClient, mouth: Mouth) -> None:
    mouth.fallback = ""
    answer = await page.post("/page/card", json={"name": "솥빛국밥", "claim": "국물"})
    assert answer.headers["content-type"] == "image/png"
    assert "x-gilmok-fallback" not in answer.headers


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/page/speech", {"text": "  "}),
        ("/page/speech", {"text": SECRET * 1000}),
        ("/page/speech", {"text": SECRET, "voice": SECRET}),
        ("/page/speech", {"text": SECRET, "locale": SECRET}),
        ("/page/card", {"name": SECRET}),
        ("/page/card", {"name": SECRET, "claim": SECRET * 100}),
        ("/page/card", [SECRET]),
    ],
)
async def test_a_body_that_does_not_fit_is_refused_and_not_quoted(
    page: httpx.AsyncClient, mouth: Mouth, path: str, body: object
) -> None:
    answer = await page.post(path, json=body)
    assert answer.status_code == 422
    assert answer.json()["error"]["code"] == "invalid_request"
    assert SECRET not in answer.text
    assert mouth.asked == []


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
async def test_a_form_of_a_foreign_page_is_refused(
    page: httpx.AsyncClient, mouth: Mouth, kind: str
) -> None:
    body = b'{"text": "hello"}'
    answer = await page.post("/page/speech", content=body, headers={"content-type": kind})
    assert answer.status_code == 422
    assert mouth.asked == []


async def test_too_much_is_refused_before_it_is_read(page: httpx.AsyncClient) -> None:
    answer = await page.post("/page/speech", json={"text": "x" * 40_000})
    assert answer.status_code == 413


@pytest.mark.parametrize("path", ["/page/speech", "/page/card"])
async def test_what_costs_money_needs_the_key(mouth: Mouth, path: str) -> None:
    shop = Shop.sample()
    shop.key = "open sesame"
    async with (
        pretended(shop, mouth) as url,
        httpx.AsyncClient(base_url=url, trust_env=False) as client,
    ):
        body = {"text": "안녕"} if path == "/page/speech" else {"name": "가", "claim": "나"}
        assert (await client.post(path, json=body)).status_code == 401
        assert mouth.asked == []
        with_key = {"authorization": "Bearer open sesame"}
        assert (await client.post(path, json=body, headers=with_key)).status_code == 200


@pytest.mark.parametrize(("made_by", "marked"), [(LOCAL, "only"), (OTHER_PROVIDER, "")])
async def test_only_what_was_made_locally_is_marked(made_by: dict[str, str], marked: str) -> None:
    async with listening(gateway(made_by)) as upstream:
        settings = load({"GILMOK_URL": f"{upstream}/v1"})
        async with Gateway(settings) as client:
            assert (await client.speech("국물이 진합니다")).fallback == marked
            assert (await client.picture("솥빛국밥")).fallback == marked


async def test_the_gateway_s_refusal_is_passed_on(page: httpx.AsyncClient, mouth: Mouth) -> None:
    mouth.down = True
    answer = await page.post("/page/speech", json={"text": "안녕"})
    assert answer.status_code == 502
    assert answer.json()["error"]["code"] == "gateway_unreachable"
