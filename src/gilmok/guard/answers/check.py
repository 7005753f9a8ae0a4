"""The checks of one request's answers.

Precision before recall: a check speaks up only where an answer is wrong on its face, and looks at
the request first for a reason why it might be right. An answer with tool calls is never judged.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from itertools import islice

import msgspec
from msgspec import Struct, convert

from gilmok.core.completion import FinishReason
from gilmok.core.flaws import Flaw
from gilmok.core.request import Request
from gilmok.guard.answers.asked import Asked
from gilmok.guard.answers.echoes import is_echo, may_be_echo
from gilmok.guard.answers.loops import is_loop
from gilmok.guard.answers.refusals import is_refusal, may_be_refusal
from gilmok.guard.answers.tongues import answer_tongue

_UNSEEN = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"))
"""Characters without width."""
LONGEST_HELD = 1024
"""Characters of a stream that are withheld at most, whatever they are."""
_CUT_JSON = "truncated"
"""How msgspec says that a document is not complete."""


class AnswerPolicy(Struct, frozen=True, kw_only=True):
    """Which checks are on; each has the name of its flaw."""

    any: bool = False
    empty: bool = False
    too_short: bool = False
    refusal: bool = False
    loop: bool = False
    truncated: bool = False
    wrong_language: bool = False
    analysis_echo: bool = False
    min_chars: int = 1
    """For `too_short`: letters, digits and symbols that an answer has at least."""

    @classmethod
    def of(cls, checks: Iterable[Flaw], min_chars: int = 1) -> AnswerPolicy:
        on = {flaw.value: True for flaw in checks}
        return convert({"any": bool(on), "min_chars": min_chars, **on}, cls)


UNCHECKED = AnswerPolicy()


class Said(Struct, frozen=True):
    """An answer's one choice, or what came of it so far."""

    content: str
    finish: FinishReason | None = None
    is_whole: bool = True
    """False where only the end is at hand."""

    def __repr__(self) -> str:
        return "<Said>"


_STOP = FinishReason.STOP
_NOT_WORDS = frozenset({FinishReason.TOOL_CALLS, FinishReason.CONTENT_FILTER})


class AnswerCheck:
    """What is wrong with the answers to one request. Made anew for each; reads it on demand."""

    __slots__ = ("_asked", "_policy")

    def __init__(self, policy: AnswerPolicy, asked: Asked) -> None:
        self._policy = policy
        self._asked = asked

    def flaw(self, said: Said) -> Flaw | None:
        """The first thing that is wrong with a finished answer; `None` where nothing is."""
        if said.finish in _NOT_WORDS:
            return None
        text, policy = said.content, self._policy
        if said.is_whole and (found := self._of_beginning(text, said.finish)) is not None:
            return found
        if policy.loop and is_loop(text) and not self._asked.repetition:
            return Flaw.LOOP
        if policy.truncated and self._is_cut(said):
            return Flaw.TRUNCATED
        if policy.wrong_language and self._is_foreign(text):
            return Flaw.WRONG_LANGUAGE
        return None

    def decided(self, beginning: str) -> Flaw | None:
        """What is wrong with an answer that begins so, however it goes on."""
        return Flaw.ANALYSIS_ECHO if self._is_echo(beginning) else None

    def may_yet_fail(self, beginning: str, *, soft: bool) -> bool:
        """True where an answer that begins so may still be told apart by its beginning.

        `soft` says whether flaws count that are no reason to withhold an answer.
        """
        policy = self._policy
        if len(beginning) > LONGEST_HELD:
            return False
        if policy.empty and is_blank(beginning):
            return True
        if policy.analysis_echo and may_be_echo(beginning) and not self._asked.analysis:
            return True
        if not soft:
            return False
        if policy.too_short and self._is_short(beginning):
            return True
        return policy.refusal and may_be_refusal(beginning) and not self._asked.restricted

    def _of_beginning(self, text: str, finish: FinishReason | None) -> Flaw | None:
        policy, asked = self._policy, self._asked
        stopped = finish is _STOP
        # A caller who bounds an answer or counts its tokens may well get next to nothing.
        if policy.empty and stopped and is_blank(text) and not asked.few_tokens:
            return Flaw.EMPTY
        if self._is_echo(text):
            return Flaw.ANALYSIS_ECHO
        if policy.refusal and is_refusal(text) and not asked.restricted:
            return Flaw.REFUSAL
        if policy.too_short and stopped and self._is_short(text):
            return Flaw.TOO_SHORT
        return None

    def _is_echo(self, text: str) -> bool:
        return self._policy.analysis_echo and is_echo(text) and not self._asked.analysis

    def _is_short(self, text: str) -> bool:
        if says_at_least(self._policy.min_chars, text):
            return False
        return not (self._asked.few_tokens or self._asked.bounded or self._asked.stopped)

    def _is_cut(self, said: Said) -> bool:
        asked = self._asked
        if asked.bounded:
            return False
        if said.finish is FinishReason.LENGTH:
            return True
        json = said.is_whole and asked.json_format and not asked.stopped
        return json and _stops_inside_json(said.content)

    def _is_foreign(self, text: str) -> bool:
        wanted = self._asked.tongue
        if wanted is None:
            return False
        tongue = answer_tongue(text)
        return tongue not in (None, wanted) and not self._asked.may_be_in(tongue)


def is_blank(text: str) -> bool:
    """True for white space and characters without width."""
    seen = text.lstrip()
    if not seen:
        return True
    return ord(seen[0]) in _UNSEEN and not seen.translate(_UNSEEN).strip()


def says_at_least(count: int, text: str) -> bool:
    """True where `text` has as many letters, digits and symbols; punctuation says nothing."""
    said = (c for c in text if c.isalnum() or unicodedata.category(c)[0] in "SM")
    return sum(1 for _ in islice(said, count)) == count


def _stops_inside_json(text: str) -> bool:
    said = text.strip()
    if not said.startswith(("{", "[")):
        return False
    try:
        msgspec.json.decode(said)
    except msgspec.DecodeError as error:
        return _CUT_JSON in str(error)
    return False


def answer_check(policy: AnswerPolicy, request: Request) -> AnswerCheck | None:
    """`None` where nothing is checked: no check is on, or the caller wants several answers to choose
    from, or something else than words."""
    if not policy.any or request.sampling.n > 1 or request.work is not None:
        return None
    return AnswerCheck(policy, Asked(request))
