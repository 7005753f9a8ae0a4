"""Which Chromium, how it is started, and what a page in it must never do."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from playwright.async_api import Browser, Page, async_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
INSTALL = "apt-get install --no-install-recommends chromium fonts-noto-cjk"
"""As root, on Debian. Without the fonts Korean is drawn as boxes."""


def chromium() -> str | None:
    """The system's own browser; a downloaded one is never used."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


@asynccontextmanager
async def browser(path: str) -> AsyncIterator[Browser]:
    # Chromium's sandbox does not start as root, and a container has no other user.
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=path, args=arguments)
        try:
            yield started
        finally:
            await started.close()


@asynccontextmanager
async def visit(
    started: Browser,
    url: str,
    *,
    size: tuple[int, int] = (1440, 900),
    locale: str = "ko-KR",
    own_clock: bool = False,
    may_complain: str | None = None,
    **context: Any,
) -> AsyncIterator[Page]:
    """The page at `url`, ready to use. Fails on leaving if it logged an error, broke its CSP, or
    asked anyone else for anything. With `own_clock` its time passes as `page.clock` says;
    complaints with `may_complain` in them are expected."""
    width, height = size
    guest = await started.new_context(
        viewport={"width": width, "height": height}, locale=locale, **context
    )
    guest.set_default_timeout(10_000)
    page = await guest.new_page()
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "request", lambda sent: None if sent.url.startswith(url) else complaints.append(sent.url)
    )
    if own_clock:
        await page.clock.install()
    await page.goto(url)
    await page.locator("html[data-ready]").wait_for()
    yield page
    await guest.close()
    complaints = [one for one in complaints if not (may_complain and may_complain in one)]
    assert not complaints, complaints
