"""Goodput over the wire: what is recorded of real answers, who sees it, and the pages' panel."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.gateway import Running
from tests.wall import Wall
from tests.wire.test_reports import FEEDBACK, bearer, endpoint, key, two

CHAT = {"model": "auto", "messages": [{"role": "user", "content": "Python?"}]}


async def test_an_answer_a_failure_and_a_refusal(tmp_path: Path) -> None:
    async with Wall() as wall, Running(tmp_path, two(wall)) as gateway:
        for stream in (True, False):
            assert (await gateway.chat("Python?", stream=stream, model="here")).status == 200
        assert (await gateway.chat("Python?", model="flaky")).status >= 500
        # Too sensitive for that one: nobody was asked, so nobody let it down.
        assert (await gateway.chat("홍길동의 전화번호와 주소", model="flaky")).status == 403
        found = (await gateway.get("/v1/sla")).json
        day = (await gateway.get("/v1/sla?by=day&since=1h")).json
    lines = {line["key"]: (line["requests"], line["met"]) for line in found["lines"]}
    assert lines == {"here": (2, 2), "flaky": (1, 0)}
    assert (found["total"]["requests"], found["total"]["met"]) == (3, 2)
    assert found["total"]["compliance"] == pytest.approx(2 / 3)
    assert found["total"]["goodput_per_s"] == pytest.approx(2 / found["span_s"])
    assert sum(period["met"] for period in found["periods"]) == 2
    assert (day["grain"], sum(line["met"] for line in day["lines"])) == ("hour", 2)


async def test_tenants_see_their_own_and_overseers_everybody(tmp_path: Path) -> None:
    keys = key("mine", "a") + key("other", "b") + key("boss", "c", "operator = true")
    async with Wall() as wall, Running(tmp_path, two(wall) + keys) as gateway:
        for name in ("mine", "mine", "other"):
            assert (await gateway.post("/v1/chat/completions", CHAT, bearer(name))).status == 200
        told = {
            name: (await gateway.get("/v1/sla?by=tenant", bearer(name))).json["lines"]
            for name in ("mine", "other", "boss")
        }
        stranger = await gateway.get("/v1/sla")
    assert {name: [line["key"] for line in lines] for name, lines in told.items()} == {
        "mine": ["a"],
        "other": ["b"],
        "boss": ["a", "b"],
    }
    assert stranger.status == 401


@pytest.mark.parametrize("query", ["by=nobody", "by=", "since=soon", "by=day&by=plan"])
async def test_what_it_does_not_take(tmp_path: Path, query: str) -> None:
    async with Running(tmp_path, "") as gateway:
        answer = await gateway.get(f"/v1/sla?{query}")
    assert (answer.status, answer.code) == (400, "invalid_request")


@pytest.mark.parametrize("stream", [True, False])
async def test_what_a_server_says_of_its_own_clock_is_kept(tmp_path: Path, stream: bool) -> None:
    async with Wall() as wall:
        local = (
            f'[[endpoints]]\nid = "here"\nprovider = "ollama"\nbase_url = "{wall.ollama}"\n'
            'model = "as=here"\nzone = "local"\n'
        )
        async with Running(tmp_path, FEEDBACK + local) as gateway:
            answer = await gateway.chat("Python?", stream=stream)
            assert answer.status == 200
            decision = answer.headers["x-gilmok-decision"]
            (attempt,) = (await gateway.get(f"/v1/decisions/{decision}")).json["explanation"][
                "attempts"
            ]
            (line,) = (await gateway.get("/v1/sla")).json["lines"]
            scraped = (await gateway.get("/metrics")).body.decode()
    timings, usage = attempt["usage"]["timings"], attempt["usage"]
    assert timings["prefill_ms"] > 0
    per_token = timings["decode_ms"] / (usage["completion"] - 1)
    assert line["p50_token_ms"] == pytest.approx(per_token, rel=0.011)
    assert 'gilmok_prefill_seconds_count{endpoint="here"} 1.0' in scraped
    assert 'gilmok_sla_requests_total{plan="default",result="met"} 1.0' in scraped


async def test_an_endpoint_that_tells_nothing_has_no_phases(tmp_path: Path) -> None:
    async with Wall() as wall:
        one = endpoint("here", wall, "as=here", "local", 0.1)
        async with Running(tmp_path, FEEDBACK + one) as gateway:
            answer = await gateway.chat("Python?")
            decision = answer.headers["x-gilmok-decision"]
            told = (await gateway.get(f"/v1/decisions/{decision}")).json
            scraped = (await gateway.get("/metrics")).body.decode()
    (attempt,) = told["explanation"]["attempts"]
    assert "timings" not in attempt["usage"]
    assert "gilmok_prefill_seconds_count" not in scraped
    assert "gilmok_output_token_seconds_count" not in scraped


async def test_the_overview_shows_promises(tmp_path: Path) -> None:
    async with Wall() as wall, Running(tmp_path, two(wall)) as gateway:
        before = (await gateway.get("/dashboard?lang=en")).body.decode()
        assert (await gateway.chat("Python?", model="here")).status == 200
        after = (await gateway.get("/dashboard?lang=en")).body.decode()
        korean = (await gateway.get("/dashboard?lang=ko")).body.decode()
    assert "Promises" not in before
    assert "1 of 1" in after
    assert 'id="compliance-title"' in after
    assert "약속 이행" in korean
    assert "1건 가운데 1건" in korean


async def test_the_configured_promise_counts(tmp_path: Path) -> None:
    strict = "[telemetry]\nfirst_token_target_s = 0.000001\n"
    async with Wall() as wall, Running(tmp_path, two(wall) + strict) as gateway:
        assert (await gateway.chat("Python?", model="here")).status == 200
        found = (await gateway.get("/v1/sla")).json
        scraped = (await gateway.get("/metrics")).body.decode()
    assert (found["total"]["requests"], found["total"]["met"]) == (1, 0)
    assert 'gilmok_sla_requests_total{plan="default",result="missed"} 1.0' in scraped
    assert "gilmok_engine_state" in scraped  # its HELP line: engines are watched
