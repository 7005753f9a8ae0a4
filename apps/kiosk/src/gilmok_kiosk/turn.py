"""What follows from one thing that a customer meant."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from openai.types.chat import ChatCompletionMessageParam, ChatCompletionToolParam

from gilmok_kiosk import words
from gilmok_kiosk.announcing import announcement
from gilmok_kiosk.conversation import Conversation
from gilmok_kiosk.events import By, Changed, Event, Said
from gilmok_kiosk.facts import Question, fact, recommended, suggestion
from gilmok_kiosk.gateway import Call, Gateway, GatewayTrouble
from gilmok_kiosk.menu import Menu
from gilmok_kiosk.order import Cancel, Confirm, Operation, OrderProblem, Wish, apply_all
from gilmok_kiosk.prompting import messages
from gilmok_kiosk.prose import Prose
from gilmok_kiosk.remembering import noted, unfinished
from gilmok_kiosk.texts import Locale, Says
from gilmok_kiosk.tool import ToolProblem, read_call
from gilmok_kiosk.understanding.meaning import (
    About,
    Ask,
    CallMe,
    Do,
    Meaning,
    Mind,
    NotUnderstood,
    Offer,
    Price,
    Recommend,
    SmallTalk,
    Suggested,
    ToGo,
    WhoAmI,
)
from gilmok_kiosk.voice import Voice

_TRIES = 2
"""How often a model may try to call the tool before the customer is asked."""
_PRAISE = "Say in one sentence why these fit the customer. Name nothing else: {items}."
_GREET = "Answer the customer's greeting or small talk in one sentence."


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of a conversation, in one language. It changes the conversation as it goes."""

    menu: Menu
    gateway: Gateway
    tool: ChatCompletionToolParam
    conversation: Conversation
    locale: Locale

    def answer(self, meaning: Meaning, *, alone: bool) -> AsyncGenerator[Event, None]:
        """`alone`: nothing else was meant in this turn."""
        match meaning:
            case Do(operations):
                return _at_once(self._do(operations, by="rules"))
            case Ask(says, pending):
                self.conversation.pending = pending
                return self._say(says)
            case CallMe(name):
                return _at_once(self._greeted(name, alone=alone))
            case WhoAmI():
                return self._say(_your_name(self.conversation.name))
            case Mind(health):
                return self._recommend(Recommend(), noted(health)) if alone else self._say()
            case Recommend():
                return self._recommend(meaning)
            case ToGo():
                return self._say(words.TO_GO)
            case SmallTalk(kind):
                return self._small_talk(words.SMALL_TALK[kind])
            case NotUnderstood():
                return self._not_understood(meaning)
        return _at_once(self._fact(meaning))

    # --- by code ----------------------------------------------------------------------------------

    def _say(self, *said: Says) -> AsyncGenerator[Event, None]:
        return _at_once(Said(says.of(self.locale)) for says in said)

    def _do(self, operations: Sequence[Operation], *, by: By) -> Iterable[Event]:
        """Change the order and say so, or say why not. All of the operations or none."""
        before = self.conversation.order
        try:
            after = apply_all(before, self.menu, operations)
        except OrderProblem as problem:
            self.conversation.pending = unfinished(operations, problem)
            yield Said(problem.message(self.locale))
            return
        self.conversation.order = after
        yield Changed(after, by)
        who = (self.conversation.health, self.conversation.name)
        yield Said(announcement(before, after, operations, self.menu, self.locale, *who))

    def _greeted(self, name: str, *, alone: bool) -> Iterable[Event]:
        yield Said(words.NOTED_NAME.of(self.locale, name=name))
        if alone and not self.conversation.order.lines:
            yield Said(words.WHAT_WOULD_YOU_LIKE.of(self.locale))

    def _fact(self, question: Question) -> Iterable[Event]:
        """Who asks for a price and then says "that one" means what the price was of."""
        order, health = self.conversation.order, self.conversation.health
        yield Said(fact(question, self.menu, order, health, self.locale))
        match question:
            case Price(wishes) if wishes:
                self.conversation.pending = Suggested(wishes)
            case About(items):
                self.conversation.pending = Suggested(tuple(Wish(item) for item in items))

    # --- with a model -----------------------------------------------------------------------------

    async def _recommend(self, wanted: Recommend, *before: Says) -> AsyncGenerator[Event, None]:
        """Code chooses and names the price; a model may say why it is nice."""
        health = self.conversation.health
        wishes = recommended(wanted, self.menu, health)
        for says in (*before, suggestion(wishes, wanted, self.menu, health)):
            yield Said(says.of(self.locale))
        if not wishes:
            return
        self.conversation.pending = Suggested(wishes)
        items = [wish.item_id for wish in wishes if wish.item_id]
        names = ", ".join(self.menu.item(one).name.of(self.locale) for one in items)
        asked = self._asked(items, task=_PRAISE.format(items=names))
        prose = Prose(self.menu, self.locale, items, most=2)
        async with aclosing(Voice(self.gateway).say(asked, self.locale, prose)) as said:
            async for event in said:
                yield event

    def _small_talk(self, otherwise: Says) -> AsyncGenerator[Event, None]:
        prose = Prose(self.menu, self.locale, (), most=1, heard=self.conversation.heard_last)
        return self._chat(self._asked(task=_GREET), prose, otherwise)

    def _chat(
        self, asked: list[ChatCompletionMessageParam], prose: Prose, otherwise: Says
    ) -> AsyncGenerator[Event, None]:
        return Voice(self.gateway).say(asked, self.locale, prose, otherwise.of(self.locale))

    async def _not_understood(self, meaning: NotUnderstood) -> AsyncGenerator[Event, None]:
        """A model that can use the tool may try. One that cannot may chat: it is not asked about
        orders, nor questions, because a small model makes answers up."""
        asked = self._asked([item.id for item in self.menu.items], tool=True)
        says = words.DO_NOT_KNOW if meaning.asks and not meaning.items else words.NOT_UNDERSTOOD
        try:
            capable = await self.gateway.can_use_tools(asked, (self.tool,))
        except GatewayTrouble as trouble:
            yield Voice(self.gateway).told(trouble, self.locale)
            yield Said(says.of(self.locale))
            return
        if capable:
            answer = self._with_tool(asked)
        elif meaning.items or meaning.asks:
            answer = self._say(says)
        else:
            prose = Prose(self.menu, self.locale, (), most=2, heard=self.conversation.heard_last)
            answer = self._chat(self._asked(), prose, says)
        async with aclosing(answer) as events:
            async for event in events:
                yield event

    async def _with_tool(
        self, asked: list[ChatCompletionMessageParam]
    ) -> AsyncGenerator[Event, None]:
        """A call that is nonsense is told why and may try once more; then the customer is asked."""
        reason = ""
        for _ in range(_TRIES):
            calls: list[Call] = []
            spoke = False
            prose = Prose(self.menu, self.locale)
            heard = Voice(self.gateway).listen(asked, self.locale, prose, (self.tool,))
            async with aclosing(heard) as events:
                async for event in events:
                    if isinstance(event, Call):
                        calls.append(event)
                    else:
                        spoke |= isinstance(event, Said)
                        yield event
            if not calls:
                if not spoke:
                    yield Said(words.NOT_UNDERSTOOD.of(self.locale))
                return
            try:
                operations = self._called(calls)
            except ToolProblem as problem:
                reason = problem.message(self.locale)
                asked = [*asked, *_rejected(calls, problem.reason)]
                continue
            for done in self._done_by_model(operations):
                yield done
            return
        told = words.MODEL_MISUNDERSTOOD if reason else words.NOT_UNDERSTOOD
        yield Said(told.of(self.locale, reason=reason))

    def _called(self, calls: Iterable[Call]) -> list[Operation]:
        """The operations of all calls, tried one after the other. Raises `ToolProblem`."""
        order, found = self.conversation.order, list[Operation]()
        for call in calls:
            operations = read_call(call.name, call.arguments, self.menu, order)
            order = apply_all(order, self.menu, operations)
            found += operations
        return found

    def _done_by_model(self, operations: list[Operation]) -> Iterable[Event]:
        """Lines are changed at once, because that is easily corrected. The end is asked for."""
        final = [one for one in operations if isinstance(one, Cancel | Confirm)]
        changes = [one for one in operations if not isinstance(one, Cancel | Confirm)]
        if changes:
            yield from self._do(changes, by="model")
        if final:
            self.conversation.pending = Offer((final[-1],))
            says = words.CANCEL_NOW if isinstance(final[-1], Cancel) else words.CONFIRM_NOW
            yield Said(says.of(self.locale))

    def _asked(
        self, items: Iterable[str] = (), *, tool: bool = False, task: str = ""
    ) -> list[ChatCompletionMessageParam]:
        return messages(self.conversation, self.menu, self.locale, items, tool=tool, task=task)


async def _at_once(events: Iterable[Event]) -> AsyncGenerator[Event, None]:
    for event in events:
        yield event


def _your_name(name: str | None) -> Says:
    return words.NO_NAME if name is None else words.YOU_ARE.filled(name=name)


def _rejected(calls: list[Call], reason: str) -> Iterable[ChatCompletionMessageParam]:
    """The calls as the model made them, each answered with why it was not accepted."""
    yield {
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
    for call in calls:
        yield {"role": "tool", "tool_call_id": call.id, "content": f"Not accepted: {reason}"}
