"""A visit to the page in a real Chromium, and what the page must never do."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from playwright.async_api import Browser, Page, Request, expect

CHICKEN = "/?restaurant=dalmuri"
"""Where delivery gets worse in June."""
HOSTILE = "<img src=/x onerror=\"document.title='owned'\"><b>bold</b>"


@asynccontextmanager
async def visit(
    started: Browser,
    url: str,
    path: str = "/",
    *,
    size: tuple[int, int] = (1440, 900),
    locale: str = "ko-KR",
    may_complain: str | None = None,
    **context: Any,
) -> AsyncIterator[Page]:
    """The page, ready to use. Fails on leaving if it logged an error, broke its CSP, or asked anyone
    else for anything; complaints with `may_complain` in them are expected."""
    width, height = size
    owner = await started.new_context(
        viewport={"width": width, "height": height}, locale=locale, **context
    )
    owner.set_default_timeout(10_000)
    page = await owner.new_page()
    complaints: list[str] = []

    def asked(request: Request) -> None:
        if not request.url.removeprefix("blob:").startswith(url):
            complaints.append(request.url)

    page.on("request", asked)
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    await page.goto(url + path)
    await page.locator("html[data-ready]").wait_for()
    yield page
    await owner.close()
    complaints = [one for one in complaints if not (may_complain and may_complain in one)]
    assert not complaints, complaints


async def settled(page: Page) -> None:
    """Every panel has its answer."""
    await expect(page.locator("[aria-busy]")).to_have_count(0)
    await expect(page.locator(".waiting")).to_have_count(0)
