"""Numbers spelled in words or in other signs than digits, as digits."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gilmok.inspection.normal import Layer, substitute
from gilmok.inspection.view import View, look

_SPELLINGS = (
    "0oO공영빵〇零",
    "1일一壹",
    "2이二貳",
    "3삼三參",
    "4사四",
    "5오五",
    "6육륙六陸",
    "7칠七",
    "8팔八",
    "9구九",
)
_AS_DIGITS = {ord(sign): str(value) for value, signs in enumerate(_SPELLINGS) for sign in signs}
# 팔오이고요: the last syllable but two is a verb of being, not a two.
_BEING = "이(?:고|거|구요|에요|예|야|라|며|니|다|요|죠|랑|번)"
_DIGIT = f"(?!{_BEING})[{''.join(_SPELLINGS)}]"
_SIGN = f"[{''.join(c for c in ''.join(_SPELLINGS) if not c.isascii())}]"
_SPOKEN_SIGN = re.compile(rf"{_SIGN}[ .\-·,\n]{{0,3}}{_DIGIT}")
_SPOKEN = re.compile(
    rf"(?<![A-Za-z]){_DIGIT}(?:(?:[ .\-·,\n]{{0,3}}|[ ]?(?:다시|에|의|대시|하이픈|빼기)[ ]?){_DIGIT}){{5,}}+"
)
_GROUP = re.compile(rf"(?:{_DIGIT})+")
_MIXED = 3
"""Signs of other scripts among digits that make it a number, not a digit before a counter."""
_SPOKEN_DASH = re.compile("다시|대시|하이픈|빼기|에|의")
_WORD_VALUES = {
    word: str(value)
    for value, words in enumerate(
        ["zero oh", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
    )
    for word in words.split()
}
_WORD = "zero|oh|one|two|three|four|five|six|seven|eight|nine"
_WORDS = re.compile(rf"\b(?:{_WORD})(?:[ ,.\-]{{1,3}}(?:dash |hyphen )?(?:{_WORD})){{5,}}+\b", re.I)
_ONE_WORD = re.compile(_WORD)


def spoken(view: View) -> Iterator[View]:
    """공일공 다시 일이삼사, 一三八, "nine zero zero": as digits, where at least six stand in a row.

    A reading for each of the two ways; none for ordinary text.
    """
    text = view.text
    if _may_be_spoken(view) and _SPOKEN.search(text) is not None:
        changed = substitute(text, _SPOKEN, _as_digits)
        if changed is not None and changed[0] != text:
            yield look(Layer(changed[0], changed[1], view.layer), view.inherited)
    if _some_number_word(view.lower) and _WORDS.search(text) is not None:
        changed = substitute(text, _WORDS, _words_as_digits)
        if changed is not None:
            yield look(Layer(changed[0], changed[1], view.layer), view.inherited)


def _may_be_spoken(view: View) -> bool:
    """A cheap gate: an O among digits, or a sign of another script before a digit of any."""
    if view.signs.digits > 2 and "o" in view.lower:
        return True
    return not view.text.isascii() and _SPOKEN_SIGN.search(view.text) is not None


def _some_number_word(lower: str) -> bool:
    """A cheap gate: numbers that identify somebody have a zero or a one in a date or prefix."""
    return "zero" in lower or " one " in lower or " oh " in lower or "one " in lower[:4]


def _as_digits(run: str) -> str:
    dashed = _SPOKEN_DASH.sub(lambda m: "-" + " " * (len(m.group()) - 1), run)
    groups = _GROUP.findall(dashed)
    if max(map(len, groups)) == 1 or _mixes(groups):
        return dashed.translate(_AS_DIGITS)
    # A lone sign beside longer groups is a word: "이 010-2345-6789", "010-2345-6789, 이메일".
    changed = _GROUP.sub(lambda m: _group_as_digits(m[0]), dashed)
    return changed if changed != dashed else run


def _mixes(groups: list[str]) -> bool:
    """3사７-７공: digits of several scripts within their groups."""
    mixed = [g for g in groups if any(map(str.isdecimal, g)) and not g.isdecimal()]
    return sum(not c.isdecimal() for g in mixed for c in g) >= _MIXED


def _group_as_digits(group: str) -> str:
    # 25일 is a day of the month and 2이 a typo, not 251 and 22.
    if len(group) == 1 or group[:-1].isdecimal():
        return group
    return group.translate(_AS_DIGITS)


def _words_as_digits(run: str) -> str:
    return "".join([_WORD_VALUES[word] for word in _ONE_WORD.findall(run.lower())])
