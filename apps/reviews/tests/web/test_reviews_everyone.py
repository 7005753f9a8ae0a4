"""The owner's page in a real Chromium: for every language, hand, eye and screen."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from apps.kiosk.tests.web.browsing import INSTALL, chromium
from apps.reviews.tests.web.pretending import Shop
from apps.reviews.tests.web.pretending_http import pretended
from apps.reviews.tests.web.visiting import CHICKEN, settled, visit
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]
from playwright.async_api import Browser, Page, expect

pytestmark = [
    pytest.mark.skipif(chromium() is None, reason=f"no Chromium; as root: {INSTALL}"),
    pytest.mark.asyncio(loop_scope="module"),
]


async def test_the_browser_s_language_is_spoken_and_can_be_changed(
    started: Browser, url: str
) -> None:
    async with visit(started, url, CHICKEN, locale="en-US") as page:
        await expect(page.locator("html")).to_have_attribute("lang", "en")
        await expect(page.locator("#trend h2")).to_have_text("Month by month")
        await expect(page.locator(".strengths h3")).to_have_text("Praised for its broth")
        await settled(page)
        for text in await page.locator(
            "#main :is(h2:not(#head-title), label, th)"
        ).all_inner_texts():
            assert not any("가" <= letter <= "힣" for letter in text), text
        await page.get_by_role("combobox", name="Mood").select_option("negative")
        await page.get_by_role("button", name="한국어").click()
        await expect(page.locator("html")).to_have_attribute("lang", "ko")
        await expect(page.locator(".strengths h3")).to_have_text("국물을 칭찬하는 손님이 많습니다")
        await expect(page.get_by_role("combobox", name="느낌")).to_have_value("negative")
        await page.reload()
        await expect(page.locator("html")).to_have_attribute("lang", "ko")
        await expect(page.locator("#head-title")).to_contain_text("달무리치킨")


async def test_everything_can_be_reached_by_keyboard(started: Browser, url: str) -> None:
    async with visit(started, url, CHICKEN) as page:
        await settled(page)
        wanted = {
            "#place", "#open-upload", "[data-locale=en]", ".cite", "#summary .maker button",
            "[data-aspect] summary", ".strengths button", "#strengths .maker button", "#ask-text",
            "#filter-mood", ".reviews button",
        }  # fmt: skip
        for _ in range(60):
            await page.keyboard.press("Tab")
            styled = "getComputedStyle(document.activeElement).outlineStyle"
            assert await page.evaluate(styled) in ("solid", "auto")
            is_at = "s => document.activeElement.matches(s)"
            wanted -= {one for one in wanted if await page.evaluate(is_at, one)}
            if not wanted:
                return
    raise AssertionError(f"cannot be reached: {wanted}")


@pytest.mark.parametrize("locale", ["ko-KR", "en-US"])
async def test_nothing_scrolls_sideways_on_a_small_phone(
    started: Browser, url: str, locale: str
) -> None:
    async with visit(started, url, CHICKEN, size=(360, 740), locale=locale) as page:
        await settled(page)
        await page.locator("details").evaluate_all("all => all.forEach(one => one.open = true)")
        await page.locator("#strengths .maker button").click()
        await expect(page.locator("#strengths img")).to_be_visible()
        overflow = "document.scrollingElement.scrollWidth - innerWidth"
        edges = "[...document.querySelectorAll('main :is(button, svg, input, select)')].map("
        edges += "(e) => e.getBoundingClientRect().right)"
        assert await page.evaluate(overflow) <= 0
        assert max(await page.evaluate(edges)) <= 360
        await page.locator("#open-upload").click()
        inside = "(d => d.scrollWidth - d.clientWidth)(document.querySelector('dialog[open]'))"
        assert await page.evaluate(inside) <= 0


@pytest.mark.parametrize(
    ("scheme", "size", "opens"),
    [("light", (1440, 900), ".cite >> nth=0"), ("dark", (360, 740), "#open-upload")],
)
async def test_axe_finds_nothing(
    started: Browser, url: str, scheme: str, size: tuple[int, int], opens: str
) -> None:
    async with visit(
        started, url, CHICKEN, color_scheme=scheme, reduced_motion="reduce", size=size
    ) as page:
        await page.get_by_role("button", name="요약 듣기").click()
        await page.get_by_role("button", name="카드 그리기").click()
        await page.get_by_label("찾는 내용").fill("배달 늦어요")
        await page.keyboard.press("Enter")
        await page.locator("details").evaluate_all("all => all.forEach(one => one.open = true)")
        await expect(page.locator("audio, #strengths img")).to_have_count(2)
        await settled(page)
        await no_violations(page)
        await page.locator(opens).click()
        await expect(page.get_by_role("dialog")).to_be_visible()
        await no_violations(page)


async def no_violations(page: Page) -> None:
    results = await Axe().run(page)
    assert results.violations_count == 0, results.generate_report()


async def test_nothing_moves_for_those_who_asked(started: Browser) -> None:
    shop = replace(Shop.sample(), held={"dalmuri": asyncio.Event()})
    async with (
        pretended(shop) as url,
        visit(started, url, CHICKEN, reduced_motion="reduce") as page,
    ):
        moving = "e => getComputedStyle(e, '::before').animationName"
        assert await page.locator("#trend .waiting").evaluate(moving) == "none"
        shop.held["dalmuri"].set()
