"""The red team's own kinds in small; labels, injections and the rest have tests of their own."""

from __future__ import annotations

from pathlib import Path

import pytest
from fuzz.redteam import cache, masking, output
from fuzz.redteam.outcome import Attack, Orders


@pytest.mark.parametrize("attack", [cache.attack, masking.attack, output.attack])
async def test_nothing_succeeds(attack: Attack, tmp_path: Path) -> None:
    for tally in await attack(Orders(tmp_path, tmp_path, 20261122, 0.05)):
        assert tally.attempts > 5, tally.name
        assert tally.succeeded == 0, tally
