"""Makes structured Korean identifiers in the forms in which people and programs write them.

Made independently of `tests/laws/identifiers.py`: other numbers, other forms, other sentences. Each
number has its true check digit; a resident number issued after October 2020 has none. And
look-alikes: numbers that identify things.
"""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Callable
from urllib.parse import quote

from msgspec import Struct

SEED = 20261122
ROWS = 3_000

Rng = random.Random


class Identifier(Struct, frozen=True):
    kind: str
    families: tuple[str, ...]
    """Kinds of evidence that count as finding it."""
    groups: tuple[str, ...]
    """Its digits as people group them."""
    cue: str

    def joined(self, separator: str) -> str:
        return separator.join(self.groups)


class Row(Struct, frozen=True):
    kind: str
    form: str
    turns: tuple[str, ...]
    families: tuple[str, ...]


def _digits(rng: Rng, count: int) -> str:
    return "".join(str(rng.randrange(10)) for _ in range(count))


def _check(digits: str, weights: tuple[int, ...], base: int) -> int:
    return (base - sum(int(d) * w for d, w in zip(digits, weights, strict=True)) % 11) % 10


_RESIDENT_WEIGHTS = (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)


def _person(rng: Rng, foreign: bool) -> tuple[str, str]:
    year = rng.randint(1940, 2012)
    sex = rng.randrange(2)
    century = (7 if year >= 2000 else 5) if foreign else (3 if year >= 2000 else 1)
    birth = f"{year % 100:02}{rng.randint(1, 12):02}{rng.randint(1, 28):02}"
    head = f"{birth}{century + sex}{_digits(rng, 5)}"
    if rng.random() < 0.15:  # issued since October 2020: the last digit is random
        return birth, head[6:] + _digits(rng, 1)
    return birth, head[6:] + str(_check(head, _RESIDENT_WEIGHTS, 13 if foreign else 11))


def _resident(rng: Rng) -> Identifier:
    cue = rng.choice(
        ("제 주민번호예요", "주민등록번호", "본인 확인용입니다", "RRN", "인증이 안 돼요")
    )
    return Identifier("resident", ("id.kr_rrn", "id.kr_frn"), _person(rng, False), cue)


def _foreigner(rng: Rng) -> Identifier:
    cue = rng.choice(("외국인등록번호입니다", "체류 연장하려고요", "alien registration number"))
    return Identifier("foreigner", ("id.kr_rrn", "id.kr_frn"), _person(rng, True), cue)


def _mobile(rng: Rng) -> Identifier:
    groups = ("010", str(rng.randint(2000, 9999)), _digits(rng, 4))
    cue = rng.choice(("연락 주세요", "이 번호로 문자", "제 폰", "call me", "여기로 전화 바랍니다"))
    return Identifier("mobile", ("contact.phone",), groups, cue)


def _landline(rng: Rng) -> Identifier:
    area = rng.choice(("02", "031", "051", "062", "064", "070"))
    groups = (area, str(rng.randint(200, 999) if area != "070" else 7654), _digits(rng, 4))
    return Identifier("landline", ("contact.phone",), groups, rng.choice(("집 전화", "전화번호는")))


