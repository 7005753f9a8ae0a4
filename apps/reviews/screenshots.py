"""Draws the README's picture anew: `python -m apps.reviews.screenshots`, in the repository's root.

The real service over the sample data, before a gateway that runs already (`make run`, or
`GILMOK_URL`), with the system's Chromium. What a language model words differs from run to run.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from pathlib import Path

from apps.kiosk.tests.web.browsing import INSTALL, browser, chromium
from apps.reviews.tests.web.pretending_http import listening
from apps.reviews.tests.web.test_reviews_journey import sample_as_csv, upload
from apps.reviews.tests.web.visiting import visit
from playwright.async_api import Page

from gilmok_reviews.api.app import create_app
from gilmok_reviews.settings import load

TARGET = Path(__file__).parent / "docs/page.png"
PLACE = "/?restaurant=sotbit"
PATIENCE_MS = 180_000
"""A small model on a busy machine."""


async def scene(page: Page) -> None:
    """One place with a story, its analyses there, a card drawn and a search made."""
    page.set_default_timeout(PATIENCE_MS)
    await page.locator("#trend svg[role=img]").wait_for()
    await page.locator("#summary li").first.wait_for()
    await page.get_by_role("button", name="카드 그리기").click()
    await page.locator("#strengths img").wait_for()
    await page.get_by_label("찾는 내용").fill("뼈를 오래 고아 깊은 맛")
    await page.keyboard.press("Enter")
    await page.locator(".similar > li").first.wait_for()
    await page.evaluate("document.activeElement.blur()")


async def main() -> None:
    path = chromium()
    if path is None:
        raise SystemExit(f"no Chromium; as root: {INSTALL}")
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "REVIEWS_DATA": folder, "QDRANT_URL": ":memory:"}
        async with (
            browser(path) as started,
            listening(create_app(load(environment))) as url,
        ):
            async with visit(started, url) as page:
                await upload(page, sample_as_csv())
            async with visit(
                started, url, PLACE, size=(1200, 900), reduced_motion="reduce"
            ) as page:
                await scene(page)
                TARGET.parent.mkdir(exist_ok=True)
                await page.screenshot(
                    path=TARGET,
                    full_page=True,
                    clip={"x": 0, "y": 0, "width": 1200, "height": 980},
                )


if __name__ == "__main__":
    asyncio.run(main())
