"""The seven parts from a ledger: the first document's session, played again."""

from __future__ import annotations

import msgspec
import pytest

from gilmok.core.completion import Usage
from gilmok.core.endpoint import Zone
from gilmok.core.receipt import Attempt, Receipt
from gilmok.lab import FeedbackPolicy, PerformanceReport, performance
from gilmok.ledger import MemoryJournal, Reason
from tests.unit.lab.samples import found, served
from tests.unit.ledger.samples import NOW, candidate, plan, receipt

DAY = 86_400 * 10**9

LATENCIES = (4_174, 1_834, 1_620, 5_224, 1_850, 1_850, 1_851)
COSTS = (135_000, 272_000, 300_000, 343_000, 212_000, 212_000, 213_000)
"""Of the document's seven answers; it shows four, and the sums of all."""
FALLEN_BACK = 4
"""The first so many were meant for Ollama, whose answer could not be read (`'response'`)."""


def answered(number: int) -> Receipt:
    """One of the document's requests."""
    fell_back = number < FALLEN_BACK
    took, cost = float(LATENCIES[number]), COSTS[number]
    usage = Usage(500, 400)
    last = Attempt(
        number=2 if fell_back else 1,
        endpoint_id="cloud-mini",
        zone="cloud",
        masked=False,
        started_ms=0.0,
        ended_ms=took,
        outcome="answered",
        usage=usage,
        cost=cost,
    )
    failed = Attempt(
        number=1,
        endpoint_id="ollama",
        zone="local",
        masked=False,
        started_ms=0.0,
        ended_ms=3.0,
        outcome="malformed_answer",
    )
    return receipt(
        f"dec_{number}",
        plan=plan(candidate("ollama", zone=Zone.LOCAL), candidate()),
        attempts=(failed, last) if fell_back else (last,),
        fallback=fell_back,
        fallback_reason="malformed_answer" if fell_back else None,
        usage=usage,
        cost=cost,
        total_ms=took,
    )


@pytest.fixture
async def report() -> PerformanceReport:
    async with MemoryJournal() as journal:
        for number in range(len(LATENCIES)):
            journal.record(answered(number))
        statistics = await journal.statistics(NOW, NOW + DAY)
    return performance(statistics, FeedbackPolicy(), "ko")


async def test_the_documents_figures(report: PerformanceReport) -> None:
    assert (report.totals.requests, report.totals.cost) == (7, 1_687_000)
    cloud = report.cloud
    assert (cloud.requests, cloud.success_rate, cloud.cost) == (7, 1.0, 1_687_000)
    assert f"{cloud.mean_ms:.0f}" == "2629"
    assert report.fallbacks.count == 4
    score = next(of for of in report.efficiency if of.zone == "cloud")
    assert (f"{score.score:.2f}", f"{score.cost_efficiency:.2f}") == ("0.70", "1.00")
    assert (score.speed_score, score.reliability) == (0.0, 1.0)
    assert report.summary.text == "총 요청 7회, 비용 $0.00169, 절감 -"


async def test_what_the_document_forgot(report: PerformanceReport) -> None:
    """Its Ollama failed four times and was reported with none: failures were never recorded."""
    local = report.local
    assert (local.requests, local.successes, local.failures) == (4, 0, 4)
    assert (local.success_rate, local.mean_ms, local.share) == (0.0, None, 0.0)
    assert report.fallbacks.most_common_reason == "malformed_answer"
    assert [r.code for r in report.recommendations] == [
        "endpoint_slow",  # as the document
        "endpoint_unreliable",  # what it could not see
        "local_share_low",  # as the document
    ]


async def test_an_empty_report_has_all_seven_parts() -> None:
    report = performance(found(), FeedbackPolicy(), "en")
    encoded = msgspec.json.decode(msgspec.json.encode(report))
    assert list(encoded) == [
        "object", "since", "until", "totals", "cloud", "local", "services", "efficiency", "fallbacks",
        "recommendations", "summary",
    ]  # fmt: skip
    assert report.summary.text == "Requests 0, cost $0, savings $0"
    assert (report.cloud.share, report.local.success_rate) == (None, None)


async def test_sides_are_means_of_answers_not_of_endpoints() -> None:
    statistics = found(
        served("a", successes=3, mean_ms=100.0),
        served("b", successes=1, mean_ms=500.0),
        served("c", successes=0, failures=4),
        served("rack", "private", successes=4),
        fallback_reasons=(Reason("stream_stalled", 2), Reason("connect_failed", 1)),
    )
    report = performance(statistics, FeedbackPolicy(), "en")
    assert report.cloud.mean_ms == 200.0
    assert (report.cloud.success_rate, report.cloud.share) == (0.5, 0.5)
    assert [of.endpoint_id for of in report.local.endpoints] == ["rack"]
    assert report.fallbacks.most_common_reason == "stream_stalled"
