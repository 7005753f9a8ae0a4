"""A kiosk before a real gateway, and turns played on it: what an acceptance test needs.

    async with serving(tmp_path, home(wall, "ok")) as kiosk:
        turn = await kiosk.say("라떼 두 잔")
        assert turn.order == ["2 × latte (hot)"] and turn.by == "rules"

`Kiosk(assistant)` alone works with any gateway, the embedded model's too.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.gateway import Running
from tests.wall import Wall

from gilmok_kiosk.assistant import Assistant
from gilmok_kiosk.conversation import Conversation
from gilmok_kiosk.events import Changed, Event, Finished, Said, Served, Trouble
from gilmok_kiosk.gateway import Gateway
from gilmok_kiosk.menu import Menu, load_menu
from gilmok_kiosk.order import Order, describe, total
from gilmok_kiosk.texts import Locale


@dataclass(frozen=True)
class Turn:
    """What came of one thing that the customer said."""

    events: tuple[Event, ...]
    after: Order
    menu: Menu

    @property
    def text(self) -> str:
        return "".join(event.text for event in self.events if isinstance(event, Said))

    @property
    def spoken_by(self) -> set[str]:
        return {event.by for event in self.events if isinstance(event, Said)}

    @property
    def by(self) -> str | None:
        """Who changed the order, if anybody did."""
        return next((event.by for event in self.events if isinstance(event, Changed)), None)

    @property
    def served(self) -> list[Served]:
        return [event for event in self.events if isinstance(event, Served)]

    @property
    def trouble(self) -> list[str]:
        return [event.code for event in self.events if isinstance(event, Trouble)]

    @property
    def order(self) -> list[str]:
        return [describe(line, self.menu, quantity=True).en for line in self.after.lines]

    @property
    def total(self) -> int:
        return total(self.after, self.menu)


class Kiosk:
    """One customer."""

    def __init__(self, assistant: Assistant) -> None:
        self.assistant = assistant
        self.conversation = Conversation()

    async def say(self, text: str, locale: Locale | None = None) -> Turn:
        events = [event async for event in self.assistant.reply(self.conversation, text, locale)]
        assert isinstance(events[-1], Finished)
        assert not any(isinstance(event, Finished) for event in events[:-1])
        return Turn(tuple(events), self.conversation.order, self.assistant.menu)


@asynccontextmanager
async def at(url: str, menu: Menu | None = None, *, patience: float = 30.0) -> AsyncIterator[Kiosk]:
    """A kiosk that uses the gateway at `url`."""
    gateway = Gateway(url, patience=patience)
    try:
        yield Kiosk(Assistant(menu or load_menu(), gateway))
    finally:
        await gateway.close()


@asynccontextmanager
async def serving(
    folder: Path, toml: str, menu: Menu | None = None, *, patience: float = 30.0
) -> AsyncIterator[Kiosk]:
    """A kiosk with a gateway of its own, configured by `toml`."""
    async with (
        Running(folder, toml) as gateway,
        at(f"{gateway.url}/v1", menu, patience=patience) as kiosk,
    ):
        yield kiosk


def home(wall: Wall, model: str, *, tools: bool = True) -> str:
    """An endpoint of this machine; `model` names what the wall plays."""
    return _endpoint("home", wall, model, quality=0.3, tools=tools)


def cloud(wall: Wall, model: str, *, tools: bool = True) -> str:
    """One that is better, and in the cloud as far as the gateway knows."""
    return _endpoint("cloud", wall, model, quality=0.9, tools=tools) + 'zone = "cloud"\n'


def _endpoint(name: str, wall: Wall, model: str, *, quality: float, tools: bool) -> str:
    abilities = '["stream", "tools"]' if tools else '["stream"]'
    return f"""
[[endpoints]]
id = "{name}"
provider = "openai"
base_url = "{wall.openai}"
model = "{model}"
api_key = "sk-test"
quality = {quality}
price_input = 1
price_output = 2
context = 200000
capabilities = {abilities}
"""
