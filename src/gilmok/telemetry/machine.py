"""What this machine's engines are doing, as metrics: looked up when somebody scrapes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from gilmok.core.engine import EngineState
from gilmok.core.engine_view import EngineView, MachineView


class EngineMetrics(Collector):
    def __init__(self, look: Callable[[], MachineView]) -> None:
        self._look = look

    def collect(self) -> Iterator[Metric]:
        seen = self._look()
        devices = [(of.id, of.budget, of.held) for of in seen.devices]
        yield _gauge(
            "gilmok_memory_budget_bytes",
            "Memory that engines may take together.",
            "device",
            ((device, budget) for device, budget, _ in devices),
        )
        yield _gauge(
            "gilmok_memory_held_bytes",
            "Memory of loaded and loading engines.",
            "device",
            ((device, held) for device, _, held in devices),
        )
        yield from _engines(seen.engines)
        yield _gauge(
            "gilmok_queue_waiting",
            "Requests that wait for their turn.",
            "endpoint",
            ((of.endpoint_id, of.waiting) for of in seen.queues),
        )


def _engines(engines: tuple[EngineView, ...]) -> Iterator[Metric]:
    states = GaugeMetricFamily(
        "gilmok_engine_state", "1 for the state an engine is in.", labels=("engine", "state")
    )
    for of in engines:
        for state in EngineState:
            states.add_metric((of.id, state), float(of.state is state))
    yield states
    yield _gauge(
        "gilmok_engine_in_flight",
        "Requests that an engine is answering.",
        "engine",
        ((of.id, of.in_flight) for of in engines),
    )
    stopped = CounterMetricFamily(
        "gilmok_engine_stopped_seconds_total",
        "Time that engines were stopped for want of work.",
        labels=("engine",),
    )
    saved = CounterMetricFamily(
        "gilmok_engine_saved_nano_usd_total",
        "What that time would have cost, in nano-dollars.",
        labels=("engine",),
    )
    for of in engines:
        stopped.add_metric((of.id,), of.stopped_s)
        saved.add_metric((of.id,), of.saved)
    yield stopped
    yield saved


def _gauge(name: str, about: str, label: str, values: Iterable[tuple[str, float]]) -> Metric:
    family = GaugeMetricFamily(name, about, labels=(label,))
    for of, value in values:
        family.add_metric((of,), value)
    return family
