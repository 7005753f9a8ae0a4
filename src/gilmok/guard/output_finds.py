"""What the output filter looks for: each sieve finds its spans in a text that may still grow.

A sieve answers with the spans that are certain and with the place from which the text has to be
held, because what stands there may become one. Both are pure, and linear in the text but for the
operator's own words, of which there are few.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from msgspec import Struct

from gilmok.core.leaks import Leak

Spans = list[tuple[int, int]]
SecretFinder = Callable[[str], Iterable[tuple[int, int]]]
"""Where a text shows credentials; `inspection` has one."""

PASSAGE = 60
"""Characters of the instructions, in a row, that are a leak: a sentence, not a phrase."""
_TELLING_PASSAGE = 24
"""Characters of it that are held until it is certain."""
_LONGEST_WORD = 300
"""Of a secret that is still arriving; none that is known is longer but a private key."""
_LONGEST_TAG = 2000


class Found(Struct, frozen=True):
    spans: Spans
    held_from: int
    """The text's length where nothing has to be held."""


class Sieve(Protocol):
    leak: Leak

    def look(self, text: str, last: bool) -> Found:
        """`last` where nothing follows, so that nothing has to be held."""
        ...


class Words:
    """The operator's own words, in any case."""

    def __init__(self, leak: Leak, words: Sequence[str]) -> None:
        self.leak = leak
        folded = sorted({word.casefold() for word in words if word}, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, folded)) or r"(?!)", re.IGNORECASE)
        self._beginnings = frozenset(w[:size] for w in folded for size in range(1, len(w)))
        self._longest = max(map(len, folded), default=0)

    def look(self, text: str, last: bool) -> Found:
        spans = [match.span() for match in self._pattern.finditer(text)]
        low = text.lower()
        for size in range(0 if last else min(self._longest - 1, len(low)), 0, -1):
            if low[-size:] in self._beginnings:
                return Found(spans, len(text) - size)
        return Found(spans, len(text))


class Passages:
    """Passages of the instructions, whatever case and spacing they are repeated in."""

    leak = Leak.SYSTEM_PROMPT

    def __init__(self, instructions: Sequence[str]) -> None:
        self._known = "\n".join(_plain(text)[0] for text in instructions)
        longest = max((len(_plain(text)[0]) for text in instructions), default=0)
        self._enough = min(PASSAGE, int(longest * 0.8))

    @property
    def is_worth_it(self) -> bool:
        """Whether the instructions are long enough to be told from ordinary words."""
        return self._enough > _TELLING_PASSAGE

    def look(self, text: str, last: bool) -> Found:
        plain, origins = _plain(text)
        spans: Spans = []
        at = 0
        while at + _TELLING_PASSAGE <= len(plain):
            if plain[at : at + _TELLING_PASSAGE] not in self._known:
                at = plain.find(" ", at + 1) + 1 or len(plain)
                continue
            end = self._reach(plain, at)
            if end - at >= self._enough:
                spans.append((origins[at], origins[end - 1] + 1))
            elif end == len(plain) and not last:
                return Found(spans, origins[at])
            at = max(end, plain.find(" ", at + 1) + 1 or len(plain))
        if last:
            return Found(spans, len(text))
        return Found(spans, self._open_end(plain, origins, max(0, at), len(text)))

    def _reach(self, plain: str, at: int) -> int:
        """Where the passage of the instructions ends that begins here."""
        low, high = at + _TELLING_PASSAGE, len(plain)
        while low < high:
            middle = (low + high + 1) // 2
            if plain[at:middle] in self._known:
                low = middle
            else:
                high = middle - 1
        return low

    def _open_end(self, plain: str, origins: list[int], at: int, end: int) -> int:
        """A tail too short to tell that is in the instructions word for word so far."""
        begin = max(at, len(plain) - _TELLING_PASSAGE)
        while 0 <= begin < len(plain):
            if plain[begin:] in self._known and " " in plain[begin:].strip():
                return origins[begin]
            begin = plain.find(" ", begin + 1) + 1 or len(plain)
        return end


