"""`gilmok ledger`, `gilmok forecast` and reports by whom, on books that a real gateway wrote."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from contextlib import closing
from pathlib import Path

from tests.gateway import Running
from tests.unit.cli.conftest import Cli


async def asked(gateway: Running, times: int = 2) -> None:
    for number in range(times):
        answer = await gateway.chat(f"Python {number}?")
        assert answer.status == 200


async def test_the_books_of_a_running_gateway_agree(cli: Cli, gateway: Running) -> None:
    await asked(gateway)
    ran = await cli("ledger", "audit")
    assert ran.code == 0, ran.err
    assert "The books agree." in ran.out
    told = json.loads((await cli("ledger", "audit", "--json")).out)
    assert (told["receipts"], told["attempts"], told["findings"]) == (2, 2, [])
    assert told["receipts_cost"] == told["attempts_cost"] > 0


async def test_a_changed_receipt_fails_the_audit(
    cli: Cli, gateway: Running, tmp_path: Path
) -> None:
    await asked(gateway, 1)
    assert (await cli("ledger", "audit")).code == 0
    with closing(sqlite3.connect(tmp_path / "ledger.db", isolation_level=None)) as connection:
        connection.execute("UPDATE receipts SET cost = cost + 5")
    ran = await cli("ledger", "audit", "--lang", "ko")
    assert ran.code == 1
    assert "시도의 합과 비용이 다름" in ran.out


async def test_an_export_is_every_receipt(cli: Cli, gateway: Running) -> None:
    await asked(gateway)
    objects = [json.loads(line) for line in (await cli("ledger", "export")).lines]
    rows = list(csv.DictReader(io.StringIO((await cli("ledger", "export", "--csv")).out)))
    assert [o["decision_id"] for o in objects] == [r["decision_id"] for r in rows]
    assert [o["cost"] for o in objects] == [int(r["cost"]) for r in rows]
    assert len(objects) == 2
    assert "Python" not in json.dumps(objects)
    assert (await cli("ledger", "export", "--since", "nonsense")).code == 64


async def test_a_month_from_the_file_and_from_the_gateway(cli: Cli, gateway: Running) -> None:
    empty = await cli("forecast")
    assert "No answers to forecast from." in empty.out
    await asked(gateway)
    ran = await cli("forecast", "--reference", "gpt-4o-mini")
    assert ran.code == 0
    for expected in ("a rough guess", "All of it at gpt-4o-mini", "Saved"):
        assert expected in ran.out
    read = json.loads((await cli("forecast", "--json")).out)
    told = json.loads((await cli("forecast", "--json", "--url", gateway.url)).out)
    for of in (read, told):
        del of["until"]
    assert read == told
    assert (await cli("forecast", "--reference", "nobody")).code == 1
    assert (await cli("forecast", "--since", "nonsense")).code == 64


async def test_savings_against_a_model_by_name(cli: Cli, gateway: Running) -> None:
    await gateway.chat("제 주민등록번호는 900101-1234568 입니다")
    dear = json.loads((await cli("report", "--by", "zone", "--json", "--reference", "gpt-4o")).out)
    mini = json.loads(
        (await cli("report", "--by", "zone", "--json", "--reference", "gpt-4o-mini")).out
    )
    assert dear["total"]["savings"] > mini["total"]["savings"]
    assert (await cli("report", "--reference", "nobody")).code == 1


async def test_reports_by_user_plan_and_label(cli: Cli, gateway: Running) -> None:
    await asked(gateway)
    by = {}
    for group in ("user", "plan", "label"):
        told = json.loads((await cli("report", "--by", group, "--json")).out)
        by[group] = [(line["key"], line["requests"]) for line in told["lines"]]
    assert by == {"user": [("-", 2)], "plan": [("default", 2)], "label": [("low", 2)]}
    for group, name in (("user", "최종 사용자"), ("plan", "플랜"), ("label", "민감도")):
        assert name in (await cli("report", "--by", group, "--lang", "ko")).out


async def test_the_embedded_model_costs_nothing_next_month(
    cli: Cli, gateway: Running, tmp_path: Path
) -> None:
    """It stands in no configuration, and its price was said to be unknown."""
    await asked(gateway)
    assert (await cli("ledger", "audit")).code == 0
    with closing(sqlite3.connect(tmp_path / "ledger.db", isolation_level=None)) as ledger:
        ledger.execute("UPDATE receipts SET endpoint_id = 'embedded', zone = 'local', cost = 0")
        ledger.execute("DELETE FROM attempts")
    ran = await cli("forecast")
    assert ran.code == 0, ran.err
    assert "embedded" in ran.out
    assert "unknown" not in ran.out


async def test_exported_times_are_free_of_a_doubles_noise(
    cli: Cli, gateway: Running, tmp_path: Path
) -> None:
    await asked(gateway, 1)
    assert (await cli("ledger", "audit")).code == 0
    with closing(sqlite3.connect(tmp_path / "ledger.db", isolation_level=None)) as ledger:
        ledger.execute("UPDATE receipts SET total_ms = 1.0000000002037268")
    assert '"total_ms":1.0,' in (await cli("ledger", "export")).out


async def test_a_copy_beside_a_running_gateway_is_whole(
    cli: Cli, gateway: Running, tmp_path: Path
) -> None:
    await asked(gateway, 3)
    copy = tmp_path / "away" / "copy.db"
    copy.parent.mkdir()
    ran = await cli("ledger", "backup", str(copy))
    assert (ran.code, "keys.db" in ran.out) == (0, True)
    assert [file.name for file in copy.parent.iterdir()] == ["copy.db"]
    assert copy.stat().st_mode & 0o777 == 0o600
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("SELECT count(*) FROM receipts").fetchone() == (3,)
    restored = tmp_path / "restored.toml"
    restored.write_text(f'[ledger]\npath = "{copy}"\n', encoding="utf-8")
    assert (await cli("ledger", "audit", "--config", str(restored))).code == 0
    again = await cli("ledger", "backup", str(copy), "--lang", "ko")
    assert (again.code, "이미 있음" in again.err) == (1, True)
