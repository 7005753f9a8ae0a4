"""What was never sent is on no book."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from gilmok.build import gateway
from gilmok.composition.world import World
from gilmok.config import load
from gilmok.core.endpoint import Endpoint
from gilmok.core.errors import ConnectFailed, JournalUnavailable
from gilmok.core.ports import Upstream
from gilmok.ledger import MemoryJournal
from gilmok.providers import catalogue
from gilmok.routing import Router
from gilmok.system import SystemClock, SystemIds, SystemRng
from tests.gateway import QUIET
from tests.laws.capacity import Gate
from tests.simulation import remains
from tests.unit import nouns
from tests.wire.raw import until

ENDPOINT = """
[ledger]
path = ":memory:"
[[endpoints]]
id = "a"
provider = "openai"
base_url = "http://127.0.0.1:1/v1"
model = "m"
price_input = 100
price_output = 100
"""


async def test_an_endpoint_that_nobody_can_speak_to_costs_nothing(tmp_path: Path) -> None:
    def nobody(endpoint: Endpoint) -> Upstream:
        raise ValueError("an address that can be read in two ways")

    file = tmp_path / "gilmok.toml"
    file.write_text(QUIET + ENDPOINT)
    world = World(SystemClock(), SystemIds(), SystemRng(), nobody)
    async with gateway(load(file, catalogue(), {}), world=world) as running:
        with pytest.raises(ValueError, match="two ways"):
            async with running.pipeline.answer(nouns.request(), nouns.CALLER):
                pass
        (receipt,) = await running.journal.recent()
    assert (receipt.error, receipt.cost) == ("internal_error", 0)
    assert receipt.explanation.attempts == ()


async def test_a_full_log_refuses_before_anything_is_sent_or_charged(tmp_path: Path) -> None:
    file = tmp_path / "gilmok.toml"
    file.write_text(QUIET + ENDPOINT)
    async with gateway(load(file, catalogue(), {})) as running:
        assert isinstance(running.journal, MemoryJournal)
        running.journal.fail = True
        with pytest.raises(JournalUnavailable):
            async with running.pipeline.answer(nouns.request(), nouns.CALLER):
                pass
        running.journal.fail = False
        (receipt,) = await running.journal.recent()
        assert (running.ledger.spent, running.ledger.open_holds) == (0, 0)
    (attempt,) = receipt.explanation.attempts
    assert (receipt.error, receipt.cost, attempt.cost) == ("journal_unavailable", 0, 0)


def _world(upstream: object) -> World:
    def one(endpoint: Endpoint) -> Upstream:
        return upstream  # type: ignore[return-value]

    return World(SystemClock(), SystemIds(), SystemRng(), one)


async def test_a_provider_that_fails_at_once_takes_no_place(tmp_path: Path) -> None:
    class Defective:
        def converse(self, outbound: object, *, connect_s: float) -> object:
            raise RuntimeError("a defect")

        async def close(self) -> None: ...

    file = tmp_path / "gilmok.toml"
    file.write_text(QUIET + ENDPOINT + "max_concurrency = 1\n")
    async with gateway(load(file, catalogue(), {}), world=_world(Defective())) as running:
        for _ in range(2):
            with pytest.raises(RuntimeError, match="a defect"):
                async with running.pipeline.answer(nouns.request(), nouns.CALLER):
                    pass
        receipts = await running.journal.recent()
        assert list(remains.of_gateway(running)) == []
    assert {r.explanation.attempts for r in receipts} == {()}
    assert {r.cost for r in receipts} == {0}


async def test_a_probe_whose_client_leaves_is_given_back(tmp_path: Path) -> None:
    gate = Gate()
    file = tmp_path / "gilmok.toml"
    file.write_text(QUIET + ENDPOINT + "[breaker]\nfailures = 1\ncool_s = 0.001\n")
    async with gateway(load(file, catalogue(), {}), world=_world(gate)) as running:
        running.registry.failed("a", ConnectFailed("refused"))
        await asyncio.sleep(0.002)

        async def ask() -> None:
            async with running.pipeline.answer(nouns.request(), nouns.CALLER):
                pass

        probe = asyncio.create_task(ask())
        await until(lambda: gate.waiting == 1)
        probe.cancel()
        await asyncio.wait([probe])
        (standing,) = running.registry.snapshot()
        assert standing.blocked_until <= asyncio.get_running_loop().time(), "the next may probe"


async def test_what_fails_before_there_is_a_plan_leaves_a_receipt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(self: Router, *_: object) -> None:
        raise RuntimeError("a defect")

    monkeypatch.setattr(Router, "plan", fails)
    file = tmp_path / "gilmok.toml"
    file.write_text(QUIET + ENDPOINT)
    async with gateway(load(file, catalogue(), {})) as running:
        with pytest.raises(RuntimeError, match="a defect"):
            async with running.pipeline.answer(nouns.request(), nouns.CALLER):
                pass
        (receipt,) = await running.journal.recent()
    assert (receipt.outcome, receipt.error, receipt.cost) == ("failed", "internal_error", 0)
