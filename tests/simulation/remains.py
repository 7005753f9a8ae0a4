"""What must be back once nobody is being answered: everything that a request takes while it lasts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from gilmok.build import Gateway


def of_gateway(gateway: Gateway) -> Iterator[str]:
    """Permits, places, tokens, holds, idempotency keys."""
    yield from _of_limits(gateway)
    yield from _of_money(gateway)
    yield from _of_idempotency(gateway)


def _of_limits(gateway: Any) -> Iterator[str]:
    if gateway._limits.in_flight:
        yield f"{gateway._limits.in_flight} permits were not given back"
    for name, meter in gateway._limiter._meters.items():
        if meter.open or meter.in_use:
            yield f"{name}: {meter.open} open, {meter.in_use} in use"
        counts = meter.requests.debt, meter.tokens.debt, meter.requests_today, meter.tokens_today
        if min(counts) < 0:
            yield f"{name}: a negative count"


def _of_money(gateway: Any) -> Iterator[str]:
    ledger = gateway.ledger
    if ledger.open_holds or ledger.held:
        yield f"{ledger.open_holds} holds are open"
    for key, window in gateway.budgets._accounts._windows.items():
        if window.held or window.spent < 0:
            yield f"{window.held} are held of {key}, {window.spent} were spent"


def _of_idempotency(gateway: Any) -> Iterator[str]:
    if gateway.idempotency._running or gateway.idempotency._lingering:
        yield "an answer is still carried out that nobody waits for"
    if gateway._answers._running:
        yield f"{len(gateway._answers._running)} idempotency keys are taken for ever"
    if any(tape.readers for _, tape in gateway._answers._kept.values()):
        yield "a reader was forgotten"


def of_receipts(decided: Iterable[str], written: Iterable[str]) -> Iterator[str]:
    """One for each request that came so far that it was decided about."""
    expected, found = Counter(decided), Counter(written)
    if missing := expected - found:
        yield f"no receipt for {sorted(missing)}"
    if beyond := found - expected:
        yield f"receipts for nothing, or a second one: {sorted(beyond)}"
