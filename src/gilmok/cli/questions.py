"""Where questions come from: the command line, a file, what is piped in.

Text may be UTF-8, with or without a byte order mark, UTF-16 with one, or CP949, which Korean
Windows still writes.
"""

from __future__ import annotations

import sys
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from pathlib import Path
from typing import BinaryIO

from gilmok.cli.numbers import size
from gilmok.cli.screen import Screen
from gilmok.cli.words import files as words
from gilmok.core.os_errors import why

LARGEST = 8 * 2**20
"""Bytes that are read of a file or a pipe."""
_STDIN = Path("-")
_COMMENT = "#"


class Unreadable(Exception):
    """There is no text to be had; the message says why, in the reader's language."""


def from_file(screen: Screen, file: Path) -> list[str]:
    """One question per line, `-` for the standard input; blank lines and comments left out.

    Raises `Unreadable`, also where nothing is left.
    """
    text = piped(screen) if file == _STDIN else text_of(screen, file)
    lines = (line.strip() for line in _lines(text))
    found = [line for line in lines if line and not line.startswith(_COMMENT)]
    if not found:
        raise Unreadable(screen.text(words.NO_QUESTIONS, file=_name(screen, file)))
    return found


def piped(screen: Screen) -> str:
    """The whole standard input. Raises `Unreadable`."""
    return _read(screen, sys.stdin.buffer, _STDIN)


def decoded(raw: bytes) -> str:
    """Raises `UnicodeDecodeError`."""
    if raw.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return raw.decode("utf-16")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp949")


def legible(text: str) -> str:
    """Text from the command line or a terminal: what was no UTF-8 there is read as CP949."""
    try:
        text.encode()
    except UnicodeEncodeError:
        # Bytes that were no UTF-8 came as lone surrogates (PEP 383).
        raw = text.encode(errors="surrogateescape")
        try:
            return decoded(raw)
        except UnicodeDecodeError:
            return raw.decode(errors="replace")
    return text


def text_of(screen: Screen, file: Path) -> str:
    """Everything in a file of text. Raises `Unreadable`."""
    try:
        with file.open("rb") as stream:
            return _read(screen, stream, file)
    except OSError as error:
        reason = why(error).text(screen.locale)
        raise Unreadable(screen.text(words.UNREADABLE, file=file, reason=reason)) from error


def _read(screen: Screen, stream: BinaryIO, file: Path) -> str:
    raw = stream.read(LARGEST + 1)
    name = _name(screen, file)
    if len(raw) > LARGEST:
        raise Unreadable(screen.text(words.TOO_LARGE, file=name, size=size(LARGEST)))
    try:
        text = decoded(raw)
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:  # No text has it, and every picture and archive does.
        raise Unreadable(screen.text(words.UNKNOWN_ENCODING, file=name))
    return text


def _lines(text: str) -> list[str]:
    """Lines as editors see them: `str.splitlines` would also end one at a form feed."""
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _name(screen: Screen, file: Path) -> str:
    return screen.text(words.STDIN) if file == _STDIN else str(file)
