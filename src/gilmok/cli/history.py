"""A conversation kept in a file, by choice: `gilmok chat --history FILE`.

Each line is a message as the API has it, `{"role": …, "content": …}`; the last system message is
the one in force. The file is its owner's alone: what is said to a machine is private.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from msgspec import Struct

from gilmok.cli.conversing import Message
from gilmok.cli.jsonl import JsonLines

_BEGINS = b'{"role":'
_SYSTEM = "system"


class _Line(Struct, frozen=True, forbid_unknown_fields=True):
    role: Literal["system", "user", "assistant"]
    content: str


class History:
    """Raises `NotOurs` and `Unwritable`, like `JsonLines`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lines = JsonLines(path, _Line, _BEGINS)
        try:
            read = [_message(line) for line in self._lines.lines()]
            self._lines.close_to_others()
        except BaseException:
            self._lines.close()
            raise
        systems = [message["content"] for message in read if message["role"] == _SYSTEM]
        self.system: str | None = systems[-1] if systems else None
        self.messages: tuple[Message, ...] = tuple(m for m in read if m["role"] != _SYSTEM)
        """What was said when the file was opened, without system messages."""

    def append(self, messages: Sequence[Message]) -> None:
        self._lines.append(*(_line(message) for message in messages))

    def clear(self) -> None:
        self._lines.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._lines.close()


def _message(line: _Line) -> Message:
    return {"role": line.role, "content": line.content}


def _line(message: Message) -> _Line:
    return _Line(message["role"], message["content"])  # type: ignore[arg-type]  # checked on reading
