"""What a month will cost, if it goes on like this.

    monthly cost = requests per day · 30 · (input tokens · P_in + output tokens · P_out)

with the tokens of an average request and the prices of one token. Two figures stand beside it: what
was really charged, drawn out to a month (with cached and failed calls, which the formula does not
know), and the same formula at the price of a reference model. Pure; money in nano-dollars.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import ceil

from msgspec import Struct

from gilmok.core.money import TOKENS_PER_PRICE, Price
from gilmok.ledger import Traffic

DAYS = 30
"""Of the month the formula means."""
_DAY = 86_400 * 10**9
_SHORTEST = _DAY // 24
"""A span is never taken for shorter than an hour: one request a second ago is no trend."""
_ENOUGH_REQUESTS = 100


class EndpointForecast(Struct, frozen=True, kw_only=True):
    endpoint_id: str
    model: str
    requests_per_day: float
    input_tokens: float
    """Of an average request."""
    output_tokens: float
    monthly: int | None
    """By the formula at the endpoint's prices; `None` where those are not known."""
    charged: int
    """What was charged, drawn out to 30 days."""


class Forecast(Struct, frozen=True, kw_only=True):
    object: str = "gilmok.forecast"
    since: int
    until: int
    """The time looked at begins with its first request."""
    days: float
    is_thin: bool
    """True where less than a day or fewer than 100 requests were seen."""
    requests_per_day: float
    """Of those that a model answered."""
    input_tokens: float
    output_tokens: float
    monthly: int | None
    """The sum over the endpoints; `None` where one of them has no known price."""
    charged: int
    reference: str | None
    reference_monthly: int | None
    """Everything by the formula at the reference model's prices."""
    savings: int | None
    """That, less what is being charged."""
    endpoints: tuple[EndpointForecast, ...]


def monthly_cost(
    requests_per_day: Fraction | int,
    input_tokens: Fraction | int,
    output_tokens: Fraction | int,
    price: Price,
) -> int:
    """The formula. Nano-dollars, rounded up once."""
    request = input_tokens * price.input + output_tokens * price.output
    return ceil(Fraction(requests_per_day * DAYS * request) / TOKENS_PER_PRICE)


def forecast(
    seen: Traffic,
    prices: Mapping[str, Price | None],
    reference: Price | None = None,
    reference_name: str | None = None,
) -> Forecast:
    """`prices`: by endpoint id; `None` or missing where nobody knows."""
    days = Fraction(max(seen.until - seen.since, _SHORTEST), _DAY)
    endpoints = tuple(
        _Share(e.requests, e.prompt_tokens, e.completion_tokens, days).endpoint(
            e.endpoint_id, e.model, prices.get(e.endpoint_id), e.cost
        )
        for e in seen.endpoints
    )
    whole = _Share(
        sum(e.requests for e in seen.endpoints),
        sum(e.prompt_tokens for e in seen.endpoints),
        sum(e.completion_tokens for e in seen.endpoints),
        days,
    )
    known = [e.monthly for e in endpoints if e.monthly is not None]
    charged = ceil(seen.cost / days * DAYS)
    against = None if reference is None else whole.monthly(reference)
    return Forecast(
        since=seen.since,
        until=seen.until,
        days=float(days),
        is_thin=days < 1 or seen.requests < _ENOUGH_REQUESTS,
        requests_per_day=float(whole.per_day),
        input_tokens=float(whole.each(whole.prompt)),
        output_tokens=float(whole.each(whole.completion)),
        monthly=sum(known) if len(known) == len(endpoints) else None,
        charged=charged,
        reference=reference_name,
        reference_monthly=against,
        savings=None if against is None else against - charged,
        endpoints=endpoints,
    )


class _Share(Struct, frozen=True):
    """Requests of a span of days, and their tokens."""

    requests: int
    prompt: int
    completion: int
    days: Fraction

    @property
    def per_day(self) -> Fraction:
        return self.requests / self.days

    def each(self, tokens: int) -> Fraction:
        return Fraction(tokens, self.requests) if self.requests else Fraction()

    def monthly(self, price: Price) -> int:
        return monthly_cost(self.per_day, self.each(self.prompt), self.each(self.completion), price)

    def endpoint(
        self, endpoint_id: str, model: str, price: Price | None, cost: int
    ) -> EndpointForecast:
        return EndpointForecast(
            endpoint_id=endpoint_id,
            model=model,
            requests_per_day=float(self.per_day),
            input_tokens=float(self.each(self.prompt)),
            output_tokens=float(self.each(self.completion)),
            monthly=None if price is None else self.monthly(price),
            charged=ceil(cost / self.days * DAYS),
        )
