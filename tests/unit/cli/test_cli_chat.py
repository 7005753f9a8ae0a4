from __future__ import annotations

import asyncio
import json
import stat
from pathlib import Path
from typing import Any

import pytest

from gilmok.cli.conversation import WINDOW, window
from gilmok.cli.conversing import Message
from gilmok.cli.jsonl import JsonLines
from gilmok.surfaces.http import Limits
from gilmok.surfaces.server import Server
from tests.gateway import Running
from tests.unit.cli.conftest import Cli, endpoint
from tests.unit.cli.processes import Terminal
from tests.wall import Ending, Exchange, Wall
from tests.wire.services import QUICK, dummy


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
    assert window(spoken, 3) == spoken[-2:]
    assert window(spoken, 2) == window(spoken, 1) == []


async def test_the_window_is_the_persons_choice(cli: Cli, gateway: Running, wall: Wall) -> None:
    lines = "".join(f"question {number}\n" for number in range(4))
    ran = await cli("chat", "--window", "3", "--system", "Be brief.", stdin=lines)
    assert ran.code == 0
    sent = [[m["role"] for m in call.json["messages"]] for call in wall.calls]
    assert sent[0] == ["system", "user"]
    assert sent[1] == sent[2] == sent[3] == ["system", "user", "assistant", "user"]
    assert (await cli("chat", "--window", "0")).code == 64


async def test_the_totals_tell_what_was_saved(cli: Cli, gateway: Running, tmp_path: Path) -> None:
    file = tmp_path / "gilmok.toml"
    priced = "\n[routing]\nreference_price_input = 1000\nreference_price_output = 0\n"
    file.write_text(file.read_text("utf-8") + priced, encoding="utf-8")
    ran = await cli("chat", "--model", "local", stdin="hi\n")
    assert "; saved $0.00" in ran.lines[-1]
    assert "against $1,000.00/$0 per 1M" in ran.lines[-1]
    cloud = await cli("chat", "--model", "cloud-mini", stdin="hi\n")
    assert "; saved $0 against" in cloud.lines[-1]


async def test_what_the_chat_itself_is_told(cli: Cli, gateway: Running, wall: Wall) -> None:
    said = "hi\n/model\n/model local\n/model moon\n/summary\n/clear\n/help\n/nope\n/etc/hosts?\n"
    ran = await cli("chat", stdin=said)
    assert ran.code == 0
    assert "Model auto; there are auto, local" in ran.out
    assert "Going on with local." in ran.out
    assert "There is no model moon" in ran.err
    assert "2 messages so far, of which the next question takes 2 along." in ran.out
    assert ran.out.count("Questions: 1, answered: 1 (cloud 1).") == 1
    assert "Forgotten." in ran.out
    assert "/summary" in ran.out
    assert "There is no /nope" in ran.err
    first, second = wall.calls
    assert (first.model, second.model) == ("as=cloud", "as=here")
    assert [m["content"] for m in second.json["messages"]] == ["/etc/hosts?"]


async def test_korean_commands(cli: Cli, gateway: Running) -> None:
    ran = await cli("--lang", "ko", "chat", stdin="/도움말\n/지우기\n/종료\n")
    assert ran.code == 0
    assert "대화를 잊었습니다" in ran.out


async def test_only_models_that_chat_can_be_gone_on_with(cli: Cli, tmp_path: Path) -> None:
    """A voice and a maker of vectors are models, too; nobody can talk with them."""
    async with Running(
        tmp_path, QUICK + dummy("talker", "chat") + dummy("speech", "speech")
    ) as gateway:
        ran = await cli("chat", "--url", gateway.url, stdin="/model\n/model speech\n")
    assert "talker" in ran.out
    assert "speech" not in ran.out
    assert "There is no model speech" in ran.err


async def test_nothing_is_kept_unless_wanted(cli: Cli, gateway: Running, tmp_path: Path) -> None:
    assert (await cli("chat", stdin="the secret of the house\n")).code == 0
    holders = [file for file in _files(tmp_path) if b"secret of" in file.read_bytes()]
    assert holders == []


def _files(folder: Path) -> list[Path]:
    found = [file for file in folder.rglob("*") if file.is_file()]
    assert found
    return found


async def test_a_history_is_gone_on_with(
    cli: Cli, gateway: Running, wall: Wall, tmp_path: Path
) -> None:
    history = tmp_path / "talk.jsonl"
    arguments = ("chat", "--history", str(history))
    assert (await cli(*arguments, "--system", "Be brief.", stdin="one\n")).code == 0
    assert stat.S_IMODE(history.stat().st_mode) == 0o600
    again = await cli(*arguments, stdin="two\n")
    assert "Going on with 2 messages" in again.out
    sent = wall.calls[1].json["messages"]
    assert [m["role"] for m in sent] == ["system", "user", "assistant", "user"]
    assert [m["content"] for m in sent if m["role"] == "user"] == ["one", "two"]

    assert (await cli(*arguments, stdin="/clear\n")).code == 0
    assert [json.loads(line)["role"] for line in history.read_text().splitlines()] == ["system"]


async def test_a_private_turn_of_the_history_keeps_all_of_it_here(
    cli: Cli, gateway: Running, wall: Wall, tmp_path: Path
) -> None:
    arguments = ("chat", "--history", str(tmp_path / "talk.jsonl"))
    await cli(*arguments, stdin="우리 회사의 매출 데이터를 분석해줘\n")
    await cli(*arguments, stdin="Python 리스트와 튜플의 차이는?\n")
    assert [call.model for call in wall.calls] == ["as=here", "as=here"]


