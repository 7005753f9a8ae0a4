"""The language of a text, by its script."""

from __future__ import annotations

import re

_NOT_HANGUL = re.compile(r"[^가-힣ㄱ-ㅎㅏ-ㅣ\u1100-\u11ff]+")
_NOT_LATIN = re.compile(r"[^A-Za-z]+")
_SAMPLE = 160
_SYLLABLE = 2.5
"""Latin letters that say as much as a syllable of Hangul."""
_KOREAN_SHARE = 0.3
"""Of the letters: Korean prose on technical matters is half Latin."""


def language(text: str) -> str:
    """`ko`, `en` or `other`, by the text's first characters."""
    sample = text[:_SAMPLE]
    if sample.isascii():
        return "en"
    hangul = len(_NOT_HANGUL.sub("", sample))
    latin = len(_NOT_LATIN.sub("", sample))
    if hangul and _SYLLABLE * hangul >= _KOREAN_SHARE * (_SYLLABLE * hangul + latin):
        return "ko"
    letters = sum(map(str.isalpha, sample))
    return "en" if latin > 0.5 * letters else "other"
