"""What was never sent is on no book."""

from __future__ import annotations

from pathlib import Path

import pytest

from gilmok.build import gateway
from gilmok.composition.world import World
from gilmok.config import load
from gilmok.core.endpoint import Endpoint
from gilmok.core.errors import JournalUnavailable
from gilmok.core.ports import Upstream
from gilmok.ledger import MemoryJournal
from gilmok.providers import catalogue
from gilmok.system import SystemClock, SystemIds, SystemRng
from tests.gateway import QUIET
from tests.unit import nouns

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
