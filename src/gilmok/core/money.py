"""Money is integers: nano-dollars (1 USD = 10⁹). Floating point never holds an amount.

A price is nano-dollars per one million tokens, so that every published price (USD per 1M tokens,
down to a thousandth of a millionth) is exact; a cost is rounded up to the next nano-dollar once.
What a call costs is decided in `core.billing`.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from msgspec import Struct

NANO_PER_USD = 10**9
TOKENS_PER_PRICE = 10**6


class Price(Struct, frozen=True):
    """Nano-dollars per one million tokens, input and output apart."""

    input: int = 0
    output: int = 0
    rates: Rates | None = None
    """Whatever is not billed like that; `None` where everything is."""

    def cost(self, prompt_tokens: int, completion_tokens: int) -> int:
        """Nano-dollars for plain tokens, rounded up. What else there is to pay: `billing.cost`."""
        exact = prompt_tokens * self.input + completion_tokens * self.output
        return -(-exact // TOKENS_PER_PRICE)


class Rates(Struct, frozen=True, kw_only=True):
    """What has a price of its own. Nano-dollars per one million tokens where nothing else is said.

    `None`: billed like plain input or output tokens.
    """

    cached_input: int | None = None
    """Prompt tokens the provider read from its cache."""
    cache_write: int | None = None
    """Prompt tokens the provider kept in its cache."""
    audio_input: int | None = None
    image_input: int | None = None
    reasoning: int | None = None
    """Answer tokens spent thinking."""
    audio_output: int | None = None
    image_output: int | None = None
    image: int = 0
    """Nano-dollars for each image sent."""
    request: int = 0
    """Nano-dollars for each call."""
    second: int = 0
    """Nano-dollars for each second of wall time: a rented or an owned machine."""
    unit: int = 0
    """Nano-dollars for a million of what is paid by the piece; see `work.units`."""
    long: Price | None = None
    """The price of the whole call where its prompt is longer than `long_from`."""
    long_from: int = 0


def nano(usd: float | int | str | Decimal) -> int:
    """USD to nano-dollars, exactly. Raises `ValueError` for what is not a finite amount >= 0."""
    try:
        amount = Decimal(str(usd)) * NANO_PER_USD
    except InvalidOperation:
        raise ValueError(f"not an amount of money: {usd!r}") from None
    if not amount.is_finite() or amount < 0:
        raise ValueError(f"not an amount of money: {usd!r}")
    return int(amount.to_integral_value(rounding="ROUND_CEILING"))


def usd(amount: int) -> str:
    """Nano-dollars as a decimal string with all nine places: 1500 -> '0.000001500'."""
    whole, rest = divmod(abs(amount), NANO_PER_USD)
    return f"{'-' if amount < 0 else ''}{whole}.{rest:09d}"
