"""Limits on real sockets: exactly as many as fit, told so that clients understand it."""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from openai import AsyncOpenAI, RateLimitError

from gilmok.build import load_settings
from gilmok.config import hash_key
from tests.gateway import Answer, Running
from tests.wall import Wall

DUMMY = """
[[endpoints]]
id = "{id}"
provider = "dummy"
model = "{model}"
zone = "local"
quality = {quality}
{more}
"""
HI: Any = [{"role": "user", "content": "hi"}]


def endpoint(id: str = "a", model: str = "ok", quality: float = 0.5, more: str = "") -> str:
    return DUMMY.format(id=id, model=model, quality=quality, more=more)


def key(name: str, tenant: str = "t", more: str = "") -> str:
    return f'[[keys]]\nid = "{name}"\ntenant = "{tenant}"\nsha256 = "{hash_key(name)}"\n{more}\n'


def plan(more: str, id: str = "default") -> str:
    return f'[[plans]]\nid = "{id}"\n{more}\n'


async def ask(
    gateway: Running, who: str = "k", *, stream: bool = False, user: str = "", **more: object
) -> Answer:
    headers = {"authorization": f"Bearer {who}"}
    if user:
        headers["x-gilmok-user"] = user
    body = {"model": "auto", "messages": HI, "stream": stream, **more}
    return await gateway.post("/v1/chat/completions", body, headers)


KINDS = {
    "concurrency": ("key_limits = { concurrency = 3 }", "concurrency_exceeded"),
    "tenant_concurrency": ("tenant_limits = { concurrency = 3 }", "concurrency_exceeded"),
    "user_concurrency": ("user_limits = { concurrency = 3 }", "concurrency_exceeded"),
    "minute": ("key_limits = { requests_per_minute = 3 }", "rate_limit_exceeded"),
    "tenant_minute": ("tenant_limits = { requests_per_minute = 3 }", "rate_limit_exceeded"),
    "user_minute": ("user_limits = { requests_per_minute = 3 }", "rate_limit_exceeded"),
    "day": ("key_limits = { requests_per_day = 3 }", "rate_limit_exceeded"),
    "tenant_day": ("tenant_limits = { requests_per_day = 3 }", "rate_limit_exceeded"),
}


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("kind", KINDS)
async def test_exactly_as_many_as_fit(tmp_path: Path, kind: str, stream: bool) -> None:
    option, code = KINDS[kind]
    toml = endpoint(model="ttft=150") + plan(option) + key("k")
    async with Running(tmp_path, toml) as gateway:
        answers = await asyncio.gather(*(ask(gateway, stream=stream, user="u") for _ in range(6)))
        assert Counter(answer.status for answer in answers) == {200: 3, 429: 3}
        refused = next(answer for answer in answers if answer.status == 429)
        assert refused.code == code
        assert int(refused.headers["retry-after"]) >= 1


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("option", ["tokens_per_minute", "tokens_per_day"])
async def test_exactly_as_many_tokens_as_fit(tmp_path: Path, option: str, stream: bool) -> None:
    """Each holds what its prompt and 100 tokens need; three of them fit at once."""
    toml = endpoint(model="ttft=150") + plan(f"tenant_limits = {{ {option} = 350 }}") + key("k")
    async with Running(tmp_path, toml) as gateway:
        answers = await asyncio.gather(
            *(ask(gateway, stream=stream, max_tokens=100) for _ in range(6))
        )
        assert Counter(answer.status for answer in answers) == {200: 3, 429: 3}
        # What they did not use is there again.
        assert (await ask(gateway, stream=stream, max_tokens=100)).status == 200


async def test_a_request_that_no_wait_helps_is_told_so(tmp_path: Path) -> None:
    toml = endpoint() + plan("key_limits = { tokens_per_minute = 50 }") + key("k")
    async with Running(tmp_path, toml) as gateway:
        refused = await ask(gateway, max_tokens=100)
        assert (refused.status, refused.code) == (413, "tokens_exceed_limit")
        assert "retry-after" not in refused.headers
        assert (await ask(gateway, max_tokens=5)).status == 200


async def test_what_is_refused_for_its_tokens_is_no_request(tmp_path: Path) -> None:
    limits = "key_limits = { requests_per_day = 2, tokens_per_minute = 130 }"
    async with Running(tmp_path, endpoint(model="ttft=200") + plan(limits) + key("k")) as gateway:
        one = asyncio.create_task(ask(gateway, max_tokens=100))
        while not gateway.gateway.ledger.open_holds:  # noqa: ASYNC110
            await asyncio.sleep(0.005)
        for _ in range(3):
            assert (await ask(gateway, max_tokens=100)).status == 429
        assert (await one).status == 200
        assert (await ask(gateway, max_tokens=5)).status == 200
        assert (await ask(gateway, max_tokens=5)).code == "rate_limit_exceeded"


