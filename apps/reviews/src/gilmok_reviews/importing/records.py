"""The records of a CSV or JSONL file, each with its line, whatever its neighbours look like.

A file is UTF-8 (with or without a mark) or CP949: whichever more of its lines are. A quote that is
never closed would swallow the rest of a CSV file; here it costs its own line.
"""

from __future__ import annotations

import csv
import json
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO, Final, Literal

from gilmok_reviews.importing.columns import Column, column_of, columns_of
from gilmok_reviews.importing.reasons import BadLine, Reason
from gilmok_reviews.problems import Problem, Refused

Format = Literal["csv", "jsonl"]

MAX_LINE: Final = 1 << 20
"""Bytes. csv refuses fields beyond 128 KiB, which no review has."""
_MAX_LINES: Final = 200
"""In one quoted field."""
_DELIMITERS: Final = ",\t;"
_BOM: Final = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Record:
    line: int
    """Where it begins, from 1."""
    row: dict[Column, object] | Reason
    """Its values, or why it has none."""


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    text: str
    bad: Reason | None


def records(path: Path, form: Format) -> Iterator[Record]:
    """In the order of the file; blank lines are none. Raises `Refused` where nothing in it can be
    understood: no line, or no column of texts."""
    encoding = _encoding(path)
    with path.open("rb") as file:
        lines = _lines(file, encoding)
        yield from _jsonl(lines) if form == "jsonl" else _csv(lines)


def format_of(name: str, media_type: str = "") -> Format:
    """By the media type, else the name's end. Raises `Refused`."""
    kind = media_type.partition(";")[0].strip().lower()
    ending = name.lower().rpartition(".")[2]
    if kind in ("application/x-ndjson", "application/jsonl", "application/x-jsonlines"):
        return "jsonl"
    if kind == "text/csv" or (ending in ("csv", "tsv") and kind != "application/json"):
        return "csv"
    if ending in ("jsonl", "ndjson"):
        return "jsonl"
    raise Refused(Problem.UNKNOWN_FORMAT)


def _encoding(path: Path) -> str:
    """Of the two, the one in which fewer lines cannot be read."""
    bad = {"utf-8": 0, "cp949": 0}
    with path.open("rb") as file:
        for raw in iter(partial(file.readline, MAX_LINE), b""):
            if raw.isascii():
                continue
            for encoding in bad:
                try:
                    raw.decode(encoding)
                except UnicodeDecodeError:
                    bad[encoding] += 1
    return "cp949" if bad["cp949"] < bad["utf-8"] else "utf-8"


def _lines(file: BinaryIO, encoding: str) -> Iterator[_Line]:
    number = 0
    while raw := file.readline(MAX_LINE):
        number += 1
        too_long = len(raw) == MAX_LINE and not raw.endswith(b"\n")
        while too_long and (rest := file.readline(MAX_LINE)):
            if rest.endswith(b"\n"):
                break
        if too_long:
            yield _Line(number, "", Reason.LINE_TOO_LONG)
            continue
        if number == 1:
            raw = raw.removeprefix(_BOM)
        try:
            yield _Line(number, raw.decode(encoding), None)
        except UnicodeDecodeError:
            text = raw.decode(encoding, "replace")
            yield _Line(number, text, Reason.INVALID_CHARACTERS)


def _jsonl(lines: Iterable[_Line]) -> Iterator[Record]:
    anything = False
    for line in lines:
        if line.bad is None and not line.text.strip():
            continue
        anything = True
        yield Record(line.number, line.bad or _object(line.text))
    if not anything:
        raise Refused(Problem.EMPTY_FILE)


def _object(text: str) -> dict[Column, object] | Reason:
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        return Reason.NOT_JSON
    if not isinstance(told, dict):
        return Reason.NOT_JSON
    row: dict[Column, object] = {}
    for key, value in told.items():
        column = column_of(key)
        if column is not None:
            row.setdefault(column, value)
    return row


def _csv(lines: Iterable[_Line]) -> Iterator[Record]:
    whole = _Quoted(lines)
    header = whole.header()
    delimiter = max(_DELIMITERS, key=lambda one: len(columns_of(_cells([header], one))))
    columns = columns_of(_cells([header], delimiter))
    if "text" not in columns:
        raise Refused(Problem.NO_TEXT_COLUMN)
    for number, taken in whole.records(delimiter):
        try:
            cells = _row(taken, delimiter)
        except BadLine as bad:
            yield Record(number, bad.reason)
            continue
        if any(cell.strip() for cell in cells):
            row: dict[Column, object] = {
                column: cells[at] for column, at in columns.items() if at < len(cells)
            }
            yield Record(number, row)


def _row(lines: list[_Line], delimiter: str) -> list[str]:
    for line in lines:
        if line.bad is not None:
            raise BadLine(line.bad)
    try:
        return _cells([line.text for line in lines], delimiter)
    except csv.Error as error:
        raise BadLine(Reason.LINE_TOO_LONG) from error


def _cells(lines: list[str], delimiter: str) -> list[str]:
    return next(csv.reader([line.replace("\0", "") for line in lines], delimiter=delimiter), [])


class _Quoted:
    """Lines gathered to records: a quoted field may span some. `taken` again are those after a
    quote that no later line closes."""

    def __init__(self, lines: Iterable[_Line]) -> None:
        self._lines = iter(lines)
        self._again: deque[_Line] = deque()

    def header(self) -> str:
        """The first line that is not blank. Raises `Refused`."""
        while (line := self._next()) is not None:
            if line.text.strip():
                return line.text
        raise Refused(Problem.EMPTY_FILE)

    def records(self, delimiter: str) -> Iterator[tuple[int, list[_Line]]]:
        """With the number of the first line."""
        while (first := self._next()) is not None:
            taken = [first]
            is_open = _opens(first.text, delimiter)
            while is_open and len(taken) < _MAX_LINES and (more := self._next()) is not None:
                taken.append(more)
                closed = _closes(more.text, delimiter)
                if closed is None:
                    break
                is_open = not closed
            if is_open:
                self._again.extendleft(reversed(taken[1:]))
                bad = first.bad or Reason.UNCLOSED_QUOTE
                taken = [_Line(first.number, first.text, bad)]
            yield first.number, taken

    def _next(self) -> _Line | None:
        return self._again.popleft() if self._again else next(self._lines, None)


def _opens(line: str, delimiter: str) -> bool:
    """Whether a quoted field begins in this line and does not end in it. A quote opens at a field's
    beginning only: `5" pizza` has none."""
    if '"' not in line:
        return False
    is_open, may_open = False, True
    for character in line:
        if character == '"' and (is_open or may_open):
            is_open = not is_open
            may_open = True  # A doubled quote closes and opens again.
        elif not is_open:
            may_open = character == delimiter
    return is_open


def _closes(line: str, delimiter: str) -> bool | None:
    """Whether the field that goes on in this line ends in it, and no other goes on. `None` where
    its quote is followed by text: it opens a field of another record, and none was closed."""
    rest = line.rstrip("\r\n")
    at = 0
    while (at := rest.find('"', at)) >= 0:
        after = rest[at + 1 : at + 2]
        if after == '"':
            at += 2
        elif after in ("", delimiter):
            return not _opens(rest[at + 2 :], delimiter)
        else:
            return None
    return False
