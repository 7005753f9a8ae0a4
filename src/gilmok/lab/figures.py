"""Amounts, times and spans as people read and write them, the same in both languages."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from gilmok.core.money import NANO_PER_USD

NANO_PER_S = 10**9
_SPANS = {"m": 60, "h": 3600, "d": 86_400, "w": 604_800}


def money(nano: int) -> str:
    """Nano-dollars with three significant digits, or cents from one dollar on: `$0.00012`."""
    if nano == 0:
        return "$0"
    sign, amount = ("-" if nano < 0 else ""), Decimal(abs(nano)) / NANO_PER_USD
    places = 2 if amount >= 1 else 2 - amount.adjusted()
    text = f"{amount:,.{max(places, 2)}f}"
    cents = text.index(".") + 3
    return f"{sign}${text[:cents]}{text[cents:].rstrip('0')}"


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


def share(of: float | None) -> str:
    """A percentage to one decimal, rounded down: 99.96 % is not all."""
    return "-" if of is None else f"{int(round(1000 * of, 6)) / 10:g} %"


def rate(per_second: float) -> str:
    """How many in a second, three digits of them: `0.021`, `3.5`, `1,204`."""
    return f"{per_second:,.0f}" if per_second >= 100 else f"{per_second:.3g}"


def per_token(milliseconds: float | None) -> str:
    """`0.232 ms`, `38.1 ms`: tokens come faster than `duration` tells apart."""
    return "-" if milliseconds is None else f"{milliseconds:.3g} ms"


def moment(nanoseconds: int) -> str:
    """A wall-clock time in this machine's time zone."""
    return datetime.fromtimestamp(nanoseconds / NANO_PER_S).strftime("%Y-%m-%d %H:%M:%S")


def since(text: str, now: int) -> int:
    """The moment that `7d`, `12h`, `30m`, `2w` or `2025-01-31` means, in nanoseconds.

    Raises `ValueError`.
    """
    count, unit = text[:-1], text[-1:]
    if unit in _SPANS and count.isascii() and count.isdigit() and len(count) <= 5:
        return max(0, now - int(count) * _SPANS[unit] * NANO_PER_S)
    return int(datetime.fromisoformat(text).timestamp()) * NANO_PER_S
