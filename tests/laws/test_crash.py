"""Law 2 against `kill -9`, in short; `python -m fuzz.crash --kills 1000` is the long form."""

from __future__ import annotations

import asyncio
from pathlib import Path

from fuzz.crash import attack


def test_a_gateway_that_is_killed_at_work_leaves_books_that_agree(tmp_path: Path) -> None:
    told = asyncio.run(attack(tmp_path, kills=4, seed=7))
    assert "all agree" in told
