"""`models`, `doctor` and `config`."""

from __future__ import annotations

import json
import tomllib
from hashlib import sha256
from pathlib import Path

import pytest

from tests.gateway import Running
from tests.unit.cli.conftest import Cli, endpoint, two_sides, written
from tests.wall import Wall

ROOT = Path(__file__).parents[3]


async def test_models_of_a_running_gateway(cli: Cli, gateway: Running) -> None:
    ran = await cli("models")
    assert ran.code == 0
    assert gateway.url in ran.out
    assert "$0.15/$0.60" in ran.out
    assert all(preference in ran.out for preference in ("auto", "cheap", "fast", "best"))
    assert max(map(len, ran.lines)) <= 80
    told = json.loads((await cli("models", "--json")).out)
    assert [e["id"] for e in told["endpoints"]] == ["cloud-mini", "here"]


async def test_models_as_configured(cli: Cli, wall: Wall, tmp_path: Path) -> None:
    config = written(tmp_path, endpoint("a", wall, "m") + "[server]\nport = 1\n")
    ran = await cli("models", "--config", config)
    assert ran.code == 0
    assert "this is the configuration" in ran.err
    assert "(assumed)" in ran.out  # A cloud price nobody gave is not free.


async def test_models_show_what_is_known_of_engines_and_of_services(
    cli: Cli, tmp_path: Path
) -> None:
    (tmp_path / "m.gguf").write_bytes(b"GGUF")
    toml = """
[server]
port = 1
[[endpoints]]
id = "painter"
provider = "dummy"
model = "ok"
zone = "local"
does = "images"
[[engines]]
id = "coder"
driver = "llamacpp"
model = "m.gguf"
context = 6144
"""
    ran = await cli("models", "--config", written(tmp_path, toml))
    painter, coder = (
        next(line for line in ran.lines if line.startswith(name)) for name in ("painter", "coder")
    )
    assert painter.split()[-2:] == ["-", "-"], "it has neither a context nor tokens"
    assert "6k" in coder


async def test_who_cannot_chat_does_not_count_as_somebody_to_ask(cli: Cli, tmp_path: Path) -> None:
    toml = (
        "[server]\nport = 1\n"
        '[[endpoints]]\nid = "painter"\nprovider = "dummy"\nmodel = "ok"\nzone = "local"\n'
        'does = "images"\n'
    )
    ran = await cli("doctor", "--config", written(tmp_path, toml))
    assert ran.code == 1
    assert any(line.startswith("✘ endpoints") for line in ran.lines)


async def test_a_healthy_machine(cli: Cli, gateway: Running) -> None:
    ran = await cli("doctor")
    assert ran.code == 0, ran.out
    assert f"serves at {gateway.url}" in ran.out
    assert "2: 1 local or private, 1 cloud" in ran.out
    assert "✘" not in ran.out
    assert "정상" in (await cli("doctor", "--lang", "ko")).out