def _plain(text: str) -> tuple[str, list[int]]:
    """Letters and digits in lower case with single blanks between; and where each came from."""
    plain: list[str] = []
    origins: list[int] = []
    for at, character in enumerate(text):
        if character.isalnum():
            plain.append(character.lower()[0])
        elif plain and plain[-1] != " ":
            plain.append(" ")
        else:
            continue
        origins.append(at)
    return "".join(plain), origins


class Secrets:
    """Credentials that the conversation did not show already."""

    leak = Leak.SECRET

    def __init__(self, find: SecretFinder, shown: Callable[[str], bool]) -> None:
        self._find = find
        self._shown = shown

    def look(self, text: str, last: bool) -> Found:
        spans = [(a, b) for a, b in self._find(text) if not self._shown(text[a:b])]
        if last:
            return Found(spans, len(text))
        begun = text.rfind("-----BEGIN ")
        if begun >= 0 and "-----END " not in text[begun:]:
            return Found([span for span in spans if span[1] <= begun], begun)
        # A key has no blank in it: what is held is the word that is arriving.
        word = max(map(text.rfind, (" ", "\n", "\t"))) + 1
        held = word if len(text) - word <= _LONGEST_WORD else len(text)
        return Found([span for span in spans if span[1] <= held], held)


_ACTIVE = re.compile(
    r"<\s*/?\s*(?:script|iframe|object|embed|form|meta|link|base|svg)\b[^>]{0,2000}>?"
    r"|<[a-z][^<>]{0,2000}?\son[a-z]+\s*=[^>]{0,2000}>?"
    r"|(?:javascript|vbscript|data\s*:\s*text/html)\s*:[^\s)\"'>]{0,2000}",
    re.IGNORECASE,
)
_IMAGE = re.compile(r"!\[[^\]\n]{0,2000}\]\(\s*<?(?:https?:)?//([^/\s)>]{1,253})[^)\n]{0,2000}\)")
_HTML_IMAGE = re.compile(
    r"<img\b[^>]{0,2000}?src\s*=\s*[\"']?(?:https?:)?//([^/\s\"'>]{1,253})[^>]{0,2000}>",
    re.IGNORECASE,
)
_OPEN = re.compile(r"(?:<[^<>\n]*|!(?:\[[^\]\n]*(?:\](?:\([^)\n]*)?)?)?)\Z")
_FENCE = "```"


class Markup:
    """What a page that shows the answer would run or fetch. Code between fences is only shown."""

    leak = Leak.MARKUP

    def __init__(self, hosts: Sequence[str]) -> None:
        """`hosts` whose images may be fetched; with their subdomains."""
        self._hosts = tuple(host.lower() for host in hosts)

    def look(self, text: str, last: bool) -> Found:
        fenced = _fenced(text)
        spans = [match.span() for match in _ACTIVE.finditer(text)]
        for pattern in (_IMAGE, _HTML_IMAGE):
            spans += [m.span() for m in pattern.finditer(text) if not self._is_known(m[1])]
        spans = [(a, b) for a, b in spans if not any(f <= a < g for f, g in fenced)]
        begun = None if last else _OPEN.search(text, max(0, len(text) - _LONGEST_TAG))
        if begun is None or any(f <= begun.start() < g for f, g in fenced):
            return Found(spans, len(text))
        return Found([s for s in spans if s[1] <= begun.start()], begun.start())

    def _is_known(self, host: str) -> bool:
        name = host.lower().rpartition("@")[2].partition(":")[0]
        return any(name == known or name.endswith(f".{known}") for known in self._hosts)


def _fenced(text: str) -> list[tuple[int, int]]:
    marks = [match.start() for match in re.finditer(_FENCE, text)]
    return [
        (begin, marks[at + 1] if at + 1 < len(marks) else len(text))
        for at, begin in enumerate(marks)
        if at % 2 == 0
    ]
