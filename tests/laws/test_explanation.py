"""The explanation law: every decision can be read back, whatever became of the request.

One receipt for every request that was admitted and understood; what it shows are names, numbers and
codes, never text.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from tests.gateway import Answer
from tests.laws.scenes import IMPATIENT
from tests.laws.stage import Stage, at_home, in_cloud, stage
from tests.laws.test_stream import STEADY, request
from tests.wire.raw import Client, until

SECRET = "우리 회사 직원 홍길동의 주민등록번호는 900101-1234568, 전화 010-9876-5432"
PUBLIC = "What is the difference between a list and a tuple in Python?"
WORDS = ("홍길동", "직원", "회사", "900101-1234568", "010-9876-5432", "tuple", "Python")
"""Text of the requests: none of it may be found in what explains them."""


def assert_no_text(shown: object) -> None:
    text = json.dumps(shown, ensure_ascii=False)
    assert not [word for word in WORDS if word in text]


async def test_what_a_decision_shows(tmp_path: Path) -> None:
    tables = (at_home("ok"), in_cloud("503"), in_cloud("ok", "other", "anthropic", 0.7))
    async with stage(tmp_path, *tables) as s:
        answer = await s.gateway.chat(PUBLIC)
        shown = await s.decision(answer.headers["x-gilmok-decision"])
        assert shown["asked"] == "auto"
        assert (shown["outcome"], shown["endpoint_id"], shown["zone"]) == (
            "completed",
            "other",
            "cloud",
        )
        assert (shown["fallback"], shown["fallback_reason"]) == (True, "upstream_status_503")
        explanation = shown["explanation"]
        candidates = explanation["candidates"]
        assert [c["endpoint_id"] for c in candidates] == ["cloud", "other", "home"]
        assert [c["zone"] for c in candidates] == ["cloud", "cloud", "local"]
        scores = [c["score"] for c in candidates]
        assert scores == sorted(scores, reverse=True)
        assert all(c["worst_cost"] >= c["expected_cost"] > 0 for c in candidates)
        assert sum(explanation["weights"]) == pytest.approx(1)
        attempts = explanation["attempts"]
        assert [(a["number"], a["endpoint_id"], a["outcome"]) for a in attempts] == [
            (1, "cloud", "upstream_status_503"),
            (2, "cloud", "upstream_status_503"),
            (3, "other", "answered"),
        ]
        assert shown["cost"] == sum(a["cost"] for a in attempts) > 0
        assert shown["held"] >= max(c["worst_cost"] for c in candidates)
        times = [t for a in attempts for t in (a["started_ms"], a["ended_ms"])]
        assert times == sorted(times)
        assert shown["total_ms"] >= times[-1]
        assert_no_text(shown)


async def test_a_label_shows_its_evidence_and_what_it_forbade(tmp_path: Path) -> None:
    async with stage(tmp_path, at_home("ok"), in_cloud("ok")) as s:
        answer = await s.gateway.chat(SECRET)
        shown = await s.decision(answer.headers["x-gilmok-decision"])
        explanation = shown["explanation"]
        assert shown["sensitivity"] == "high"
        assert explanation["inspection"]["clearance"] == "local_only"
        kinds = {e["kind"]: e["level"] for e in explanation["inspection"]["evidence"]}
        assert kinds["id.kr_rrn"] == "high"
        assert "contact.phone" in kinds
        (veto,) = explanation["vetoes"]
        assert (veto["endpoint_id"], veto["code"], veto["detail"]) == ("cloud", "label", "cloud")
        assert [c["endpoint_id"] for c in explanation["candidates"]] == ["home"]
        assert_no_text(shown)


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("wire", ["openai", "anthropic", "ollama"])
async def test_the_headers_say_the_same(tmp_path: Path, wire: str, stream: bool) -> None:
    async with stage(tmp_path, in_cloud("500"), in_cloud("ok", "other", wire, 0.7)) as s:
        answer = await s.gateway.chat("연락처는 010-9876-5432", stream=stream)
        h = answer.headers
        shown = await s.decision(h["x-gilmok-decision"])
        assert h["x-request-id"] == h["x-gilmok-decision"] == shown["decision_id"]
        assert h["x-gilmok-endpoint"] == shown["endpoint_id"] == "other"
        assert h["x-gilmok-zone"] == shown["zone"] == "cloud"
        assert h["x-gilmok-sensitivity"] == shown["sensitivity"] == "medium"
        assert h["x-gilmok-attempts"] == str(len(shown["explanation"]["attempts"])) == "3"
        assert (h["x-gilmok-fallback"], shown["fallback"]) == ("true", True)
        assert h["x-gilmok-cache"] == shown["cache"] == "off"
        if stream:
            assert "x-gilmok-cost-usd" not in h  # not known when the headers go out
        else:
            assert h["x-gilmok-cost-usd"] == f"{shown['cost'] / 10**9:.9f}"
        attempts = shown["explanation"]["attempts"]
        assert all(a["masked"] for a in attempts)


async def ask(s: Stage, text: str = PUBLIC, **more: Any) -> Answer:
    return await s.gateway.chat(text, **more)


async def leave(s: Stage) -> None:
    async with Client(s.gateway.port) as client:
        await client.send(request("mute", stream=True))
        await until(lambda: bool(s.cloud.calls))
        client.reset()
    await s.receipts(1)


async def hurry(s: Stage) -> None:
    body = {"model": "mute", "messages": [{"role": "user", "content": PUBLIC}]}
    await s.gateway.post("/v1/chat/completions", body, {"x-gilmok-deadline-ms": "100"})


ENDS: dict[str, tuple[Callable[[Stage], Awaitable[object]], str, str | None]] = {
    "answered": (lambda s: ask(s, model="fine"), "completed", None),
    "streamed": (lambda s: ask(s, model="fine", stream=True), "completed", None),
    "label": (lambda s: ask(s, SECRET, model="fine"), "refused", "label_refused"),
    "no such model": (lambda s: ask(s, model="nobody"), "refused", "model_not_found"),
    "too long": (lambda s: ask(s, "word " * 400_000, model="fine"), "refused", "context_length_exceeded"),
    "rejected": (lambda s: ask(s, model="picky"), "refused", "upstream_rejected"),
    "rate limited": (lambda s: ask(s, model="full"), "refused", "upstream_rate_limited"),
    "failed": (lambda s: ask(s, model="down"), "failed", "all_endpoints_failed"),
    "stalled": (lambda s: ask(s, model="stuck", stream=True), "broken", "stream_stalled"),
    "cut": (lambda s: ask(s, model="short", stream=True), "broken", "stream_broken"),
    "too late": (hurry, "failed", "deadline_exceeded"),
    "left": (leave, "cancelled", "client_left"),
}  # fmt: skip
MODELS = {
    "fine": "ok", "picky": "400", "full": "429=2", "down": "503", "stuck": "stall=2",
    "short": "cut=2", "mute": "mute",
}  # fmt: skip


@pytest.mark.parametrize("end", ENDS)
async def test_one_receipt_however_it_ends(tmp_path: Path, end: str) -> None:
    happen, outcome, error = ENDS[end]
    tables = [in_cloud(model, name) for name, model in MODELS.items()]
    quick = STEADY if end == "stalled" else IMPATIENT
    async with stage(tmp_path, *tables, settings=quick) as s:
        await happen(s)
        (receipt,) = await s.receipts(1)
        assert (receipt.outcome, receipt.error) == (outcome, error)
        assert receipt.cost == sum(a.cost for a in receipt.explanation.attempts)
        assert all(a.outcome != "started" for a in receipt.explanation.attempts)
        assert s.gateway.gateway.ledger.open_holds == 0
        assert s.gateway.gateway.ledger.held == 0
        assert s.gateway.gateway.ledger.spent == receipt.cost
        shown = await s.decision(receipt.decision_id)
        if end not in ("no such model", "too long"):
            assert {"candidates", "vetoes"} & shown["explanation"].keys()
        assert_no_text(shown)


async def test_a_hit_of_the_cache_is_a_decision_too(tmp_path: Path) -> None:
    async with stage(tmp_path, in_cloud("ok"), more="[cache]\nenabled = true\n") as s:
        first, second = await ask(s), await ask(s, stream=True)
        assert second.headers["x-gilmok-cache"] == "hit"
        assert first.text == second.text
        shown = await s.decision(second.headers["x-gilmok-decision"])
        assert (shown["cache"], shown["cost"], shown["outcome"]) == ("hit", 0, "completed")
        assert shown["endpoint_id"] == "cloud"
        assert "attempts" not in shown["explanation"]
        assert len(s.cloud.calls) == 1


async def test_who_was_not_admitted_leaves_none(tmp_path: Path) -> None:
    keys = f'[[keys]]\nid = "k"\nsha256 = "{sha256(b"right").hexdigest()}"\nmax_concurrency = 1\n'
    operator = (
        f'[[keys]]\nid = "o"\nsha256 = "{sha256(b"oversees").hexdigest()}"\noperator = true\n'
    )
    async with stage(tmp_path, in_cloud("mute"), more=keys + operator) as s:
        body = {"model": "auto", "messages": [{"role": "user", "content": "hi"}]}
        right = {"authorization": "Bearer right"}
        for headers in ({}, {"authorization": "Bearer wrong"}):
            answer = await s.gateway.post("/v1/chat/completions", body, headers)
            assert (answer.status, answer.code) == (401, "invalid_api_key")
        waits = {**right, "x-gilmok-deadline-ms": "500"}
        first = asyncio.create_task(s.gateway.post("/v1/chat/completions", body, waits))
        await until(lambda: bool(s.cloud.calls))
        second = await s.gateway.post("/v1/chat/completions", body, right)
        assert (second.status, second.code) == (429, "concurrency_exceeded")
        assert int(second.headers["retry-after"]) >= 1
        assert (await first).code == "deadline_exceeded"
        bad = await s.gateway.post("/v1/chat/completions", {"model": "auto"}, right)
        assert bad.code == "invalid_request"
        assert [d.error for d in await s.decisions()] == ["deadline_exceeded"]
        told = await s.gateway.get("/metrics", {"authorization": "Bearer oversees"})
        for line in (
            '"invalid_api_key"} 2.0',
            '"concurrency_exceeded"} 1.0',
            '"invalid_request"} 1.0',
        ):
            assert f"gilmok_error_answers_total{{error={line}" in told.body.decode()


async def test_a_tenants_decisions_are_its_own(tmp_path: Path) -> None:
    keys = "".join(
        f'[[keys]]\nid = "{t}"\ntenant = "{t}"\nsha256 = "{sha256(t.encode()).hexdigest()}"\n'
        for t in ("one", "two")
    )
    async with stage(tmp_path, in_cloud("ok"), more=keys) as s:
        body = {"model": "auto", "messages": [{"role": "user", "content": "hi"}]}
        mine = {"authorization": "Bearer one"}
        answer = await s.gateway.post("/v1/chat/completions", body, mine)
        path = f"/v1/decisions/{answer.headers['x-gilmok-decision']}"
        assert (await s.gateway.get(path, mine)).status == 200
        other = await s.gateway.get(path, {"authorization": "Bearer two"})
        assert (other.status, other.code) == (404, "decision_not_found")
        assert (await s.gateway.get(path)).status == 401


async def test_a_plan_is_no_decision(tmp_path: Path) -> None:
    async with stage(tmp_path, at_home("ok"), in_cloud("ok")) as s:
        body = {"model": "auto", "messages": [{"role": "user", "content": SECRET}]}
        plan = (await s.gateway.post("/v1/route", body)).json
        assert plan["sensitivity"] == "high"
        assert [c["endpoint_id"] for c in plan["candidates"]] == ["home"]
        assert [(v["endpoint_id"], v["code"]) for v in plan["vetoes"]] == [("cloud", "label")]
        assert_no_text(plan)
        assert await s.decisions() == ()
        assert s.home.calls == s.cloud.calls == []