async def test_a_history_that_is_none_is_left_alone(cli: Cli, wall: Wall, tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    notes.write_text("buy milk\n")
    ran = await cli("chat", "--history", str(notes), "--url", wall.url, stdin="hi\n")
    assert ran.code == 64
    assert "is left alone" in ran.err
    assert notes.read_text() == "buy milk\n"
    assert not wall.exchanges


async def test_a_history_that_cannot_be_written_does_not_end_the_talk(
    cli: Cli, gateway: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(lines: JsonLines[Any], data: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(JsonLines, "_write", full)
    ran = await cli("chat", "--history", str(tmp_path / "talk"), stdin="one\ntwo\n")
    assert ran.code == 0
    assert "Questions: 2, answered: 2" in ran.lines[-1]
    assert ran.err.count("No space left") == 1


async def test_korean_windows_may_pipe(cli: Cli, wall: Wall, tmp_path: Path) -> None:
    async with Running(tmp_path, endpoint("parrot", wall, "parrot", "local")) as running:
        ran = await cli("chat", "--url", running.url, stdin="똠방각하\n".encode("cp949"))
    assert ran.lines[0] == "똠방각하"


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
    history = tmp_path / "talk.jsonl"
    async with (
        Running(tmp_path, endpoint("a", wall, "tokens=500+pace=20")) as running,
        Terminal(tmp_path, "chat", "--url", running.url, "--history", str(history)) as terminal,
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
        terminal.type("half a li")
        await terminal.until("half a li")
        await terminal.interrupt()  # Drops the line, and so is no first of two.
        await terminal.until("you> ")
        await terminal.interrupt()
        await terminal.until("Ctrl-C again")
        await terminal.until("you> ")
        await terminal.interrupt()
        await terminal.until("Questions: 2, answered: 1")
        assert await terminal.process.wait() == 0
    assert wall.calls[0].ending is Ending.CLIENT_CLOSED
    assert wall.calls[0].chunks < 500
    question, so_far, now = wall.calls[1].json["messages"]
    assert (question["content"], now["content"]) == ("tell me a lot", "and now?")
    assert "길목은" in so_far["content"]
    assert len(so_far["content"]) < 500
    assert [json.loads(line)["content"] for line in history.read_text().splitlines()] == [
        "tell me a lot",
        so_far["content"],
        "and now?",
        "Fine.",
    ]


async def test_ctrl_c_before_the_first_word(tmp_path: Path) -> None:
    asked = asyncio.Event()

    def answer(exchange: Exchange) -> str:
        asked.set()
        return "Too late."

    async with (
        Wall(answer=answer) as wall,
        Running(tmp_path, endpoint("a", wall, "ttft=60000")) as running,
        Terminal(tmp_path, "chat", "--url", running.url) as terminal,
    ):
        await terminal.until("you> ")
        terminal.type("anybody?\n")
        await asked.wait()
        await terminal.interrupt()
        await terminal.until("stopped")
        await wall.wait_closed()
        await terminal.until("you> ")
        wall.override = "ok"
        terminal.type("hello?\n")
        await terminal.until("Too late.")
        await terminal.until("you> ")
        terminal.type("\x04")
        await terminal.until("Questions: 2, answered: 1 (cloud 1, stopped 1)")
        assert await terminal.process.wait() == 0
    assert [m["content"] for m in wall.calls[1].json["messages"]] == ["hello?"]


@pytest.mark.parametrize("locale", ["C.UTF-8", "C"])
async def test_hangul_is_edited_letter_by_letter(wall: Wall, tmp_path: Path, locale: str) -> None:
    async with (
        Running(tmp_path, endpoint("parrot", wall, "parrot", "local")) as running,
        Terminal(tmp_path, "--lang", "ko", "chat", "--url", running.url, LC_ALL=locale) as terminal,
    ):
        await terminal.until("나> ")
        terminal.type("라떼두")
        await terminal.until("두")
        terminal.type("\x7f 세\x1b[D한 \x01따뜻한 \n")  # Backspace, left, begin of the line.
        await terminal.until("나> ")
        terminal.type("종료\n")
        await terminal.until("질문 1개")
        assert await terminal.process.wait() == 0
    assert wall.calls[0].json["messages"][-1]["content"] == "따뜻한 라떼 한 세"


async def test_a_gateway_that_goes_and_comes_back(wall: Wall, tmp_path: Path) -> None:
    running = Running(tmp_path, endpoint("a", wall, "repeat=Fine."))
    async with running:
        port = running.port
        async with Terminal(tmp_path, "chat", "--url", running.url) as terminal:
            await terminal.until("you> ")
            await running.server.__aexit__(None, None, None)
            terminal.type("anybody?\n")
            await terminal.until("gateway_unreachable")
            await terminal.until("you> ")
            async with Server(
                running.gateway.answer, Limits(), refuse=running.gateway.refuse
            ) as new:
                await new.listen("127.0.0.1", port)
                terminal.type("and now?\n")
                await terminal.until("Fine.")
                await terminal.until("you> ")
                terminal.type("/quit\n")
                await terminal.until("Questions: 2, answered: 1 (cloud 1, failed 1)")
                assert await terminal.process.wait() == 0
