"""Where a review's sentences end, and where one of them turns: Korean and English.

Reviews rarely have final punctuation, so sentence-final endings (`-어요`, `-습니다`, `-음`) count as
well as full stops, laughter and tears do. A sentence is split again at connectives that may join
different moods (`-는데`, `-지만`, `-고`; `but`, `although`), because "맛은 있는데 양이 적어요" says two things.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Clause:
    """`text[start:end]` of the review, no white space at either side."""

    start: int
    end: int
    text: str


# Punctuation, line breaks, laughter (ㅋㅋ ㅎㅎ), tears (ㅠㅠ) and emoji end a sentence. A full stop
# inside a number (4.5) does not.
_STOPS = re.compile(
    r"(?:[!?…\n。~]|(?<!\d)[.]|[.](?!\d)|;|ㅋ{2,}|ㅎ{2,}|[ㅠㅜ]{2,}|\^\^|[\U0001F300-\U0001FAFF\u2600-\u27BF\u2764])"
    r"[!?.…~\s;^ㅋㅎㅠㅜ\uFE0F\u200D\U0001F300-\U0001FAFF\u2600-\u27BF]*"
)
# A final ending and the space after it, where no punctuation says so. Nouns that end alike
# ("처음", "마음", "다음", "요") are ruled out by what stands before the ending.
_FINAL = re.compile(
    r"(?:(?:[어아해여워와돼려져셔이예네데지까구고세군]요|니다|니당|어용|아용|해용|네용|어여|아여|해여|네여|죠|"
    r"었다|았다|했다|였다|(?<!동)(?<=[가-힣])네|있음|없음|했음|었음|았음|같음|좋음|많음|적음|싶음|이에여|거든요|래요|대요)"
    r"(?=\s))\s+"
)
# Syllables that end in ㄴ: before "데" they are the connective (-는데, -한데, -싼데).
_NIEUN = "".join(chr(syllable) for syllable in range(ord("간"), ord("힣") + 1, 28))
# Nouns whose last syllable looks like the connective "-고", and verbs that "-고" only carries.
_NOT_AND = "".join(f"(?<!{before})" for before in "최광장재참사창경보충예원")
_CARRIES_ON = r"(?!\s*(?:싶|있|없|나서|나니|나면|갑|갔|가요|가세|다녀|와|왔|보|말|계|먹))"
_CONNECTIVE = (
    rf"(?:(?<!그)(?!(?<![가-힣])[근한]데)[{_NIEUN}]데(?:도|요)?|[가-힣](?:지만|으나|하나|이나만|더라도|으며|면서도)|[하이]며|"
    rf"[가-힣]{_NOT_AND}고(?:요|여)?{_CARRIES_ON})"
)
_NEW_THOUGHT = (
    r"(?:하지만|그러나|그런데|근데|다만|그래도|대신에?|반면에?|단,|그치만|한데|"
    r"but|however|although|though|yet|while|whereas|except|and|plus)\b"
)
# A connective stays with the part before it, a conjunction with the part after it.
_TURN = re.compile(rf"{_CONNECTIVE}(?=[\s,])[\s,]+|,\s+|\s+(?={_NEW_THOUGHT})", re.IGNORECASE)


def sentences(text: str) -> list[Clause]:
    """In order, not overlapping; together every character but white space and stops."""
    return _cut(text, 0, len(text), _sentence_ends(text))


def clauses(text: str) -> list[Clause]:
    """The sentences, split where they may turn."""
    parts: list[Clause] = []
    for sentence in sentences(text):
        ends = (sentence.start + found.end() for found in _TURN.finditer(sentence.text))
        parts += _cut(text, sentence.start, sentence.end, ends)
    return parts


def _sentence_ends(text: str) -> list[int]:
    stops = {found.end() for found in _STOPS.finditer(text)}
    return sorted(stops | {found.end() for found in _FINAL.finditer(text)})


def _cut(text: str, start: int, end: int, cuts: Iterator[int] | list[int]) -> list[Clause]:
    parts = []
    for cut in [*cuts, end]:
        piece = text[start:cut]
        stripped = piece.strip()
        if stripped:
            begin = start + piece.index(stripped[0])
            parts.append(Clause(begin, begin + len(stripped), stripped))
        start = max(start, cut)
    return parts
