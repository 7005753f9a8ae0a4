"""Where the errors and warnings of one load are gathered, so that a user sees all of them at once."""

from __future__ import annotations

import re

from msgspec import Struct

from gilmok.core.errors import ConfigError, ConfigErrors
from gilmok.core.identity import IDENTIFIER
from gilmok.core.said import Said

__all__ = ["Notice", "Problems", "Said"]


class Notice(Struct, frozen=True):
    """Something that works and had better be different."""

    file: str
    key: str
    en: str
    ko: str
    of: str | None = None
    """The id of the table that `key` counts."""

    def message(self, locale: str = "en") -> str:
        key = f'{self.key} ("{self.of}")' if self.of else self.key
        return f"{self.file}: {key}: {self.ko if locale == 'ko' else self.en}"


class Problems:
    """Errors and warnings of one load, in the order they were found."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.errors: list[ConfigError] = []
        self.notices: list[Notice] = []
        self._ids: dict[str, str] = {}

    def name(self, place: str, id: object) -> None:
        """What the table at `place` (`tenants[7]`) is called, where that is a name."""
        if isinstance(id, str) and re.fullmatch(IDENTIFIER, id):
            self._ids[place] = id

    def error(self, key: str, reason: Said, fix: Said, *, file: str | None = None) -> None:
        self.errors.append(
            ConfigError(
                file=self.file if file is None else file,
                key=key,
                reason=reason.en,
                reason_ko=reason.ko,
                fix=fix.en,
                fix_ko=fix.ko,
                of=self._of(key),
            )
        )

    def warn(self, key: str, said: Said) -> None:
        self.notices.append(Notice(self.file, key, said.en, said.ko, self._of(key)))

    def _of(self, key: str) -> str | None:
        place, found, _ = key.partition("]")
        return self._ids.get(place + found)

    def raise_any(self) -> None:
        """Raises `ConfigErrors` where there is at least one error."""
        if self.errors:
            raise ConfigErrors(tuple(self.errors))
