"""Readings of a text: as written, unescaped, decoded, with numbers spelled in words as digits.

`readings` yields a layer per reading. In-place escapes (percent, HTML, JS, quoted-printable) keep
exact spans; a decoded token (Base64, Base32, hex, character codes) is covered as a whole. Work is
linear: a reading is never longer than its text and there are at most `MAX_DEPTH` levels.
"""

from __future__ import annotations

import base64
import binascii
import html
import re
from collections.abc import Iterator

from gilmok.inspection.normal import Layer, normalise, substitute

MAX_DEPTH = 3
"""Encodings within encodings that are undone."""

# One escaped character, in any of the four notations. A byte notation takes a whole UTF-8 sequence.
_BYTE = r"(?:%|=|\\x)"
_TAIL = rf"{_BYTE}[89ABab][0-9A-Fa-f]"
_ESCAPE = re.compile(
    rf"(?P<bytes>{_BYTE}[0-7][0-9A-Fa-f]|{_BYTE}[CDcd][0-9A-Fa-f]{_TAIL}"
    rf"|{_BYTE}[Ee][0-9A-Fa-f](?:{_TAIL}){{2}}|{_BYTE}[Ff][0-7](?:{_TAIL}){{3}})"
    r"|(?P<html>&(?:#[0-9]{1,8};?|#[xX][0-9A-Fa-f]{1,6};?|[A-Za-z]{2,8};))"
    r"|(?P<js>\\[uU][Dd][89ABab][0-9A-Fa-f]{2}\\[uU][Dd][C-Fc-f][0-9A-Fa-f]{2}"
    r"|\\U[0-9A-Fa-f]{8}|\\u[0-9A-Fa-f]{4}|\\u\{[0-9A-Fa-f]{1,6}\}|[uU]\+[0-9A-Fa-f]{4}"
    r"|\\[nrtbf/\"'\\]|\\[0-7]{3})|(?P<soft>=\r?\n)"
)
_ESCAPE_SIGNS = re.compile(r"[%&\\=]|U\+")
_HEX_PAIR = re.compile(r"[0-9A-Fa-f]{2}")
_SHORT = {"n": "\n", "r": "\n", "t": "\t", "b": " ", "f": " ", "/": "/", '"': '"', "'": "'"}

_TOKEN = re.compile(
    r"[A-Za-z0-9+/_\-]{12,}+(?:\n[ \t]{0,4}[A-Za-z0-9+/_\-]{4,}+)*+={0,6}", re.ASCII
)
# Pairs without a gap, or with the same gap throughout, so that a number beside them stays apart.
_HEX = re.compile(
    r"(?<![0-9A-Fa-f])(?:0x)?[2-7eE][0-9a-fA-F](?:[0-9a-fA-F]{2}){6,}+(?![0-9a-fA-F])"
    r"|(?<![0-9A-Za-z])(?:0x|\\x)?[2-7eE][0-9a-fA-F](?P<gap>[ :,;\-\n]{1,2}(?:0x|\\x)?)[0-9a-fA-F]{2}\b"
    r"(?:(?P=gap)[0-9a-fA-F]{2}\b){5,}+"
)
# What every match of `_HEX` holds; it starts with one class, which makes the search fast.
_HEX_SIGN = re.compile(r"[2-7eE][0-9a-fA-F](?:[ :,;\-\n]{0,2}(?:0x|\\x)?[0-9a-fA-F]{2}){5}")
_BASE32 = re.compile(r"[A-Z2-7]{16,}+={0,6}")
_CODES = re.compile(r"[1-9][0-9]{1,2}(?:[ ,;\n]{1,2}[1-9][0-9]{1,2}(?![0-9])){7,}+")
_ANY_DIGIT = re.compile(r"[0-9]")
_UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffd]")

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
_DIGIT = f"[{''.join(_SPELLINGS)}]"
_SPOKEN = re.compile(
    rf"(?<![A-Za-z]){_DIGIT}(?:(?:[ .\-·,\n]{{0,3}}|[ ]?(?:다시|에|의|대시|하이픈|빼기)[ ]?){_DIGIT}){{5,}}+"
)
_GROUP = re.compile(rf"{_DIGIT}+")
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


def readings(text: str) -> Iterator[Layer]:
    """The text as written first; then, only where there is something to undo, the others."""
    return _readings(normalise(text), 0)


def _readings(layer: Layer, depth: int) -> Iterator[Layer]:
    yield layer
    yield from _numbers_in_words(layer)
    if depth >= MAX_DEPTH:
        return
    for child in _undone(layer):
        yield from _readings(child, depth + 1)


def _undone(layer: Layer) -> Iterator[Layer]:
    text = layer.text
    if _ESCAPE_SIGNS.search(text) is not None:
        changed = substitute(text, _ESCAPE, _unescape)
        if changed is not None and changed[0] != text:
            plain = normalise(changed[0], Layer(changed[0], changed[1], layer))
            yield plain
    for match in _TOKEN.finditer(text):
        yield from _decode_token(layer, match.group(), *match.span())
    if _ANY_DIGIT.search(text) is None:
        return  # seven bytes of text without one digit among their hex digits: never seen
    if _HEX_SIGN.search(text) is not None:
        yield from _from_hex(layer)
    for match in _CODES.finditer(text):
        codes = [int(code) for code in re.findall(r"[0-9]+", match.group())]
        if all(32 <= code < 256 for code in codes):
            yield from _cover(layer, _readable(bytes(codes)), *match.span())


