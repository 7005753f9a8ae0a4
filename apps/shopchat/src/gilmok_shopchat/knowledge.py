"""What the shop's pages say, and which of it a question is about.

Two witnesses are heard: how near the sentences are as vectors, and how many of their letter pairs
they share. Vectors alone take "can I" for "can I not"; letters alone miss a paraphrase. Only where
both agree is an entry certain enough to be the answer without any model.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Locale = Literal["ko", "en"]
Embed = Callable[[Sequence[str]], Awaitable[NDArray[np.float32]]]
"""Texts to unit vectors, one row for each. Raises where the gateway gives none."""

CERTAIN = 0.8
"""From this score on the entry is the answer; see `bench/shopchat.py` for how often that is right."""
LIKELY = 0.34
"""From this score on it is worth telling the model."""
_LETTERS = re.compile(r"[^0-9a-z가-힣]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    id: str
    asked: tuple[str, ...]
    ko: str
    en: str

    def answer(self, locale: Locale) -> str:
        return self.ko if locale == "ko" else self.en


@dataclass(frozen=True, slots=True)
class Hit:
    entry: Entry
    score: float
    """0..1."""

    @property
    def is_certain(self) -> bool:
        return self.score >= CERTAIN


def load() -> tuple[Entry, ...]:
    """The entries that come with the example."""
    text = (resources.files(__package__) / "knowledge.toml").read_text("utf-8")
    return tuple(
        Entry(id=t["id"], asked=tuple(t["asked"]), ko=t["ko"], en=t["en"])
        for t in tomllib.loads(text)["entries"]
    )


class Knowledge:
    """Entries with the vectors of how they are asked for."""

    def __init__(self, entries: Sequence[Entry], embed: Embed) -> None:
        self._embed = embed
        self._phrases = [(entry, phrase) for entry in entries for phrase in entry.asked]
        self._pairs = [_pairs(phrase) for _, phrase in self._phrases]
        self._vectors: NDArray[np.float32] | None = None

    async def prepare(self) -> None:
        """Embeds every phrase, once. Raises what `embed` raises."""
        if self._vectors is None:
            self._vectors = await self._embed([phrase for _, phrase in self._phrases])

    async def find(self, question: str, k: int = 3) -> list[Hit]:
        """The `k` likeliest entries, the likeliest first. Raises what `embed` raises: `by_letters` then
        still knows something."""
        near = await self._near(question)
        if near is None:
            return self.by_letters(question, k)
        shared = self._shared(question)
        scores = np.maximum(shared, 0.5 * near + 0.5 * shared)
        # A paraphrase shares few letters; alone it is never certain.
        return self._best(np.maximum(scores, np.minimum(near, CERTAIN - 0.01)), k)

    def by_letters(self, question: str, k: int = 3) -> list[Hit]:
        """The same without vectors: nothing but the same words is certain."""
        return self._best(self._shared(question), k)

    def _shared(self, question: str) -> NDArray[np.float64]:
        pairs = _pairs(question)
        return np.array([_dice(pairs, known) for known in self._pairs])

    def _best(self, scores: NDArray[np.float64], k: int) -> list[Hit]:
        best: dict[str, Hit] = {}
        for (entry, _), score in zip(self._phrases, scores.tolist(), strict=True):
            if entry.id not in best or best[entry.id].score < score:
                best[entry.id] = Hit(entry, score)
        hits = sorted(best.values(), key=lambda hit: -hit.score)[:k]
        return [hit for hit in hits if hit.score >= LIKELY]

    async def _near(self, question: str) -> NDArray[np.float32] | None:
        if self._vectors is None:
            return None
        near: NDArray[np.float32] = self._vectors @ (await self._embed([question]))[0]
        return near


def _pairs(text: str) -> frozenset[str]:
    letters = _LETTERS.sub("", text.lower())
    return frozenset(letters[i : i + 2] for i in range(len(letters) - 1))


def _dice(a: frozenset[str], b: frozenset[str]) -> float:
    return 2 * len(a & b) / (len(a) + len(b)) if a and b else 0.0
