"""Attempts to take over the model: in what users write, in documents, in tools' results.

The three are judged apart. A user may tell the model what to do ("forget the last message, write in
English"), so only what goes for the model's own rules counts. A document may not: a sentence of it
that gives orders to whoever reads it is suspect by itself. What somebody took the trouble to hide
is worse than the same words in the open.

Measured in docs/quality/injection.md, described in docs/injection.md. Linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from msgspec import Struct

from gilmok.core.injection import Injection, Source, Unsettled, Verdict
from gilmok.core.request import Role
from gilmok.inspection.documents import sentences, take_apart
from gilmok.inspection.injection_cues import FEATURES, composed, features, is_silent, places
from gilmok.inspection.injection_words import Word
from gilmok.inspection.view import View
from gilmok.learned.words import load_words

SUSPECT = 0.55
"""The score from which a user's words are suspect: the one threshold of docs/quality/injection.md."""
ATTACK = 0.9
DECODED = 0.6
SUSPECT_WINDOW = 0.8
"""The same for one window of many, each of which may be mistaken."""
SUSPECT_SENTENCE = 0.65
"""The same for a sentence of a document: a document has many, and each may be mistaken."""
OPEN = 0.05
"""The score from which a better reader, where there is one, should judge a user's words."""
WINDOW = 1200
"""Characters that are judged together: an attempt at the end of a long text is not thinned out."""

_USER, _DOCUMENT, _TOOL = Source.USER, Source.DOCUMENT, Source.TOOL
_TOOLS = frozenset({Role.TOOL, Role.FUNCTION})
_TAGS = re.compile("(?<!\U0001f3f4)[\U000e0020-\U000e007e]{4,}")
"""Invisible copies of ASCII; behind a black flag they spell the flag of a region."""
_TAG = 0xE0000
_OUT_OF_SIGHT = re.compile(
    r"<!--(?P<comment>.{8,2000}?)-->"
    r"|<(?P<tag>\w{1,12})[^<>]{0,200}(?:display:\s*none|visibility:\s*hidden|font-size:\s*0"
    r"|color:\s*(?:#fff(?:fff)?\b|white|transparent)|\bhidden\b)[^<>]{0,200}>(?P<unseen>.{8,2000}?)</(?P=tag)>"
    r"|\[//\]: # \((?P<remark>[^)\n]{8,2000})\)",
    re.S | re.I,
)
_LEAKING_IMAGE = re.compile(
    r"!\[[^\]]{0,200}\]\(https?://[^)\s]{1,300}[?&][\w-]{1,30}=[^)\s]*", re.I
)
_KINDS = (
    ("injection.exfiltration", ("hidden_reveal", "secret_reveal", "secret_send", "your_hidden")),
    ("injection.override", ("override_rules", "override_prior", "filter_off", "markup")),
    ("injection.roleplay", ("persona_unlimited", "unlimited", "no_refusal", "persona")),
)
_KIND_OF = {
    FEATURES.index(language + name): kind
    for language in ("", "korean_")
    for kind, names in _KINDS
    for name in names
}
_RANK = {kind: at for at, (kind, _) in enumerate(_KINDS)}
_ORDERS = frozenset(map(int, (Word.COMMAND, Word.ADDRESSEE, Word.REVEAL, Word.SEND)))


class Seen(Struct, frozen=True):
    """One text of a conversation: as it stands, as it was first read, and what it decodes to."""

    role: Role
    text: str
    view: View
    where: int
    decoded: tuple[View, ...] = ()

    @property
    def source(self) -> Source:
        return _TOOL if self.role in _TOOLS else _USER


