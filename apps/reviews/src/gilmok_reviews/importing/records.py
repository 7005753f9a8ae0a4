"""The records of a CSV or JSONL file, each with its line, whatever its neighbours look like.

A file is UTF-8 (with or without a mark) or CP949: whichever more of its lines are; or UTF-16 with a
mark, as Excel writes "Unicode text". A quote that is never closed would swallow the rest of a CSV
file; here it costs its own line. Shops' systems write a title and a period above the names of the
columns, and Excel a line that names the delimiter: the names may stand below some such lines.
"""

from __future__ import annotations

import codecs
import csv
import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, Literal

from gilmok_reviews.importing.columns import Column, column_of, columns_of
from gilmok_reviews.importing.reasons import BadLine, Reason
from gilmok_reviews.problems import Problem, Refused

Format = Literal["csv", "jsonl"]

MAX_LINE: Final = 1 << 20
"""Bytes. csv refuses fields beyond 128 KiB, which no review has."""
_MAX_LINES: Final = 200
"""In one quoted field."""
_PREAMBLE: Final = 20
"""Lines that are not blank, among which the names of the columns are looked for."""
_DELIMITERS: Final = ",\t;|"
_BOM: Final = "\ufeff"
_UTF_16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)

_ReadLine = Callable[[int], bytes]
"""A line with its end, or its first so many bytes; nothing at the end of the file."""


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
    with path.open("rb") as file:
        wide = file.read(2) in _UTF_16
        file.seek(0)
        if not wide:
            yield from _understood(_lines(file.readline, _encoding(path)), form)
    if wide:
        with path.open(encoding="utf-16", errors="replace", newline="\n") as text:
            yield from _understood(_lines(lambda most: text.readline(most).encode(), "utf-8"), form)


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


def _understood(lines: Iterable[_Line], form: Format) -> Iterator[Record]:
    return _jsonl(lines) if form == "jsonl" else _csv(lines)


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


def _lines(read: _ReadLine, encoding: str) -> Iterator[_Line]:
    number = 0
    while raw := read(MAX_LINE):
        number += 1
        too_long = len(raw) >= MAX_LINE and not raw.endswith(b"\n")
        while too_long and (rest := read(MAX_LINE)):
            if rest.endswith(b"\n"):
                break
        if too_long:
            yield _Line(number, "", Reason.LINE_TOO_LONG)
            continue
        if number == 1:
            raw = raw.removeprefix(_BOM.encode())
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
    delimiter, columns = _header(whole)
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


def _header(whole: _Quoted) -> tuple[str, dict[Column, int]]:
    """The delimiter, and where each column stands. Below the first line one name alone may be a
    sentence about reviews, so two are needed. Raises `Refused`."""
    for at, line in enumerate(whole.titles()):
        delimiter = max(_DELIMITERS, key=lambda one: len(columns_of(_cells([line], one))))
        columns = columns_of(_cells([line], delimiter))
        if "text" in columns and (at == 0 or len(columns) > 1):
            return delimiter, columns
    raise Refused(Problem.NO_TEXT_COLUMN)


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

    def titles(self) -> Iterator[str]:
        """The first lines that are not blank. Raises `Refused` where there are none."""
        told = 0
        while told < _PREAMBLE and (line := self._next()) is not None:
            if line.text.strip():
                told += 1
                yield line.text
        if not told:
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
