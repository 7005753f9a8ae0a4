"""What a model may say to a customer, sentence by sentence.

A model's words are for warmth; facts come from the menu. A sentence is let through if it is in the
customer's language and says nothing that code has to say: no price, no state of the order, no item
other than those it was given, no JSON. The first sentence that is not ends the model's turn.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from gilmok_kiosk.menu import Menu
from gilmok_kiosk.texts import Locale, with_particles
from gilmok_kiosk.understanding.normal import folded

_END = re.compile(r"(?<=[.!?。！？])[\s\"'”’)]+|\n+")
_MARKUP = re.compile(r"[{}\[\]<>`|#*_\\]|https?://|\bassistant\b|\bsystem\b|\bcustomer:")
_MONEY = re.compile(
    r"\d[\d,.]*\s*(?:원|won|krw|dollars?|cents?)|[₩$€£]|공짜|무료|할인|\bfree\b|discount",
    re.IGNORECASE,
)
_ORDER = re.compile(
    r"담았|바꿨|바꾸었|뺐|넣었|드렸|드리겠|담아\s*(?:드|두)|추가(?:했|해\s*드|하겠|되었|됐)|주문(?:이|을|하신|은)?\s*(?:완료|확정|접수|받|되|취소|변경|내역)|바꿔\s*드렸|변경(?:했|해\s*드|되)|취소(?:했|해\s*드|되)|합계|총액|준비되"
    r"|\byour (?:order|total|drink|coffee|latte|tea)\b|\bi(?:'ve| have| will|'ll| just)?\s*(?:added|add|placed|changed|cancel|removed|updated|prepared|made|make|bring|get you)"
    r"|\border (?:is|has been|total)|\btotal\b|\bconfirmed\b",
    re.IGNORECASE,
)  # fmt: skip
_FACTS = re.compile(
    r"allerg|알레르|알러지|caffeine|카페인|calorie|칼로리|gluten|\d+\s*mg", re.IGNORECASE
)
"""What could do harm if it were wrong; only said of items that code chose for it."""
_HANGUL = re.compile(r"[가-힣]")
_LATIN = re.compile(r"[A-Za-z]")
_LONGEST = 400
_MOST = 4
"""Sentences. A kiosk is no place for essays."""


_POLITE = re.compile(r"[요다까죠]['\"”’)]*[.!?~。！？]*$")


class Prose:
    """Lets sentences of one answer through; `ended` once one was refused or there were enough."""

    def __init__(
        self,
        menu: Menu,
        locale: Locale,
        allowed: Collection[str] | None = None,
        most: int = _MOST,
        heard: str = "",
    ) -> None:
        """`allowed` are the ids of items that may be named, None is all; where there are some,
        every sentence has to be about one of them. `most` sentences; none repeats `heard`."""
        self._locale, self._most, self._echo = locale, most, folded(heard).strip(" .!?~")
        self._subjects = _names(menu, allowed or ())
        self._forbidden = _forbidden(menu, allowed, self._subjects)
        self._bad = (_MARKUP, _MONEY, _ORDER) if allowed else (_MARKUP, _MONEY, _ORDER, _FACTS)
        self._waiting = ""
        self._said: list[str] = []
        self.ended = False

    def heard(self, piece: str) -> str:
        """The sentences that this piece completes, as far as they may be said."""
        self._waiting += piece
        *whole, self._waiting = _END.split(self._waiting)
        return self._passed(whole)

    def finished(self) -> str:
        """The last sentence, which nothing followed; a broken-off one is not said."""
        last, self._waiting = self._waiting.strip(), ""
        return self._passed([last] if last[-1:] in tuple(".!?。！？~요)") else [])

    def _passed(self, whole: Iterable[str]) -> str:
        passed: list[str] = []
        for sentence in (one.strip() for one in whole):
            if self.ended or not sentence:
                continue
            if not self._may_say(sentence):
                self.ended = True
                break
            self._said.append(sentence)
            passed.append(sentence)
            self.ended = len(self._said) >= self._most
        return " ".join(passed)

    def _may_say(self, sentence: str) -> bool:
        if len(sentence) > _LONGEST or not sentence.isprintable() or sentence in self._said:
            return False
        if any(bad.search(sentence) for bad in self._bad):
            return False
        plain = folded(sentence)
        if plain.strip(" .!?~") == self._echo or _is_stuck(plain):
            return False
        if self._subjects and not any(name in plain for name in self._subjects):
            return False
        return self._in_language(sentence) and not any(name in plain for name in self._forbidden)

    def _in_language(self, sentence: str) -> bool:
        hangul, latin = len(_HANGUL.findall(sentence)), len(_LATIN.findall(sentence))
        if self._locale == "ko":
            return hangul > latin and _is_polite_korean(sentence)
        return latin > 0 and hangul == 0


def _is_polite_korean(sentence: str) -> bool:
    """It ends as a kiosk speaks, in syllables that Korean uses: a model that has no Korean makes up
    others, which the old national character set, with its 2,350, does not have."""
    syllables = "".join(_HANGUL.findall(sentence))
    # What the set lacks is spelled out there, in eight bytes instead of two.
    known = len(syllables.encode("euc_kr")) == 2 * len(syllables)
    return known and _POLITE.search(sentence) is not None


def _is_stuck(sentence: str) -> bool:
    """A small model's loop: decaf decaf decaf; I'm sorry, I'm sorry; and Korean that cannot be."""
    spoken = re.findall(r"[\w']+", sentence)
    looped = any(
        spoken[at : at + size] == spoken[at + size : at + 2 * size]
        for size in (1, 2, 3)
        for at in range(len(spoken) - 2 * size + 1)
    )
    worn = len(spoken) >= 8 and len(set(spoken)) < 0.6 * len(spoken)
    return looped or worn or any(map(_is_broken, spoken))


def _is_broken(word: str) -> bool:
    """민감를, 카페인는: the particle cannot follow that syllable."""
    if len(word) < 3 or not _HANGUL.match(word[-2]):
        return False
    return word != with_particles(f"{word[:-1]}을(를)") and word.endswith("를")


def _names(menu: Menu, items: Collection[str]) -> tuple[str, ...]:
    return tuple(
        folded(name)
        for item in menu.items
        if item.id in items
        for name in (item.name.ko, item.name.en, *item.aliases)
    )


def _forbidden(
    menu: Menu, allowed: Collection[str] | None, good: tuple[str, ...]
) -> tuple[str, ...]:
    """Names that may not be said, unless they are part of an allowed item's name."""
    if allowed is None:
        return ()
    others = [item.id for item in menu.items if item.id not in allowed]
    whole = " / ".join(good)
    return tuple(name for name in _names(menu, others) if name not in whole)
