"""From a name to the pseudonym that receipts have."""

from __future__ import annotations

from pathlib import Path

from gilmok.config import hash_key
from tests.gateway import Running
from tests.unit.cli.conftest import Cli

TOML = f"""
[[endpoints]]
id = "a"
provider = "dummy"
model = "ok"
zone = "local"
[[plans]]
id = "small"
max_tokens = 50
[[keys]]
id = "k"
tenant = "acme"
plan = "small"
sha256 = "{hash_key("k")}"
"""


async def test_an_operator_finds_a_user_again(tmp_path: Path, cli: Cli) -> None:
    async with Running(tmp_path, TOML, memory=False) as gateway:
        body = {"model": "auto", "messages": [{"role": "user", "content": "hi"}], "user": "kim@a.b"}
        answer = await gateway.post("/v1/chat/completions", body, {"authorization": "Bearer k"})
        assert answer.status == 200
    config = str(tmp_path / "gilmok.toml")
    found = await cli("keys", "user-id", "acme", "kim@a.b", "--config", config)
    (pseudonym,) = found.lines
    shown = await cli("explain", "last", "--config", config)
    assert pseudonym in shown.out
    assert "small" in shown.out
    assert "kim" not in shown.out
    other = await cli("keys", "user-id", "other", "kim@a.b", "--config", config)
    assert other.lines != [pseudonym]
