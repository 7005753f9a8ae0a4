"""Identifiers of no one country: email, cards, IBAN, phones, IP addresses; and the US SSN."""

from __future__ import annotations

import ipaddress
import re
import string
from collections.abc import Iterator

from gilmok.core.inspection import Sensitivity
from gilmok.inspection import checksums
from gilmok.inspection.digits import Window
from gilmok.inspection.lexicon import Cue
from gilmok.inspection.view import Finding, View

HIGH, MEDIUM = Sensitivity.HIGH, Sensitivity.MEDIUM

_LOCAL_PART = string.ascii_letters + string.digits + "._%+-'"
_DOMAIN = re.compile(r"(?:[A-Za-z0-9가-힣](?:[A-Za-z0-9가-힣\-]{0,62})\.){1,8}[A-Za-z가-힣]{2,24}")
# RFC 2606 and 6761 names, and mailboxes that belong to nobody.
_NOBODY = re.compile(
    r"(?:.*[@.])?(?:example(?:\.(?:com|org|net|co\.kr))?|test|invalid|localhost|local)$", re.I
)
_MACHINES = frozenset({"git", "noreply", "no-reply", "donotreply", "do-not-reply"})
_SPELLED = re.compile(
    r"(?<![A-Za-z0-9._\-])(?P<local>[A-Za-z0-9._\-]{2,64}+) ?[(\[{<]? ?(?:at|AT|골뱅이|앳|@) ?[)\]}>]? ?"
    r"(?P<host>[A-Za-z0-9\-]{1,63}+) ?[(\[{<]? ?(?:dot|DOT|점|닷|\.) ?[)\]}>]? ?"
    r"(?P<top>(?:com|net|org|kr|co|io|me|edu|gov|de|jp|cn|uk|fr)\b)"
)
_SPELLED_SIGN = re.compile(
    r"골뱅이|앳 |[(\[{<] ?(?:at|AT|@)| (?:at|AT) [^ ]{1,63} (?:dot|DOT) | @|@ "
)

# The card networks' and payment services' published test numbers: nobody's, where a test is named.
_TEST_CARDS = frozenset(
    [
        "4242424242424242",
        "4111111111111111",
        "4012888888881881",
        "4000056655665556",
        "5555555555554444",
        "5105105105105100",
        "2223003122003222",
        "378282246310005",
        "371449635398431",
        "6011111111111117",
        "6011000990139424",
        "3530111333300000",
        "3566002020360505",
        "30569309025904",
        "38520000023237",
    ]
)
_CARD_SHAPES = frozenset({(4, 4, 4, 4), (4, 6, 5), (4, 6, 4), (4, 4, 4, 4, 3)})
_IBAN_SIGN = re.compile(r"[A-Za-z]{2}[0-9]{2}")
_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?:[ \-]?[A-Z0-9]{2,4}){3,9}", re.I)
# Lengths by country: the SWIFT IBAN registry.
_IBAN_LENGTHS = {
    country: int(size)
    for size, countries in (
        entry.split(":")
        for entry in [
            "15:NO",
            "16:BE",
            "18:DK FI NL FO GL",
            "19:MK SI",
            "20:AT BA EE KZ LT LU XK MN",
            "21:CH CR HR LI LV",
            "22:BG BH DE GB GE IE ME RS VA",
            "23:AE GI IL IQ TL OM SO",
            "24:AD CZ ES MD PK RO SA SE SK TN VG",
            "25:LY PT ST",
            "26:IS TR",
            "27:FR GR IT MC MR SM",
            "28:AL AZ BY CY DO GT HU LB PL SV NI",
            "29:BR EG PS QA UA",
            "30:JO KW MU",
            "31:MT SC",
            "33:LC RU",
        ]
    )
    for country in countries.split()
}
_IPV4 = re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w]|\.\d)", re.ASCII)
_IPV6 = re.compile(r"(?<![\w:.])[0-9a-fA-F:]{2,39}+(?:\.\d{1,3}){0,3}(?![\w:])", re.ASCII)
_MAC = re.compile(r"(?<![\w:\-])[0-9A-Fa-f]{2}(?:[:\-][0-9A-Fa-f]{2}){5}(?![\w:\-])", re.ASCII)
# Public resolvers, named in every manual.
_RESOLVERS = frozenset(
    {"8.8.8.8", "8.8.4.4", "1.1.1.1", "1.0.0.1", "9.9.9.9", "208.67.222.222", "208.67.220.220"}
    | {"168.126.63.1", "168.126.63.2", "4.2.2.2", "2001:4860:4860::8888", "2606:4700:4700::1111"}
)
_NANP = re.compile(r"1?[2-9]\d{2}[2-9]\d{6}")
# Toll-free lines and 555-01xx, which is kept for fiction, are nobody's own.
_NOBODYS_LINE = re.compile(r"1?(?:8(?:00|33|44|55|66|77|88)|\d{3}55501)")
_LOCAL = re.compile(
    r"[:# ]{1,3}(?:is |at |on )?(?P<number>[2-9]\d{2}[ \-.]\d{4})(?![\d\-.]\d|\d)", re.ASCII
)
_NANP_SHAPES = frozenset({(3, 3, 4), (1, 3, 3, 4)})


