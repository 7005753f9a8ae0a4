"""Where the gateway of a journal listens is found while it runs, and only then."""

from __future__ import annotations

import stat
from contextlib import closing
from pathlib import Path

import pytest

from gilmok.ledger import schema
from gilmok.ledger.address import announced, listening_at

URL = "http://127.0.0.1:8181"


def test_it_is_told_while_the_gateway_runs(tmp_path: Path) -> None:
    journal = tmp_path / "ledger.db"
    with closing(schema.lock(journal)), announced(journal, URL):
        assert listening_at(journal) == URL
        assert stat.S_IMODE((tmp_path / "ledger.db.address").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.glob("*address*")] == []


def test_what_a_dead_gateway_left_behind_leads_nowhere(tmp_path: Path) -> None:
    journal = tmp_path / "ledger.db"
    (tmp_path / "ledger.db.address").write_text(URL)
    assert listening_at(journal) is None


@pytest.mark.parametrize("content", [b"", b"\xff\xfe"])
def test_a_note_that_says_nothing_is_no_address(tmp_path: Path, content: bytes) -> None:
    journal = tmp_path / "ledger.db"
    (tmp_path / "ledger.db.address").write_bytes(content)
    with closing(schema.lock(journal)):
        assert listening_at(journal) is None


def test_a_ledger_in_memory_or_a_folder_that_is_gone_tells_nobody(tmp_path: Path) -> None:
    for journal in (None, ":memory:", tmp_path / "nowhere" / "ledger.db"):
        with announced(journal, URL):
            assert listening_at(journal) is None
    assert list(tmp_path.iterdir()) == []
