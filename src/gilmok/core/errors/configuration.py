"""What is wrong with a configuration. Never raised during a request."""

from __future__ import annotations

from gilmok.core.errors.base import GilmokError


class ConfigError(GilmokError):
    """One wrong option: which file, which key, why, and what to write instead."""

    code = "config_invalid"
    en = "{file}: {key}{of}: {reason} {fix}"
    ko = "{file}: {key}{of}: {reason_ko} {fix_ko}"

    def __init__(
        self,
        *,
        file: str,
        key: str,
        reason: str,
        fix: str,
        reason_ko: str | None = None,
        fix_ko: str | None = None,
        of: str | None = None,
    ) -> None:
        """`of`: the id of the table that `key` counts: nobody finds the 2,951st tenant by counting."""
        super().__init__(
            file=file,
            key=key,
            of=f' ("{of}")' if of else "",
            reason=reason,
            fix=fix,
            reason_ko=reason if reason_ko is None else reason_ko,
            fix_ko=fix if fix_ko is None else fix_ko,
        )


class ConfigErrors(GilmokError):
    """Everything that is wrong with a configuration, in file order; never empty."""

    code = "config_invalid"

    def __init__(self, errors: tuple[ConfigError, ...]) -> None:
        self.errors = errors
        super().__init__()

    def message(self, locale: str = "en") -> str:
        return "\n".join(error.message(locale) for error in self.errors)
