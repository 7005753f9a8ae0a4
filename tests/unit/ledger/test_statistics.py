"""Statistics of endpoints against sums done by hand, and against a second computation in Python."""

from __future__ import annotations

import asyncio
import math
import sqlite3
import threading
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.ledger.samples import NOW, candidate, intent, plan, receipt

from gilmok.core.completion import Usage
from gilmok.core.endpoint import PriceSource
from gilmok.core.money import Price
from gilmok.core.receipt import Attempt, Outcome, Purpose, Receipt
from gilmok.ledger import EndpointStatistics, Grain, Journal, MemoryJournal, Reason, Statistics
from gilmok.ledger.archive import FileArchive
from gilmok.ledger.recovery import SWEPT, swept

HOUR = 3_600 * 10**9
DAY = 24 * HOUR
REFERENCE = Price(2_500_000_000, 10_000_000_000)
VERSION_1 = Path(__file__).with_name("version_1.sql")


def attempt(
    number: int, endpoint_id: str, outcome: str, *, zone: str = "cloud", ms: float = 10.0, **of: Any
) -> Attempt:
    return Attempt(
        number=number,
        endpoint_id=endpoint_id,
        zone=zone,
        masked=False,
        started_ms=100.0 * number,
        ended_ms=100.0 * number + ms,
        outcome=outcome,
        **of,
    )


def decision(decision_id: str, *attempts: Attempt, **of: Any) -> Receipt:
    """A receipt as the pipeline writes it for these attempts."""
    last = attempts[-1] if attempts else None
    answered = last is not None and last.outcome == "answered"
    plain: dict[str, Any] = {
        "outcome": Outcome.COMPLETED if answered else Outcome.FAILED,
        "error": None if answered else "all_endpoints_failed",
        "endpoint_id": last.endpoint_id if last and answered else None,
        "zone": last.zone if last and answered else None,
        "attempts": attempts,
        "usage": last.usage if last else None,
        "cost": sum(a.cost for a in attempts),
        "total_ms": last.ended_ms if last else 0.0,
    }
    return receipt(decision_id, **{**plain, **of})


async def statistics(receipts: Sequence[Receipt], **of: Any) -> Statistics:
    async with MemoryJournal() as journal:
        for one in receipts:
            journal.record(one)
        return await journal.statistics(NOW, NOW + 10 * DAY, **of)


def by_id(found: Statistics) -> dict[str, EndpointStatistics]:
    assert len({of.endpoint_id for of in found.endpoints}) == len(found.endpoints)
    return {of.endpoint_id: of for of in found.endpoints}


async def test_a_failure_counts_where_a_fallback_answered() -> None:
    found = await statistics(
        [
            decision(
                "dec_1",
                attempt(1, "flaky", "upstream_status_500", ms=20),
                attempt(2, "flaky", "upstream_status_500", ms=20),
                attempt(3, "here", "answered", zone="local", ms=40, usage=Usage(100, 20)),
                fallback=True,
                fallback_reason="upstream_status_500",
            ),
            decision("dec_2", attempt(1, "flaky", "answered", ms=80, usage=Usage(10, 5), cost=900)),
        ],
        reference=REFERENCE,
    )
    flaky, here = by_id(found)["flaky"], by_id(found)["here"]
    assert (flaky.requests, flaky.successes, flaky.failures, flaky.success_rate) == (3, 1, 2, 1 / 3)
    assert (here.requests, here.successes, here.failures, here.success_rate) == (1, 1, 0, 1.0)
    # From its own start, not from the request's: it did not waste the other's time.
    assert here.mean_ms == here.p50_ms == here.p95_ms == 40.0
    assert (here.savings, flaky.savings) == (REFERENCE.cost(100, 20), 0)
    assert (found.requests, found.completed, found.success_rate) == (2, 2, 1.0)
    assert (found.fallbacks, found.fallback_reasons) == (1, (Reason("upstream_status_500", 1),))
    assert (found.cost, flaky.cost, found.savings) == (900, 900, here.savings)


