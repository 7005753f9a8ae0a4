"""The strategies under the laws: a model that judges or chooses can make nothing worse.

It sees no more than any other endpoint may, raises labels and never lowers them, can only choose
what is permitted, costs what the books say, and never speaks to the client.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.gateway import Answer, Running
from tests.laws.scenes import IMPATIENT, cloud, home
from tests.laws.stage import Stage
from tests.wall import Exchange, Wall
from tests.wire.raw import Client, until

HIGH = "제 주민등록번호는 900101-1234568 입니다"
MEDIUM = "연락처는 010-9876-5432 입니다"
LOW = "What is the difference between a list and a tuple?"
RRN, PHONE = "900101-1234568", "010-9876-5432"

ANALYSER = '[strategies]\nanalyser = "llm"\ntimeout_s = 2\n'
SELECTOR = '[strategies]\nselector = "llm"\ntimeout_s = 2\n'
BOTH = '[strategies]\nanalyser = "llm"\nselector = "llm"\ntimeout_s = 2\n'


def said(**changed: object) -> str:
    """A judgement as a model writes it."""
    plain = {
        "complexity": "moderate",
        "sensitivity": "low",
        "response_time": "balanced",
        "contains_sensitive_data": False,
        "estimated_tokens": 120,
        "reasons": [],
    }
    return json.dumps(plain | changed)


JUDGES = {
    "judge-low": said(),
    "judge-complex": said(complexity="complex", response_time="quality", estimated_tokens=900),
    "judge-high": said(sensitivity="high", contains_sensitive_data=True, reasons=["health"]),
    "judge-fenced": "```json\n" + said(sensitivity="high", reasons=["hr"]) + "\n```",
    "judge-chatty": "Sure! Here it is: " + said(sensitivity="high"),
    "judge-cut": said()[:-9],
    "judge-more": said(note="900101-1234568"),
    "judge-other": said(sensitivity="none"),
}
ALIASES = {name: f"repeat={quote(text)}" for name, text in JUDGES.items()} | {
    # Ends properly, with far more than a judgement.
    "judge-giant": "huge=3000000",
    "answer": "repeat=The%20answer.",
}


@asynccontextmanager
async def stage(
    folder: Path, strategies: str, *, home_judge: str = "", cloud_judge: str = "", more: str = ""
) -> AsyncIterator[Stage]:
    """Endpoints that answer, at home and in the cloud, and one beside them that is asked."""
    async with Wall(aliases=ALIASES) as at_home, Wall(aliases=ALIASES) as in_cloud:
        toml = IMPATIENT + more + home(at_home, "answer") + cloud(in_cloud, "answer")
        if home_judge:
            strategies += 'endpoint = "judge"\n'
            toml += home(at_home, home_judge, "judge").replace("quality = 0.3", "quality = 0.0")
        if cloud_judge:
            strategies += 'endpoint = "judge"\n'
            toml += cloud(in_cloud, cloud_judge, "judge", q=0.0)
        async with Running(folder, strategies + toml, memory=False) as running:
            yield Stage(running, at_home, in_cloud, folder)


async def shown(s: Stage, answer: Answer) -> Any:
    return await s.decision(answer.headers["x-gilmok-decision"])


def asked(wall: Wall, model: str) -> list[Exchange]:
    return [call for call in wall.calls if call.model == model]


def purposes(decision: Any) -> list[tuple[str, str, str]]:
    attempts = decision["explanation"].get("attempts", [])
    return [(a["purpose"], a["endpoint_id"], a["outcome"]) for a in attempts]


# --- the label ---------------------------------------------------------------------------------


@pytest.mark.parametrize("strategies", [ANALYSER, SELECTOR, BOTH])
async def test_a_cloud_judge_never_sees_high_text(tmp_path: Path, strategies: str) -> None:
    async with stage(tmp_path, strategies, cloud_judge="judge-low") as s:
        answer = await s.gateway.chat(HIGH)
        assert answer.headers["x-gilmok-zone"] == "local"
        assert s.cloud.calls == []
        assert not s.cloud.contains(RRN)
        if strategies != SELECTOR:  # with one candidate there is nothing to choose
            explained = (await shown(s, answer))["explanation"]["inspection"]
            assert explained["analyser_fell_back"] == "label"
            assert "analysed_by" not in explained


async def test_a_cloud_judge_sees_medium_text_masked(tmp_path: Path) -> None:
    async with stage(tmp_path, ANALYSER, cloud_judge="judge-low") as s:
        answer = await s.gateway.chat(MEDIUM)
        (call,) = asked(s.cloud, "judge-low")
        assert "[PHONE_1]" in call.text
        assert not s.cloud.contains(PHONE)
        (analysis, _) = (await shown(s, answer))["explanation"]["attempts"]
        assert (analysis["purpose"], analysis["masked"]) == ("analysis", True)
        assert (await shown(s, answer))["sensitivity"] == "medium"


async def test_a_selection_question_is_masked_too(tmp_path: Path) -> None:
    async with stage(tmp_path, SELECTOR, cloud_judge="call=use_2_home") as s:
        answer = await s.gateway.chat(MEDIUM)
        (call,) = asked(s.cloud, "call=use_2_home")
        assert "[PHONE_1]" in call.text
        assert not s.cloud.contains(PHONE)
        assert answer.headers["x-gilmok-endpoint"] == "home"


async def test_an_early_turn_is_not_forgotten(tmp_path: Path) -> None:
    """What does not fit the question still decides who may read the rest of it."""
    short = ANALYSER + "max_chars = 60\n"
    messages = [
        {"role": "user", "content": HIGH + " " + "가" * 50},
        {"role": "assistant", "content": "네."},
        {"role": "user", "content": "고마워요"},
    ]
    async with stage(tmp_path, short, cloud_judge="judge-low") as s:
        body = {"model": "auto", "messages": messages}
        answer = await s.gateway.post("/v1/chat/completions", body)
        assert answer.headers["x-gilmok-zone"] == "local"
        assert s.cloud.calls == []
    async with stage(tmp_path, short, home_judge="judge-low") as s:
        await s.gateway.post("/v1/chat/completions", {"model": "auto", "messages": messages})
        (call,) = asked(s.home, "judge-low")
        assert "고마워요" in call.text
        assert RRN not in call.text


async def test_what_fast_calls_high_stays_high(tmp_path: Path) -> None:
    async with stage(tmp_path, ANALYSER, home_judge="judge-low") as s:
        answer = await s.gateway.chat(HIGH)
        assert answer.headers["x-gilmok-sensitivity"] == "high"
        assert answer.headers["x-gilmok-zone"] == "local"
        assert s.cloud.calls == []
        inspection = (await shown(s, answer))["explanation"]["inspection"]
        assert inspection["analysed_by"] == "llm"
        assert inspection["clearance"] == "local_only"


@pytest.mark.parametrize("model", ["judge-high", "judge-fenced"])
@pytest.mark.parametrize("stream", [False, True])
async def test_what_the_judge_calls_high_stays_home(
    tmp_path: Path, model: str, stream: bool
) -> None:
    async with stage(tmp_path, ANALYSER, home_judge=model) as s:
        answer = await s.gateway.chat(LOW, stream=stream)
        assert answer.headers["x-gilmok-sensitivity"] == "high"
        assert answer.headers["x-gilmok-zone"] == "local"
        assert answer.text == "The answer."
        assert s.cloud.calls == []
        decision = await shown(s, answer)
        (evidence,) = decision["explanation"]["inspection"]["evidence"]
        assert evidence["kind"] == {"judge-high": "judge.health", "judge-fenced": "judge.hr"}[model]
        assert [v["code"] for v in decision["explanation"]["vetoes"]] == ["label"]


async def test_a_raised_label_may_leave_nobody(tmp_path: Path) -> None:
    keys = key("outside", 'endpoints = ["cloud"]')
    async with stage(tmp_path, ANALYSER, home_judge="judge-high", more=keys) as s:
        body = {"model": "auto", "messages": [{"role": "user", "content": LOW}]}
        answer = await s.gateway.post("/v1/chat/completions", body, bearer("outside"))
        assert (answer.status, answer.code) == (403, "label_refused")
        assert "judge.health" in answer.json["error"]["message"]
        assert s.cloud.calls == []
        (receipt,) = await s.receipts(1)
        assert receipt.outcome == "refused"
        assert receipt.cost == receipt.explanation.attempts[0].cost > 0
        assert receipt.held > receipt.cost
        assert s.gateway.gateway.ledger.open_holds == 0


# --- keys and tenants --------------------------------------------------------------------------


def key(name: str, more: str = "") -> str:
    return f'[[keys]]\nid = "{name}"\nsha256 = "{sha256(name.encode()).hexdigest()}"\n{more}\n'


def bearer(name: str) -> dict[str, str]:
    return {"authorization": f"Bearer {name}"}


async def test_a_keys_endpoints_do_not_bind_the_operators_question(tmp_path: Path) -> None:
    keys = key("k", 'endpoints = ["cloud"]')
    async with stage(tmp_path, ANALYSER, home_judge="judge-low", more=keys) as s:
        body = {"model": "auto", "messages": [{"role": "user", "content": LOW}]}
        answer = await s.gateway.post("/v1/chat/completions", body, bearer("k"))
        assert answer.headers["x-gilmok-endpoint"] == "cloud"
        assert len(asked(s.home, "judge-low")) == 1


async def test_a_keys_zones_do(tmp_path: Path) -> None:
    keys = key("k", 'zones = ["local"]')
    async with stage(tmp_path, ANALYSER, cloud_judge="judge-low", more=keys) as s:
        body = {"model": "auto", "messages": [{"role": "user", "content": LOW}]}
        answer = await s.gateway.post("/v1/chat/completions", body, bearer("k"))
        assert answer.headers["x-gilmok-zone"] == "local"
        assert s.cloud.calls == []
        receipt = (await s.receipts(1))[0].explanation.inspection
        assert receipt is not None
        assert receipt.analyser_fell_back == "key_right"


async def test_every_request_is_judged_anew(tmp_path: Path) -> None:
    async with stage(tmp_path, ANALYSER, home_judge="judge-low") as s:
        for _ in range(3):
            await s.gateway.chat(LOW)
        assert len(asked(s.home, "judge-low")) == 3


async def test_a_raised_answer_is_not_cached_for_the_tenant(tmp_path: Path) -> None:
    caching = "[cache]\nenabled = true\n"
    async with stage(tmp_path, ANALYSER, home_judge="judge-high", more=caching) as s:
        found = [(await s.gateway.chat(LOW)).headers["x-gilmok-cache"] for _ in range(2)]
        assert found == ["off", "off"]
    async with stage(tmp_path, ANALYSER, home_judge="judge-low", more=caching) as s:
        found = [(await s.gateway.chat(LOW)).headers["x-gilmok-cache"] for _ in range(2)]
        assert found == ["miss", "hit"]
        assert len(asked(s.home, "judge-low")) == 1


# --- what goes wrong ---------------------------------------------------------------------------

FAILURES = {
    "judge-chatty": "invalid_answer",
    "judge-cut": "invalid_answer",
    "judge-more": "invalid_answer",
    "judge-other": "invalid_answer",
    "judge-giant": "answer_too_long",
    "answer": "invalid_answer",
    "empty": "empty_answer",
    "badjson": "malformed_answer",
    "503": "upstream_status_503",
    "429=60": "upstream_status_429",
    "hangup": "connect_failed",
    "mute": "timeout",
    "no-such-model": "upstream_status_404",
}


@pytest.mark.parametrize("model", FAILURES)
async def test_whatever_fails_fast_decides(tmp_path: Path, model: str) -> None:
    strategies = ANALYSER.replace("timeout_s = 2", f"timeout_s = {0.05 if model == 'mute' else 5}")
    async with stage(tmp_path, strategies, home_judge=model) as s:
        answer = await s.gateway.chat(LOW)
        assert (answer.status, answer.text) == (200, "The answer.")
        assert answer.headers["x-gilmok-endpoint"] == "cloud"
        assert answer.headers["x-gilmok-fallback"] == "false"
        assert answer.headers["x-gilmok-attempts"] == "1"
        decision = await shown(s, answer)
        inspection = decision["explanation"]["inspection"]
        assert inspection["analyser_fell_back"] == FAILURES[model]
        assert "analysed_by" not in inspection
        assert decision["fallback_reason"] is None
        # Once: no retry, and nobody else is asked.
        assert [p for p, _, _ in purposes(decision)] == ["analysis", "answer"]
        assert len(asked(s.home, model)) == 1
        assert s.gateway.gateway.ledger.open_holds == 0


@pytest.mark.parametrize(
    ("model", "why"),
    [
        ("call=use_3_cloud", "invalid_answer"),
        ("call=cloud", "invalid_answer"),
        ("tool=2", "invalid_answer"),
        ("ok", "invalid_answer"),
        ("503", "upstream_status_503"),
        ("mute", "timeout"),
    ],
)
async def test_a_choice_that_is_none_changes_nothing(tmp_path: Path, model: str, why: str) -> None:
    strategies = SELECTOR.replace("timeout_s = 2", f"timeout_s = {0.05 if model == 'mute' else 5}")
    async with stage(tmp_path, strategies, home_judge=model) as s:
        answer = await s.gateway.chat(LOW, model="answer")
        assert (answer.status, answer.text) == (200, "The answer.")
        explained = (await shown(s, answer))["explanation"]
        assert [c["endpoint_id"] for c in explained["candidates"]] == ["cloud", "home"]
        assert explained["selector_fell_back"] == why
        assert "selected_by" not in explained


async def test_one_is_asked_and_nobody_after_it(tmp_path: Path) -> None:
    async with Wall(aliases=ALIASES) as wall:
        down = home(wall, "503", "down").replace("quality = 0.3", "quality = 0.4")
        toml = ANALYSER + IMPATIENT + cloud(wall, "answer") + down + home(wall, "judge-high")
        async with Running(tmp_path, toml) as running:
            answer = await running.chat(LOW)
            assert answer.headers["x-gilmok-endpoint"] == "cloud"
            assert len(asked(wall, "503")) == 1
            assert asked(wall, "judge-high") == []


async def test_the_endpoint_is_meant_by_its_id(tmp_path: Path) -> None:
    """Not one whose model happens to have that name."""
    async with Wall(aliases=ALIASES | {"judge": "repeat=nonsense"}) as wall:
        namesake = home(wall, "judge", "better").replace("quality = 0.3", "quality = 0.4")
        named = ANALYSER + 'endpoint = "judge"\n'
        toml = (
            named + IMPATIENT + cloud(wall, "answer") + namesake + home(wall, "judge-high", "judge")
        )
        async with Running(tmp_path, toml) as running:
            answer = await running.chat(LOW)
            assert answer.headers["x-gilmok-sensitivity"] == "high"
            assert len(asked(wall, "judge-high")) == 1


async def test_nobody_to_ask(tmp_path: Path) -> None:
    async with Wall(aliases=ALIASES) as wall:
        toml = BOTH + IMPATIENT + cloud(wall, "answer") + cloud(wall, "answer", "other")
        async with Running(tmp_path, toml) as running:
            answer = await running.chat(LOW)
            assert answer.text == "The answer."
            found = await running.get(f"/v1/decisions/{answer.headers['x-gilmok-decision']}")
            explained = found.json["explanation"]
            assert explained["inspection"]["analyser_fell_back"] == "no_endpoint"
            assert explained["selector_fell_back"] == "no_endpoint"
            assert len(wall.calls) == 1


# --- what goes right ---------------------------------------------------------------------------


async def test_a_judgement_shapes_the_plan(tmp_path: Path) -> None:
    async with stage(tmp_path, ANALYSER, home_judge="judge-complex") as s:
        answer = await s.gateway.chat(LOW)
        decision = await shown(s, answer)
        inspection = decision["explanation"]["inspection"]
        assert inspection["analysed_by"] == "llm"
        assert inspection["complexity"] == "complex"
        assert inspection["response_time"] == "quality"
        assert inspection["expected_output"] == 900
        assert decision["sensitivity"] == "low"
        assert answer.headers["x-gilmok-endpoint"] == "cloud"


async def test_a_model_chooses(tmp_path: Path) -> None:
    async with stage(tmp_path, SELECTOR, home_judge="call=use_2_home") as s:
        answer = await s.gateway.chat(LOW, model="answer")
        assert answer.headers["x-gilmok-endpoint"] == "home"
        assert answer.headers["x-gilmok-fallback"] == "false"
        explained = (await shown(s, answer))["explanation"]
        assert [c["endpoint_id"] for c in explained["candidates"]] == ["home", "cloud"]
        assert (explained["selected_by"], explained["selection_reason"]) == ("llm", "quality")
        assert explained["confidence"] == 0.5
        (call,) = asked(s.home, "call=use_2_home")
        offered = [tool["function"]["name"] for tool in json.loads(call.text)["tools"]]
        assert offered == ["use_1_cloud", "use_2_home"]
        assert json.loads(call.text)["tool_choice"] == "required"


@pytest.mark.parametrize("wire", ["anthropic", "ollama"])
async def test_wires_without_schemas_and_orders_are_asked_nicely(tmp_path: Path, wire: str) -> None:
    """Neither can carry everything: the question goes without, and is read just as strictly."""
    both = {"judge-and-tool": f"repeat={quote(JUDGES['judge-complex'])}+tool"}
    async with Wall(aliases=ALIASES | both) as wall:
        judge = cloud(wall, "judge-and-tool", "judge", wire, 0.0)
        named = BOTH + 'endpoint = "judge"\n'
        toml = named + IMPATIENT + cloud(wall, "answer") + cloud(wall, "answer", "b", q=0.2) + judge
        async with Running(tmp_path, toml) as running:
            answer = await running.chat(LOW, model="answer")
            found = await running.get(f"/v1/decisions/{answer.headers['x-gilmok-decision']}")
            explained = found.json["explanation"]
            assert explained["inspection"]["analysed_by"] == "llm"
            assert explained["selected_by"] == "llm"


async def test_a_model_without_tools_is_asked_for_json(tmp_path: Path) -> None:
    choice = '{"model":"use_2_home","reason":"privacy","confidence":0.9}'
    async with Wall(aliases=ALIASES | {"writer": f"repeat={quote(choice)}"}) as wall:
        judge = home(wall, "writer", "judge").replace('"tools", ', "")
        toml = SELECTOR + 'endpoint = "judge"\n' + IMPATIENT + cloud(wall, "answer") + judge
        async with Running(tmp_path, toml + home(wall, "answer")) as running:
            answer = await running.chat(LOW, model="answer")
            assert answer.headers["x-gilmok-endpoint"] == "home"
            (call,) = asked(wall, "writer")
            assert "tools" not in json.loads(call.text)


@pytest.mark.parametrize("stream", [False, True])
async def test_the_questions_stay_out_of_the_conversation(tmp_path: Path, stream: bool) -> None:
    async with stage(tmp_path, BOTH, home_judge="judge-complex") as s:
        answer = await s.gateway.chat(LOW, stream=stream)
        (call,) = asked(s.cloud, "answer")
        sent = json.loads(call.text)
        assert sent["messages"] == [{"role": "user", "content": LOW}]
        assert not {"tools", "tool_choice", "response_format", "temperature"} & sent.keys()
        assert answer.text == "The answer."
        assert b"complexity" not in answer.body


async def test_the_books(tmp_path: Path) -> None:
    """Each question has its own attempt, hold and cost; usage and times are the answer's."""
    async with stage(tmp_path, BOTH, cloud_judge="judge-complex") as s:
        answer = await s.gateway.chat(LOW, model="answer", stream=True)
        decision = await shown(s, answer)
        attempts = decision["explanation"]["attempts"]
        assert purposes(decision) == [
            ("analysis", "judge", "answered"),
            ("selection", "judge", "answered"),
            ("answer", "cloud", "answered"),
        ]
        assert [a["number"] for a in attempts] == [1, 2, 3]
        assert all(a["cost"] > 0 for a in attempts)
        assert decision["cost"] == sum(a["cost"] for a in attempts)
        assert s.gateway.gateway.ledger.spent == decision["cost"]
        assert decision["prompt_tokens"] == attempts[2]["usage"]["prompt"]
        assert decision["completion_tokens"] == attempts[2]["usage"]["completion"]
        assert decision["first_token_ms"] == attempts[2]["first_token_ms"]
        assert decision["first_token_ms"] >= attempts[1]["ended_ms"]
        worst = max(c["worst_cost"] for c in decision["explanation"]["candidates"])
        assert decision["held"] > worst
        assert answer.headers["x-gilmok-attempts"] == "1"
        assert (decision["fallback"], decision["fallback_reason"]) == (False, None)


