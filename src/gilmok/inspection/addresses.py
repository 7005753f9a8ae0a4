"""Postal addresses, by their form and what stands above them; and dates of birth, by a cue."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from gilmok.core.inspection import Sensitivity
from gilmok.inspection.lexicon import Cue
from gilmok.inspection.view import Finding, View

MEDIUM = Sensitivity.MEDIUM
_BORN = Cue.BIRTH

_REGION = "서울|부산|대구|인천|광주|대전|울산|세종|경기|강원|충북|충남|전북|전남|경북|경남|제주|충청|전라|경상"
# 테헤란로 152, 세종대로209번길 7-3, 역삼동 123-45: found from the end of the name, which is rare.
_ROAD_END = re.compile(
    r"(?:로|길|동|리|가|읍|면)(?:\d{1,4}번?[가-하]?길)? ?\d{1,5}(?:-\d{1,4})?(?![\d,.]\d|\d)"
)
_ROAD_NAME = re.compile(r"[가-힣0-9·]{1,12}$")
_DETAIL = re.compile(
    r"(?:번지|번길 ?\d{1,4})?(?:[, ]{0,3}(?:\([가-힣0-9, ]{1,24}\)|[가-힣A-Za-z0-9]{1,16}(?:아파트|빌딩|빌라|타워|오피스텔|맨션)"
    r"|지?하?\d{1,4}(?:동|층|호))){0,5}"
)
_ABOVE = re.compile(
    rf"(?:(?:{_REGION})[가-힣]{{0,6}} ?)?(?:[가-힣]{{1,7}}(?:시|군|구|읍|면|동) ?){{0,3}}$"
)
_FLAT = re.compile(r"(?:아파트|오피스텔|빌라) ?\d{1,4}동 ?\d{1,4}호")
_HOUSE_SIGN = re.compile(r"[0-9][A-Za-z]? [A-ZÀ-Þ0-9]")
_US_STREET = re.compile(
    r"(?<![\w.#$])\d{1,6} (?:[NSEW]\.? |North |South |East |West )?(?:[A-Z0-9][\w.'’\-]{0,20} ){1,4}"
    r"(?:Street|St|Avenue|Ave|Road|Rd|Boulevard|Blvd|Drive|Dr|Lane|Ln|Court|Ct|Way|Place|Pl|Circle|Terrace|Parkway|Pkwy|Highway|Hwy"
    r"|Square|Sq)\b\.?(?:,? (?:Apt|Apartment|Suite|Unit|Ste|#)\.? ?#?\w{1,6})?"
    r"(?:[,\n] ?[A-Z][a-z]+(?: [A-Z][a-z]+){0,2})?(?:,? [A-Z]{2}\b)?(?:,? \d{5}(?:-\d{4})?)?"
)
# Any house number and name, where a word for an address stands before it.
_BY_CUE = re.compile(
    r"\d{1,6}[A-Za-z]? [A-ZÀ-Þ][\w'’.\-]{1,24}(?: [A-Z0-9À-Þ][\w'’.\-]{0,24}){0,4}"
)
_BIRTH = re.compile(
    r"(?:19|20)\d{2}[ .\-/년]{1,2} ?\d{1,2}[ .\-/월]{1,2} ?\d{1,2}|\d{1,2}[/.\-]\d{1,2}[/.\-](?:19|20)?\d{2}(?!\d)"
    r"|(?<!\d)\d{6}(?!\d)|(?<!\d)(?:19|20)\d{6}(?!\d)"
    r"|(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}\.? \d{1,2}(?:st|nd|rd|th)?,? (?:19|20)\d{2}"
)


def addresses(view: View) -> Iterable[Finding]:
    """Korean road or lot form with what stands above it; US street form."""
    return _addresses(view) if view.signs.digits else ()


def _addresses(view: View) -> Iterator[Finding]:
    text = view.text
    if not text.isascii():
        for match in _ROAD_END.finditer(text):
            yield from _korean_address(view, match)
        for match in _FLAT.finditer(text):
            name = _ROAD_NAME.search(text, max(0, match.start() - 12), match.start())
            start = name.start() if name is not None else match.start()
            yield Finding("contact.address", MEDIUM, start, match.end())
    if _HOUSE_SIGN.search(text) is None:
        return
    for match in _US_STREET.finditer(text):
        yield Finding("contact.address", MEDIUM, *match.span())
    for start, end in view.hits.get(Cue.ADDRESS, ()):
        if text[start].isascii():
            named = _BY_CUE.search(text, end, min(len(text), end + 80))
            if named is not None and named.start() - end <= 12:
                yield Finding("contact.address", MEDIUM, *named.span())


def _korean_address(view: View, road: re.Match[str]) -> Iterator[Finding]:
    text = view.text
    name = _ROAD_NAME.search(text, max(0, road.start() - 12), road.start())
    if name is None:
        return
    start = name.start()
    detail = _DETAIL.match(text, road.end())
    end = detail.end() if detail is not None else road.end()
    above = _ABOVE.search(text, max(0, start - 40), start)
    if above is not None and above.end() > above.start():
        yield Finding("contact.address", MEDIUM, above.start(), end)
    elif view.near(Cue.ADDRESS, start, end, 16, 12):
        yield Finding("contact.address", MEDIUM, start, end)


def births(view: View) -> Iterable[Finding]:
    """A date beside a word for birth."""
    return _births(view) if view.signs.digits and _BORN in view.hits else ()


def _births(view: View) -> Iterator[Finding]:
    for _, end in view.hits[Cue.BIRTH]:
        match = _BIRTH.search(view.text, end, min(len(view.text), end + 28))
        if match is not None:
            yield Finding("person.birth_date", MEDIUM, *match.span())
