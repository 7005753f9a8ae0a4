"""Receipts of one end user: exported, and forgotten."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

from tests.gateway import Running
from tests.unit.cli.conftest import Cli, written
from tests.wall import Wall
from tests.wire.test_reports import endpoint

BODY = {"model": "auto", "messages": [{"role": "user", "content": "Python?"}]}


async def asked(gateway: Running, *users: str) -> None:
    for user in users:
        answer = await gateway.post("/v1/chat/completions", {**BODY, "user": user})
        assert answer.status == 200


def everything_in(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.iterdir() if file.is_file())


async def test_an_end_user_is_exported_and_forgotten(cli: Cli, tmp_path: Path) -> None:
    folder = tmp_path / "state"
    folder.mkdir()
    config = written(tmp_path, f'[ledger]\npath = "{folder / "ledger.db"}"\n', "own.toml")
    here = ("--config", config)
    async with Wall() as wall:
        async with Running(
            folder, endpoint("e", wall, "ok", "local", 0.5), memory=False
        ) as gateway:
            await asked(gateway, "kim", "lee", "kim")
            running = await cli("ledger", "forget", "local", "kim", *here)
            assert running.code == 78
            assert "writing this journal" in running.err
        kim = (await cli("keys", "user-id", "local", "kim", *here)).out.strip()
        mine = ("ledger", "export", "--tenant", "local", "--user", kim, *here)
        assert [json.loads(line)["user"] for line in (await cli(*mine)).lines] == [kim, kim]
        rows = list(csv.DictReader(io.StringIO((await cli(*mine, "--csv")).out)))
        assert len(rows) == 2
        other = ("ledger", "export", "--tenant", "other", "--user", kim, *here)
        assert (await cli(*other)).out == ""
        assert kim.encode() in everything_in(folder)
        ran = await cli("ledger", "forget", "local", "kim", *here)
        assert ran.code == 0
        assert "2" in ran.out
        assert kim.encode() not in everything_in(folder)
        again = await cli("ledger", "forget", "local", "kim", *here, "--lang", "ko")
        assert (again.code, "영수증이 없습니다" in again.out) == (0, True)
        users = [json.loads(line)["user"] for line in (await cli("ledger", "export", *here)).lines]
        assert users.count("") == 2
        assert (await cli("ledger", "audit", *here)).code == 0
        async with Running(
            folder, endpoint("e", wall, "ok", "local", 0.5), memory=False
        ) as gateway:
            await asked(gateway, "kim")


async def test_after_a_kill_the_gateway_settles_first(cli: Cli, tmp_path: Path) -> None:
    folder = tmp_path / "state"
    folder.mkdir()
    config = written(tmp_path, f'[ledger]\npath = "{folder / "ledger.db"}"\n', "own.toml")
    missing = await cli("ledger", "forget", "local", "kim", "--config", config)
    assert missing.code == 78
    async with (
        Wall() as wall,
        Running(folder, endpoint("e", wall, "ok", "local", 0.5), memory=False) as gateway,
    ):
        await asked(gateway, "kim")
    (folder / "ledger.db.log.00000009").write_bytes(b"")
    ran = await cli("ledger", "forget", "local", "kim", "--config", config)
    assert ran.code == 78
    assert "Start the gateway once" in ran.err
