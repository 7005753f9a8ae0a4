"""`gilmok ask --file`: the tutorial agent's questions, all of them, and what may go wrong."""

from __future__ import annotations

import asyncio
import json
import stat
from pathlib import Path
from typing import Any

import pytest

from gilmok.cli.jsonl import JsonLines
from tests.gateway import Running
from tests.unit.cli.conftest import Cli, endpoint
from tests.unit.cli.processes import Terminal
from tests.wall import Exchange, Wall

LOW = "Python에서 리스트와 튜플의 차이는?"
COMPANY = "우리 회사의 매출 데이터를 분석해줘"
PERSON = "홍길동의 전화번호와 주소를 알려줄래?"
DOCUMENT = f"# The document's questions\n{LOW}\n\n{COMPANY}\r\n  {PERSON}\n"

SIDES = {"ko": "모델 사용 통계(처리 위치별)", "en": "Usage by side"}
LOCAL = {"ko": "로컬", "en": "local"}
CLOUD = {"ko": "클라우드", "en": "cloud"}
REFUSED = {"ko": "거절됨", "en": "refused"}
WAY_OUT = {"ko": "로컬 모델을 켜거나", "en": "Start a local model"}


@pytest.fixture
def questions(tmp_path: Path) -> str:
    file = tmp_path / "questions.txt"
    file.write_text(DOCUMENT, encoding="utf-8-sig", newline="")
    return str(file)


def cloud_only(wall: Wall) -> str:
    return endpoint("only", wall, "as=cloud", price_input=0.15, price_output=0.6)


def sent(wall: Wall, model: str) -> list[str]:
    """What an endpoint was asked, in the order of asking."""
    return [c.json["messages"][-1]["content"] for c in wall.calls if c.model == model]


