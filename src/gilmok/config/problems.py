"""Where the errors and warnings of one load are gathered, so that a user sees all of them at once."""

from __future__ import annotations

from msgspec import Struct

from gilmok.core.errors import ConfigError, ConfigErrors
from gilmok.core.said import Said

__all__ = ["Notice", "Problems", "Said"]


class Notice(Struct, frozen=True):
    """Something that works and had better be different."""

    file: str
    key: str
    en: str
    ko: str

    def message(self, locale: str = "en") -> str:
        return f"{self.file}: {self.key}: {self.ko if locale == 'ko' else self.en}"


class Problems:
    """Errors and warnings of one load, in the order they were found."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.errors: list[ConfigError] = []
        self.notices: list[Notice] = []

    def error(self, key: str, reason: Said, fix: Said, *, file: str | None = None) -> None:
        self.errors.append(
            ConfigError(
                file=self.file if file is None else file,
                key=key,
                reason=reason.en,
                reason_ko=reason.ko,
                fix=fix.en,
                fix_ko=fix.ko,
            )
        )

    def warn(self, key: str, said: Said) -> None:
        self.notices.append(Notice(self.file, key, said.en, said.ko))

    def raise_any(self) -> None:
        """Raises `ConfigErrors` where there is at least one error."""
        if self.errors:
            raise ConfigErrors(tuple(self.errors))
