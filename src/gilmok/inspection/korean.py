"""Korean identifiers: registration numbers, phones, accounts, passports, licences, plates.

Numbers issued since October 2020 carry no check digit, so a resident number is accepted by its
date and shape; the checksum only decides where the shape says little.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from gilmok.core.inspection import Sensitivity
from gilmok.inspection import checksums
from gilmok.inspection.digits import Window
from gilmok.inspection.lexicon import Cue
from gilmok.inspection.view import Finding, View

HIGH, MEDIUM = Sensitivity.HIGH, Sensitivity.MEDIUM

_RESIDENT_SHAPES = frozenset({(6, 7), (6, 1, 6), (2, 2, 2, 7), (2, 2, 2, 1, 6), (13,)})
# Epoch milliseconds from 2020 to 2027 begin so; such a bare number needs more than a date.
_EPOCH = ("15", "16", "17")
_MOBILE = re.compile(r"01[016789]\d{7,8}")
_LANDLINE = re.compile(r"(?:02\d{7,8}|0(?:3[1-3]|4[1-4]|5[1-5]|6[1-4])\d{7,8}|070\d{8}|050\d{8,9})")
_MOBILE_SHAPES = frozenset({(3, 4, 4), (3, 3, 4), (11,), (10,), (3, 8), (3, 7), (7, 4), (6, 4)})
_LANDLINE_SHAPES = frozenset({(2, 3, 4), (2, 4, 4), (3, 3, 4), (3, 4, 4), (4, 4, 4), (4, 3, 4)})
_LICENCE_REGION = range(11, 29)
_PASSPORT_SIGN = re.compile(r"[A-Z][ \-]?[0-9]{3}")
_PLATE_SIGN = re.compile(r"[0-9] ?[가-허] ?[0-9]{4}")
_PASSPORT_NEW = re.compile(r"(?<![A-Za-z0-9])[MSROD]\d{3}[A-Z]\d{4}(?![A-Za-z0-9])")
_PASSPORT_OLD = re.compile(r"(?<![A-Za-z0-9])[A-Z]{1,2}[ \-]?\d{7,8}(?![A-Za-z0-9])")
_DOCUMENT = re.compile(r"(?<![A-Za-z0-9])[A-Z]{0,3}\d[A-Z0-9\-]{5,17}(?![A-Za-z0-9])")
_PLATE = re.compile(
    r"(?<!\d)(?<!\d[.,\-])(?:[서부대인광울경강충전제세][울산구천주원기남북종]\s?)?\d{2,3}(?P<gap1> ?)"
    r"(?P<use>[가나다라마거너더러머버서어저고노도로모보소오조구누두루무부수우주바사아자배허하호])"
    r"(?P<gap2> ?)\d{4}(?!\d|\.\d|,\d{3}(?!\d)|\s?(?:원|명|개|년|만|억|번길|호|세대))"
)
# Letters that are also counters or particles after a number: with a gap they need a cue.
_PLATE_UNSURE = frozenset("도로호주구수서부자하고조우사오두")


def resident(w: Window, view: View) -> Finding | None:
    """A resident (RRN) or foreigner (FRN) registration number: YYMMDD-Gxxxxxx."""
    if len(w.digits) != 13 or w.digits[6] in "90" or not checksums.birth_date(w.digits):
        return None
    foreign = w.digits[6] in "5678"
    valid = checksums.foreigner(w.digits) if foreign else checksums.resident(w.digits)
    cue = view.near(Cue.RESIDENT, w.start, w.end)
    if not (cue or _looks_resident(w, view, valid)):
        return None
    return Finding("id.kr_frn" if foreign else "id.kr_rrn", HIGH, w.start, w.end)


def _looks_resident(w: Window, view: View, valid: bool) -> bool:
    """Without a word beside it: by its grouping, and where that says little by its check digit."""
    if w.shape == (13,):
        named = w.glued or view.near(Cue.NUMBERED, w.start, w.end, 24, 4)
        return valid or not (named or w.digits.startswith(_EPOCH))
    if w.shape in _RESIDENT_SHAPES:
        return True
    if not (w.whole or valid) or _MOBILE.match(w.digits) is not None:
        return False  # 010-2345-6789 10: a phone and the number after it
    return 6 in itertools.accumulate(w.shape)


def reversed_resident(w: Window, view: View) -> Finding | None:
    """A resident number written backwards; only in its own shape and with a valid check digit
    or a cue, because any seven and six digits look like one."""
    if w.shape not in ((7, 6), (13,)) or w.digits[6] not in "1234":
        return None
    turned = w.digits[::-1]
    if not checksums.birth_date(turned):
        return None
    if w.shape == (7, 6) or view.near(Cue.RESIDENT, w.start, w.end):
        return Finding("id.kr_rrn", HIGH, w.start, w.end)
    return None


def corporate(w: Window, view: View) -> Finding | None:
    if len(w.digits) != 13 or not view.near(Cue.CORPORATE, w.start, w.end):
        return None
    return Finding("id.kr_corporate", MEDIUM, w.start, w.end)


def business(w: Window, view: View) -> Finding | None:
    if len(w.digits) != 10 or w.glued:
        return None
    cue = view.near(Cue.BUSINESS, w.start, w.end)
    valid = checksums.business(w.digits)
    if (valid and w.shape == (3, 2, 5)) or (cue and (valid or w.shape == (3, 2, 5))):
        return Finding("id.kr_brn", MEDIUM, w.start, w.end)
    return None


def phone(w: Window, view: View) -> Finding | None:
    digits = w.digits
    local = digits
    if digits.startswith(("82", "0082")):
        # Country code 82, with or without the trunk zero.
        rest = digits[4:] if digits.startswith("0082") else digits[2:]
        local = rest if rest.startswith("0") else "0" + rest
        if not (w.plus or digits.startswith("0082") or w.shape[0] == 2 or _cued(w, view)):
            return None
        sure = True
    else:
        sure = False
    if _MOBILE.fullmatch(local) is not None:
        if sure or w.whole or w.shape in _MOBILE_SHAPES:
            return None if w.glued and len(w.shape) == 1 else _phone(w)
        return None
    if _LANDLINE.fullmatch(local) is not None and (
        sure or w.shape in _LANDLINE_SHAPES or _cued(w, view)
    ):
        return None if w.glued else _phone(w)
    return None


def _phone(w: Window) -> Finding:
    start = w.start - 1 if w.plus else w.start
    return Finding("contact.phone", MEDIUM, start, w.end)


def _cued(w: Window, view: View) -> bool:
    return view.near(Cue.PHONE, w.start, w.end, 20, 8)


def reversed_phone(w: Window, view: View) -> Finding | None:
    if w.shape == (4, 4, 3) and w.digits.endswith("010"):
        return Finding("contact.phone", MEDIUM, w.start, w.end)
    return None


def account(w: Window, view: View) -> Finding | None:
    """A bank account: any grouping of 10 to 16 digits beside a bank's name or the word."""
    if not 8 <= len(w.digits) <= 16 or w.glued or not (w.whole or len(w.shape) <= 5):
        return None
    cue = Cue.ACCOUNT if len(w.digits) >= 10 else Cue.ACCOUNT_NUMBER
    if not view.near(cue, w.start, w.end, 24, 12):
        return None
    if _MOBILE.fullmatch(w.digits) is not None or view.near(Cue.NUMBERED, w.start, w.end, 12, 2):
        return None
    return Finding("finance.account", HIGH, w.start, w.end)


