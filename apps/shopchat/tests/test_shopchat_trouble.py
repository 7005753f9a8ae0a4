"""What a customer meets when something fails: never half an answer without a word, never a promise
that nobody keeps."""

from __future__ import annotations

import os
import sys
from asyncio.subprocess import PIPE, create_subprocess_exec
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from apps.shopchat.tests.test_shopchat_chat import TODAY, ask, talking, text
from numpy.typing import NDArray
from tests.gateway import Running

from gilmok_shopchat.agent import Agent
from gilmok_shopchat.events import Finished, Trouble
from gilmok_shopchat.gateway import Gateway, GatewayTrouble
from gilmok_shopchat.knowledge import Knowledge, load
from gilmok_shopchat.shop import Reason, Shop, ShopProblem, Status, example_orders

TALK = "import sys; from gilmok_shopchat.cli import main; sys.exit(main())"


class Flaky:
    """Embeds what was asked before it broke."""

    broken = False

    async def __call__(self, texts: Sequence[str]) -> NDArray[np.float32]:
        if self.broken:
            raise GatewayTrouble("unreachable")
        return np.full((len(texts), 4), 0.5, dtype=np.float32)


@pytest.mark.parametrize("asked", ["환불은 며칠 안에 해야 하나요?", "상담원", "agent"])
async def test_the_pages_own_words_are_known_while_the_gateway_is_away(asked: str) -> None:
    embed, gateway = Flaky(), Gateway("http://127.0.0.1:9/v1")
    knowledge = Knowledge(load(), embed)
    await knowledge.prepare()
    embed.broken = True
    agent = Agent(Shop([], lambda: TODAY), knowledge, gateway, with_tools=False)
    events = await ask(agent, asked)
    await gateway.close()
    assert events[-1] == Finished("knowledge")


async def test_an_answer_that_broke_off_says_so(tmp_path: Path) -> None:
    async with talking(tmp_path, "cut=3") as (agent, _, _wall):
        events = await ask(agent, "저에게 어울리는 옷을 골라 주실 수 있을까요")
        assert any(isinstance(event, Trouble) for event in events)
        assert text(events).endswith("한 번 더 물어봐 주세요.)")


def test_an_offer_stands_no_longer_than_the_right_to_it() -> None:
    today = [TODAY]
    shop = Shop(example_orders(TODAY), lambda: today[0])
    offer = shop.offer("minji", "G-1002", Reason.CHANGED_MIND)
    today[0] = TODAY + timedelta(days=30)
    with pytest.raises(ShopProblem, match="too_late"):
        shop.accept("minji", offer.code)
    assert shop.order("minji", "G-1002").status is Status.DELIVERED


async def test_an_empty_line_ends_no_talk_and_english_is_spoken_where_it_is_asked_for(
    tmp_path: Path,
) -> None:
    async with Running(tmp_path, "") as running:
        process = await create_subprocess_exec(
            sys.executable, "-c", TALK, "--url", f"{running.url}/v1",
            stdin=PIPE, stdout=PIPE, env={**os.environ, "LANG_CHAT": "en"},
        )  # fmt: skip
        said, _ = await process.communicate(b"\n\nmy orders\n")
    assert b"You are minji" in said
    assert b"is on its way" in said
    assert process.returncode == 0
