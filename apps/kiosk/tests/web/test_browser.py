"""The page in a real Chromium, before a real gateway: ordered in words, by touch, by keyboard."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from apps.kiosk.tests.web.browsing import INSTALL, browser, chromium, visit
from apps.kiosk.tests.web.running import (
    EXAMPLE,
    EXAMPLE_PRICE,
    HOSTILE,
    RECOMMEND,
    Far,
    Kiosk,
    Mouthpiece,
    speechless,
)
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]
from playwright.async_api import Browser, Page, expect
from tests.wall import Wall

pytestmark = [
    pytest.mark.skipif(chromium() is None, reason=f"no Chromium; as root: {INSTALL}"),
    pytest.mark.asyncio(loop_scope="module"),
]

PRICE = f"{EXAMPLE_PRICE:,}원"
QUESTION = "우주는 왜 어두운가요?"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def started() -> AsyncIterator[Browser]:
    async with browser(chromium() or "") as started:
        yield started


@pytest_asyncio.fixture(loop_scope="module")
async def page(started: Browser, kiosk: Kiosk, wall: Wall) -> AsyncIterator[Page]:
    async with visit(started, kiosk.url) as page:
        yield page


async def say(page: Page, text: str) -> None:
    """Writes and sends, and waits for the whole reply."""
    before = await page.locator(".turn").count()
    await page.locator("#words").fill(text)
    await page.keyboard.press("Enter")
    await expect(page.locator(".turn")).to_have_count(before + 1)
    await expect(page.locator("#send")).to_be_visible()


# --- orders ---------------------------------------------------------------------------------------


async def test_an_order_in_words_ends_in_the_right_receipt(page: Page) -> None:
    await page.locator("#words").fill(EXAMPLE)
    await page.get_by_role("button", name="보내기").click()
    await expect(page.locator("#total")).to_have_text(PRICE)
    line = page.locator(".line")
    await expect(line).to_have_count(1)
    for word in ("카페라떼", "라지", "두유", "샷 2"):
        await expect(line).to_contain_text(word)
    account = page.locator(".account")
    await expect(account).to_contain_text("이 기기 안에서")
    await expect(account).to_contain_text("규칙이 처리")
    await page.get_by_role("button", name="주문 확정").click()
    receipt = page.get_by_role("dialog", name="영수증")
    await expect(receipt).to_contain_text(f"{EXAMPLE_PRICE // 3:,}원 × 3")
    await expect(receipt.locator("tfoot")).to_contain_text(PRICE)
    await receipt.get_by_role("button", name="새 주문 시작").click()
    await expect(page.locator(".line, .turn")).to_have_count(0)


async def test_an_order_by_touch(started: Browser, kiosk: Kiosk) -> None:
    async with visit(started, kiosk.url, has_touch=True, size=(1080, 1920)) as page:
        await page.locator("[data-item=latte]").tap()
        dialog = page.get_by_role("dialog", name="카페라떼")
        await dialog.get_by_text("라지").tap()
        await dialog.get_by_text("두유").tap()
        for _ in range(2):
            await dialog.get_by_role("button", name="샷 추가 늘리기").tap()
            await dialog.get_by_role("button", name="수량 늘리기").tap()
        await dialog.get_by_role("button", name=f"담기 · {PRICE}").tap()
        await expect(page.locator("#total")).to_have_text(PRICE)
        await page.get_by_role("button", name="하나 더").tap()
        await expect(page.locator("#total")).to_have_text(f"{EXAMPLE_PRICE // 3 * 4:,}원")
        await page.get_by_role("button", name="옵션 바꾸기").tap()
        await page.get_by_role("dialog").get_by_text("레귤러").tap()
        await page.get_by_role("button", name="바꾸기 ·").tap()
        await expect(page.locator("#total")).to_have_text("26,000원")
        await page.get_by_role("button", name="삭제").tap()
        await expect(page.locator("#total")).to_have_text("0원")
        await expect(page.locator("#confirm")).to_be_disabled()


async def test_an_order_by_keyboard_alone(page: Page) -> None:
    press = page.keyboard.press

    async def reach(selector: str) -> None:
        """Tabs there; every stop on the way must show that it has the focus."""
        for _ in range(60):
            await press("Tab")
            if await page.evaluate("document.activeElement !== document.body"):
                outline = "const it = document.activeElement; getComputedStyle(it).outlineStyle"
                label = "getComputedStyle(it.closest('label') ?? it).outlineStyle"
                assert "solid" in await page.evaluate(f"{outline} + {label}")
            if await page.evaluate(f"document.activeElement.matches({json.dumps(selector)})"):
                return
        raise AssertionError(f"{selector} cannot be reached")

    await reach("[data-item=latte]")
    await press("Enter")
    await expect(page.locator("input[name=temperature]").first).to_be_focused()
    await reach("input[name=size]")
    await press("ArrowRight")
    await press("Enter")
    await expect(page.locator("#options")).to_be_hidden()
    await expect(page.locator("[data-item=latte]")).to_be_focused()
    await expect(page.locator("#total")).to_have_text("5,700원")
    await reach("[data-key='0:more']")
    await press("Space")
    await expect(page.locator("#total")).to_have_text("11,400원")
    await expect(page.locator("[data-key='0:more']")).to_be_focused()
    await reach("#confirm")
    await press("Enter")
    await expect(page.get_by_role("dialog", name="영수증")).to_contain_text("11,400원")
    await press("Escape")
    await expect(page.locator("#receipt")).to_be_hidden()


async def test_the_dialog_keeps_the_keyboard_and_escape_gives_it_back(page: Page) -> None:
    await page.locator("[data-item=cappuccino]").focus()
    await page.keyboard.press("Enter")
    inside = "document.activeElement.closest('#options') !== null"
    # Past its last control a browser goes to its own bar, which is no element of the page.
    nowhere = "document.activeElement === document.body"
    for key in ["Tab"] * 20 + ["Shift+Tab"] * 20:
        await page.keyboard.press(key)
        assert await page.evaluate(f"{inside} || {nowhere}")
    await page.keyboard.press("Escape")
    await expect(page.locator("#options")).to_be_hidden()
    await expect(page.locator("[data-item=cappuccino]")).to_be_focused()


# --- what it says -----------------------------------------------------------------------------------


async def test_a_model_answer_streams_and_says_where_it_came_from(page: Page) -> None:
    await say(page, QUESTION)
    account = page.locator(".account summary")
    for fact in ("이 기기 안에서", "모델이 답함", "here", "민감도", "비용 없음"):
        await expect(account).to_contain_text(fact)
    await account.click()
    await expect(page.locator(".account code")).to_contain_text("gilmok explain dec_")
    said = await page.locator(".said").inner_text()
    await expect(page.locator("#spoken")).to_contain_text(said)
    await expect(page.locator("#lamp")).to_contain_text("모든 말이 이 기기 안에")


@pytest.mark.parametrize("wall", ["pace=1000"], indirect=True)
async def test_stop_ends_an_answer_and_not_the_conversation(wall: Wall, page: Page) -> None:
    await page.locator("#words").fill(QUESTION)
    await page.keyboard.press("Enter")
    await wall.wait_received()
    await page.get_by_role("button", name="멈추기").click()
    await expect(page.locator(".note")).to_have_text("여기서 멈췄습니다.")
    await expect(page.locator("#lamp")).to_contain_text("어디로 갔는지 모릅니다")
    await say(page, EXAMPLE)
    await expect(page.locator("#total")).to_have_text(PRICE)


async def test_markup_from_anyone_stays_text(started: Browser) -> None:
    async with (
        Kiosk("http://127.0.0.1:9", Mouthpiece) as hostile,
        visit(started, hostile.url) as page,
    ):
        await say(page, HOSTILE)
        for _ in range(2):
            for place in (".mine", ".said", ".trouble", ".account summary", ".account code"):
                await expect(page.locator(place)).to_contain_text(HOSTILE)
            assert await page.locator("#turns :is(img, b)").count() == 0
            assert await page.title() == "길목 커피 · 주문"
            await page.reload()
            await page.locator("html[data-ready]").wait_for()


async def test_the_language_changes_everything_but_what_was_said(page: Page) -> None:
    await say(page, EXAMPLE)
    said = await page.locator(".said").inner_text()
    await page.get_by_role("button", name="English").click()
    await expect(page.locator("html")).to_have_attribute("lang", "en")
    await expect(page.locator("#total")).to_have_text(f"₩{EXAMPLE_PRICE:,}")
    await expect(page.locator(".line")).to_contain_text("soy milk")
    await expect(page.locator(".account")).to_contain_text("Stays on this machine")
    await expect(page.locator(".said")).to_have_text(said)
    hangul = "[...document.querySelectorAll('h2, h3, button, label')].map((e) => e.textContent)"
    for text in await page.evaluate(hangul):
        assert text == "한국어" or not any("가" <= letter <= "힣" for letter in text), text
    await page.reload()
    await expect(page.locator("html")).to_have_attribute("lang", "en")


async def test_without_a_gateway_the_page_says_what_still_works(started: Browser) -> None:
    async with (
        Kiosk("http://127.0.0.1:9") as alone,
        visit(started, alone.url) as page,
    ):
        await say(page, QUESTION)
        await expect(page.locator(".trouble")).to_contain_text("주문은 계속 받을 수 있습니다")
        await page.locator("[data-item=bagel]").click()
        await page.get_by_role("button", name="담기").click()
        await expect(page.locator("#total")).to_have_text("4,000원")


async def test_a_guest_of_a_forgotten_session_is_told_and_begins_anew(
    started: Browser, kiosk: Kiosk
) -> None:
    async with visit(started, kiosk.url, may_complain="401 (Unauthorized)") as page:
        await page.context.clear_cookies()
        await page.locator("#words").fill(EXAMPLE)
        await page.keyboard.press("Enter")
        notice = page.get_by_role("alert")
        await expect(notice).to_contain_text("새로 시작해 주세요")
        await expect(page.locator(".turn")).to_have_count(0)
        await expect(page.locator("#lamp")).to_contain_text("모든 말이 이 기기 안에")
        await page.mouse.click(5, 5)
        await expect(notice).to_be_hidden()
        await say(page, EXAMPLE)
        await expect(page.locator("#total")).to_have_text(PRICE)


async def test_a_cloud_answer_lights_the_other_lamp(started: Browser) -> None:
    async with Kiosk("http://127.0.0.1:9", Far) as far, visit(started, far.url) as page:
        await say(page, QUESTION)
        await expect(page.locator(".account")).to_contain_text("클라우드로 보냄")
        await expect(page.locator(".account")).to_contain_text("$0.000012")
        await expect(page.locator("#lamp")).to_have_attribute("data-zone", "cloud")
        await expect(page.locator("#lamp")).to_contain_text("일부 말이 클라우드로 나갔습니다")
        await page.get_by_role("button", name="처음부터").click()
        await expect(page.locator("#lamp")).to_have_attribute("data-zone", "local")


async def test_nobody_is_told_that_all_stayed_here_when_that_is_not_known(
    started: Browser,
) -> None:
    async with (
        speechless() as url,
        Kiosk(url) as kiosk,
        visit(started, kiosk.url) as page,
    ):
        await say(page, RECOMMEND)
        await expect(page.locator(".account")).to_contain_text("어디로 갔는지 모름")
        await expect(page.locator("#lamp")).to_have_attribute("data-zone", "unknown")


async def test_a_guest_who_walked_away_is_forgotten(started: Browser, kiosk: Kiosk) -> None:
    # The page's clock outruns the network: what tells of a guest may arrive after she was forgotten.
    async with visit(started, kiosk.url, own_clock=True, may_complain="401") as page:
        await say(page, EXAMPLE)
        await page.clock.run_for(200_000)
        away = page.get_by_role("dialog", name="계속 주문하시겠어요?")
        await away.get_by_role("button", name="계속하기").click()
        await expect(page.locator(".turn")).to_have_count(1)
        await page.clock.run_for(200_000)
        await expect(away).to_be_visible()
        await page.clock.run_for(35_000)
        await expect(page.locator(".turn, .line")).to_have_count(0)


# --- for everyone -----------------------------------------------------------------------------------


async def test_nothing_scrolls_sideways_on_a_small_phone(started: Browser, kiosk: Kiosk) -> None:
    async with visit(started, kiosk.url, size=(360, 640), locale="en-US") as page:
        overflow = "document.scrollingElement.scrollWidth - innerWidth"
        inside = "(d => d.scrollWidth - d.clientWidth)(document.querySelector('dialog[open]'))"
        edges = "[...document.querySelectorAll('.product, main button')].map("
        edges += "(e) => e.getBoundingClientRect().right)"
        assert await page.evaluate(overflow) <= 0
        await say(page, EXAMPLE)
        assert max(await page.evaluate(edges)) <= 360  # nothing hides beyond the edge, either
        await page.locator("[data-item=cappuccino]").click()
        assert await page.evaluate(inside) <= 0
        await page.keyboard.press("Escape")
        await page.locator("#confirm").click()
        await expect(page.locator("#receipt")).to_be_visible()
        assert await page.evaluate(inside) <= 0
        assert await page.evaluate(overflow) <= 0


@pytest.mark.parametrize(("scheme", "size"), [("light", (1440, 900)), ("dark", (360, 740))])
async def test_axe_finds_nothing(
    started: Browser, kiosk: Kiosk, scheme: str, size: tuple[int, int]
) -> None:
    async with visit(
        started, kiosk.url, color_scheme=scheme, reduced_motion="reduce", size=size
    ) as page:
        await say(page, EXAMPLE)
        await say(page, QUESTION)
        await no_violations(page)
        await page.locator("[data-item=latte]").click()
        await no_violations(page)
        await page.keyboard.press("Escape")
        await page.locator("#confirm").click()
        await expect(page.locator("#receipt")).to_be_visible()
        await no_violations(page)


async def no_violations(page: Page) -> None:
    results = await Axe().run(page)
    assert results.violations_count == 0, results.generate_report()


async def test_landmarks_and_live_regions_are_named(page: Page) -> None:
    for name in ("메뉴", "말로 주문하기", "주문서"):
        await expect(page.get_by_role("region", name=name, exact=True)).to_be_visible()
    await expect(page.get_by_role("textbox", name="주문할 내용")).to_be_visible()
    await expect(page.locator("#spoken")).to_have_attribute("role", "status")
    await expect(page.locator("#total")).to_have_attribute("aria-live", "polite")
    assert await page.get_by_role("main").count() == 1


async def test_nothing_moves_for_those_who_asked(started: Browser, kiosk: Kiosk) -> None:
    async with visit(started, kiosk.url, reduced_motion="reduce") as page:
        await page.locator("[data-item=latte]").click()
        moving = "getComputedStyle(document.querySelector('#options')).animationName"
        assert await page.evaluate(moving) == "none"
