"""A file of questions: each as it ends, a bar meanwhile, and at the end what they used."""

from __future__ import annotations

from contextlib import suppress

import msgspec
from msgspec import Struct
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from gilmok.cli import exits
from gilmok.cli.answers import AnswerFile, Asked, told
from gilmok.cli.client import Client, OnOpen
from gilmok.cli.conversing import explain_failure, footer, persevere, question, settled
from gilmok.cli.failures import NoGateway, Unreachable
from gilmok.cli.many import Many, on_interrupt
from gilmok.cli.outlook import Outlook, look_ahead, rows
from gilmok.cli.screen import Screen
from gilmok.cli.statistics import show_statistics
from gilmok.cli.words import asking as words


class Batch(Struct, frozen=True, kw_only=True):
    questions: list[str]
    model: str
    parallel: int
    answers: AnswerFile | None
    """Where they are kept, and those of earlier runs lie."""
    quiet: bool
    json: bool


def ask_all(client: Client, batch: Batch, screen: Screen) -> int:
    """Asks those of the questions that have no answer yet. Raises `Unwritable`."""
    return _Asking(client, batch, screen).run()


class _Asking:
    def __init__(self, client: Client, batch: Batch, screen: Screen) -> None:
        self._client = client
        self._batch = batch
        self._screen = screen
        self._asked: list[Asked] = []
        kept = batch.answers
        self._questions = kept.unanswered(batch.questions) if kept else batch.questions

    def run(self) -> int:
        self._say_what_is_done()
        with self._bar() as bar, Many(self._questions, self._ask, self._batch.parallel) as many:
            task = bar.add_task(self._screen.text(words.ASKING), total=len(self._questions))
            with on_interrupt(many.stop):
                for asked in many:
                    self._ended(asked)
                    bar.advance(task)
        self._conclude()
        codes = [asked.spoken.exit_code for asked in self._asked]
        return exits.INTERRUPTED if self._left else max(codes, default=exits.OK)

    def _say_what_is_done(self) -> None:
        kept, every = self._batch.answers, len(self._batch.questions)
        before = every - len(self._questions)
        if kept is not None and before:
            self._screen.warn(
                words.ANSWERED_BEFORE, style="dim", count=before, total=every, file=kept.path
            )

    def _bar(self) -> Progress:
        """On one console with the answers where both are on the terminal, or they overlap."""
        out, err = self._screen.out, self._screen.err
        console = out if out.is_terminal else err
        overlaps = self._batch.json and out.is_terminal
        return Progress(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), console=console,
            transient=True, disable=self._batch.quiet or overlaps or not console.is_terminal,
        )  # fmt: skip

    def _ask(self, text: str, on_open: OnOpen) -> Asked:
        """In a thread of its own, so it writes nothing."""
        body = question(text, self._batch.model)
        outlook: Outlook | None = None
        with suppress(Unreachable, NoGateway):  # Asking says so too, and may succeed.
            outlook = look_ahead(self._client, body)
        return Asked(text, outlook, persevere(self._client, self._screen, body, on_open=on_open))

    def _ended(self, asked: Asked) -> None:
        """Keeps and shows what became of a question. Raises `Unwritable`."""
        self._asked.append(asked)
        if self._batch.answers is not None and not asked.spoken.stopped:
            self._batch.answers.append(asked)
        if self._batch.json:
            self._screen.raw(msgspec.json.encode(told(asked)).decode() + "\n")
        elif self._batch.quiet:
            self._show_answer_only(asked)
        else:
            self._show(asked)

    def _show_answer_only(self, asked: Asked) -> None:
        if asked.spoken.text and self._batch.answers is None:
            self._screen.line(asked.spoken.text + "\n")
        explain_failure(self._screen, asked.spoken)

    def _show(self, asked: Asked) -> None:
        """All of it, or, where the answers go to a file, a heading and a footer."""
        screen, spoken = self._screen, asked.spoken
        number = f"[{len(self._asked)}/{len(self._questions)}]"
        screen.line(f"{number} {asked.question}", "bold")
        if self._batch.answers is None:
            if asked.outlook is not None:
                screen.rows(rows(screen, asked.outlook))
            if spoken.text:
                screen.line(f"\n{spoken.text}\n")
        explain_failure(screen, spoken)
        if spoken.refused is None:
            screen.show(footer(screen, spoken))
        screen.line()

    def _conclude(self) -> None:
        screen, batch = self._screen, self._batch
        if self._asked and not batch.quiet and not batch.json:
            show_statistics(screen, [settled(self._client, asked.spoken) for asked in self._asked])
        if self._left:
            screen.warn(words.LEFT_OVER, count=self._left, total=len(self._questions))
            if batch.answers is not None:
                screen.warn(words.GO_ON, style="dim")

    @property
    def _left(self) -> int:
        """Questions that Ctrl-C kept from being asked or answered."""
        return len(self._questions) - sum(not asked.spoken.stopped for asked in self._asked)
