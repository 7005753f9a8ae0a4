"""Every detector of identifiers, gated by the sign without which it cannot match.

The gates (a digit, an `@`, a cue word) keep ordinary chat from paying for twenty patterns.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from gilmok.inspection import international, korean
from gilmok.inspection.digits import RESIDENT_LENGTH, SHORTEST, Window, windows
from gilmok.inspection.lexicon import Cue
from gilmok.inspection.view import Finding, View

_CONTACT = Cue.CONTACT

Judge = Callable[[Window, View], Finding | None]

_BY_LENGTH: dict[int, tuple[Judge, ...]] = {
    8: (korean.account, international.phone),
    9: (international.ssn, korean.account, korean.phone, international.phone),
    10: (korean.business, korean.account, korean.phone, international.phone),
    11: (korean.account, korean.phone, korean.reversed_phone, international.phone),
    12: (korean.licence, international.card, korean.account, korean.phone, international.phone),
    13: (
        korean.corporate,
        korean.resident,
        international.card,
        korean.account,
        korean.phone,
        korean.reversed_resident,
        international.phone,
    ),
    14: (international.card, korean.account, korean.phone, international.phone),
    15: (international.card, korean.account, korean.phone, international.phone),
    16: (international.card, korean.account),
    17: (international.card,),
    18: (international.card,),
    19: (international.card,),
}

_LOCAL_PHONE = 7
_LEAST_DIGITS = 4
"""Of an identifier that shows by a sign: an IPv4 address. MAC and IPv6 may have none."""
_SPLIT_HALVES = re.compile(r"(?<!\d)(\d{6})(?!\d)[^\d]{1,40}?(?<!\d)([1-8]\d{6})(?!\d)", re.ASCII)


def numbers(view: View) -> Iterable[Finding]:
    """Numbers told apart by length, shape, check digit and the words around them."""
    return _numbers(view) if view.signs.digits >= SHORTEST else ()


def _numbers(view: View) -> Iterator[Finding]:
    for window in windows(view.text):
        for judge in _BY_LENGTH.get(len(window.digits), ()):
            finding = judge(window, view)
            if finding is not None:
                yield finding
                break
    if view.signs.digits >= RESIDENT_LENGTH and view.has(Cue.RESIDENT):
        yield from _halves(view)


def _halves(view: View) -> Iterator[Finding]:
    """앞자리 900101, 뒷자리 1234567: the halves of a resident number with words between."""
    for match in _SPLIT_HALVES.finditer(view.text):
        start, end = match.span()
        joined = Window(match[1] + match[2], start, end, (6, 7), True, False, False, "")
        finding = korean.resident(joined, view)
        if finding is not None:
            yield finding


def marked(view: View) -> Iterable[Finding]:
    """Identifiers that show by a sign: `@`, a dot or colon between digits, letters and digits."""
    rare = view.signs.rare
    mail = "@" in rare or _CONTACT in view.hits or "골뱅이" in view.text or "dot" in view.lower
    other = view.signs.digits >= _LEAST_DIGITS or ":" in rare or rare.count("-") > 4
    return _marked(view, mail, other) if mail or other else ()


def _marked(view: View, mail: bool, other: bool) -> Iterator[Finding]:
    if mail:
        yield from international.emails(view)
    if other:
        if view.signs.digits >= _LOCAL_PHONE:
            yield from international.local_phones(view)
        yield from international.addresses(view)
        if view.signs.digits:  # A colon alone brought many texts here.
            yield from international.ibans(view)
            yield from korean.passports(view)
            yield from korean.documents(view)
            yield from korean.plates(view)
