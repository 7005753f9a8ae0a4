"""The whole way of an owner, before the real service: upload, read, search, listen, show."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
from apps.kiosk.tests.web.browsing import INSTALL, chromium
from apps.reviews.tests.analysis_scene import CueJudge
from apps.reviews.tests.web.pretending import rows
from apps.reviews.tests.web.serving import served
from apps.reviews.tests.web.visiting import HOSTILE, visit
from playwright.async_api import Browser, FilePayload, Page, expect

from gilmok_reviews.domain import Polarity

pytestmark = [
    pytest.mark.skipif(chromium() is None, reason=f"no Chromium; as root: {INSTALL}"),
    pytest.mark.asyncio(loop_scope="module"),
]


EVIL = "evil/../<b>?x=1#y"


def sample_as_csv() -> FilePayload:
    """The sample with the restaurants' names, and two lines that nobody can use."""
    places = {row["id"]: row for row in rows("restaurants.jsonl")}
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["가게id", "가게명", "업종", "리뷰id", "리뷰", "별점", "작성일"])
    for row in rows("reviews.jsonl"):
        place = places[row["restaurant_id"]]
        about = [place["id"], place["name"], place["category"]]
        writer.writerow([*about, row["id"], row["text"], row["rating"], row["written_at"]])
    writer.writerow(["dalmuri", "", "", "bad-1", "별이 일곱 개", 7, "2026-09-01"])
    writer.writerow(["dalmuri", "", "", "bad-2", "", 5, "2026-09-01"])
    return {"name": "리뷰.csv", "mimeType": "text/csv", "buffer": out.getvalue().encode()}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def service(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    # The classifier that ships has tests of its own, and needs seconds for so many reviews.
    async with served(tmp_path_factory.mktemp("reviews"), CueJudge()) as url:
        yield url


async def upload(page: Page, file: FilePayload) -> str:
    """What the page says in the end."""
    await page.locator("#open-upload").click()
    await page.get_by_label("파일").set_input_files(file)
    dialog = page.get_by_role("dialog", name="리뷰 올리기")
    await dialog.get_by_role("button", name="올리기").click()
    told = dialog.get_by_role("status")
    await expect(told).to_be_visible(timeout=20_000)
    return await told.inner_text()


async def test_an_owner_uploads_reads_searches_listens_and_shows(
    started: Browser, service: str
) -> None:
    async with visit(started, service) as page:
        await expect(page.locator("#gate")).to_contain_text("아직 리뷰가 없습니다")
        told = await upload(page, sample_as_csv())
        assert f"새 리뷰 {len(rows('reviews.jsonl'))}개" in told
        assert "받지 못한 줄 2개" in told
        dialog = page.get_by_role("dialog")
        await expect(dialog.get_by_role("row").nth(1)).to_contain_text("별점은 1에서 5까지")
        await dialog.get_by_role("button", name="닫기").click()
        await page.locator("#place").select_option(label="달무리치킨 · 리뷰 57개")
        await reads(page)
        await searches(page)
        await listens_and_shows(page)


async def reads(page: Page) -> None:
    await expect(page.locator(".figures")).to_contain_text("57")
    chart = page.locator("#trend svg[role=img]")
    await expect(chart.locator(".dot.positive")).to_have_count(12)
    await page.get_by_text("표로 보기").click()
    happy = "e => parseInt(e.cells[2].textContent)"
    before = await page.get_by_role("row", name="2025년 10월").evaluate(happy)
    after = await page.get_by_role("row", name="2026년 8월").evaluate(happy)
    assert before > after + 20  # Delivery got worse in June.
    delivery = page.locator("[data-aspect=delivery]")
    await delivery.locator("summary").click()
    await expect(delivery.locator("blockquote").first).to_be_visible()
    await page.locator("#summary .cite").first.click()
    await expect(page.get_by_role("dialog").locator(".text")).to_be_visible()
    await page.keyboard.press("Escape")


async def searches(page: Page) -> None:
    await page.get_by_label("찾는 내용").fill("배달이 너무 늦어요")
    await page.keyboard.press("Enter")
    found = page.locator(".similar > li")
    await expect(found).to_have_count(8)
    await expect(found.first).to_contain_text("늦")
    await page.get_by_role("combobox", name="느낌").select_option("부정")
    narrowed = page.locator("#reviews [role=status]")
    await expect(narrowed).to_contain_text("57개 가운데")
    await expect(narrowed).not_to_contain_text("가운데 57개")


async def listens_and_shows(page: Page) -> None:
    await page.get_by_role("button", name="요약 듣기").click()
    await expect(page.get_by_label("소리로 듣는 요약")).to_be_visible()
    await expect(page.locator("#summary .tag")).to_contain_text("예비 목소리")
    await page.locator("#place").select_option("sotbit")
    strength = page.locator(".strengths > li").first
    await expect(strength).to_contain_text("국물", timeout=15_000)
    await page.get_by_role("button", name="카드 그리기").click()
    await expect(page.locator("#strengths img")).to_be_visible()
    await expect(page.locator("#strengths .tag")).to_contain_text("로컬에서 그린 카드")


async def test_a_hostile_file_stays_text(started: Browser, service: str) -> None:
    lines = [f'r{n},"{HOSTILE.replace(chr(34), chr(34) * 2)} 맛있어요 {n}",5' for n in range(4)]
    named = f'"{HOSTILE.replace(chr(34), chr(34) * 2)}"'
    body = "id,text,rating,restaurant_id,restaurant_name\n" + "\n".join(
        f"{line},{EVIL},{named}" for line in lines
    )
    file: FilePayload = {"name": "x.csv", "mimeType": "text/csv", "buffer": body.encode()}
    async with visit(started, service) as page:
        assert "새 리뷰 4개" in await upload(page, file)
        await page.keyboard.press("Escape")
        await page.locator("#place").select_option(EVIL)
        await expect(page.locator("#head-title")).to_contain_text(HOSTILE)
        await expect(page.locator(".reviews > li")).to_have_count(4)
        await expect(page.locator(".reviews > li").first).to_contain_text(HOSTILE)
        assert await page.locator("main :is(b, img[src='/x'])").count() == 0
        assert await page.title() != "owned"


async def judged(client: httpx.AsyncClient, path: str) -> dict[str, Any]:
    """The review once it was judged, which happens beside everything else."""
    async with asyncio.timeout(20):
        while True:
            found: dict[str, Any] = (await client.get(path)).json()
            if found["judgement"] is not None:
                return found
            await asyncio.sleep(0.02)


async def test_one_review_can_be_asked_for_as_it_is_cited(service: str) -> None:
    asked = rows("reviews.jsonl")[0]
    async with httpx.AsyncClient(base_url=f"{service}/api/v1/reviews", trust_env=False) as client:
        # The tests may run one by one, in any order.
        stored = await client.post(f"{service}/api/v1/reviews", json={"reviews": [asked]})
        stored.raise_for_status()
        found = await judged(client, f"/{asked['restaurant_id']}/{asked['id']}")
        assert found["text"] == asked["text"]
        assert Polarity(found["judgement"]["polarity"])
        gone = await client.get(f"/{asked['restaurant_id']}/none")
        assert (gone.status_code, gone.json()["error"]["code"]) == (404, "review_not_found")
        assert (
            await client.get(f"{service}/docs")
        ).status_code == 200  # The page's foot leads there.
        nowhere = await client.get(f"/nowhere/{asked['id']}")
        assert nowhere.json()["error"]["code"] == "restaurant_not_found"


async def test_the_same_file_again_adds_nothing(started: Browser, service: str) -> None:
    for _ in range(2):
        async with visit(started, service) as page:
            told = await upload(page, sample_as_csv())
    assert "새 리뷰 0개" in told
