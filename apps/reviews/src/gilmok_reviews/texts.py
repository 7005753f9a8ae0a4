"""A text in Korean and English, side by side, so that neither can be forgotten."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from typing import Literal

Locale = Literal["ko", "en"]

LOCALE: ContextVar[Locale] = ContextVar("gilmok_reviews_locale", default="ko")
"""The language of whoever is being served: of a request, of a job. The gateway is asked in it."""


@dataclass(frozen=True, slots=True)
class Says:
    """The same in both languages; `{name}` is filled in by `of`."""

    ko: str
    en: str

    def of(self, locale: Locale, **parts: str | int) -> str:
        chosen = self.ko if locale == "ko" else self.en
        return chosen.format(**parts) if parts else chosen


def locale_of(accept_language: str) -> Locale:
    """The first of Korean and English that an `Accept-Language` names, the better `q` first.
    Korean where it names neither."""
    best: tuple[float, Locale] = (0.0, "ko")
    for part in accept_language.split(","):
        tag, _, parameters = part.partition(";")
        quality = _quality(parameters)
        name = tag.strip().lower().partition("-")[0]
        if name in ("ko", "en") and quality > best[0]:
            best = (quality, "en" if name == "en" else "ko")
    return best[1]


def _quality(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
