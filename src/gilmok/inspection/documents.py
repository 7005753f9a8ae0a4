"""What of a message is a document that somebody else wrote, and what the sender's own words.

A document is what is set off: in a fence, in quotation lines or long quotation marks, between rules,
in tags, or below a line that asks to do something with "the following". Linear in the text; where
nothing sets anything off, it costs the search for a few characters.
"""

from __future__ import annotations

import re

from msgspec import Struct

MOST = 64
"""Documents of one message that are told apart; the rest of it is one more."""

_SHORTEST, _LONGEST = 12, 400
"""Characters of a sentence."""
_END = re.compile(r"\n+|(?<=[.!?。])\s+")
_SIGNS = ("\n", "<", '"', "“", "「", "『")
_SET_OFF = re.compile(
    r"```[^\n]*\n(?P<fence>.*?)(?:```|\Z)"
    r'|"""(?P<triple>.*?)(?:"""|\Z)'
    r"|^(?P<quote>(?:>[^\n]*(?:\n|\Z))+)"
    r"|^(?P<rule>-{3,}|={3,}|_{3,}|\*{3,})[ \t]*\n(?P<ruled>.*?)(?:^(?P=rule)[ \t]*$|\Z)"
    r"|<(?P<tag>[^\W\d][\w-]{0,30})(?: [^<>]{0,200})?>(?P<tagged>.{12,}?)(?:</(?P=tag)>|\Z)"
    r"|^\[(?P<mark>[^\[\]\n]{1,20})\][ \t]*\n(?P<marked>.*?)(?:^\[(?:끝|/[^\]\n]{1,20}|end|END)\]|\Z)"
    r'|(?<![\w"])"(?P<straight>[^"]{60,4000})"|“(?P<curly>[^“”]{60,4000})”'
    r"|[「『](?P<corner>[^「」『』]{60,4000})[」』]",
    re.S | re.M,
)
_ASKS = re.compile(
    r"following|below|attached|this (?:text|article|email|e-mail|mail|page|review|document|message)"
    r"|summari[sz]e|translate|proofread|classify|review this|folgende"
    r"|다음|아래|첨부|요약|번역|정리|검토|분석|교정|분류",
    re.I,
)
_FIRST_LINE = 200
"""Characters of a line that may ask to do something with what follows."""


class Parts(Struct, frozen=True):
    """A message taken apart. Texts of other people never stand among the sender's own words."""

    own: str
    documents: tuple[str, ...]


def take_apart(text: str) -> Parts:
    """Never raises; together the parts hold every word of the text."""
    if not any(map(text.__contains__, _SIGNS)):
        return Parts(text, ())
    own: list[str] = []
    documents: list[str] = []
    done = 0
    for match in _SET_OFF.finditer(text):
        own.append(text[done : match.start()])
        documents.append(match[0])
        done = match.end()
        if len(documents) == MOST:
            documents.append(text[done:])
            return Parts(" \n".join(own), tuple(documents))
    own.append(text[done:])
    if documents:
        return Parts(" \n".join(own), tuple(documents))
    return _below(text)


def sentences(text: str) -> list[str]:
    """A document's lines and sentences, each with enough of what it hangs on to be understood.

    Short ones are joined with the next, long ones are cut: all are of a like length.
    """
    found: list[str] = []
    open_ = ""
    for piece in _END.split(text):
        piece = piece.strip()
        if not piece:
            continue
        open_ = f"{open_} {piece}" if open_ else piece
        if len(open_) >= _SHORTEST:
            found += [open_[at : at + _LONGEST] for at in range(0, len(open_), _LONGEST)]
            open_ = ""
    if open_:
        found.append(open_)
    return found


def _below(text: str) -> Parts:
    """A document that nothing closes: all that stands under a line which asks about it."""
    line_end = text.find("\n")
    if 0 < line_end <= _FIRST_LINE and _ASKS.search(text, 0, line_end) is not None:
        return Parts(text[:line_end], (text[line_end:],))
    return Parts(text, ())
