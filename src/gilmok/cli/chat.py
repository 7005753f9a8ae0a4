"""`gilmok chat`: a conversation, with a footer for every answer and totals at the end."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from gilmok.cli import exits
from gilmok.cli.conversation import WINDOW, Conversation, Manner
from gilmok.cli.history import History
from gilmok.cli.options import Config, Key, Model, Output, Url
from gilmok.cli.prompting import said
from gilmok.cli.reaching import reach
from gilmok.cli.reference import reference_price
from gilmok.cli.screen import Screen
from gilmok.cli.slash import ends, obey
from gilmok.cli.words import asking as words
from gilmok.cli.words import help

_MESSAGES = Number(gte=1, lte=1000)


def chat(
    *,
    model: Model = "auto",
    system: Annotated[str | None, Parameter(help=help.SYSTEM.en)] = None,
    window: Annotated[int, Parameter(help=help.WINDOW.en, validator=_MESSAGES)] = WINDOW,
    history: Annotated[Path | None, Parameter(help=help.HISTORY.en)] = None,
    url: Url = None,
    key: Key = None,
    config: Config = None,
    screen: Output,
) -> int:
    with (
        History(history) if history else nullcontext() as kept,
        reach(screen, config=config, url=url, key=key) as client,
    ):
        manner = Manner(
            model=model, system=system, window=window, reference=reference_price(config, url)
        )
        if screen.interactive:
            screen.say(words.CHAT_INTRO, "dim", url=client.url, model=model)
        if kept is not None and kept.messages:
            screen.say(words.RESUMED, "dim", count=len(kept.messages), file=kept.path)
        talk = Conversation(client, screen, manner, kept)
        _converse(screen, talk)
        talk.show_totals()
    return exits.OK if screen.interactive else talk.code


def _converse(screen: Screen, talk: Conversation) -> None:
    """Until somebody ends it. Ctrl-C ends what is under way; with nobody watching, all of it."""
    for text in said(screen):
        if ends(text):
            return
        try:
            stopped = not obey(screen, talk, text) and talk.turn(text).stopped
        except KeyboardInterrupt:
            screen.line()
            stopped = True
        if stopped and not screen.interactive:
            return
