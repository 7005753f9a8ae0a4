"""A conversation: what was said so far, and what became of each question."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from gilmok.cli import exits
from gilmok.cli.client import Client
from gilmok.cli.conversing import (
    Message,
    Spoken,
    explain_failure,
    footer,
    persevere,
    question,
    settled,
)
from gilmok.cli.failures import Unwritable
from gilmok.cli.history import History
from gilmok.cli.numbers import money, price
from gilmok.cli.screen import Screen
from gilmok.cli.statistics import Side, by_side, side_name, total
from gilmok.cli.words import asking as words
from gilmok.core.money import Price

WINDOW = 20
"""Messages that are sent along by default, the new question counted, the system prompt not."""


class Manner(Struct, frozen=True, kw_only=True):
    """How to talk."""

    model: str
    system: str | None
    window: int
    reference: Price
    """What savings are measured against."""


class Conversation:
    def __init__(
        self, client: Client, screen: Screen, manner: Manner, history: History | None
    ) -> None:
        """Goes on where the history stopped, with its system prompt unless there is another."""
        self.client = client
        self.model = manner.model
        self._screen = screen
        self._manner = manner
        self._history = history
        self._messages: list[Message] = list(history.messages) if history else []
        self._asked: list[Spoken] = []
        system = manner.system or (history.system if history else None)
        self._system: list[Message] = [{"role": "system", "content": system}] if system else []
        if history and system != history.system:
            self._keep(self._system)

    @property
    def code(self) -> int:
        """What a script is told: the highest code of the questions, as `ask --file` has it."""
        return max((spoken.exit_code for spoken in self._asked), default=exits.OK)

    def turn(self, said: str) -> Spoken:
        """One question and its answer, as far as it came. One without any is forgotten."""
        earlier = window(self._messages, self._manner.window)
        body = question(said, self.model, *self._system, *earlier)
        spoken = persevere(self.client, self._screen, body, self._screen.raw)
        self._asked.append(spoken)
        if spoken.text:
            self._remember(said, spoken.text)
            self._screen.line()
        explain_failure(self._screen, spoken)
        if spoken.refused is None:
            self._screen.show(footer(self._screen, spoken))
        self._screen.line()
        return spoken

    def clear(self) -> None:
        """Forgets what was said, here and in the history. The system prompt stays."""
        self._messages = []
        if self._history is None:
            return
        try:
            self._history.clear()
        except Unwritable as error:
            self._lose_history(error)
        else:
            self._keep(self._system)

    def summarize(self) -> None:
        """How long the conversation is and what it used."""
        sent = len(window(self._messages, self._manner.window))
        self._screen.say(words.MEMORY, count=len(self._messages), sent=sent)
        self.show_totals()

    def show_totals(self) -> None:
        """What a stopped answer cost is known by now."""
        if not self._asked:
            return
        screen = self._screen
        self._asked = [settled(self.client, spoken) for spoken in self._asked]
        sides = by_side(self._asked, self._manner.reference)
        every = total(sides.values())
        screen.say(
            words.TOTALS,
            questions=every.questions,
            answered=sum(spoken.answered for spoken in self._asked),
            sides=", ".join(
                f"{side_name(screen, name)} {side.questions}" for name, side in sides.items()
            ),
            tokens=f"{every.tokens:,}",
            cost=self._cost(every),
        )

    def _cost(self, every: Side) -> str:
        cost, reference = money(every.cost), self._manner.reference
        if not (reference.input or reference.output):
            return cost
        saved, against = money(every.savings), price(reference)
        return self._screen.text(words.SAVED, cost=cost, savings=saved, price=against)

    def _remember(self, said: str, answer: str) -> None:
        pair = [{"role": "user", "content": said}, {"role": "assistant", "content": answer}]
        self._messages += pair
        self._keep(pair)

    def _keep(self, messages: Sequence[Message]) -> None:
        if self._history is None or not messages:
            return
        try:
            self._history.append(messages)
        except Unwritable as error:
            self._lose_history(error)

    def _lose_history(self, error: Unwritable) -> None:
        """The conversation goes on without it, and says so once."""
        self._history = None
        self._screen.fail(error.message(self._screen.locale))
        self._screen.warn(words.HISTORY_LOST)


def window(messages: Sequence[Message], size: int = WINDOW) -> list[Message]:
    """The latest messages that fit beside a new question, beginning with the person's."""
    latest = list(messages[max(0, len(messages) - (size - 1)) :])
    return latest[1:] if latest and latest[0]["role"] == "assistant" else latest