async def test_a_sick_machine_exits_with_one(cli: Cli, wall: Wall, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    toml = f'[server]\nport = {wall.port}\n[ledger]\npath = "file/ledger.db"\n'
    ran = await cli("doctor", "--config", written(tmp_path, toml))
    assert ran.code == 1
    broken = [line for line in ran.lines if line.startswith("✘")]
    assert [line.split()[1] for line in broken] == ["endpoints", "port", "ledger"]
    assert ran.out.count("→") >= 3


async def test_engines_that_never_fit_are_told_before_anybody_asks_for_them(
    cli: Cli, tmp_path: Path
) -> None:
    toml = """
[memory]
ram_gb = 20.0
[[engines]]
id = "architect"
driver = "ollama"
model = "qwen3-coder-next"
memory_gb = {needed}
"""
    big = await cli("doctor", "--config", written(tmp_path, toml.format(needed=52.0)))
    assert big.code == 1
    assert "architect needs 52.0 GiB of ram, and the budget is 20.0 GiB" in " ".join(
        big.out.split()
    )
    small = await cli("doctor", "--config", written(tmp_path, toml.format(needed=9.0)))
    assert "architect, in 20.0 GiB of memory" in small.out
    assert "1: 1 local or private, 0 cloud" in small.out


async def test_a_ledger_where_nobody_may_look(cli: Cli, tmp_path: Path) -> None:
    """A name too long stands for a folder without permission: root, too, cannot look at it."""
    toml = f'[ledger]\npath = "{"n" * 300}/ledger.db"\n'
    ran = await cli("doctor", "--config", written(tmp_path, toml))
    assert "ledger" in ran.out
    assert "free" in ran.out


async def test_a_wrong_configuration_is_the_diagnosis(cli: Cli, tmp_path: Path) -> None:
    ran = await cli("doctor", "--config", written(tmp_path, "[server]\nport = 70000\n"))
    assert ran.code == 1
    assert "server.port" in ran.out


async def test_an_ollama_is_found_with_its_models(cli: Cli, wall: Wall, tmp_path: Path) -> None:
    file = tmp_path / "ollama.toml"
    file.write_text(
        f'[embedded]\nenabled = false\n[discovery]\nollama_url = "{wall.ollama}"\n', "utf-8"
    )
    ran = await cli("doctor", "--config", str(file))
    assert f"at {wall.ollama}" in " ".join(ran.out.split())


async def test_check_shows_everything_but_secrets(
    cli: Cli, wall: Wall, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OUR_KEY", "very-secret-value")
    toml = two_sides(wall) + endpoint("third", wall, "m", api_key='"env:OUR_KEY"')
    ran = await cli("config", "check", written(tmp_path, toml))
    assert ran.code == 0
    assert "is valid" in ran.out
    assert "third" in ran.out
    assert "very-secret-value" not in ran.out + ran.err


async def test_what_the_system_and_the_parser_say_is_told_in_korean(
    cli: Cli, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.toml"
    broken.write_text("[server]\nport = = 1\n")
    syntax = await cli("config", "check", str(broken), "--lang", "ko")
    assert "2번째 줄 8번째 글자" in syntax.err
    gone = await cli("config", "check", str(tmp_path / "gone.toml"), "--lang", "ko")
    assert "그런 파일이나 폴더가 없음" in gone.err
    folder = await cli("ask", "--file", str(tmp_path), "--lang", "ko")
    assert "폴더임" in folder.err


async def test_check_shows_every_error(cli: Cli, tmp_path: Path) -> None:
    file = written(tmp_path, '[server]\nport = -1\nhots = "x"\n[cache]\nttl_s = 0\n')
    ran = await cli("config", "check", "--config", file, "--lang", "ko")
    assert ran.code == 78
    assert "오류 3개" in ran.err
    assert all(key in ran.err for key in ("server.port", "server.hots", "cache.ttl_s"))


async def test_check_tells_who_may_reach_it_and_what_it_would_load(
    cli: Cli, tmp_path: Path
) -> None:
    weights = tmp_path / "m.gguf"
    weights.write_bytes(b"GGUF")
    toml = f"""
[server]
host = "0.0.0.0"
port = 8080
[[keys]]
id = "app"
sha256 = "{"a" * 64}"
[[engines]]
id = "coder"
driver = "llamacpp"
model = "{weights}"
memory_gb = 0.5
slots = 3
"""
    ran = await cli("config", "check", written(tmp_path, toml))
    assert ran.code == 0, ran.err
    assert "http://127.0.0.1:8080, listening at 0.0.0.0" in ran.out
    assert any(line.split()[0] == "coder" and "512 MiB ram" in line for line in ran.lines if line)
    assert ran.lines[-1] != ""


async def test_check_tells_which_names_are_looked_for(cli: Cli, tmp_path: Path) -> None:
    toml = '[privacy]\nnames = ["person", "place"]\n'
    assert "people, places" in (await cli("config", "check", written(tmp_path, toml))).out
    korean = await cli("config", "check", written(tmp_path, toml), "--lang", "ko")
    assert "사람, 장소" in korean.out
    assert "people" not in (await cli("config", "check", written(tmp_path, ""))).out


async def test_a_key_and_its_hash_belong_together(cli: Cli) -> None:
    ran = await cli("config", "hash-key")
    key = next(line.strip() for line in ran.lines if line.startswith("  gk_"))
    table = tomllib.loads(ran.out[ran.out.index("[[keys]]") :])
    assert table["keys"][0]["sha256"] == sha256(key.encode()).hexdigest()
    assert key not in (await cli("config", "hash-key")).out


async def test_a_key_of_ones_own(cli: Cli) -> None:
    ran = await cli("config", "hash-key", "--stdin", stdin="my-key\n")
    assert sha256(b"my-key").hexdigest() in ran.out
    assert "my-key" not in ran.out
    assert (await cli("config", "hash-key", "--stdin")).code == 64


async def test_the_example_is_the_file(cli: Cli) -> None:
    ran = await cli("config", "example")
    assert ran.out == (ROOT / "config.example.toml").read_text("utf-8")