def _business(rng: Rng) -> Identifier:
    head = f"{rng.randint(101, 899)}{rng.randint(1, 89):02}{_digits(rng, 4)}"
    total = sum(int(d) * w for d, w in zip(head, (1, 3, 7, 1, 3, 7, 1, 3, 5), strict=True))
    check = -(total + int(head[8]) * 5 // 10) % 10
    groups = (head[:3], head[3:5], f"{head[5:]}{check}")
    cue = rng.choice(("사업자등록번호", "세금계산서 발행용 사업자번호", "business registration"))
    return Identifier("business", ("id.kr_brn",), groups, cue)


def _corporate(rng: Rng) -> Identifier:
    head = (
        f"{rng.choice(('1101', '1201', '1301', '1801'))}{rng.choice(('11', '14'))}{_digits(rng, 6)}"
    )
    check = -sum(int(d) * (1 + i % 2) for i, d in enumerate(head)) % 10
    groups = (head[:6], f"{head[6:]}{check}")
    return Identifier("corporate", ("id.kr_corporate", "id.kr_rrn"), groups, "법인등록번호")


def _card(rng: Rng) -> Identifier:
    head = rng.choice(("4", "5", "5", "9"))
    head += {"4": _digits(rng, 14), "5": str(rng.randint(1, 5)), "9": "4"}[head]
    head += _digits(rng, 15 - len(head))
    total = sum(sum(divmod(int(d) * (2 - i % 2), 10)) for i, d in enumerate(head))
    number = f"{head}{-total % 10}"
    groups = tuple(number[i : i + 4] for i in range(0, 16, 4))
    cue = rng.choice(("카드번호", "이 카드로 결제해 주세요", "결제 카드", "my card"))
    return Identifier("card", ("finance.card",), groups, cue)


_ACCOUNTS = (
    ("국민은행", (6, 2, 6)),
    ("신한 계좌", (3, 3, 6)),
    ("우리은행", (4, 3, 6)),
    ("카카오뱅크", (4, 2, 7)),
    ("농협", (3, 4, 4, 2)),
    ("기업은행 계좌번호", (3, 6, 2, 3)),
    ("토스뱅크", (4, 4, 4)),
)


def _account(rng: Rng) -> Identifier:
    bank, shape = rng.choice(_ACCOUNTS)
    groups = tuple(f"{rng.randint(1, 9)}{_digits(rng, size - 1)}" for size in shape)
    return Identifier("account", ("finance.account", "finance.card"), groups, bank)


def _licence(rng: Rng) -> Identifier:
    groups = (str(rng.randint(11, 26)), _digits(rng, 2), _digits(rng, 6), _digits(rng, 2))
    cue = rng.choice(("운전면허번호", "면허증 번호", "driver's license"))
    return Identifier("licence", ("id.kr_licence", "id.licence"), groups, cue)


KINDS: tuple[Callable[[Rng], Identifier], ...] = (
    *(_resident, _foreigner, _mobile, _landline, _business, _corporate),
    *(_card, _account, _licence),
)

_Spell = Callable[[Identifier, Rng], str]


def _signs(signs: str, separator: str) -> _Spell:
    table = {ord("0") + i: sign for i, sign in enumerate(signs)}
    return lambda number, rng: number.joined(separator).translate(table)


def _each(before: str, after: str) -> _Spell:
    return lambda number, rng: f"{before}{number.joined('-')}{after}"


def _coded(code: Callable[[str], str]) -> _Spell:
    return lambda number, rng: code(f"{number.cue} {number.joined('-')}")


def _mixed_scripts(number: Identifier, rng: Rng) -> str:
    """Every digit by itself in one of three scripts."""
    scripts = ("0123456789", "０１２３４５６７８９", "공일이삼사오육칠팔구")
    return "".join(rng.choice(scripts)[int(d)] if d.isdigit() else d for d in number.joined("-"))


def _spoken(number: Identifier, rng: Rng) -> str:
    words = "공일이삼사오육칠팔구"
    dash = rng.choice((" 다시 ", " ", ", ", " 에 ", " 하이픈 "))
    return dash.join("".join(words[int(d)] for d in group) for group in number.groups)


def _spoken_slowly(number: Identifier, rng: Rng) -> str:
    words = "영일이삼사오육칠팔구"
    return " ".join(words[int(d)] for d in number.joined(""))


def _column(number: Identifier, rng: Rng) -> str:
    return f"| 항목 | 값 |\n|---|---|\n| {number.cue} | {number.joined('-')} |"


def _csv(number: Identifier, rng: Rng) -> str:
    return f'순번,{number.cue},비고\n1,"{number.joined("")}",신규'


def _html(number: Identifier, rng: Rng) -> str:
    cells = "</span>-<span>".join(number.groups)
    return f"<tr><td>{number.cue}</td><td><span>{cells}</span></td></tr>"


def _json(number: Identifier, rng: Rng) -> str:
    return json.dumps({"label": number.cue, "value": number.joined("-")}, ensure_ascii=True)


def _json_nested(number: Identifier, rng: Rng) -> str:
    inner = json.dumps({"label": number.cue, "value": number.joined("")}, ensure_ascii=False)
    return json.dumps({"payload": inner}, ensure_ascii=False)


def _form_fields(number: Identifier, rng: Rng) -> str:
    """Parts in fields of their own, as web forms keep them."""
    fields = "&".join(f"no{i + 1}={group}" for i, group in enumerate(number.groups))
    return f"{number.cue}: {fields}"


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _code(number: Identifier, rng: Rng) -> str:
    return f'customer["no"] = "{number.joined("-")}"  # {number.cue}'


FORMS: dict[str, _Spell] = {
    "usual": lambda n, r: n.joined("-"),
    "bare": lambda n, r: n.joined(""),
    "spaces": lambda n, r: n.joined(" "),
    "two spaces": lambda n, r: n.joined("  "),
    "dots": lambda n, r: n.joined("."),
    "slashes": lambda n, r: n.joined("/"),
    "middle dots": lambda n, r: n.joined("·"),
    "tilde": lambda n, r: n.joined("~"),
    "underscores": lambda n, r: n.joined("_"),
    "spaced dashes": lambda n, r: n.joined(" – "),
    "minus sign": lambda n, r: n.joined("−"),
    "tabs": lambda n, r: n.joined("\t"),
    "line after dash": lambda n, r: n.joined("-\n"),
    "each part on its line": lambda n, r: n.joined("\n"),
    "digit by digit": lambda n, r: " ".join(n.joined("")),
    "in brackets": _each("[", "]"),
    "bold": _each("**", "**"),
    "quoted": _each("『", "』"),
    "full width": lambda n, r: n.joined("－").translate(
        {ord("0") + i: chr(0xFF10 + i) for i in range(10)}
    ),
    "Arabic-Indic": _signs("٠١٢٣٤٥٦٧٨٩", "-"),
    "Devanagari": _signs("०१२३४५६७८९", "-"),
    "mathematical": _signs("𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗", "-"),
    "superscript": _signs("⁰¹²³⁴⁵⁶⁷⁸⁹", "-"),
    "circled": _signs("⓪①②③④⑤⑥⑦⑧⑨", " "),
    "Chinese": _signs("零一二三四五六七八九", "-"),
    "Chinese, circle zero": _signs("〇一二三四五六七八九", ""),
    "Chinese, formal": _signs("零壹貳參四五六七八九", "-"),
    "Hangul": _spoken,
    "Hangul, slowly": _spoken_slowly,
    "mixed scripts": _mixed_scripts,
    "word joiners": lambda n, r: "\u2060".join(n.joined("-")),
    "direction marks": lambda n, r: "\u200e".join(n.joined("-")),
    "keycap emoji": lambda n, r: "".join(f"{d}\ufe0f\u20e3" for d in n.joined("")),
    "table": _column,
    "CSV": _csv,
    "HTML cells": _html,
    "JSON": _json,
    "JSON in JSON": _json_nested,
    "form fields": _form_fields,
    "code": _code,
    "Base64": _coded(_base64),
    "Base64 of Base64": _coded(lambda text: _base64(_base64(text))),
    "percent": _coded(lambda text: quote(text, safe="")),
    "hex": _coded(lambda text: text.encode().hex()),
    "unicode escapes": _coded(lambda text: "".join(f"\\u{ord(c):04x}" for c in text)),
    "HTML entities": _coded(lambda text: "".join(f"&#x{ord(c):x};" for c in text)),
}

_AROUND = (
    "{cue} {it}",
    "{it} {cue}",
    "{cue}: {it} 이거 맞는지 확인 부탁드려요.",
    "안녕하세요 어제 문의드린 사람인데요\n{cue}\n{it}\n감사합니다",
    "please check: {cue} {it}",
    "네 그거는 {cue} {it}이고요 나머지는 내일 보낼게요",
)


def rows(count: int = ROWS, seed: int = SEED) -> list[Row]:
    """The same rows for the same seed; every kind in every form about equally often."""
    rng = random.Random(seed)
    made = []
    for at in range(count):
        number = KINDS[at % len(KINDS)](rng)
        if at % 11 == 0:
            made.append(_over_turns(number, rng))
            continue
        form = rng.choice(list(FORMS))
        it = FORMS[form](number, rng)
        text = rng.choice(_AROUND).format(cue=number.cue, it=it)
        made.append(Row(number.kind, form, (text,), number.families))
    return made


def _over_turns(number: Identifier, rng: Rng) -> Row:
    cut = rng.randrange(1, len(number.groups))
    first, second = "-".join(number.groups[:cut]), "-".join(number.groups[cut:])
    turns = (f"{number.cue} {first}", f"{second} 입니다")
    return Row(number.kind, "over two turns", turns, number.families)


_THINGS: tuple[Callable[[Rng], str], ...] = (
    lambda r: (
        f"주문번호 {r.randint(2022, 2026)}{r.randint(1, 12):02}{r.randint(1, 28):02}-{_digits(r, 7)} 배송 언제 와요"
    ),
    lambda r: f"운송장 {_digits(r, 4)}-{_digits(r, 4)}-{_digits(r, 4)} 조회",
    lambda r: f"바코드 880{_digits(r, 10)} 상품 이름이 뭔가요",
    lambda r: f"ISBN 979-11-{_digits(r, 4)}-{_digits(r, 3)}-{_digits(r, 1)} 재고",
    lambda r: (
        f"대표번호 {r.choice(('1588', '1577', '1661', '1899'))}-{_digits(r, 4)} 로 문의하세요"
    ),
    lambda r: f"버전 {r.randint(1, 20)}.{r.randint(0, 30)}.{_digits(r, 5)} 으로 올려도 될까요",
    lambda r: (
        f"회의는 {r.randint(2024, 2027)}-{r.randint(1, 12):02}-{r.randint(1, 28):02} {r.randint(9, 18)}:30 입니다"
    ),
    lambda r: f"총 {r.randint(1, 99)},{_digits(r, 3)},{_digits(r, 3)}원 결제했어요",
    lambda r: f"로그 시각 17{_digits(r, 11)} 는 몇 시인가요",
    lambda r: f"좌표 37.{_digits(r, 6)}, 127.{_digits(r, 6)} 근처 카페",
    lambda r: f"commit {''.join(r.choice('0123456789abcdef') for _ in range(40))} 되돌려줘",
    lambda r: f"모델 SM-{_digits(r, 4)}N 과 RTX{_digits(r, 4)} 비교",
    lambda r: f"사건번호 {r.randint(2015, 2024)}다{_digits(r, 6)} 판결 요약",
    lambda r: f"문서번호 {r.randint(2020, 2026)}-{_digits(r, 4)}-{_digits(r, 3)} 로 저장",
    lambda r: (
        f"{r.randint(1, 12)}월 {r.randint(1, 28)}일부터 {_digits(r, 2)}일간 {_digits(r, 3)}명 참석"
    ),
    lambda r: (
        f"{r.randint(100, 999)} {r.randint(100, 999)} {r.randint(100, 999)} {r.randint(100, 999)} 의 평균"
    ),
    lambda r: f"0.{_digits(r, 12)} 를 반올림하면",
    lambda r: (
        f"request id {_digits(r, 8)}-{_digits(r, 4)}-4{_digits(r, 3)}-8{_digits(r, 3)}-{_digits(r, 12)} failed"
    ),
    lambda r: (
        f"점수는 {r.randint(0, 99)}-{r.randint(0, 99)}, {r.randint(0, 99)}-{r.randint(0, 99)}, {r.randint(0, 99)}-{r.randint(0, 99)} 였다"
    ),
    lambda r: f"예약번호 {_digits(r, 10)} 확인해 주세요",
    lambda r: f"우편번호 0{_digits(r, 4)} 는 어느 구인가요",
    lambda r: f"시리얼 {_digits(r, 6)}-{_digits(r, 5)} 보증 기간",
)


def lookalikes(count: int = ROWS // 2, seed: int = SEED) -> list[str]:
    rng = random.Random(seed + 1)
    return [_THINGS[at % len(_THINGS)](rng) for at in range(count)]
