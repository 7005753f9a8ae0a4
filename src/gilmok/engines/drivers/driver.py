"""What every kind of engine can be told and asked. A driver acts; it decides nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

from msgspec import Struct

from gilmok.core.endpoint import Capability, Endpoint, ProviderRow, Zone
from gilmok.core.engine import RAM, Bytes
from gilmok.core.money import Price
from gilmok.core.text import Secret
from gilmok.engines.lifecycle import Death

Progress = Callable[[float | None], None]
"""Hears during a load that it goes on: 0 to 1 of the way, `None` where nobody knows how far."""


class Health(Struct, frozen=True, kw_only=True):
    """How a loaded engine is at one instant."""

    alive: bool
    """It is there: its process runs, or the service that runs it has it in memory."""
    answers: bool = False
    """It answered just now."""
    death: Death | None = None
    """Why it is not alive, where that is known."""
    running: int | None = None
    """Requests it works on, whoever asked; `None` where it does not say."""
    waiting: int | None = None
    work: float | None = None
    """Only grows, and grows while it works: tokens, batches, seconds of processor time. An engine
    that has requests and whose `work` stands still is wedged."""
    utilisation: float | None = None
    """0 to 1 since the last look."""
    cache: float | None = None
    """0 to 1 of its key-value cache that is in use."""


GONE = Health(alive=False)


async def never() -> None:
    """For engines whose end only `health` can see."""
    await asyncio.Event().wait()


class Driver(Protocol):
    """One engine. The keeper calls `ensure_ready`, `drain` and `stop` one at a time; `footprint` and
    `health` at any time. Cancelling any of them is safe."""

    @property
    def id(self) -> str: ...

    @property
    def key(self) -> str:
        """What its measurements are remembered by: whatever decides what it holds and how long it
        loads. Another file, context or number of slots is another key."""
        ...

    async def prior(self) -> Bytes | None:
        """What it will hold, as far as can be told before it was ever loaded."""
        ...

    async def ensure_ready(self, progress: Progress) -> Endpoint:
        """Loads it unless it is loaded, and says where it answers.

        Raises `EngineFailed`; then nothing of it is left in memory, nor where it is cancelled.
        """
        ...

    async def drain(self) -> None:
        """It gets nothing new from here on. Returns when it has nothing running any more, whoever
        asked, where it can say so; at once where it cannot."""
        ...

    async def stop(self) -> None:
        """Frees its memory, whatever it is doing; it is free when this returns. Safe to call twice.

        Raises `EngineFailed` where a service could not be made to let it go.
        """
        ...

    async def close(self) -> None:
        """As `stop`, and for good: what `stop` only puts to sleep ends too. Never raises."""
        ...

    async def footprint(self) -> Bytes | None:
        """What it holds now; `None` where nobody can say. Empty: nothing on this machine."""
        ...

    async def health(self) -> Health:
        """Never raises."""
        ...

    async def ended(self) -> None:
        """Returns when it has ended by itself, where that can be seen at once; else never."""
        ...

    def utilisation(self) -> float | None:
        """As of the last `health`."""
        ...


async def is_there(driver: Driver, within_s: float = 5.0) -> bool:
    """Whether it is loaded already. A service that takes longer to say so holds up no start."""
    with suppress(TimeoutError):
        async with asyncio.timeout(within_s):
            return (await driver.health()).alive
    return False


class DriverSettings(Struct, frozen=True, kw_only=True):
    """What the settings of all drivers share; resolved, with nothing left to look up."""

    id: str
    """The engine's and its endpoint's."""
    provider: ProviderRow
    model: str
    """What it is asked for as."""
    context: int = 4096
    """Tokens of prompt and answer together, for each slot."""
    slots: int = 2
    """Requests answered at once."""
    max_output: int | None = None
    """Tokens of one answer at most."""
    device: str = RAM
    """Where its weights lie: `ram`, or `gpu0`, `gpu1`, …"""
    start_timeout_s: float = 300.0
    quality: float = 0.45
    price: Price = Price()

    @property
    def table(self) -> str:
        """Where the configuration speaks of it."""
        return f'[[engines]] "{self.id}"'


def endpoint(
    settings: DriverSettings,
    base_url: str,
    *,
    zone: Zone,
    api_key: Secret | None = None,
    context: int | None = None,
    capabilities: frozenset[Capability] | None = None,
    ca_file: str | None = None,
) -> Endpoint:
    """Where an engine answers. Its zone is proved again on every connection."""
    offered = settings.provider.capabilities
    return Endpoint(
        id=settings.id,
        provider=settings.provider,
        base_url=base_url,
        model=settings.model,
        zone=zone,
        context=context or settings.context,
        quality=settings.quality,
        price=settings.price,
        api_key=api_key,
        capabilities=offered if capabilities is None else capabilities,
        max_output=settings.max_output,
        ca_file=ca_file,
    )