@pytest.mark.parametrize("stream", [False, True])
async def test_the_headers_are_openais(tmp_path: Path, stream: bool) -> None:
    limits = "key_limits = { requests_per_minute = 10, tokens_per_minute = 6000 }"
    async with Running(tmp_path, endpoint() + plan(limits) + key("k")) as gateway:
        client = AsyncOpenAI(base_url=f"{gateway.url}/v1", api_key="k", max_retries=0)
        async with client.chat.completions.with_streaming_response.create(
            model="auto",
            messages=HI,
            max_tokens=100,
            stream=stream,
        ) as answer:
            found = {n: v for n, v in answer.headers.items() if n.startswith("x-ratelimit-")}
            await answer.read()
        await client.close()
    assert found["x-ratelimit-limit-requests"] == "10"
    assert found["x-ratelimit-remaining-requests"] == "9"
    assert found["x-ratelimit-reset-requests"].endswith("s")
    assert 5.9 < float(found["x-ratelimit-reset-requests"].removesuffix("s")) <= 6
    assert found["x-ratelimit-limit-tokens"] == "6000"
    assert 5800 < int(found["x-ratelimit-remaining-tokens"]) < 6000
    assert len(found) == 6


async def test_no_limits_no_headers(tmp_path: Path) -> None:
    async with Running(tmp_path, endpoint()) as gateway:
        answer = await gateway.chat("hi")
        assert not [name for name in answer.headers if name.startswith("x-ratelimit")]


async def test_openais_client_waits_as_long_as_it_is_told(tmp_path: Path) -> None:
    toml = endpoint() + plan("key_limits = { requests_per_minute = 60 }") + key("k")
    async with Running(tmp_path, toml) as gateway:
        client = AsyncOpenAI(base_url=f"{gateway.url}/v1", api_key="k", max_retries=0)
        for _ in range(60):
            assert (await ask(gateway)).status == 200
        with pytest.raises(RateLimitError) as refused:
            await asyncio.gather(
                *(client.chat.completions.create(model="auto", messages=HI) for _ in range(20))
            )
        assert refused.value.code == "rate_limit_exceeded"
        assert refused.value.response.headers["x-ratelimit-remaining-requests"] == "0"
        assert client._parse_retry_after_header(refused.value.response.headers) == 1.0
        patient = client.with_options(max_retries=2)
        again = await patient.chat.completions.create(model="auto", messages=HI)
        assert again.choices[0].message.content
        await client.close()


async def test_the_refusal_names_scope_kind_limit_and_way_out(tmp_path: Path) -> None:
    toml = endpoint() + plan("user_limits = { requests_per_day = 1 }") + key("k")
    async with Running(tmp_path, toml) as gateway:
        assert (await ask(gateway, user="u")).status == 200
        refused = await ask(gateway, user="u")
        for word in ("1 requests per day", "(user)", "Try again in", "plan"):
            assert word in refused.json["error"]["message"]
        fields = {"authorization": "Bearer k", "x-gilmok-user": "u", "accept-language": "ko"}
        korean = await gateway.post(
            "/v1/chat/completions", {"model": "auto", "messages": HI}, fields
        )
        for word in ("하루 요청 1", "(user)", "요금제"):
            assert word in korean.json["error"]["message"]
        assert (await ask(gateway, user="v")).status == 200


async def test_a_user_in_the_body_is_the_same_as_in_the_header(tmp_path: Path) -> None:
    toml = endpoint() + plan("user_limits = { requests_per_day = 2 }") + key("k")
    async with Running(tmp_path, toml) as gateway:
        assert (await ask(gateway, user="kim@example.com")).status == 200
        assert (await ask(gateway)).status == 200
        body = {"model": "auto", "messages": HI, "user": "kim@example.com"}
        fields = {"authorization": "Bearer k"}
        assert (await gateway.post("/v1/chat/completions", body, fields)).status == 200
        assert (await gateway.post("/v1/chat/completions", body, fields)).status == 429
        decisions = await gateway.gateway.journal.recent(3)
        users = {decision.user for decision in decisions}
        assert len(users - {""}) == 1
        assert "kim" not in repr(decisions)