async def test_a_rejected_answer_is_a_failure_and_costs() -> None:
    rejected = attempt(1, "first", "rejected_loop", usage=Usage(10, 90), cost=700)
    found = await statistics(
        [decision("dec_1", rejected, attempt(2, "second", "answered", usage=Usage(10, 5)))]
    )
    first = by_id(found)["first"]
    assert (first.successes, first.failures, first.cost) == (0, 1, 700)
    assert (first.prompt_tokens, first.completion_tokens) == (10, 90)
    assert (first.mean_ms, first.p95_ms, first.savings) == (None, None, None)


async def test_a_rejected_answer_that_was_given_after_all_is_no_success() -> None:
    """Nobody else could be asked: the request is complete, and the answer was poor all the same."""
    given = decision(
        "dec_1",
        attempt(1, "first", "rejected_loop", cost=700),
        outcome=Outcome.COMPLETED,
        endpoint_id="first",
        zone="cloud",
    )
    found = await statistics([given])
    (first,) = found.endpoints
    assert (first.requests, first.successes, first.failures, first.cost) == (1, 0, 1, 700)
    assert (found.completed, found.cost) == (1, 700)


async def test_side_calls_answer_nobody_and_cost() -> None:
    found = await statistics(
        [
            decision(
                "dec_1",
                attempt(1, "judge", "answered", purpose=Purpose.ANALYSIS, cost=50),
                attempt(2, "judge", "first_token_timeout", purpose=Purpose.SELECTION, cost=7),
                attempt(3, "first", "answered", cost=900),
            ),
            # From the cache, after an analysis: nobody was asked for the answer.
            decision(
                "dec_2",
                attempt(1, "judge", "answered", purpose=Purpose.ANALYSIS, cost=50),
                cache="hit",
                endpoint_id="first",
            ),
        ]
    )
    judge, first = by_id(found)["judge"], by_id(found)["first"]
    assert (judge.requests, judge.successes, judge.failures) == (0, 0, 0)
    assert (judge.success_rate, judge.mean_ms) == (None, None)
    assert (judge.side_calls, judge.side_cost, judge.cost) == (3, 107, 107)
    assert (first.requests, first.side_calls, first.cost) == (1, 0, 900)
    assert found.cost == 1_007


async def test_what_client_or_gateway_ended_says_nothing_about_an_endpoint() -> None:
    ended = ("cancelled", "internal_error", "journal_unavailable", SWEPT)
    found = await statistics(
        [decision(f"dec_{code}", attempt(1, "first", code, cost=3)) for code in ended]
        + [decision("dec_ok", attempt(1, "first", "answered"))]
    )
    first = by_id(found)["first"]
    assert (first.requests, first.successes, first.failures, first.unfinished) == (5, 1, 0, 4)
    assert first.success_rate == 1.0
    assert first.cost == 12


async def test_refusals_and_cache_hits_belong_to_no_endpoint() -> None:
    nothing = {"endpoint_id": None, "zone": None, "usage": None, "cost": 0, "attempts": ()}
    found = await statistics(
        [
            receipt("dec_1", outcome=Outcome.REFUSED, error="label_refused", **nothing),
            receipt("dec_2", cache="hit", cost=0, attempts=()),
        ]
    )
    assert found.endpoints == ()
    assert (found.requests, found.refused, found.completed, found.cache_hits) == (2, 1, 1, 1)


async def test_a_broken_answer_is_a_failure_of_its_endpoint() -> None:
    found = await statistics(
        [
            decision(
                "dec_1",
                attempt(1, "first", "stream_stalled", cost=5),
                outcome=Outcome.BROKEN,
                error="stream_stalled",
                endpoint_id="first",
                zone="cloud",
            )
        ]
    )
    assert (by_id(found)["first"].failures, found.failed) == (1, 1)
    assert found.success_rate == 0.0


async def test_what_a_crash_left_is_unfinished_and_charged() -> None:
    async with MemoryJournal() as journal:
        further = intent(number=2, endpoint_id="here", zone="local", worst_cost=7)
        journal.record(swept([intent(), further]))
        found = await journal.statistics(NOW, NOW + DAY)
    cloud, here = by_id(found)["cloud-mini"], by_id(found)["here"]
    assert (cloud.unfinished, cloud.cost, here.unfinished, here.cost) == (1, 5_000, 1, 7)
    assert (found.cost, found.estimated_cost) == (5_007, 5_007)


