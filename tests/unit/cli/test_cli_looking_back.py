"""`explain` and `report` read what really happened."""

from __future__ import annotations

import csv
import io
import json
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from gilmok.ledger import Journal, MemoryJournal
from gilmok.ledger.records import LISTED
from tests.gateway import Running
from tests.unit.cli.conftest import Cli, endpoint, two_sides
from tests.wall import Wall


@pytest.fixture
async def fallen_back(gateway: Running, wall: Wall) -> str:
    """A decision whose first candidate failed."""
    wall.override = "flaky=9+401"
    failed = await gateway.chat("Python?", model="cloud-mini")
    assert failed.status == 503
    wall.override = None
    answer = await gateway.chat("제 전화번호는 010-1234-5678 입니다")
    assert answer.status == 200
    return answer.headers["x-gilmok-decision"]


async def test_a_decision_as_tables(cli: Cli, gateway: Running, fallen_back: str) -> None:
    ran = await cli("explain", fallen_back)
    assert ran.code == 0
    for expected in ("Candidates in order", "Attempts", "phone number", "contact.phone"):
        assert expected in ran.out
    assert "010-1234-5678" not in ran.out
    assert max(map(len, ran.lines)) <= 80
    korean = await cli("explain", "last", "--lang", "ko")
    assert "전화번호" in korean.out
    assert fallen_back in korean.out


async def test_phases_of_a_stream(cli: Cli, gateway: Running) -> None:
    answer = await gateway.chat("Python?", stream=True)
    ran = await cli("explain", answer.headers["x-gilmok-decision"])
    assert re.search(
        r"phases +0 ms waiting for a turn, \d+ ms for the prompt, [\d.]+ ms per", ran.out
    )
    whole = await gateway.chat("Python?")
    assert "phases" not in (await cli("explain", whole.headers["x-gilmok-decision"])).out


async def test_vetoes_in_words(cli: Cli, gateway: Running) -> None:
    answer = await gateway.chat("홍길동의 전화번호와 주소")
    ran = await cli("explain", answer.headers["x-gilmok-decision"])
    assert "the text may not leave this machine" in ran.out
    named = await gateway.chat("hi", model="here")
    ran = await cli("explain", named.headers["x-gilmok-decision"])
    assert "another model was asked for" in ran.out


async def test_a_name_that_nothing_has_is_said_not_to_be_kept(cli: Cli, gateway: Running) -> None:
    """ "asked for other" told nobody anything. Nor is there a time to a token that never came."""
    answer = await gateway.chat("hi", model="nobody")
    ran = await cli("explain", answer.headers["x-gilmok-decision"])
    assert "not recorded: nothing here has that name" in ran.out
    assert "first token" not in ran.out
    assert "refused (model_not_found)" in ran.out
    korean = await cli("explain", answer.headers["x-gilmok-decision"], "--lang", "ko")
    assert "기록하지 않음" in korean.out


async def test_of_what_a_dead_gateway_left_open_nobody_is_said_to_have_answered(
    cli: Cli, gateway: Running, tmp_path: Path
) -> None:
    decision = (await gateway.chat("hi")).headers["x-gilmok-decision"]
    assert "answered by" in (await cli("explain", decision)).out
    with closing(sqlite3.connect(tmp_path / "ledger.db", isolation_level=None)) as ledger:
        ledger.execute("UPDATE receipts SET outcome = 'failed', error = 'swept_after_crash'")
    ran = await cli("explain", decision)
    assert "answered by" not in ran.out
    assert "asked last" in ran.out
    assert "failed (swept_after_crash): the gateway died" in ran.out


async def test_a_failed_attempt_has_its_reason(
    cli: Cli, gateway: Running, fallen_back: str
) -> None:
    ran = await cli("report", "--by", "endpoint")
    assert "failed" in ran.out
    told = json.loads((await cli("report", "--by", "endpoint", "--json")).out)
    assert told["total"]["requests"] == 2
    assert told["total"]["failed"] == 1