async def test_two_tenants_do_not_feel_one_another(tmp_path: Path) -> None:
    tight = plan("tenant_limits = { concurrency = 1, requests_per_day = 3 }", "tight")
    tenants = '[[tenants]]\nid = "x"\nplan = "tight"\n[[tenants]]\nid = "y"\nplan = "tight"\n'
    toml = endpoint() + tight + tenants + key("one", "x") + key("two", "y")
    async with Running(tmp_path, toml) as gateway:
        for _ in range(3):
            assert (await ask(gateway, "one")).status == 200
        assert (await ask(gateway, "one")).status == 429
        answers = [await ask(gateway, "two") for _ in range(4)]
        assert [answer.status for answer in answers] == [200, 200, 200, 429]
        left = [answer.headers["x-ratelimit-remaining-requests"] for answer in answers]
        assert left == ["2", "1", "0", "0"]


async def test_a_full_endpoint_is_passed_over(tmp_path: Path) -> None:
    toml = endpoint("first", quality=0.9, model="ttft=200", more="max_concurrency = 2") + endpoint(
        "spare", quality=0.2
    )
    async with Running(tmp_path, toml) as gateway:
        answers = await asyncio.gather(*(gateway.chat("hi") for _ in range(5)))
        by = Counter(answer.headers["x-gilmok-endpoint"] for answer in answers)
        assert by == {"first": 2, "spare": 3}
        assert (await gateway.chat("hi")).headers["x-gilmok-endpoint"] == "first"
        assert not next(iter(gateway.gateway.registry.snapshot())).blocked_until


async def test_where_all_endpoints_are_full_the_wait_is_told(tmp_path: Path) -> None:
    toml = endpoint(more="requests_per_minute = 2")
    async with Running(tmp_path, toml) as gateway:
        answers = [await gateway.chat("hi") for _ in range(3)]
        assert [answer.status for answer in answers] == [200, 200, 429]
        assert answers[2].code == "upstream_rate_limited"
        assert 28 <= int(answers[2].headers["retry-after"]) <= 31
        decision = (await gateway.gateway.journal.recent(1))[0]
        assert [veto.code for veto in decision.explanation.vetoes] == ["limit"]


async def test_an_endpoints_tokens_come_back_with_the_answer(tmp_path: Path) -> None:
    toml = endpoint(more="tokens_per_minute = 400")
    async with Running(tmp_path, toml) as gateway:
        for _ in range(6):
            assert (await gateway.chat("hi", max_tokens=200)).status == 200
        assert (await gateway.chat("hi", max_tokens=500)).status == 429


async def test_quality_floor_and_cap(tmp_path: Path) -> None:
    toml = (
        endpoint("small", quality=0.3)
        + endpoint("large", quality=0.9)
        + plan("quality_cap = 0.5", "free")
        + plan("quality_floor = 0.5", "paid")
        + plan("quality_floor = 0.95", "none")
        + key("free", more='plan = "free"')
        + key("paid", more='plan = "paid"')
        + key("none", more='plan = "none"')
    )
    async with Running(tmp_path, toml) as gateway:
        for who, expected in (("free", "small"), ("paid", "large")):
            answer = await ask(gateway, who, model="best" if who == "free" else "cheap")
            assert answer.headers["x-gilmok-endpoint"] == expected
        refused = await ask(gateway, "none")
        assert (refused.status, refused.code) == (403, "plan_refused")
        decision = (await gateway.gateway.journal.recent(1))[0]
        assert decision.plan == "none"
        assert {veto.code for veto in decision.explanation.vetoes} == {"plan"}


async def test_a_plans_longest_answer_is_sent_upstream(tmp_path: Path) -> None:
    toml = plan("max_tokens = 7") + key("k")
    async with Wall() as wall, Running(tmp_path, upstream(wall) + toml) as gateway:
        for asked, sent in ((None, 7), (100, 7), (3, 3)):
            more: Any = {} if asked is None else {"max_tokens": asked}
            assert (await ask(gateway, **more)).status == 200
            assert wall.calls[-1].json["max_completion_tokens"] == sent


async def test_a_models_longest_answer_is_sent_upstream(tmp_path: Path) -> None:
    async with Wall() as wall, Running(tmp_path, upstream(wall, "max_output = 50")) as gateway:
        for asked, sent in ((None, 50), (90, 50), (9, 9)):
            more: Any = {} if asked is None else {"max_tokens": asked}
            assert (await gateway.chat("hi", **more)).status == 200
            assert wall.calls[-1].json["max_completion_tokens"] == sent


def upstream(wall: Wall, more: str = "") -> str:
    return (
        f'[[endpoints]]\nid = "up"\nprovider = "openai"\nbase_url = "{wall.openai}"\n'
        f'model = "ok"\nzone = "cloud"\nprice_input = 0\nprice_output = 0\napi_key = "k"\n{more}\n'
    )


