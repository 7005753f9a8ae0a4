"""`explain` says what was wrong with an answer, whether it was passed over or given."""

from __future__ import annotations

from pathlib import Path

from tests.gateway import Running
from tests.unit.cli.conftest import Cli, endpoint
from tests.wall import Wall

REFUSES = "repeat=I%20can%27t%20help%20with%20that."


async def test_an_answer_that_was_passed_over(cli: Cli, wall: Wall, tmp_path: Path) -> None:
    first = endpoint("first", wall, REFUSES, quality=1.0)
    second = endpoint("second", wall, "ok", quality=0.1, first_token_s=3.0)
    async with Running(tmp_path, first + second, memory=False) as running:
        await running.chat("Python?")
        await running.gateway.journal.flush()
        explained = await cli("explain", "--config", str(tmp_path / "gilmok.toml"))
    assert "only words of refusing" in explained.out
    assert "validation" not in explained.out


async def test_an_answer_that_was_given_all_the_same(cli: Cli, wall: Wall, tmp_path: Path) -> None:
    async with Running(tmp_path, endpoint("only", wall, REFUSES), memory=False) as running:
        answer = await running.chat("Python?")
        assert answer.headers["x-gilmok-validation"] == "refusal"
        await running.gateway.journal.flush()
        file = str(tmp_path / "gilmok.toml")
        english = await cli("explain", "--config", file)
        korean = await cli("explain", "--config", file, "--lang", "ko")
    assert "only words of refusing (refusal)" in english.out
    assert "거절하는 말뿐인 답 (refusal)" in korean.out
    assert "답 검증" in korean.out
