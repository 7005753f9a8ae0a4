"""`gilmok serve` as a process: its page, its first question, its signals."""

from __future__ import annotations

import asyncio
import signal
from hashlib import sha256
from pathlib import Path

from tests.gateway import Running, free_port
from tests.unit.cli.conftest import Cli, two_sides, written
from tests.unit.cli.processes import start, until
from tests.wall import Wall


async def test_the_welcome_asks_and_ctrl_c_ends(wall: Wall, tmp_path: Path) -> None:
    file = written(tmp_path, "[server]\nport = 0\n" + two_sides(wall))
    process = await start(tmp_path, "serve", "--welcome", "--config", file)
    page = await until(process, "Ctrl-C stops.")
    assert "Gilmok 0.1.0 serves at http://127.0.0.1:" in page
    assert "cloud-mini" in page
    assert "In one sentence: what is a gateway?" in page
    assert "[cloud · cloud-mini · sensitivity low · " in page
    assert "curl http://127.0.0.1:" in page
    assert "OpenAI(base_url=" in page
    assert " chat --url http://127.0.0.1:" in page
    assert "\x1b" not in page
    assert [call.model for call in wall.calls] == ["as=cloud"]
    process.send_signal(signal.SIGINT)
    rest, errors = await process.communicate()
    assert process.returncode == 0
    assert rest.decode().strip() == "Stopped."
    assert b"Traceback" not in errors


async def test_ctrl_c_during_the_first_question(wall: Wall, tmp_path: Path) -> None:
    wall.override = "tokens=900+pace=20+deaf"
    file = written(tmp_path, "[server]\nport = 0\n" + two_sides(wall))
    process = await start(tmp_path, "serve", "--welcome", "--config", file)
    await until(process, "길목은 ")
    process.send_signal(signal.SIGINT)
    rest, errors = await process.communicate()
    await wall.wait_closed()
    assert process.returncode == 0
    assert rest.decode().strip().endswith("Stopped.")
    assert b"Traceback" not in errors


async def test_a_gateway_with_keys_asks_with_one_or_not_at_all(wall: Wall, tmp_path: Path) -> None:
    digest = sha256(b"a-key").hexdigest()
    keys = f'[[keys]]\nid = "me"\nsha256 = "{digest}"\n'
    file = written(tmp_path, "[server]\nport = 0\n" + keys + two_sides(wall))
    for given, said in ((None, "Callers need a key"), ("a-key", "[cloud · "), ("x", "invalid_api")):
        variables = {} if given is None else {"GILMOK_API_KEY": given}
        process = await start(tmp_path, "serve", "--welcome", "--config", file, **variables)
        page = await until(process, "Ctrl-C stops.")
        process.terminate()
        _, errors = await process.communicate()
        assert said in page + errors.decode()
        assert "GILMOK_API_KEY=YOUR_KEY " in page
        assert "No endpoint can answer" not in page
    assert len(wall.calls) == 1


async def test_it_speaks_korean(wall: Wall, tmp_path: Path) -> None:
    file = written(tmp_path, "[server]\nport = 0\n" + two_sides(wall))
    process = await start(tmp_path, "serve", "--welcome", "--config", file, LC_ALL="ko_KR.UTF-8")
    page = await until(process, "Ctrl-C로 멈춥니다.")
    assert "게이트웨이가 무엇인지 한 문장으로 알려줘." in page
    assert "[클라우드 · cloud-mini · 민감도 낮음 · " in page
    process.terminate()
    await process.communicate()
    assert process.returncode == 0


async def test_a_taken_port_has_a_way_out(
    cli: Cli, gateway: Running, wall: Wall, tmp_path: Path
) -> None:
    ours = await cli("serve")
    assert ours.code == 1
    assert f"--port {gateway.port + 1} or GILMOK_PORT={gateway.port + 1}" in ours.err
    assert "A gateway already runs there" in ours.err
    theirs = await cli("serve", "--port", str(wall.port))
    assert theirs.code == 1
    assert "already runs" not in theirs.err


async def test_a_gateway_at_another_port_is_found_by_its_ledger(
    cli: Cli, wall: Wall, tmp_path: Path
) -> None:
    """`GILMOK_PORT=9000 make run` in one terminal, `gilmok ask` in another."""
    file = written(tmp_path, two_sides(wall))
    home = {"GILMOK_PORT": str(free_port()), "XDG_DATA_HOME": str(tmp_path)}
    process = await start(tmp_path, "serve", "--config", file, **home)
    await until(process, "Ctrl-C stops.")
    asked = await cli("ask", "What is a tuple?", "--config", file)
    listed = await cli("models", "--config", file)
    watched = await cli("top", "--once", "--config", file)
    process.terminate()
    await process.communicate()
    assert (asked.code, asked.err) == (0, "")
    assert f"As the gateway at http://127.0.0.1:{home['GILMOK_PORT']} sees them" in listed.out
    assert home["GILMOK_PORT"] in watched.out


async def test_a_port_held_by_someone_silent(tmp_path: Path) -> None:
    """Whoever holds it and hangs up without a word: the bind itself then fails."""

    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with await asyncio.start_server(hang_up, "127.0.0.1", 0) as server:
        port = str(server.sockets[0].getsockname()[1])
        process = await start(
            tmp_path, "serve", "--config", written(tmp_path, ""), GILMOK_PORT=port
        )
        _, errors = await process.communicate()
    assert process.returncode == 1
    assert f"Port {port} is taken" in errors.decode()


async def test_a_public_address_needs_keys(cli: Cli, tmp_path: Path) -> None:
    ran = await cli("serve", "--host", "0.0.0.0", "--config", written(tmp_path, ""))
    assert ran.code == 78
    assert "gilmok keys create" in ran.err
