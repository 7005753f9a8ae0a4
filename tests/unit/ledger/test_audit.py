"""`gilmok ledger audit`: real books agree, and every kind of disagreement is found in a copy."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.unit.ledger.samples import NOW, intent, receipt

from gilmok.cli.words.books import FINDINGS
from gilmok.core.completion import Usage
from gilmok.core.errors import ConfigError
from gilmok.core.receipt import Outcome
from gilmok.ledger.audit import Audit, audit, disagreements
from gilmok.ledger.books import Body, Entry
from gilmok.ledger.export import exported
from gilmok.ledger.journal import Journal
from gilmok.ledger.schema import is_locked

MINUTE = 60 * 10**9


def audited(path: Path, now: int = NOW) -> Audit:
    return audit(path, now=now, longest_s=60.0)


@pytest.fixture
async def books(tmp_path: Path) -> Path:
    """A closed journal with an ordinary answer, a fallback, a cache hit, a refusal and a crash."""
    path = tmp_path / "ledger.db"
    async with Journal(path) as journal:
        first = receipt().attempts[0]
        failed = replace(
            first, outcome="stream_broken", cost=400, usage=Usage(9, 1, reported=False)
        )
        for each in (
            receipt("dec_1", held=27_000),
            receipt("dec_2", attempts=(failed, replace(first, number=2)), cost=27_400),
            receipt("dec_3", attempts=(), cost=0, cache="hit"),
            receipt(
                "dec_4", outcome=Outcome.REFUSED, error="label_refused", attempts=(), cost=0,
                endpoint_id=None, zone=None, usage=None,
            ),
        ):  # fmt: skip
            journal.record(each)
        await journal.flush()
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute(
                "INSERT INTO top_ups (at, scope, tenant, name, cycle, amount) "
                "VALUES (?, 'tenant', 'acme', 'acme', 'daily', 5000)", (NOW,),
            )  # fmt: skip
    return path


def test_real_books_agree(books: Path) -> None:
    found = audited(books)
    assert found.agrees
    assert (found.receipts, found.attempts, found.top_ups) == (4, 3, 1)
    assert found.receipts_cost == found.attempts_cost == 54_400
    assert found.top_ups_amount == 5_000
    assert found.estimated_cost == 27_400


async def test_what_a_crash_left_agrees_once_it_is_swept(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    journal = Journal(path)
    await journal.__aenter__()
    journal.intend(intent("dec_1"))
    await journal.close()  # With an open intent the log stays, as after `kill -9`.
    left = audited(path, NOW + MINUTE)
    assert left.disagreements == {"stale_intent": 1}
    assert left.findings[0].where == "dec_1"
    async with Journal(path):
        pass
    assert audited(path).agrees
    assert audited(path).receipts_cost == 5_000


async def test_beside_a_running_gateway_young_intents_are_no_disagreement(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    async with Journal(path) as journal:
        assert is_locked(path)
        journal.intend(intent("dec_1"))
        young = audited(path, NOW + MINUTE // 2)
        old = audited(path, NOW + 2 * MINUTE)
        journal.record(receipt("dec_1"))
        await journal.flush()
        over = audited(path, NOW + 2 * MINUTE)
    assert (young.agrees, young.in_flight) == (True, 1)
    assert old.disagreements == {"stale_intent": 1}
    assert (over.agrees, over.in_flight, over.receipts) == (True, 0, 1)
    assert not is_locked(path)


def test_overruns_are_counted_and_agree(books: Path) -> None:
    found = audited(books)
    assert (found.overruns, found.overrun_cost) == (1, 22_400)


CORRUPTIONS = [
    ("cost_mismatch", "UPDATE receipts SET cost = cost + 1 WHERE seq = 1"),
    ("cost_mismatch", "UPDATE receipts SET cost = 0 WHERE seq = 2"),
    ("cost_without_attempt", "UPDATE receipts SET cost = 1 WHERE seq = 3"),
    ("attempts_mismatch", "UPDATE attempts SET cost = cost + 1 WHERE number = 1"),
    ("attempts_mismatch", "DELETE FROM attempts WHERE number = 2"),
    ("tokens_mismatch", "UPDATE receipts SET prompt_tokens = 99 WHERE seq = 1"),
    ("endpoint_mismatch", "UPDATE receipts SET endpoint_id = 'other' WHERE seq = 1"),
    ("label_mismatch", "UPDATE receipts SET sensitivity = 'low' WHERE seq = 1"),
    ("estimate_unmarked", "UPDATE receipts SET cost_estimated = 0 WHERE seq = 2"),
    ("no_explanation", "DELETE FROM explanations WHERE seq = 1"),
    ("explanation_unreadable", "UPDATE explanations SET body = x'7b' WHERE seq = 1"),
    ("out_of_bounds", "UPDATE receipts SET held = -1 WHERE seq = 1"),
    ("out_of_bounds", "UPDATE receipts SET total_ms = -1 WHERE seq = 1"),
    ("out_of_bounds", "UPDATE attempts SET cost = 1 << 60 WHERE number = 1"),
    ("unknown_value", "UPDATE receipts SET outcome = 'fine' WHERE seq = 1"),
    ("unknown_value", "UPDATE receipts SET zone = 'moon' WHERE seq = 1"),
    ("orphan_explanation", "INSERT INTO explanations VALUES (99, x'7b7d')"),
    ("orphan_attempt", "UPDATE attempts SET seq = 99 WHERE number = 2"),
    ("bad_top_up", "UPDATE top_ups SET amount = -5"),
    ("bad_top_up", "UPDATE top_ups SET cycle = 'hourly'"),
]


@pytest.mark.parametrize(("code", "damage"), CORRUPTIONS, ids=[c for _, c in CORRUPTIONS])
def test_every_kind_of_disagreement_is_found(
    books: Path, tmp_path: Path, code: str, damage: str
) -> None:
    copy = tmp_path / "copy.db"
    shutil.copy(books, copy)
    with closing(sqlite3.connect(copy, isolation_level=None)) as connection:
        assert connection.execute(damage).rowcount == 1
    found = audited(copy)
    assert not found.agrees
    assert code in found.disagreements
    assert {f.code for f in found.findings} == set(found.disagreements)
    assert audited(books).agrees


def test_every_code_is_tried_and_has_words() -> None:
    assert {code for code, _ in CORRUPTIONS} | {"stale_intent", "file_damaged"} == set(FINDINGS)


def test_a_damaged_file_says_so(books: Path) -> None:
    with books.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 4096)
    assert "file_damaged" in _told(books)


def _told(path: Path) -> set[str]:
    """Damage of the first pages keeps the file from being opened, other damage is found in it."""
    try:
        return set(audited(path).disagreements)
    except ConfigError:
        return {"file_damaged"}


def test_no_journal_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no journal"):
        audited(tmp_path / "nowhere" / "ledger.db")


def test_reading_changes_nothing(books: Path) -> None:
    before = books.read_bytes()
    audited(books)
    assert books.read_bytes() == before


def test_an_export_holds_every_receipt(books: Path) -> None:
    names, *rows = exported(books, 0)
    assert names[:4] == ("seq", "decision_id", "at", "tenant")
    assert [row[1] for row in rows] == ["dec_1", "dec_2", "dec_3", "dec_4"]
    assert [row[names.index("cost")] for row in rows] == [27_000, 27_400, 0, 0]
    assert list(exported(books, NOW + 1)) == [names]


@given(st.lists(st.integers(0, 2**53 - 1), min_size=0, max_size=5), st.booleans())
def test_whatever_attempts_cost_their_receipt_agrees(costs: list[int], is_last_free: bool) -> None:
    attempt = receipt().attempts[0]
    told = tuple(replace(attempt, number=n, cost=c) for n, c in enumerate(costs, 1))
    whole = min(sum(costs), 2**53 - 1)
    entry = Entry(
        1, "dec_1", NOW, "completed", None, "cloud-mini" if costs else None, "cloud", None, "miss",
        100 if costs else None, 20 if costs else None, whole, 0, whole, 1.0, 1,
    )  # fmt: skip
    assert list(disagreements(entry, Body(told), ())) == []
    wrong = replace(entry, cost=whole + 1 if is_last_free else whole - 1)
    assert list(disagreements(wrong, Body(told), ()))
