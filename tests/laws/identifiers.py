"""Random valid identifiers, and the forms in which people and programs write them.

The levels are those of docs/privacy-labels.md: what a detector says is not asked here.
"""

from __future__ import annotations

import base64
import json
import string
from collections.abc import Callable
from random import Random
from urllib.parse import quote

from msgspec import Struct

from gilmok.core.inspection import Sensitivity

HIGH, MEDIUM = Sensitivity.HIGH, Sensitivity.MEDIUM
_DIGITS = string.digits
_LETTERS = string.ascii_letters + string.digits


class Identifier(Struct, frozen=True):
    """One identifier in its usual spelling, behind the words people put before it."""

    kind: str
    level: Sensitivity
    text: str
    cue: str

    @property
    def is_number(self) -> bool:
        """Digits and hyphens only, so that the forms of digits apply."""
        return set(self.text) <= set(_DIGITS + "-+")


def _some(rng: Random, alphabet: str, count: int) -> str:
    return "".join(rng.choice(alphabet) for _ in range(count))


def _birth(rng: Random) -> str:
    return f"{rng.randint(50, 99):02}{rng.randint(1, 12):02}{rng.randint(1, 28):02}"


def _weighted(digits: str, start: int) -> str:
    """The last digit of a registration number issued before October 2020."""
    weights = (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)
    total = sum(int(d) * w for d, w in zip(digits, weights, strict=True))
    return str((start - total % 11) % 10)


def _rrn(rng: Random) -> str:
    digits = _birth(rng) + rng.choice("12") + _some(rng, _DIGITS, 5)
    return f"{digits[:6]}-{digits[6:]}{_weighted(digits, 11)}"


def _frn(rng: Random) -> str:
    digits = _birth(rng) + rng.choice("56") + _some(rng, _DIGITS, 5)
    return f"{digits[:6]}-{digits[6:]}{_weighted(digits, 13)}"


