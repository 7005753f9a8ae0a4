"""Readings of a text: as written, unescaped, decoded, with numbers spelled in words as digits.

`readings` yields a view per reading. In-place escapes (percent, HTML, JS, quoted-printable) keep
exact spans; a decoded token (Base64, Base32, hex, character codes) is covered as a whole, and the
cue words around it speak for what is in it. Work is linear: a reading is never longer than its
text and there are at most `MAX_DEPTH` levels.
"""

from __future__ import annotations

import base64
import binascii
import html
import re
from bisect import bisect_right
from collections.abc import Iterator
from itertools import accumulate

from msgspec import Struct

from gilmok.inspection.digits import SHORTEST
from gilmok.inspection.lexicon import CONTEXT
from gilmok.inspection.normal import Layer, normalise, substitute
from gilmok.inspection.signs import TOKEN
from gilmok.inspection.spoken import spoken
from gilmok.inspection.view import View, look

MAX_DEPTH = 3
"""Encodings within encodings that are undone."""
_CODED_DIGITS = 7
"""Of a text worth reading in hex or character codes: ASCII has one in every hex pair."""
_CUE_BEFORE, _CUE_AFTER = 120, 60
"""Characters between a cue and the token it speaks for."""
_TELLING = 8
"""Characters that show a token to be text where the rest of it is not."""
_TRIES = 8
"""Blocks that are sought among lines that may be Base64."""


# One escaped character, in any of the notations. A byte notation takes a whole UTF-8 sequence.
def _bytes(sign: str) -> str:
    tail = rf"{sign}[89ABab][0-9A-Fa-f]"
    return (
        rf"{sign}[0-7][0-9A-Fa-f]|{sign}[CDcd][0-9A-Fa-f]{tail}"
        rf"|{sign}[Ee][0-9A-Fa-f](?:{tail}){{2}}|{sign}[Ff][0-7](?:{tail}){{3}}"
    )


_ESCAPE = re.compile(
    _bytes(r"(?:%|\\x)") + r"|&(?:#[0-9]{1,8};?|#[xX][0-9A-Fa-f]{1,6};?|[A-Za-z]{2,8};)"
    r"|\\[uU][Dd][89ABab][0-9A-Fa-f]{2}\\[uU][Dd][C-Fc-f][0-9A-Fa-f]{2}"
    r"|\\U[0-9A-Fa-f]{8}|\\u[0-9A-Fa-f]{4}|\\u\{[0-9A-Fa-f]{1,6}\}|[uU]\+[0-9A-Fa-f]{4}"
    r"|\\[nrtbf/\"'\\]|\\[0-7]{3}"
)
# Quoted-printable is a reading of its own, because `note=651209` is as likely an assignment.
_QUOTED = re.compile(_bytes("=") + r"|=\n{1,2}")
# <span>900101</span>-<span>…: what a reader sees of a number is what stands between the tags.
_TAG = re.compile(r"</?[A-Za-z][^<>]{0,120}>")
# no1=900101&no2=1234567: a form's fields.
_FIELD = re.compile(r"(?<=[0-9])&[A-Za-z_]{1,12}[0-9]{0,2}=(?=[0-9])")
_HEX_PAIR = re.compile(r"[0-9A-Fa-f]{2}")
_SHORT = {"n": "\n", "r": "\n", "t": "\t", "b": " ", "f": " ", "/": "/", '"': '"', "'": "'"}

# Lines end in LF or, folded, in two for CRLF.
_TOKEN = re.compile(
    rf"[A-Za-z0-9+/_\-]{{{TOKEN},}}+(?:\n{{1,2}}[ \t]{{0,4}}[A-Za-z0-9+/_\-]++)*+={{0,6}}"
)
_LINE = re.compile(r"[A-Za-z0-9+/_\-]+")
_PART = re.compile(r"[A-Za-z0-9]{12,}+")
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
_UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffd]")


def readings(text: str) -> Iterator[View]:
    """The text as written first; then, only where there is something to undo, the others."""
    view = look(normalise(text))
    yield view
    yield from _others(view, 0)


def _others(view: View, depth: int) -> Iterator[View]:
    yield from spoken(view)
    if depth < MAX_DEPTH:
        for child in _undone(view):
            yield child
            yield from _others(child, depth + 1)


def _undone(view: View) -> Iterator[View]:
    text, rare = view.text, view.signs.rare
    if "%" in rare or "&" in rare or "\\" in rare or ("+" in rare and "u+" in view.lower):
        yield from _unescaped(view, _ESCAPE)
    if "=" in rare:
        yield from _unescaped(view, _QUOTED)
    if view.signs.digits >= SHORTEST:
        if "&" in rare and "=" in rare:
            yield from _changed(view, _FIELD, "-")
        if "/" in rare and "</" in text:
            yield from _changed(view, _TAG, "")
    if view.signs.has_token:
        for match in _TOKEN.finditer(text):
            yield from _decode_token(view, match.group(), *match.span())
    if view.signs.digits >= _CODED_DIGITS:
        if _HEX_SIGN.search(text) is not None:
            yield from _from_hex(view)
        for match in _CODES.finditer(text):
            codes = [int(code) for code in re.findall(r"[0-9]+", match.group())]
            if all(32 <= code < 256 for code in codes):
                yield from _cover(view, _readable(bytes(codes)), *match.span())


