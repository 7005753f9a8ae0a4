"""What a person types, or a pipe brings, line by line."""

from __future__ import annotations

import io
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import current_thread, main_thread
from types import FrameType

from gilmok.cli.language import speak_unicode
from gilmok.cli.questions import legible
from gilmok.cli.screen import Screen
from gilmok.cli.words import asking as words

try:
    import readline
except ImportError:  # No line editing: the terminal's own has to do.
    readline = None  # type: ignore[assignment]


def said(screen: Screen) -> Iterator[str]:
    """Stripped lines that are not empty, until the input ends or Ctrl-C comes twice in a row.

    Ctrl-C on a line that was begun drops the line, as in a shell, and does not count.
    """
    _prepare()
    warned = False
    while True:
        try:
            line = _typed(screen.text(words.YOU)) if screen.interactive else _piped()
        except EOFError:
            if screen.interactive:
                screen.line()  # Ctrl-D leaves the cursor behind the prompt.
            return
        except KeyboardInterrupt as interrupt:
            screen.line()
            begun = any(interrupt.args)
            if not screen.interactive or (warned and not begun):
                return
            warned = not begun
            if warned:
                screen.say(words.AGAIN_TO_END, "dim")
            continue
        warned = False
        if text := legible(line).strip():
            yield text


def _typed(prompt: str) -> str:
    with _noting_what_was_begun():
        return input(prompt)


def _piped() -> str:
    line = sys.stdin.readline()
    if not line:
        raise EOFError
    return line


@contextmanager
def _noting_what_was_begun() -> Iterator[None]:
    """Ctrl-C raises `KeyboardInterrupt` with the line so far, which is lost an instant later."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt(readline.get_line_buffer() if readline else "")

    if current_thread() is not main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _prepare() -> None:
    """Hangul as it is typed: one backspace takes one letter, and bytes that are no UTF-8 stay."""
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(errors="surrogateescape")
    if readline and speak_unicode():
        # The editor has already made up its mind that letters are single bytes.
        for setting in ("input-meta on", "output-meta on", "convert-meta off"):
            readline.parse_and_bind(f"set {setting}")
