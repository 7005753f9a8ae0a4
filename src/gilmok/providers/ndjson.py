"""Newline-delimited JSON, without I/O: one document per line, blank lines skipped."""

from __future__ import annotations

from gilmok.providers.sse import Lines


class Documents:
    """Reads the lines that are not blank; `MalformedAnswer` for one that is too long."""

    __slots__ = ("_lines",)

    def __init__(self) -> None:
        self._lines = Lines()

    def feed(self, data: bytes) -> list[bytes]:
        return [line for line in self._lines.feed(data) if line and not line.isspace()]

    def finish(self) -> list[bytes]:
        """The last line, if it has no end."""
        rest = self._lines.finish()
        return [rest] if rest and not rest.isspace() else []
