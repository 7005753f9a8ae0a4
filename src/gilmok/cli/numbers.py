"""Amounts, times and spans as people read them, the same in both languages."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from gilmok.core.money import NANO_PER_USD, Price

NANO_PER_S = 10**9
_SPANS = {"m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_BAR = "█"
_PARTS = " ▏▎▍▌▋▊▉"


def money(nano: int) -> str:
    """Nano-dollars with three significant digits, or cents from one dollar on: `$0.00012`."""
    if nano == 0:
        return "$0"
    sign, amount = ("-" if nano < 0 else ""), Decimal(abs(nano)) / NANO_PER_USD
    places = 2 if amount >= 1 else 2 - amount.adjusted()
    text = f"{amount:,.{max(places, 2)}f}"
    cents = text.index(".") + 3
    return f"{sign}${text[:cents]}{text[cents:].rstrip('0')}"


def price(of: Price) -> str:
    """USD per 1M tokens, prompt and answer: `$0.15/$0.60`."""
    return f"{money(of.input)}/{money(of.output)}"


def duration(milliseconds: float | None) -> str:
    """`85 ms`, `3.2 s`, `4 min 10 s`."""
    if milliseconds is None:
        return "-"
    if milliseconds < 999.5:
        return f"{milliseconds:.0f} ms"
    seconds = milliseconds / 1000
    if seconds < 99.95:
        return f"{seconds:.1f} s"
    return f"{int(seconds) // 60} min {int(seconds) % 60} s"


def percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.0f} %"


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


def moment(nanoseconds: int) -> str:
    """A wall-clock time in this machine's time zone."""
    return datetime.fromtimestamp(nanoseconds / NANO_PER_S).strftime("%Y-%m-%d %H:%M:%S")


def bar(value: float, largest: float, width: int) -> str:
    """A bar of up to `width` cells, exact to an eighth of one."""
    if largest <= 0 or value <= 0:
        return ""
    eighths = max(1, round(8 * width * value / largest))
    return _BAR * (eighths // 8) + _PARTS[eighths % 8].strip()


def since(text: str, now: int) -> int:
    """The moment that `7d`, `12h`, `30m`, `2w` or `2025-01-31` means, in nanoseconds.

    Raises `ValueError`.
    """
    count, unit = text[:-1], text[-1:]
    if unit in _SPANS and count.isascii() and count.isdigit() and len(count) <= 5:
        return max(0, now - int(count) * _SPANS[unit] * NANO_PER_S)
    return int(datetime.fromisoformat(text).timestamp()) * NANO_PER_S
