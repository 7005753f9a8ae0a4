"""What the decoders of every wire share: framing, tolerance, and the order of events and errors."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Generic, Protocol, TypeVar

import msgspec

from gilmok.core.completion import Event
from gilmok.core.errors import AttemptFailed, MalformedAnswer

MAX_WHOLE = 32 * 1024 * 1024
"""Bytes of an answer that is not streamed."""
MAX_BAD_LINES = 3
"""Unreadable lines in a row that a stream may hold before it is given up."""

T = TypeVar("T")


class Framing(Protocol):
    """Cuts a stream into documents: `sse.EventStream` or `ndjson.Documents`."""

    def feed(self, data: bytes) -> list[bytes]: ...

    def finish(self) -> list[bytes]: ...


class StreamDecoder(ABC, Generic[T]):
    """Reads a stream of documents of type `T`.

    Events that came before an error in the same bytes are still delivered: `feed` returns them and
    `finish` raises the error, so that the way the bytes were cut changes nothing.
    """

    def __init__(self, framing: Framing, documents: msgspec.json.Decoder[T]) -> None:
        self.done = False
        self.bad_lines = 0
        """Unreadable lines that were skipped."""
        self._framing = framing
        self._parse = documents.decode
        self._row = 0
        self._error: AttemptFailed | None = None

    @abstractmethod
    def _take(self, document: T, found: list[Event]) -> None:
        """Add the document's events. Raises `AttemptFailed`; sets `done` at the proper end."""

    @abstractmethod
    def _closing(self) -> list[Event]:
        """The last events. Raises `StreamBroken` where the answer did not end properly."""

    def _is_end(self, line: bytes) -> bool:
        """True for a line that is no document and ends the answer."""
        return False

    def feed(self, data: bytes) -> list[Event]:
        found: list[Event] = []
        try:
            for line in self._framing.feed(data):
                if self.done:
                    break
                self._read(line, found)
        except AttemptFailed as error:
            self._error, self.done = error, True
        return found

    def finish(self) -> list[Event]:
        found: list[Event] = []
        if self._error is not None:
            raise self._error
        if not self.done:
            for line in self._framing.finish():
                self._read(line, found)
        return found + self._closing()

    def _read(self, line: bytes, found: list[Event]) -> None:
        try:
            document = self._parse(line)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            if self._is_end(line):
                self.done = True
                return
            self.bad_lines += 1
            self._row += 1
            if self._row > MAX_BAD_LINES:
                raise MalformedAnswer("bad_lines") from None
            return
        self._row = 0
        self._take(document, found)


class WholeDecoder(ABC, Generic[T]):
    """Reads an answer that is one document."""

    def __init__(self, document: msgspec.json.Decoder[T], most: int = MAX_WHOLE) -> None:
        """`most`: bytes that are read of it."""
        self.done = False
        self._parse = document.decode
        self._most = most
        self._pieces: list[bytes] = []
        self._size = 0

    @abstractmethod
    def _events(self, document: T) -> list[Event]:
        """The whole answer. Raises `AttemptFailed` where it is an error or not complete."""

    def feed(self, data: bytes) -> list[Event]:
        self._size += len(data)
        if self._size > self._most:
            self.done = True
            self._pieces.clear()
        else:
            self._pieces.append(data)
        return []

    def finish(self) -> list[Event]:
        if self.done:
            raise MalformedAnswer("too_large")
        try:
            document = self._parse(b"".join(self._pieces))
        except (msgspec.MsgspecError, UnicodeDecodeError):
            raise MalformedAnswer("not_json") from None
        return self._events(document)
