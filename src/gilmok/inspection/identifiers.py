"""Every detector of identifiers, gated by the sign without which it cannot match.

The gates (a digit, an `@`, a cue word) keep ordinary chat from paying for twenty patterns.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from gilmok.inspection import international, korean
from gilmok.inspection.digits import Window, windows
from gilmok.inspection.lexicon import Cue
from gilmok.inspection.view import Finding, View

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

_DIGITS = re.compile(r"[0-9][ .\-·/_()~|*:\t,\n]{0,4}[0-9]")
_SPLIT_HALVES = re.compile(r"(?<!\d)(\d{6})(?!\d)[^\d]{1,40}?(?<!\d)([1-8]\d{6})(?!\d)", re.ASCII)


def numbers(view: View) -> Iterator[Finding]:
    """Numbers told apart by length, shape, check digit and the words around them."""
    if _DIGITS.search(view.text) is None:
        return
    for window in windows(view.text):
        for judge in _BY_LENGTH.get(len(window.digits), ()):
            finding = judge(window, view)
            if finding is not None:
                yield finding
                break
    if view.has(Cue.RESIDENT):
        yield from _halves(view)


def _halves(view: View) -> Iterator[Finding]:
    """앞자리 900101, 뒷자리 1234567: the halves of a resident number with words between."""
    for match in _SPLIT_HALVES.finditer(view.text):
        start, end = match.span()
        joined = Window(match[1] + match[2], start, end, (6, 7), True, False, False, "")
        finding = korean.resident(joined, view)
        if finding is not None:
            yield finding


def marked(view: View) -> Iterator[Finding]:
    """Identifiers that show by a sign: `@`, a dot or colon between digits, letters and digits."""
    text = view.text
    if "@" in text or view.has(Cue.CONTACT) or "골뱅이" in text or "dot" in view.lower:
        yield from international.emails(view)
    if _DIGITS.search(text) is None and ":" not in text:
        return
    yield from international.addresses(view)
    yield from international.ibans(view)
    yield from korean.passports(view)
    yield from korean.documents(view)
    yield from korean.plates(view)
