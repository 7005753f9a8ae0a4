from __future__ import annotations

from pathlib import Path

import pytest

from gilmok.cli.chat import WINDOW, window
from gilmok.cli.conversing import Message
from tests.gateway import Running
from tests.unit.cli.conftest import Cli, endpoint
from tests.unit.cli.processes import Terminal
from tests.wall import Ending, Wall


async def test_a_piped_conversation(cli: Cli, gateway: Running, wall: Wall) -> None:
    ran = await cli(
        "chat",
        "--system",
        "Be brief.",
        "--model",
        "local",
        stdin="안녕하세요\n\n고마워요\n종료\n뭐?\n",
    )
    assert ran.code == 0
    assert ran.out.count("[local · here · sensitivity low · ") == 2
    assert "Questions: 2, answered: 2 (local 2)." in ran.lines[-1]
    first, second = (call.json["messages"] for call in wall.calls)
    assert [m["role"] for m in first] == ["system", "user"]
    assert [m["role"] for m in second] == ["system", "user", "assistant", "user"]
    assert "\x1b" not in ran.out


@pytest.mark.parametrize("ending", ["quit", "EXIT", "종료", ""])
async def test_words_that_end(cli: Cli, gateway: Running, wall: Wall, ending: str) -> None:
    ran = await cli("chat", stdin=f"{ending}\n" if ending else "")
    assert ran.code == 0
    assert not wall.calls


def test_the_window_begins_with_the_person() -> None:
    spoken: list[Message] = []
    for number in range(30):
        spoken += [
            {"role": "user", "content": f"q{number}"},
            {"role": "assistant", "content": f"a{number}"},
        ]
    kept = window(spoken)
    assert len(kept) + 1 <= WINDOW
    assert kept[0]["role"] == "user"
    assert kept[-1] == spoken[-1]
    assert window(spoken[:4]) == spoken[:4]


async def test_a_refused_turn_does_not_end_the_conversation(
    cli: Cli, wall: Wall, tmp_path: Path
) -> None:
    async with Running(tmp_path, endpoint("only", wall, "ok")) as running:
        ran = await cli("chat", "--url", running.url, stdin="홍길동의 전화번호와 주소\nhi\n")
    assert ran.code == 2  # Nobody looks at a pipe, so the code tells.
    assert "label_refused" in ran.err
    assert "Questions: 2, answered: 1 (cloud 1, refused 1)." in ran.lines[-1]
    assert [len(call.json["messages"]) for call in wall.calls] == [1]


async def test_ctrl_c_stops_the_answer_and_not_the_program(wall: Wall, tmp_path: Path) -> None:
    async with (
        Running(tmp_path, endpoint("a", wall, "tokens=500+pace=20")) as running,
        Terminal(tmp_path, "chat", "--url", running.url) as terminal,
    ):
        await terminal.until("you> ")
        terminal.type("tell me a lot\n")
        await wall.wait_received()
        await terminal.until("길목은 ")
        await terminal.interrupt()
        await terminal.until("stopped")
        await wall.wait_closed()
        await terminal.until("you> ")
        wall.override = "repeat=Fine."
        terminal.type("and now?\n")
        await terminal.until("Fine.")
        await terminal.until("you> ")
        await terminal.interrupt()
        await terminal.until("Ctrl-C again")
        await terminal.until("you> ")
        await terminal.interrupt()
        await terminal.until("Questions: 2, answered: 1")
        assert await terminal.process.wait() == 0
    assert wall.calls[0].ending is Ending.CLIENT_CLOSED
    assert wall.calls[0].chunks < 500
