"""`gilmok ask`: the rows T1 and T2 of the wishes, end to end."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from tests.gateway import Running, free_port
from tests.unit.cli.conftest import Cli, endpoint, two_sides, written
from tests.wall import Wall

LOW = "Python 리스트와 튜플의 차이는?"
COMPANY = "우리 회사의 매출 데이터를 분석해줘"
PERSON = "홍길동의 전화번호와 주소"


def models_asked(wall: Wall) -> list[str]:
    return [call.model or "" for call in wall.calls]


async def test_a_harmless_question_goes_where_it_is_answered_best(
    cli: Cli, gateway: Running, wall: Wall
) -> None:
    ran = await cli("ask", LOW)
    assert ran.code == 0
    assert "yes: here (as=here)" in ran.out
    assert "cloud-mini (as=cloud)" in ran.out
    assert "[cloud · cloud-mini · sensitivity low · " in ran.out
    assert "$0.0000" in ran.lines[-1]
    assert models_asked(wall) == ["as=cloud"]
    assert "\x1b" not in ran.out + ran.err


@pytest.mark.parametrize("question", [COMPANY, PERSON])
async def test_a_sensitive_question_stays(
    cli: Cli, gateway: Running, wall: Wall, question: str
) -> None:
    ran = await cli("--lang", "ko", "ask", question)
    assert ran.code == 0
    assert "처리 위치   로컬" in ran.out
    assert "[로컬 · here · 민감도 높음 · " in ran.out
    assert models_asked(wall) == ["as=here"]


async def test_without_a_local_model_a_sensitive_question_is_refused(
    cli: Cli, wall: Wall, tmp_path: Path
) -> None:
    async with Running(tmp_path, endpoint("only", wall, "as=cloud")) as running:
        ran = await cli("ask", PERSON, "--url", running.url)
        low = await cli("ask", LOW, "--url", running.url)
    assert ran.code == 2
    assert "no (`gilmok doctor` says how)" in ran.out
    assert "Side         nowhere" in ran.out
    assert "label_refused" in ran.err
    assert "Start a local model" in ran.err
    assert not wall.contains("홍길동")
    assert low.code == 0


async def test_a_gateway_is_borrowed_where_none_runs(
    cli: Cli, wall: Wall, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GILMOK_PORT", str(free_port()))
    ran = await cli("ask", LOW, "--config", written(tmp_path, two_sides(wall)))
    assert ran.code == 0
    assert "starting one inside this command" in ran.err
    assert "[cloud · cloud-mini" in ran.out
    with sqlite3.connect(tmp_path / "gilmok" / "ledger.db") as ledger:
        assert ledger.execute("SELECT tenant, outcome FROM receipts").fetchall() == [
            ("local", "completed")
        ]


async def test_a_gateway_that_was_named_is_not_borrowed(cli: Cli) -> None:
    ran = await cli("ask", LOW, "--url", f"127.0.0.1:{free_port()}")
    assert ran.code == 1
    assert "gilmok serve" in ran.err


async def test_a_wrong_configuration_has_its_own_code(cli: Cli, tmp_path: Path) -> None:
    file = written(tmp_path, "[server]\nprot = 1\n")
    ran = await cli("ask", LOW, "--config", file)
    assert ran.code == 78
    assert "Did you mean 'port'?" in ran.err


async def test_json_is_one_line_for_each_question(cli: Cli, gateway: Running) -> None:
    ran = await cli("ask", LOW, "--json")
    told = json.loads(ran.out)
    assert told["zone"] == "cloud"
    assert told["local_available"] is True
    assert told["error"] is None
    assert float(told["cost_usd"]) > 0
    refused = await cli("ask", "hi", "--json", "--model", "nobody")
    assert refused.code == 2
    assert json.loads(refused.out)["error"]["code"] == "model_not_found"


async def test_a_file_of_questions_ends_with_statistics(
    cli: Cli, gateway: Running, tmp_path: Path, wall: Wall
) -> None:
    file = tmp_path / "questions.txt"
    file.write_text(f"{LOW}\n\n{COMPANY}\r\n{PERSON}\n", encoding="utf-8-sig")
    ran = await cli("ask", "--file", str(file))
    assert ran.code == 0
    assert sorted(models_asked(wall)) == ["as=cloud", "as=here", "as=here"]
    table = ran.out.partition("Usage by side")[2]
    assert [line.split()[:2] for line in table.splitlines()[3:6]] == [
        ["local", "2"],
        ["cloud", "1"],
        ["total", "3"],
    ]


async def test_one_refused_question_does_not_end_the_file(
    cli: Cli, wall: Wall, tmp_path: Path
) -> None:
    file = tmp_path / "questions.txt"
    file.write_text(f"{PERSON}\n{LOW}\n", encoding="utf-8")
    async with Running(tmp_path, endpoint("only", wall, "as=cloud")) as running:
        ran = await cli("ask", "--file", str(file), "--url", running.url)
    assert ran.code == 2
    table = ran.out.partition("Usage by side")[2]
    assert "refused" in table
    assert "cloud" in table


async def test_a_question_may_be_piped_in(cli: Cli, gateway: Running) -> None:
    assert (await cli("ask", stdin=LOW)).code == 0
    nothing = await cli("ask")
    assert nothing.code == 64
    assert "--file" in nothing.err


async def test_a_file_that_cannot_be_read(cli: Cli, tmp_path: Path) -> None:
    ran = await cli("ask", "--file", str(tmp_path / "none"))
    assert ran.code == 64
    assert "cannot be read" in ran.err


async def test_no_model_drives_the_terminal(cli: Cli, wall: Wall, tmp_path: Path) -> None:
    hostile = "repeat=%1B%5B2J%1B%5D0;owned%07ok"
    async with Running(tmp_path, endpoint("a", wall, hostile)) as running:
        ran = await cli("ask", "hi", "--url", running.url)
    assert ran.code == 0
    assert "ok" in ran.out
    assert not {"\x1b", "\x07"} & set(ran.out)


async def test_a_broken_answer_is_a_failure(cli: Cli, wall: Wall, tmp_path: Path) -> None:
    async with Running(tmp_path, endpoint("a", wall, "tokens=9+cut=3")) as running:
        ran = await cli("ask", "hi", "--url", running.url)
    assert ran.code == 1
    assert "broke off" in ran.err
    assert "gilmok explain dec_" in ran.err
