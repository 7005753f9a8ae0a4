"""A text in both languages, filled in with Korean particles that fit what stands before them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

Locale = Literal["ko", "en"]
LOCALES: tuple[Locale, ...] = ("ko", "en")
_Word = Annotated[str, Field(min_length=1)]

_PARTICLE = re.compile(r"(?P<before>.)(?P<pair>을\(를\)|은\(는\)|이\(가\)|과\(와\)|으로\(로\))")
_ASIDE = re.compile(r"\s*\([^()]*\)$")
_HANGUL = re.compile(r"[가-힣]")


@dataclass(frozen=True, slots=True)
class Says:
    """The same in Korean and English. `{name}` is filled in; `을(를)` becomes what fits."""

    ko: _Word
    en: _Word

    def of(self, locale: Locale, **parts: Says | int | str) -> str:
        filled = {k: v.of(locale) if isinstance(v, Says) else v for k, v in parts.items()}
        if locale == "ko":
            return with_particles(self.ko.format(**filled)) if filled else self.ko
        return self.en.format(**filled) if filled else self.en

    def filled(self, **parts: Says | int | str) -> Says:
        return Says(self.of("ko", **parts), self.of("en", **parts))


def with_particles(text: str) -> str:
    """`라떼을(를)` as `라떼를`, `잔을(를)` as `잔을`: by the last syllable's final consonant."""

    def chosen(found: re.Match[str]) -> str:
        closed, open_ = found["pair"].rstrip(")").split("(")
        before = _ASIDE.sub("", text[: found.start("pair")])
        final = _final_consonant(before[-1:])
        if closed == "으로" and final == _RIEUL:
            final = 0
        return found["before"] + (closed if final else open_)

    return _PARTICLE.sub(chosen, text)


_RIEUL = 8


def _final_consonant(syllable: str) -> int:
    """Which consonant closes a syllable; 0 is none. Of other letters nobody knows: none."""
    return (ord(syllable) - 0xAC00) % 28 if _HANGUL.match(syllable) else 0


def language_of(text: str, otherwise: Locale = "ko") -> Locale:
    """Korean where there is Hangul, English where there are only Latin letters."""
    if re.search(r"[가-힣ㄱ-ㅎㅏ-ㅣᄀ-ᇿ]", text):
        return "ko"
    return "en" if re.search(r"[A-Za-z]", text) else otherwise


def won(amount: int, locale: Locale) -> str:
    """`21,600원`, `₩21,600`."""
    return f"{amount:,}원" if locale == "ko" else f"₩{amount:,}"
