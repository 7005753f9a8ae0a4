"""The rules in their order: an answer to what was asked, an order, a remark, a question, small talk."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress

from gilmok_kiosk import words
from gilmok_kiosk.menu import Menu
from gilmok_kiosk.order import Order, OrderProblem, apply_all
from gilmok_kiosk.understanding.answers import answer
from gilmok_kiosk.understanding.lexicon import lexicon
from gilmok_kiosk.understanding.marks import VERBS, Kind, Mark
from gilmok_kiosk.understanding.meaning import (
    Ask,
    CallMe,
    Do,
    Doubt,
    Health,
    Meaning,
    Mind,
    NotUnderstood,
    Pending,
    SmallTalk,
    ToGo,
)
from gilmok_kiosk.understanding.normal import folded, sentences
from gilmok_kiosk.understanding.orders import operations
from gilmok_kiosk.understanding.questions import question
from gilmok_kiosk.understanding.reading import read
from gilmok_kiosk.understanding.remarks import health_in, is_special, name_in

_HELLO = re.compile(
    r"^(?:안녕(?!히)|하이|반가|여보세요|hi\b|hello|hey|good (?:morning|afternoon|evening))"
)
_THANKS = re.compile(r"감사|고마|thank|thx|잘\s*(?:먹|마시)")
_BYE = re.compile(r"안녕히|수고|잘\s*있|\bbye|see you|다음에\s*(?:봐|올)|have a (?:nice|good)")
_ASKS = re.compile(
    r"\?\s*$|(?:나요|까요|[은인]가요|니까|는지|어디|언제|누구|무슨|무엇|뭐|왜|몇)"
    r"|^(?:do|does|did|is|are|was|can|could|will|would|what|where|when|who|why|how|which)\b"
)
_NO = re.compile(r"^(?:괜찮|됐어|됐습|no thank|never ?mind|nothing)")


_IDLE = (words.WHAT_WOULD_YOU_LIKE, words.WHAT_ELSE, words.WHAT_TO_CHANGE)
_ORDERING = {Kind.ITEM, Kind.QUANTITY, Kind.NO, Kind.INSTEAD, Kind.WITHOUT, Kind.IT}


class Rules:
    """Understands turns about one menu. Built once; keeps nothing of what it hears."""

    def __init__(self, menu: Menu) -> None:
        self._menu = menu
        self._words = lexicon(menu)

    def understand(
        self, text: str, order: Order, pending: Pending | None = None
    ) -> tuple[Meaning, ...]:
        """What a turn means, sentence by sentence; remarks come first.

        If any sentence is not understood, none of them changes the order: what was not understood
        may have been about it.
        """
        found: list[Meaning] = []
        for sentence in sentences(text):
            meant = self._sentence(sentence, text, order, pending)
            for meaning in meant:
                order = self._after(meaning, order)
            found += meant
            pending = None
        remarks = [meaning for meaning in found if isinstance(meaning, Mind | CallMe)]
        lost = [meaning for meaning in found if isinstance(meaning, NotUnderstood)]
        if not found or lost:
            items = tuple(one for some in lost for one in some.items)
            return (*remarks, NotUnderstood(items, any(some.asks for some in lost)))
        rest = [meaning for meaning in found if not isinstance(meaning, Mind | CallMe)]
        if len(rest) + len(remarks) > 1:
            rest = [meaning for meaning in rest if not _is_idle(meaning)]
        return (*remarks, *rest)

    def _after(self, meaning: Meaning, order: Order) -> Order:
        """The order that the next sentence is about."""
        if isinstance(meaning, Do):
            with suppress(OrderProblem):  # Whoever applies them meets it too, and explains it.
                return apply_all(order, self._menu, meaning.operations)
        return order

    def _sentence(
        self, sentence: str, original: str, order: Order, pending: Pending | None
    ) -> tuple[Meaning, ...]:
        marks = read(sentence, self._words)
        if pending is not None and (answered := answer(pending, marks, self._menu, order)):
            return (answered,)
        doubt: Ask | None = None
        if _may_order(sentence, marks):
            try:
                return self._do(marks, order)
            except Doubt as raised:
                doubt = raised.ask
        asked = question(sentence, marks, self._menu)
        if is_special(sentence) and asked is None:
            return (Ask(words.SPECIAL),)
        name = name_in(sentence, original)
        health = health_in(sentence)
        remarks: list[Meaning] = [CallMe(name)] if name else []
        if health != Health():
            remarks.append(Mind(health))
        if remarks and (ordered := self._ordered_after(sentence, (name, health), order)):
            return (*remarks, *ordered)
        if asked is not None:
            return (*remarks, asked)
        if remarks:
            lost = _lost(sentence, marks)
            return (*remarks, lost) if lost.items else tuple(remarks)
        if doubt is not None:
            return (doubt,)
        return (_small_talk(sentence, marks),)

    def _do(self, marks: Sequence[Mark], order: Order) -> tuple[Meaning, ...]:
        """What is to be done. Raises `Doubt`."""
        to_go = [ToGo()] if any(mark.kind is Kind.TO_GO for mark in marks) else []
        said = [mark for mark in marks if mark.kind is not Kind.TO_GO]
        if to_go and not {mark.kind for mark in said} & {Kind.ITEM, *VERBS}:
            return tuple(to_go)
        done = operations(said, self._menu, order)
        if not done:
            raise Doubt
        return (Do(done), *to_go)

    def _ordered_after(
        self, sentence: str, told: tuple[str | None, Health], order: Order
    ) -> tuple[Meaning, ...]:
        """The order behind a remark: 땅콩 알레르기가 있는데 *라떼 한 잔 주세요*.

        What stands before it has to hold all of the remark, and nothing of an order.
        """
        parts = sentence.split(" ")
        for start in range(1, len(parts)):
            before, after = " ".join(parts[:start]), " ".join(parts[start:])
            if any(mark.kind in _ORDERING for mark in read(before, self._words)):
                break
            if (name_in(before, before), health_in(before)) != (_folded(told[0]), told[1]):
                continue
            marks = read(after, self._words)
            try:
                if any(mark.kind is Kind.ITEM for mark in marks):
                    return self._do(marks, order)
            except Doubt:
                continue
        return ()


def _folded(name: str | None) -> str | None:
    return None if name is None else folded(name)


def _may_order(sentence: str, marks: Sequence[Mark]) -> bool:
    """Every word is known, and it is no bare question: `라떼?` asks, `라떼 주실래요?` orders."""
    kinds = {mark.kind for mark in marks}
    asks = sentence.endswith("?") and not kinds & {Kind.REQUEST, *VERBS}
    return Kind.UNKNOWN not in kinds and not asks


def _is_idle(meaning: Meaning) -> bool:
    """Not worth an answer where something else was said: hello, and what would you like."""
    return isinstance(meaning, SmallTalk) or (isinstance(meaning, Ask) and meaning.says in _IDLE)


def _lost(sentence: str, marks: Sequence[Mark]) -> NotUnderstood:
    items = tuple(mark.one for mark in marks if mark.kind is Kind.ITEM)
    return NotUnderstood(items, asks=bool(_ASKS.search(sentence)))


def _small_talk(sentence: str, marks: Sequence[Mark]) -> Meaning:
    if (lost := _lost(sentence, marks)).items:
        return lost
    if _HELLO.search(sentence):
        return SmallTalk("hello")
    if _BYE.search(sentence):
        return SmallTalk("bye")
    if _NO.search(sentence):
        return SmallTalk("no")
    return SmallTalk("thanks") if _THANKS.search(sentence) else lost
