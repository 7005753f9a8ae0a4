"""The panel of promises: figures, compliance over time, endpoints."""

from __future__ import annotations

from msgspec.structs import replace

from gilmok.core.goodput import Targets
from gilmok.core.receipt import Outcome, Receipt
from gilmok.dashboard.promises import promises
from gilmok.ledger import GoodputReport, MemoryJournal
from tests.unit.ledger.samples import NOW, receipt

HOUR = 3600 * 10**9


async def found(*receipts: Receipt) -> GoodputReport:
    async with MemoryJournal() as journal:
        for at, one in enumerate(receipts):
            journal.record(replace(one, decision_id=f"dec_{at}"))
        return await journal.goodput(NOW, NOW + 5 * HOUR, Targets(2.0, {"paid": 0.5}))


async def test_nothing_that_counts_is_nothing_to_show() -> None:
    refused = receipt(outcome=Outcome.REFUSED, error="label_refused")
    assert promises(await found(refused), "en") is None


async def test_figures_and_their_tables() -> None:
    late = receipt(at=NOW + 2 * HOUR, first_token_ms=9_000.0, total_ms=9_100.0)
    page = promises(
        await found(receipt(), receipt(plan_id="paid"), late, replace(late, at=NOW)), "en"
    )
    assert page is not None
    assert "within 2.0 s, paid 500 ms" in page.meaning
    assert page.tiles[0] == ("SLA", "50 %", "2 of 4")
    over_time, endpoints = page.figures
    assert over_time.table is not None
    assert [row[1:] for row in over_time.table.rows] == [("3", "2", "66.6 %"), ("1", "0", "0 %")]
    assert over_time.svg.count('class="met"') == 1
    assert over_time.svg.count('class="failure"') == 2
    assert endpoints.table is not None
    assert endpoints.table.rows[0][:3] == ("cloud-mini", "4", "50 %")


async def test_in_korean() -> None:
    page = promises(await found(receipt()), "ko")
    assert page is not None
    assert page.tiles[0] == ("달성률", "100 %", "1건 가운데 1건")
    assert "첫 토큰이 2.0 s 안에" in page.meaning
