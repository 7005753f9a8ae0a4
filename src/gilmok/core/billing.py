"""What a call costs, and what it can cost at most. Pure; integers only; rounded up once.

Invariant, held by property tests: a cost is never negative, never falls when tokens are added, and
never exceeds `worst_cost` of bounds that its usage keeps.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from msgspec import Struct

from gilmok.core.completion import Usage
from gilmok.core.money import TOKENS_PER_PRICE, Price, Rates

_PLAIN = Rates()


def cost_of(price: Price, usage: Usage) -> int:
    """Nano-dollars for one call. Estimated usage costs like reported usage; the receipt marks it.

    An upstream that reports negative tokens does not earn money.
    """
    if price.rates is None:
        return price.cost(max(usage.prompt, 0), max(usage.completion, 0))
    price = _by_length(price, usage.prompt)
    rates = price.rates or _PLAIN
    prompt = _shared(
        usage.prompt,
        price.input,
        (usage.audio_input, rates.audio_input),
        (usage.image_input, rates.image_input),
        (usage.cache_write, rates.cache_write),
        (usage.cached, rates.cached_input),
    )
    completion = _shared(
        usage.completion,
        price.output,
        (usage.audio_output, rates.audio_output),
        (usage.image_output, rates.image_output),
        (usage.reasoning, rates.reasoning),
    )
    beside = _beside(rates, max(usage.images, 0), max(usage.milliseconds, 0), max(usage.units, 0))
    return -(-(prompt + completion + beside) // TOKENS_PER_PRICE)


def worst_cost(
    price: Price,
    prompt_tokens: int,
    completion_tokens: int,
    images: int,
    milliseconds: int,
    units: int = 0,
) -> int:
    """Nano-dollars that no call within these bounds exceeds, whatever its tokens turn out to be."""
    if price.rates is None:
        return price.cost(prompt_tokens, completion_tokens)
    worst = 0
    for level in _levels(price):
        if prompt_tokens > level.start:
            tokens = prompt_tokens * level.input + completion_tokens * level.output
            worst = max(worst, tokens + _beside(level.rates, images, milliseconds, units))
    return -(-worst // TOKENS_PER_PRICE)


def expected_cost(
    price: Price,
    prompt_tokens: int,
    completion_tokens: int,
    images: int,
    milliseconds: int,
    units: int = 0,
) -> int:
    """Nano-dollars where all tokens are plain ones: nobody knows before what a cache will hold."""
    price = _by_length(price, prompt_tokens)
    tokens = prompt_tokens * price.input + completion_tokens * price.output
    beside = 0 if price.rates is None else _beside(price.rates, images, milliseconds, units)
    return -(-(tokens + beside) // TOKENS_PER_PRICE)


def needs_images(price: Price) -> bool:
    """True where the number of images sent is part of the bill."""
    return any(level.rates.image for level in _levels(price))


def needs_time(price: Price) -> bool:
    """True where the wall time is part of the bill."""
    return any(level.rates.second for level in _levels(price))


def _shared(whole: int, plain: int, *parts: tuple[int, int | None]) -> int:
    """Tokens times rate: each part at its own, what is left at the plain one.

    Parts never count for more tokens than there are: an upstream that reports more of them than of
    the whole is not paid twice.
    """
    left = max(whole, 0)
    paid = 0
    for tokens, rate in parts:
        if tokens > 0:
            counted = min(tokens, left)
            left -= counted
            paid += counted * (plain if rate is None else rate)
    return paid + left * plain


def _beside(rates: Rates, images: int, milliseconds: int, units: int) -> int:
    """What is not paid by tokens, in the unit of `_shared`."""
    fixed = TOKENS_PER_PRICE * (images * rates.image + rates.request)
    timed = milliseconds * rates.second * (TOKENS_PER_PRICE // 1000)
    return fixed + timed + units * rates.unit


def _by_length(price: Price, prompt_tokens: int) -> Price:
    while (rates := price.rates) and rates.long is not None and prompt_tokens > rates.long_from:
        price = rates.long
    return price


class _Level(Struct, frozen=True):
    """A price from a length of prompt on: its dearest input and output, and the rest."""

    start: int
    """It applies to prompts that are longer."""
    input: int
    output: int
    rates: Rates


@lru_cache(maxsize=1024)
def _levels(price: Price) -> tuple[_Level, ...]:
    """Kept: prices are few, and every request asks for those of its candidates."""
    return tuple(_every_level(price))


def _every_level(price: Price) -> Iterator[_Level]:
    start = -1
    level: Price | None = price
    while level is not None:
        rates = level.rates or _PLAIN
        inputs = (rates.cached_input, rates.cache_write, rates.audio_input, rates.image_input)
        outputs = (rates.reasoning, rates.audio_output, rates.image_output)
        yield _Level(
            start,
            max(level.input, *(rate or 0 for rate in inputs)),
            max(level.output, *(rate or 0 for rate in outputs)),
            rates,
        )
        start, level = rates.long_from, rates.long
