"""`gilmok ask`: one question, or a file of them, and where each was answered."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import Parameter
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.text import Text

from gilmok.cli import exits
from gilmok.cli.client import Client, Refused
from gilmok.cli.conversing import Spoken, converse, explain_failure, footer, question
from gilmok.cli.options import Config, Json, Key, Model, Output, Url
from gilmok.cli.reaching import reach
from gilmok.cli.replies import Planned
from gilmok.cli.screen import LEVELS, ZONES, Screen, coloured
from gilmok.cli.statistics import show_statistics
from gilmok.cli.words import asking as words
from gilmok.cli.words import help, terms
from gilmok.core.money import usd

_LARGEST_FILE = 8 * 2**20


def ask(
    *question: Annotated[str, Parameter(help=help.QUESTION.en)],
    file: Annotated[Path | None, Parameter(help=help.FILE.en)] = None,
    model: Model = "auto",
    url: Url = None,
    key: Key = None,
    config: Config = None,
    json: Json = False,
    screen: Output,
) -> int:
    questions = _questions(screen, " ".join(question).strip(), file)
    if not questions:
        return exits.USAGE
    with reach(screen, config=config, url=url, key=key) as client:
        if json:
            return _ask_for_programs(client, questions, model, screen)
        if file is not None:
            return _ask_all(client, questions, model, screen)
        return _ask_one(client, questions[0], model, screen)


def _questions(screen: Screen, text: str, file: Path | None) -> list[str]:
    """What is asked, from the command line, the file, or what is piped in; says why where nothing."""
    if file is not None:
        if text:
            screen.fail(screen.text(words.BOTH_GIVEN))
            return []
        return _lines(screen, file)
    if not text and not sys.stdin.isatty():
        text = sys.stdin.read(_LARGEST_FILE).strip()
    if not text:
        screen.fail(screen.text(words.NO_QUESTION))
        return []
    return [text]


def _lines(screen: Screen, file: Path) -> list[str]:
    try:
        with file.open(encoding="utf-8-sig", errors="replace") as stream:
            lines = stream.read(_LARGEST_FILE).splitlines()
    except OSError as error:
        screen.fail(screen.text(words.UNREADABLE_FILE, file=file, reason=error.strerror))
        return []
    found = [line.strip() for line in lines if line.strip()]
    if not found:
        screen.fail(screen.text(words.EMPTY_FILE, file=file))
    return found


def _ask_one(client: Client, text: str, model: str, screen: Screen) -> int:
    body = question(text, model)
    screen.rows(_plan(screen, client, body))
    screen.line()
    spoken = converse(client, body, screen.raw)
    if spoken.text:
        screen.line()
        screen.line()
    explain_failure(screen, spoken)
    if spoken.refused is None:
        screen.show(footer(screen, spoken))
    return exits.of(spoken)


def _plan(
    screen: Screen, client: Client, body: dict[str, object]
) -> Iterable[tuple[str, str | Text]]:
    """What was found out about the question and where it goes, before it goes there."""
    yield screen.text(words.LOCAL_MODEL), _local_models(client, screen)
    try:
        planned = client.plan(body)
    except Refused:
        return  # The question itself is about to be refused for the same reason.
    level = screen.text(terms.LEVELS[planned.sensitivity])
    yield screen.text(words.SENSITIVITY), coloured(planned.sensitivity, LEVELS, level)
    if not planned.candidates:
        yield screen.text(words.SIDE), screen.text(words.NOWHERE)
        return
    first = planned.candidates[0]
    side = screen.text(terms.ZONES[first.zone])
    shown = f"{first.endpoint_id} ({first.model})"
    yield screen.text(words.SIDE), coloured(first.zone, ZONES, side)
    yield (
        screen.text(words.ENDPOINT),
        screen.text(words.MASKED, endpoint=shown) if first.masked else shown,
    )
    yield screen.text(words.REASON), planned.reasoning


def _local_models(client: Client, screen: Screen) -> str:
    local = [e for e in client.health().endpoints if e.zone == "local" and e.ready]
    if not local:
        return screen.text(words.UNAVAILABLE)
    return screen.text(words.AVAILABLE, names=", ".join(f"{e.id} ({e.model})" for e in local))


def _ask_all(client: Client, questions: list[str], model: str, screen: Screen) -> int:
    """Every question of a file with a progress bar, then what was used on which side."""
    asked: list[Spoken] = []
    # One console for the bar and the answers where both are on the terminal, or they overlap.
    console = screen.out if screen.out.is_terminal else screen.err
    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
        console=console, transient=True, disable=not console.is_terminal,
    )  # fmt: skip
    with bar:
        task = bar.add_task(screen.text(words.ASKING), total=len(questions))
        for number, text in enumerate(questions, 1):
            spoken = converse(client, question(text, model), lambda piece: None)
            asked.append(spoken)
            screen.line(f"{number}. {text}", "bold")
            if spoken.text:
                screen.line(spoken.text)
            explain_failure(screen, spoken)
            if spoken.refused is None:
                screen.show(footer(screen, spoken))
            screen.line()
            bar.advance(task)
            if spoken.stopped:
                break
    show_statistics(screen, asked)
    return max(map(exits.of, asked), default=exits.OK)


class _Told(msgspec.Struct, frozen=True, kw_only=True):
    """One line of `--json`."""

    question: str
    answer: str | None
    decision: str | None
    endpoint: str | None
    model: str | None
    zone: str | None
    sensitivity: str | None
    local_available: bool
    reason: str | None
    cost_usd: str | None
    time_ms: float | None
    error: dict[str, str] | None


def _ask_for_programs(client: Client, questions: list[str], model: str, screen: Screen) -> int:
    """One JSON object for each question, each on a line of its own."""
    codes = [exits.OK]
    for text in questions:
        body = question(text, model)
        available = any(e.zone == "local" and e.ready for e in client.health().endpoints)
        try:
            planned: Planned | None = client.plan(body)
        except Refused:
            planned = None
        spoken = converse(client, body, lambda piece: None)
        told = _told(text, spoken, planned, available)
        screen.raw(msgspec.json.encode(told).decode() + "\n")
        codes.append(exits.of(spoken))
        if spoken.stopped:
            break
    return max(codes)


def _told(text: str, spoken: Spoken, planned: Planned | None, available: bool) -> _Told:
    decision = spoken.decision
    error = spoken.refused or spoken.broken
    sensitivity = decision.sensitivity if decision else None
    return _Told(
        question=text,
        answer=spoken.text if spoken.answered else None,
        decision=spoken.decision_id or None,
        endpoint=decision.endpoint_id if decision else None,
        model=decision.model if decision else None,
        zone=decision.zone if decision else None,
        sensitivity=sensitivity or (planned.sensitivity if planned else None),
        local_available=available,
        reason=planned.reasoning if planned else None,
        cost_usd=usd(decision.cost) if decision and decision.price_known else None,
        time_ms=round(decision.total_ms, 3) if decision else None,
        error={"code": error.code, "message": error.message} if error else None,
    )