def _from_hex(layer: Layer) -> Iterator[Layer]:
    for match in _HEX.finditer(layer.text):
        digits = "".join(_HEX_PAIR.findall(re.sub(r"0x|\\x", "", match.group())))
        yield from _cover(layer, _readable(bytes.fromhex(digits)), *match.span())


def _cover(layer: Layer, decoded: str | None, start: int, end: int) -> Iterator[Layer]:
    if decoded is not None:
        yield normalise(decoded, layer, (start, end))


def _unescape(escape: str) -> str:
    if escape[0] == "&":
        return html.unescape(escape)
    if escape[:2] in ("=\n", "=\r"):
        return ""
    if escape[0] in "%=" or escape[:2] == "\\x":
        pairs = _HEX_PAIR.findall(escape.replace("\\x", "%"))
        return bytes.fromhex("".join(pairs)).decode("utf-8", "replace")
    if escape[:2] in ("\\u", "\\U", "u+", "U+"):
        return _from_code_points(escape)
    return _SHORT.get(escape[1], "\\") if not escape[1].isdigit() else chr(int(escape[1:], 8) & 255)


def _from_code_points(escape: str) -> str:
    codes = [int(code, 16) for code in re.findall(r"[0-9A-Fa-f]{2,}", escape)]
    if not codes:
        codes = [int(re.sub(r"[^0-9A-Fa-f]", "", escape[2:]) or "20", 16)]
    if len(codes) == 2:
        return chr(0x10000 + ((codes[0] & 0x3FF) << 10) + (codes[1] & 0x3FF))
    code = codes[0]
    return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else " "


def _decode_token(layer: Layer, token: str, start: int, end: int) -> Iterator[Layer]:
    body = token.rstrip("=")
    # Base64 of a text mixes cases or holds digits; ordinary words do not.
    if body.isalpha() and body[1:].islower():
        return
    if "\n" in body:
        joined = "".join(body.split())
        decoded = _from_base64(joined)
        if decoded is None:
            offset = start
            for line in token.split("\n"):
                word = line.strip(" \t")
                at = offset + line.find(word)
                if len(word) >= 12:
                    yield from _decode_token(layer, word, at, at + len(word))
                offset += len(line) + 1
            return
        body = joined
    else:
        decoded = _from_base64(body)
    if decoded is None and _BASE32.fullmatch(body) is not None:
        decoded = _from_base32(body)
    if decoded is None and ("/" in body or "-" in body or "_" in body or "+" in body):
        yield from _decode_parts(layer, body, start)
        return
    yield from _cover(layer, decoded, start, end)


def _decode_parts(layer: Layer, body: str, start: int) -> Iterator[Layer]:
    """A path or a joined name may end in a token of its own: each part is tried alone."""
    for match in re.finditer(r"[A-Za-z0-9]{12,}+", body):
        word = match.group()
        if not (word.isalpha() and word[1:].islower()):
            decoded = _from_base64(word)
            yield from _cover(layer, decoded, start + match.start(), start + match.end())


def _from_base64(body: str) -> str | None:
    if len(body) % 4 == 1:
        body = body[:-1]
    plain = body.replace("-", "+").replace("_", "/") + "=" * (-len(body) % 4)
    try:
        return _readable(base64.b64decode(plain))
    except (binascii.Error, ValueError):
        return None


def _from_base32(body: str) -> str | None:
    body = body[: len(body) - (1 if len(body) % 8 in (1, 3, 6) else 0)]
    try:
        return _readable(base64.b32decode(body + "=" * (-len(body) % 8)))
    except (binascii.Error, ValueError):
        return None


def _readable(data: bytes) -> str | None:
    """The bytes as text, where they are text at all."""
    if len(data) < 6:
        return None
    try:
        text = data.decode("utf-16-le") if data[1] == 0 and data[3] == 0 else data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return None if _UNSEEN.search(text) is not None else text


def _numbers_in_words(layer: Layer) -> Iterator[Layer]:
    """공일공 다시 일이삼사, 一三八, "nine zero zero": as digits, where at least six stand in a row."""
    text = layer.text
    if _SPOKEN.search(text) is not None:
        changed = substitute(text, _SPOKEN, _as_digits)
        if changed is not None and changed[0] != text:
            yield Layer(changed[0], changed[1], layer)
    if _some_number_word(text.lower()) and _WORDS.search(text) is not None:
        changed = substitute(text, _WORDS, _words_as_digits)
        if changed is not None:
            yield Layer(changed[0], changed[1], layer)


def _some_number_word(lower: str) -> bool:
    """A cheap gate: numbers that identify somebody have a zero or a one in a date or prefix."""
    return "zero" in lower or " one " in lower or " oh " in lower or "one " in lower[:4]


def _as_digits(run: str) -> str:
    dashed = _SPOKEN_DASH.sub(lambda m: "-" + " " * (len(m.group()) - 1), run)
    if max(map(len, _GROUP.findall(dashed))) == 1:
        return dashed.translate(_AS_DIGITS)
    # A lone sign beside longer groups is a word: "이 010-2345-6789", "010-2345-6789, 이메일".
    changed = _GROUP.sub(lambda m: _group_as_digits(m[0]), dashed)
    return changed if changed != dashed else run


def _group_as_digits(group: str) -> str:
    # 25일 is a day of the month and 2이 a typo, not 251 and 22.
    if len(group) == 1 or group[:-1].isdecimal():
        return group
    return group.translate(_AS_DIGITS)


def _words_as_digits(run: str) -> str:
    return "".join([_WORD_VALUES[word] for word in _ONE_WORD.findall(run.lower())])
