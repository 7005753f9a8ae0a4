"""Quantities of a text, however they are written: `2잔`, `두 잔`, `5천만 원`, `twenty`, `1,200`.

Only what is surely a number counts: Korean numerals need a counter behind them, because `이`, `일`
and `한` are words as well; English `one` is left out for the same reason.
"""

from __future__ import annotations

import re

from msgspec import Struct

from gilmok.cache.lexicon import UNITS


class Quantity(Struct, frozen=True):
    value: float
    unit: str
    """Empty where the text names none that is known."""


_UNIT_OF = {name: group.split()[0] for group in UNITS for name in group.split()}
_UNIT = "|".join(sorted(map(re.escape, _UNIT_OF), key=len, reverse=True))
_KOREAN_UNIT = "|".join(
    sorted((u for u in _UNIT_OF if "가" <= u[0] <= "힣"), key=len, reverse=True)
)

_SINO_DIGITS = {"영": 0, "공": 0, "일": 1, "이": 2, "삼": 3, "사": 4, "오": 5, "육": 6, "칠": 7, "팔": 8, "구": 9}  # fmt: skip
_SINO_SMALL = {"십": 10, "백": 100, "천": 1000}
_SINO_LARGE = {"만": 10_000, "억": 100_000_000, "조": 1_000_000_000_000}
_NATIVE_TENS = {"열": 10, "스물": 20, "스무": 20, "서른": 30, "마흔": 40, "쉰": 50}
_NATIVE_ONES = {"하나": 1, "한": 1, "둘": 2, "두": 2, "셋": 3, "세": 3, "넷": 4, "네": 4, "다섯": 5, "여섯": 6, "일곱": 7, "여덟": 8, "아홉": 9}  # fmt: skip
_TO_TWENTY = """two three four five six seven eight nine ten eleven twelve thirteen fourteen
fifteen sixteen seventeen eighteen nineteen twenty"""
_ENGLISH = {word: value for value, word in enumerate(_TO_TWENTY.split(), 2)} | {
    "thirty": 30,
    "forty": 40,
    "fifty": 50,
    "sixty": 60,
    "seventy": 70,
    "eighty": 80,
    "ninety": 90,
}
_ENGLISH_SCALES = {"hundred": 100, "thousand": 1000, "million": 1_000_000, "dozen": 12, "billion": 1_000_000_000}  # fmt: skip

_CLOCK = ("시", "pm")
"""Where a quantity is a time of day, `15시` is `3시` in other words; morning and afternoon are members
of an exclusive group."""

_DIGITS = re.compile(
    rf"(?P<number>\d[\d,]*(?:\.\d+)?)\s?(?:(?P<large>천만|백만|십만|만|천|억|조(?!각|항|직))"
    rf"(?:\s?(?P<more>\d{{1,4}})\s?(?P<small>천만|백만|십만|만|천|백)(?![가-힣]*째))?)?"
    rf"\s?(?P<unit>(?:{_UNIT})(?![a-z]))?",
)
_SINO = re.compile(
    rf"(?<![가-힣])(?P<number>[영공일이삼사오육칠팔구십백천만억조]+)\s?(?P<unit>{_KOREAN_UNIT})"
)
_NATIVE = re.compile(
    r"(?<![가-힣])(?P<tens>열|스물|스무|서른|마흔|쉰)?(?P<ones>하나|한|둘|두|셋|세|넷|네|다섯|여섯|일곱|여덟|아홉)?"
    rf"\s?(?P<unit>{_KOREAN_UNIT})"
)
_ALONE = re.compile(r"(?<![가-힣])(?P<ones>하나|둘|셋|넷|다섯|여섯|일곱|여덟|아홉)(?=[이랑만요은는를을로 ,.?!]|$)")  # fmt: skip
_WORDED = re.compile(
    rf"\b(?P<number>(?:(?:{'|'.join(_ENGLISH)}|{'|'.join(_ENGLISH_SCALES)})[\s-]?)+)"
    rf"\b(?P<unit>[a-z]+)?"
)
# Most texts have none: these look faster than the ones above.
_ANY_DIGIT = re.compile(r"\d")
_ANY_WORD = re.compile(rf"\b(?:{'|'.join((*_ENGLISH, *_ENGLISH_SCALES))})")
_ANY_NATIVE = re.compile(rf"(?<![가-힣])(?:{'|'.join((*_NATIVE_TENS, *_NATIVE_ONES))})")
_ANY_SINO = re.compile(r"(?<![가-힣])[영공일이삼사오육칠팔구십백천만억조]")
_NO_NUMBERS = """이번 이분 이달 이주 일일 사번 한번 이점 일시 이시 사시 오시 공시 일조 이회 공회 이세 일초 사초 이일
사일 오인 구인 공인 일인 사인 이인 만인 천인 백인 사장 공장 구장 이장 일장 사점 일점 이호 사호 구호 일호 만일 사세 오세
구조 사조 만조 공조 백조 이도 사도 구도 조도 만도 구원 이원 공원 사원 일원 오일 일주 사주 구주 이층 만세 천세 만기 일병
이병 조각 만병 일권 이권 공권 일도 조점"""
_NOT_NUMBERS = frozenset((*_NO_NUMBERS.split(), "한 번"))
"""Words that only look like a numeral and its counter."""


