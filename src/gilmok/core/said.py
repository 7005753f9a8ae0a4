"""What is said to people, in every language it is said in."""

from __future__ import annotations

from typing import Literal, NamedTuple

Locale = Literal["ko", "en"]


class Said(NamedTuple):
    """The same sentence in two languages."""

    en: str
    ko: str

    def text(self, locale: Locale) -> str:
        return self.ko if locale == "ko" else self.en
