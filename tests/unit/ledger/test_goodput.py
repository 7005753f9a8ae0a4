"""Promises kept: SQL against the pure rule, percentiles against exact ones, old files, tenants."""

from __future__ import annotations

import asyncio
import math
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.unit.ledger.samples import NOW, receipt

from gilmok.core.completion import Timings, Usage
from gilmok.core.goodput import OVERLOADED, Targets, met
from gilmok.core.receipt import Attempt, Outcome, Receipt
from gilmok.ledger import (
    By,
    FileArchive,
    GoodputLine,
    GoodputReport,
    Journal,
    MemoryJournal,
    schema,
)
from gilmok.ledger.goodput import CACHE
from gilmok.ledger.rows import receipt_row

SECOND = 10**9
HOUR = 3600 * SECOND
DAY = 24 * HOUR
TARGETS = Targets(2.0, {"paid": 0.5})


async def goodput(
    receipts: Sequence[Receipt],
    by: By = By.ENDPOINT,
    *,
    since: int = NOW,
    until: int = NOW + DAY,
    targets: Targets = TARGETS,
    tenant: str | None = None,
) -> GoodputReport:
    async with MemoryJournal() as journal:
        for one in receipts:
            journal.record(one)
        return await journal.goodput(since, until, targets, by, tenant=tenant)


def attempt(endpoint_id: str, outcome: str, number: int = 1, **of: Any) -> Attempt:
    return Attempt(
        number=number,
        endpoint_id=endpoint_id,
        zone="cloud",
        masked=False,
        started_ms=0.0,
        ended_ms=10.0,
        outcome=outcome,
        **of,
    )


OUTCOMES = {
    Outcome.COMPLETED: None,
    Outcome.REFUSED: "label_refused",
    Outcome.FAILED: "all_endpoints_failed",
    Outcome.BROKEN: "stream_broken",
    Outcome.CANCELLED: "client_left",
}
TIMES = st.floats(0.0, 5_000.0)


@st.composite
def receipts(draw: st.DrawFn) -> Receipt:
    outcome = draw(st.sampled_from(list(OUTCOMES)))
    error = OUTCOMES[outcome]
    if outcome is Outcome.REFUSED:
        error = draw(st.sampled_from(["label_refused", *OVERLOADED]))
    first, rest = draw(st.none() | TIMES), draw(TIMES)
    return receipt(
        outcome=outcome,
        error=error,
        plan_id=draw(st.sampled_from(["default", "paid", "'; --"])),
        usage=Usage(10, draw(st.integers(0, 900)), reported=draw(st.booleans())),
        first_token_ms=first,
        total_ms=(first or 0.0) + rest,
        at=NOW + draw(st.integers(0, 3)) * HOUR,
        cost=0,
        attempts=(),
    )


def nearest_rank(values: Sequence[float], share: float) -> float | None:
    return sorted(values)[math.ceil(share * len(values)) - 1] if values else None


def is_near(shown: float | None, exact: float | None, finest: float) -> bool:
    """Never below, and at most 1 % or one finest step above."""
    if shown is None or exact is None:
        return shown is exact
    rounding = 1e-9 * exact
    return exact - rounding <= shown <= max(exact * 1.0101, exact + finest)


@given(st.lists(receipts(), max_size=30))
@settings(max_examples=60, deadline=None)
def test_the_ledger_counts_as_the_rule_says(drawn: list[Receipt]) -> None:
    every = [replace(one, decision_id=f"dec_{at}") for at, one in enumerate(drawn)]
    found = asyncio.run(goodput(every, By.PLAN))
    assert sum(line.requests for line in found.lines) == found.total.requests
    for plan in ("default", "paid", "'; --", None):
        mine = [one for one in every if plan in (None, one.plan_id)]
        verdicts = [met(one, TARGETS) for one in mine]
        line = found.total if plan is None else _line(found, plan)
        counts = sum(v is not None for v in verdicts)
        if line is None:
            assert not counts
            continue
        assert (line.requests, line.met) == (counts, verdicts.count(True))
        done = [one for one in mine if one.outcome is Outcome.COMPLETED]
        waited = [
            one.total_ms if one.first_token_ms is None else one.first_token_ms for one in done
        ]
        assert is_near(line.p95_first_token_ms, nearest_rank(waited, 0.95), 1.0)
        assert is_near(line.p50_first_token_ms, nearest_rank(waited, 0.5), 1.0)
        spent = [
            (one.total_ms - one.first_token_ms) / (one.usage.completion - 1)
            for one in done
            if one.first_token_ms is not None
            and one.usage
            and one.usage.reported
            and one.usage.completion > 1
        ]
        assert is_near(line.p50_token_ms, nearest_rank(spent, 0.5), 0.001)


