"""Prometheus metrics, from receipts and nothing else. Every name is in docs/metrics.md.

Labels are configured names and stable codes, so that the number of series is bounded and no caller
can add one. Tenants are no label: they would be visible to whoever may scrape.
"""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)

from gilmok.core.receipt import Receipt

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_NONE = "none"
_DURATIONS_S = (0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0)
_FIRST_TOKENS_S = (0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0)

# They would add a series to each, with nothing a scrape does not know.
disable_created_metrics()  # type: ignore[no-untyped-call]


class _Series:
    """A counter's children by label values: a dict lookup where `labels` locks and builds."""

    __slots__ = ("_counter", "_known")

    def __init__(self, counter: Counter) -> None:
        self._counter = counter
        self._known: dict[tuple[str, ...], Counter] = {}

    def add(self, amount: float, *labels: str) -> None:
        child = self._known.get(labels)
        if child is None:
            child = self._known[labels] = self._counter.labels(*labels)
        child.inc(amount)


class _Times:
    __slots__ = ("_histogram", "_known")

    def __init__(self, histogram: Histogram) -> None:
        self._histogram = histogram
        self._known: dict[str, Histogram] = {}

    def add(self, milliseconds: float, endpoint: str) -> None:
        child = self._known.get(endpoint)
        if child is None:
            child = self._known[endpoint] = self._histogram.labels(endpoint)
        child.observe(milliseconds / 1000.0)


class Metrics:
    """The gateway's own registry. `observe` costs about 5 microseconds and never raises."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()

        def counter(name: str, about: str, *labels: str) -> _Series:
            return _Series(Counter(name, about, labels, registry=registry))

        def times(name: str, about: str, buckets: tuple[float, ...]) -> _Times:
            return _Times(Histogram(name, about, ("endpoint",), registry=registry, buckets=buckets))

        self._requests = counter(
            "gilmok_requests_total",
            "Requests that ended.",
            "outcome",
            "zone",
            "endpoint",
            "sensitivity",
        )
        self._errors = counter("gilmok_errors_total", "Requests that ended in an error.", "error")
        self._attempts = counter(
            "gilmok_attempts_total", "Tries at an endpoint.", "endpoint", "outcome"
        )
        self._fallbacks = counter(
            "gilmok_fallbacks_total", "Answers of another than the first candidate.", "reason"
        )
        self._cache = counter("gilmok_cache_lookups_total", "Questions to the cache.", "result")
        self._tokens = counter("gilmok_tokens_total", "Tokens of answers.", "endpoint", "kind")
        self._cost = counter(
            "gilmok_cost_nano_usd_total", "Money spent, in nano-dollars.", "endpoint"
        )
        self._durations = times(
            "gilmok_request_duration_seconds", "Completed requests, end to end.", _DURATIONS_S
        )
        self._first_tokens = times(
            "gilmok_first_token_seconds", "Until the first part of an answer.", _FIRST_TOKENS_S
        )

    def observe(self, receipt: Receipt) -> None:
        """Counts one request that ended."""
        endpoint = receipt.endpoint_id or _NONE
        seen = receipt.inspection
        self._requests.add(
            1,
            receipt.outcome,
            receipt.zone or _NONE,
            endpoint,
            _NONE if seen is None else seen.sensitivity.label,
        )
        if receipt.error is not None:
            self._errors.add(1, receipt.error)
        else:
            self._durations.add(receipt.total_ms, endpoint)
        if receipt.first_token_ms is not None:
            self._first_tokens.add(receipt.first_token_ms, endpoint)
        if receipt.fallback:
            self._fallbacks.add(1, receipt.fallback_reason or _NONE)
        if receipt.cache != "off":
            self._cache.add(1, receipt.cache)
        for attempt in receipt.attempts:
            self._attempts.add(1, attempt.endpoint_id, attempt.outcome)
            if attempt.cost > 0:
                self._cost.add(attempt.cost, attempt.endpoint_id)
            if attempt.usage is not None:
                # A counter refuses negative amounts, and an upstream may report anything.
                self._tokens.add(max(attempt.usage.prompt, 0), attempt.endpoint_id, "prompt")
                self._tokens.add(
                    max(attempt.usage.completion, 0), attempt.endpoint_id, "completion"
                )

    def watch(
        self,
        *,
        in_flight: Callable[[], float],
        journal_queue: Callable[[], float],
        journal_healthy: Callable[[], float],
        journal_dropped: Callable[[], float],
    ) -> None:
        """Gauges that are asked when somebody scrapes. Call it once."""
        for name, about, ask in (
            ("gilmok_requests_in_flight", "Requests being answered.", in_flight),
            ("gilmok_journal_queue_rows", "Rows that wait to be written.", journal_queue),
            ("gilmok_journal_healthy", "1 while the journal can be written.", journal_healthy),
            ("gilmok_journal_dropped_receipts", "Receipts given up.", journal_dropped),
        ):
            Gauge(name, about, registry=self.registry).set_function(ask)

    def render(self) -> bytes:
        """The text exposition format, `CONTENT_TYPE`."""
        return generate_latest(self.registry)
