"""How a question is answered: by the shop's own words where they are certain, else by a model.

    question → an order or a refund, clearly asked for?   → the shop's books        (costs nothing)
             → an entry of the pages, certainly meant?    → its words               (costs nothing)
             → a model, told the likeliest entries, with the shop's tools where it can use them
             → nobody answers                             → an apology with advice

Models see at most `ROUNDS` rounds of tool results, and never who the customer is.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Literal

from openai.types.chat import ChatCompletionMessageParam

from gilmok_shopchat import tools, words
from gilmok_shopchat.events import Event, Finished, Looked, Offered, Sources, Trouble, Words
from gilmok_shopchat.gateway import Call, Gateway, GatewayTrouble, Token
from gilmok_shopchat.knowledge import Hit, Knowledge, Locale
from gilmok_shopchat.reading import Wish, read
from gilmok_shopchat.shop import Shop

ROUNDS = 4
WINDOW = 8
"""Earlier messages that a model is told."""


@dataclass(frozen=True, slots=True)
class Said:
    """One message of the conversation."""

    role: Literal["user", "assistant"]
    text: str


class Agent:
    """Serves many conversations: what was said is given with each question."""

    def __init__(
        self, shop: Shop, knowledge: Knowledge, gateway: Gateway, *, with_tools: bool
    ) -> None:
        """`with_tools`: whether the model is offered the shop's tools."""
        self._shop = shop
        self._knowledge = knowledge
        self._gateway = gateway
        self._schemas = tools.schemas() if with_tools else []

    async def answer(
        self, customer: str, said: Sequence[Said], question: str, locale: Locale
    ) -> AsyncGenerator[Event, None]:
        """`said`: what came before, oldest first. Never raises for what the gateway does."""
        wish = read(question)
        if wish is not None:
            for event in self._from_books(customer, wish, locale):
                yield event
            return
        try:
            hits = await self._knowledge.find(question)
        except GatewayTrouble:
            hits = self._knowledge.by_letters(question)
        yield Sources(tuple(hit.entry.id for hit in hits))
        if hits and hits[0].is_certain:
            yield Words(hits[0].entry.answer(locale))
            yield Finished("knowledge")
            return
        async for event in self._from_model(customer, said, question, hits, locale):
            yield event

    def _from_books(self, customer: str, wish: Wish, locale: Locale) -> list[Event]:
        outcome = tools.run(self._shop, customer, wish.tool, json.dumps(wish.arguments))
        events: list[Event] = [Looked(wish.tool, outcome.ok, "rules")]
        if outcome.offer is not None:
            events += [Words(words.offered(outcome.offer, locale)), Offered(outcome.offer)]
        elif outcome.order is not None:
            events.append(Words(words.order_line(outcome.order, locale)))
        elif outcome.ok:
            events.append(Words(words.orders(self._shop.orders(customer)[:5], locale)))
        else:
            events.append(Words(words.problem(json.loads(outcome.told)["error"], locale)))
        return [*events, Finished("shop")]

    async def _from_model(
        self,
        customer: str,
        said: Sequence[Said],
        question: str,
        hits: list[Hit],
        locale: Locale,
    ) -> AsyncGenerator[Event, None]:
        messages: list[ChatCompletionMessageParam] = [
            {"role": "system", "content": words.instructions(hits, locale)}
        ]
        messages += [_told(message) for message in said[-WINDOW:]]
        messages.append({"role": "user", "content": question})
        decisions: list[str] = []
        began = broken = False
        try:
            for _ in range(ROUNDS):
                calls: list[Call] = []
                async for piece in self._gateway.stream(messages, self._schemas, decisions):
                    if isinstance(piece, Token):
                        began = True
                        yield Words(piece.text)
                    else:
                        calls.append(piece)
                if not calls:
                    break
                for event in self._called(customer, calls, messages):
                    yield event
        except GatewayTrouble as trouble:
            broken = True
            yield Trouble(trouble.code)
        # A model that only ever called, or said nothing, has not answered.
        if not began:
            yield Words(words.apology(locale))
        elif broken:
            yield Words(words.broken_off(locale))
        yield Finished("model" if began else "apology", tuple(decisions))

    def _called(
        self, customer: str, calls: list[Call], messages: list[ChatCompletionMessageParam]
    ) -> list[Event]:
        """Carries the calls out, and tells the model what they came to."""
        messages.append(
            {
                "role": "assistant",
                "tool_calls": [
                    {
                        "id": call.id,
                        "type": "function",
                        "function": {"name": call.name, "arguments": call.arguments},
                    }
                    for call in calls
                ],
            }
        )
        events: list[Event] = []
        for call in calls:
            outcome = tools.run(self._shop, customer, call.name, call.arguments)
            messages.append({"role": "tool", "tool_call_id": call.id, "content": outcome.told})
            events.append(Looked(call.name, outcome.ok, "model"))
            if outcome.offer is not None:
                events.append(Offered(outcome.offer))
        return events


def _told(message: Said) -> ChatCompletionMessageParam:
    if message.role == "user":
        return {"role": "user", "content": message.text}
    return {"role": "assistant", "content": message.text}
