"""Money is integers: nano-dollars (1 USD = 10⁹). Floating point never holds an amount.

A price is nano-dollars per one million tokens, so that every published price (USD per 1M tokens,
down to a thousandth of a millionth) is exact; a cost is rounded up to the next nano-dollar once.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from msgspec import Struct

NANO_PER_USD = 10**9
_TOKENS_PER_PRICE = 10**6


class Price(Struct, frozen=True):
    """Nano-dollars per one million tokens, input and output apart."""

    input: int = 0
    output: int = 0

    def cost(self, prompt_tokens: int, completion_tokens: int) -> int:
        """Nano-dollars for one call, rounded up."""
        exact = prompt_tokens * self.input + completion_tokens * self.output
        return -(-exact // _TOKENS_PER_PRICE)


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
