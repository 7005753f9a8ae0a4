"""`GET /v1/statistics` and `GET /v1/report` of a real gateway before endpoints that fail."""

from __future__ import annotations

from pathlib import Path

import pytest

from gilmok.config import hash_key
from tests.gateway import Running
from tests.wall import Wall

FEEDBACK = "[dispatch]\nbackoff_s = 0.01\nbackoff_max_s = 0.01\n"


def endpoint(id: str, wall: Wall, model: str, zone: str, quality: float) -> str:
    return (
        f'[[endpoints]]\nid = "{id}"\nprovider = "vllm"\nbase_url = "{wall.openai}"\n'
        f'model = "{model}"\nzone = "{zone}"\nquality = {quality}\n'
        "price_input = 0.15\nprice_output = 0.6\n"
    )


def two(wall: Wall) -> str:
    """The better one always fails; the other answers."""
    return (
        FEEDBACK
        + endpoint("flaky", wall, "500", "cloud", 1.0)
        + endpoint("here", wall, "as=here", "local", 0.1)
    )


def key(name: str, tenant: str, more: str = "") -> str:
    return f'[[keys]]\nid = "{name}"\ntenant = "{tenant}"\nsha256 = "{hash_key(name)}"\n{more}\n'


def bearer(name: str) -> dict[str, str]:
    return {"authorization": f"Bearer {name}"}


async def test_statistics_survive_a_restart_and_count_failures(tmp_path: Path) -> None:
    async with Wall() as wall:
        async with Running(tmp_path, two(wall), memory=False) as gateway:
            answer = await gateway.chat("Python?")
            assert answer.headers["x-gilmok-fallback"] == "true"
            # Too sensitive for the cloud, so it is not even tried there.
            assert (await gateway.chat("홍길동의 전화번호와 주소", model="flaky")).status == 403
            before = (await gateway.get("/v1/statistics")).json
        async with Running(tmp_path, two(wall), memory=False) as gateway:
            after = (await gateway.get("/v1/statistics")).json
            report = (await gateway.get("/v1/report?since=1h", {"accept-language": "ko"})).json
    after["since"], after["until"] = before["since"], before["until"]
    assert after == before
    served = {of["endpoint_id"]: of for of in before["endpoints"]}
    flaky, here = served["flaky"], served["here"]
    assert (flaky["successes"], flaky["failures"], flaky["success_rate"]) == (0, 2, 0.0)
    assert (here["successes"], here["failures"], here["success_rate"]) == (1, 0, 1.0)
    assert here["prompt_tokens"] > 0
    assert (before["requests"], before["refused"], before["fallbacks"]) == (2, 1, 1)
    assert before["savings"] == here["savings"] > 0
    assert report["object"] == "gilmok.report"
    assert (report["cloud"]["failures"], report["local"]["successes"]) == (2, 1)
    assert report["fallbacks"]["most_common_reason"] == "upstream_status_500"
    said = {r["code"]: r["message"] for r in report["recommendations"]}
    assert said["endpoint_unreliable"] == "flaky의 성공률이 0 %로 낮습니다. 상태를 점검하세요."


async def test_thresholds_come_from_the_configuration(tmp_path: Path) -> None:
    easy = "[feedback]\nreliability = 0\nlocal_share_high = 1\ntarget_latency_ms = 3600000\n"
    async with Wall() as wall, Running(tmp_path, two(wall) + easy) as gateway:
        await gateway.chat("Python?")
        report = (await gateway.get("/v1/report")).json
    assert [r["code"] for r in report["recommendations"]] == ["all_good"]


async def test_tenants_see_their_own_and_overseers_everybody(tmp_path: Path) -> None:
    keys = key("mine", "a") + key("other", "b") + key("boss", "c", "operator = true")
    async with Wall() as wall, Running(tmp_path, two(wall) + keys) as gateway:
        body = {"model": "auto", "messages": [{"role": "user", "content": "Python?"}]}
        for name in ("mine", "mine", "other"):
            assert (await gateway.post("/v1/chat/completions", body, bearer(name))).status == 200
        told = {
            name: (await gateway.get("/v1/statistics", bearer(name))).json["requests"]
            for name in ("mine", "other", "boss")
        }
        stranger = await gateway.get("/v1/statistics")
        wrong = await gateway.get("/v1/report", bearer("nobody"))
    assert told == {"mine": 2, "other": 1, "boss": 3}
    assert (stranger.status, wrong.status) == (401, 401)
    assert stranger.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("since=soon", "invalid_request"),
        ("since=", "invalid_request"),
        ("since=2025-13-40", "invalid_request"),
        ("since=7d&since=1h", "invalid_request"),
        ("since=%ff", "invalid_request"),
        ("since=1971-01-01", None),
        ("since=99999w", None),
        ("since=2025-01-31", None),
        ("other=1", None),
        ("", None),
    ],
)
async def test_spans(tmp_path: Path, query: str, code: str | None) -> None:
    async with Running(tmp_path, "") as gateway:
        for path in ("/v1/report", "/v1/statistics"):
            answer = await gateway.get(f"{path}?{query}")
            assert (answer.status, answer.code) == (400 if code else 200, code)


async def test_asking_a_model_about_a_request_is_a_side_call(tmp_path: Path) -> None:
    """The local model is asked to analyse; what it says is no answer to anybody."""
    strategies = '[strategies]\nanalyser = "llm"\n'
    async with Wall() as wall, Running(tmp_path, strategies + two(wall)) as gateway:
        assert (await gateway.chat("Python?", model="here")).status == 200
        found = (await gateway.get("/v1/statistics")).json
    (here,) = found["endpoints"]
    assert (here["requests"], here["successes"], here["side_calls"]) == (1, 1, 1)
    assert 0 < here["side_cost"] < here["cost"] == found["cost"]
