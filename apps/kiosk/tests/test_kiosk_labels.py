"""What the kiosk adds to a question must not make it look private, nor hide that it is.

The gateway labels the whole request: its words alone decide whether a cloud model may be asked.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from apps.kiosk.tests.kiosk import at, cloud, home
from tests.gateway import Running
from tests.wall import Wall

from gilmok_kiosk.conversation import Conversation
from gilmok_kiosk.menu import load_menu
from gilmok_kiosk.order import Wish, add
from gilmok_kiosk.prompting import messages
from gilmok_kiosk.texts import LOCALES, Locale
from gilmok_kiosk.tool import order_tool
from gilmok_kiosk.understanding.meaning import Health

pytestmark = pytest.mark.asyncio(loop_scope="module")

MENU = load_menu()
EVERYTHING = tuple(item.id for item in MENU.items)
HARMLESS = "우주는 왜 어두운가요?"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def wall() -> AsyncIterator[Wall]:
    async with Wall() as wall:
        yield wall


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def gateway(tmp_path_factory: pytest.TempPathFactory, wall: Wall) -> AsyncIterator[Running]:
    folder: Path = tmp_path_factory.mktemp("gateway")
    async with Running(folder, home(wall, "as=home") + cloud(wall, "as=cloud")) as gateway:
        yield gateway


async def planned(gateway: Running, talk: Conversation, locale: Locale) -> Any:
    """What the gateway makes of the longest request: the whole menu, the tool and its words."""
    asked = messages(talk, MENU, locale, EVERYTHING, tool=True)
    body = {"model": "auto", "messages": asked, "tools": [order_tool(MENU)], "stream": True}
    return (await gateway.post("/v1/route", body)).json


@pytest.mark.parametrize("locale", LOCALES)
async def test_its_own_words_are_no_evidence(gateway: Running, locale: Locale) -> None:
    talk = Conversation()
    talk.order = add(talk.order, MENU, Wish("latte", 2))
    talk.heard(HARMLESS)
    plan = await planned(gateway, talk, locale)
    assert (plan["sensitivity"], plan["evidence"]) == ("low", [])
    assert plan["candidates"][0]["endpoint_id"] == "cloud"


@pytest.mark.parametrize("locale", LOCALES)
async def test_what_it_knows_of_the_customer_is(gateway: Running, locale: Locale) -> None:
    talk = Conversation()
    talk.heard(HARMLESS)
    talk.name = "고우주"
    assert (await planned(gateway, talk, locale))["sensitivity"] != "low"
    talk.name, talk.health = None, Health(no_caffeine=True)
    assert (await planned(gateway, talk, locale))["sensitivity"] != "low"


async def test_a_harmless_question_may_be_answered_by_the_better_model(
    gateway: Running, wall: Wall
) -> None:
    wall.clear()
    async with at(f"{gateway.url}/v1") as kiosk:
        turn = await kiosk.say(HARMLESS)
    assert [served.zone for served in turn.served] == ["cloud"]
    assert [call.model for call in wall.calls] == ["as=cloud"]
