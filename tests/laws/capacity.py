"""Twice as many requests at once as fit, for every kind of limit: exactly those that fit are let in.

On virtual time, where nothing grows back while nobody waits, so that "exactly" can be asked for. All
who are let in are held at the upstream until everybody has been answered or refused; then they end,
and what they gave back, and nothing else, is there for the next ones.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from random import Random
from typing import Any, Self, TypeVar

from msgspec import Struct

from gilmok.build import Gateway, World, load_settings
from gilmok.composition.key_index import KeyIndex
from gilmok.composition.models import Models
from gilmok.config import hash_key
from gilmok.core.completion import Batch, Delta, FinishReason, Opened, Usage
from gilmok.core.endpoint import Endpoint
from gilmok.core.outbound import Outbound
from gilmok.fleet import BreakerPolicy, Registry
from gilmok.ledger import Keyring, MemoryJournal
from gilmok.surfaces.http import HttpRequest
from tests.gateway import QUIET
from tests.simulation import remains
from tests.simulation.clockwork import Chance, Clock, Ids, Trace, VirtualLoop
from tests.simulation.invariants import error_code
from tests.simulation.ports import SimulatedClient
from tests.simulation.run import posted, said

MANY = 10**9
_USED = Usage(1, 1)
_WAVES = 3
Seen = TypeVar("Seen")
_TURNS = 40
"""Turns of the loop after which everybody has come as far as possible."""
REFUSALS = {
    "concurrency_exceeded",
    "rate_limit_exceeded",
    "budget_exceeded",
    "upstream_rate_limited",
}


class Kind(Struct, frozen=True):
    """One limit: where it stands in the configuration, and what it counts."""

    name: str
    text: str
    """With `{n}` for the limit, in what it counts; `{usd}` in USD."""
    counts: str
    """`places`, `requests`, `tokens`, `money`."""
    in_endpoint: bool = False
    waits: bool = False
    """Whoever does not fit now may be tried again a little later, and is not refused at once."""


def kinds() -> Iterator[Kind]:
    paces = {
        "concurrency": "places",
        "requests_per_minute": "requests",
        "requests_per_day": "requests",
        "tokens_per_minute": "tokens",
        "tokens_per_day": "tokens",
    }
    yield Kind("server concurrency", "[server]\nmax_concurrency = {n}", "places")
    for pace, counts in list(paces.items())[1:]:
        yield Kind(f"gateway {pace}", f"[limits]\n{pace} = {{n}}", counts)
    for scope in ("tenant", "key", "user"):
        for pace, counts in paces.items():
            text = f'[[plans]]\nid = "default"\n{scope}_limits = {{{{ {pace} = {{n}} }}}}'
            yield Kind(f"{scope} {pace}", text, counts)
        for cycle in ("daily", "monthly"):
            text = f'[[plans]]\nid = "default"\n{scope}_caps = {{{{ {cycle}_usd = {{usd}} }}}}'
            yield Kind(f"{scope} {cycle} budget", text, "money")
    for name, pace in (
        ("max_concurrency", "concurrency"),
        ("requests_per_minute", "requests_per_minute"),
        ("tokens_per_minute", "tokens_per_minute"),
    ):
        waits = paces[pace] == "tokens"
        yield Kind(f"endpoint {pace}", f"{name} = {{n}}", paces[pace], True, waits)


KINDS = tuple(kinds())


class Gate:
    """Implements `core.ports.Upstream`: whoever comes waits until it is opened."""

    def __init__(self) -> None:
        self.waiting = 0
        self._opened = asyncio.Event()

    def open(self) -> None:
        self._opened.set()
        self._opened = asyncio.Event()

    def converse(
        self, outbound: Outbound, *, connect_s: float
    ) -> AbstractAsyncContextManager[AsyncIterator[Batch]]:
        return self._converse()

    @asynccontextmanager
    async def _converse(self) -> AsyncGenerator[AsyncIterator[Batch], None]:
        self.waiting += 1
        try:
            await self._opened.wait()
        finally:
            self.waiting -= 1
        yield self._events()

    async def _events(self) -> AsyncIterator[Batch]:
        yield [Opened("x", "m"), Delta(content="hi", finish=FinishReason.STOP), _USED]

    async def close(self) -> None: ...


class Town:
    """A gateway with one endpoint and one limit, and a crowd before it."""

    def __init__(self, folder: Path, kind: Kind, most: int, loop: VirtualLoop, seed: int) -> None:
        self.gate = Gate()
        self._chance = Chance(seed)
        self._trace = Trace(loop.time)
        clock = Clock(loop)
        settings = load_settings(_written(folder, kind, most))
        registry = Registry(settings.endpoints, clock, BreakerPolicy())
        keys = KeyIndex(Keyring(None), settings, clock.wall)
        world = World(clock, Ids(), Chance(seed), self._upstream)
        there = Models.configured(settings, world, registry)
        self.gateway = Gateway(settings, world, MemoryJournal(), there, keys)

    def _upstream(self, endpoint: Endpoint) -> Gate:
        return self.gate

    async def __aenter__(self) -> Self:
        await self.gateway.journal.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.gateway.journal.__aexit__()

    async def wave(self, people: int) -> Counter[str]:
        """So many at once; whoever is let in is answered in the end. By code, `in` and `answered`."""
        seen: Counter[str] = Counter()
        clients = [
            SimulatedClient(self._chance, self._trace, lambda what: None) for _ in range(people)
        ]
        async with asyncio.TaskGroup() as crowd:
            for client in clients:
                client.slow = False
                crowd.create_task(self.gateway.answer(_question(self._chance), client))
            for _ in range(_TURNS):
                await asyncio.sleep(0)
            seen["in"] = self.gate.waiting
            seen["refused"] = sum(client.ended for client in clients)
            self.gate.open()
        for client in clients:
            seen[error_code(client) or "answered"] += 1
        return seen

    async def held(self) -> tuple[int, int]:
        """Tokens and nano-dollars that one request holds."""
        visit = asyncio.create_task(self.wave(1))
        while not self.gate.waiting:  # noqa: ASYNC110 (virtual time)
            await asyncio.sleep(0)
        found = self._tokens(), self.gateway.ledger.held
        await visit
        return found

    def _tokens(self) -> int:
        return max(m.tokens_today for m in self.gateway._limiter._meters.values())


def _written(folder: Path, kind: Kind, most: int) -> Path:
    limit = kind.text.format(n=most, usd=f"{most // 10**9}.{most % 10**9:09}")
    endpoint = (
        '[[endpoints]]\nid = "a"\nprovider = "openai"\nmodel = "m"\nzone = "local"\n'
        'base_url = "http://127.0.0.1:9/v1"\nprice_input = 1\nprice_output = 2\ncontext = 100000\n'
    )
    file = folder / "gilmok.toml"
    key = f'[[keys]]\nid = "k"\nsha256 = "{hash_key("k")}"\n'
    inside, outside = (limit, "") if kind.in_endpoint else ("", limit)
    text = (QUIET, '[ledger]\npath = ":memory:"', outside, key, endpoint + inside)
    file.write_text("\n".join(text), encoding="utf-8")
    return file


def _question(chance: Random) -> HttpRequest:
    body = {"model": "auto", **said("hello"), "max_tokens": 50, "stream": chance.random() < 0.5}
    return posted(body, {"authorization": "Bearer k", "x-gilmok-user": "ann"})


class Fits(Struct):
    """What a request holds and what it uses in the end, in what a limit counts."""

    held: int
    used: int


_WIDE = Kind("wide", "[limits]\ntokens_per_day = {n}", "tokens")


def measured(folder: Path) -> dict[str, Fits]:
    """By what limits count, what one request of the crowd takes of it."""

    async def measure(loop: VirtualLoop) -> dict[str, Fits]:
        async with Town(folder, _WIDE, MANY, loop, 0) as town:
            tokens, money = await town.held()
            spent = town.gateway.ledger.spent
        tokens_used = Fits(tokens, _USED.tokens)
        return {
            "places": Fits(1, 0),
            "requests": Fits(1, 1),
            "tokens": tokens_used,
            "money": Fits(money, spent),
        }

    return _on_virtual_time(measure)


def attack(folder: Path, kind: Kind, places: int, seed: int, fits: Fits) -> list[str]:
    """What did not hold, for one limit with room for so many."""
    spare = Random(seed).randrange(fits.held)

    async def waves(loop: VirtualLoop) -> list[str]:
        async with Town(folder, kind, places * fits.held + spare, loop, seed) as town:
            return await _waves(town, places, spare, fits, 1 if kind.waits else _WAVES)

    return _on_virtual_time(waves)


def _on_virtual_time(live: Callable[[VirtualLoop], Coroutine[Any, Any, Seen]]) -> Seen:
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        loop = runner.get_loop()
        assert isinstance(loop, VirtualLoop)
        return runner.run(live(loop))


async def _waves(town: Town, places: int, spare: int, fits: Fits, waves: int) -> list[str]:
    """A second wave finds exactly what the first gave back, and so on until nobody fits."""
    broken: list[str] = []
    left, people = places * fits.held + spare, 2 * places
    for wave in range(waves):
        expected = min(left // fits.held, people)
        seen = await town.wave(people)
        refused = people - expected if waves > 1 else seen["refused"]
        if (seen["in"], seen["refused"]) != (expected, refused):
            broken.append(f"wave {wave}: {seen['in']} of {people} were let in, not {expected}")
        if waves > 1 and (
            seen["answered"] != seen["in"] or set(seen) - REFUSALS - {"in", "refused", "answered"}
        ):
            broken.append(f"wave {wave}: {dict(seen)}")
        left -= expected * fits.used
        broken += remains.of_gateway(town.gateway)
    return broken