def _brn(rng: Random) -> str:
    digits = f"{rng.randint(101, 899)}{rng.randint(1, 89):02}{_some(rng, _DIGITS, 4)}"
    weights = (1, 3, 7, 1, 3, 7, 1, 3)
    total = sum(int(d) * w for d, w in zip(digits, weights, strict=False))
    last = int(digits[8]) * 5
    check = (10 - (total + last // 10 + last % 10) % 10) % 10
    return f"{digits[:3]}-{digits[3:5]}-{digits[5:]}{check}"


def _phone(rng: Random) -> str:
    return f"010-{rng.randint(2000, 9999)}-{_some(rng, _DIGITS, 4)}"


def _card(rng: Random) -> str:
    digits = rng.choice(("4", "51", "55", "9410", "3569")) + _some(rng, _DIGITS, 15)
    digits = digits[:15]
    doubled = (int(d) * (2 - i % 2) for i, d in enumerate(digits))
    total = sum(d - 9 if d > 9 else d for d in doubled)
    digits += str(-total % 10)
    return "-".join(digits[i : i + 4] for i in range(0, 16, 4))


def _account(rng: Random) -> str:
    return f"{rng.randint(100, 999)}-{rng.randint(10, 99)}-{_some(rng, _DIGITS, 6)}"


def _passport(rng: Random) -> str:
    return (
        f"M{rng.randint(100, 999)}{_some(rng, string.ascii_uppercase, 1)}{_some(rng, _DIGITS, 4)}"
    )


def _licence(rng: Random) -> str:
    region, year = rng.randint(11, 26), rng.randint(70, 99)
    return f"{region}-{year}-{_some(rng, _DIGITS, 6)}-{_some(rng, _DIGITS, 2)}"


def _plate(rng: Random) -> str:
    return (
        f"{rng.randint(100, 699)}{rng.choice('가나다라마거너더러머버서')}{rng.randint(1000, 9999)}"
    )


def _email(rng: Random) -> str:
    local = _some(rng, string.ascii_lowercase, 7) + str(rng.randint(10, 99))
    return f"{local}@{rng.choice(('naver.com', 'gmail.com', 'daum.net', 'company.co.kr'))}"


def _iban(rng: Random) -> str:
    country, bban = rng.choice((("DE", 18), ("NL", 0), ("FR", 23)))
    body = f"ABNA{_some(rng, _DIGITS, 10)}" if country == "NL" else _some(rng, _DIGITS, bban)
    number = int("".join(str(int(c, 36)) for c in f"{body}{country}00"))
    return f"{country}{98 - number % 97:02}{body}"


def _ssn(rng: Random) -> str:
    return f"{rng.randint(100, 665)}-{rng.randint(10, 99)}-{rng.randint(1000, 9999)}"


def _api_key(rng: Random) -> str:
    prefix, size = rng.choice((("sk-proj-", 40), ("ghp_", 36), ("AKIA", 0), ("sk-ant-api03-", 40)))
    if prefix == "AKIA":
        return prefix + _some(rng, string.ascii_uppercase + _DIGITS, 15) + rng.choice(_DIGITS)
    return prefix + _some(rng, _LETTERS, size - 1) + rng.choice(_DIGITS)


def _private_key(rng: Random) -> str:
    body = base64.b64encode(rng.randbytes(120)).decode()
    lines = "\n".join(body[i : i + 64] for i in range(0, len(body), 64))
    return f"-----BEGIN PRIVATE KEY-----\n{lines}\n-----END PRIVATE KEY-----"


def _jwt(rng: Random) -> str:
    def part(value: object) -> str:
        raw = json.dumps(value, separators=(",", ":")).encode()
        return base64.urlsafe_b64encode(raw).decode().rstrip("=")

    claims = {"sub": str(rng.randint(10**9, 10**10)), "iat": rng.randint(16 * 10**8, 17 * 10**8)}
    signature = base64.urlsafe_b64encode(rng.randbytes(32)).decode().rstrip("=")
    return f"{part({'alg': 'HS256', 'typ': 'JWT'})}.{part(claims)}.{signature}"


_KINDS: tuple[tuple[str, Sensitivity, Callable[[Random], str], tuple[str, ...]], ...] = (
    ("kr_rrn", HIGH, _rrn, ("주민등록번호는", "주민번호", "resident registration number:", "")),
    ("kr_frn", HIGH, _frn, ("외국인등록번호는", "alien registration", "")),
    ("kr_brn", MEDIUM, _brn, ("사업자등록번호는", "business registration number")),
    ("phone", MEDIUM, _phone, ("전화번호는", "연락처", "call me at", "")),
    ("card", HIGH, _card, ("카드번호는", "credit card", "")),
    ("account", HIGH, _account, ("국민은행 계좌는", "입금 계좌번호", "bank account")),
    ("passport", HIGH, _passport, ("여권번호는", "passport number")),
    ("licence", HIGH, _licence, ("운전면허 번호는", "driver's license", "면허번호:")),
    ("plate", MEDIUM, _plate, ("차량 번호는", "주차한 차는", "")),
    ("email", MEDIUM, _email, ("이메일은", "email", "")),
    ("iban", HIGH, _iban, ("IBAN", "")),
    ("us_ssn", HIGH, _ssn, ("my SSN is", "social security number")),
    ("api_key", HIGH, _api_key, ("API 키는", "the key is", "")),
    ("private_key", HIGH, _private_key, ("개인 키:", "")),
    ("jwt", HIGH, _jwt, ("토큰은", "token:", "")),
)

KINDS = tuple(kind for kind, *_ in _KINDS)


def identifier(rng: Random, kind: str | None = None) -> Identifier:
    """A random valid identifier of `kind`, or of any."""
    name, level, make, cues = (
        next(k for k in _KINDS if k[0] == kind) if kind else rng.choice(_KINDS)
    )
    return Identifier(name, level, make(rng), rng.choice(cues))


Write = Callable[[str], str]


def _translated(signs: str) -> Write:
    table = {ord("0") + i: sign for i, sign in enumerate(signs)}
    return lambda text: text.translate(table)


def _full_width(text: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _base64_lines(text: str) -> str:
    coded = _base64(f"값: {text} 입니다.")
    return "\n".join(coded[i : i + 16] for i in range(0, len(coded), 16))


FORMS: dict[str, Write] = {
    "plain": lambda t: t,
    "full width": _full_width,
    "zero width inside": "\u200b".join,
    "soft hyphens inside": "\u00ad".join,
    "Base64": _base64,
    "Base64 over lines": _base64_lines,
    "percent": lambda t: "".join(f"%{b:02X}" for b in t.encode()),
    "percent where needed": lambda t: quote(t, safe=""),
    "HTML entities": lambda t: "".join(f"&#{ord(c)};" for c in t),
    "JSON escapes": lambda t: "".join(f"\\u{ord(c):04x}" for c in t),
    "hex": lambda t: t.encode().hex(),
}
"""Forms of any text."""

NUMBER_FORMS: dict[str, Write] = {
    "spaces": lambda t: t.replace("-", " "),
    "no hyphens": lambda t: t.replace("-", ""),
    "dots": lambda t: t.replace("-", "."),
    "digit by digit": lambda t: " ".join(t.replace("-", "")),
    "Hangul digits": _translated("공일이삼사오육칠팔구"),
    "Chinese digits": _translated("〇一二三四五六七八九"),
    "circled digits": _translated("⓪①②③④⑤⑥⑦⑧⑨"),
    "en dash": lambda t: t.replace("-", "–"),
    "spaced hyphens": lambda t: t.replace("-", " - "),
    "over two lines": lambda t: t.replace("-", "-\n", 1),
}
"""Forms of digits and hyphens."""


def forms(what: Identifier) -> dict[str, Write]:
    return FORMS | NUMBER_FORMS if what.is_number else FORMS


def squeezed(text: str) -> str:
    """Letters and digits only, lower case: what is left of a text however it was punctuated."""
    return "".join(c for c in text if c.isalnum()).lower()


def digits_of(text: str) -> str:
    return "".join(c for c in text if c.isascii() and c.isdigit())
