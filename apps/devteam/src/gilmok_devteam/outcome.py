"""What came out of a run: how it ended, and whether there is a program in it. Pure.

A program is read, never run: it was written by a model.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from gilmok_devteam.clients import Problem
from gilmok_devteam.roles import APPROVAL, RoleId

_FENCE = re.compile(r"^[ ]{0,3}```[ ]*([\w+#.-]*)[^\n]*\n(.*?)(?:^[ ]{0,3}```|\Z)", re.M | re.S)
_MARKUP = " \t*_`#>.!\"'"
_PYTHON = frozenset({"", "py", "python", "python3"})


class End(StrEnum):
    APPROVED = "approved"
    """The reviewer had nothing left to say."""
    ROUNDS = "rounds"
    """Everybody had all the turns there were."""
    TIME = "time"
    INTERRUPTED = "interrupted"
    FAILED = "failed"
    """A call failed; `Outcome.problem` says how."""


@dataclass(frozen=True, slots=True)
class Message:
    """What a role said in its turn."""

    role: RoleId
    text: str
    tokens: int | None
    cut: bool
    """It ended because it was as long as an answer may be."""


@dataclass(frozen=True, slots=True)
class Code:
    """The coder's last program."""

    text: str
    language: str
    error: str | None
    """Why it is no Python, where it should be; the parser's words with the line."""

    @property
    def lines(self) -> int:
        return len(self.text.splitlines())


@dataclass(frozen=True, slots=True)
class Outcome:
    end: End
    messages: tuple[Message, ...]
    problem: Problem | None = None

    @property
    def code(self) -> Code | None:
        """The last program of the coder, where it wrote any."""
        said = [m.text for m in self.messages if m.role == "coder"]
        found = [code for text in said if (code := code_of(text))]
        return found[-1] if found else None


def approves(text: str) -> bool:
    """The last line is the word of approval and nothing else: models like to quote their orders."""
    lines = [line.strip(_MARKUP) for line in text.splitlines()]
    said = [line for line in lines if line]
    return bool(said) and said[-1].upper() == APPROVAL


def code_of(text: str) -> Code | None:
    """The longest fenced block, also where its end is missing."""
    blocks: Sequence[tuple[str, str]] = _FENCE.findall(text)
    blocks = [(language, body.strip("\n")) for language, body in blocks if body.strip()]
    if not blocks:
        return None
    language, body = max(blocks, key=lambda block: len(block[1]))
    language = language.lower()
    error = _error(body) if language in _PYTHON else None
    return Code(body, language or "python", error)


def _error(program: str) -> str | None:
    try:
        with warnings.catch_warnings(action="ignore"):
            ast.parse(program)
    except SyntaxError as error:
        return f"{error.msg} (line {error.lineno})"
    except (ValueError, RecursionError, MemoryError):
        return "unreadable"
    return None
