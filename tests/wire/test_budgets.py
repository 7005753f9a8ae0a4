"""Budgets of a real gateway before a wall whose every answer costs exactly what was held for it."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from pathlib import Path

import pytest

from gilmok.build import load_settings
from gilmok.config import hash_key
from gilmok.core.money import NANO_PER_USD
from tests.gateway import Answer, Running
from tests.unit.providers.test_webhook import Receiver
from tests.wall import Wall

ADMIN = "admin"
BASE = f"""
[server]
max_concurrency = 20000
[dispatch]
backoff_s = 0.01
backoff_max_s = 0.01
[admin]
sha256 = "{hash_key(ADMIN)}"
"""
ANSWER_USD = "0.008000000"
"""Eight tokens at 1,000 USD per million."""
PLAIN = {"authorization": "Bearer app"}


def endpoint(wall: Wall, id: str, model: str, **of: object) -> str:
    """A cloud endpoint that charges 0.001 USD for each token of its answer."""
    options = {"zone": "cloud", "quality": 0.9, "price_input": 0, "price_output": 1000} | of
    return (
        f'[[endpoints]]\nid = "{id}"\nprovider = "vllm"\nbase_url = "{wall.openai}"\n'
        f'model = "{model}"\n' + "".join(f"{n} = {json.dumps(v)}\n" for n, v in options.items())
    )


def plan(caps: str) -> str:
    return (
        f'[[plans]]\nid = "default"\n{caps}\n[[keys]]\nid = "app"\nsha256 = "{hash_key("app")}"\n'
    )


async def ask(gateway: Running, *, model: str = "auto", **more: object) -> Answer:
    headers = PLAIN | {"x-gilmok-user": str(more.pop("who"))} if "who" in more else PLAIN
    messages = [{"role": "user", "content": "hello"}]
    body = {"model": model, "messages": messages, "max_tokens": 8, **more}
    return await gateway.post("/v1/chat/completions", body, headers)


async def budgets(gateway: Running, **headers: str) -> dict[tuple[str, str], dict[str, str]]:
    answer = await gateway.get("/v1/budget", PLAIN | headers)
    return {(row["scope"], row["cycle"]): row for row in answer.json["data"]}


@pytest.mark.parametrize("requests", [1_000])
async def test_a_thousand_at_once_spend_a_dollar_and_nothing_more(
    tmp_path: Path, requests: int
) -> None:
    toml = BASE + plan("tenant_caps = { daily_usd = 1 }")
    async with Wall() as wall:
        async with Running(tmp_path, toml + endpoint(wall, "a", "tokens=8")) as gateway:
            answers = await asyncio.gather(
                *(ask(gateway, stream=n % 2 == 0) for n in range(requests))
            )
            ledger = gateway.gateway.ledger
            assert (ledger.spent, ledger.held, ledger.overrun) == (NANO_PER_USD, 0, 0)
            used = (await budgets(gateway))["tenant", "daily"]
        assert Counter(a.status for a in answers) == {200: 125, 402: requests - 125}
        assert len(wall.calls) == 125
    assert {a.code for a in answers if a.status == 402} == {"budget_exceeded"}
    assert {a.text != "" for a in answers if a.status == 200} == {True}
    assert (used["spent_usd"], used["remaining_usd"]) == ("1.000000000", "0.000000000")


async def test_a_refusal_says_what_is_left_and_when_it_is_renewed(tmp_path: Path) -> None:
    toml = BASE + plan("key_caps = { daily_usd = 0.015 }")
    async with (
        Wall() as wall,
        Running(tmp_path, toml + endpoint(wall, "a", "tokens=8")) as gateway,
    ):
        first = await ask(gateway)
        assert first.headers["x-gilmok-budget-remaining-usd"] == "0.007000000"
        assert first.headers["x-gilmok-cost-usd"] == ANSWER_USD
        refused = await ask(gateway)
        body = {"model": "auto", "messages": [{"role": "user", "content": "hello"}]}
        planned = await gateway.post("/v1/route", body | {"max_tokens": 8}, PLAIN)
        smaller = await ask(gateway, max_tokens=7)
        row = (await budgets(gateway))["key", "daily"]
    assert (refused.status, refused.code) == (402, "budget_exceeded")
    message = refused.json["error"]["message"]
    assert refused.json["error"]["type"] == "insufficient_quota"
    assert "0.007000000 of 0.015000000 USD" in message
    assert row["resets_at"] in message
    assert planned.json["refusal"]["code"] == "budget_exceeded"
    assert [v["code"] for v in planned.json["vetoes"]] == ["budget"]
    assert smaller.status == 200
    assert smaller.headers["x-gilmok-budget-remaining-usd"] == "0.000000000"


async def test_who_has_no_budget_sees_nothing_of_it(tmp_path: Path) -> None:
    async with (
        Wall() as wall,
        Running(tmp_path, BASE + endpoint(wall, "a", "tokens=8")) as gateway,
    ):
        answer = await gateway.chat("hello", max_tokens=8)
        assert "x-gilmok-budget-remaining-usd" not in answer.headers
        assert (await gateway.get("/v1/budget")).json["data"] == []
        assert gateway.gateway.ledger.accounts is None


async def test_without_keys_the_default_plan_holds_as_well(tmp_path: Path) -> None:
    toml = BASE + '[[plans]]\nid = "default"\ntenant_caps = { daily_usd = 0.010 }\n'
    async with (
        Wall() as wall,
        Running(tmp_path, toml + endpoint(wall, "a", "tokens=8")) as gateway,
    ):
        assert [(await gateway.chat("hi", max_tokens=8)).status for _ in range(2)] == [200, 402]


async def test_a_free_endpoint_answers_when_the_money_is_gone(tmp_path: Path) -> None:
    toml = BASE + plan("tenant_caps = { daily_usd = 0.008 }")
    async with Wall() as wall:
        here = endpoint(wall, "here", "as=here", zone="local", quality=0.1, price_output=0)
        dear = endpoint(wall, "dear", "tokens=8")
        async with Running(tmp_path, toml + dear + here) as gateway:
            answers = [await ask(gateway, model="best") for _ in range(3)]
            decision = (
                await gateway.get(f"/v1/decisions/{answers[2].headers['x-gilmok-decision']}", PLAIN)
            ).json
    assert [a.headers["x-gilmok-endpoint"] for a in answers] == ["dear", "here", "here"]
    assert [a.headers["x-gilmok-fallback"] for a in answers] == ["false"] * 3
    (veto,) = decision["explanation"]["vetoes"]
    assert (veto["endpoint_id"], veto["code"]) == ("dear", "budget")
    assert veto["detail"] == "0.008000000 > tenant/daily 0.000000000"


async def test_users_have_their_own_budgets_through_every_key(tmp_path: Path) -> None:
    toml = BASE + plan("user_caps = { daily_usd = 0.010 }")
    async with (
        Wall() as wall,
        Running(tmp_path, toml + endpoint(wall, "a", "tokens=8")) as gateway,
    ):
        statuses = [(await ask(gateway, who=who)).status for who in ("ann", "ann", "bob")]
        assert statuses == [200, 402, 200]
        assert (await ask(gateway)).status == 200, "nobody is named"
        ann = await budgets(gateway, **{"x-gilmok-user": "ann"})
        assert ann["user", "daily"]["spent_usd"] == ANSWER_USD
        assert "ann" not in ann["user", "daily"]["name"]
        assert await budgets(gateway) == {}


async def test_a_further_attempt_that_the_budget_does_not_cover_is_not_made(
    tmp_path: Path,
) -> None:
    """The first answer cost half of its hold and was none; the second candidate would exceed the
    cap, although it alone would fit."""
    toml = BASE + plan("tenant_caps = { daily_usd = 0.010 }") + "[validation]\nchecks = []\n"
    async with Wall() as wall:
        first = endpoint(wall, "first", "empty+reasoning=4", quality=1.0)
        second = endpoint(wall, "second", "tokens=8", quality=0.2)
        async with Running(tmp_path, toml + first + second) as gateway:
            refused = await ask(gateway, model="best")
            ledger = gateway.gateway.ledger
            assert (ledger.spent, ledger.held) == (4_000_000, 0)
        assert len(wall.calls) == 1
    assert refused.status == 503
    assert "second: budget" in refused.json["error"]["message"]


async def test_an_upstream_that_takes_more_than_its_worst_case_is_seen(tmp_path: Path) -> None:
    toml = BASE + plan("tenant_caps = { daily_usd = 0.020 }")
    async with (
        Wall() as wall,
        Running(tmp_path, toml + endpoint(wall, "a", "tokens=30+deaf")) as gateway,
    ):
        assert (await ask(gateway)).status == 200
        assert gateway.gateway.ledger.overrun == 22_000_000
        row = (await budgets(gateway))["tenant", "daily"]
        assert (row["spent_usd"], row["remaining_usd"]) == ("0.030000000", "0.000000000")
        metrics = (await gateway.get("/metrics", PLAIN)).body.decode()
        assert 'gilmok_hold_overrun_nano_usd_total{endpoint="a"} 2.2e+07' in metrics
        assert (await ask(gateway)).status == 402


async def test_sums_and_top_ups_survive_a_restart(tmp_path: Path) -> None:
    toml = BASE + plan("tenant_caps = { daily_usd = 0.010, monthly_usd = 0.018 }")
    admin = {"authorization": f"Bearer {ADMIN}"}
    body = {"tenant": "default", "cycle": "daily", "amount_usd": 0.01}
    async with Wall() as wall:
        toml += endpoint(wall, "a", "tokens=8")
        async with Running(tmp_path, toml, memory=False) as gateway:
            assert (await ask(gateway)).status == 200
        async with Running(tmp_path, toml, memory=False) as gateway:
            assert (await ask(gateway)).status == 402
            added = await gateway.post("/admin/v1/top-ups", body, admin)
            assert (added.status, added.json["amount_usd"]) == (200, "0.010000000")
            assert (
                added.json["resets_at"] == (await budgets(gateway))["tenant", "daily"]["resets_at"]
            )
        async with Running(tmp_path, toml, memory=False) as gateway:
            assert (await ask(gateway)).status == 200
            assert (await ask(gateway)).status == 402
            rows = await budgets(gateway)
    assert rows["tenant", "daily"]["added_usd"] == "0.010000000"
    assert rows["tenant", "daily"]["spent_usd"] == rows["tenant", "monthly"]["spent_usd"]
    assert rows["tenant", "monthly"]["remaining_usd"] == "0.002000000"


@pytest.mark.parametrize(
    "body",
    [
        {"tenant": "default", "amount_usd": 0},
        {"tenant": "default", "amount_usd": -1},
        {"tenant": "default", "amount_usd": 1e300},
        {"tenant": "default", "amount_usd": "NaN"},
        {"tenant": "default", "amount_usd": 1, "key": "app", "user": "ann"},
        {"tenant": "default", "amount_usd": 1, "key": "some app"},
        {"tenant": "default", "amount_usd": 1, "cycle": "yearly"},
        {"tenant": "default", "amount_usd": 1, "account": "app"},
        {"tenant": "'; DROP TABLE top_ups", "amount_usd": 1},
    ],
)
async def test_a_top_up_is_read_strictly(tmp_path: Path, body: dict[str, object]) -> None:
    async with Running(tmp_path, BASE) as gateway:
        admin = {"authorization": f"Bearer {ADMIN}"}
        answer = await gateway.post("/admin/v1/top-ups", body, admin)
        assert (answer.status, answer.code) == (400, "invalid_request")


async def test_from_the_soft_threshold_on_a_cheaper_plan_answers_and_somebody_is_told(
    tmp_path: Path,
) -> None:
    caps = 'key_caps = { daily_usd = 0.020 }\nsoft = 0.4\ndegrade_to = "small"'
    small = '[[plans]]\nid = "small"\nquality_cap = 0.5\n'
    async with Wall() as wall, Receiver(200) as receiver:
        told = f'[events]\nwebhook = "{receiver.url}"\nsecret = "s"\n'
        good = endpoint(wall, "good", "tokens=8", quality=0.9)
        little = endpoint(wall, "small", "tokens=8+as=c", quality=0.4, price_output=500)
        toml = BASE + plan(caps) + small + told + good + little
        async with Running(tmp_path, toml) as gateway:
            answers = [await ask(gateway, model="best") for _ in range(5)]
            await receiver.until(2)
            metrics = (await gateway.get("/metrics", PLAIN)).body.decode()
    endpoints = [a.headers.get("x-gilmok-endpoint") for a in answers]
    assert endpoints == ["good", "small", "small", "small", None]
    assert answers[4].code == "budget_exceeded"
    soft, exhausted = map(json.loads, receiver.bodies)
    assert (soft["type"], soft["scope"], soft["name"]) == ("budget_soft", "key", "app")
    assert (soft["spent_usd"], soft["cap_usd"]) == ("0.008000000", "0.020000000")
    assert exhausted["type"] == "budget_exhausted"
    assert 'gilmok_budget_events_total{event="budget_soft",scope="key"} 1.0' in metrics


async def test_who_asks_for_a_model_beyond_the_cheaper_plan_is_told_why_it_holds(
    tmp_path: Path,
) -> None:
    """The plan that is named is not the caller's own."""
    caps = 'key_caps = { daily_usd = 0.020 }\nsoft = 0.4\ndegrade_to = "small"'
    small = '[[plans]]\nid = "small"\nquality_cap = 0.5\n'
    async with Wall() as wall:
        toml = BASE + plan(caps) + small + endpoint(wall, "good", "tokens=8", quality=0.9)
        async with Running(tmp_path, toml) as gateway:
            assert (await ask(gateway, model="good")).status == 200
            refused = await ask(gateway, model="good")
    assert (refused.status, refused.code) == (403, "plan_refused")
    message = refused.json["error"]["message"]
    assert "The plan 'small' (which holds instead of 'default' until a budget is renewed" in message
    assert "GET /v1/budget" in message


