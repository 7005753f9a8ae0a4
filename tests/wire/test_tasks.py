"""The development team's router: a real gateway, real sockets, the wall behind it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gilmok.core.request import Request
from gilmok.pipeline import Pipeline
from tests.gateway import Answer, Running
from tests.unit.surfaces.test_surfaces_roles import TABLE, by_the_document
from tests.wall import Wall
from tests.wire.test_reports import bearer, endpoint, key

KO = {"accept-language": "ko"}
QUICK = (
    "[server]\ndeadline_s = 10\n[dispatch]\nretries = 0\nbackoff_s = 0.01\nbackoff_max_s = 0.01\n"
)
TEAM = ("architect", "coder", "reviewer")


def here(id: str, wall: Wall, model: str) -> str:
    return endpoint(id, wall, model, "local", 0.5)


def role(name: str, model: str, more: str = "") -> str:
    return f'[[roles]]\nname = "{name}"\nmodel = "{model}"\n{more}\n'


def team(wall: Wall, **faults: str) -> str:
    """The usual three, each with an endpoint of its own; `faults`: what the wall does for them."""
    tables = [QUICK]
    for name in TEAM:
        tables.append(here(f"m-{name}", wall, faults.get(name, f"ok+as={name}")))
        tables.append(role(name, f"m-{name}"))
    return "".join(tables)


@asynccontextmanager
async def serving(
    tmp_path: Path, toml: Callable[[Wall], str] = team
) -> AsyncIterator[tuple[Running, Wall]]:
    async with Wall() as wall, Running(tmp_path, toml(wall)) as gateway:
        yield gateway, wall


def body(prompt: str = "What is a tuple?", **more: object) -> dict[str, object]:
    return {"prompt": prompt, **more}


def sent(wall: Wall) -> Any:
    """The latest body that a model was asked with."""
    return wall.calls[-1].json


async def test_an_answer_is_the_documents(tmp_path: Path) -> None:
    async with serving(tmp_path) as (gateway, _):
        before = datetime.now(UTC)
        answer = await gateway.post("/route", body(task_type="review"))
    assert answer.status == 200
    told = answer.json
    assert list(told) == [
        *("model", "agent", "response", "tokens_generated"),
        *("latency_ms", "memory_used_gb", "timestamp"),
    ]
    assert (told["model"], told["agent"]) == ("ok+as=reviewer", "Reviewer")
    assert told["tokens_generated"] == len(told["response"].split())  # one piece is one word
    assert 0 < told["latency_ms"] < 60_000
    assert told["memory_used_gb"] == 0.0
    at = datetime.fromisoformat(told["timestamp"])
    assert before - timedelta(milliseconds=1) <= at <= datetime.now(UTC)
    assert answer.headers["x-gilmok-endpoint"] == "m-reviewer"
    assert answer.headers["x-gilmok-sensitivity"] == "low"
    assert float(answer.headers["x-gilmok-cost-usd"]) > 0


async def test_the_whole_table_is_the_documents(tmp_path: Path) -> None:
    documents = {
        "qwen3-coder-next:q4_K_M": "m-architect",
        "qwen3-coder:32b": "m-coder",
        "qwen3:14b": "m-reviewer",
    }
    async with serving(tmp_path) as (gateway, _):

        async def ask(task: str, urgency: str) -> str:
            answer = await gateway.post("/route", body(task_type=task, urgency=urgency))
            return answer.headers["x-gilmok-endpoint"]

        asked = [
            (t, u) for t in [*TABLE, "Plan", "general"] for u in ("normal", "high", "critical")
        ]
        found = await asyncio.gather(*(ask(task, urgency) for task, urgency in asked))
    wanted = [documents[by_the_document(task.lower(), urgency)] for task, urgency in asked]
    assert found == wanted
    assert len(asked) == 57


@pytest.mark.parametrize("name", TEAM)
async def test_a_role_answers_at_its_own_path(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with noting(monkeypatch) as seen:
        async with serving(tmp_path) as (gateway, _):
            other = body(task_type="code" if name != "coder" else "review", urgency="critical")
            answer = await gateway.post(f"/{name}", other)
    assert answer.json["agent"] == name.capitalize()
    assert answer.headers["x-gilmok-endpoint"] == f"m-{name}"
    wanted = {"architect": "design", "coder": "code", "reviewer": "review"}[name]
    assert seen[0].task == wanted


async def test_a_context_is_a_part_of_its_own(tmp_path: Path) -> None:
    async with serving(tmp_path) as (gateway, wall):
        await gateway.post("/route", body("질문", context="배경"))
        (message,) = sent(wall)["messages"]
        parts = [part["text"] for part in message["content"]]
        assert (message["role"], parts) == ("user", ["배경", "질문"])
        await gateway.post("/route", body("질문", context=""))
        (message,) = sent(wall)["messages"]
        assert message["content"] == "질문"


async def test_what_is_left_out_is_the_documents_default(tmp_path: Path) -> None:
    def tables(wall: Wall) -> str:
        small = here("small", wall, "ok+as=small") + "context = 1000\n"
        return here("big", wall, "ok") + small + role("coder", "big") + role("reviewer", "small")

    async with serving(tmp_path, tables) as (gateway, wall):
        await gateway.post("/coder", body())
        assert (sent(wall)["max_tokens"], sent(wall)["temperature"]) == (4096, 0.7)
        await gateway.post("/coder", body(max_tokens=7, temperature=0))
        assert (sent(wall)["max_tokens"], sent(wall)["temperature"]) == (7, 0)
        await gateway.post("/reviewer", body())
        assert sent(wall)["max_tokens"] == 500
        await gateway.post("/reviewer", body(max_tokens=900, temperature=None))
        assert (sent(wall)["max_tokens"], sent(wall)["temperature"]) == (900, 0.7)


async def test_unknown_fields_go_nowhere(tmp_path: Path) -> None:
    async with serving(tmp_path) as (gateway, wall):
        answer = await gateway.post("/route", body(api_base="http://evil.example", note="canary"))
        assert answer.status == 200
        assert not wall.contains("canary")
        assert not wall.contains("evil.example")


async def test_without_roles_the_gateway_chooses(tmp_path: Path) -> None:
    def tables(wall: Wall) -> str:
        return QUICK + here("one", wall, "ok") + here("two", wall, "ok+as=b")

    async with serving(tmp_path, tables) as (gateway, _):
        for path in ("/route", "/architect"):
            answer = await gateway.post(path, body(task_type="plan"))
            assert (answer.status, answer.json["agent"]) == (200, "auto")
        models = (await gateway.get("/models")).json
    assert models == {"models": [], "total": 0, "routing_rules": {}}


async def test_endpoints_called_like_roles_are_the_team(tmp_path: Path) -> None:
    def tables(wall: Wall) -> str:
        return QUICK + here("coder", wall, "ok") + here("reviewer", wall, "ok+as=b")

    async with serving(tmp_path, tables) as (gateway, _):
        assert (await gateway.post("/route", body(task_type="fix"))).json["agent"] == "Coder"
        models = (await gateway.get("/models")).json
        missing = await gateway.post("/architect", body())
    assert [model["type"] for model in models["models"]] == ["coder", "reviewer"]
    assert (missing.status, missing.code) == (404, "role_not_found")


async def test_a_role_may_be_a_preference(tmp_path: Path) -> None:
    def tables(wall: Wall) -> str:
        return QUICK + here("one", wall, "ok") + role("coder", "cheap")

    async with serving(tmp_path, tables) as (gateway, _):
        answer = await gateway.post("/coder", body())
    assert (answer.json["model"], answer.json["agent"]) == ("ok", "Coder")


REFUSED: dict[str, tuple[int, str, Any, dict[str, str]]] = {
    "no JSON": (400, "invalid_request", b"{", {}),
    "no UTF-8": (400, "invalid_request", b'{"prompt": "\xff"}', {}),
    "a name twice": (400, "invalid_request", b'{"prompt": "a", "prompt": "b"}', {}),
    "a bad header": (400, "invalid_request", body(), {"x-gilmok-urgency": "now"}),
    "a bad deadline": (400, "invalid_request", body(), {"x-gilmok-deadline-ms": "0"}),
    "too long": (400, "context_length_exceeded", body("word " * 200_000), {}),
    "no prompt": (422, "invalid_task", {}, {}),
    "an empty prompt": (422, "invalid_task", body(""), {}),
    "a list": (422, "invalid_task", [], {}),
    "a number": (422, "invalid_task", {"prompt": 1}, {}),
    "no such urgency": (422, "invalid_task", body(urgency="now"), {}),
    "no plain word": (422, "invalid_task", body(task_type="설계"), {}),
    "no temperature": (422, "invalid_task", body(temperature=3), {}),
    "no tokens": (422, "invalid_task", body(max_tokens=0), {}),
    "another type": (415, "unsupported_media_type", body(), {"content-type": "text/plain"}),
    "a long body": (413, "body_too_large", body("x" * 2_000_000), {}),
}


def bounded(wall: Wall) -> str:
    return team(wall).replace("[server]", "[server]\nmax_body_bytes = 1500000")


async def test_what_is_refused_keeps_its_status(tmp_path: Path) -> None:
    async with serving(tmp_path, bounded) as (gateway, wall):
        for name, (status, code, sent_body, fields) in REFUSED.items():
            answer = await gateway.post("/route", sent_body, fields)
            assert (answer.status, answer.code) == (status, code), name
            if name != "a long body":  # refused before the path is known
                assert answer.json["detail"] == answer.json["error"]["message"], name
        assert not wall.calls
        wrong = await gateway.get("/route")
        assert (wrong.status, wrong.headers["allow"]) == (405, "POST")
        assert wrong.json["detail"]


FAULTS = {
    "429=2": (429, "upstream_rate_limited"),
    "400": (400, "upstream_rejected"),
    "cut=1": (503, "all_endpoints_failed"),
    "hangup": (503, "all_endpoints_failed"),
    "500": (503, "all_endpoints_failed"),
    "mute": (504, "deadline_exceeded"),
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_somebody_elses_failure_is_no_500(tmp_path: Path, fault: str) -> None:
    async with serving(tmp_path, lambda wall: team(wall, coder=fault)) as (gateway, _):
        hurry = {"x-gilmok-deadline-ms": "300"} if fault == "mute" else {}
        answers = [await gateway.post("/coder", body(), {**hurry, **also}) for also in ({}, KO)]
    assert (answers[0].status, answers[0].code) == FAULTS[fault]
    for answer in answers:
        assert answer.json["detail"] == answer.json["error"]["message"]
    english, korean = (answer.json["detail"] for answer in answers)
    assert english.isascii()
    assert any("가" <= char <= "힣" for char in korean)
    if answers[0].status in (429, 503):
        assert int(answers[0].headers["retry-after"]) >= 1


async def test_no_model_and_no_role(tmp_path: Path) -> None:
    def tables(wall: Wall) -> str:
        # A name that is known and joins only with its provider's key.
        return QUICK + here("one", wall, "ok") + role("writer", "gpt-4o-mini")

    async with serving(tmp_path, tables) as (gateway, _):
        answer = await gateway.post("/route", body())
        assert (answer.status, answer.code) == (404, "model_not_found")
        for also, said in (({}, "No role is called coder"), (KO, "coder 역할이 없습니다")):
            answer = await gateway.post("/coder", body(), also)
            assert (answer.status, answer.code) == (404, "role_not_found")
            assert said in answer.json["detail"]


async def test_what_never_fits_is_507(tmp_path: Path) -> None:
    def tables(wall: Wall) -> str:
        engine = f'''
[memory]
ram_gb = 48
[[engines]]
id = "big"
driver = "ollama"
model = "ok"
base_url = "{wall.ollama}"
memory_gb = 52
'''
        return QUICK + engine + role("architect", "big")

    async with serving(tmp_path, tables) as (gateway, _):
        answer = await gateway.post("/architect", body())
        batch = await gateway.post("/batch", [body()])
    assert (answer.status, answer.code) == (507, "insufficient_memory")
    assert "52.0 GiB" in answer.json["detail"]
    assert "48.0 GiB" in answer.json["detail"]
    assert batch.json["results"][0]["error"].startswith("507: ")


async def test_a_secret_does_not_leave(tmp_path: Path) -> None:
    def tables(wall: Wall) -> str:
        return QUICK + endpoint("far", wall, "ok", "cloud", 0.9) + role("coder", "far")

    async with serving(tmp_path, tables) as (gateway, wall):
        number = "900101-1234568"
        for secret in (body(f"주민번호 {number}"), body(context=f"주민번호 {number}")):
            answer = await gateway.post("/coder", {**secret, "urgency": "critical"})
            assert (answer.status, answer.code) == (403, "label_refused")
        assert not wall.calls


async def test_a_task_under_a_key_is_done_once(tmp_path: Path) -> None:
    async with serving(tmp_path) as (gateway, wall):
        first, second = [
            await gateway.post("/route", body(), {"idempotency-key": "once"}) for _ in range(2)
        ]
        assert first.body == second.body
        assert second.headers["idempotent-replayed"] == "true"
        other = await gateway.post("/route", body("x"), {"idempotency-key": "once"})
        assert (other.status, other.json["detail"]) == (422, other.json["error"]["message"])
        assert len(wall.calls) == 1


@contextmanager
def noting(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Request]]:
    """The requests that reach the pipeline."""
    seen: list[Request] = []
    answer = Pipeline.answer

    def note(self: Pipeline, request: Request, caller: Any) -> Any:
        seen.append(request)
        return answer(self, request, caller)

    monkeypatch.setattr(Pipeline, "answer", note)
    yield seen


async def test_urgency_reaches_the_queue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with noting(monkeypatch) as seen:
        async with serving(tmp_path) as (gateway, _):
            hurry = {"x-gilmok-urgency": "High"}
            chat = {"model": "auto", "messages": [{"role": "user", "content": "hi"}]}
            await gateway.post("/v1/chat/completions", chat)
            await gateway.post("/v1/chat/completions", chat, hurry)
            await gateway.post("/route", body(task_type="test", urgency="critical"), hurry)
            await gateway.post("/route", body(task_type="test"), hurry)
            wrong = await gateway.post("/v1/chat/completions", chat, {"x-gilmok-urgency": "now"})
    assert [request.urgency.value for request in seen] == ["normal", "high", "critical", "high"]
    assert [request.task for request in seen] == [None, None, "test", "test"]
    assert (wrong.status, wrong.json["error"]["param"]) == (400, "x-gilmok-urgency")


async def test_models_are_those_the_key_may_use(tmp_path: Path) -> None:
    def tables(wall: Wall) -> str:
        only = key("narrow", "a", 'endpoints = ["m-coder"]')
        return team(wall) + role("writer", "m-coder", 'tasks = ["docs"]') + key("wide", "a") + only

    async with serving(tmp_path, tables) as (gateway, _):
        wide = (await gateway.get("/models", bearer("wide"))).json
        narrow = (await gateway.get("/models", bearer("narrow"))).json
        refused = await gateway.post("/architect", body(), bearer("narrow"))
        stranger = await gateway.get("/models")
    assert list(wide) == ["models", "total", "routing_rules"]
    assert wide["total"] == len(wide["models"]) == 4
    assert len(wide["routing_rules"]) == len(TABLE) + 1
    assert wide["models"][0] == {
        "model": "m-architect",
        "name": "Architect",
        "role": "설계자 (Planner)",
        "memory_gb": 0.0,
        "type": "architect",
        "description": "요구사항 분석, 아키텍처 설계, 장기 컨텍스트 추론",
        "context_length": wide["models"][1]["context_length"],
    }
    assert [model["type"] for model in narrow["models"]] == ["coder", "writer"]
    assert set(narrow["routing_rules"].values()) == {"m-coder"}
    assert refused.status == 403
    assert (stranger.status, stranger.json["detail"]) == (401, stranger.json["error"]["message"])


async def test_memory_is_the_machines(tmp_path: Path) -> None:
    async with serving(tmp_path) as (gateway, _):
        told = (await gateway.get("/memory")).json
        health = (await gateway.get("/health")).json
    assert list(told) == ["total_gb", "used_gb", "available_gb", "percent_used"]
    assert told["total_gb"] == psutil.virtual_memory().total / 1024**3
    assert 0 < told["used_gb"] < told["total_gb"]
    assert 0 < told["available_gb"] < told["total_gb"]
    assert 0 <= told["percent_used"] <= 100
    assert set(health["memory"]) == {"used_gb", "available_gb", "percent"}
    assert float(health["memory"]["used_gb"]) > 0
    assert (health["status"], "ollama" in health) == ("ok", False)
    assert datetime.fromisoformat(health["timestamp"]).tzinfo


async def test_health_tells_of_ollama_but_strangers_nothing(tmp_path: Path) -> None:
    def tables(wall: Wall) -> str:
        local = here("o", wall, "ok").replace('"vllm"', '"ollama"')
        return local.replace(wall.openai, wall.ollama) + key("k", "a")

    async with serving(tmp_path, tables) as (gateway, _):
        await gateway.post("/route", body(), bearer("k"))
        health = (await gateway.get("/health", bearer("k"))).json
        assert health["ollama"] == "connected"
        assert list((await gateway.get("/health")).json) == ["status"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
FIELDS = {
    "prompt": st.text(min_size=1, max_size=50) | JSON,
    "task_type": st.sampled_from([*TABLE, "general"]) | JSON,
    "max_tokens": st.integers(-1, 5) | JSON,
    "temperature": st.floats(-1, 3) | JSON,
    "context": st.text(max_size=50) | JSON,
    "urgency": st.sampled_from(["normal", "high", "critical", "soon"]) | JSON,
}
BODY = st.fixed_dictionaries({}, optional=FIELDS) | JSON


def test_no_body_makes_a_500(tmp_path: Path) -> None:
    with asyncio.Runner() as runner:
        context = serving(tmp_path)
        gateway, _ = runner.run(context.__aenter__())

        @settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
        @given(BODY, st.sampled_from(["/route", "/coder", "/batch"]))
        def attack(sent_body: Any, path: str) -> None:
            answer: Answer = runner.run(gateway.post(path, sent_body))
            assert answer.status in (200, 400, 422), answer.raw
            if answer.status != 200:
                assert answer.json["detail"] == answer.json["error"]["message"]

        try:
            attack()
        finally:
            runner.run(context.__aexit__(None, None, None))
