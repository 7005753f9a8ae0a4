"""`explain` says which models were asked for advice, what they said and what that cost."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import quote

import pytest

from gilmok.cli.words import consulting as words
from gilmok.core.receipt import Purpose
from gilmok.inspection.judge import Reason as JudgeReason
from gilmok.lab.codes import EVIDENCE_KINDS, PURPOSES
from gilmok.ledger import Journal, MemoryJournal
from gilmok.routing.selector import Reason
from gilmok.routing.vetoes import STAGES
from tests.gateway import Running
from tests.unit.cli.conftest import Cli, endpoint, two_sides
from tests.wall import Wall

HEALTH = (
    '{"complexity":"simple","sensitivity":"high","response_time":"fast",'
    '"contains_sensitive_data":true,"estimated_tokens":20,"reasons":["health"]}'
)
ALIASES = {"judge": f"repeat={quote(HEALTH)}", "chooser": "call=use_2_here"}

Ask = Callable[[str, str], Awaitable[str]]


@pytest.fixture
def ask(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    journals: list[Journal | MemoryJournal],
    cli: Cli,
) -> Ask:
    """Asks a gateway with these strategies and this model beside it, and explains it."""

    async def explained(strategies: str, model: str) -> str:
        async with Wall(aliases=ALIASES) as wall:
            beside = endpoint(
                "beside", wall, model, "local", quality=0.0, price_input=1, price_output=1
            )
            toml = f'[strategies]\nendpoint = "beside"\n{strategies}\n' + two_sides(wall) + beside
            async with Running(tmp_path, toml, memory=False) as running:
                monkeypatch.setenv("GILMOK_CONFIG", str(tmp_path / "gilmok.toml"))
                journals.append(running.gateway.journal)
                await running.chat("What is a tuple?")
                return (await cli("explain")).out + (await cli("explain", "--lang", "ko")).out

    return explained


async def test_a_judgement(ask: Ask) -> None:
    shown = await ask('analyser = "llm"', "judge")
    for expected in (
        "fast and a model (llm)",
        "내장 분석기와 모델(llm)",
        "judge.health",
        "health, says a model",
        "beside (analysis)",
        "beside (분석)",
        "analysis $0.0001",
        "answer $0",
    ):
        assert expected in shown
    assert "selected by" not in shown


async def test_a_choice(ask: Ask) -> None:
    shown = await ask('selector = "llm"', "chooser")
    assert "a model (llm): quality, confidence 0.50" in shown
    assert "모델(llm): 품질, 확신 0.50" in shown
    assert "beside (selection)" in shown
    assert "analysed by" not in shown


async def test_no_advice(ask: Ask) -> None:
    shown = await ask('analyser = "llm"\nselector = "llm"', "503")
    assert "fast, built in; llm gave nothing: status 503" in shown
    assert "objective, built in; llm gave nothing: status 503" in shown


async def test_what_is_built_in_needs_no_word(ask: Ask) -> None:
    shown = await ask("", "judge")
    for word in (words.ANALYSER, words.SELECTOR, words.COSTS):
        assert f"\n{word.en}" not in shown


def test_every_code_has_words() -> None:
    assert set(PURPOSES) == set(Purpose)
    assert set(words.REASONS) == {reason.value for reason in Reason}
    assert set(STAGES) - {"name"} <= set(words.FELL_BACK)
    kinds = {f"judge.{reason}" for reason in JudgeReason if reason is not JudgeReason.NONE}
    assert kinds | {"judge.unsaid"} <= set(EVIDENCE_KINDS)
