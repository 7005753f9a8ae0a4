"""What an endpoint costs: its own table's prices, the price list's, or what is assumed."""

from __future__ import annotations

from decimal import Decimal

from msgspec.structs import replace

from gilmok.config.price_list import price_list
from gilmok.config.problems import Problems, Said
from gilmok.config.schema import EndpointSettings, RoutingSettings
from gilmok.core.endpoint import PriceSource, Zone
from gilmok.core.money import Price, Rates, nano

Priced = tuple[Price, PriceSource]

_FREE = Price()


class Pricing:
    """Prices for the endpoints of one configuration."""

    def __init__(self, routing: RoutingSettings) -> None:
        self._routing = routing

    def of(
        self, key: str, table: EndpointSettings, zone: Zone | None, problems: Problems
    ) -> Priced:
        """The price of a table's endpoint. Its own prices of parts replace those of the list."""
        price, source = self._tokens(key, table, zone, problems)
        rates = _own_rates(table, price.rates or Rates())
        if rates == (price.rates or Rates()):
            return price, source
        if source is PriceSource.FREE:
            source = PriceSource.CONFIGURED
        return replace(price, rates=rates), source

    def listed(self, provider: str, model: str) -> Priced:
        """The price of a cloud model that no table describes."""
        price = price_list().find(provider, model)
        return self._unlisted() if price is None else (price, PriceSource.LISTED)

    def _tokens(
        self, key: str, table: EndpointSettings, zone: Zone | None, problems: Problems
    ) -> Priced:
        match table.price_input, table.price_output:
            case Decimal() as price_input, Decimal() as price_output:
                own = Price(nano(price_input), nano(price_output))
                return own, PriceSource.CONFIGURED
            case None, None:
                pass
            case given, _:
                _say_missing(key, "price_output" if given is not None else "price_input", problems)
        if zone is not Zone.CLOUD:
            return _FREE, PriceSource.FREE
        price, source = self.listed(table.provider, table.model)
        if not source.is_known:
            self._warn(key, problems)
        return price, source

    def _unlisted(self) -> Priced:
        routing = self._routing
        assumed = Price(nano(routing.assumed_price_input), nano(routing.assumed_price_output))
        refused = routing.unknown_price == "refuse"
        return assumed, PriceSource.UNKNOWN if refused else PriceSource.ASSUMED

    def _warn(self, key: str, problems: Problems) -> None:
        routing = self._routing
        if routing.unknown_price == "refuse":
            said = Said(
                "Nobody knows what this model costs, so it is never asked. Set price_input and "
                "price_output.",
                "이 모델의 가격을 알 수 없어 쓰지 않습니다. price_input과 price_output을 적으세요.",
            )
        else:
            amounts = f"${routing.assumed_price_input}/${routing.assumed_price_output}"
            said = Said(
                f"Nobody knows what this model costs; {amounts} per 1M tokens is assumed. Set "
                "price_input and price_output.",
                f"이 모델의 가격을 알 수 없어 100만 토큰당 {amounts}로 칩니다. price_input과 "
                "price_output을 적으세요.",
            )
        problems.warn(f"{key}.price_input", said)


def _own_rates(table: EndpointSettings, listed: Rates) -> Rates:
    def of(own: Decimal | None, before: int | None) -> int | None:
        return before if own is None else nano(own)

    return Rates(
        cached_input=of(table.price_cached_input, listed.cached_input),
        cache_write=of(table.price_cache_write, listed.cache_write),
        audio_input=of(table.price_audio_input, listed.audio_input),
        image_input=of(table.price_image_input, listed.image_input),
        reasoning=of(table.price_reasoning, listed.reasoning),
        audio_output=of(table.price_audio_output, listed.audio_output),
        image_output=of(table.price_image_output, listed.image_output),
        image=of(table.price_per_image, listed.image) or 0,
        request=of(table.price_per_request, listed.request) or 0,
        second=of(table.price_per_second, listed.second) or 0,
        long=None if listed.long is None else _with_own(table, listed.long),
        long_from=listed.long_from,
    )


def _with_own(table: EndpointSettings, listed: Price) -> Price:
    """A longer prompt's price, with the table's own prices of parts as well."""
    rates = _own_rates(table, listed.rates or Rates())
    return replace(listed, rates=None if rates == Rates() else rates)


def _say_missing(key: str, missing: str, problems: Problems) -> None:
    problems.error(
        f"{key}.{missing}",
        Said("is missing while the other price is set.", "다른 가격만 적혀 있고 이 값이 없습니다."),
        Said(
            "Set both prices or neither; 0 is a price.",
            "둘 다 적거나 둘 다 지우세요. 0도 가격입니다.",
        ),
    )
