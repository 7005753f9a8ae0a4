"""The performance report in seven parts: totals, cloud, local, efficiency, fallbacks,
recommendations, summary. Made from the ledger's statistics; this is what `GET /v1/report` sends.

Parts 2 to 4 and 6 compare models that chat. What was done besides is a list of its own: neither its
times nor its prices can be compared with theirs.

Money is nano-dollars, times are milliseconds, moments wall-clock nanoseconds.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from gilmok.core.endpoint import Zone
from gilmok.core.said import Locale, Said
from gilmok.core.work import Does
from gilmok.lab.efficiency import Efficiency, efficiency
from gilmok.lab.figures import money
from gilmok.lab.policy import FeedbackPolicy
from gilmok.lab.recommendations import Recommendation, local_share, recommendations
from gilmok.ledger import EndpointStatistics, Reason, ServiceStatistics, Statistics


class Totals(Struct, frozen=True, kw_only=True):
    """Part 1: of requests. Every other part counts attempts."""

    requests: int
    completed: int
    refused: int
    failed: int
    cancelled: int
    success_rate: float | None
    """Completed over completed and failed; `None` where nothing was tried."""
    cache_hits: int
    cost: int
    estimated_cost: int
    """The part of `cost` whose receipt rests on an estimate."""
    savings: int | None
    """What the local answers would have cost at the reference price, less what they did cost."""


class Side(Struct, frozen=True, kw_only=True):
    """Parts 2 and 3: endpoints in the cloud; those of this machine and its private network."""

    requests: int
    successes: int
    failures: int
    success_rate: float | None
    mean_ms: float | None
    prompt_tokens: int
    completion_tokens: int
    cost: int
    unpriced: int
    """Answers whose price is assumed, not known."""
    share: float | None
    """Of all answers."""
    endpoints: tuple[EndpointStatistics, ...]


class Fallbacks(Struct, frozen=True, kw_only=True):
    """Part 5: answers of another endpoint than the first choice."""

    count: int
    most_common_reason: str | None
    reasons: tuple[Reason, ...]


class Summary(Struct, frozen=True, kw_only=True):
    """Part 7: the ledger's memory of this span in one line."""

    requests: int
    cost: int
    savings: int | None
    text: str


class PerformanceReport(Struct, frozen=True, kw_only=True):
    object: str = "gilmok.report"
    since: int
    until: int
    totals: Totals
    cloud: Side
    local: Side
    services: tuple[ServiceStatistics, ...] = ()
    """Most requests first; empty where there was nothing but chat."""
    efficiency: tuple[Efficiency, ...]
    fallbacks: Fallbacks
    recommendations: tuple[Recommendation, ...]
    summary: Summary


_SUMMARY = Said(
    "Requests {requests}, cost {cost}, savings {savings}",
    "총 요청 {requests}회, 비용 {cost}, 절감 {savings}",
)


def performance(found: Statistics, policy: FeedbackPolicy, locale: Locale) -> PerformanceReport:
    """The report, its sentences in one language."""
    chats = replace(found, endpoints=tuple(e for e in found.endpoints if e.does == Does.CHAT))
    scores = tuple(efficiency(of, policy) for of in chats.endpoints)
    share = local_share(chats)
    cloud = [of for of in chats.endpoints if of.zone == Zone.CLOUD]
    local = [of for of in chats.endpoints if of.zone != Zone.CLOUD]
    return PerformanceReport(
        since=found.since,
        until=found.until,
        totals=_totals(found),
        cloud=_side(cloud, None if share is None else 1 - share),
        local=_side(local, share),
        services=found.services,
        efficiency=scores,
        fallbacks=Fallbacks(
            count=found.fallbacks,
            most_common_reason=next((r.code for r in found.fallback_reasons), None),
            reasons=found.fallback_reasons,
        ),
        recommendations=recommendations(chats, scores, policy, locale),
        summary=_summary(found, locale),
    )


def _totals(found: Statistics) -> Totals:
    return Totals(
        requests=found.requests,
        completed=found.completed,
        refused=found.refused,
        failed=found.failed,
        cancelled=found.cancelled,
        success_rate=found.success_rate,
        cache_hits=found.cache_hits,
        cost=found.cost,
        estimated_cost=found.estimated_cost,
        savings=found.savings,
    )


def _side(endpoints: Sequence[EndpointStatistics], share: float | None) -> Side:
    successes = sum(of.successes for of in endpoints)
    failures = sum(of.failures for of in endpoints)
    tried = successes + failures
    milliseconds = sum((of.mean_ms or 0.0) * of.successes for of in endpoints)
    return Side(
        requests=sum(of.requests for of in endpoints),
        successes=successes,
        failures=failures,
        success_rate=successes / tried if tried else None,
        mean_ms=milliseconds / successes if successes else None,
        prompt_tokens=sum(of.prompt_tokens for of in endpoints),
        completion_tokens=sum(of.completion_tokens for of in endpoints),
        cost=sum(of.cost for of in endpoints),
        unpriced=sum(of.unpriced for of in endpoints),
        share=share,
        endpoints=tuple(endpoints),
    )


def _summary(found: Statistics, locale: Locale) -> Summary:
    said = _SUMMARY.ko if locale == "ko" else _SUMMARY.en
    text = said.format(
        requests=f"{found.requests:,}",
        cost=money(found.cost),
        savings="-" if found.savings is None else money(found.savings),
    )
    return Summary(requests=found.requests, cost=found.cost, savings=found.savings, text=text)