def licence(w: Window, view: View) -> Finding | None:
    """A driving licence: region (11..28), year, six digits, two check digits."""
    if len(w.digits) != 12 or int(w.digits[:2]) not in _LICENCE_REGION or w.glued:
        return None
    if w.shape == (2, 2, 6, 2) or view.near(Cue.LICENCE, w.start, w.end):
        return Finding("id.kr_licence", HIGH, w.start, w.end)
    return None


def documents(view: View) -> Iterator[Finding]:
    """Whatever number follows the words passport or driving licence, of any country."""
    for cue, kind in ((Cue.PASSPORT, "id.passport"), (Cue.LICENCE, "id.licence")):
        for _, end in view.hits.get(cue, ()):
            match = _DOCUMENT.search(view.text, end, min(len(view.text), end + 40))
            if match is not None and sum(map(str.isdigit, match.group())) >= 6:
                yield Finding(kind, HIGH, *match.span())


def passports(view: View) -> Iterator[Finding]:
    """A passport number; the older form M12345678 needs the word beside it to be high."""
    if _PASSPORT_SIGN.search(view.text) is None:
        return
    for match in _PASSPORT_NEW.finditer(view.text):
        yield Finding("id.passport", HIGH, *match.span())
    for match in _PASSPORT_OLD.finditer(view.text):
        if view.near(Cue.PASSPORT, *match.span()):
            yield Finding("id.passport", HIGH, *match.span())
        elif match.group()[0] in "MS" and len(match.group()) == 9 and match.group()[1:].isdigit():
            yield Finding("id.passport", MEDIUM, *match.span())


def plates(view: View) -> Iterator[Finding]:
    if _PLATE_SIGN.search(view.text) is None:
        return
    for match in _PLATE.finditer(view.text):
        start, end = match.span()
        gap = match["gap1"] or match["gap2"]
        if gap and match["use"] in _PLATE_UNSURE and not view.near(Cue.PLATE, start, end):
            continue
        yield Finding("id.kr_plate", MEDIUM, start, end)