async def test_unknown_prices_are_counted_where_they_answered() -> None:
    unpriced = plan(candidate("free?", price_source=PriceSource.ASSUMED), candidate("other"))
    found = await statistics(
        [
            decision("dec_1", attempt(1, "free?", "answered"), plan=unpriced),
            decision(
                "dec_2",
                attempt(1, "other", "connect_failed"),
                attempt(2, "free?", "answered"),
                plan=unpriced,
            ),
        ]
    )
    assert {id_: of.unpriced for id_, of in by_id(found).items()} == {"free?": 2, "other": 0}


async def test_one_id_in_two_zones_is_two_rows() -> None:
    """An endpoint that moved: what it did in the cloud is not what it does here."""
    found = await statistics(
        [
            decision("dec_1", attempt(1, "moved", "answered", zone="cloud")),
            decision("dec_2", attempt(1, "moved", "answered", zone="local")),
        ]
    )
    assert [(of.endpoint_id, of.zone) for of in found.endpoints] == [
        ("moved", "cloud"),
        ("moved", "local"),
    ]


async def test_tenants_see_their_own() -> None:
    failed = attempt(1, "first", "connect_failed")
    ok = attempt(2, "second", "answered")
    receipts = [decision("dec_1", failed, ok), decision("dec_2", failed, ok, tenant="other")]
    everybody = await statistics(receipts)
    other = await statistics(receipts, tenant="other")
    nobody = await statistics(receipts, tenant="nobody")
    assert [of.requests for of in everybody.endpoints] == [2, 2]
    assert [of.requests for of in other.endpoints] == [1, 1]
    assert nobody == await statistics([])


async def test_an_empty_span_is_all_zeros() -> None:
    found = await statistics([], reference=REFERENCE)
    assert (found.requests, found.cost, found.savings, found.success_rate) == (0, 0, 0, None)
    assert (found.endpoints, found.periods, found.fallback_reasons) == ((), (), ())


async def test_periods_are_hours_of_short_spans_and_days_of_long_ones() -> None:
    answered = attempt(1, "first", "answered", cost=4)
    async with MemoryJournal() as journal:
        for number, at in enumerate((NOW, NOW + HOUR, NOW + HOUR + 1, NOW + 3 * DAY)):
            journal.record(decision(f"dec_{number}", answered, at=at))
        journal.record(decision("dec_x", attempt(1, "first", "connect_failed"), at=NOW))
        hours = await journal.statistics(NOW, NOW + 2 * DAY)
        days = await journal.statistics(NOW, NOW + 4 * DAY)
    assert hours.grain is Grain.HOUR
    assert [(p.cloud, p.unanswered, p.cost) for p in hours.periods] == [(1, 1, 4), (2, 0, 8)]
    assert days.grain is Grain.DAY
    assert sum(p.cloud for p in days.periods) == 4
    assert [p.start for p in days.periods] == sorted(p.start for p in days.periods)
    assert len(days.periods[0].start) == len("2025-06-15")
    assert (days.requests, days.completed, days.failed) == (5, 4, 1)


endings = st.tuples(
    st.sampled_from(["first", "second"]),
    st.sampled_from(["answered", "connect_failed", "rejected_empty", "cancelled"]),
    st.sampled_from(Purpose),
    st.floats(0, 10**6),
    st.integers(0, 10**9),
)
courses = st.lists(st.lists(endings, min_size=1, max_size=4), max_size=20)


