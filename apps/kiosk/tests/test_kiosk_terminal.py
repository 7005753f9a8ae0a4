"""The terminal as customers meet it: over a pipe, and over a pseudo-terminal with Ctrl-C."""

from __future__ import annotations

import asyncio
import codecs
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from apps.kiosk.tests.kiosk import home
from tests.gateway import Running
from tests.wall import Wall

from gilmok_kiosk.cli import main

SOURCES = Path(__file__).parents[1] / "src"
NOWHERE = "http://127.0.0.1:9/v1"
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]|\r")


def environment() -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("GILMOK", "LC_", "LANG"))}
    paths = [str(SOURCES), os.environ.get("PYTHONPATH", "")]
    return kept | {
        "PYTHONPATH": os.pathsep.join(filter(None, paths)),
        "PYTHONUTF8": "1",
        "TERM": "xterm",
        "COLUMNS": "100",
    }


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "gilmok_kiosk", *arguments]


def piped(*turns: str, lang: str = "ko", url: str = NOWHERE) -> str:
    done = subprocess.run(
        command("terminal", "--lang", lang, "--url", url),
        input="\n".join(turns) + "\n",
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stderr == ""
    return done.stdout


class Screen:
    """A pseudo-terminal with the kiosk in it."""

    def __init__(self, process: subprocess.Popen[bytes], master: int) -> None:
        self.process, self._master = process, master
        self.text = ""
        self._decode = codecs.getincrementaldecoder("utf-8")().decode

    def type(self, line: str) -> None:
        os.write(self._master, line.encode() + b"\n")

    def interrupt(self, wanted: str, since: int) -> int:
        """Ctrl-C, again where it fell between readline's prompt and its waiting."""
        for _ in range(30):
            self.process.send_signal(signal.SIGINT)
            if self._comes(wanted, since, 1.0):
                return self._behind(wanted, since)
        raise AssertionError(f"{wanted!r} never came: {self.text[-500:]!r}")

    def until(self, wanted: str, since: int = 0) -> int:
        """Read until it is shown; where it ends."""
        assert self._comes(wanted, since, 30.0), f"{wanted!r} never came: {self.text[-500:]!r}"
        return self._behind(wanted, since)

    def _behind(self, wanted: str, since: int) -> int:
        return self.text.index(wanted, since) + len(wanted)

    def _comes(self, wanted: str, since: int, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while wanted not in self.text[since:]:
            left = max(deadline - time.monotonic(), 0)
            if not select.select([self._master], [], [], left)[0]:
                return False
            try:
                piece = os.read(self._master, 65536)
            except OSError:  # The other side has closed.
                return False
            self.text += _ESCAPES.sub("", self._decode(piece))
        return True


@contextmanager
def screen(*arguments: str) -> Iterator[Screen]:
    master, slave = pty.openpty()
    process = subprocess.Popen(
        command(*arguments),
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env=environment(),
        start_new_session=True,
    )
    os.close(slave)
    try:
        yield Screen(process, master)
    finally:
        process.kill()
        process.wait()
        os.close(master)


@pytest.fixture
async def wall() -> AsyncIterator[Wall]:
    async with Wall() as wall:
        yield wall


def test_an_order_over_a_pipe_ends_with_receipt_and_totals() -> None:
    shown = piped(
        "라떼에 샷2잔, 우유 대신 두유, 라지 사이즈로 3잔 추가해줘", "결제할게요", "종료", "라떼"
    )

    assert "카페라떼 (따뜻한, 라지, 두유, 샷 2개 추가)" in shown
    assert "주문이 확정되었습니다." in shown
    assert "길목 커피 · 영수증" in shown
    assert "[규칙으로 이해함]" in shown
    assert shown.rstrip().endswith("대화 2번 · 모델 호출 0번(없음) · 토큰 0 · $0")


def test_the_same_in_english() -> None:
    shown = piped("two iced lattes", "how much is it?", "QUIT", lang="en")

    assert "Added 2 × latte (iced). The total is ₩10,000." in shown
    assert "[understood by rules · no model was asked]" in shown
    assert "Gilmok Coffee · Your order" in shown


def test_a_gateway_that_is_not_there_is_told_and_nothing_breaks() -> None:
    shown = piped("안녕하세요", "라떼 하나")

    assert f"언어 모델에 연결할 수 없습니다({NOWHERE})." in shown
    assert "카페라떼 (따뜻한) 1잔을 담았습니다." in shown


async def test_the_footer_says_where_the_words_came_from(tmp_path: Path, wall: Wall) -> None:
    async with Running(tmp_path, home(wall, "repeat=Good%20morning!")) as gateway:
        with screen("terminal", "--lang", "en", "--url", f"{gateway.url}/v1") as shown:
            at = await _soon(shown, "You ›")
            shown.type("hello")
            at = await _soon(shown, "sensitivity low]", at)
            shown.type("exit")
            await _soon(shown, "1 model calls (this machine 1)", at)

    assert "Good morning!" in shown.text
    assert "[this machine · home · " in shown.text


async def test_ctrl_c_stops_the_answer_and_not_the_program(tmp_path: Path, wall: Wall) -> None:
    model = "repeat=Good%20morning%20friend.%20How%20nice.+stall=4"
    async with Running(tmp_path, home(wall, model)) as gateway:
        with screen("terminal", "--lang", "en", "--url", f"{gateway.url}/v1") as shown:
            at = await _soon(shown, "You ›")
            shown.type("tell me about the sea")
            at = await _soon(shown, "Good morning friend.", at)
            shown.process.send_signal(signal.SIGINT)
            at = await _soon(shown, "(stopped)", at)
            await wall.wait_closed()
            at = await _soon(shown, "You ›", at)
            shown.type("a latte")
            at = await _soon(shown, "The total is ₩5,000.", at)
            at = await _soon(shown, "You ›", at)
            at = await asyncio.to_thread(shown.interrupt, "Press Ctrl-C again to leave.", at)
            await asyncio.to_thread(shown.interrupt, "2 turns", at)
            assert shown.process.wait(10) == 0


async def _soon(shown: Screen, wanted: str, since: int = 0) -> int:
    """Read in a thread, so that the gateway in this process can serve meanwhile."""
    return await asyncio.to_thread(shown.until, wanted, since)


@pytest.mark.parametrize(
    "arguments", [["terminal", "--window", "1"], ["fly"], ["terminal", "--lang", "fr"]]
)
def test_a_wrong_option_is_refused(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        main(arguments)

    assert left.value.code == 2
    assert "usage: gilmok-kiosk" in capsys.readouterr().err


def test_a_wrong_menu_is_refused_with_its_fault(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["terminal", "--menu", str(tmp_path / "none.toml")]) == 2
    assert "none.toml" in capsys.readouterr().err
