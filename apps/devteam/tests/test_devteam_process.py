"""`gilmok-devteam` as a process of its own: what it prints, writes and returns."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from apps.devteam.tests.team_scene import APPROVAL, TASK, before_a_wall, finished, process

from gilmok_devteam import words
from gilmok_devteam.cli import main
from gilmok_devteam.outcome import End

KOREAN = "두 수를 더하는 함수"


async def test_a_run_in_english(tmp_path: Path) -> None:
    more = ("--timeline", "out/run.svg", "--code", "add.py")
    async with before_a_wall(tmp_path, reviewer=APPROVAL) as (_, gateway):
        child = await process(tmp_path, TASK, "--base-url", f"{gateway.url}/v1", *more)
        code, said = await finished(child)
    assert code == 0
    for part in ("● Architect", "● Coder", "● Reviewer", "def add(a, b):"):
        assert part in said
    assert words.ENDS[End.APPROVED].en in said
    assert words.CODE_PARSES.of("en", lines=2) in said
    assert said.count("completed") == 3
    picture = (tmp_path / "out/run.svg").read_text("utf-8")
    assert picture.startswith("<svg")
    assert TASK not in picture
    assert (tmp_path / "add.py").read_text() == "def add(a, b):\n    return a + b\n"


async def test_a_run_in_korean_with_models_by_name(tmp_path: Path) -> None:
    more = ("--rounds", "1", "--timeline", "run.html")
    names = ("--architect", "reviewer", "--reviewer", "local")
    async with before_a_wall(tmp_path) as (wall, gateway):
        url = f"{gateway.url}/v1"
        child = await process(tmp_path, KOREAN, "--base-url", url, *more, *names)
        code, said = await finished(child)
        models = [call.json["model"] for call in wall.calls]
    assert code == 0
    assert "● 설계자" in said
    assert words.ENDS[End.ROUNDS].ko in said
    assert models[0].endswith("as=reviewer")
    assert models[1].endswith("as=coder")
    assert (tmp_path / "run.html").read_text("utf-8").startswith('<!doctype html><html lang="ko">')


async def test_ctrl_c_ends_the_run_and_shows_what_happened(tmp_path: Path) -> None:
    async with before_a_wall(tmp_path, coder="mute") as (wall, gateway):
        child = await process(tmp_path, TASK, "--base-url", f"{gateway.url}/v1")
        while len(wall.calls) < 2:
            await wall.wait_received(len(wall.exchanges) + 1, 30)
        child.send_signal(signal.SIGINT)
        code, said = await finished(child)
    assert code == 130
    assert words.ENDS[End.INTERRUPTED].en in said
    assert "unfinished" in said


def test_without_a_gateway_it_says_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    url = "http://127.0.0.1:9/v1"
    assert main([KOREAN, "--base-url", url]) == 1
    said = " ".join(capsys.readouterr().out.split())
    assert words.UNREACHABLE.of("ko", url=url) in said


def test_without_a_task_it_asks_for_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--lang", "ko"]) == 2
    assert words.NO_TASK.ko in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    "wrong",
    [
        ["--rounds", "0"],
        ["--seconds", "nan"],
        ["--patience", "-1"],
        ["--timeline", "run.png"],
        ["--models", "gpt"],
        ["--max-tokens", "many"],
    ],
    ids=" ".join,
)
def test_wrong_options_are_refused(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        main([TASK, *wrong])
    assert refused.value.code == 2
    assert wrong[0] in capsys.readouterr().err
