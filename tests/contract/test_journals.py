"""What every journal promises, on disk and in memory."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace
from tests.unit.ledger.samples import API_KEY, NOW, candidate, intent, plan, receipt

from gilmok.core.calendar import Cycle
from gilmok.core.endpoint import PriceSource
from gilmok.core.errors import DecisionNotFound, JournalUnavailable
from gilmok.core.money import Price
from gilmok.core.ports import Journal as Port
from gilmok.core.receipt import Outcome
from gilmok.ledger.archive import Archive
from gilmok.ledger.budgets import AccountId, Scope, TopUp
from gilmok.ledger.day_counts import DayCount
from gilmok.ledger.journal import Journal
from gilmok.ledger.memory import MemoryJournal
from gilmok.ledger.recovery import SWEPT
from gilmok.ledger.reports import By
from gilmok.ledger.rows import OTHER

AnyJournal = Journal | MemoryJournal
REFERENCE = Price(2_500_000_000, 10_000_000_000)
DAY = 86_400 * 10**9
_TABLES = ("receipts", "explanations", "attempts")


class JournalContract(ABC):
    """A new store is one more subclass. What it keeps is asked for by `Archive`'s methods only."""

    @abstractmethod
    def make(self, folder: Path) -> AnyJournal: ...

    @pytest.fixture
    async def journal(self, tmp_path: Path) -> AsyncIterator[AnyJournal]:
        async with self.make(tmp_path) as journal:
            yield journal

    async def test_a_receipt_is_read_back_as_it_was_taken(self, journal: AnyJournal) -> None:
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

    async def test_a_refusal_without_plan_or_inspection_is_kept(self, journal: AnyJournal) -> None:
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

    async def test_a_decision_belongs_to_its_tenant(self, journal: AnyJournal) -> None:
        journal.record(receipt())
        assert (await journal.read("dec_1", tenant="acme")).decision_id == "dec_1"
        with pytest.raises(DecisionNotFound):
            await journal.read("dec_1", tenant="other")
        with pytest.raises(DecisionNotFound):
            await journal.read("dec_2")
        assert await journal.recent(tenant="other") == ()

    async def test_recent_is_newest_first_and_bounded(self, journal: AnyJournal) -> None:
        for number in range(5):
            journal.record(receipt(f"dec_{number}", at=NOW + number))
        assert [d.decision_id for d in await journal.recent(2)] == ["dec_4", "dec_3"]

    async def test_concurrent_intents_are_all_acknowledged(self, journal: AnyJournal) -> None:
        async def ask(number: int) -> None:
            await journal.intend(intent(f"dec_{number:03d}"))
            journal.record(receipt(f"dec_{number:03d}"))

        async with asyncio.TaskGroup() as tasks:
            for number in range(300):
                tasks.create_task(ask(number))
        assert len(await journal.recent(1_000)) == 300
        assert journal.open_decisions == 0

    async def test_the_first_receipt_of_a_decision_counts_and_blocks_no_other(
        self, journal: AnyJournal
    ) -> None:
        journal.record(receipt(cost=1))
        journal.record(receipt(cost=2))
        journal.record(receipt("dec_2"))
        assert (await journal.read("dec_1")).cost == 1
        assert (await journal.read("dec_2")).cost == 27_000
        assert journal.dropped == 1
        assert journal.healthy

    async def test_numbers_beyond_sqlite_do_not_stop_the_journal(self, journal: AnyJournal) -> None:
        journal.record(receipt(cost=10**30, held=-(10**30)))
        assert (await journal.read("dec_1")).cost == 2**53 - 1

    async def test_an_intent_is_taken_whether_it_is_awaited_or_not(
        self, journal: AnyJournal
    ) -> None:
        journal.intend(intent("dec_unawaited"))
        await journal.intend(intent())
        await journal.intend(intent(number=2))
        assert journal.open_decisions == 2
        journal.record(receipt())
        assert journal.open_decisions == 1

    async def test_no_secret_address_or_unknown_name_is_written(self, journal: AnyJournal) -> None:
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

    async def test_a_cost_is_marked_where_its_usage_was_estimated(
        self, journal: AnyJournal
    ) -> None:
        plain = receipt()
        assert plain.usage is not None
        guess = type(plain.usage)(100, 20, reported=False)
        journal.record(receipt(usage=guess))
        unpriced = plan(candidate(price_source=PriceSource.ASSUMED))
        journal.record(receipt("dec_2", plan=unpriced))
        assert (await journal.read("dec_1")).cost_estimated
        assert not (await journal.read("dec_2")).price_known

    async def test_after_closing_nothing_is_promised(self, journal: AnyJournal) -> None:
        await journal.close()
        with pytest.raises(JournalUnavailable):
            journal.intend(intent())
        journal.record(receipt())
        assert journal.dropped == 1
        assert not journal.healthy
        await journal.close()

    async def test_it_is_the_port(self, journal: AnyJournal) -> None:
        port: Port = journal
        assert isinstance(port, Archive)

    async def test_the_sums_of_a_month_are_those_of_its_receipts(self, journal: AnyJournal) -> None:
        """What budgets start from: by tenant, key and user, and what was added."""
        journal.record(receipt(cost=5, user="u-1"))
        journal.record(receipt("dec_2", cost=7, key_id="key-2"))
        journal.record(receipt("dec_3", cost=11, tenant="other"))
        top_up = TopUp(
            at=NOW, account=AccountId(Scope.KEY, "acme", "key-1"), cycle=Cycle.DAILY, amount=9
        )
        await journal.add_top_up(top_up)
        found = await journal.sums(("UTC",), NOW)
        assert found.top_ups == (top_up,)
        spent = {row.account: row.cost for row in found.recorded}
        assert spent == {
            AccountId(Scope.TENANT, "acme", "acme"): 12,
            AccountId(Scope.KEY, "acme", "key-1"): 5,
            AccountId(Scope.USER, "acme", "u-1"): 5,
            AccountId(Scope.KEY, "acme", "key-2"): 7,
            AccountId(Scope.TENANT, "other", "other"): 11,
            AccountId(Scope.KEY, "other", "key-1"): 11,
        }

    async def test_a_report_and_its_lines_agree(self, journal: AnyJournal) -> None:
        journal.record(receipt())
        journal.record(receipt("dec_2", cost=1_000, endpoint_id="other", user="u-1"))
        journal.record(receipt("dec_3", outcome=Outcome.REFUSED, error="label_refused", cost=0))
        journal.record(receipt("dec_late", at=NOW + DAY))
        for by in By:
            report = await journal.usage(NOW, NOW + DAY, by, reference=REFERENCE)
            assert (report.total.requests, report.total.cost) == (3, 28_000), by
            assert sum(line.requests for line in report.lines) == 3, by
            assert sum(line.cost for line in report.lines) == 28_000, by
        mine = await journal.usage(NOW, NOW + DAY, tenant="nobody")
        assert (mine.total.requests, mine.lines) == (0, ())

    async def test_statistics_tell_attempts_apart(self, journal: AnyJournal) -> None:
        (answered,) = receipt().attempts
        failed = replace(answered, outcome="upstream_status_500", usage=None, cost=0)
        again = replace(answered, number=2, endpoint_id="here", zone="local")
        journal.record(receipt())
        journal.record(
            receipt(
                "dec_2",
                attempts=(failed, again),
                endpoint_id="here",
                zone="local",
                fallback=True,
                fallback_reason="upstream_status_500",
            )
        )
        found = await journal.statistics(NOW, NOW + DAY, reference=REFERENCE)
        of = {one.endpoint_id: (one.requests, one.successes, one.cost) for one in found.endpoints}
        assert of == {"cloud-mini": (2, 1, 27_000), "here": (1, 1, 27_000)}
        assert (found.requests, found.completed, found.fallbacks) == (2, 2, 1)
        assert found.cost == 54_000
        empty = await journal.statistics(NOW + DAY, NOW + 2 * DAY)
        assert (empty.requests, empty.endpoints) == (0, ())

    async def test_traffic_is_what_models_answered(self, journal: AnyJournal) -> None:
        journal.record(receipt())
        journal.record(receipt("dec_2", cache="hit", cost=0))
        found = await journal.traffic(NOW - 5, NOW + DAY)
        assert (found.since, found.requests, found.cost) == (NOW, 2, 27_000)
        (only,) = found.endpoints
        assert (only.endpoint_id, only.requests, only.prompt_tokens) == ("cloud-mini", 1, 100)

    async def test_the_day_so_far_is_counted_by_user(self, journal: AnyJournal) -> None:
        journal.record(receipt("dec_before", at=NOW - 1))
        journal.record(receipt("dec_1", user="u-1"))
        journal.record(receipt("dec_2", user="u-1"))
        refused = {"outcome": Outcome.REFUSED, "error": "rate_limit_exceeded", "attempts": ()}
        journal.record(receipt("dec_3", **refused))
        found = await journal.day_counts(NOW)
        assert found == (DayCount("acme", "key-1", "u-1", 2, 240),)


