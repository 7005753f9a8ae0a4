"""Where the command line writes: in one language, with colours only where somebody looks.

Answers of models are shown without control characters, so that no model can drive a terminal.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TextIO

from rich.box import SIMPLE_HEAD
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from gilmok.cli.language import says_width
from gilmok.core.said import Locale, Said

ZONES = {"local": "green", "private": "cyan", "cloud": "yellow"}
LEVELS = {"low": "green", "medium": "yellow", "high": "red"}
STATES = {"up": "green", "loading": "yellow", "down": "red", "unknown": "dim"}

_SHORT = 11
"""Cells that a column keeps, if it has them."""

_UNBOUNDED = 100_000
"""Cells of a line where nobody looks: nothing is ever folded."""

_CONTROLS = {code: "\ufffd" for code in (*range(32), *range(127, 160)) if chr(code) not in "\n\t"}
_CONTROLS[ord("\r")] = ""


class Screen:
    """Standard output for results, standard error for progress and problems."""

    def __init__(
        self, locale: Locale, out: TextIO | None = None, err: TextIO | None = None
    ) -> None:
        self.locale = locale
        self.out = _console(out or sys.stdout)
        self.err = _console(err or sys.stderr)

    @property
    def interactive(self) -> bool:
        """True where a person sits at both ends."""
        return sys.stdin.isatty() and self.out.is_terminal

    def text(self, said: Said, /, **values: object) -> str:
        return said.text(self.locale).format(**values)

    def word(self, words: Mapping[str, Said], code: str) -> str:
        """What a code is called; the code itself where it has no word."""
        said = words.get(code)
        return self.text(said) if said else code

    def say(self, said: Said, /, style: str = "", **values: object) -> None:
        self.line(self.text(said, **values), style)

    def line(self, text: str = "", style: str = "") -> None:
        """One line; a terminal wraps it at words, a file keeps it whole."""
        _print(self.out, text, style)

    def copyable(self, text: str) -> None:
        """Lines that are to be copied: never wrapped, never coloured."""
        self.out.print(Text(harmless(text)), soft_wrap=True)

    def warn(self, said: Said, /, style: str = "yellow", **values: object) -> None:
        _print(self.err, self.text(said, **values), style)

    def fail(self, text: str) -> None:
        _print(self.err, text, "red")

    def raw(self, text: str) -> None:
        """A piece of a model's answer or a document for other programs, at once, as it is."""
        self.out.file.write(text)
        self.out.file.flush()

    def show(self, shown: RenderableType) -> None:
        """Anything rich can draw; in a file without the blanks that fill its lines."""
        if self.out.is_terminal:
            self.out.print(shown)
            return
        with self.out.capture() as captured:
            self.out.print(shown)
        self.raw("".join(f"{line.rstrip()}\n" for line in captured.get().splitlines()))

    def rows(self, pairs: Iterable[tuple[str, str | Text]]) -> None:
        """Names and values in two columns."""
        grid = Table.grid(padding=(0, 2))
        grid.add_column(style="dim", no_wrap=True)
        grid.add_column(overflow="fold")
        for name, value in pairs:
            grid.add_row(name, value if isinstance(value, Text) else Text(harmless(value)))
        self.show(grid)

    def table(
        self,
        heads: Sequence[Said | str],
        rows: Iterable[Sequence[str | Text]],
        *,
        right: frozenset[int] = frozenset(),
        title: str = "",
    ) -> None:
        """A table; `right` holds the columns of numbers. A title may be wider than the table."""
        if title:
            self.line(title, "bold")
        self.show(self.drawn(heads, rows, right=right))

    def drawn(
        self,
        heads: Sequence[Said | str],
        rows: Iterable[Sequence[str | Text]],
        *,
        right: frozenset[int] = frozenset(),
    ) -> Table:
        """The same table, to be shown with others."""
        table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False, collapse_padding=True)
        cells = [[c if isinstance(c, Text) else Text(harmless(c)) for c in row] for row in rows]
        for index, head in enumerate(heads):
            numbers = index in right
            table.add_column(
                self.text(head) if isinstance(head, Said) else head,
                justify="right" if numbers else "left",
                no_wrap=numbers,
                overflow="fold",
                # Where it gets narrow, long names are folded before short ones.
                min_width=min(_SHORT, max((row[index].cell_len for row in cells), default=0)),
            )
        for row in cells:
            table.add_row(*row)
        return table


def coloured(value: str, styles: dict[str, str], shown: str | None = None) -> Text:
    return Text(harmless(value if shown is None else shown), style=styles.get(value, ""))


def harmless(text: str) -> str:
    """The text without control characters other than line feeds and tabs."""
    return text.translate(_CONTROLS)


def _print(console: Console, text: str, style: str) -> None:
    console.print(Text(harmless(text), style=style), soft_wrap=not console.is_terminal)


def _console(stream: TextIO) -> Console:
    # A terminal without UTF-8 shows ? for what it cannot, rather than ending the program.
    if hasattr(stream, "reconfigure"):
        stream.reconfigure(errors="replace")
    # Eighty columns are a terminal's business: in a file or a pipe a row is one line.
    bounded = stream.isatty() or says_width()
    width = None if bounded else _UNBOUNDED
    return Console(file=stream, width=width, highlight=False, markup=False, emoji=False)