def emails(view: View) -> Iterator[Finding]:
    text = view.text
    at = text.find("@")
    while at >= 0:
        tail = _DOMAIN.match(text, at + 1)
        window = text[max(0, at - 64) : at]
        local = window[len(window.rstrip(_LOCAL_PART)) :].lstrip("'.-%")
        if tail is not None and local and not _is_nobody(local, tail.group()):
            yield Finding("contact.email", MEDIUM, at - len(local), tail.end())
        at = text.find("@", at + 1)
    if _SPELLED_SIGN.search(text) is not None:
        for match in _SPELLED.finditer(text):
            if not _is_nobody(match["local"], f"{match['host']}.{match['top']}"):
                yield Finding("contact.email", MEDIUM, *match.span())


def _is_nobody(local: str, domain: str) -> bool:
    return local.lower() in _MACHINES or _NOBODY.match(domain) is not None


def card(w: Window, view: View) -> Finding | None:
    """A payment card by issuer range and Luhn; a mistyped one by its grouping and the word."""
    digits = w.digits
    if w.glued and len(w.shape) == 1:
        return None
    if digits in _TEST_CARDS and view.near(Cue.TESTING, w.start, w.end, 48, 48):
        return None
    shaped = w.shape in _CARD_SHAPES
    alone = shaped or w.whole or len(w.shape) == 1
    if len(digits) >= 14 and alone and _issuer(digits) and checksums.luhn(digits):
        return Finding("finance.card", HIGH, w.start, w.end)
    if alone and view.near(Cue.CARD, w.start, w.end, 24 if shaped else 12, 8):
        return Finding("finance.card", HIGH, w.start, w.end)
    return None


def _issuer(digits: str) -> bool:
    n, head = len(digits), int(digits[:4])
    if n == 15:
        return digits[:2] in ("34", "37")
    if n == 14:
        return digits[:2] in ("36", "38", "39") or 3000 <= head <= 3059
    if n == 13:
        return digits[0] == "4"
    return (
        digits[0] in "49"
        or 5100 <= head <= 5599
        or 2221 <= head <= 2720
        or head == 6011
        or 6440 <= head <= 6599
        or digits[:2] in ("62", "35", "50", "56", "57", "58", "63", "67")
    )


def ssn(w: Window, view: View) -> Finding | None:
    """A US social security number: 3-2-4, in an issuable range."""
    digits = w.digits
    if len(digits) != 9 or digits[:3] in ("000", "666") or digits[0] == "9":
        return None
    if digits[3:5] == "00" or digits[5:] == "0000" or w.glued:
        return None
    if w.shape == (3, 2, 4) or view.near(Cue.SSN, w.start, w.end):
        return Finding("id.us_ssn", HIGH, w.start, w.end)
    return None


def phone(w: Window, view: View) -> Finding | None:
    """An international number by its plus sign, a North American one by its shape, any by cue."""
    n = len(w.digits)
    if w.plus and 8 <= n <= 15 and w.whole:
        return Finding("contact.phone", MEDIUM, w.start - 1, w.end)
    if w.glued or n > 13:
        return None
    if w.shape in _NANP_SHAPES and _NANP.fullmatch(w.digits) is not None and "/" not in w.text:
        nobodys = _NOBODYS_LINE.match(w.digits) is not None
        return None if nobodys else Finding("contact.phone", MEDIUM, w.start, w.end)
    if (
        w.whole
        and view.near(Cue.PHONE, w.start, w.end, 20, 4)
        and not _public_line(w.digits)
        and not view.near(Cue.NUMBERED, w.start, w.end, 12, 2)
    ):
        return Finding("contact.phone", MEDIUM, w.start, w.end)
    return None


def local_phones(view: View) -> Iterator[Finding]:
    """555-0134, seven digits: only right behind a word for a phone."""
    for start, end in view.hits.get(Cue.PHONE, ()):
        match = _LOCAL.match(view.text, end) if view.text[start].isascii() else None
        if match is not None:
            yield Finding("contact.phone", MEDIUM, *match.span("number"))


def _public_line(digits: str) -> bool:
    """Korean nationwide service lines (15xx, 16xx, 18xx) and toll-free numbers are published."""
    return (len(digits) == 8 and digits[:2] in ("15", "16", "18")) or digits.startswith(
        ("080", "1800", "1888", "1877", "1866", "800")
    )


def ibans(view: View) -> Iterator[Finding]:
    if _IBAN_SIGN.search(view.text) is None:
        return
    for match in _IBAN.finditer(view.text):
        compact = re.sub(r"[ \-]", "", match.group()).upper()
        size = _IBAN_LENGTHS.get(compact[:2], 99)
        if len(compact) >= size and checksums.iban(compact[:size]):
            yield Finding("finance.iban", HIGH, match.start(), _end_of(match, size))


def _end_of(match: re.Match[str], size: int) -> int:
    seen = 0
    for offset, c in enumerate(match.group()):
        seen += c not in " -"
        if seen == size:
            return match.start() + offset + 1
    return match.end()


def addresses(view: View) -> Iterator[Finding]:
    """IP and MAC addresses; loopback, private, reserved and documentation ranges are nobody's."""
    text = view.text
    if text.count(".") > 2:
        for match in _IPV4.finditer(text):
            if _is_public(match.group()) and not view.near(Cue.VERSION, *match.span(), 12, 0):
                yield Finding("contact.ip", MEDIUM, *match.span())
    if text.count(":") > 1 or text.count("-") > 4:
        for match in _IPV6.finditer(text):
            if match.group().count(":") > 1 and _is_public(match.group()):
                yield Finding("contact.ip", MEDIUM, *match.span())
        for match in _MAC.finditer(text):
            yield Finding("contact.mac", MEDIUM, *match.span())


def _is_public(text: str) -> bool:
    if text in _RESOLVERS:
        return False
    try:
        return ipaddress.ip_address(text).is_global
    except ValueError:
        return False