def told(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


@pytest.mark.parametrize("language", ["ko", "en"])
async def test_only_the_harmless_question_reaches_the_cloud(
    cli: Cli, gateway: Running, wall: Wall, questions: str, language: str
) -> None:
    ran = await cli("--lang", language, "ask", "--file", questions)
    assert ran.code == 0
    assert sent(wall, "as=cloud") == [LOW]
    assert sent(wall, "as=here") == [COMPANY, PERSON]
    answers, _, table = ran.out.partition(SIDES[language])
    assert [line for line in answers.splitlines() if line.startswith("[1/3]")] == [f"[1/3] {LOW}"]
    rows = [line.split() for line in table.splitlines()[3:6]]
    assert [row[:2] for row in rows] == [
        [LOCAL[language], "2"],
        [CLOUD[language], "1"],
        [rows[2][0], "3"],
    ]
    assert "67 %" in table


@pytest.mark.parametrize("language", ["ko", "en"])
async def test_without_a_local_model_two_are_refused_with_the_way_out(
    cli: Cli, wall: Wall, tmp_path: Path, questions: str, language: str
) -> None:
    async with Running(tmp_path, cloud_only(wall)) as running:
        ran = await cli("--lang", language, "ask", "--file", questions, "--url", running.url)
    assert ran.code == 2
    assert sent(wall, "as=cloud") == [LOW]
    assert not wall.contains("홍길동")
    assert not wall.contains("매출")
    assert ran.err.count("label_refused") == 2
    assert ran.err.count(WAY_OUT[language]) == 2
    table = ran.out.partition(SIDES[language])[2]
    assert [line.split()[:2] for line in table.splitlines()[3:5]] == [
        [CLOUD[language], "1"],
        [REFUSED[language], "2"],
    ]


async def test_answers_are_kept_and_not_asked_again(
    cli: Cli, wall: Wall, tmp_path: Path, questions: str, gateway: Running
) -> None:
    output = tmp_path / "answers.jsonl"
    arguments = ("ask", "--file", questions, "--output", str(output))
    (tmp_path / "cloud").mkdir()
    async with Running(tmp_path / "cloud", cloud_only(wall)) as running:
        first = await cli(*arguments, "--url", running.url)
    assert first.code == 2
    assert stat.S_IMODE(output.stat().st_mode) == 0o600
    answer, *refused = told(output)
    assert answer["question"] == LOW
    assert answer["zone"] == "cloud"
    assert answer["prompt_tokens"] > 0
    assert [line["error"]["code"] for line in refused] == ["label_refused"] * 2
    assert [line["answer"] for line in refused] == [None, None]

    second = await cli(*arguments)
    assert second.code == 0
    assert "1 of 3 questions are answered" in second.err
    assert [line["question"] for line in told(output)[3:]] == [COMPANY, PERSON]
    assert [line["zone"] for line in told(output)[3:]] == ["local", "local"]

    calls = len(wall.calls)
    third = await cli(*arguments)
    assert third.code == 0
    assert "3 of 3 questions are answered" in third.err
    assert third.out == ""
    assert len(wall.calls) == calls


async def test_a_line_that_a_crash_tore_is_asked_again(
    cli: Cli, gateway: Running, tmp_path: Path, questions: str
) -> None:
    output = tmp_path / "answers.jsonl"
    arguments = ("ask", "--file", questions, "--output", str(output))
    assert (await cli(*arguments)).code == 0
    whole = output.read_bytes()
    output.write_bytes(whole[:-20])
    assert (await cli(*arguments)).code == 0
    assert [line["question"] for line in told(output)] == [LOW, COMPANY, PERSON]


async def test_a_file_of_something_else_is_left_alone(
    cli: Cli, wall: Wall, tmp_path: Path, questions: str
) -> None:
    notes = tmp_path / "notes.txt"
    notes.write_text("buy milk\n", encoding="utf-8")
    ran = await cli("ask", "--file", questions, "--output", str(notes), "--url", wall.url)
    assert ran.code == 64
    assert "did not write (line 1)" in ran.err
    assert notes.read_text("utf-8") == "buy milk\n"
    assert not wall.exchanges


async def test_quiet_is_the_answers_and_nothing_else(cli: Cli, wall: Wall, tmp_path: Path) -> None:
    async with Running(tmp_path, endpoint("parrot", wall, "parrot", "local")) as running:
        one = await cli("ask", "-q", "one", "--url", running.url)
        many = await cli("ask", "-q", "--file", "-", "--url", running.url, stdin="one\n#no\ntwo")
    assert (one.out, one.err) == ("one\n", "")
    assert (many.out, many.err) == ("one\n\ntwo\n\n", "")


async def test_json_is_one_line_each_and_may_be_kept_as_well(
    cli: Cli, gateway: Running, tmp_path: Path, questions: str
) -> None:
    output = tmp_path / "answers.jsonl"
    ran = await cli(
        "ask", "--json", "--file", questions, "--output", str(output), "--parallel", "3"
    )
    assert [json.loads(line) for line in ran.lines] == told(output)
    evidence = {line["question"]: set(line["evidence"]) for line in told(output)}
    assert evidence.keys() == {LOW, COMPANY, PERSON}
    assert not evidence[LOW]
    assert "topic.company" in evidence[COMPANY]
    assert evidence[PERSON] == {"topic.contact_request"}


async def test_a_full_disk_is_told(
    cli: Cli, gateway: Running, tmp_path: Path, questions: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(lines: JsonLines[Any], data: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(JsonLines, "_write", full)
    ran = await cli("ask", "--file", questions, "--output", str(tmp_path / "answers.jsonl"))
    assert ran.code == 1
    assert "cannot be written: No space left on device" in ran.err


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949", "utf-16"])
async def test_files_as_korean_editors_write_them(
    cli: Cli, gateway: Running, wall: Wall, tmp_path: Path, encoding: str
) -> None:
    file = tmp_path / "questions.txt"
    file.write_bytes(f"{COMPANY}\r\n".encode(encoding))
    assert (await cli("ask", "--file", str(file))).code == 0
    assert (await cli("ask", stdin=file.read_bytes())).code == 0
    assert sent(wall, "as=here") == [COMPANY, COMPANY]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xff\xfe\xff", "neither UTF-8 nor CP949"),
        (b"a\x00b", "neither UTF-8 nor CP949"),
        (b"# nothing\n\n", "holds no question"),
        (b"a" * (8 * 2**20 + 1), "larger than 8 MiB"),
    ],
    ids=["bytes", "nul", "comments", "large"],
)
async def test_files_without_questions(cli: Cli, tmp_path: Path, content: bytes, said: str) -> None:
    file = tmp_path / "questions.txt"
    file.write_bytes(content)
    for ran in (
        await cli("ask", "--file", str(file)),
        await cli("ask", "--file", "-", stdin=content),
    ):
        assert ran.code == 64
        assert said in ran.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("hi", "--output", "x"), "go with --file"),
        (("hi", "--parallel", "2"), "go with --file"),
        (("hi", "--file", "x"), "not both"),
        (("--file", "x", "--parallel", "0"), "`--parallel` takes a whole number from 1 to 32"),
    ],
)
async def test_options_that_do_not_fit(cli: Cli, arguments: tuple[str, ...], said: str) -> None:
    ran = await cli("ask", *arguments)
    assert ran.code == 64
    assert said in ran.err


async def test_ctrl_c_stops_and_the_next_run_goes_on(tmp_path: Path) -> None:
    file, output = tmp_path / "questions.txt", tmp_path / "answers.jsonl"
    file.write_text(f"{LOW}\n{COMPANY}\n{PERSON}\n", encoding="utf-8")
    slow = asyncio.Event()

    def answer(exchange: Exchange) -> str:
        if COMPANY in exchange.text:
            slow.set()
        return "word " * 500

    async with Wall(answer=answer) as wall:
        toml = endpoint("near", wall, "pace=20", "local", quality=0.1)
        toml += endpoint("far", wall, "as=cloud", quality=0.9)
        async with Running(tmp_path, toml) as running:
            arguments = ("ask", "--url", running.url, "--file", str(file), "--output", str(output))
            async with Terminal(tmp_path, *arguments) as terminal:
                await terminal.until("asking")
                await terminal.until(f"[1/3] {LOW}")
                await slow.wait()
                await terminal.interrupt()
                await terminal.until("stopped")
                await terminal.until("Usage by side")
                await terminal.until("2 of 3 questions were not answered")
                assert await terminal.process.wait() == 130
            await wall.wait_closed()
            assert [line["question"] for line in told(output)] == [LOW]
            wall.override = "ok"
            async with Terminal(tmp_path, *arguments) as terminal:
                await terminal.until("1 of 3 questions are answered")
                await terminal.until("total")
                assert await terminal.process.wait() == 0
    assert [line["question"] for line in told(output)] == [LOW, COMPANY, PERSON]
    assert all(line["answer"] for line in told(output))