def _line(found: GoodputReport, key: str) -> GoodputLine | None:
    return next((line for line in found.lines if line.key == key), None)


async def test_who_met_what_was_promised() -> None:
    found = await goodput(
        [
            receipt("dec_1", first_token_ms=2_000.0, total_ms=60_000.0),
            receipt("dec_2", first_token_ms=2_001.0, total_ms=2_100.0),
            receipt("dec_3", first_token_ms=501.0, plan_id="paid"),
            # Nobody sees the first token of a whole answer before the rest.
            receipt("dec_4", stream=False, first_token_ms=None, total_ms=2_500.0),
            receipt("dec_5", outcome=Outcome.BROKEN, error="stream_broken"),
            receipt("dec_6", outcome=Outcome.REFUSED, error="label_refused"),
            receipt("dec_7", outcome=Outcome.CANCELLED, error="client_left"),
            receipt(
                "dec_8",
                outcome=Outcome.CANCELLED,
                error="client_left",
                first_token_ms=None,
                total_ms=2_001.0,
            ),
        ]
    )
    assert (found.total.requests, found.total.met) == (6, 1)
    assert found.total.compliance == pytest.approx(1 / 6)
    assert found.plan_targets_s == {"paid": 0.5}
    assert (found.since, found.until, found.by) == (NOW, NOW + DAY, By.ENDPOINT)


async def test_rates_are_over_the_span() -> None:
    """From the first request of the journal where that is later, so a young gateway is not slow."""
    early = receipt("dec_0", at=NOW - HOUR)
    mine = [receipt(f"dec_{n}", at=NOW + n * SECOND) for n in range(1, 11)]
    slow = receipt("dec_s", at=NOW + 11 * SECOND, first_token_ms=9_000.0)
    found = (await goodput([early, *mine, slow], until=NOW + 20 * SECOND)).total
    assert (found.requests, found.met) == (11, 10)
    assert (found.goodput_per_s, found.requests_per_s) == (0.5, 0.55)
    assert (found.goodput_tokens_per_s, found.tokens_per_s) == (10.0, 11.0)
    young = await goodput(mine, until=NOW + 21 * SECOND)
    assert young.span_s == 20.0
    assert young.total.goodput_per_s == 0.5


async def test_percentiles_are_never_understated() -> None:
    draw = Random(7)
    times = [draw.lognormvariate(7.0, 1.5) for _ in range(3_000)]
    found = await goodput(
        [receipt(f"dec_{at}", first_token_ms=ms, total_ms=ms) for at, ms in enumerate(times)]
    )
    of = found.total
    for shown, share in (
        (of.p50_first_token_ms, 0.5),
        (of.p95_first_token_ms, 0.95),
        (of.p99_first_token_ms, 0.99),
    ):
        assert is_near(shown, nearest_rank(times, share), 1.0)


async def test_a_day_has_its_own_length() -> None:
    start = int(datetime(2025, 6, 2).astimezone().timestamp()) * SECOND
    found = await goodput(
        [receipt("dec_1", at=start - HOUR), receipt("dec_2", at=start + HOUR)],
        By.DAY,
        since=start - 2 * HOUR,
        until=start + 2 * HOUR,
    )
    assert [line.key for line in found.lines] == ["2025-06-01", "2025-06-02"]
    # The journal begins with its first request, an hour before midnight.
    assert [line.goodput_per_s for line in found.lines] == [1 / 3600, 1 / 7200]
    assert [period.met for period in found.periods] == [1, 1]
    assert [period.start[11:] for period in found.periods] == ["23:00", "01:00"]