class DurableJournalContract(JournalContract):
    """A journal made in the same folder finds what the one before was given."""

    async def test_what_was_given_to_it_is_there_after_a_restart(self, tmp_path: Path) -> None:
        """Receipts as they were; what was under way is settled once, at its worst case."""
        async with self.make(tmp_path) as journal:
            await journal.intend(intent(user="u-1"))
            journal.record(receipt(user="u-1"))
            await journal.intend(intent("dec_2", worst_cost=40, spent=0))
            await journal.intend(intent("dec_2", 2, worst_cost=50, spent=30))
            assert journal.open_decisions == 1
        for swept in (1, 0):
            async with self.make(tmp_path) as journal:
                assert (journal.swept, journal.open_decisions) == (swept, 0)
                assert (await journal.read("dec_1")).cost == 27_000
                left = await journal.read("dec_2")
                assert (left.error, left.cost, left.cost_estimated) == (SWEPT, 80, True)
                (total,) = {
                    row.cost
                    for row in (await journal.sums(("UTC",), NOW)).recorded
                    if row.account.scope is Scope.TENANT
                }
                assert total == 27_080


class TestFile(DurableJournalContract):
    def make(self, folder: Path) -> Journal:
        return Journal(folder / "journal.db")


class TestSyncedFile(DurableJournalContract):
    def make(self, folder: Path) -> Journal:
        return Journal(folder / "journal.db", synchronous="full")


class TestMemory(JournalContract):
    def make(self, folder: Path) -> MemoryJournal:
        return MemoryJournal()


class TestMemoryOfAThread(JournalContract):
    def make(self, folder: Path) -> MemoryJournal:
        return MemoryJournal(threaded=True)
