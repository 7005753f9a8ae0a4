"""A real gateway before the stub upstream, and the kiosk's page before the gateway.

A module has one event loop and one of each of them, so that its tests can share one Chromium, too.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from apps.kiosk.tests.web.running import Guest, Kiosk
from tests.gateway import Running
from tests.wall import Wall

ENDPOINT = """
[[endpoints]]
id = "here"
provider = "openai"
base_url = "{url}"
model = "ok"
api_key = "k"
quality = 0.5
price_input = 0
price_output = 0
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def upstream() -> AsyncIterator[Wall]:
    async with Wall() as wall:
        yield wall


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def gateway(
    tmp_path_factory: pytest.TempPathFactory, upstream: Wall
) -> AsyncIterator[Running]:
    folder = tmp_path_factory.mktemp("gateway")
    async with Running(folder, ENDPOINT.format(url=upstream.openai)) as gateway:
        yield gateway


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def kiosk(gateway: Running) -> AsyncIterator[Kiosk]:
    async with Kiosk(gateway.url) as kiosk:
        yield kiosk


@pytest.fixture
def wall(upstream: Wall, request: pytest.FixtureRequest) -> Iterator[Wall]:
    """The upstream with an empty log, answering well, or as the parameter says."""
    upstream.override = getattr(request, "param", None)
    upstream.clear()
    yield upstream
    upstream.override = None


@pytest_asyncio.fixture(loop_scope="module")
async def guest(kiosk: Kiosk, wall: Wall) -> Guest:
    return await kiosk.guest()