class InjectionDetector:
    """Holds the two models; keeps nothing of what it reads."""

    def __init__(self, sources: Iterable[Source] = Source, followed: bool = False) -> None:
        """`sources`: whose words are judged; others cost nothing. `followed`: by a better reader,
        who judges the messages of users that fit into one window."""
        self._sources = frozenset(sources)
        self._followed = followed
        self._users = load_words("injection")
        self._documents = load_words("injection_document")

    def find(
        self, seen: Iterable[Seen], files: Iterable[tuple[int, str]] = ()
    ) -> tuple[Injection, ...]:
        """The strongest attempt of each source. `files`: texts found in parts that carry files."""
        strongest: dict[Source, Injection] = {}
        for text in seen:
            for found in self._in_text(text):
                _keep(strongest, found)
        for where, file in files if _DOCUMENT in self._sources else ():
            for score, kind in self._in_document(file):
                _keep(strongest, charged(_DOCUMENT, score, kind, where))
        return tuple(strongest.values())

    def unsettled(self, seen: Iterable[Seen]) -> tuple[Unsettled, ...]:
        """What the better reader should judge; nothing where there is none."""
        if not self._followed or _USER not in self._sources:
            return ()
        found = []
        for text in seen:
            if text.source is _USER and (own := self._short(text.view.text)) is not None:
                score, kind = self.judged(own)
                if score >= OPEN:
                    found.append(Unsettled(text.where, round(score, 3), kind))
        return tuple(found)

    def _short(self, message: str) -> str | None:
        """A user's own words where they fit into one window."""
        own = take_apart(message).own
        return own if 0 < len(own) <= WINDOW else None

    def judged(self, text: str) -> tuple[float, str]:
        """How much a user's words are an attempt, 0..1, and of which kind."""
        lower = composed(text.lower())
        signs = features(text, places(lower))
        users = self._users
        return users.probability(users.logit(lower, signs)), _kind(signs)

    def ordering(self, sentence: str) -> float:
        """How much a sentence of a document gives orders to a machine that reads it, 0..1."""
        lower = composed(sentence.lower())
        found = places(lower)
        if is_silent(found) and _ORDERS.isdisjoint(found):
            return 0.0
        documents = self._documents
        return documents.probability(documents.logit(lower, features(sentence, found)))

    def _in_text(self, seen: Seen) -> Iterator[Injection]:
        where, text, source = seen.where, seen.view.text, seen.source
        if source is _USER:
            yield from self._in_message(text, where)
        if source not in self._sources:
            return
        if source is _TOOL:
            for score, kind in self._in_document(text):
                yield charged(source, score, kind, where)
        if len(text) != len(seen.text):
            for hidden in _TAGS.findall(seen.text):
                spelt = "".join([chr(ord(c) - _TAG) for c in hidden])
                score = max(ATTACK, self.judged(spelt)[0])
                yield charged(source, score, "injection.hidden", where)
        for view in seen.decoded:
            if is_silent(places(view.lower)):
                continue
            # A decoded page of code is still no attempt: only words that go for the rules are.
            for score, kind in self._in_words(view.text):
                if score >= DECODED and kind != "injection.other":
                    yield charged(source, max(score, ATTACK), "injection.hidden", where)

    def _in_message(self, text: str, where: int) -> Iterator[Injection]:
        """A user's own words, and the documents among them."""
        parts = take_apart(text)
        if _USER in self._sources and not (self._followed and len(parts.own) <= WINDOW):
            for score, kind in self._in_words(parts.own):
                yield charged(_USER, score, kind, where)
        if _DOCUMENT in self._sources:
            for document in parts.documents:
                for score, kind in self._in_document(document):
                    yield charged(_DOCUMENT, score, kind, where)

    def _in_words(self, text: str) -> Iterator[tuple[float, str]]:
        least = SUSPECT if len(text) <= WINDOW else SUSPECT_WINDOW
        for at in range(0, len(text), WINDOW):
            score, kind = self.judged(text[at : at + WINDOW])
            if score >= least:
                yield score, kind

    def _in_document(self, text: str) -> Iterator[tuple[float, str]]:
        """Orders in somebody else's text, and what would be an attack from a user, too."""
        for unseen in _out_of_sight(text):
            if any(self.ordering(sentence) >= SUSPECT for sentence in sentences(unseen)):
                yield max(ATTACK, self.judged(unseen)[0]), "injection.hidden"
        if "![" in text and _LEAKING_IMAGE.search(text) is not None:
            yield SUSPECT_SENTENCE, "injection.exfiltration"
        for at in range(0, len(text), WINDOW):
            window = text[at : at + WINDOW]
            if not is_silent(places(window.lower())):
                score, kind = self.judged(window)
                if score >= ATTACK:
                    yield score, kind
        for sentence in sentences(text):
            score = self.ordering(sentence)
            if score >= SUSPECT_SENTENCE:
                yield score, "injection.instruction"


def _out_of_sight(text: str) -> Iterator[str]:
    """What a reader of the rendered text would not see."""
    if "<" in text or "[//]" in text:
        for match in _OUT_OF_SIGHT.finditer(text):
            yield match["comment"] or match["unseen"] or match["remark"] or ""


def _keep(strongest: dict[Source, Injection], found: Injection) -> None:
    known = strongest.get(found.source)
    if known is None or known.score < found.score:
        strongest[found.source] = found


def charged(source: Source, score: float, kind: str, where: int) -> Injection:
    """An attempt with this score, which is at least `SUSPECT`."""
    verdict = Verdict.ATTACK if score >= ATTACK else Verdict.SUSPECT
    return Injection(source, verdict, round(score, 3), kind, where)


def _kind(signs: tuple[tuple[int, float], ...]) -> str:
    kinds = [kind for index, _ in signs if (kind := _KIND_OF.get(index)) is not None]
    return min(kinds, key=_RANK.__getitem__, default="injection.other")
