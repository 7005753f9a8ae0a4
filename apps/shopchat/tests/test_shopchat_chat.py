"""The chat behind a real gateway; only the model at the far end is made up."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from tests.gateway import Running
from tests.wall import Wall

from gilmok_shopchat.agent import Agent, Said
from gilmok_shopchat.app import create_app
from gilmok_shopchat.events import Event, Finished, Looked, Offered, Sources, Trouble, Words
from gilmok_shopchat.gateway import Gateway
from gilmok_shopchat.knowledge import Knowledge, load
from gilmok_shopchat.shop import Shop, Status, example_orders

TODAY = date(2026, 11, 22)
ENDPOINT = """
[services]
local = "auto"
[[endpoints]]
id = "model"
provider = "vllm"
base_url = "{url}"
model = "{model}"
"""


@asynccontextmanager
async def talking(
    tmp_path: Path, model: str, *, with_tools: bool = True
) -> AsyncIterator[tuple[Agent, Shop, Wall]]:
    """A chat, the shop behind it, and the log of what its model was sent."""
    async with Wall() as wall:
        toml = ENDPOINT.format(url=wall.openai, model=model)
        async with Running(tmp_path, toml) as running:
            gateway = Gateway(f"{running.url}/v1")
            shop = Shop(example_orders(TODAY), lambda: TODAY)
            knowledge = Knowledge(load(), gateway.embed)
            await knowledge.prepare()
            assert await gateway.can_call_tools()
            try:
                yield Agent(shop, knowledge, gateway, with_tools=with_tools), shop, wall
            finally:
                await gateway.close()


async def ask(agent: Agent, question: str, *said: Said) -> list[Event]:
    return [event async for event in agent.answer("minji", said, question, "ko")]


def text(events: list[Event]) -> str:
    return "".join(event.text for event in events if isinstance(event, Words))


async def test_a_page_s_own_question_costs_no_model(tmp_path: Path) -> None:
    async with talking(tmp_path, "ok") as (agent, _, wall):
        events = await ask(agent, "환불은 며칠 안에 해야 하나요")
        assert "7일 안에" in text(events)
        assert events[-1] == Finished("knowledge")
        assert not wall.calls


async def test_an_order_is_looked_up_without_a_model(tmp_path: Path) -> None:
    async with talking(tmp_path, "ok") as (agent, shop, wall):
        events = await ask(agent, "G-1001 어디까지 왔나요?")
        assert "6801-2244-1001" in text(events)
        events = await ask(agent, "G-1002 환불해 주세요")
        (offered,) = [event for event in events if isinstance(event, Offered)]
        assert offered.offer.won == 33_000
        assert shop.order("minji", "G-1002").status is Status.DELIVERED
        assert not wall.calls


async def test_the_model_is_told_the_pages_and_answers_as_it_comes(tmp_path: Path) -> None:
    async with talking(tmp_path, f"repeat={quote('네 가능합니다 고객님')}") as (agent, _, wall):
        before = Said("user", "안녕하세요"), Said("assistant", "안녕하세요 고객님")
        events = await ask(agent, "친구 생일이라 예쁘게 포장해서 보내고 싶은데 가능할까요", *before)
        assert text(events) == "네 가능합니다 고객님"
        assert sum(isinstance(event, Words) for event in events) > 1
        (sources,) = [event for event in events if isinstance(event, Sources)]
        assert "gift" in sources.ids
        finished = events[-1]
        assert isinstance(finished, Finished)
        assert finished.by == "model"
        assert len(finished.decisions) == 1
        told = json.loads(wall.calls[0].body)["messages"]
        assert "2,000원" in told[0]["content"]
        assert [m["role"] for m in told] == ["system", "user", "assistant", "user"]


async def test_a_model_that_calls_is_answered_and_cannot_refund(tmp_path: Path) -> None:
    async with talking(tmp_path, "tool") as (agent, shop, wall):
        events = await ask(agent, "무언가 도와주실 수 있나요 정말 궁금한 게 많습니다")
        looked = [event for event in events if isinstance(event, Looked)]
        assert looked
        assert {event.by for event in looked} == {"model"}
        # It only ever calls: after some rounds the customer is told something all the same.
        assert isinstance(events[-1], Finished)
        assert events[-1].by == "apology"
        assert text(events)
        results = [m for m in json.loads(wall.calls[-1].body)["messages"] if m["role"] == "tool"]
        assert len(results) == len(wall.calls) - 1
        assert shop.order("minji", "G-1002").status is Status.DELIVERED


@pytest.mark.parametrize("model", ["500", "empty", "cut=0"])
async def test_without_a_model_there_is_advice(tmp_path: Path, model: str) -> None:
    async with talking(tmp_path, model) as (agent, _, _wall):
        events = await ask(agent, "저에게 어울리는 옷을 골라 주실 수 있을까요")
        assert any(isinstance(event, Trouble) for event in events)
        assert "상담원" in text(events)


async def test_the_chat_over_http(tmp_path: Path) -> None:
    async with talking(tmp_path, "ok") as (agent, shop, _):
        transport = httpx.ASGITransport(create_app(agent, shop))
        async with httpx.AsyncClient(transport=transport, base_url="http://shop") as client:
            assert (await client.get("/health")).json() == {"status": "ok"}
            body = {"question": "G-1002 refund please", "locale": "en"}
            assert (await client.post("/chat", json=body)).status_code == 401
            who = {"x-customer": "minji"}
            answer = await client.post("/chat", json=body, headers=who)
            assert answer.headers["content-type"].startswith("text/event-stream")
            events = dict(_events(answer.text))
            code = events["offered"]["offer"]["code"]
            stranger = {"x-customer": "alex"}
            assert (await client.post(f"/refunds/{code}", headers=stranger)).status_code == 404
            done = await client.post(f"/refunds/{code}?locale=en", headers=who)
            assert done.json() == {"order_id": "G-1002", "message": "G-1002 has been refunded."}
            wrong = await client.post("/chat", json={"question": "", "x": 1}, headers=who)
            assert wrong.json()["error"]["code"] == "invalid_request"
            long = await client.post("/chat", content=b"x" * 70_000, headers=who)
            assert long.status_code == 413


def _events(stream: str) -> list[tuple[str, dict[str, dict[str, str]]]]:
    frames = [frame.split("\n") for frame in stream.strip().split("\n\n")]
    return [(f[0].removeprefix("event: "), json.loads(f[1].removeprefix("data: "))) for f in frames]
