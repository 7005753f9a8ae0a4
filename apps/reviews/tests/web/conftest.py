"""One Chromium, and the pretended service over the sample data, for a module's tests."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio
from apps.kiosk.tests.web.browsing import browser, chromium
from apps.reviews.tests.web.pretending import Shop
from apps.reviews.tests.web.pretending_http import pretended
from playwright.async_api import Browser


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def started() -> AsyncIterator[Browser]:
    async with browser(chromium() or "") as started:
        yield started


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def url() -> AsyncIterator[str]:
    async with pretended(Shop.sample()) as url:
        yield url
