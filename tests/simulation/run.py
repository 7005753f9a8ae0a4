"""One seeded life of a whole gateway on virtual time.

Everything from the surface to the ports is the real code: only time, chance, ids, upstreams, the
journal's disk and the clients are simulated. What must hold is in `invariants`.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from gilmok.build import Gateway, World, load_settings
from gilmok.composition.key_index import KeyIndex
from gilmok.composition.models import Models
from gilmok.config import Settings
from gilmok.core.endpoint import Endpoint, EndpointState, Zone
from gilmok.core.money import NANO_PER_USD
from gilmok.core.ports import Upstream
from gilmok.core.receipt import Receipt
from gilmok.fleet import BreakerPolicy, HealthMonitor, Registry
from gilmok.ledger import AccountId, Cycle, Keyring, Scope
from gilmok.surfaces.http import HttpRequest
from tests.simulation import invariants
from tests.simulation.clockwork import Chance, Clock, Ids, Trace, VirtualLoop
from tests.simulation.ports import FaultyJournal, SimulatedClient, SimulatedUpstream

REQUESTS = 40
DEADLINE_S = 30.0
CALM_S = 600.0
"""After the faults: longer than any breaker or `Retry-After` blocks."""
_SLACK_S = 0.1
TEXTS = (
    "안녕하세요",
    "What is the difference between a list and a tuple?",
    "연락처는 010-1234-5678 입니다",
    "제 주민등록번호는 900101-1234568 입니다",
    "우리 회사의 매출 데이터를 분석해줘",
)


class Outlook(Struct):
    """How a run went."""

    seed: int
    trace: list[str]
    broken: list[str]
    outcomes: dict[str, int]
    advice: dict[str, int]
    """How often a model's word was taken (`llm`), and why not where it was not."""

    @property
    def digest(self) -> str:
        return hashlib.sha256("\n".join(self.trace).encode()).hexdigest()


