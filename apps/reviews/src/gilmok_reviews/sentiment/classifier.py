"""The judge of reviews: an encoder and a linear model say the mood, words say the aspects."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gilmok_reviews.domain import Aspect, Feeling, Judgement, Opinion, Polarity
from gilmok_reviews.sentiment.aspects import Mention, lexicon_of
from gilmok_reviews.sentiment.clauses import Clause, clauses
from gilmok_reviews.sentiment.encoder import Encoder
from gilmok_reviews.sentiment.grams import Grams

_HANGUL = re.compile(r"[가-힣ㄱ-ㅎㅏ-ㅣ]")
_SAYS_SOMETHING = re.compile(r"\w|[\U0001F300-\U0001FAFF\u2600-\u27BF\u2764]")
_UNSAID = Feeling(positive=0.0, neutral=1.0, negative=0.0)

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mix:
    """How the models' numbers become probabilities. Fitted on texts that no model was trained on."""

    korean: tuple[float, float, float, float]
    """Log-odds of praise against blame: constant, times the encoder's, times the linear model's,
    times the words' tone."""
    english: tuple[float, float, float]
    """The same without the linear model, which was trained on Korean alone."""
    neutral: tuple[float, float, float, float]
    """Log-odds of neither: constant, times the encoder's, times the absolute log-odds of praise,
    times the absolute expected rating."""

    @classmethod
    def load(cls, path: Path) -> Mix:
        raw = json.loads(path.read_text(encoding="utf-8"))
        return cls(
            korean=tuple(raw["korean"]),
            english=tuple(raw["english"]),
            neutral=tuple(raw["neutral"]),
        )


@dataclass(frozen=True, slots=True)
class Part:
    """A clause and what its words say."""

    clause: Clause
    mentions: list[Mention]
    sign: int
    """Of all its words together: 1 praise, -1 blame, 0 neither or unsaid."""


class Classifier:
    """`domain.Judge`. Read-only once made: any number of threads may use one."""

    def __init__(self, encoder: Encoder, grams: Grams, mix: Mix) -> None:
        self._encoder, self._grams, self._mix = encoder, grams, mix

    def judge(self, texts: Sequence[str]) -> list[Judgement]:
        """In the order of the texts. A text with no letter, digit or emoji is neutral."""
        spoken = [number for number, text in enumerate(texts) if _SAYS_SOMETHING.search(text)]
        judged = [Judgement(feeling=_UNSAID)] * len(texts)
        said = [texts[number] for number in spoken]
        parts = [parts_of(text) for text in said]
        moods = self.moods(said, [tone(some) for some in parts])
        opinions = self._opinions(parts, moods)
        for number, mood, some in zip(spoken, moods, opinions, strict=True):
            judged[number] = Judgement(feeling=self.feeling(mood), opinions=tuple(some))
        return judged

    def moods(self, texts: Sequence[str], tones: Sequence[float]) -> Numbers:
        """(texts, 2): the log-odds of praise against blame, the log-odds of neither."""
        if not texts:
            return np.zeros((0, 2))
        encoded = self._encoder.read(texts).astype(float)
        grams = self._grams.read(texts).astype(float)
        korean = np.array([has_hangul(text) for text in texts])
        words = np.array(tones)
        ko, en, ne = self._mix.korean, self._mix.english, self._mix.neutral
        praise = np.where(
            korean,
            ko[0] + ko[1] * encoded[:, 0] + ko[2] * grams + ko[3] * words,
            en[0] + en[1] * encoded[:, 0] + en[2] * words,
        )
        far = np.abs(encoded[:, 2])
        neither = ne[0] + ne[1] * encoded[:, 1] + ne[2] * np.abs(praise) + ne[3] * far
        return np.stack([praise, neither], axis=1)

    @staticmethod
    def feeling(mood: Numbers) -> Feeling:
        neutral = _share(float(mood[1]))
        positive = (1 - neutral) * _share(float(mood[0]))
        return Feeling(positive=positive, neutral=neutral, negative=1 - neutral - positive)

    def _opinions(self, parts: Sequence[Sequence[Part]], moods: Numbers) -> list[list[Opinion]]:
        """Each text's. Clauses whose words leave something open are read by the models, all at
        once; the others cost no more than their words."""
        unsaid = sorted(
            {
                part.clause.text
                for some in parts
                for part in [p for p in some if any(m.sign is None for m in p.mentions)][:_READ]
            }
        )
        read = dict(zip(unsaid, self.moods(unsaid, [0.0] * len(unsaid))[:, 0], strict=True))
        opinions = []
        for some, mood in zip(parts, moods, strict=True):
            whole = float(mood[0])
            # a clause is short: what it leaves open, the whole review often says
            opinions.append(
                [
                    opinion
                    for part in some
                    for opinion in _opinions_of(
                        part, (float(read.get(part.clause.text, whole)) + whole) / 2
                    )
                ]
            )
        return opinions


_READ = 12
"""Clauses of one text, at most, that are read by themselves: bounds the time of a very long one."""
_LOUDEST = 2.0
_BAND = 0.1
"""A clause whose log-odds are nearer to 0 is neither."""
_WORDS, _MOOD = 1.8, 0.4
"""Log-odds that words are right, and what one unit of the mood adds when it agrees."""


def has_hangul(text: str) -> bool:
    """Such a text is Korean, whatever else is in it."""
    return _HANGUL.search(text) is not None


def parts_of(text: str) -> list[Part]:
    """Every clause of the text with its words."""
    parts = []
    for clause in clauses(text):
        lexicon = lexicon_of(clause.text)
        mentions = lexicon.mentions(clause.text)
        sign = _sign(sum(mention.sign or 0 for mention in mentions))
        if not mentions and not has_hangul(clause.text):
            sign = lexicon.mood(clause.text) or 0  # in Korean the models know these words better
        parts.append(Part(clause, mentions, sign))
    return parts


def tone(parts: Sequence[Part]) -> float:
    """What the words of all clauses say together, from -2 to 2."""
    return max(-_LOUDEST, min(_LOUDEST, float(sum(part.sign for part in parts))))


def _opinions_of(part: Part, mood: float) -> list[Opinion]:
    """One for each aspect: of mentions that differ, praise or blame before neither, then the last."""
    best: dict[Aspect, tuple[int, float]] = {}
    for mention in part.mentions:
        sign, odds = decided(mention.sign, mood)
        held = best.get(mention.aspect)
        if held is None or sign or not held[0]:
            best[mention.aspect] = (sign, odds)
    return [
        Opinion(
            aspect=aspect,
            polarity=_POLARITY[sign],
            confidence=_share(odds),
            start=part.clause.start,
            end=part.clause.end,
        )
        for aspect, (sign, odds) in best.items()
    ]


def decided(said: int | None, mood: float) -> tuple[int, float]:
    """The sign of an opinion, and the log-odds that it is right. The words decide where they say
    something, the mood where they do not."""
    if said is None:
        sign = 0 if abs(mood) < _BAND else _sign(mood)
        return sign, abs(mood) * _MOOD
    return said, max(0.0, _WORDS + _MOOD * said * max(-4.0, min(4.0, mood)))


def _sign(number: float) -> int:
    return (number > 0) - (number < 0)


_POLARITY = {1: Polarity.POSITIVE, 0: Polarity.NEUTRAL, -1: Polarity.NEGATIVE}


def _share(log_odds: float) -> float:
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, log_odds))))
