"""Help pages and complaints about the command line, in the reader's language.

cyclopts collects what there is to say; the words come from `words.help`. Plain columns: they look
the same on a terminal and in a file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from cyclopts import (
    CoercionError,
    CycloptsError,
    MissingArgumentError,
    UnknownOptionError,
    ValidationError,
)
from cyclopts.exceptions import RepeatArgumentError, UnknownCommandError, UnusedCliTokensError
from cyclopts.help import HelpEntry, HelpPanel, InlineText
from cyclopts.validators import Number
from rich.console import Console, ConsoleOptions
from rich.table import Table
from rich.text import Text

from gilmok.cli.screen import Screen
from gilmok.cli.words import help as words
from gilmok.core.said import Said

_BY_ENGLISH: Mapping[str, Said] = MappingProxyType(
    {said.en: said for said in vars(words).values() if isinstance(said, Said)}
)
_TITLES = {
    "Commands": words.COMMANDS,
    "Arguments": words.ARGUMENTS,
    "Parameters": words.OPTIONS,
}
_MIXED = "Parameters"
"""cyclopts' panel of options; what is named by its place stands there, too."""
_LEFT = 22
_PAGE = 100
"""Cells of a line at most; also in a pipe, where a help page is still prose for people."""


class HelpPages:
    """A help formatter of cyclopts."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen

    def __call__(self, console: Console, options: ConsoleOptions, panel: HelpPanel) -> None:
        entries = [e for e in panel.entries if "--version" not in e.names]
        if not entries:
            return
        title = _plain(panel.title)
        if title == _MIXED:
            needed = [e for e in entries if e.positional_label]
            entries = [e for e in entries if not e.positional_label]
            self._section(console, "Arguments", needed)
        self._section(console, title, entries)

    def _section(self, console: Console, title: str, entries: Sequence[HelpEntry]) -> None:
        if not entries:
            return
        said = _TITLES.get(title)
        console.print(Text(self._screen.text(said) if said else title, style="bold"))
        grid = Table.grid(padding=(0, 2))
        grid.add_column(width=_LEFT, overflow="fold")
        grid.add_column(max_width=min(console.width, _PAGE) - _LEFT - 2, overflow="fold")
        for entry in entries:
            grid.add_row(Text("  " + self._name(entry)), Text(self._about(entry)))
        self._screen.show(grid)
        self._screen.line()

    def render_usage(self, console: Console, options: ConsoleOptions, usage: Any) -> None:
        if usage:
            parts = _plain(usage).split()
            shown = " ".join(self._screen.word(words.USAGE_WORDS, part) for part in parts)
            text = self._screen.text(words.USAGE, usage=shown)
            console.print(Text(text))
            console.print()

    def render_description(
        self, console: Console, options: ConsoleOptions, description: Any
    ) -> None:
        if text := _plain(description).strip():
            console.print(Text(self._translated(text)))
            console.print()

    def _name(self, entry: HelpEntry) -> str:
        if entry.positional_label:
            return entry.positional_label
        return ", ".join((*entry.names, *entry.shorts))

    def _about(self, entry: HelpEntry) -> str:
        about = words.HELP.en if "--help" in entry.names else _plain(entry.description)
        parts = [self._translated(about.strip())]
        if entry.choices:
            parts.append(self._screen.text(words.ONE_OF, values=", ".join(entry.choices)))
        if entry.default not in (None, "False", "None"):
            parts.append(self._screen.text(words.DEFAULT, value=entry.default))
        head, *facts = parts
        return f"{head} ({'; '.join(facts)})" if facts else head

    def _translated(self, text: str) -> str:
        said = _BY_ENGLISH.get(text)
        return self._screen.text(said) if said else text


def wrong_command_line(screen: Screen, error: CycloptsError) -> str:
    """What is wrong, and where the help is."""
    said, given = _complaint(error)
    command = " ".join(("gilmok", *(error.command_chain or ())))
    hint = screen.text(words.SEE_HELP, command=command)
    return f"{screen.text(said, given=given, **_permitted(error))} {hint}"


def _complaint(error: CycloptsError) -> tuple[Said, str]:
    match error:
        case UnknownOptionError():
            return words.UNKNOWN_OPTION, error.token.keyword or error.token.value
        case UnknownCommandError():
            return words.UNKNOWN_COMMAND, (error.unused_tokens or [""])[0]
        case UnusedCliTokensError():
            return words.TOO_MUCH, (error.unused_tokens or [""])[0]
        case RepeatArgumentError():
            return words.TOO_MUCH, _name_of(error)
        case CoercionError() | ValidationError():
            return _takes(error), _name_of(error)
        case MissingArgumentError():
            return words.MISSING_VALUE, error.keyword or _name_of(error)
    return words.WRONG_VALUE, _name_of(error)


def _takes(error: CycloptsError) -> Said:
    """What the option takes instead of the value that was given."""
    argument = error.argument
    if argument is None:
        return words.WRONG_VALUE
    if argument.get_choices():
        return words.TAKES_ONE_OF
    if _bounds(error) is not None:
        return words.TAKES_FROM_TO
    return words.TAKES_NUMBER if argument.hint in (int, float) else words.WRONG_VALUE


def _permitted(error: CycloptsError) -> dict[str, object]:
    choices = error.argument.get_choices() if error.argument is not None else None
    bounds = _bounds(error)
    found: dict[str, object] = {"values": ", ".join(choices or ())}
    if bounds is not None:
        found |= {"least": bounds.gte, "most": bounds.lte}
    return found


def _bounds(error: CycloptsError) -> Number | None:
    """The least and the most of an option that has both."""
    if error.argument is None:
        return None
    validators = error.argument.parameter.validator
    for validator in validators if isinstance(validators, tuple) else (validators,):
        if isinstance(validator, Number) and None not in (validator.gte, validator.lte):
            return validator
    return None


def _name_of(error: CycloptsError) -> str:
    return error.argument.name if error.argument is not None else "?"


def _plain(shown: object) -> str:
    if isinstance(shown, InlineText):
        shown = shown.primary_renderable
    return shown.plain if isinstance(shown, Text) else str(shown or "")