@settings(max_examples=60, deadline=None)
@given(courses)
async def test_the_sums_agree_with_python(
    kinds: list[list[tuple[str, str, Purpose, float, int]]],
) -> None:
    receipts = []
    for number, course in enumerate(kinds):
        attempts = [
            attempt(n, endpoint_id, outcome, ms=ms, cost=cost, purpose=purpose)
            for n, (endpoint_id, outcome, purpose, ms, cost) in enumerate(course, 1)
        ]
        last = attempts[-1]
        answered = last.outcome == "answered" and last.purpose is Purpose.ANSWER
        single = decision(f"dec_{number}", *attempts)
        # Where the last attempt was no answer, the request was refused after it.
        receipts.append(
            single
            if answered
            else decision(
                f"dec_{number}", *attempts, outcome=Outcome.REFUSED, endpoint_id=None, zone=None
            )
        )
    found = await statistics(receipts)
    every = [a for r in receipts for a in r.attempts]
    assert found.cost == sum(of.cost for of in found.endpoints) == sum(a.cost for a in every)
    for of in found.endpoints:
        mine = [a for a in every if a.endpoint_id == of.endpoint_id]
        asked = [a for a in mine if a.purpose is Purpose.ANSWER]
        done = sorted(_took(a, receipts) for a in asked if a.outcome == "answered")
        assert of.requests == len(asked) == of.successes + of.failures + of.unfinished
        assert of.successes == len(done)
        assert of.unfinished == sum(a.outcome == "cancelled" for a in asked)
        assert of.side_calls == len(mine) - len(asked)
        if done:
            assert of.mean_ms == pytest.approx(sum(done) / len(done))
            for share, told in ((0.5, of.p50_ms), (0.95, of.p95_ms)):
                exact = done[math.ceil(share * len(done)) - 1]
                assert told == pytest.approx(exact, rel=0.011, abs=1.0)


def _took(of: Attempt, receipts: list[Receipt]) -> float:
    """A single answer is told by its receipt: from the request on, the wait for a slot included."""
    alone = next(r for r in receipts if any(a is of for a in r.attempts)).attempts == (of,)
    return of.ended_ms if alone else of.ended_ms - of.started_ms


@pytest.fixture
def version_1(tmp_path: Path) -> Path:
    """A file that version 1 wrote: a real dump of it."""
    path = tmp_path / "journal.db"
    with closing(sqlite3.connect(path)) as file:
        file.executescript(VERSION_1.read_text("utf-8"))
    return path


def _assert_is_version_1(found: Statistics) -> None:
    cloud, here = by_id(found)["cloud-mini"], by_id(found)["here"]
    assert (cloud.successes, cloud.failures, cloud.unfinished) == (1, 4, 2)
    assert (here.successes, here.failures, here.unfinished) == (1, 0, 1)
    assert (here.mean_ms, here.savings) == (240.0, REFERENCE.cost(100, 20))
    assert cloud.cost == 27_000 + 9_000 + 6_000 + 5_000
    assert (found.requests, found.refused, found.cache_hits) == (8, 1, 1)
    assert found.cost == sum(of.cost for of in found.endpoints)


async def test_a_file_of_version_1_is_filled_from_its_explanations(version_1: Path) -> None:
    async with Journal(version_1) as journal:
        _assert_is_version_1(await journal.statistics(NOW, NOW + DAY, reference=REFERENCE))
        journal.record(decision("dec_new", attempt(1, "cloud-mini", "connect_failed")))
        assert (await journal.statistics(NOW, NOW + DAY)).requests == 9
        rows = await journal.query(
            lambda c: c.execute(
                "SELECT seq, number, outcome FROM attempts ORDER BY 1, 2"
            ).fetchall()
        )
    assert (rows[0][1:], rows[-1][1:]) == ((1, "upstream_status_500"), (1, "connect_failed"))
    # What one answered attempt tells has no row: that is what keeps the table narrow.
    assert 1 not in {seq for seq, _, _ in rows}


async def test_a_file_of_version_1_is_read_beside_the_gateway_that_writes_it(
    version_1: Path,
) -> None:
    found = await FileArchive(version_1).statistics(NOW, NOW + DAY, reference=REFERENCE)
    _assert_is_version_1(found)
    with closing(sqlite3.connect(version_1)) as file:
        assert file.execute("PRAGMA user_version").fetchone() == (1,)


async def test_whoever_leaves_keeps_no_thread_busy(tmp_path: Path) -> None:
    """The question never ends by itself, so leaving must end it."""
    async with Journal(tmp_path / "journal.db"):
        pass
    begun = threading.Event()

    def forever(connection: sqlite3.Connection) -> object:
        begun.set()
        return connection.execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
        ).fetchone()

    reading = asyncio.create_task(FileArchive(tmp_path / "journal.db").query(forever))
    await asyncio.to_thread(begun.wait)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