def run(
    seed: int,
    folder: Path,
    requests: int = REQUESTS,
    *,
    strategies: bool = False,
    caps: bool = False,
) -> Outlook:
    """A gateway's life. `folder` is for its configuration; with `strategies` models are asked to
    judge requests and to choose endpoints, with `caps` callers have budgets that run out."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        loop = runner.get_loop()
        assert isinstance(loop, VirtualLoop)
        simulation = Simulation(seed, folder, loop, strategies, caps)
        runner.run(simulation.live(requests))
    return Outlook(
        seed,
        simulation.trace.lines,
        simulation.broken,
        dict(simulation.outcomes),
        dict(simulation.advice),
    )


class Simulation:
    clock_class = Clock
    registry_class = Registry
    upstream_class = SimulatedUpstream

    def __init__(
        self,
        seed: int,
        folder: Path,
        loop: VirtualLoop,
        strategies: bool,
        caps: bool,
        more: str = "",
        of_each: str = "",
    ) -> None:
        """`more`: further tables of the configuration; `of_each`: further lines of each endpoint."""
        self.trace = Trace(loop.time)
        self.broken: list[str] = []
        self.outcomes: Counter[str] = Counter()
        self.advice: Counter[str] = Counter()
        self._loop = loop
        self._chance = Chance(seed)
        self._upstreams: list[SimulatedUpstream] = []
        self._decisions: list[str] = []
        self._unnamed = 0
        self._first_bytes: dict[str, set[int]] = {}
        self._clock = clock = self.clock_class(loop)
        settings = _settings(folder, self._chance, strategies, caps, more, of_each)
        self._world = World(clock, Ids(), Chance(seed + 1), self._upstream)
        self._journal = FaultyJournal(self._chance, self.trace)
        self._registry = self.registry_class(settings.endpoints, clock, _breaker(settings))
        there = Models.configured(settings, self._world, self._registry)
        self._keyring = Keyring(None)
        keys = KeyIndex(self._keyring, settings, clock.wall)
        self._gateway = Gateway(settings, self._world, self._journal, there, keys)

    async def live(self, requests: int) -> None:
        chance = self._chance
        async with self._journal:
            monitor = HealthMonitor(
                self._registry, self._check, self._world.rng, interval_s=5, timeout_s=2
            )
            watching = asyncio.create_task(monitor.run())
            async with asyncio.TaskGroup() as clients:
                for _ in range(requests):
                    clients.create_task(self._client(_request(chance)))
                    await asyncio.sleep(chance.expovariate(4.0))
                    if chance.happens(0.03):
                        self.trace("reload")
                        self._gateway.reconfigure(self._gateway.settings)
            await self._recover()
            watching.cancel()
            await asyncio.wait([watching])
            self._check_books()
        self._keyring.close()

    def _upstream(self, endpoint: Endpoint) -> Upstream:
        made = self.upstream_class(endpoint, self._chance, self.trace, self._break)
        made.calm = self._journal.calm
        self._upstreams.append(made)
        return made

    def _break(self, what: str) -> None:
        self.trace(f"BROKEN: {what}")
        self.broken.append(what)

    async def _check(self, endpoint: Endpoint) -> tuple[EndpointState, Zone | None]:
        chance = self._chance
        await asyncio.sleep(chance.uniform(0.0, 1.0))
        if self._journal.calm or chance.happens(0.8):
            return EndpointState.UP, endpoint.zone
        if chance.happens(0.3):
            await asyncio.Event().wait()
        return chance.choice((EndpointState.DOWN, EndpointState.UNKNOWN)), None

    async def _client(self, http: HttpRequest) -> SimulatedClient:
        chance = self._chance
        client = SimulatedClient(chance, self.trace, self._break)
        client.first_byte = self._first_byte
        began = self._loop.time()
        handler = asyncio.create_task(self._gateway.answer(http, client))
        leaves = chance.happens(0.2) and not self._journal.calm
        await asyncio.wait([handler], timeout=chance.uniform(0.01, 8.0) if leaves else None)
        if not handler.done():
            self.trace("a client leaves")
            client.gone = True
            handler.cancel()
            await asyncio.wait([handler])
        elif error := handler.exception():
            self._break(f"the handler raised {error!r}")
        if not client.slow and self._loop.time() - began > DEADLINE_S + _SLACK_S:
            self._break(f"a request took {self._loop.time() - began:.1f} s")
        self._take(client)
        return client

    def _first_byte(self, decision: str) -> None:
        self._first_bytes[decision] = {n for d, n in self._journal.durable if d == decision}

    def _take(self, client: SimulatedClient) -> None:
        if not client.started:
            self._unnamed += 1
            return
        decision = client.headers["x-gilmok-decision"]
        if client.gone:
            self._decisions.append(decision)
            return
        for what in invariants.of_reply(client):
            self._break(f"{decision}: {what}")
        code = invariants.error_code(client)
        self.outcomes[code or "answered"] += 1
        if "x-gilmok-validation" in client.headers:
            self.outcomes["marked"] += 1
        if code not in invariants.UNRECORDED:
            self._decisions.append(decision)
            receipt = next(r for r in reversed(self._journal.receipts) if r.decision_id == decision)
            for what in invariants.of_advice(client, receipt, self._gateway, self._loop.time()):
                self._break(what)
            for what in invariants.of_estimate(client, receipt):
                self._break(what)
            self.advice.update(_advice(receipt))

    async def _recover(self) -> None:
        """Without further faults everything heals by itself: no endpoint stays forgotten."""
        self.trace("calm")
        self._journal.calm = True
        for upstream in self._upstreams:
            upstream.calm = True
        await asyncio.sleep(CALM_S)
        await self._top_up()
        for at, endpoint in enumerate(self._gateway.settings.endpoints):
            client = await self._client(posted({"model": endpoint.id, **said(f"question {at}")}))
            if client.status != 200:
                self._break(f"{endpoint.id} did not come back: {invariants.error_code(client)}")
        for what in invariants.of_health(self._gateway, self._loop.time()):
            self._break(what)

    async def _top_up(self) -> None:
        """Whatever was spent, from here on there is enough."""
        if self._gateway.ledger.accounts is not None:
            for account in (
                AccountId(Scope.TENANT, "local", "local"),
                AccountId(Scope.KEY, "local", "loopback"),
            ):
                await self._gateway.budgets.add_to(account, Cycle.DAILY, 100 * NANO_PER_USD)
        await self._raise_caps()

    async def _raise_caps(self) -> None:
        caps = self._gateway.ledger.endpoint_caps
        for name in caps.capped if caps is not None else ():
            account = AccountId(Scope.ENDPOINT, "", name)
            await self._gateway.budgets.add_to(account, Cycle.DAILY, 100 * NANO_PER_USD)

    def _check_books(self) -> None:
        for what in invariants.of_books(
            self._gateway,
            self._journal.receipts,
            self._decisions,
            self._unnamed,
            self._first_bytes,
        ):
            self._break(what)
        for what in invariants.of_budgets(self._gateway, self._journal.receipts):
            self._break(what)
        if still := sum(upstream.open for upstream in self._upstreams):
            self._break(f"{still} conversations were not left")


def _advice(receipt: Receipt) -> Iterator[str]:
    if receipt.inspection is not None and receipt.plan is not None:
        inspection, plan = receipt.inspection, receipt.plan
        yield f"analysis: {inspection.analyser_fell_back or inspection.analysed_by}"
        yield f"selection: {plan.selector_fell_back or plan.selected_by}"


def _settings(
    folder: Path, chance: Chance, strategies: bool, caps: bool, more: str, of_each: str
) -> Settings:
    """A small fleet, its policies drawn by chance."""
    tables = []
    for at in range(chance.randint(1, 4)):
        zone = chance.choice(("local", "private", "cloud", "cloud"))
        price = 0 if zone == "local" else chance.choice((0, 0.15, 3))
        tables.append(
            f'[[endpoints]]\nid = "e{at}"\nprovider = "openai"\nmodel = "m{at}"\n'
            f'base_url = "http://127.0.0.1:9/v1"\nzone = "{zone}"\n'
            f"price_input = {price}\nprice_output = {price * 4}\ncontext = 8000\n"
            f"quality = {chance.choice((0.2, 0.5, 0.9))}\n"
            + (f"daily_cap_usd = {chance.choice((0.05, 0.5))}\n" if caps else "")
            + of_each
        )
    text = (
        f"[server]\ndeadline_s = {DEADLINE_S}\nmax_concurrency = {chance.choice((3, 8, 50))}",
        "[embedded]\nenabled = false\n[discovery]\nollama = false\nenvironment_keys = false",
        f"[dispatch]\nretries = {chance.randrange(3)}\nfirst_token_s = 4\nstall_s = 3",
        f"[breaker]\nfailures = {chance.choice((1, 3, 5))}\ncool_s = 5",
        f"[cache]\nenabled = {str(chance.happens(0.3)).lower()}\nttl_s = 20",
        f'[privacy]\nmedium = "{chance.choice(("mask", "mask", "local"))}"\ndeep = "off"',
        '[ledger]\npath = ":memory:"',
        *((_strategies(chance),) if strategies else ()),
        *((_caps(chance),) if caps else ()),
        more,
        *tables,
    )
    file = folder / "gilmok.toml"
    file.write_text("\n".join(text), encoding="utf-8")
    return load_settings(file)


def _strategies(chance: Chance) -> str:
    named = chance.choice(("", 'endpoint = "e0"'))
    return (
        f'[strategies]\nanalyser = "{chance.choice(("fast", "llm", "llm"))}"\n'
        f'selector = "{chance.choice(("objective", "llm", "llm"))}"\n'
        f"timeout_s = {chance.choice((0.2, 2, 10))}\n{named}"
    )


def _caps(chance: Chance) -> str:
    """Some requests' worth: an answer may cost 0.005 to 0.1 USD at most."""
    daily = chance.choice((0.02, 0.2, 1))
    return (
        f'[[plans]]\nid = "default"\ntenant_caps = {{ daily_usd = {daily * 2} }}\n'
        f"key_caps = {{ daily_usd = {daily} }}\nsoft = 0.5\n"
        + chance.choice(("", 'degrade_to = "lower"\n'))
        + '[[plans]]\nid = "lower"\nquality_cap = 0.6'
    )


