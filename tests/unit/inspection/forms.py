"""Written forms of an identifier: every way a person or a program may spell the same digits."""

from __future__ import annotations

import base64
from collections.abc import Callable
from urllib.parse import quote

Form = Callable[[str], str]


def _digits(signs: str) -> Form:
    return lambda text: text.translate({ord("0") + i: sign for i, sign in enumerate(signs)})


def _b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _b64_lines(text: str, width: int = 16, end: str = "\n") -> str:
    coded = _b64(text)
    return end.join(coded[i : i + width] for i in range(0, len(coded), width))


SPELLINGS: dict[str, Form] = {
    "as written": lambda t: t,
    "spaces for hyphens": lambda t: t.replace("-", " "),
    "dots for hyphens": lambda t: t.replace("-", "."),
    "middle dots": lambda t: t.replace("-", "·"),
    "one by one": lambda t: " ".join(t.replace("-", "")),
    "full width": _digits("０１２３４５６７８９"),
    "full width with full-width hyphen": lambda t: _digits("０１２３４５６７８９")(t).replace(
        "-", "－"
    ),
    "Hangul digits": _digits("공일이삼사오육칠팔구"),
    "Hangul digits with 영": _digits("영일이삼사오육칠팔구"),
    "Hangul digits read aloud": lambda t: _digits("공일이삼사오육칠팔구")(t).replace("-", " 다시 "),
    "Chinese digits": _digits("〇一二三四五六七八九"),
    "circled digits": _digits("⓪①②③④⑤⑥⑦⑧⑨"),
    "negative circled digits": _digits("⓿❶❷❸❹❺❻❼❽❾"),
    "Arabic-Indic digits": _digits("٠١٢٣٤٥٦٧٨٩"),
    "mathematical bold": _digits("𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗"),
    "superscript": _digits("⁰¹²³⁴⁵⁶⁷⁸⁹"),
    "en dash": lambda t: t.replace("-", "–"),
    "em dash": lambda t: t.replace("-", "—"),
    "minus sign": lambda t: t.replace("-", "−"),
    "non-breaking hyphen": lambda t: t.replace("-", "\u2011"),
    "spaced hyphens": lambda t: t.replace("-", " - "),
    "no-break spaces": lambda t: t.replace("-", "\u00a0"),
    "zero width inside": "\u200b".join,
    "bidi marks inside": "\u202c".join,
    "soft hyphens inside": "\u00ad".join,
    "combining marks": lambda t: "".join(c + "\u0332" for c in t),
    "over two lines": lambda t: t.replace("-", "-\n", 1),
    "english words": lambda t: " ".join(
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"][int(c)]
        for c in t
        if c != "-"
    ),
}

ENCODINGS: dict[str, Form] = {
    "percent": lambda t: "".join(f"%{b:02X}" for b in t.encode()),
    "percent twice": lambda t: quote("".join(f"%{b:02x}" for b in t.encode())),
    "HTML decimal": lambda t: "".join(f"&#{ord(c)};" for c in t),
    "HTML hexadecimal": lambda t: "".join(f"&#x{ord(c):x};" for c in t),
    "JS \\u": lambda t: "".join(f"\\u{ord(c):04x}" for c in t),
    "JS \\u{}": lambda t: "".join(f"\\u{{{ord(c):x}}}" for c in t),
    "JS \\x": lambda t: "".join(f"\\x{ord(c):02x}" for c in t),
    "JSON in JSON": lambda t: "".join(f"\\\\u{ord(c):04x}" for c in t),
    "quoted-printable": lambda t: "".join(f"={b:02X}" for b in t.encode()),
    "Base64": _b64,
    "Base64 without padding": lambda t: _b64(t).rstrip("="),
    "Base64 url-safe": lambda t: base64.urlsafe_b64encode(f"번호 {t} ~~~".encode()).decode(),
    "Base64 in a data URL": lambda t: f"data:text/plain;base64,{_b64(t)}",
    "Base64 twice": lambda t: _b64(_b64(t)),
    "Base64 of JSON": lambda t: _b64(f'{{"n":"{t}"}}'),
    "Base64 over lines": lambda t: _b64_lines(f"번호는 {t} 입니다."),
    "Base64 over lines, each number elsewhere": lambda t: _b64_lines(f"값: {t} 입니다."),
    "Base64 over lines of 76 with CRLF": lambda t: _b64_lines(
        f"안녕하세요. 요청하신 번호를 보내 드립니다: {t} 확인 부탁드립니다. 감사합니다.", 76, "\r\n"
    ),
    "Base64 lines between words": lambda t: (
        f"authentication\n\n{_b64_lines(f'값: {t} 입니다.')}\nregards"
    ),
    "Base64 lines under Base64 lines": lambda t: (
        _b64_lines("오늘 회의는 세 시에 시작합니다.").rstrip("=") + "\n" + _b64_lines(f"값: {t}")
    ),
    "Base64 cut short": lambda t: _b64(f"값: {t} 입니다")[:-3],
    "percent in a query": lambda t: "https://a.example/?n=" + quote(t.replace("-", "–"), safe=""),
    "quoted-printable with soft line ends": lambda t: "=\r\n".join(
        "".join(f"={b:02X}" for b in t[i : i + 4].encode()) for i in range(0, len(t), 4)
    ),
    "Base32": lambda t: base64.b32encode(t.encode()).decode(),
    "hex": lambda t: t.encode().hex(),
    "hex upper": lambda t: t.encode().hex().upper(),
    "hex spaced": lambda t: t.encode().hex(" "),
    "hex 0x": lambda t: " ".join(f"0x{b:02x}" for b in t.encode()),
    "character codes": lambda t: " ".join(str(b) for b in t.encode()),
    "percent of Base64": lambda t: quote(_b64(t + "!!"), safe=""),
    "hex of Base64": lambda t: _b64(t).encode().hex(),
}
