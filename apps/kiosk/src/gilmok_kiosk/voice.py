"""A model's part of a reply: one call of the gateway, its words checked while they come."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from openai.types.chat import ChatCompletionMessageParam, ChatCompletionToolParam

from gilmok_kiosk import words
from gilmok_kiosk.events import Said, Served, Trouble
from gilmok_kiosk.gateway import TOO_SLOW, UNREACHABLE, Answer, Call, Gateway, GatewayTrouble, Token
from gilmok_kiosk.prose import Prose
from gilmok_kiosk.texts import Locale

Messages = Sequence[ChatCompletionMessageParam]
_WORDS, _CALL = 80, 300
"""Tokens that a model may write: a sentence or two, or a call of the tool."""

_FRIENDLY = 0.5
"""Of the customer's patience: what a friendly word is worth, which code could say as well."""


class Voice:
    """Speaks through one gateway."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    async def say(
        self, asked: Messages, locale: Locale, prose: Prose, otherwise: str | None = None
    ) -> AsyncGenerator[Said | Served | Trouble, None]:
        """A model's words as far as `prose` lets them through; `otherwise` where it lets none.

        Where nothing is said otherwise, a model is not needed, and a gateway that is not there no
        trouble. Any other trouble is told: what was asked may have left this machine by then.
        """
        spoke = False
        async with aclosing(self.listen(asked, locale, prose, hurry=_FRIENDLY)) as heard:
            async for event in heard:
                absent = isinstance(event, Trouble) and event.code == UNREACHABLE
                if not (absent and otherwise is None) and not isinstance(event, Call):
                    spoke |= isinstance(event, Said)
                    yield event
        if not spoke and otherwise:
            yield Said(otherwise)

    async def listen(
        self,
        asked: Messages,
        locale: Locale,
        prose: Prose,
        tools: Sequence[ChatCompletionToolParam] = (),
        hurry: float = 1.0,
    ) -> AsyncGenerator[Said | Call | Served | Trouble, None]:
        """One call. Without tools it is left as soon as nothing more of it may be said.

        `hurry`: the share of the customer's patience that it is worth.
        """
        answer: Answer | None = None
        longest = _CALL if tools else _WORDS
        patience = self._gateway.patience * hurry
        try:
            async with self._gateway.chat(
                asked, locale, tools, max_tokens=longest, patience=patience
            ) as answer:
                async for piece in answer:
                    if isinstance(piece, Call):
                        yield piece
                    elif passed := prose.heard(piece.text):
                        yield Said(passed, "model")
                    if isinstance(piece, Token) and prose.ended and not tools:
                        break
            if last := prose.finished():
                yield Said(last, "model")
        except GatewayTrouble as trouble:
            yield self.told(trouble, locale)
        if answer is not None:
            yield await self._gateway.served(answer)

    def told(self, trouble: GatewayTrouble, locale: Locale) -> Trouble:
        """What the customer is told of it."""
        if trouble.code == UNREACHABLE:
            return Trouble(trouble.code, words.UNREACHABLE.of(locale, url=self._gateway.url))
        if trouble.code == TOO_SLOW:
            return Trouble(trouble.code, words.TOO_SLOW.of(locale))
        return Trouble(trouble.code, words.NO_ANSWER.of(locale, reason=trouble.message).strip())
