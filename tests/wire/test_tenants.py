"""What one tenant can learn of another: nothing, unless it is configured."""

from __future__ import annotations

from pathlib import Path

import pytest

from gilmok.config import hash_key
from tests.gateway import Running


def key(name: str, tenant: str, more: str = "") -> str:
    return f'[[keys]]\nid = "{name}"\ntenant = "{tenant}"\nsha256 = "{hash_key(name)}"\n{more}\n'


@pytest.mark.parametrize(
    ("keys", "status"),
    [
        (key("mine", "a"), 200),
        (key("mine", "a") + key("same", "a"), 200),
        (key("mine", "a") + key("other", "b"), 403),
        (key("mine", "a", "operator = true") + key("other", "b"), 200),
    ],
)
async def test_sums_over_all_tenants_are_for_those_who_may_see_them(
    tmp_path: Path, keys: str, status: int
) -> None:
    async with Running(tmp_path, keys) as gateway:
        answer = await gateway.get("/metrics", {"authorization": "Bearer mine"})
        assert answer.status == status
        assert (b"gilmok_requests_total" in answer.body) == (status == 200)
