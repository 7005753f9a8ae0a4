"""Files that the command line reads and keeps: nobody else's is touched, nothing half is kept."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from msgspec import Struct

from gilmok.cli.failures import NotOurs, Unwritable
from gilmok.cli.history import History
from gilmok.cli.jsonl import JsonLines
from gilmok.cli.questions import legible

HI = {"role": "user", "content": "안녕"}
HELLO = {"role": "assistant", "content": "hello"}


class Line(Struct):
    id: int


def opened(path: Path) -> JsonLines[Line]:
    return JsonLines(path, Line, b'{"id":')


def read(path: Path) -> list[int]:
    with opened(path) as file:
        return [line.id for line in file.lines()]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "lines.jsonl"


def test_lines_are_added_and_read_back(path: Path) -> None:
    for number in (1, 2):
        with opened(path) as file:
            list(file.lines())
            file.append(Line(number))
    assert read(path) == [1, 2]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("torn", ['{"id":', '{"id":2', "{", '{"i'])
def test_a_torn_line_is_cut_off(path: Path, torn: str) -> None:
    path.write_text('{"id":1}\n' + torn)
    assert read(path) == [1]
    assert path.read_text() == '{"id":1}\n'


def test_a_last_line_without_an_end_gets_one(path: Path) -> None:
    path.write_text('{"id":1}')
    with opened(path) as file:
        assert [line.id for line in file.lines()] == [1]
        file.append(Line(2))
    assert path.read_text() == '{"id":1}\n{"id":2}\n'


@pytest.mark.parametrize("other", ["notes", "notes\n", '{"id":1}\nnotes\n', '{"id":"x"}\n', "\n"])
def test_what_is_not_ours_is_left_as_it_is(path: Path, other: str) -> None:
    path.write_text(other)
    with pytest.raises(NotOurs) as refused:
        read(path)
    assert refused.value.line == 1 + (other.startswith('{"id":1}'))
    assert "다른 파일을 지정하세요" in refused.value.message("ko")
    assert path.read_text() == other


def test_one_at_a_time(path: Path) -> None:
    with opened(path), pytest.raises(NotOurs, match="another gilmok"):
        opened(path)
    assert read(path) == []


def test_no_ordinary_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(NotOurs, match="no ordinary file"):
        opened(tmp_path / "pipe")
    with pytest.raises(Unwritable, match="directory"):
        opened(tmp_path)
    with pytest.raises(Unwritable, match="No such file"):
        opened(tmp_path / "none" / "file")


def test_another_users_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path.write_text("")
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    with pytest.raises(NotOurs, match="another user"):
        opened(path)


def test_a_full_disk_leaves_no_half_line(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write

    def full(file: int, data: memoryview) -> int:
        if len(data) > 5:
            return write(file, data[:5])
        raise OSError(28, "No space left on device")

    with opened(path) as file:
        file.append(Line(1))
        monkeypatch.setattr(os, "write", full)
        with pytest.raises(Unwritable, match="No space left"):
            file.append(Line(2))
    assert path.read_text() == '{"id":1}\n'


def test_a_history_is_its_owners_alone(path: Path) -> None:
    path.touch(0o644)
    with History(path) as history:
        history.append([{"role": "system", "content": "Be brief."}, HI, HELLO])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with History(path) as history:
        assert history.system == "Be brief."
        assert history.messages == (HI, HELLO)
        history.clear()
    assert path.read_bytes() == b""


@pytest.mark.parametrize(
    "line", ['{"role":"tool","content":"x"}', '{"role":"user"}', '{"question":"x","answer":"y"}']
)
def test_a_file_that_is_no_history(path: Path, line: str) -> None:
    path.write_text(f"{line}\n")
    path.chmod(0o644)
    with pytest.raises(NotOurs):
        History(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("안녕".encode(), "안녕"),
        ("안녕하세요".encode("cp949"), "안녕하세요"),
        (b"\xff\xff\xff", "\ufffd\ufffd\ufffd"),
    ],
)
def test_what_a_terminal_hands_over(raw: bytes, text: str) -> None:
    assert legible(raw.decode("utf-8", "surrogateescape")) == text
