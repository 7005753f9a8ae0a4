"""Prometheus metrics, from receipts and from what clients were told. Every name is in
docs/metrics.md.

Labels are configured names and stable codes, so that the number of series is bounded and no caller
can add one. Tenants are no label: they would be visible to whoever may scrape.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import accumulate

from prometheus_client import CollectorRegistry, Gauge, generate_latest
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

from gilmok.core.cap_view import CapView
from gilmok.core.completion import Usage
from gilmok.core.engine_view import MachineView
from gilmok.core.goodput import TWO_SECONDS, met
from gilmok.core.receipt import Attempt, Receipt
from gilmok.telemetry.caps import CapMetrics
from gilmok.telemetry.machine import EngineMetrics

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_NONE = "none"
_REJECTED = "rejected_"
_MET, _MISSED = "met", "missed"
_PROMPT, _COMPLETION = "prompt", "completion"
_CHAT = "chat"
_DURATIONS_S = (0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0)
_FIRST_TOKENS_S = (0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0)
_QUEUED_S = (0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0)
_TOKEN_S = (0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.5, 1.0)


class _Series(Collector):
    """A counter: adding is one dict entry, the library's own objects are made for a scrape.

    What every request adds goes to `counts` without a call between.
    """

    def __init__(self, name: str, about: str, labels: tuple[str, ...]) -> None:
        self._name, self._about, self._labels = name, about, labels
        self.counts: defaultdict[tuple[str, ...], float] = defaultdict(float)

    def add(self, amount: float, *labels: str) -> None:
        self.counts[labels] += amount

    def collect(self) -> Iterator[Metric]:
        family = CounterMetricFamily(self._name, self._about, labels=self._labels)
        for labels, count in self.counts.items():
            family.add_metric(labels, count)
        yield family


class _Times(Collector):
    """A histogram over endpoints, in seconds."""

    def __init__(self, name: str, about: str, bounds: tuple[float, ...]) -> None:
        self._name, self._about, self._bounds = name, about, bounds
        self._counts: defaultdict[str, list[int]] = defaultdict(lambda: [0] * (len(bounds) + 1))
        self._sums: defaultdict[str, float] = defaultdict(float)

    def add(self, milliseconds: float, endpoint: str) -> None:
        seconds = milliseconds / 1000.0
        self._counts[endpoint][bisect_left(self._bounds, seconds)] += 1
        self._sums[endpoint] += seconds

    def collect(self) -> Iterator[Metric]:
        family = HistogramMetricFamily(self._name, self._about, labels=("endpoint",))
        bounds = [*map(floatToGoString, self._bounds), "+Inf"]
        for endpoint, counts in self._counts.items():
            buckets = list(zip(bounds, map(float, accumulate(counts)), strict=True))
            family.add_metric((endpoint,), buckets, self._sums[endpoint])
        yield family


class Metrics:
    """The gateway's own registry. `observe` never raises."""

    targets = TWO_SECONDS
    """What requests are promised."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        counter = self._counter
        self._requests = counter(
            "gilmok_requests_total",
            "Requests that ended.",
            "outcome",
            "zone",
            "endpoint",
            "sensitivity",
        )
        self._errors = counter("gilmok_errors_total", "Requests that ended in an error.", "error")
        self._told = counter(
            "gilmok_error_answers_total", "Errors that were answers, decided about or not.", "error"
        )
        self._attempts = counter(
            "gilmok_attempts_total", "Tries at an endpoint.", "endpoint", "outcome"
        )
        self._fallbacks = counter(
            "gilmok_fallbacks_total", "Answers of another than the first candidate.", "reason"
        )
        self._rejected = counter(
            "gilmok_answers_rejected_total", "Answers that were passed over.", "endpoint", "code"
        )
        self._marked = counter(
            "gilmok_answers_marked_total", "Answers given though flawed.", "endpoint", "code"
        )
        self._injections = counter(
            "gilmok_injections_total",
            "Requests with an attempt to take over the model.",
            "source",
            "verdict",
            "action",
        )
        self._cache = counter("gilmok_cache_lookups_total", "Questions to the cache.", "result")
        self._tokens = counter("gilmok_tokens_total", "Tokens of answers.", "endpoint", "kind")
        self._count_money()
        self._count_services()
        self._measure_times()

    def _counter(self, name: str, about: str, *labels: str) -> _Series:
        self.registry.register(series := _Series(name, about, labels))
        return series

    def _times(self, name: str, about: str, bounds: tuple[float, ...]) -> _Times:
        self.registry.register(series := _Times(name, about, bounds))
        return series

    def _measure_times(self) -> None:
        times = self._times
        self._durations = times(
            "gilmok_request_duration_seconds", "Completed requests, end to end.", _DURATIONS_S
        )
        self._first_tokens = times(
            "gilmok_first_token_seconds", "Until the first part of an answer.", _FIRST_TOKENS_S
        )
        self._queued = times("gilmok_queue_seconds", "Tries that waited for their turn.", _QUEUED_S)
        self._prefills = times(
            "gilmok_prefill_seconds", "Prompts, by the server's own clock.", _FIRST_TOKENS_S
        )
        self._per_token = times(
            "gilmok_output_token_seconds", "Per output token after the first.", _TOKEN_S
        )
        self._promises = self._counter(
            "gilmok_sla_requests_total",
            "Requests that were promised a time to the first token.",
            "plan",
            "result",
        )

    def _count_money(self) -> None:
        counter = self._counter
        self._cost = counter(
            "gilmok_cost_nano_usd_total", "Money spent, in nano-dollars.", "endpoint"
        )
        self._overruns = counter(
            "gilmok_hold_overrun_nano_usd_total",
            "Money spent beyond what was held for a request, in nano-dollars.",
            "endpoint",
        )
        self._budget_events = counter(
            "gilmok_budget_events_total", "Budgets that became soft or ran out.", "event", "scope"
        )
        self._webhook = counter(
            "gilmok_webhook_events_total", "Events that were posted to the webhook.", "result"
        )

    def _count_services(self) -> None:
        counter = self._counter
        self._services = counter(
            "gilmok_service_requests_total",
            "Requests for something besides chat.",
            "does",
            "outcome",
            "cache",
        )
        self._units = counter(
            "gilmok_service_units_total",
            "What was made of what is paid by the piece.",
            "does",
            "endpoint",
        )
        self._service_cost = counter(
            "gilmok_service_cost_nano_usd_total",
            "Money spent on it, in nano-dollars.",
            "does",
            "endpoint",
        )

    def observe(self, receipt: Receipt) -> None:
        """Counts one request that ended."""
        endpoint = receipt.endpoint_id or _NONE
        seen = receipt.inspection
        label = _NONE if seen is None else seen.sensitivity.label
        self._requests.counts[receipt.outcome, receipt.zone or _NONE, endpoint, label] += 1
        if seen is not None and seen.injection:
            for found in seen.injection:
                self._injections.add(1, found.source, found.verdict, seen.injection_action)
        if (kept := met(receipt, self.targets)) is not None:
            self._promises.counts[receipt.plan_id, _MET if kept else _MISSED] += 1
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
        if receipt.validation is not None:
            self._marked.add(1, endpoint, receipt.validation)
        if receipt.cost > receipt.held:
            self._overruns.add(receipt.cost - receipt.held, endpoint)
        for attempt in receipt.attempts:
            self._attempts.counts[attempt.endpoint_id, attempt.outcome] += 1
            if attempt.outcome.startswith(_REJECTED):
                self._rejected.add(1, attempt.endpoint_id, attempt.outcome[len(_REJECTED) :])
            if attempt.cost > 0:
                self._cost.counts[attempt.endpoint_id,] += attempt.cost
            if attempt.queued_ms:
                self._queued.add(attempt.queued_ms, attempt.endpoint_id)
            if attempt.usage is not None:
                self._observe_tokens(attempt, attempt.usage)
        if receipt.does != _CHAT:
            self._observe_service(receipt)

    def _observe_service(self, receipt: Receipt) -> None:
        does = str(receipt.does)
        self._services.add(1, does, receipt.outcome, receipt.cache)
        for attempt in receipt.attempts:
            if attempt.usage is not None and attempt.usage.units > 0:
                self._units.add(attempt.usage.units, does, attempt.endpoint_id)
            if attempt.cost > 0:
                self._service_cost.add(attempt.cost, does, attempt.endpoint_id)

    def _observe_tokens(self, attempt: Attempt, usage: Usage) -> None:
        endpoint, prompt, completion = attempt.endpoint_id, usage.prompt, usage.completion
        # A counter refuses negative amounts, and an upstream may report anything.
        counts = self._tokens.counts
        counts[endpoint, _PROMPT] += prompt if prompt > 0 else 0
        counts[endpoint, _COMPLETION] += completion if completion > 0 else 0
        if usage.timings is not None:
            self._prefills.add(usage.timings.prefill_ms, endpoint)
        elif attempt.first_token_ms is None:
            return
        if (token_ms := attempt.token_ms) is not None:
            self._per_token.add(token_ms, endpoint)

    def told(self, code: str) -> None:
        """Counts an error that a client got as its answer. Keys, limits and bodies that are refused
        leave no receipt, and are seen here only."""
        self._told.add(1, code)

    def budget_event(self, kind: str, scope: str) -> None:
        """Counts a threshold that somebody's budget crossed."""
        self._budget_events.add(1, kind, scope)

    def webhook(self, result: str) -> None:
        """Counts an event that was `delivered` or `failed` to be."""
        self._webhook.add(1, result)

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

    def watch_engines(self, look: Callable[[], MachineView]) -> None:
        """What engines and queues do, looked up when somebody scrapes. Call it once."""
        self.registry.register(EngineMetrics(look))

    def watch_caps(self, look: Callable[[], Iterable[CapView]]) -> None:
        """What endpoints have spent of their caps, looked up when somebody scrapes. Call it once."""
        self.registry.register(CapMetrics(look))

    def render(self) -> bytes:
        """The text exposition format, `CONTENT_TYPE`."""
        return generate_latest(self.registry)
