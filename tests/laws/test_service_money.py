"""What services besides chat cost, and what endpoints with caps may cost: through a real gateway.

The machine in `caps.py` is the law; here are crowds, the cache of what was made, restarts, retries.
The ground truth of what an upstream was asked are the receipts' attempts and its own limits.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from gilmok.build import load_settings
from gilmok.config import hash_key
from gilmok.core.money import nano
from gilmok.ledger import Budget, Decision
from gilmok.ledger.recovery import SWEPT
from gilmok.system import SystemClock
from tests.gateway import Answer, Running
from tests.laws.caps import CappedEndpoints
from tests.wire.raw import until

TestCaps = CappedEndpoints.TestCase
TestCaps.settings = settings(
    max_examples=50,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)

TENANTS = ("acme", "zeta")
KEYS = "".join(
    f'[[keys]]\nid = "{tenant}-key"\ntenant = "{tenant}"\nsha256 = "{hash_key(tenant)}"\n'
    for tenant in TENANTS
)
WITHOUT_KEY = "[services]\nlocal = false\n"
HOME = '[[endpoints]]\nid = "home"\nprovider = "dummy"\nmodel = "ok"\nquality = 0.1\n'
PICTURE = nano("0.04")


def endpoint(id: str, model: str, does: str = "chat", **more: object) -> str:
    written = "".join(
        f"{name} = {value}\n" if not isinstance(value, str) else f'{name} = "{value}"\n'
        for name, value in more.items()
    )
    return (
        f'[[endpoints]]\nid = "{id}"\nprovider = "dummy"\nmodel = "{model}"\ndoes = "{does}"\n'
        f'zone = "cloud"\nquality = 0.9\n{written}'
    )


def painter(model: str = "ok", **more: object) -> str:
    return endpoint("painter", model, "images", **{"price_per_picture": 0.04, **more})


SKETCHES = endpoint("sketches", "as=plain", "images", quality=0.1).replace("quality = 0.9\n", "")


@asynccontextmanager
async def running(folder: Path, toml: str, *, memory: bool = True) -> AsyncIterator[Running]:
    async with Running(folder, WITHOUT_KEY + KEYS + toml, memory=memory) as gateway:
        yield gateway


async def ask(
    gateway: Running, path: str, body: dict[str, object], of: str = "acme", **fields: str
) -> Answer:
    named = {name.replace("_", "-"): value for name, value in fields.items()}
    return await gateway.post(path, body, {"authorization": f"Bearer {of}", **named})


async def draw(gateway: Running, prompt: str = "a cat", of: str = "acme", **more: Any) -> Answer:
    fields = {name: more.pop(name) for name in tuple(more) if name.startswith("x_")}
    body = {"prompt": prompt, "model": "auto", **more}
    return await ask(gateway, "/v1/images/generations", body, of, **fields)


async def chat(gateway: Running, of: str = "acme", **more: object) -> Answer:
    body = {"model": "best", "messages": [{"role": "user", "content": "hi"}], **more}
    return await ask(gateway, "/v1/chat/completions", body, of)


async def decisions(gateway: Running) -> tuple[Decision, ...]:
    return await gateway.gateway.journal.recent(1_000)


def cap(gateway: Running, endpoint_id: str = "painter") -> Budget:
    caps = gateway.gateway.ledger.endpoint_caps
    assert caps is not None
    budgets = caps.budgets(SystemClock().wall())
    return next(b for b in budgets if b.account.name == endpoint_id)


async def spent_at(gateway: Running, endpoint_id: str) -> int:
    found = await decisions(gateway)
    tries = (a for d in found for a in d.explanation.attempts)
    return sum(a.cost for a in tries if a.endpoint_id == endpoint_id)


async def test_a_crowd_spends_a_cap_exactly_and_then_others_answer(tmp_path: Path) -> None:
    """Ten answers of 0.008 USD fit; forty are asked for at once, by two tenants."""
    toml = HOME + endpoint(
        "dear", "tokens=8+slow=20", price_input=0, price_output=1000, daily_cap_usd=0.08
    )
    async with running(tmp_path, toml) as gateway:
        crowd = (chat(gateway, TENANTS[n % 2], max_tokens=8) for n in range(40))
        answers = await asyncio.gather(*crowd)
        assert {a.status for a in answers} == {200}
        who = [a.headers["x-gilmok-endpoint"] for a in answers]
        assert (who.count("dear"), who.count("home")) == (10, 30)
        found = await decisions(gateway)
        passed = [d for d in found if d.endpoint_id == "home"]
        assert {(d.fallback, d.fallback_reason) for d in passed} == {(True, "cap")}
        budget = cap(gateway, "dear")
        assert (budget.spent, budget.held) == (nano("0.08"), 0)
        assert sum(d.cost for d in found) == await spent_at(gateway, "dear") == nano("0.08")


async def test_nobody_learns_what_others_spent(tmp_path: Path) -> None:
    toml = endpoint("dear", "tokens=8", price_input=0, price_output=1000, daily_cap_usd=0.008)
    async with running(tmp_path, toml) as gateway:
        assert (await chat(gateway, "zeta", max_tokens=8)).status == 200
        refused = await chat(gateway, max_tokens=8)
        assert (refused.status, refused.code) == (402, "cap_reached")
        assert refused.json["error"]["type"] == "insufficient_quota"
        body = {"model": "auto", "messages": [{"role": "user", "content": "hi"}], "max_tokens": 8}
        planned = await ask(gateway, "/v1/route", body)
        vetoes = planned.json["error"] if planned.status != 200 else planned.json["vetoes"]
        told = refused.body + planned.body + repr(refused.headers).encode() + repr(vetoes).encode()
        assert b"0.008" not in told
        own = (await gateway.get("/v1/budget", {"authorization": "Bearer acme"})).json["data"]
        assert own == []
        last = (await decisions(gateway))[0]
        assert [(v.code, v.detail) for v in last.explanation.vetoes] == [("cap", "daily")]


async def test_a_try_that_failed_gives_back_and_a_retry_takes_again(tmp_path: Path) -> None:
    toml = painter("flaky=1", daily_cap_usd=0.08) + "[dispatch]\nbackoff_s = 0.001\n"
    async with running(tmp_path, toml) as gateway:
        first = await draw(gateway)
        assert (first.status, cap(gateway).spent, cap(gateway).held) == (200, PICTURE, 0)
        tries = (await decisions(gateway))[0].explanation.attempts
        assert [(a.outcome, a.cost) for a in tries] == [
            ("upstream_status_500", 0),
            ("answered", PICTURE),
        ]


async def test_pictures_stop_at_their_cap_and_a_cheaper_place_goes_on(tmp_path: Path) -> None:
    async with running(tmp_path, painter(monthly_cap_usd=0.12) + SKETCHES) as gateway:
        answers = [await draw(gateway, f"cat {n}", n=2) for n in range(3)]
        who = [a.json["gilmok"]["endpoint"] for a in answers]
        assert who == ["painter", "sketches", "sketches"]  # Two more would be one too many.
        assert answers[1].headers["x-gilmok-fallback"] == "cap"
        one = await draw(gateway, "one cat")
        assert one.json["gilmok"]["endpoint"] == "painter"
        assert (cap(gateway).spent, cap(gateway).held) == (3 * PICTURE, 0)
        # What was made before costs nothing, also when nothing is left.
        again = await draw(gateway, "one cat")
        assert (again.headers["x-gilmok-cache"], again.body == one.body) == ("hit", False)
        assert again.json["data"] == one.json["data"]
        assert cap(gateway).spent == await spent_at(gateway, "painter")


async def test_a_card_stands_in_where_nothing_more_may_be_spent(tmp_path: Path) -> None:
    """And it is drawn anew each time: by then the cap may be renewed."""
    pytest.importorskip("PIL")
    toml = '[services]\nlocal = "auto"\n' + painter(daily_cap_usd=0.04)
    async with Running(tmp_path, toml) as gateway:
        body = {"prompt": "a cat"}
        first, *later = [
            await gateway.post("/v1/images/generations", {**body, "n": n}) for n in (1, 2, 2)
        ]
        assert first.json["gilmok"]["endpoint"] == "painter"
        for card in later:
            assert (card.status, card.json["gilmok"]["endpoint"]) == (200, "local-cards")
            assert card.headers["x-gilmok-fallback"] == "cap"
            assert card.headers["x-gilmok-cache"] == "miss"
        last = (await decisions(gateway))[0]
        assert (last.fallback, last.fallback_reason, last.cost) == (True, "cap", 0)


async def test_the_same_wish_of_the_same_tenant_costs_once(tmp_path: Path) -> None:
    async with running(tmp_path, painter()) as gateway:
        await draw(gateway)
        changes: list[dict[str, Any]] = [
            {},
            {"of": "zeta"},
            {"n": 2},
            {"size": "512x512"},
            {"prompt": "a dog"},
            {"x_gilmok_cache": "off"},
        ]
        hits = [(await draw(gateway, **change)).headers["x-gilmok-cache"] for change in changes]
        assert hits == ["hit", "miss", "miss", "miss", "miss", "off"]
        hit = (await decisions(gateway))[-2]
        assert (hit.cache, hit.cost, hit.explanation.saved) == ("hit", 0, PICTURE)
        assert (hit.does, hit.units) == ("images", 1)
        assert gateway.gateway.cache is not None
        assert gateway.gateway.cache.forget("acme", None) == 4
        assert (await draw(gateway)).headers["x-gilmok-cache"] == "miss"


async def test_the_same_wish_at_the_same_time_is_carried_out_once(tmp_path: Path) -> None:
    async with running(tmp_path, painter("slow=30")) as gateway:
        answers = await asyncio.gather(*(draw(gateway) for _ in range(8)))
        assert sorted(a.headers["x-gilmok-cache"] for a in answers) == ["hit"] * 7 + ["miss"]
        assert len({str(a.json["data"]) for a in answers}) == 1
        assert sum(d.cost for d in await decisions(gateway)) == PICTURE


async def test_a_failed_wish_is_carried_out_by_those_who_waited(tmp_path: Path) -> None:
    toml = painter("slow=20+flaky=1") + "[dispatch]\nretries = 0\n"
    async with running(tmp_path, toml) as gateway:
        answers = await asyncio.gather(*(draw(gateway) for _ in range(3)))
        assert sorted(a.status for a in answers)[:2] == [200, 200]


async def test_a_chat_is_not_kept_where_works_are(tmp_path: Path) -> None:
    async with running(tmp_path, HOME) as gateway:
        for _ in range(2):
            assert (await chat(gateway)).headers["x-gilmok-cache"] == "off"


async def test_works_are_not_kept_where_nobody_wants_it(tmp_path: Path) -> None:
    toml = painter() + "[cache]\nenabled = true\n"
    folder = tmp_path / "off"
    folder.mkdir()
    async with Running(folder, "[services]\nlocal = false\ncache = false\n" + KEYS + toml) as gate:
        assert [(await draw(gate)).headers["x-gilmok-cache"] for _ in range(2)] == ["off", "off"]


async def test_what_was_spent_survives_the_process(tmp_path: Path) -> None:
    toml = painter("as=one", daily_cap_usd=0.2) + "[cache]\nenabled = false\n"
    async with running(tmp_path, toml, memory=False) as gateway:
        await draw(gateway)
        await draw(gateway, "a dog", n=2)
    async with running(tmp_path, toml, memory=False) as gateway:
        assert cap(gateway).spent == 3 * PICTURE


async def test_after_a_crash_the_worst_case_counts(tmp_path: Path) -> None:
    """The files as they are while a request is under way are what `kill -9` leaves."""
    toml = painter("slow=100", daily_cap_usd=0.2)
    dead = tmp_path / "dead"
    async with running(tmp_path, toml, memory=False) as gateway:
        asking = asyncio.create_task(draw(gateway, n=2))
        await until(lambda: gateway.gateway.journal.open_decisions == 1)
        assert cap(gateway).held == 2 * PICTURE
        shutil.copytree(tmp_path, dead)
        assert (await asking).status == 200
    async with running(dead, toml, memory=False) as gateway:
        assert (cap(gateway).spent, cap(gateway).held) == (2 * PICTURE, 0)
        swept = (await decisions(gateway))[0]
        assert (swept.error, swept.does, swept.cost) == (SWEPT, "images", 2 * PICTURE)


async def test_a_cap_can_be_changed_while_the_gateway_runs(tmp_path: Path) -> None:
    file, once = tmp_path / "gilmok.toml", "daily_cap_usd = 0.04"
    async with running(tmp_path, painter(daily_cap_usd=0.04), memory=False) as gateway:
        text = file.read_text()

        drawn = count()

        async def now(line: str) -> list[int]:
            """The statuses of two new pictures under this cap."""
            file.write_text(text.replace(once, line))
            gateway.gateway.reconfigure(load_settings(file))
            return [(await draw(gateway, f"cat {next(drawn)}")).status for _ in range(2)]

        assert await now(once) == [200, 402]
        assert await now("daily_cap_usd = 0.12") == [200, 200]
        assert cap(gateway).spent == 3 * PICTURE
        assert await now("") == [200, 200]
        assert gateway.gateway.ledger.endpoint_caps is None
        await gateway.gateway.journal.flush()
        file.write_text(text.replace(once, "daily_cap_usd = 0.2"))
        gateway.gateway.reconfigure(load_settings(file))
        await until(lambda: cap(gateway).spent == 5 * PICTURE)
        assert (await draw(gateway, "one more")).status == 402


async def test_inputs_to_embed_count_in_tokens_per_minute(tmp_path: Path) -> None:
    encoder = endpoint("encoder", "ok", "embeddings", price_input=0.02, price_output=0)
    plan = '[[plans]]\nid = "default"\nkey_limits = { tokens_per_minute = 5000 }\n'
    async with running(tmp_path, plan + encoder) as gateway:
        path, texts = "/v1/embeddings", ["a sentence of a few words"] * 2_048
        most = await ask(gateway, path, {"model": "auto", "input": texts})
        assert (most.status, most.code) == (413, "tokens_exceed_limit")
        some = await ask(gateway, path, {"model": "auto", "input": texts[:100]})
        assert some.status == 200
        left = int(some.headers["x-ratelimit-remaining-tokens"])
        assert left < 5_000 - 300


async def test_pictures_count_as_requests_and_by_their_words(tmp_path: Path) -> None:
    plan = '[[plans]]\nid = "default"\nkey_limits = { requests_per_minute = 2 }\n'
    async with running(tmp_path, plan + painter()) as gateway:
        statuses = [(await draw(gateway, f"cat {n}")).status for n in range(3)]
        assert statuses == [200, 200, 429]


async def test_a_service_keeps_its_own_pace_and_others_help_out(tmp_path: Path) -> None:
    toml = painter(requests_per_minute=2) + SKETCHES
    async with running(tmp_path, toml) as gateway:
        answers = await asyncio.gather(*(draw(gateway, f"cat {n}") for n in range(5)))
        who = sorted(a.json["gilmok"]["endpoint"] for a in answers)
        assert who == ["painter"] * 2 + ["sketches"] * 3


async def test_a_full_service_gives_its_money_back(tmp_path: Path) -> None:
    """The cap is taken before the pace refuses: nothing of it stays held."""
    toml = painter("slow=20", max_concurrency=1, daily_cap_usd=1)
    toml += "[dispatch]\nretries = 0\n" + SKETCHES
    async with running(tmp_path, toml) as gateway:
        await asyncio.gather(*(draw(gateway, f"cat {n}") for n in range(6)))
        assert cap(gateway).held == 0
        assert cap(gateway).spent == await spent_at(gateway, "painter")


async def test_a_service_is_asked_again_after_a_pause_that_chance_decides(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    toml = painter("flaky=2") + "[dispatch]\nretries = 2\nbackoff_s = 0.002\n"
    slept: list[float] = []
    async with running(tmp_path, toml) as gateway:
        real = asyncio.sleep

        async def sleep(delay: float, result: object = None) -> object:
            slept.append(delay)
            return await real(0, result)

        monkeypatch.setattr("gilmok.dispatch.attempts.asyncio.sleep", sleep)
        assert (await draw(gateway)).status == 200
        monkeypatch.undo()
        outcomes = [a.outcome for a in (await decisions(gateway))[0].explanation.attempts]
        assert outcomes == ["upstream_status_500", "upstream_status_500", "answered"]
    pauses = [delay for delay in slept if 0 < delay <= 0.004]
    assert len(pauses) == 2
    assert pauses[0] <= 0.002


async def test_operators_see_what_was_done_and_the_caps(tmp_path: Path) -> None:
    toml = painter(daily_cap_usd=1) + HOME
    (tmp_path / "one").mkdir()
    async with Running(tmp_path / "one", WITHOUT_KEY + toml) as gateway:
        await gateway.post("/v1/images/generations", {"prompt": "a cat", "n": 3})
        await gateway.post("/v1/images/generations", {"prompt": "a cat", "n": 3})
        await gateway.chat("hi")
        told = (await gateway.get("/v1/statistics?since=1h")).json["services"]
        assert told == [
            {
                "does": "images",
                "requests": 2,
                "completed": 2,
                "cache_hits": 1,
                "units": 6,
                "prompt_tokens": told[0]["prompt_tokens"],
                "cost": 3 * PICTURE,
            }
        ]
        assert (await gateway.get("/v1/report?since=1h")).json["services"] == told
        metrics = (await gateway.get("/metrics")).body.decode()
        for line in (
            'gilmok_service_requests_total{cache="hit",does="images",outcome="completed"} 1.0',
            'gilmok_service_units_total{does="images",endpoint="painter"} 3.0',
            'gilmok_service_cost_nano_usd_total{does="images",endpoint="painter"} 1.2e+08',
            'gilmok_endpoint_cap_nano_usd{cycle="daily",endpoint="painter"} 1e+09',
            'gilmok_endpoint_cap_spent_nano_usd{cycle="daily",endpoint="painter"} 1.2e+08',
        ):
            assert line in metrics.splitlines()
        caps = (await gateway.get("/v1/budget")).json["data"]
        assert [(c["scope"], c["name"], c["spent_usd"]) for c in caps] == [
            ("endpoint", "painter", "0.120000000")
        ]
