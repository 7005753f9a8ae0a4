"""What an endpoint costs: its own table's prices, the price list's, or what is assumed."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from gilmok.config.price_list import price_list
from gilmok.config.problems import Problems, Said
from gilmok.config.schema import EndpointSettings, RoutingSettings
from gilmok.config.service_prices import Unit, per_million
from gilmok.core.endpoint import PriceSource, Zone
from gilmok.core.money import Price, Rates, nano
from gilmok.core.work import Does

Priced = tuple[Price, PriceSource]

_FREE = Price()


class _Piece(Struct, frozen=True):
    """What is reckoned with where nobody knows what a picture, a voice or a minute costs: more than
    any known one does."""

    unit: Unit
    usd: Decimal
    option: str

    def said(self, unknown_price: str) -> Said:
        if unknown_price == "refuse":
            return Said(
                f"Nobody knows what this costs, so it is never asked. Set {self.option}.",
                f"가격을 알 수 없어 쓰지 않습니다. {self.option}을(를) 적으세요.",
            )
        return Said(
            f"Nobody knows what this costs; {self.option} = {self.usd} is assumed. Set it.",
            f"가격을 알 수 없어 {self.option} = {self.usd}(으)로 칩니다. 직접 적으세요.",
        )


_MINUTE = _Piece("minute", Decimal("0.5"), "price_per_minute")
_ASSUMED: Mapping[Does, _Piece] = {
    Does.IMAGES: _Piece("picture", Decimal("0.25"), "price_per_picture"),
    Does.SPEECH: _Piece("million_characters", Decimal(200), "price_per_million_characters"),
    Does.TRANSCRIPTION: _MINUTE,
    Does.VIDEO: _MINUTE,
}


class Pricing:
    """Prices for the endpoints of one configuration."""

    def __init__(self, routing: RoutingSettings) -> None:
        self._routing = routing

    def of(
        self,
        key: str,
        table: EndpointSettings,
        does: Does,
        zone: Zone | None,
        problems: Problems,
    ) -> Priced:
        """The price of a table's endpoint. Its own prices of parts replace those of the list."""
        price, source = self._plain(key, table, does, zone, problems)
        rates = _own_rates(table, price.rates or Rates())
        if rates == (price.rates or Rates()):
            return price, source
        if source is PriceSource.FREE:
            source = PriceSource.CONFIGURED
        return replace(price, rates=rates), source

    def listed(self, provider: str, model: str, does: Does) -> Priced:
        """The price of a cloud model that no table describes."""
        price = price_list().find(provider, model)
        return self._unlisted(does) if price is None else (price, PriceSource.LISTED)

    def _plain(
        self,
        key: str,
        table: EndpointSettings,
        does: Does,
        zone: Zone | None,
        problems: Problems,
    ) -> Priced:
        match table.price_input, table.price_output:
            case Decimal() as price_input, Decimal() as price_output:
                own = Price(nano(price_input), nano(price_output))
                return own, PriceSource.CONFIGURED
            case None, None:
                pass
            case Decimal() as price_input, None if does is not Does.CHAT:
                # What is asked for is no text: there are no tokens of an answer to pay for.
                return Price(nano(price_input), 0), PriceSource.CONFIGURED
            case given, _:
                _say_missing(key, "price_output" if given is not None else "price_input", problems)
        if _by_the_piece(table, Rates()):
            return _FREE, PriceSource.CONFIGURED  # and nothing for the words
        if zone is not Zone.CLOUD:
            return _FREE, PriceSource.FREE
        price, source = self.listed(table.provider, table.model, does)
        if not source.is_known:
            self._warn(key, does, problems)
        return price, source

    def _unlisted(self, does: Does) -> Priced:
        routing = self._routing
        source = PriceSource.ASSUMED
        if routing.unknown_price == "refuse":
            source = PriceSource.UNKNOWN
        if (piece := _ASSUMED.get(does)) is not None:
            return Price(rates=Rates(unit=per_million(piece.unit, piece.usd))), source
        output = routing.assumed_price_output
        return Price(nano(routing.assumed_price_input), nano(output)), source

    def _warn(self, key: str, does: Does, problems: Problems) -> None:
        if (piece := _ASSUMED.get(does)) is not None:
            problems.warn(f"{key}.{piece.option}", piece.said(self._routing.unknown_price))
            return
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
        unit=_by_the_piece(table, listed),
        long=None if listed.long is None else _with_own(table, listed.long),
        long_from=listed.long_from,
    )


def _by_the_piece(table: EndpointSettings, listed: Rates) -> int:
    """For a million pictures, characters or milliseconds."""
    if table.price_per_picture is not None:
        return per_million("picture", table.price_per_picture)
    if table.price_per_million_characters is not None:
        return per_million("million_characters", table.price_per_million_characters)
    if table.price_per_minute is not None:
        return per_million("minute", table.price_per_minute)
    return listed.unit


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
