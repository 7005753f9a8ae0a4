"""What endpoints with caps have spent today and this month, as the ledger's file tells it."""

from __future__ import annotations

import asyncio
from pathlib import Path

from gilmok.cli.numbers import money
from gilmok.cli.screen import Screen
from gilmok.cli.words import budget as words
from gilmok.config import Settings
from gilmok.core.errors import ConfigError
from gilmok.ledger import Budget, EndpointCaps, MemoryAccounts
from gilmok.ledger.archive import FileArchive


def caps(settings: Settings, now: int) -> tuple[Budget, ...]:
    """Nothing where no endpoint has a cap or there is no ledger to read. What is held for requests
    under way only their gateway knows."""
    accounts, zone = MemoryAccounts(), settings.limits.time_zone
    ceilings = EndpointCaps(accounts, settings.endpoints, zone)
    path = settings.ledger.path
    if not ceilings.capped or path is None or path == ":memory:":
        return ()
    asked = FileArchive(Path(path)).sums(("UTC", zone), now, tuple(ceilings.capped))
    try:
        accounts.restore(asyncio.run(asked).recorded, ())
    except ConfigError:
        return ()
    return ceilings.budgets(now)


def told(screen: Screen, budget: Budget) -> str:
    """One cap in words."""
    return screen.text(
        words.OF_CAP,
        spent=money(budget.spent),
        cap=money(budget.cap),
        cycle=screen.text(words.CYCLES[budget.cycle]),
    )


def show(screen: Screen, budgets: tuple[Budget, ...]) -> None:
    """Below a report."""
    if budgets:
        screen.line()
        screen.say(words.CAPS, "bold")
        screen.rows((budget.account.name, told(screen, budget)) for budget in budgets)
