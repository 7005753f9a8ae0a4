"""Pairs of questions for training the cache's verifier: the grammar's, and public ones changed."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

from msgspec import Struct

from training.cache_grammar import FAMILIES, VALUES


class Pair(Struct, frozen=True):
    a: str
    b: str
    same: bool
    group: str
    """Pairs of one group never part between training and test."""
    kind: str = ""


_SLOT = re.compile(r"\{(\w+?)(2?)\}")
_NUMBER = re.compile(r"\d+")


def grammar(rng: random.Random, each: int) -> Iterator[Pair]:
    """About `each` pairs of either kind from every family."""
    for lang, families in FAMILIES.items():
        siblings = _siblings(families)
        for name, wordings in families.items():
            group = f"{lang}:{name.split('.')[0]}"
            for _ in range(each):
                values = _draw(rng, lang, wordings)
                a, b = _two(rng, wordings)
                yield Pair(_fill(a, values), _fill(b, values), True, group, "wording")
                a, b = _two(rng, wordings) if rng.random() < 0.6 else (a, a)
                if (other := _changed(rng, lang, a + b, values)) is not None:
                    yield Pair(_fill(a, values), _fill(b, other), False, group, "value")
                if siblings[name]:
                    rival = rng.choice(families[rng.choice(siblings[name])].split(" | "))
                    values |= _draw(rng, lang, rival) | values
                    yield Pair(_fill(a, values), _fill(rival, values), False, group, "sibling")


def _siblings(families: dict[str, str]) -> dict[str, list[str]]:
    return {
        name: [o for o in families if o != name and o.split(".")[0] == name.split(".")[0]]
        for name in families
    }


def _two(rng: random.Random, wordings: str) -> tuple[str, str]:
    a, b = rng.sample(wordings.split(" | "), 2)
    return a, b


def _draw(rng: random.Random, lang: str, text: str) -> dict[str, str]:
    """A value for each slot; the two of one kind differ."""
    drawn = {}
    for kind, _ in _SLOT.findall(text):
        drawn[kind], drawn[f"{kind}2"] = rng.sample(VALUES[lang][kind].split(), 2)
    return drawn


def _changed(
    rng: random.Random, lang: str, text: str, values: dict[str, str]
) -> dict[str, str] | None:
    """One value replaced, or the two of one kind exchanged."""
    slots = sorted({kind + two for kind, two in _SLOT.findall(text)})
    if not slots:
        return None
    slot = rng.choice(slots)
    kind = slot.removesuffix("2")
    if f"{kind}2" in slots and rng.random() < 0.6:
        return values | {kind: values[f"{kind}2"], f"{kind}2": values[kind]}
    rest = [v for v in VALUES[lang][kind].split() if v not in (values[kind], values[f"{kind}2"])]
    return values | {slot: rng.choice(rest)}


def _fill(wording: str, values: dict[str, str]) -> str:
    return _SLOT.sub(lambda slot: values[slot[1] + slot[2]].replace("-", " "), wording)


def changed(text: str, rng: random.Random, words: list[str]) -> str | None:
    """Another question in nearly the same words, or `None` where no change offers itself."""
    korean = any("가" <= c <= "힣" for c in text)
    ways = [_other_number, _negated_ko if korean else _negated_en, _other_word, _other_word]
    way = rng.choice(ways)
    if way is _other_word:
        return _other_word(text, rng, words)
    return way(text, rng, words)


def _other_number(text: str, rng: random.Random, words: list[str]) -> str | None:
    found = _NUMBER.search(text)
    if found is None:
        return None
    other = str(int(found[0][:9]) + rng.choice((1, 2, 3, 10)))
    return text[: found.start()] + other + text[found.end() :]


_KO_NEGATIONS = (
    (re.compile(r"해줘|해 줘"), "하지 마"), (re.compile(r"해주세요|해 주세요"), "하지 마세요"),
    (re.compile(r"하지마세요|하지 마세요|하지마|하지 마"), "해 줘"), (re.compile(r"지마|지 마"), "도록 해"),
    (re.compile(r"되나요|돼요"), "안 되나요"), (re.compile(r"할 수 있"), "할 수 없"), (re.compile(r"있어"), "없어"),
    (re.compile(r"좋은"), "안 좋은"), (re.compile(r"좋아"), "싫어"), (re.compile(r"켜"), "꺼"), (re.compile(r"많은"), "적은"),
    (re.compile(r"내일"), "어제"), (re.compile(r"이번"), "지난"), (re.compile(r"다음"), "이번"), (re.compile(r"언제"), "어디서"),
    (re.compile(r"아침"), "저녁"), (re.compile(r"높"), "낮"), (re.compile(r"오늘"), "내일"),
)  # fmt: skip
_EN_NEGATIONS = (
    (re.compile(r"\bis\b"), "is not"), (re.compile(r"\bcan\b"), "cannot"), (re.compile(r"\bdo\b"), "do not"),
    (re.compile(r"\bwith\b"), "without"), (re.compile(r"\bwill\b"), "will not"), (re.compile(r"\bbefore\b"), "after"),
    (re.compile(r"\bmore\b"), "less"), (re.compile(r"\bincrease\b"), "decrease"), (re.compile(r"\bbest\b"), "worst"),
    (re.compile(r"\bshould\b"), "should not"), (re.compile(r"\bare\b"), "were"), (re.compile(r"\bdoes\b"), "did"),
    (re.compile(r"\bhow\b"), "why"), (re.compile(r"\bwhen\b"), "where"), (re.compile(r"\buse\b"), "avoid"),
)  # fmt: skip


def _negated_ko(text: str, rng: random.Random, words: list[str]) -> str | None:
    return _substituted(text, rng, _KO_NEGATIONS)


def _negated_en(text: str, rng: random.Random, words: list[str]) -> str | None:
    return _substituted(text, rng, _EN_NEGATIONS)


def _substituted(
    text: str, rng: random.Random, rules: tuple[tuple[re.Pattern[str], str], ...]
) -> str | None:
    fit = [(rule, other) for rule, other in rules if rule.search(text)]
    if not fit:
        return None
    rule, other = rng.choice(fit)
    return rule.sub(other, text, count=1)


def _other_word(text: str, rng: random.Random, words: list[str]) -> str | None:
    """One of the longer words becomes another question's word."""
    parts = text.split(" ")
    places = [i for i, w in enumerate(parts[:-1] or parts) if len(w) >= 2 and w.isalpha()]
    if not places:
        return None
    at = rng.choice(places)
    ending = next((p for p in ("에서", "까지", "은", "는", "이", "가", "을", "를", "에", "로") if parts[at].endswith(p) and len(parts[at]) > len(p) + 1), "")  # fmt: skip
    parts[at] = rng.choice(words) + ending
    return " ".join(parts)
