from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.compat.client.scene import Scene, configuration
from tests.gateway import Running
from tests.wall import Wall


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with Wall() as wall, Running(tmp_path, configuration(wall)) as gateway:
        yield Scene(wall, gateway)