async def test_who_stops_the_gateway_is_told_first(tmp_path: Path) -> None:
    """An event that nobody had time to deliver is not lost with the process."""
    async with Wall() as wall, Receiver(200) as receiver:
        told = f'[events]\nwebhook = "{receiver.url}"\n'
        toml = (
            BASE + plan("key_caps = { daily_usd = 0.010 }") + told + endpoint(wall, "a", "tokens=8")
        )
        async with Running(tmp_path, toml) as gateway:
            assert (await ask(gateway)).status == 200
        assert [json.loads(body)["type"] for body in receiver.bodies] == ["budget_soft"]


async def test_a_cap_that_comes_with_a_reload_counts_what_was_spent_before(tmp_path: Path) -> None:
    async with Wall() as wall:
        before = BASE + plan("") + endpoint(wall, "a", "tokens=8")
        after = BASE + plan("key_caps = { daily_usd = 0.02 }") + endpoint(wall, "a", "tokens=8")
        async with Running(tmp_path, before, memory=False) as gateway:
            running = gateway.gateway
            assert (await ask(gateway)).status == 200
            assert running.ledger.accounts is None
            path = tmp_path / "gilmok.toml"
            path.write_text(path.read_text().replace(before, after))
            running.reconfigure(load_settings(path))
            await running.budgets.recount()
            assert (await budgets(gateway))["key", "daily"]["spent_usd"] == ANSWER_USD
            assert [(await ask(gateway)).status for _ in range(2)] == [200, 402]
            path.write_text(path.read_text().replace(after, before))
            running.reconfigure(load_settings(path))
            assert running.ledger.accounts is None
            assert (await ask(gateway)).status == 200


