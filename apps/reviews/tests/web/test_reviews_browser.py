"""The owner's page in a real Chromium, before a service that only pretends: fast, hostile, broken."""

from __future__ import annotations

from dataclasses import replace

import pytest
from apps.kiosk.tests.web.browsing import INSTALL, chromium
from apps.reviews.tests.web.pretending import Shop, plain
from apps.reviews.tests.web.pretending_http import Mouth, pretended
from apps.reviews.tests.web.visiting import CHICKEN, HOSTILE, visit
from playwright.async_api import Browser, FilePayload, expect

from gilmok_reviews.domain import Restaurant

pytestmark = [
    pytest.mark.skipif(chromium() is None, reason=f"no Chromium; as root: {INSTALL}"),
    pytest.mark.asyncio(loop_scope="module"),
]

CHICKEN_REVIEWS = 57


# --- what it shows ----------------------------------------------------------------------------------


async def test_a_restaurant_at_a_glance(started: Browser, url: str) -> None:
    async with visit(started, url, CHICKEN) as page:
        await expect(page.get_by_role("heading", level=2).first).to_contain_text("달무리치킨")
        await expect(page).to_have_title("달무리치킨 · 길목 리뷰")
        figures = page.locator(".figures")
        await expect(figures).to_contain_text(str(CHICKEN_REVIEWS))
        await expect(figures.locator(".good")).to_contain_text("58% (51–64)")
        chart = page.get_by_role("img", name="달마다의 긍정과 부정 비율")
        await expect(chart.locator(".dot.positive")).to_have_count(12)
        await expect(chart.locator(".whisker.negative")).to_have_count(12)
        await page.get_by_text("표로 보기").click()
        row = page.get_by_role("row", name="2026년 7월")
        await expect(row).to_contain_text("14%")
        await expect(page.locator(".aspect")).to_have_count(5)


async def test_an_aspect_opens_to_the_sentences_that_show_it(started: Browser, url: str) -> None:
    async with visit(started, url, CHICKEN) as page:
        aspect = page.locator("[data-aspect=delivery]")
        for part in ("배달", "26개 리뷰", "부정 46% (37–56)", "긍정 46% (37–56)"):
            await expect(aspect.locator("summary")).to_contain_text(part)
        await expect(aspect.locator("blockquote").first).to_be_hidden()
        await aspect.locator("summary").click()
        await expect(aspect.locator("blockquote")).to_have_count(4)


async def test_a_citation_opens_the_review_it_names(started: Browser, url: str) -> None:
    async with visit(started, url, CHICKEN) as page:
        await page.get_by_role("button", name="리뷰 1 보기").click()
        dialog = page.get_by_role("dialog", name="리뷰")
        await expect(dialog).to_contain_text("배달로는 추천 안합니다 가서 드세요")
        await expect(dialog.locator("mark.negative")).to_be_visible()
        await expect(dialog.get_by_role("img", name="별 다섯 개 중 2")).to_be_visible()
        await page.keyboard.press("Escape")
        await expect(dialog).to_be_hidden()
        await expect(page.get_by_role("button", name="리뷰 1 보기")).to_be_focused()


async def test_a_citation_may_be_older_than_the_list_goes(started: Browser) -> None:
    shop = replace(Shop.sample(), listed=2)
    async with pretended(shop) as url, visit(started, url, CHICKEN) as page:
        await expect(page.locator("#reviews")).to_contain_text("가장 새로운 2개를 보여 줍니다")
        await page.get_by_role("button", name="리뷰 6 보기").click()
        dialog = page.get_by_role("dialog", name="리뷰")
        await expect(dialog).to_contain_text("예상시간이 계속 늘어나요")
        await expect(dialog.locator(".mood.negative").first).to_be_visible()


async def test_a_strength_stands_beside_the_rate_of_similar_places(
    started: Browser, url: str
) -> None:
    async with visit(started, url, CHICKEN) as page:
        strength = page.locator(".strengths > li")
        await expect(strength).to_contain_text("51% (37–65)")
        await expect(strength).to_contain_text("11% (4–24)")
        await strength.get_by_role("button", name="읽기").first.click()
        await expect(page.get_by_role("dialog")).to_contain_text("포장 할인 생겨서 좋아요")


