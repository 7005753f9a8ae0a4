"""A text in both languages, and which language a task is in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Locale = Literal["ko", "en"]
_HANGUL = re.compile("[가-힣]")


@dataclass(frozen=True, slots=True)
class Says:
    """The same in Korean and English; `{name}` is filled in."""

    ko: str
    en: str

    def of(self, locale: Locale, **parts: str | int | float) -> str:
        text = self.ko if locale == "ko" else self.en
        return text.format(**parts) if parts else text


def language_of(text: str) -> Locale:
    """Korean where there is any Hangul."""
    return "ko" if _HANGUL.search(text) else "en"
