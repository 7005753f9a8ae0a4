"""Prices that reports ask for: of the endpoints there are, and of models by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from gilmok.config import RoutingSettings
from gilmok.config.price_list import price_list
from gilmok.core.endpoint import Endpoint
from gilmok.core.money import Price, nano

ListEndpoints = Callable[[], Iterable[Endpoint]]


def reference_price(routing: RoutingSettings) -> Price:
    """What savings are measured against where nobody names a model."""
    return Price(nano(routing.reference_price_input), nano(routing.reference_price_output))


class KnownPrices:
    """Implements `surfaces.reports.Prices`."""

    def __init__(self, endpoints: ListEndpoints, routing: RoutingSettings) -> None:
        self._endpoints = endpoints
        self._routing = routing

    @property
    def reference(self) -> Price:
        return reference_price(self._routing)

    def by_endpoint(self) -> Mapping[str, Price | None]:
        return {e.id: e.price if e.prices_known else None for e in self._endpoints()}

    def named(self, model: str) -> Price | None:
        """Of an endpoint by its id or model, else of a listed model at its maker."""
        for endpoint in self._endpoints():
            if endpoint.prices_known and model in (endpoint.id, endpoint.model):
                return endpoint.price
        return price_list().anywhere(model)