async def test_similar_reviews_here_and_elsewhere(started: Browser, url: str) -> None:
    async with visit(started, url, CHICKEN) as page:
        await page.get_by_label("찾는 내용").fill("배달 늦어요")
        await page.keyboard.press("Enter")
        found = page.locator(".similar > li")
        await expect(found.first).to_contain_text("배달 앱 바뀐 뒤로")
        await expect(found.first).to_contain_text("가까움 1.00")
        await page.get_by_label("찾는 내용").fill("새우젓으로")
        await page.keyboard.press("Enter")
        await expect(page.locator("#similar")).to_contain_text("다른 가게에서도 찾아보세요")
        await page.get_by_label("다른 가게에서도 찾기").check()
        await page.get_by_role("button", name="찾기", exact=True).click()
        await expect(found).to_contain_text("느루순댓국")


async def test_the_list_narrows_by_mood_topic_month_and_words(started: Browser, url: str) -> None:
    async with visit(started, url, CHICKEN) as page:
        shown = page.locator("#reviews [role=status]")
        await expect(shown).to_have_text(f"{CHICKEN_REVIEWS}개 가운데 {CHICKEN_REVIEWS}개")
        await expect(page.locator(".reviews > li")).to_have_count(20)
        await page.get_by_role("button", name="더 보기").click()
        await expect(page.locator(".reviews > li")).to_have_count(40)
        await expect(page.locator(".reviews > li").nth(20).get_by_role("button")).to_be_focused()
        await page.get_by_role("combobox", name="느낌").select_option("부정")
        await page.get_by_role("combobox", name="주제").select_option("배달")
        await expect(shown).to_have_text(f"{CHICKEN_REVIEWS}개 가운데 12개")
        await page.locator(".hit").last.click()
        await expect(page.get_by_role("combobox", name="달 ")).to_have_value("2026-09")
        await expect(page.locator(".reviews > li")).to_have_count(2)
        await page.get_by_role("searchbox", name="들어 있는 말").fill("여전")
        await expect(page.locator(".reviews > li")).to_have_count(1)
        await page.get_by_role("searchbox", name="들어 있는 말").fill("없는 말")
        await expect(page.locator("#reviews")).to_contain_text("조건을 줄여 보세요")


async def test_one_review_leads_to_its_like(started: Browser, url: str) -> None:
    async with visit(started, url, CHICKEN) as page:
        await page.get_by_role("button", name="비슷한 리뷰", exact=True).nth(1).click()
        await expect(page.get_by_label("찾는 내용")).to_have_value(
            "포장 할인 생겨서 좋아요 직접 가면 여전히 바삭하고 맛있음"
        )
        await expect(page.locator(".similar > li").first).to_contain_text("포장 할인")


async def test_a_sentence_after_an_emoji_is_marked_whole(started: Browser) -> None:
    review = plain("r1", "맛있어요😋👍 배달은 늦었지만 또 시킬게요")
    start = review["text"].index("배달")
    opinion = {"aspect": "delivery", "polarity": "negative", "confidence": 0.9}
    review["judgement"]["opinions"] = [opinion | {"start": start, "end": start + 7}]
    shop = Shop([Restaurant(id="here", name="여기")], {"here": [review]})
    async with pretended(shop) as url, visit(started, url) as page:
        await expect(page.locator(".reviews mark")).to_have_text("배달은 늦었지")


