"""Where an endpoint's price comes from."""

from __future__ import annotations

import pytest

from gilmok.config.price_list import price_list
from gilmok.core.endpoint import Endpoint, PriceSource
from gilmok.core.errors import ConfigErrors
from gilmok.core.money import Price, Rates, nano
from tests.unit.config.conftest import Checker, Loader

KEY = {"OPENAI_API_KEY": "sk-one"}
HERE = 'provider = "vllm"\nbase_url = "http://127.0.0.1:8000/v1"\n'


def one(config: Loader, *lines: str) -> Endpoint:
    cloud = 'provider = "openai"\n' if not any("provider" in line for line in lines) else ""
    table = f'[[endpoints]]\nid = "a"\n{cloud}' + "\n".join(lines)
    return config(f"{table}\n", KEY).endpoints[0]


def test_a_listed_model_has_the_lists_price_with_its_parts(config: Loader) -> None:
    endpoint = one(config, 'model = "gpt-4o-mini"')
    assert endpoint.price == price_list().find("openai", "gpt-4o-mini")
    assert endpoint.price.rates is not None
    assert endpoint.price_source is PriceSource.LISTED


def test_dated_names_are_found(config: Loader) -> None:
    dated = one(config, 'model = "gpt-4o-mini-2024-07-18"')
    assert dated.price == one(config, 'model = "gpt-4o-mini"').price


def test_own_prices_leave_the_list_behind(config: Loader) -> None:
    endpoint = one(config, 'model = "gpt-4o-mini"', "price_input = 1", "price_output = 2")
    assert endpoint.price == Price(nano(1), nano(2))
    assert endpoint.price_source is PriceSource.CONFIGURED


def test_an_own_part_replaces_the_lists(config: Loader) -> None:
    endpoint = one(config, 'model = "gpt-4o-mini"', "price_cached_input = 0.01")
    assert endpoint.price == Price(nano("0.15"), nano("0.6"), Rates(cached_input=nano("0.01")))


def test_prices_by_length_come_along(config: Loader) -> None:
    rates = one(config, 'model = "gpt-5.4"').price.rates
    assert rates is not None
    assert rates.long is not None
    assert rates.long_from == 272_000
    assert rates.long.input > one(config, 'model = "gpt-5.4"').price.input


@pytest.mark.parametrize(
    ("lines", "price", "source"),
    [
        ((), Price(), PriceSource.FREE),
        (
            ("price_per_second = 0.5",),
            Price(rates=Rates(second=nano("0.5"))),
            PriceSource.CONFIGURED,
        ),
        (("price_input = 0", "price_output = 0"), Price(), PriceSource.CONFIGURED),
    ],
)
def test_a_local_model_is_free_unless_it_says_otherwise(
    config: Loader, lines: tuple[str, ...], price: Price, source: PriceSource
) -> None:
    endpoint = one(config, HERE + 'model = "gpt-4o-mini"', *lines)
    assert (endpoint.price, endpoint.price_source) == (price, source)
    assert endpoint.prices_known


@pytest.mark.parametrize(
    ("policy", "source", "said"),
    [("assume", PriceSource.ASSUMED, "$3/$40"), ("refuse", PriceSource.UNKNOWN, "never asked")],
)
def test_an_unknown_price_is_assumed_or_refused_and_always_said(
    config: Loader, policy: str, source: PriceSource, said: str
) -> None:
    routing = f'[routing]\nunknown_price = "{policy}"\nassumed_price_input = 3\n'
    settings = config(
        f'{routing}[[endpoints]]\nid = "a"\nprovider = "openai"\nmodel = "new"\n', KEY
    )
    (endpoint,) = settings.endpoints
    assert endpoint.price_source is source
    assert endpoint.price == Price(nano(3), nano(40))
    assert not endpoint.prices_known
    (notice,) = settings.notices
    assert notice.key == "endpoints[0].price_input"
    assert said in notice.message("en")
    assert "가격" in notice.message("ko")


def test_half_a_price_is_an_error(config: Loader, checked: Checker) -> None:
    with pytest.raises(ConfigErrors, match="price_output"):
        one(config, 'model = "gpt-4o-mini"', "price_input = 1")


def test_the_makers_price_is_found_by_name_alone() -> None:
    assert price_list().anywhere("gpt-4o") == price_list().find("openai", "gpt-4o")
    assert price_list().anywhere("claude-haiku-4-5") == price_list().find(
        "anthropic", "claude-haiku-4-5"
    )
    assert price_list().anywhere("nobody") is None