@pytest.mark.parametrize(("medium", "leaves"), [("open", True), ("mask", True), ("local", False)])
async def test_a_plan_can_only_be_stricter(tmp_path: Path, medium: str, leaves: bool) -> None:
    mail = "제 전화번호는 010-2345-6789입니다."
    toml = '[privacy]\nmedium = "open"\n' + plan(f'medium = "{medium}"') + key("k")
    async with Wall() as wall, Running(tmp_path, upstream(wall) + toml) as gateway:
        body = {"model": "auto", "messages": [{"role": "user", "content": mail}]}
        answer = await gateway.post("/v1/chat/completions", body, {"authorization": "Bearer k"})
        assert (answer.status == 200) == leaves
        assert wall.contains("010-2345-6789") == (medium == "open")


async def test_a_gateways_policy_is_not_loosened_by_a_plan(tmp_path: Path) -> None:
    mail = "제 전화번호는 010-2345-6789입니다."
    toml = '[privacy]\nmedium = "local"\n' + plan('medium = "open"') + key("k")
    async with Wall() as wall, Running(tmp_path, upstream(wall) + toml) as gateway:
        body = {"model": "auto", "messages": [{"role": "user", "content": mail}]}
        answer = await gateway.post("/v1/chat/completions", body, {"authorization": "Bearer k"})
        assert answer.status == 403
        assert not wall.calls


async def test_a_reload_keeps_the_counters(tmp_path: Path) -> None:
    toml = endpoint() + plan("key_limits = { requests_per_day = 2 }") + key("k")
    async with Running(tmp_path, toml) as gateway:
        for status in (200, 200, 429):
            assert (await ask(gateway)).status == status
        file = tmp_path / "gilmok.toml"
        file.write_text(file.read_text("utf-8").replace("day = 2", "day = 3"), "utf-8")
        gateway.gateway.reconfigure(load_settings(file))
        for status in (200, 429):
            assert (await ask(gateway)).status == status


async def test_day_counters_survive_a_restart(tmp_path: Path) -> None:
    limits = "key_limits = { requests_per_day = 3 }\nuser_limits = { requests_per_day = 2 }"
    toml = endpoint() + plan(limits) + key("k")
    async with Running(tmp_path, toml, memory=False) as gateway:
        for status in (200, 200, 429):
            assert (await ask(gateway, user="u")).status == status
    async with Running(tmp_path, toml, memory=False) as gateway:
        assert (await ask(gateway, user="u")).status == 429
        assert (await ask(gateway, user="v")).status == 200
        assert (await ask(gateway, user="w")).status == 429


async def leave(gateway: Running, body: bytes, turns: int) -> None:
    """Asks, and is gone after so many turns of the loop."""
    _, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
    head = f"host: localhost\r\nauthorization: Bearer k\r\ncontent-length: {len(body)}\r\n"
    head += "content-type: application/json\r\n"
    writer.write(f"POST /v1/chat/completions HTTP/1.1\r\n{head}\r\n".encode() + body)
    for _ in range(turns):
        await asyncio.sleep(0)
    writer.transport.abort()
    with suppress(ConnectionError):
        await writer.wait_closed()


async def test_wherever_a_request_is_left_its_places_come_back(tmp_path: Path) -> None:
    """Clients that leave after a random number of turns of the loop, and an endpoint that fails."""
    chance = random.Random(7)
    pace = "{ concurrency = 9, tokens_per_minute = 100000000, requests_per_minute = 1000000 }"
    toml = (
        endpoint(model="pace=1", more="max_concurrency = 4\ntokens_per_minute = 1000000")
        + endpoint("bad", model="flaky=2+pace=1", quality=0.6, more="max_concurrency = 4")
        + plan(f"tenant_limits = {pace}\nkey_limits = {pace}\nuser_limits = {pace}")
        + key("k")
    )
    async with Running(tmp_path, toml) as gateway:
        for _ in range(150):
            stream, user = chance.random() < 0.5, chance.choice("uv")
            body = json.dumps({"model": "auto", "messages": HI, "stream": stream, "user": user})
            turns = [chance.randrange(40) for _ in range(6)]
            await asyncio.gather(*(leave(gateway, body.encode(), n) for n in turns))
        async with asyncio.timeout(5):
            while gateway.gateway._limits.in_flight:  # noqa: ASYNC110  (the clients are gone, not yet the requests)
                await asyncio.sleep(0.01)
        meters = gateway.gateway._limiter._meters
        assert gateway.gateway._endpoint_limits._asked.keys() == {"a", "bad"}
        assert all(meter.in_use == meter.open == 0 for meter in meters.values())
