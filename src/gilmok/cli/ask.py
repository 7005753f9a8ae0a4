"""`gilmok ask`: one question, or a file of them, and where each was answered."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import Parameter
from cyclopts.validators import Number

from gilmok.cli import exits, questions
from gilmok.cli.answers import AnswerFile, Asked, told
from gilmok.cli.ask_file import Batch, ask_all
from gilmok.cli.client import Client
from gilmok.cli.conversing import converse, explain_failure, footer, question
from gilmok.cli.many import MOST
from gilmok.cli.options import Config, Json, Key, Model, Output, Url
from gilmok.cli.outlook import look_ahead, rows
from gilmok.cli.questions import Unreadable
from gilmok.cli.reaching import reach
from gilmok.cli.screen import Screen
from gilmok.cli.words import asking as words
from gilmok.cli.words import help

_AT_A_TIME = Number(gte=1, lte=MOST)


def ask(
    *question: Annotated[str, Parameter(help=help.QUESTION.en)],
    file: Annotated[Path | None, Parameter(help=help.FILE.en, allow_leading_hyphen=True)] = None,
    output: Annotated[Path | None, Parameter(help=help.OUTPUT.en)] = None,
    parallel: Annotated[int, Parameter(help=help.PARALLEL.en, validator=_AT_A_TIME)] = 1,
    model: Model = "auto",
    quiet: Annotated[
        bool, Parameter(name=("--quiet", "-q"), negative="", help=help.QUIET.en)
    ] = False,
    json: Json = False,
    url: Url = None,
    key: Key = None,
    config: Config = None,
    screen: Output,
) -> int:
    try:
        asked = _questions(screen, " ".join(question).strip(), file)
    except Unreadable as error:
        screen.fail(str(error))
        return exits.USAGE
    if file is None and (output is not None or parallel != 1):
        screen.fail(screen.text(words.NEEDS_FILE))
        return exits.USAGE
    with (
        AnswerFile(output) if output else nullcontext() as answers,
        reach(screen, config=config, url=url, key=key) as client,
    ):
        if file is not None:
            batch = Batch(
                questions=asked, model=model, parallel=parallel, answers=answers, quiet=quiet,
                json=json,
            )  # fmt: skip
            return ask_all(client, batch, screen)
        if json:
            return _ask_for_programs(client, asked[0], model, screen)
        return _ask_one(client, asked[0], model, screen, quiet=quiet)


def _questions(screen: Screen, text: str, file: Path | None) -> list[str]:
    """What is asked, from the command line, the file, or what is piped in. Raises `Unreadable`."""
    if file is not None:
        if text:
            raise Unreadable(screen.text(words.BOTH_GIVEN))
        return questions.from_file(screen, file)
    if not text and not sys.stdin.isatty():
        text = questions.piped(screen).strip()
    if not text:
        raise Unreadable(screen.text(words.NO_QUESTION))
    return [questions.legible(text)]


def _ask_one(client: Client, text: str, model: str, screen: Screen, *, quiet: bool) -> int:
    body = question(text, model)
    if not quiet and (known := list(rows(screen, look_ahead(client, body)))):
        screen.rows(known)
        screen.line()
    spoken = converse(client, body, screen.raw)
    if spoken.text:
        screen.raw("\n" if quiet else "\n\n")
    explain_failure(screen, spoken)
    if spoken.refused is None and not quiet:
        screen.show(footer(screen, spoken))
    return spoken.exit_code


def _ask_for_programs(client: Client, text: str, model: str, screen: Screen) -> int:
    body = question(text, model)
    outlook = look_ahead(client, body)
    spoken = converse(client, body, lambda piece: None)
    asked = Asked(text, outlook, spoken)
    screen.raw(msgspec.json.encode(told(asked)).decode() + "\n")
    return spoken.exit_code