async def test_advice_is_paid_from_the_same_budgets(tmp_path: Path) -> None:
    """What the model that judges may cost at most is more than is left; the answer's own is not."""
    caps = plan("tenant_caps = { daily_usd = 0.020 }")
    asked = '[strategies]\nanalyser = "llm"\nendpoint = "judge"\n'
    async with Wall() as wall:
        judge = endpoint(wall, "judge", "tokens=8+as=j", quality=0.1, price_input=100)
        toml = BASE + caps + asked + judge + endpoint(wall, "a", "tokens=8")
        async with Running(tmp_path, toml) as gateway:
            answer = await ask(gateway, model="a")
            decision = (
                await gateway.get(f"/v1/decisions/{answer.headers['x-gilmok-decision']}", PLAIN)
            ).json
            assert gateway.gateway.ledger.spent == 8_000_000
    assert decision["explanation"]["inspection"]["analyser_fell_back"] == "budget_exceeded"
    assert [call.model for call in wall.calls] == ["tokens=8"]


async def test_no_advice_is_bought_for_an_answer_that_cannot_be_paid(tmp_path: Path) -> None:
    caps = plan("tenant_caps = { daily_usd = 0.007 }")
    asked = '[strategies]\nanalyser = "llm"\nendpoint = "judge"\n'
    async with Wall() as wall:
        judge = endpoint(wall, "judge", "as=j", quality=0.1, price_output=0, zone="local")
        toml = BASE + caps + asked + judge + endpoint(wall, "a", "tokens=8")
        async with Running(tmp_path, toml) as gateway:
            assert (await ask(gateway, model="a")).code == "budget_exceeded"
    assert wall.calls == []
