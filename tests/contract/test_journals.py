"""What every journal promises, on disk and in memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.unit.ledger.samples import API_KEY, NOW, candidate, intent, plan, receipt

from gilmok.core.endpoint import PriceSource
from gilmok.core.errors import DecisionNotFound, JournalUnavailable
from gilmok.core.ports import Journal as Port
from gilmok.core.receipt import Outcome
from gilmok.ledger.archive import Archive
from gilmok.ledger.journal import Journal
from gilmok.ledger.memory import MemoryJournal
from gilmok.ledger.rows import OTHER

AnyJournal = Journal | MemoryJournal


@pytest.fixture(params=["file", "memory"])
async def journal(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[AnyJournal]:
    made: AnyJournal = (
        Journal(tmp_path / "journal.db") if request.param == "file" else MemoryJournal()
    )
    async with made as opened:
        yield opened


async def test_a_receipt_is_read_back_as_it_was_taken(journal: AnyJournal) -> None:
    await journal.intend(intent())
    journal.record(receipt())

    decision = await journal.read("dec_1")

    assert (decision.tenant, decision.key_id, decision.asked) == ("acme", "key-1", "auto")
    assert (decision.outcome, decision.error, decision.stream) == ("completed", None, True)
    assert (decision.endpoint_id, decision.model) == ("cloud-mini", "cloud-mini-model")
    assert (decision.sensitivity, decision.zone, decision.cache) == ("medium", "cloud", "off")
    assert (decision.cost, decision.held, decision.cost_estimated) == (27_000, 5_000, False)
    assert (decision.prompt_tokens, decision.completion_tokens) == (100, 20)
    assert (decision.first_token_ms, decision.total_ms, decision.at) == (80.0, 201.5, NOW)
    why = decision.explanation
    assert [(c.endpoint_id, c.score, c.masked) for c in why.candidates] == [
        ("cloud-mini", 0.61, True)
    ]
    assert [(v.endpoint_id, v.code, v.detail) for v in why.vetoes] == [("far", "label", "high")]
    assert why.weights == (0.5, 0.3, 0.2)
    assert why.attempts == receipt().attempts
    assert why.inspection is not None
    assert [(e.kind, e.level, e.count) for e in why.inspection.evidence] == [
        ("id.email", "medium", 2),
        ("topic.health", "low", 1),
    ]


async def test_a_refusal_without_plan_or_inspection_is_kept(journal: AnyJournal) -> None:
    bare = receipt(
        outcome=Outcome.REFUSED,
        error="invalid_request",
        plan=None,
        inspection=None,
        attempts=(),
        usage=None,
        endpoint_id=None,
        zone=None,
        cost=0,
        held=0,
        first_token_ms=None,
    )
    journal.record(bare)
    decision = await journal.read("dec_1")
    assert (decision.outcome, decision.error) == ("refused", "invalid_request")
    assert decision.usage_reported is None
    assert decision.explanation.candidates == ()


async def test_a_decision_belongs_to_its_tenant(journal: AnyJournal) -> None:
    journal.record(receipt())
    assert (await journal.read("dec_1", tenant="acme")).decision_id == "dec_1"
    with pytest.raises(DecisionNotFound):
        await journal.read("dec_1", tenant="other")
    with pytest.raises(DecisionNotFound):
        await journal.read("dec_2")
    assert await journal.recent(tenant="other") == ()


async def test_recent_is_newest_first_and_bounded(journal: AnyJournal) -> None:
    for number in range(5):
        journal.record(receipt(f"dec_{number}", at=NOW + number))
    assert [d.decision_id for d in await journal.recent(2)] == ["dec_4", "dec_3"]


async def test_concurrent_intents_are_all_acknowledged(journal: AnyJournal) -> None:
    async def ask(number: int) -> None:
        await journal.intend(intent(f"dec_{number:03d}"))
        journal.record(receipt(f"dec_{number:03d}"))

    async with asyncio.TaskGroup() as tasks:
        for number in range(300):
            tasks.create_task(ask(number))
    assert len(await journal.recent(1_000)) == 300
    assert journal.open_decisions == 0


async def test_the_first_receipt_of_a_decision_counts_and_blocks_no_other(
    journal: AnyJournal,
) -> None:
    journal.record(receipt(cost=1))
    journal.record(receipt(cost=2))
    journal.record(receipt("dec_2"))
    assert (await journal.read("dec_1")).cost == 1
    assert (await journal.read("dec_2")).cost == 27_000
    assert journal.dropped == 1
    assert journal.healthy


async def test_numbers_beyond_sqlite_do_not_stop_the_journal(journal: AnyJournal) -> None:
    journal.record(receipt(cost=10**30, held=-(10**30)))
    assert (await journal.read("dec_1")).cost == 2**53 - 1


async def test_an_intent_is_taken_whether_it_is_awaited_or_not(journal: AnyJournal) -> None:
    journal.intend(intent("dec_unawaited"))
    await journal.intend(intent())
    await journal.intend(intent(number=2))
    assert journal.open_decisions == 2
    journal.record(receipt())
    assert journal.open_decisions == 1


async def test_no_secret_address_or_unknown_name_is_written(journal: AnyJournal) -> None:
    journal.record(receipt(asked="내 주민번호는 900101-1234567"))
    journal.record(receipt("dec_2", asked="cloud-mini-model"))
    journal.record(receipt("dec_3", asked="far"))
    assert (await journal.read("dec_1")).asked == OTHER
    assert (await journal.read("dec_2")).asked == "cloud-mini-model"
    assert (await journal.read("dec_3")).asked == "far"
    dump = await journal.query(
        lambda c: repr([c.execute(f"SELECT * FROM {t}").fetchall() for t in _TABLES])
    )
    for canary in (API_KEY, "canary-address", "900101", "주민"):
        assert canary not in dump


_TABLES = ("receipts", "explanations", "attempts")


async def test_a_cost_is_marked_where_its_usage_was_estimated(journal: AnyJournal) -> None:
    plain = receipt()
    assert plain.usage is not None
    guess = type(plain.usage)(100, 20, reported=False)
    journal.record(receipt(usage=guess))
    unpriced = plan(candidate(price_source=PriceSource.ASSUMED))
    journal.record(receipt("dec_2", plan=unpriced))
    assert (await journal.read("dec_1")).cost_estimated
    assert not (await journal.read("dec_2")).price_known


async def test_after_closing_nothing_is_promised(journal: AnyJournal) -> None:
    await journal.close()
    with pytest.raises(JournalUnavailable):
        journal.intend(intent())
    journal.record(receipt())
    assert journal.dropped == 1
    assert not journal.healthy
    await journal.close()


async def test_it_is_the_port(journal: AnyJournal) -> None:
    port: Port = journal
    assert isinstance(port, Archive)
