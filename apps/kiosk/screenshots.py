"""Draws the guide's pictures anew: `python -m apps.kiosk.screenshots`, in the repository's root.

A real gateway with a stub model that says one Korean sentence, the real kiosk, the system's
Chromium. The pictures differ from run to run only in measured milliseconds.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from apps.kiosk.tests.web.browsing import INSTALL, browser, chromium, visit
from apps.kiosk.tests.web.conftest import ENDPOINT
from apps.kiosk.tests.web.running import EXAMPLE, Kiosk
from playwright.async_api import Page, expect
from tests.gateway import Running
from tests.wall import Wall

FOLDER = Path(__file__).parents[2] / "docs/guides/images"
SEOUL = "Asia/Seoul"
OPENING = datetime(2026, 3, 2, 10, 30, tzinfo=ZoneInfo(SEOUL))
PRAISE = "캐모마일은 향이 은은해서 저녁에도 편안하게 드실 수 있습니다."


async def say(page: Page, text: str) -> None:
    await page.locator("#words").fill(text)
    await page.keyboard.press("Enter")
    await expect(page.locator("#send")).to_be_visible()
    await page.locator("#words").blur()


async def conversation(page: Page) -> None:
    await say(page, "카페인에 민감한데 추천해 주세요")
    await say(page, EXAMPLE)


async def options(page: Page) -> None:
    await say(page, "Three large lattes with soy milk and two extra shots")
    await page.locator("[data-item=cappuccino]").click()
    dialog = page.get_by_role("dialog")
    for name in ("Iced", "Large", "Oat milk"):
        await dialog.get_by_text(name).click()


async def receipt(page: Page) -> None:
    await say(page, EXAMPLE)
    await say(page, "아이스 아메리카노 한 잔이랑 치즈케이크 하나")
    await page.locator("#confirm").click()
    await expect(page.locator("#receipt")).to_be_visible()


async def phone(page: Page) -> None:
    await say(page, EXAMPLE)
    await page.locator("#talk").evaluate("place => place.scrollIntoView()")


Scene = Callable[[Page], Awaitable[None]]
PICTURES: dict[str, tuple[Scene, dict[str, Any]]] = {
    "kiosk-ko": (conversation, {}),
    "kiosk-options": (options, {"locale": "en-US"}),
    "kiosk-dark": (conversation, {"color_scheme": "dark"}),
    "kiosk-receipt": (receipt, {}),
    "kiosk-phone": (phone, {"size": (360, 740)}),
    "kiosk-pillar": (conversation, {"size": (1080, 1920)}),
}


async def main() -> None:
    path = chromium()
    if path is None:
        raise SystemExit(f"no Chromium; as root: {INSTALL}")
    FOLDER.mkdir(parents=True, exist_ok=True)
    async with Wall() as wall, browser(path) as started:
        wall.override = f"repeat={quote(PRAISE)}"
        toml = ENDPOINT.format(url=wall.openai)
        with tempfile.TemporaryDirectory() as folder:
            async with Running(Path(folder), toml) as gateway, Kiosk(gateway.url) as kiosk:
                for name, (scene, how) in PICTURES.items():
                    options = {"timezone_id": SEOUL, "reduced_motion": "reduce", **how}
                    async with visit(started, kiosk.url, **options) as page:
                        await page.clock.set_fixed_time(OPENING)
                        await scene(page)
                        await page.screenshot(path=FOLDER / f"{name}.png")


if __name__ == "__main__":
    asyncio.run(main())
