"""How far endpoints are from their caps, as metrics: looked up when somebody scrapes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from gilmok.core.cap_view import CapView

_GAUGES = (
    ("gilmok_endpoint_cap_nano_usd", "What may be spent at an endpoint.", "cap"),
    ("gilmok_endpoint_cap_spent_nano_usd", "What is spent of it.", "spent"),
    ("gilmok_endpoint_cap_held_nano_usd", "What is held for attempts under way.", "held"),
)


class CapMetrics(Collector):
    def __init__(self, look: Callable[[], Iterable[CapView]]) -> None:
        self._look = look

    def collect(self) -> Iterator[Metric]:
        caps = tuple(self._look())
        for name, about, field in _GAUGES:
            gauge = GaugeMetricFamily(name, about, labels=("endpoint", "cycle"))
            for of in caps:
                gauge.add_metric((of.endpoint_id, of.cycle), getattr(of, field))
            yield gauge
