"""Reports against sums done by hand, and against a second computation of the same receipts."""

from __future__ import annotations

import math
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.ledger.samples import NOW, candidate, intent, plan, receipt

from gilmok.core.completion import Usage
from gilmok.core.endpoint import PriceSource, Zone
from gilmok.core.money import Price
from gilmok.core.receipt import Outcome, Receipt
from gilmok.ledger.memory import MemoryJournal
from gilmok.ledger.recovery import SWEPT, swept
from gilmok.ledger.reports import By, Report

DAY = 86_400 * 10**9
REFERENCE = Price(2_500_000_000, 10_000_000_000)


async def report(receipts: list[Receipt], by: By, **of: Any) -> Report:
    async with MemoryJournal() as journal:
        for one in receipts:
            journal.record(one)
        return await journal.usage(NOW, NOW + 10 * DAY, by, **of)


def local(decision_id: str, **of: Any) -> Receipt:
    return receipt(
        decision_id,
        **{
            "endpoint_id": "local",
            "zone": "local",
            "cost": 0,
            "plan": plan(candidate("local", zone=Zone.LOCAL)),
            **of,
        },
    )


async def test_a_report_by_endpoint() -> None:
    found = await report(
        [
            *(local(f"dec_{n}", total_ms=float(n), first_token_ms=n / 2) for n in range(1, 21)),
            receipt("dec_c1", fallback=True, fallback_reason="connect_failed"),
            receipt("dec_c2", fallback=True, fallback_reason="stream_stalled"),
            receipt("dec_c3", fallback=True, fallback_reason="stream_stalled"),
            receipt("dec_b", outcome=Outcome.BROKEN, error="stream_broken"),
            receipt("dec_h", cache="hit", cost=0),
        ],
        By.ENDPOINT,
        reference=REFERENCE,
    )
    assert [line.key for line in found.lines] == ["local", "cloud-mini"]
    here, cloud = found.lines
    assert (here.requests, here.completed, here.success_rate) == (20, 20, 1.0)
    assert (here.p50_ms, here.p95_ms) == (10.0, 19.0)
    assert (here.p50_first_token_ms, here.p95_first_token_ms) == (5.0, 9.5)
    assert here.savings == 20 * REFERENCE.cost(100, 20)
    assert (cloud.requests, cloud.completed, cloud.failed) == (5, 4, 1)
    assert cloud.success_rate == 0.8
    assert (cloud.fallbacks, cloud.fallback_reason) == (3, "stream_stalled")
    assert (cloud.cost, cloud.cache_hits, cloud.savings) == (4 * 27_000, 1, 0)
    assert found.total.requests == 25
    assert found.total.prompt_tokens == 2_500


async def test_failures_lower_the_success_rate_and_refusals_do_not() -> None:
    nothing = {"endpoint_id": None, "zone": None, "usage": None, "cost": 0}
    found = await report(
        [
            receipt("dec_1"),
            receipt("dec_2", outcome=Outcome.FAILED, error="all_endpoints_failed", **nothing),
            receipt("dec_3", outcome=Outcome.REFUSED, error="label_refused", **nothing),
            receipt("dec_4", outcome=Outcome.CANCELLED),
        ],
        By.SENSITIVITY,
    )
    (line,) = found.lines
    assert (line.key, line.completed, line.failed, line.refused, line.cancelled) == (
        "medium",
        1,
        1,
        1,
        1,
    )
    assert line.success_rate == 0.5
    assert line.savings is None


async def test_estimates_and_unknown_prices_are_shown_apart() -> None:
    found = await report(
        [
            receipt("dec_1", usage=Usage(100, 20, reported=False)),
            receipt("dec_2"),
            receipt("dec_3", plan=plan(candidate(price_source=PriceSource.ASSUMED)), cost=0),
        ],
        By.MODEL,
    )
    (line,) = found.lines
    assert line.key == "cloud-mini-model"
    assert (line.cost, line.estimated_cost, line.unpriced) == (54_000, 27_000, 1)


async def test_a_report_ends_where_it_says_and_keeps_tenants_apart() -> None:
    receipts = [
        receipt("dec_1", at=NOW - 1),
        receipt("dec_2", at=NOW),
        receipt("dec_3", at=NOW + DAY, tenant="other", key_id="key-2"),
        receipt("dec_4", at=NOW + 10 * DAY),
    ]
    by_day = await report(receipts, By.DAY)
    assert [line.requests for line in by_day.lines] == [1, 1]
    assert [line.key for line in by_day.lines] == sorted(line.key for line in by_day.lines)
    assert [line.key for line in (await report(receipts, By.KEY)).lines] == ["key-1", "key-2"]
    own = await report(receipts, By.TENANT, tenant="other")
    assert [line.key for line in own.lines] == ["other"]
    assert own.total.requests == 1


async def test_an_empty_report_is_all_zeros() -> None:
    found = await report([], By.ZONE)
    assert found.lines == ()
    assert (found.total.requests, found.total.success_rate, found.total.p95_ms) == (0, None, None)


async def test_a_crash_is_charged_to_its_endpoint() -> None:
    async with MemoryJournal() as journal:
        journal.record(swept([intent()]))
        found = await journal.usage(NOW, NOW + DAY)
        assert (await journal.read("dec_1")).error == SWEPT
    (line,) = found.lines
    assert (line.key, line.failed, line.cost, line.estimated_cost) == (
        "cloud-mini",
        1,
        5_000,
        5_000,
    )


receipts_of_any_kind = st.lists(
    st.builds(
        lambda outcome, zone, cost, tokens, ms: (outcome, zone, cost, tokens, ms),
        st.sampled_from(Outcome),
        st.sampled_from([Zone.LOCAL, Zone.PRIVATE, Zone.CLOUD]),
        st.integers(0, 10**9),
        st.integers(0, 10**6),
        st.floats(0, 10**6),
    ),
    max_size=30,
)


@settings(max_examples=50, deadline=None)
@given(receipts_of_any_kind)
async def test_the_sums_agree_with_python(
    kinds: list[tuple[Outcome, Zone, int, int, float]],
) -> None:
    receipts = [
        receipt(
            f"dec_{n}",
            outcome=outcome,
            zone=zone.value,
            cost=cost,
            usage=Usage(tokens, tokens),
            total_ms=ms,
        )
        for n, (outcome, zone, cost, tokens, ms) in enumerate(kinds)
    ]
    found = await report(receipts, By.ZONE, reference=REFERENCE)
    assert sum(line.requests for line in found.lines) == len(receipts)
    for line in found.lines:
        mine = [r for r in receipts if r.zone == line.key]
        done = sorted(r.total_ms for r in mine if r.outcome is Outcome.COMPLETED)
        assert line.cost == sum(r.cost for r in mine)
        assert line.p95_ms == (done[math.ceil(0.95 * len(done)) - 1] if done else None)
        saved = sum(
            REFERENCE.cost(r.usage.prompt, r.usage.completion) - r.cost
            for r in mine
            if r.usage and r.outcome is Outcome.COMPLETED and r.zone != Zone.CLOUD.value
        )
        assert line.savings == saved
