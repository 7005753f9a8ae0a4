"""How asking a gateway, and keeping what it said, can go wrong."""

from __future__ import annotations

from pathlib import Path

from gilmok.cli.words import files as words
from gilmok.core.said import Locale, Said


class BadUrl(Exception):
    """That is no address of a gateway."""


class Unreachable(Exception):
    """Nobody answers at the address, or the connection broke before an answer."""


class NoGateway(Exception):
    """Something answers at the address, and it is no gateway."""


class Refused(Exception):
    """The gateway answered with an error; its words are for the person who asked."""

    def __init__(self, status: int, code: str, message: str, decision_id: str = "") -> None:
        self.status = status
        self.code = code
        self.message = message
        self.decision_id = decision_id
        super().__init__(code)

    @property
    def by_policy(self) -> bool:
        """True where the request has to change, false where a later try may succeed."""
        return 400 <= self.status < 500 and self.status != 429


class Broken(Exception):
    """An answer began and did not end properly."""

    def __init__(self, code: str, message: str = "") -> None:
        self.code = code
        self.message = message
        super().__init__(code)


class Unwritable(Exception):
    """A file that was to be kept cannot be. `reason` is the system's."""

    def __init__(self, path: Path, reason: Said) -> None:
        self.path = path
        self.reason = reason
        super().__init__(reason.en)

    def message(self, locale: Locale) -> str:
        reason = self.reason.text(locale)
        return words.UNWRITABLE.text(locale).format(file=self.path, reason=reason)


class NotOurs(Exception):
    """A file that this program does not write to: it would spoil somebody's."""

    def __init__(self, path: Path, reason: Said, line: int = 0) -> None:
        self.path = path
        self.reason = reason
        self.line = line
        super().__init__(reason.en)

    def message(self, locale: Locale) -> str:
        said = words.NOT_OURS_AT if self.line else words.NOT_OURS
        reason = self.reason.text(locale)
        return said.text(locale).format(file=self.path, reason=reason, line=self.line)
