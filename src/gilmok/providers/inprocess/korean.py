"""How written Korean is said where two syllables meet, as far as the engine does not know it.

eSpeak NG links (음식이, 음시기), tenses (학교, 학꾜) and aspirates (많다, 만타) by itself. It does not
nasalise (합니다, 함니다: in every polite sentence) nor lateralise (신라, 실라). The text is respelled so
that it does: articles 18 to 20 of the Standard Pronunciation of Korean (표준 발음법).
"""

from __future__ import annotations

import re

_FIRST, _PER_ONSET, _PER_VOWEL = ord("가"), 588, 28
_ONSETS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
_CODAS = "\0ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"
_MEETING = re.compile(r"[가-힣](?=[나-닣라-밓])")
"""A syllable before one that begins with ㄴ, ㄹ or ㅁ."""
_NASAL = {
    **dict.fromkeys("ㄱㄲㅋㄳㄺ", "ㅇ"),
    **dict.fromkeys("ㄷㅅㅆㅈㅊㅌㅎ", "ㄴ"),
    **dict.fromkeys("ㅂㅍㄼㄿㅄ", "ㅁ"),
}
"""What an obstruent becomes before a nasal."""
_LIQUID = frozenset("ㄹㄽㄾㅀ")
_NASAL_ALREADY = frozenset("ㅁㅇ")


def as_said(text: str) -> str:
    """As long as the text, letter for letter."""
    signs = list(text)
    for found in _MEETING.finditer(text):
        at = found.start()
        signs[at], signs[at + 1] = _met(signs[at], signs[at + 1])
    return "".join(signs)


def _met(before: str, after: str) -> tuple[str, str]:
    coda = _CODAS[(ord(before) - _FIRST) % _PER_VOWEL]
    onset = _ONSETS[(ord(after) - _FIRST) // _PER_ONSET]
    if onset == "ㄹ":
        if coda == "ㄴ":
            return _ending(before, "ㄹ"), after
        if coda in _NASAL_ALREADY:
            return before, _beginning(after, "ㄴ")
        if coda in _NASAL:
            return _ending(before, _NASAL[coda]), _beginning(after, "ㄴ")
    elif onset == "ㄴ" and coda in _LIQUID:
        return _ending(before, "ㄹ"), _beginning(after, "ㄹ")
    elif coda in _NASAL:
        return _ending(before, _NASAL[coda]), after
    return before, after


def _ending(syllable: str, coda: str) -> str:
    code = ord(syllable) - _FIRST
    return chr(_FIRST + code - code % _PER_VOWEL + _CODAS.index(coda))


def _beginning(syllable: str, onset: str) -> str:
    rest = (ord(syllable) - _FIRST) % _PER_ONSET
    return chr(_FIRST + _ONSETS.index(onset) * _PER_ONSET + rest)