def _unescaped(view: View, escape: re.Pattern[str]) -> Iterator[View]:
    changed = substitute(view.text, escape, _unescape)
    if changed is not None and changed[0] != view.text:
        plain = normalise(changed[0], Layer(changed[0], changed[1], view.layer))
        yield look(plain, view.inherited)


def _changed(view: View, what: re.Pattern[str], into: str) -> Iterator[View]:
    changed = substitute(view.text, what, lambda _: into)
    if changed is not None:
        yield look(Layer(changed[0], changed[1], view.layer), view.inherited)


def _from_hex(view: View) -> Iterator[View]:
    for match in _HEX.finditer(view.text):
        digits = "".join(_HEX_PAIR.findall(re.sub(r"0x|\\x", "", match.group())))
        yield from _cover(view, _readable(bytes.fromhex(digits)), *match.span())


def _cover(view: View, decoded: _Decoded | None, start: int, end: int) -> Iterator[View]:
    """A token's text, under the cues around the token."""
    if decoded is not None:
        around = [cue for cue in CONTEXT if view.near(cue, start, end, _CUE_BEFORE, _CUE_AFTER)]
        yield look(normalise(decoded.text, view.layer, (start, end)), frozenset(around))


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


def _decode_token(view: View, token: str, start: int, end: int) -> Iterator[View]:
    body = token.rstrip("=")
    if "\n" in body:
        yield from _decode_lines(view, body, start, end)
        return
    if _is_word(body):
        return
    decoded = _from_base64(body)
    yield from _cover(view, decoded, start, end)
    if decoded is not None and decoded.complete:
        return
    if _BASE32.fullmatch(body) is not None:
        yield from _cover(view, _from_base32(body), start, end)
    elif "/" in body or "-" in body or "_" in body or "+" in body:
        # A path or a joined name may end in a token of its own: each part is tried alone.
        for part in _PART.finditer(body):
            yield from _decode_token(view, part[0], start + part.start(), start + part.end())


def _is_word(token: str) -> bool:
    """Base64 of a text mixes cases or holds digits; ordinary words do not."""
    return token.isalpha() and token[1:].islower()


def _decode_lines(view: View, body: str, start: int, end: int) -> Iterator[View]:
    """Lines of Base64, and what only looks like it above and below: all of them together, else
    those of one width, else each alone. The tries are bounded, and so is the work."""
    spans = [line.span() for line in _LINE.finditer(body)]
    lines = [body[a:b] for a, b in spans]
    whole = _from_base64("".join(lines))
    if whole is not None and whole.complete:
        yield from _cover(view, whole, start, end)
        return
    sizes = [*map(len, lines)]
    first = tries = 0
    while first < len(lines):
        block, behind = None, first + 1
        if tries < _TRIES and not _is_word(lines[first]):
            behind = _block(sizes, first)
        if behind > first + 1:
            tries += 1
            block = _from_base64("".join(lines[first:behind]))
            yield from _cover(view, block, start + spans[first][0], start + spans[behind - 1][1])
        if block is None and sizes[first] >= TOKEN:
            a, b = spans[first]
            yield from _decode_token(view, lines[first], start + a, start + b)
        first += 1 if block is None else _lines_read(block, sizes[first:behind])


def _lines_read(block: _Decoded, sizes: list[int]) -> int:
    """How many lines of a block its text fills, at least one."""
    if block.complete:
        return len(sizes)
    return max(1, bisect_right([*accumulate(sizes)], block.size * 4 // 3))


def _block(sizes: list[int], first: int) -> int:
    """Behind the last of the lines that may be one text: all of one width, but for a first that
    begins inside its line and a last that ends there."""
    behind = first + 1
    if behind == len(sizes):
        return behind
    width = max(sizes[first], sizes[behind])
    while behind < len(sizes) and sizes[behind] == width:
        behind += 1
    return behind + 1 if behind < len(sizes) and sizes[behind] < width else behind


def _from_base64(body: str) -> _Decoded | None:
    if len(body) % 4 == 1:
        body = body[:-1]
    plain = body.replace("-", "+").replace("_", "/") + "=" * (-len(body) % 4)
    try:
        return _readable(base64.b64decode(plain))
    except (binascii.Error, ValueError):
        return None


def _from_base32(body: str) -> _Decoded | None:
    body = body[: len(body) - (1 if len(body) % 8 in (1, 3, 6) else 0)]
    try:
        return _readable(base64.b32decode(body + "=" * (-len(body) % 8)))
    except (binascii.Error, ValueError):
        return None


class _Decoded(Struct, frozen=True, gc=False):
    text: str
    size: int
    """Bytes of it."""
    complete: bool
    """False where what follows is not text: another token, a cut character, something binary."""


def _readable(data: bytes) -> _Decoded | None:
    """The bytes as text, as far as they are text."""
    if len(data) < 6:
        return None
    encoding = "utf-16-le" if data[1] == 0 and data[3] == 0 else "utf-8"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        text = data[: error.start].decode(encoding)
    unseen = _UNSEEN.search(text)
    if unseen is not None:
        text = text[: unseen.start()]
    size = len(text.encode(encoding))
    complete = size == len(data)
    return _Decoded(text, size, complete) if complete or len(text) >= _TELLING else None