def quantities(text: str) -> tuple[Quantity, ...]:
    """In the order of the text, which is lower case. Linear in its length."""
    found: list[tuple[int, Quantity]] = []
    taken: set[int] = set()

    def take(match: re.Match[str], value: float, unit: str | None) -> None:
        if not taken.intersection(range(*match.span())):
            taken.update(range(*match.span()))
            at_noon = 12 if unit in _CLOCK and 12 < value <= 24 else 0
            found.append((match.start(), Quantity(value - at_noon, _UNIT_OF.get(unit or "", ""))))

    for match in _DIGITS.finditer(text) if _ANY_DIGIT.search(text) else ():
        value = float(match["number"].replace(",", "") or 0)
        scale = _sino(match["large"]) if match["large"] else 1
        more = float(match["more"]) * _sino(match["small"]) if match["more"] else 0
        take(match, value * scale + more, match["unit"])
    if _ANY_NATIVE.search(text):
        for match in _NATIVE.finditer(text):
            value = _NATIVE_TENS.get(match["tens"], 0) + _NATIVE_ONES.get(match["ones"], 0)
            if value and match[0] not in _NOT_NUMBERS:
                take(match, value, "명" if match["unit"] == "분" else match["unit"])
        for match in _ALONE.finditer(text):
            take(match, _NATIVE_ONES[match["ones"]], None)
    if _ANY_SINO.search(text):
        for match in _SINO.finditer(text):
            if match[0] not in _NOT_NUMBERS:
                take(match, _sino(match["number"]), match["unit"])
    for match in _WORDED.finditer(text) if _ANY_WORD.search(text) else ():
        take(match, _english(match["number"]), match["unit"])
    return tuple(quantity for _, quantity in sorted(found, key=lambda pair: pair[0]))


def _sino(number: str) -> float:
    """`이십오` is 25, `오천만` 50,000,000."""
    total, part, digit = 0, 0, 0
    for c in number:
        if c in _SINO_DIGITS:
            digit = digit * 10 + _SINO_DIGITS[c] if digit else _SINO_DIGITS[c]
        elif c in _SINO_SMALL:
            part += (digit or 1) * _SINO_SMALL[c]
            digit = 0
        else:
            total += (part + digit or 1) * _SINO_LARGE[c]
            part = digit = 0
    return total + part + digit


def _english(number: str) -> float:
    value = 0.0
    for word in re.split(r"[\s-]+", number.strip(" -")):
        if word in _ENGLISH_SCALES:
            value = (value or 1) * _ENGLISH_SCALES[word]
        else:
            value += _ENGLISH[word]
    return value
