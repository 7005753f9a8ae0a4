"""Names of people, by the words around them. A bare name is not recognised."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from gilmok.core.inspection import Sensitivity
from gilmok.inspection.lexicon import Cue
from gilmok.inspection.name_words import (
    ASKING,
    COMPOUND_SURNAMES,
    FREE,
    LOOSE,
    NAMED_THINGS,
    NOT_BEFORE_NIM,
    NOT_GIVEN,
    NOT_LATIN,
    NOT_NAMES,
    SURNAMES,
    TITLES,
)
from gilmok.inspection.view import Finding, View

HIGH, MEDIUM = Sensitivity.HIGH, Sensitivity.MEDIUM

_FAMILY = f"(?:[{SURNAMES}][가-힣]{{2}}|(?:{COMPOUND_SURNAMES})[가-힣]{{1,2}})"
# 홍길동 씨, 홍길동님, 홍길동 과장; after the title a particle may follow, and no more.
_TITLED = re.compile(
    rf"(?<![가-힣])(?P<name>{_FAMILY}|[{SURNAMES}][가-힣](?= ?씨)) ?(?P<title>{TITLES})(?:님)?"
    r"(?:[은는이가을를의과와도께로만]|에게|한테|께서|께는|입니다|이에요|이야|이라고|이고|이랑|이신)?(?![가-힣])"
)
_NAMED_THING = re.compile(rf"(?:{NAMED_THINGS}) ?(?:의 ?)?$")
_OWNED = re.compile(
    rf"(?<![가-힣])(?P<name>{_FAMILY})(?P<title> ?(?:{TITLES})(?:님)?)?(?P<of>의|이의)? ?(?:개인 ?)?$"
)
_KOREAN_NAME = re.compile(r"[ :=]{0,3}(?P<name>[가-힣]{2,8})")
_NAME_ENDING = re.compile(
    r"(?:이라고|라고|이라는|라는|입니다|이에요|예요|에요|이야|이고|이며|인데|이다|이지|이요|야|요|임|고|씨|님|이|죠)+$"
)
_CALLED = re.compile(rf"(?<![가-힣])(?P<name>[{SURNAMES}][가-힣]{{1,3}}?)(?:이)?$")
_WORD = r"[A-Z][A-Za-zÀ-ÿ'’\-]{1,24}"
_MORE = rf"(?: [A-Z]\.)?(?: (?:van |von |de |der |la |bin |al-)?{_WORD}){{0,3}}"
_LATIN_NAME = re.compile(rf"[ :=,\n]{{1,4}}(?P<name>(?:(?:Mr|Mrs|Ms|Dr|Prof)\.? )?{_WORD}{_MORE})")
_ANY_LATIN = re.compile(rf"[ :=]{{1,3}}(?P<name>[A-Za-zÀ-ÿ'’\-]{{2,24}}(?: {_WORD}){{0,2}})")
_TITLED_LATIN = re.compile(rf" (?P<name>{_WORD}{_MORE})")
_OWNER_LATIN = re.compile(
    rf"(?P<name>(?<![A-Za-z]){_WORD} {_WORD}|(?:Mr|Mrs|Ms|Dr)\. ?{_WORD})['’]s (?:home |personal |current |private )?$"
)
_OF_LATIN = re.compile(rf" (?:and [a-z ]{{3,16}} )?(?:of|for) (?P<name>{_WORD} {_WORD})")
# {"name": "백현우", "tel": …}: a value in data, where it looks like a person's.
_FIELD = re.compile(
    r"[\"'](?:name|full_?name|customer(?:_?name)?|이름|성명|성함)[\"'] ?: ?[\"']"
    rf"(?P<name>{_FAMILY}|[A-Z][a-z]{{1,15}} [A-Z][A-Za-z'\-]{{1,19}})[\"']"
)
_CUES = frozenset({Cue.NAME_IS, Cue.NAME_FIELD, Cue.HONORIFIC, Cue.CONTACT})


def names(view: View) -> Iterable[Finding]:
    """홍길동 씨, 이름은 홍길동, "my name is …", Mr. …: the span is the name itself."""
    return () if _CUES.isdisjoint(view.hits) else _names(view)


def _names(view: View) -> Iterator[Finding]:
    if Cue.NAME_IS in view.hits:
        yield from _introduced(view)
    if Cue.HONORIFIC in view.hits:
        yield from _titled(view)
    if Cue.CONTACT in view.hits:
        yield from _asked_about(view)
    if Cue.NAME_FIELD in view.hits:
        for match in _FIELD.finditer(view.text):
            if match["name"] not in NOT_NAMES and match["name"].split(" ")[0] not in NOT_LATIN:
                yield Finding("person.name", MEDIUM, *match.span("name"))


def _introduced(view: View) -> Iterator[Finding]:
    text, lower = view.text, view.lower
    for start, end in view.hits[Cue.NAME_IS]:
        cue = lower[start:end]
        if cue.startswith("라고"):
            match = _CALLED.search(text, max(0, start - 6), start)
            if match is not None and match["name"] not in NOT_NAMES:
                yield Finding("person.name", MEDIUM, *match.span("name"))
        elif cue.isascii() or "’" in cue:
            yield from _introduced_latin(text, cue, end)
        else:
            if _NAMED_THING.search(text, max(0, start - 8), start) is None:
                yield from _introduced_korean(text, end)


def _introduced_korean(text: str, end: int) -> Iterator[Finding]:
    match = _KOREAN_NAME.match(text, end)
    if match is None:
        yield from _latin(_LATIN_NAME.match(text, end))
        return
    name = match["name"]
    ending = _NAME_ENDING.search(name, 2)
    if ending is not None:
        name = name[: ending.start()]
    asked = name.startswith(ASKING)
    if 2 <= len(name) <= 5 and name not in NOT_NAMES and not asked:
        yield Finding("person.name", MEDIUM, match.start("name"), match.start("name") + len(name))


def _introduced_latin(text: str, cue: str, end: int) -> Iterator[Finding]:
    match = _LATIN_NAME.match(text, end)
    if cue in LOOSE and match is not None and " " not in match["name"]:
        return
    if match is None and cue in FREE:
        match = _ANY_LATIN.match(text, end) or _KOREAN_NAME.match(text, end)
    yield from _latin(match)


def _latin(match: re.Match[str] | None) -> Iterator[Finding]:
    if match is not None and match["name"].split(" ")[0] not in NOT_LATIN:
        start, end = match.span("name")
        if match["name"].endswith(("'s", "’s")):
            end -= 2
        yield Finding("person.name", MEDIUM, start, end)


def _titled(view: View) -> Iterator[Finding]:
    text = view.text
    done = 0
    for start, end in view.hits[Cue.HONORIFIC]:
        if text[start].isascii():
            yield from _latin(_TITLED_LATIN.match(text, end))
            continue
        match = _TITLED.search(text, max(done, start - 5), min(len(text), end + 6))
        if match is not None and _is_person(match["name"], match["title"]):
            done = match.end("name")
            yield Finding("person.name", MEDIUM, *match.span("name"))


def _is_person(name: str, title: str) -> bool:
    if name in NOT_NAMES or name.endswith(NOT_GIVEN):
        return False
    return not (title == "님" and name.endswith(NOT_BEFORE_NIM))


def _asked_about(view: View) -> Iterator[Finding]:
    """Somebody's contact data asked for by name: high, whatever the answer would be."""
    text = view.text
    for start, end in view.hits[Cue.CONTACT]:
        owner = _OWNED.search(text, max(0, start - 14), start)
        if owner is not None and not _is_owner(owner):
            owner = None
        if owner is None and text[start].isascii():
            owner = _OWNER_LATIN.search(text, max(0, start - 60), start) or _OF_LATIN.match(
                text, end
            )
            if owner is not None and owner["name"].split(" ")[0] in NOT_LATIN:
                owner = None
        if owner is not None:
            yield Finding("person.name", MEDIUM, *owner.span("name"))
            yield Finding("topic.contact_request", HIGH, start, end, maskable=False)


def _is_owner(match: re.Match[str]) -> bool:
    """A particle or a title makes a noun of three syllables a person."""
    return match["name"] not in NOT_NAMES and (match["title"] or match["of"]) is not None
