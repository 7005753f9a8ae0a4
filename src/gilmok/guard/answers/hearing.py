"""One answer on its way: judged while nobody has seen it, and noted afterwards.

A whole answer is held until it is complete. Of a stream only a beginning is held that may yet turn
out to be no answer, such as the first words of a refusal: an ordinary answer's first piece goes out
at once. What has gone out is never taken back; a flaw that is found then is only noted.
"""

from __future__ import annotations

from collections import deque
from enum import Enum

from gilmok.core.completion import Delta, FinishReason
from gilmok.core.flaws import Flaw
from gilmok.guard.answers.check import AnswerCheck, Said, is_blank
from gilmok.guard.answers.loops import WINDOW

_RECENT = 512
"""Pieces at the end of a stream that are kept for the note."""


class Ruling(Enum):
    """What follows from a piece of an answer that nobody has seen."""

    HOLD = "hold"
    PASS = "pass"
    REJECT = "reject"


_HOLD, _PASS, _REJECT = Ruling.HOLD, Ruling.PASS, Ruling.REJECT


class Hearing:
    """Takes the pieces of one answer: `hold` until it passes or ends, then `recent.append`."""

    __slots__ = (
        "_check",
        "_content",
        "_finish",
        "_is_cut",
        "_is_more",
        "_soft",
        "_streamed",
        "_thinks",
        "recent",
    )

    def __init__(self, check: AnswerCheck, *, streamed: bool, soft: bool) -> None:
        """`soft`: an answer with a soft flaw is withheld too, because somebody else can be asked."""
        self._check = check
        self._streamed = streamed
        self._soft = soft
        self._content = ""
        self._finish: FinishReason | None = None
        self._is_more = False
        self._thinks = False
        self.recent: deque[Delta] = deque(maxlen=_RECENT)
        self._is_cut = False

    def hold(self, delta: Delta) -> Ruling:
        """Takes a piece that nobody has seen."""
        self._content += delta.content or ""
        self._finish = delta.finish or self._finish
        self._is_more = self._is_more or _is_more(delta)
        self._thinks = self._thinks or bool(delta.reasoning)
        if not self._streamed:
            return _HOLD
        if self._is_more or self._thinks:
            return _PASS
        if self._finish is not None:
            return _HOLD
        if self._check.decided(self._content) is not None:
            return _REJECT
        held = self._check.may_yet_fail(self._content, soft=self._soft)
        return _HOLD if held else _PASS

    def verdict(self) -> Flaw | None:
        """What is wrong with the answer, held to its end or rejected before."""
        if self._is_more or (self._thinks and is_blank(self._content)):
            return None
        return self._check.flaw(Said(self._content, self._finish))

    def trim(self) -> int:
        """Lets go of what is too long to be kept, and says how many characters may come before it
        is worth looking again. So a stream holds a bounded number of them, whatever its pieces."""
        recent, left = self.recent, WINDOW
        for at in range(len(recent) - 1, -1, -1):
            left -= _length(recent[at])
            if left < 0:
                break
        else:
            return left
        self._is_cut = True
        self._is_more = self._is_more or any(map(_is_more, recent))
        last = recent[-1]
        for _ in range(at + 1):
            recent.popleft()
        if not recent:
            recent.append(Delta(content=(last.content or "")[-WINDOW:], finish=last.finish))
        return WINDOW

    def note(self) -> Flaw | None:
        """What was wrong with an answer that went out, as far as its end shows."""
        recent = self.recent
        said = "".join([delta.content for delta in recent if delta.content])
        finish = recent[-1].finish if recent else None
        is_whole = len(recent) < _RECENT and not self._is_cut
        flaw = self._check.flaw(Said(said, finish, is_whole=is_whole))
        if flaw is None or (self._is_cut and self._is_more) or any(map(_is_more, recent)):
            return None
        if is_blank(said) and any(delta.reasoning for delta in recent):
            return None
        return flaw


def _length(delta: Delta) -> int:
    said = len(delta.content or "") + len(delta.reasoning or "") + len(delta.refusal or "")
    return said + sum([len(call.arguments) for call in delta.tool_calls])


def _is_more(delta: Delta) -> bool:
    """More than words, and not judged by them: a call, or a refusal that is declared as one."""
    return bool(delta.tool_calls or delta.refusal)
