"""The owner's page in a real Chromium, where something is missing, broken, slow or hostile."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from apps.kiosk.tests.web.browsing import INSTALL, chromium
from apps.reviews.tests.web.pretending import Shop, plain
from apps.reviews.tests.web.pretending_http import pretended
from apps.reviews.tests.web.visiting import CHICKEN, HOSTILE, settled, visit
from playwright.async_api import Browser, expect

from gilmok_reviews.domain import Restaurant

pytestmark = [
    pytest.mark.skipif(chromium() is None, reason=f"no Chromium; as root: {INSTALL}"),
    pytest.mark.asyncio(loop_scope="module"),
]


async def test_markup_from_anyone_stays_text(started: Browser) -> None:
    places = [
        Restaurant(id='<x"&>', name=HOSTILE, category=HOSTILE),
        Restaurant(id="other", name=HOSTILE),
    ]
    reviews = [plain(f"{HOSTILE}{n}", f"{HOSTILE} 맛 {n}", place='<x"&>') for n in range(8)]
    shop = Shop(places, {'<x"&>': reviews, "other": []})
    async with pretended(shop) as url, visit(started, url) as page:
        await settled(page)
        for place in ("#head-title", "#summary li", ".strengths li", ".reviews > li", ".aspect"):
            await expect(page.locator(place).first).to_contain_text(HOSTILE)
        await page.get_by_label("찾는 내용").fill(HOSTILE)
        await page.keyboard.press("Enter")
        await expect(page.locator(".similar > li").first).to_contain_text(HOSTILE)
        await page.get_by_role("button", name="카드 그리기").click()
        await expect(page.locator("#strengths img")).to_be_visible()
        await page.locator("[data-review]").first.click()
        await expect(page.get_by_role("dialog")).to_contain_text(HOSTILE)
        assert await page.locator("main :is(b, img[src='/x']), dialog :is(b, img)").count() == 0
        assert await page.title() != "owned"


async def test_without_reviews_it_says_what_to_do(started: Browser) -> None:
    async with pretended(Shop()) as url, visit(started, url) as page:
        await expect(page.locator("#gate")).to_contain_text("아직 리뷰가 없습니다")
        await expect(page.locator("#gate pre")).to_have_text("gilmok-reviews serve --sample")
        await page.locator("#gate").get_by_role("button", name="리뷰 올리기").click()
        await expect(page.get_by_role("dialog", name="리뷰 올리기")).to_be_visible()


async def test_a_place_with_two_reviews_is_not_judged_too_surely(started: Browser) -> None:
    shop = Shop(
        [Restaurant(id="here", name="여기")], {"here": [plain("r1", "맛"), plain("r2", "양")]}
    )
    async with pretended(shop) as url, visit(started, url) as page:
        await expect(page.locator("#head .note")).to_contain_text("아직 단정하지 마세요")
        await expect(page.locator("#strengths .note")).to_contain_text("견줄 다른 가게가 없습니다")
        await expect(page.get_by_role("button", name="카드 그리기")).to_have_count(0)


async def test_a_locked_service_asks_for_its_key(started: Browser) -> None:
    shop = replace(Shop.sample(), key="open sesame")
    async with (
        pretended(shop) as url,
        visit(started, url, may_complain="401 (Unauthorized)") as page,
    ):
        await page.get_by_label("열쇠").fill("wrong")
        await page.keyboard.press("Enter")
        await expect(page.get_by_label("열쇠")).to_have_value("")
        await page.get_by_label("열쇠").fill("open sesame")
        await page.get_by_role("button", name="들어가기").click()
        await expect(page.locator("#head-title")).to_contain_text("솥빛국밥")
        await settled(page)
        await page.get_by_role("button", name="요약 듣기").click()
        await expect(page.locator("audio")).to_be_visible()


async def test_one_panel_that_fails_leaves_the_others_and_tries_again(started: Browser) -> None:
    shop = replace(Shop.sample(), broken={"/api/v1/llm/summarize", "/api/v1/vector/search/similar"})
    async with (
        pretended(shop) as url,
        visit(started, url, CHICKEN, may_complain="503 (Service Unavailable)") as page,
    ):
        trouble = page.locator("#summary").get_by_role("alert")
        await expect(trouble).to_contain_text("벡터 저장소")
        await expect(page.locator(".strengths > li")).to_be_visible()
        shop.broken.clear()
        await trouble.get_by_role("button", name="다시 시도").click()
        await expect(page.locator("#summary li").first).to_contain_text("배달로는")


async def test_a_service_that_is_gone_is_named_with_what_to_do(started: Browser) -> None:
    async with (
        pretended(Shop.sample()) as url,
        visit(started, url, may_complain="ERR_") as page,
    ):
        await page.context.set_offline(True)
        await page.locator("#place").select_option("dalmuri")
        trouble = page.locator("#trend").get_by_role("alert")
        await expect(trouble).to_contain_text("gilmok-reviews serve")


async def test_an_answer_about_the_place_before_is_dropped(started: Browser) -> None:
    held = asyncio.Event()
    shop = replace(Shop.sample(), held={"dalmuri": held})
    async with pretended(shop) as url, visit(started, url, CHICKEN) as page:
        await expect(page.locator("#trend .waiting")).to_contain_text("리뷰를 판단하는 중")
        await page.locator("#place").select_option("sotbit")
        await expect(page.locator(".figures .good")).to_contain_text("77%")
        await settled(page)
        async with page.expect_response("**/restaurants/dalmuri?*") as late:
            held.set()
        await (await late.value).finished()
        await page.evaluate("() => new Promise(requestAnimationFrame)")
        await expect(page.locator(".figures .good")).to_contain_text("77%")
        await expect(page.locator("#reviews [role=status]")).to_contain_text("47개 가운데 47개")