async def test_an_upload_shows_what_it_took_and_what_it_would_not(started: Browser) -> None:
    lines = [
        '{"restaurant_id": "mine", "text": "국물이 진해요", "rating": 5}',
        "no json",
        '{"restaurant_id": "mine", "text": "양이 적어요", "rating": 2}',
    ]
    file: FilePayload = {
        "name": "리뷰.jsonl", "mimeType": "application/octet-stream",
        "buffer": "\n".join(lines).encode(),
    }  # fmt: skip
    async with pretended(Shop()) as url, visit(started, url) as page:
        await page.locator("#open-upload").click()
        dialog = page.get_by_role("dialog", name="리뷰 올리기")
        await dialog.get_by_role("button", name="올리기").click()
        await expect(dialog).to_contain_text("먼저 파일을 고르세요")
        await dialog.get_by_label("파일").set_input_files(file)
        await dialog.get_by_role("button", name="올리기").click()
        await expect(dialog.get_by_role("status")).to_contain_text("새 리뷰 2개를 넣고")
        await expect(dialog.get_by_role("status")).to_contain_text("받지 못한 줄 1개")
        await expect(dialog.get_by_role("row").last).to_contain_text(f"2{HOSTILE}")
        await dialog.get_by_role("button", name="닫기").click()
        await expect(page.locator("#head-title")).to_have_text("mine")
        await expect(page.locator(".reviews > li")).to_have_count(2)


async def test_a_file_that_cannot_be_read_says_what_it_must_be(started: Browser) -> None:
    shop = Shop(unreadable=True)
    file: FilePayload = {"name": "x.jsonl", "mimeType": "", "buffer": b"?"}
    async with pretended(shop) as url, visit(started, url) as page:
        await page.locator("#open-upload").click()
        await page.get_by_label("파일").set_input_files(file)
        await page.get_by_role("dialog").get_by_role("button", name="올리기").click()
        await expect(page.get_by_role("alert")).to_contain_text("첫 줄에 열 이름이 있는 CSV")


# --- what is made -----------------------------------------------------------------------------------


async def test_the_summary_is_spoken_and_a_fallback_voice_says_so(started: Browser) -> None:
    mouth = Mouth()
    async with pretended(Shop.sample(), mouth) as url, visit(started, url, CHICKEN) as page:
        await page.get_by_role("button", name="요약 듣기").click()
        await expect(page.get_by_label("소리로 듣는 요약")).to_be_visible()
        await expect(page.locator("#summary .tag")).to_have_text(
            "로컬에서 만든 예비 목소리 · 연결된 서비스가 없어서"
        )
        await expect(page.get_by_role("status").last).to_have_text("들을 준비가 되었습니다.")
        length = "async e => { await e.play(); return e.duration }"
        assert await page.locator("audio").evaluate(length) == pytest.approx(0.1)
    assert mouth.asked[0].startswith("달무리치킨, 리뷰 57개의 요약입니다.\n배달로는")


async def test_the_card_names_the_restaurant_and_its_best(started: Browser) -> None:
    mouth = Mouth(fallback="")
    async with pretended(Shop.sample(), mouth) as url, visit(started, url, CHICKEN) as page:
        await page.get_by_role("button", name="카드 그리기").click()
        image = page.get_by_role("img", name="달무리치킨 카드: 국물을 칭찬하는 손님이 많습니다")
        await expect(image).to_be_visible()
        assert await image.evaluate("async e => { await e.decode(); return e.naturalWidth }") == 8
        await expect(page.locator("#strengths .tag")).to_have_count(0)
        save = page.get_by_role("link", name="그림 저장")
        await expect(save).to_have_attribute("download", "dalmuri.png")
    assert "달무리치킨" in mouth.asked[0]
    assert "국물을 칭찬" in mouth.asked[0]


async def test_a_voice_that_fails_says_why_and_can_be_asked_again(started: Browser) -> None:
    mouth = Mouth()
    mouth.down = True
    async with (
        pretended(Shop.sample(), mouth) as url,
        visit(started, url, CHICKEN, may_complain="502 (Bad Gateway)") as page,
    ):
        await page.get_by_role("button", name="요약 듣기").click()
        trouble = page.locator("#summary").get_by_role("alert")
        await expect(trouble).to_contain_text("게이트웨이에 연결할 수 없습니다.")
        mouth.down = False
        await trouble.get_by_role("button", name="다시 시도").click()
        await expect(page.locator("audio")).to_be_visible()
