"""`gilmok chat`: a conversation, with a footer for every answer and totals at the end."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import suppress
from typing import Annotated

from cyclopts import Parameter

from gilmok.cli import exits
from gilmok.cli.client import Client
from gilmok.cli.conversing import (
    Message,
    Spoken,
    converse,
    explain_failure,
    footer,
    question,
    read_back,
)
from gilmok.cli.numbers import money
from gilmok.cli.options import Config, Key, Model, Output, Url
from gilmok.cli.reaching import reach
from gilmok.cli.screen import Screen
from gilmok.cli.statistics import by_side, side_name, total
from gilmok.cli.words import asking as words
from gilmok.cli.words import help

with suppress(ImportError):  # Line editing, where the platform has it.
    import readline  # noqa: F401

WINDOW = 20
"""Messages of the conversation that are sent along, the system prompt not counted."""
_ENDINGS = frozenset({"quit", "exit", "종료"})


def chat(
    *,
    model: Model = "auto",
    system: Annotated[str | None, Parameter(help=help.SYSTEM.en)] = None,
    url: Url = None,
    key: Key = None,
    config: Config = None,
    screen: Output,
) -> int:
    with reach(screen, config=config, url=url, key=key) as client:
        if screen.interactive:
            screen.say(words.CHAT_INTRO, "dim", url=client.url, model=model)
        talk = Conversation(client, screen, model, system)
        for said in _said(screen):
            talk.turn(said)
        talk.end()
    return exits.OK if screen.interactive else talk.code


class Conversation:
    """What was said so far, and what became of each question."""

    def __init__(self, client: Client, screen: Screen, model: str, system: str | None) -> None:
        self._client = client
        self._screen = screen
        self._model = model
        self._system: list[Message] = [{"role": "system", "content": system}] if system else []
        self._messages: list[Message] = []
        self._asked: list[Spoken] = []

    @property
    def code(self) -> int:
        """What a script is told: the highest code of the questions, as `ask --file` has it."""
        return max(map(exits.of, self._asked), default=exits.OK)

    def turn(self, said: str) -> None:
        """One question and its answer. A question without an answer is forgotten."""
        body = question(said, self._model, *self._system, *window(self._messages))
        spoken = converse(self._client, body, self._screen.raw)
        self._asked.append(spoken)
        if spoken.text:
            self._screen.line()
            self._messages += [
                {"role": "user", "content": said},
                {"role": "assistant", "content": spoken.text},
            ]
        explain_failure(self._screen, spoken)
        if spoken.refused is None:
            self._screen.show(footer(self._screen, spoken))
        self._screen.line()

    def end(self) -> None:
        """The totals. What a stopped answer cost is known by now."""
        if not self._asked:
            return
        settled = [self._settled(spoken) for spoken in self._asked]
        sides = by_side(settled)
        every = total(sides.values())
        self._screen.say(
            words.TOTALS,
            questions=every.questions,
            answered=sum(spoken.answered for spoken in settled),
            sides=", ".join(
                f"{side_name(self._screen, name)} {side.questions}" for name, side in sides.items()
            ),
            tokens=f"{every.tokens:,}",
            cost=money(every.cost),
        )

    def _settled(self, spoken: Spoken) -> Spoken:
        if not spoken.stopped or spoken.decision is not None:
            return spoken
        decision = read_back(self._client, spoken.decision_id)
        return Spoken(
            text=spoken.text, decision_id=spoken.decision_id, decision=decision, stopped=True
        )


def window(messages: list[Message]) -> list[Message]:
    """The latest messages that fit beside a new question, beginning with the person's."""
    latest = messages[1 - WINDOW :]
    return latest[1:] if latest and latest[0]["role"] == "assistant" else latest


def _said(screen: Screen) -> Iterator[str]:
    """What the person says, until they end: a word, the end of input, or Ctrl-C twice."""
    interrupted = False
    while True:
        try:
            line = input(screen.text(words.YOU)) if screen.interactive else _piped()
        except EOFError:
            return
        except KeyboardInterrupt:
            screen.line()
            if interrupted or not screen.interactive:
                return
            interrupted = True
            screen.say(words.AGAIN_TO_END, "dim")
            continue
        interrupted = False
        said = line.strip()
        if said.lower() in _ENDINGS:
            return
        if said:
            yield said


def _piped() -> str:
    line = sys.stdin.readline()
    if not line:
        raise EOFError
    return line
