"""A turn of the conversation: rules first, a model second, and the order always by code.

What the rules understand is done and announced by code, so it is right with any model and with
none. A model is asked for what the rules do not understand and for friendly words; a change it
proposes is checked against the menu, and what it says passes `Prose`.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from gilmok_kiosk.conversation import Conversation
from gilmok_kiosk.events import Event, Finished, Said
from gilmok_kiosk.facts import Question
from gilmok_kiosk.gateway import Gateway
from gilmok_kiosk.menu import Menu
from gilmok_kiosk.texts import Locale, language_of
from gilmok_kiosk.tool import order_tool
from gilmok_kiosk.turn import Turn
from gilmok_kiosk.understanding import Rules
from gilmok_kiosk.understanding.meaning import CallMe, Meaning, Mind


class Assistant:
    """Serves any number of conversations; keeps nothing of them."""

    def __init__(self, menu: Menu, gateway: Gateway) -> None:
        self.menu, self.gateway = menu, gateway
        self._rules = Rules(menu)
        self._tool = order_tool(menu)

    async def reply(
        self, conversation: Conversation, text: str, locale: Locale | None = None
    ) -> AsyncGenerator[Event, None]:
        """What follows from what the customer said. The language is the text's where not given.

        Closing the iterator early stops the model; what was said until then is remembered.
        """
        meant = self._understood(conversation, text)
        to = locale or language_of(text)
        turn = Turn(self.menu, self.gateway, self._tool, conversation, to)
        said: list[str] = []
        try:
            for meaning in meant:
                async with aclosing(turn.answer(meaning, alone=len(meant) == 1)) as events:
                    async for event in events:
                        if isinstance(event, Said):
                            event = Said(f" {event.text}" if said else event.text, event.by)
                            said.append(event.text)
                        yield event
        finally:
            conversation.answered("".join(said))
        yield Finished()

    def _understood(self, conversation: Conversation, text: str) -> tuple[Meaning, ...]:
        """What was meant; a name and what is to be avoided are remembered before anything else."""
        pending = conversation.pending
        meant = self._rules.understand(text, conversation.order, pending)
        conversation.heard(text)
        for meaning in meant:
            if isinstance(meaning, Mind):
                conversation.health |= meaning.health
            elif isinstance(meaning, CallMe):
                conversation.name = meaning.name
        if not all(isinstance(meaning, Question) for meaning in meant):
            conversation.pending = None
        return meant
