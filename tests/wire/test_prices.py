"""What an upstream reports reaches the client and the bill, over real sockets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.gateway import Running
from tests.wall import Wall

TEN_WORDS = "one two three four five six seven eight nine ten"


def endpoint(wall: Wall, provider: str, model: str, *more: str, zone: str = "cloud") -> str:
    base = {"vllm": wall.openai, "anthropic": wall.anthropic, "ollama": wall.ollama}[provider]
    lines = [
        "[[endpoints]]", 'id = "e"', f'provider = "{provider}"', f'base_url = "{base}"',
        f'model = "{model}"', f'zone = "{zone}"', 'api_key = "env:PATH"', *more,
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


PRICED = (
    "price_input = 1", "price_output = 10", "price_cached_input = 0.1",
    "price_cache_write = 1.25", "price_reasoning = 20",
)  # fmt: skip


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("provider", "model", "details", "cost"),
    [
        # 10 in: 1 fresh, 6 read, 3 kept; 4 out, of which 2 thinking: in micro-dollars
        # 1 + 0.6 + 3.75 + 20 + 40 = 65.35.
        (
            "vllm",
            "tokens=2+cached=6+written=3+reasoning=2",
            {"cached_tokens": 6, "cache_write_tokens": 3, "audio_tokens": 0},
            65_350,
        ),
        # Anthropic counts what the cache read and kept beside the input: 1 + 0.6 + 3.75 + 20.
        (
            "anthropic",
            "tokens=2+cached=6+written=3",
            {"cached_tokens": 6, "cache_write_tokens": 3, "audio_tokens": 0},
            25_350,
        ),
        ("ollama", "tokens=2", {"cached_tokens": 0, "audio_tokens": 0}, 30_000),
    ],
)
async def test_parts_are_reported_and_billed(
    tmp_path: Path, stream: bool, provider: str, model: str, details: dict[str, int], cost: int
) -> None:
    async with Wall() as wall:
        toml = endpoint(wall, provider, model, *PRICED)
        async with Running(tmp_path, toml) as gateway:
            options: dict[str, Any] = {"stream_options": {"include_usage": True}} if stream else {}
            answer = await gateway.chat(TEN_WORDS, stream=stream, max_tokens=9, **options)
            assert answer.status == 200, answer.body
            usage = answer.events[-2]["usage"] if stream else answer.json["usage"]
            decision = (await gateway.get(f"/v1/decisions/{_decision(answer.headers)}")).json
    assert usage["prompt_tokens"] == 10
    assert usage["prompt_tokens_details"] == details
    assert usage["total_tokens"] == 10 + usage["completion_tokens"]
    assert decision["cost"] == cost
    assert decision["cost"] <= decision["held"]
    assert not decision["cost_estimated"]


def _decision(headers: dict[str, str]) -> str:
    return headers["x-gilmok-decision"]


async def test_a_local_machine_is_paid_by_the_second(tmp_path: Path) -> None:
    async with Wall() as wall:
        toml = endpoint(wall, "vllm", "slow=30", "price_per_second = 0.001", zone="local")
        async with Running(tmp_path, toml) as gateway:
            answer = await gateway.chat("hello")
            decision = (await gateway.get(f"/v1/decisions/{_decision(answer.headers)}")).json
    (attempt,) = decision["explanation"]["attempts"]
    took = attempt["usage"]["milliseconds"]
    assert 30 <= took <= attempt["ended_ms"] - attempt["started_ms"] + 1
    assert decision["cost"] == took * 1_000
    assert decision["cost"] <= decision["held"]
    assert decision["price_known"]


@pytest.mark.parametrize(("policy", "status"), [("assume", 200), ("refuse", 503)])
async def test_an_unknown_price_is_never_nothing(tmp_path: Path, policy: str, status: int) -> None:
    async with Wall() as wall:
        toml = f'[routing]\nunknown_price = "{policy}"\n' + endpoint(wall, "vllm", "ok")
        async with Running(tmp_path, toml) as gateway:
            answer = await gateway.chat("hello")
            decision = (await gateway.get(f"/v1/decisions/{_decision(answer.headers)}")).json
        sent = len(wall.calls)
    assert answer.status == status
    if status == 200:
        assert (decision["cost_estimated"], decision["price_known"]) == (True, False)
        assert decision["cost"] > 0
    else:
        assert answer.code == "price_unknown"
        assert [v["code"] for v in decision["explanation"]["vetoes"]] == ["price"]
        assert sent == 0


async def test_a_forecast_of_what_was_asked(tmp_path: Path) -> None:
    async with Wall() as wall:
        toml = endpoint(wall, "vllm", "tokens=2", *PRICED)
        async with Running(tmp_path, toml) as gateway:
            for _ in range(3):
                await gateway.chat(TEN_WORDS)
            found = (await gateway.get("/v1/forecast?reference=gpt-4o-mini")).json
            unknown = await gateway.get("/v1/forecast?reference=nobody")
            report = await gateway.get("/v1/report?reference=gpt-4o-mini")
    (of,) = found["endpoints"]
    assert (of["input_tokens"], of["output_tokens"]) == (10, 2)
    assert of["requests_per_day"] == pytest.approx(72)
    # 72 a day · 30 · (10 · 1 + 2 · 10) micro-dollars.
    assert found["monthly"] == found["charged"] == 72 * 30 * 30_000
    assert found["reference_monthly"] == (72 * 30 * (10 * 150 + 2 * 600))
    assert found["savings"] == found["reference_monthly"] - found["charged"]
    assert (unknown.status, unknown.code) == (404, "reference_not_found")
    assert report.status == 200