def _breaker(settings: Settings) -> BreakerPolicy:
    chosen = settings.breaker
    return BreakerPolicy(failures=chosen.failures, window_s=chosen.window_s, cool_s=chosen.cool_s)


def _request(chance: Chance) -> HttpRequest:
    body: dict[str, object] = {
        "model": chance.choice(("auto", "auto", "auto", "local", "cheap", "best", "e0", "m1", "x")),
        **said(chance.choice(TEXTS)),
    }
    if chance.happens(0.6):
        body |= {"stream": True, "stream_options": {"include_usage": chance.happens(0.5)}}
    if chance.happens(0.03):
        body["messages"] = []
    headers = {}
    if chance.happens(0.2):
        headers["x-gilmok-deadline-ms"] = str(chance.choice((1, 300, 2000, 99999)))
    return posted(body, headers)


def said(text: str) -> dict[str, object]:
    return {"messages": [{"role": "user", "content": text}]}


def posted(body: dict[str, object], headers: dict[str, str] | None = None) -> HttpRequest:
    return HttpRequest(
        method="POST",
        path="/v1/chat/completions",
        query="",
        headers={"host": "127.0.0.1", "content-type": "application/json", **(headers or {})},
        body=json.dumps(body).encode(),
        peer="127.0.0.1",
    )