@pytest.mark.parametrize("strategies", [ANALYSER, SELECTOR])
async def test_a_client_that_leaves_meanwhile_leaves_nothing_open(
    tmp_path: Path, strategies: str
) -> None:
    body = {"model": "auto", "messages": [{"role": "user", "content": LOW}]}
    raw = json.dumps(body).encode()
    head = (
        "POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1\r\n"
        f"content-type: application/json\r\ncontent-length: {len(raw)}\r\n\r\n"
    )
    patient = strategies.replace("timeout_s = 2", "timeout_s = 100")
    async with stage(tmp_path, patient, home_judge="mute") as s:
        async with Client(s.gateway.port) as client:
            await client.send(head.encode() + raw)
            await until(lambda: bool(s.home.calls))
            client.reset()
        (receipt,) = await s.receipts(1)
        assert (receipt.outcome, receipt.error) == ("cancelled", "client_left")
        (attempt,) = receipt.explanation.attempts
        assert attempt.outcome == "cancelled"
        assert receipt.cost == attempt.cost > 0  # estimated: the model was at work
        assert receipt.prompt_tokens is None
        await s.home.wait_closed(1)
        ledger = s.gateway.gateway.ledger
        assert (ledger.open_holds, ledger.held, ledger.spent) == (0, 0, receipt.cost)
        assert s.cloud.calls == []


async def test_a_plan_asks_no_model(tmp_path: Path) -> None:
    body = {"model": "auto", "messages": [{"role": "user", "content": LOW}]}
    async with stage(tmp_path, BOTH, home_judge="judge-high") as s:
        plan = (await s.gateway.post("/v1/route", body)).json
        assert (plan["analyser"], plan["selector"]) == ("llm", "llm")
        assert plan["sensitivity"] == "low"
        body["messages"] = [{"role": "user", "content": HIGH}]
        assert s.home.calls == s.cloud.calls == []
    async with stage(tmp_path, "") as s:
        plan = (await s.gateway.post("/v1/route", body)).json
        assert (plan["analyser"], plan["selector"]) == ("fast", "objective")