async def test_a_gateway_whose_ledger_is_in_memory_is_asked(
    cli: Cli, wall: Wall, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Running(tmp_path, two_sides(wall)) as running:
        monkeypatch.setenv("GILMOK_CONFIG", str(tmp_path / "gilmok.toml"))
        monkeypatch.setenv("GILMOK_PORT", str(running.port))
        answer = await running.chat("Python?")
        id_ = answer.headers["x-gilmok-decision"]
        ran = await cli("explain", id_)
        as_json = await cli("explain", id_, "--json", "--url", running.url)
        last = await cli("explain")
        report = await cli("report")
        named = await cli("report", "--json", "--url", running.url)
        table = await cli("report", "--by", "zone")
        both = await cli("report", "--csv", "--url", running.url)
    assert ran.code == as_json.code == report.code == named.code == 0
    assert json.loads(as_json.out)["decision_id"] == id_
    assert "1. Totals" in report.out
    assert json.loads(named.out)["totals"]["requests"] == 1
    assert (last.code, table.code, both.code) == (1, 1, 64)
    assert "--by and --csv read the ledger's file" in table.err


async def test_what_is_not_recorded(cli: Cli, gateway: Running) -> None:
    empty = await cli("explain")
    assert empty.code == 1
    assert "No decision is recorded yet." in empty.err
    unknown = await cli("explain", "dec_nobody")
    assert unknown.code == 1
    assert "dec_nobody" in unknown.err


async def test_no_ledger_yet(cli: Cli) -> None:
    ran = await cli("report")
    assert ran.code == 78
    assert "no journal here yet" in ran.err


async def test_the_performance_report(cli: Cli, gateway: Running, fallen_back: str) -> None:
    ran = await cli("report")
    assert ran.code == 0
    heads = [line for line in ran.lines if line[:1].isdigit() and line[1:3] == ". "]
    assert [head[:1] for head in heads if not head.endswith(".")] == list("1234567")
    assert "cloud-mini succeeded in 50 % of its requests only." in ran.out
    assert max(len(line) for line in ran.lines if not line.endswith(".")) <= 80
    korean = await cli("report", "--lang", "ko")
    assert "6. 최적화 제안" in korean.out
    assert "cloud-mini의 성공률이 50 %로" in korean.out


async def test_the_performance_report_is_what_the_gateway_tells(
    cli: Cli, gateway: Running, fallen_back: str
) -> None:
    ran = await cli("report", "--since", "4w", "--json")
    mine = json.loads(ran.out)
    told = (await gateway.get("/v1/report?since=4w")).json
    for report in (mine, told):
        assert report.pop("until") - report.pop("since") > 27 * 86_400 * 10**9
    assert mine == told


@pytest.mark.parametrize("by", ["endpoint", "zone", "tenant", "key", "day", "model", "sensitivity"])
async def test_a_report_by_anything(cli: Cli, gateway: Running, by: str) -> None:
    for question in ("Python?", "홍길동의 전화번호와 주소"):
        assert (await gateway.chat(question)).status == 200
    ran = await cli("report", "--by", by)
    assert ran.code == 0
    assert "█" in ran.out
    assert "100 %" in ran.out
    assert "against $2.50/$10.00" in ran.out
    assert max(map(len, ran.lines)) <= 80
    rows = list(csv.DictReader(io.StringIO((await cli("report", "--by", by, "--csv")).out)))
    assert sum(int(row["requests"]) for row in rows) == 2


async def test_the_most_common_fallback_is_named(cli: Cli, wall: Wall, tmp_path: Path) -> None:
    first = endpoint("first", wall, "500", quality=1.0)
    second = endpoint("second", wall, "ok", quality=0.1, first_token_s=3.0)
    async with Running(tmp_path, first + second, memory=False) as running:
        answer = await running.chat("Python?")
        assert answer.headers["x-gilmok-fallback"] == "true"
        await running.gateway.journal.flush()
        file = str(tmp_path / "gilmok.toml")
        explained = await cli("explain", "--config", file)
        table = await cli("report", "--by", "endpoint", "--config", file)
        report = await cli("report", "--config", file)
    assert "status 500" in explained.out
    assert "1 (most often status 500)" in table.out
    for ran in (table, report):
        assert "unknown price" in ran.out
    assert re.search(r"status 500 +1  █", report.out)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [(("--since", "soon"), "30m, 12h, 7d"), (("--json", "--csv"), "--json or --csv")],
)
async def test_wrong_options(cli: Cli, arguments: tuple[str, ...], told: str) -> None:
    ran = await cli("report", *arguments)
    assert ran.code == 64
    assert told in ran.err


async def test_nothing_in_the_span(cli: Cli, gateway: Running) -> None:
    ran = await cli("report", "--since", "1h")
    assert ran.code == 0
    assert ran.out.startswith("No request since ")


async def test_of_many_endpoints_the_rest_is_counted(
    cli: Cli,
    wall: Wall,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    journals: list[Journal | MemoryJournal],
) -> None:
    many = "".join(
        endpoint(
            f"{side}-{at:02}", wall, f"as={side}", zone, quality=0.5, price_input=1, price_output=1
        )
        for side, zone in (("cloud", "cloud"), ("here", "local"))
        for at in range(LISTED + 6)
    )
    async with Running(tmp_path, many, memory=False) as running:
        monkeypatch.setenv("GILMOK_CONFIG", str(tmp_path / "gilmok.toml"))
        journals.append(running.gateway.journal)
        answer = await running.chat("홍길동의 전화번호와 주소")
        id = answer.headers["x-gilmok-decision"]
        shown, korean = await cli("explain", id), await cli("explain", id, "--lang", "ko")
        page = (await running.get(f"/dashboard/decisions/{id}")).body.decode()
        record = (await running.get(f"/v1/decisions/{id}")).json["explanation"]
    assert shown.out.count("6 more") == 2  # of those who may answer, and of those who may not
    assert korean.out.count("외 6곳") == 2
    assert page.count("6 more") == 2
    assert record["unlisted_candidates"] == 6
    assert record["unlisted_vetoes"] == {"label": 6}
