"""Sentences and the words that carry their content, in Korean and English.

Korean endings and particles are cut by a short list, not by a dictionary: `양이`, `양은` and `양도` meet
in `양`, `맛있어요` and `맛있습니다` in `맛있`. It is wrong sometimes, and the same way on both sides of
a comparison, which is all it is used for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

_END = re.compile(
    r"(?<=[.!?。…])\s+|\n+|(?<=[가-힣][.!?])(?=[가-힣])|(?<=[ㅋㅎㅠㅜ^~:][ㅋㅎㅠㅜ^)])\s+"
    r"|(?<=[가-힣]요)\s+(?=[가-힣])|(?<=니다)\s+(?=[가-힣])"
)
_WORD = re.compile(r"[가-힣]+|[a-z]+(?:'[a-z]+)?|\d+(?:[.,]\d+)*")
_HANGUL = re.compile(r"[가-힣]")

_VERB_ENDINGS = (
    "습니다 습니당 습니까 입니다 합니다 이에요 예요 이네요 네요 어요 아요 여요 워요 해요 었어요 았어요 했어요 "
    "였어요 었습니다 았습니다 했습니다 었는데 았는데 했는데 는데 은데 지만 었지만 았지만 했지만 하지만 하고 해서 "
    "어서 아서 라서 으면 면서 고요 구요 군요 더라구요 더라고요 거든요 던데 었음 았음 했음 하네요 하다 한데 하게 "
    "스럽고 스러워요 스럽게 습니다만 하셔서 하시고 하시구 하셨 었 았 했 셨 하 한 해 음 니다"
)
_PARTICLES = (
    "에서는 에서도 에서 에게 까지 부터 으로 이랑 처럼 보다 마다 밖에 조차 이나 이라 에는 에도 은 는 이 가 을 를 "
    "도 만 에 로 와 과 의 랑 고 게 다 요 지 며 나"
)
_ENDINGS = tuple(sorted(f"{_VERB_ENDINGS} {_PARTICLES}".split(), key=len, reverse=True))
_KOREAN_STOP_WORDS = (
    "그리고 그래서 그런데 그냥 정말 진짜 너무 매우 아주 많이 조금 좀 더 또 다 잘 안 못 이 그 저 것 거 수 때 "
    "곳 집 여기 저기 제가 저는 나는 우리 있 없 하 되 같 했 한 할 해 되었 있었 근데 하지만 특히 역시 항상 매번 "
    "리뷰 손님 고객 분 분들 식당 가게 매장 음식점 대한 대해 대체 전반 평 의견 언급 칭찬 좋 나쁘 이런 저런"
)
_KOREAN_STOP = frozenset(_KOREAN_STOP_WORDS.split())
_ENGLISH_STOP_WORDS = (
    "a an the and or but so if of to in on at for from with by as is are was were be been being am it its "
    "this that these those there here i me my we our us you your he she they them their his her who which "
    "what when where how very really just too also more most much many some any all not no nor don't didn't "
    "isn't wasn't do does did has have had will would can could should than then out up down about into over "
    "again get got go went one place restaurant review reviews reviewer reviewers customer customers guest "
    "guests people say says said mention mentions mentioned praise praised food good great nice bad"
)
_ENGLISH_STOP = frozenset(_ENGLISH_STOP_WORDS.split())
_ENGLISH_ENDINGS = ("ing", "ed", "es", "ly", "s")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence and where it stands in its text, end exclusive."""

    text: str
    start: int
    end: int


def sentences(text: str) -> list[Sentence]:
    """In order, without the white space around them; nothing that holds a letter is lost."""
    found, at = [], 0
    for gap in [*_END.finditer(text), None]:
        until = gap.start() if gap else len(text)
        piece = text[at:until]
        start = at + len(piece) - len(piece.lstrip())
        if piece.strip():
            found.append(Sentence(piece.strip(), start, start + len(piece.strip())))
        at = gap.end() if gap else until
    return found


def is_korean(text: str) -> bool:
    """Whether at least a fifth of it is Hangul: Korean reviews name dishes in Latin letters too."""
    return len(_HANGUL.findall(text)) * 5 >= len(text.strip()) > 0


def words(text: str) -> list[str]:
    """Every word and number, lower case, as written."""
    found: list[str] = _WORD.findall(text.lower())
    return found


def numbers(text: str) -> frozenset[str]:
    return frozenset(word.rstrip(".,") for word in words(text) if word[0].isdigit())


def stem(word: str) -> str:
    return _korean_stem(word) if _HANGUL.match(word) else _english_stem(word)


def content(text: str) -> list[str]:
    """Stems of the words that say something, in order; a word may come twice."""
    found = []
    for word in words(text):
        if word in _ENGLISH_STOP or word in _KOREAN_STOP or word in _ENDINGS:
            continue
        cut = stem(word)
        if cut not in _KOREAN_STOP and (len(cut) > 1 or _HANGUL.match(cut)):
            found.append(cut)
    return found


def coverage(claim: str, evidence: str) -> float:
    """The share of the claim's content that the evidence has too, 0..1; 0 of an empty claim.
    A Korean word also counts where half of its pairs of syllables, or its first two, are there:
    endings are many."""
    wanted = content(claim)
    if not wanted:
        return 0.0
    there = content(evidence)
    pairs = {pair for word in there for pair in _pairs(word)}
    return sum(_covered(word, frozenset(there), pairs) for word in wanted) / len(wanted)


def _covered(word: str, there: frozenset[str], pairs: set[str]) -> bool:
    if word in there:
        return True
    if not _HANGUL.match(word):
        return len(word) > 4 and any(other.startswith(word[:5]) for other in there)
    mine = _pairs(word)
    return bool(mine) and (mine[0] in pairs or sum(p in pairs for p in mine) * 2 >= len(mine))


def _pairs(word: str) -> list[str]:
    return [word[i : i + 2] for i in range(len(word) - 1)]


def bare(word: str) -> str:
    """As a heading shows it: a Korean word without its particle or the ending that makes `친절하고` of
    `친절`; two syllables of it are kept."""
    for particle in (
        *["하고", "하게", "하셔서", "하시고", "해서", "해요", "하네요", "합니다", "했어요"],
        "에서",
        "으로",
        "이랑",
        *"은는이가을를도만에로와과의랑",
    ):
        if word.endswith(particle) and len(word) - len(particle) >= 2:
            return word.removesuffix(particle)
    return word


@lru_cache(maxsize=20_000)
def _korean_stem(word: str) -> str:
    """One ending and one particle off, while something of it stays."""
    for _ in range(2):
        for ending in _ENDINGS:
            if word.endswith(ending) and len(word) > len(ending):
                word = word[: -len(ending)]
                break
        else:
            break
    return word


@lru_cache(maxsize=20_000)
def _english_stem(word: str) -> str:
    word = word.removesuffix("'s")
    for ending in _ENGLISH_ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word