async def test_the_one_asked_last_let_the_request_down() -> None:
    failed = receipt(
        "dec_1",
        outcome=Outcome.FAILED,
        error="all_endpoints_failed",
        endpoint_id=None,
        zone=None,
        attempts=(attempt("a", "connect_failed"), attempt("b", "first_token_timeout", 2)),
    )
    hit = receipt("dec_2", cache="hit", attempts=(), cost=0, first_token_ms=None, total_ms=1.0)
    nobody = receipt(
        "dec_3",
        outcome=Outcome.FAILED,
        error="no_endpoint_available",
        endpoint_id=None,
        attempts=(),
        cost=0,
    )
    found = await goodput([failed, hit, nobody])
    assert {line.key: (line.requests, line.met) for line in found.lines} == {
        "b": (1, 0),
        CACHE: (1, 1),
        "-": (1, 0),
    }


async def test_the_upstreams_own_times_count_before_what_was_seen() -> None:
    usage = Usage(100, 21, timings=Timings(70.0, 400.0))
    last = replace(receipt().attempts[0], usage=usage, queued_ms=30.0)
    found = await goodput([receipt(attempts=(last,), usage=usage)])
    assert found.total.p50_token_ms == 20.0
    assert found.total.p95_queued_ms == 30.0
    plain = (await goodput([receipt()])).total
    assert plain.p50_token_ms == pytest.approx((201.5 - 80.0) / 19)
    assert plain.p95_queued_ms == 0.0


async def test_tenants_see_their_own_only() -> None:
    every = [receipt("dec_1"), receipt("dec_2", at=NOW + HOUR, tenant="other", plan_id="paid")]
    own = await goodput(every, tenant="other")
    assert (own.total.requests, own.span_s) == (1, 23 * 3600.0)
    assert (await goodput(every, tenant="acme")).plan_targets_s == {}
    nobody = await goodput(every, tenant="nobody")
    assert (nobody.lines, nobody.periods, nobody.total.compliance) == ((), (), None)


async def test_nonsense_of_an_upstream_is_no_time() -> None:
    usage = Usage(-(10**30), 10**30, timings=Timings(math.inf, math.nan))
    last = replace(receipt().attempts[0], usage=usage)
    found = await goodput([receipt(attempts=(last,), usage=usage)])
    assert found.total.requests == 1


def version_5(path: Path) -> None:
    """A file as the version before the phases wrote it."""
    with closing(sqlite3.connect(path, isolation_level=None)) as file:
        for version in range(5):
            file.executescript(schema.MIGRATIONS[version])
        file.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
        file.execute("PRAGMA user_version = 5")
        row = receipt_row(1, receipt())[:27]
        file.execute(f"INSERT INTO receipts VALUES ({', '.join('?' * 27)})", row)
        file.execute("INSERT INTO explanations VALUES (1, x'7B7D')")


async def test_a_file_without_phases_is_read_and_then_migrated(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    version_5(path)
    beside = await FileArchive(path).goodput(NOW, NOW + DAY, TARGETS)
    assert beside.total.requests == 1
    assert beside.total.p50_token_ms == pytest.approx(121.5 / 19)
    with closing(sqlite3.connect(path)) as file:
        assert file.execute("PRAGMA user_version").fetchone() == (5,)
    async with Journal(path) as journal:
        journal.record(receipt("dec_2"))
        await journal.flush()
        migrated = await journal.goodput(NOW, NOW + DAY, TARGETS)
        columns = await journal.query(
            lambda c: c.execute(
                "SELECT queued_ms, prefill_ms, decode_ms FROM receipts ORDER BY seq"
            ).fetchall()
        )
    assert migrated.total.requests == 2
    assert columns == [(None, None, None)] * 2


async def test_every_engine_call_of_a_decision_has_its_times() -> None:
    usage = Usage(10, 5, timings=Timings(7.0, 8.0, 9.0))
    tries = (
        replace(attempt("a", "stream_broken", first_token_ms=6.0), queued_ms=2.0),
        replace(attempt("b", "answered", 2), usage=usage),
    )
    async with MemoryJournal() as journal:
        journal.record(receipt(attempts=tries))
        rows = await journal.query(
            lambda c: c.execute(
                "SELECT queued_ms, prefill_ms, decode_ms FROM attempts ORDER BY number"
            ).fetchall()
        )
        told = (await journal.read("dec_1")).explanation.attempts
    assert rows == [(2.0, 4.0, 4.0), (None, 7.0, 8.0)]
    assert told == tries
