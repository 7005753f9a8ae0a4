"""Amounts, times and spans as people read them, the same in both languages."""

from __future__ import annotations

from gilmok.core.money import Price
from gilmok.lab.figures import (
    NANO_PER_S,
    duration,
    moment,
    money,
    per_token,
    percent,
    rate,
    share,
    since,
)

__all__ = [
    "NANO_PER_S",
    "bar",
    "duration",
    "moment",
    "money",
    "per_token",
    "percent",
    "price",
    "rate",
    "share",
    "since",
    "size",
    "tokens",
]

_BAR = "█"
_PARTS = " ▏▎▍▌▋▊▉"


def price(of: Price) -> str:
    """USD per 1M tokens, prompt and answer: `$0.15/$0.60`."""
    return f"{money(of.input)}/{money(of.output)}"


def size(count: int) -> str:
    """Bytes in binary units: `1.5 GiB`."""
    amount = float(count)
    for unit in ("B", "KiB", "MiB"):
        if amount < 1024:
            return f"{amount:.0f} {unit}"
        amount /= 1024
    return f"{amount:.1f} GiB"


def tokens(count: int) -> str:
    """A context's size as it is usually said: `8k`, `128k`, `1.0M`."""
    if count < 1000:
        return str(count)
    if count < 10**6:
        return f"{count // 1000 if count % 1000 == 0 else count // 1024}k"
    return f"{count / 10**6:.1f}M"


def bar(value: float, largest: float, width: int) -> str:
    """A bar of up to `width` cells, exact to an eighth of one."""
    if largest <= 0 or value <= 0:
        return ""
    eighths = max(1, round(8 * width * value / largest))
    return _BAR * (eighths // 8) + _PARTS[eighths % 8].strip()
