"""Complexity: is little, something or a lot asked for? Of each class the share that is put into it,
and the mean of the three: other writers seldom ask for a lot, and a plain share would hide that.

The set is our own, by the guideline in docs/quality/complexity.md. The rules were set on the halves
called "dev"; the other halves only measure. What is compared with them learns from the same halves.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from gilmok.core.inspection import Complexity
from gilmok.inspection import length
from gilmok.inspection.complexity import Shape, complexity
from gilmok.inspection.language import language
from quality.data import DATA, Row, own
from quality.figures import bootstrap
from quality.report import Section

CLASSES = tuple(kind.value for kind in Complexity)
Judge = Callable[[Sequence[Row], Sequence[Row]], list[str]]
"""From rows with labels and rows without to a class for each of the latter."""

_TITLES = (
    ("dev", "own prompts, rules set on them"),
    ("held", "own prompts, held back"),
    ("other dev", "other writers' prompts, rules set on them"),
    ("other", "other writers' prompts, held back"),
)
_LENGTHS = length.load()


def section(folder: Path = DATA) -> Section:
    rows = own("complexity")
    learned = [row for row in rows if row["split"].endswith("dev")]
    judges: dict[str, Judge] = {
        "ours": lambda _, test: [judged(row["text"]).value for row in test],
        "prompt length": lambda train, test: _cut(train, test, len),
        "expected length": lambda train, test: _cut(train, test, _LENGTHS.tokens),
        "TF-IDF": _tfidf,
    }
    table = []
    for split, title in _TITLES:
        test = [row for row in rows if row["split"] == split]
        said = [judge(learned, test) for judge in judges.values()]
        table.append(
            (title, str(len(test)), *(_right(test, s) for s in said), *_found(test, said[0]))
        )
    return Section(
        page="complexity",
        name="complexity",
        columns=("set", "n", *judges, *(f"of {c}: {' / '.join(CLASSES)}" for c in CLASSES)),
        rows=tuple(table),
        notes=(
            "`python -m quality complexity`; mean of the three classes' shares put right, in percent, "
            "with 95 % intervals by bootstrap over prompts; on the right, what ours made of each "
            "class. What it is compared with was fitted to the sets that the rules were set on.",
        ),
    )


def judged(text: str) -> Complexity:
    """Of a request that is this text alone."""
    shape = Shape(
        characters=len(text),
        context=len(text),
        turns=1,
        tools=0,
        korean=language(text) == "ko",
        expected=_LENGTHS.tokens(text),
    )
    return complexity(text.lower(), shape)[0]


def _right(rows: Sequence[Row], said: Sequence[str]) -> str:
    truth = np.array([row["label"] for row in rows])
    right = np.array([row["label"] == one for row, one in zip(rows, said, strict=True)])

    def mean(drawn: np.ndarray) -> float:
        of_each = [right[drawn][truth[drawn] == one] for one in CLASSES]
        return float(np.mean([of_one.mean() for of_one in of_each if len(of_one)]))

    return bootstrap(mean, len(rows)).percent()


def _found(rows: Sequence[Row], said: Sequence[str]) -> list[str]:
    pairs = [(row["label"], one) for row, one in zip(rows, said, strict=True)]
    return [" / ".join(str(pairs.count((a, b))) for b in CLASSES) for a in CLASSES]


def _cut(train: Sequence[Row], test: Sequence[Row], measure: Callable[[str], float]) -> list[str]:
    """By the two thresholds that put most of the training's rows into their classes."""
    found = np.array([measure(row["text"]) for row in train])
    truth = np.array([CLASSES.index(row["label"]) for row in train])
    pairs = list(combinations(np.unique(found), 2))
    right = [((found >= low).astype(int) + (found >= high) == truth).mean() for low, high in pairs]
    low, high = pairs[int(np.argmax(right))]
    values = [measure(row["text"]) for row in test]
    return [CLASSES[int(value >= low) + int(value >= high)] for value in values]


def _tfidf(train: Sequence[Row], test: Sequence[Row]) -> list[str]:
    words = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), sublinear_tf=True)
    known = words.fit_transform([row["text"] for row in train])
    model = LogisticRegression(C=10.0, max_iter=1000).fit(known, [row["label"] for row in train])
    return [str(one) for one in model.predict(words.transform([row["text"] for row in test]))]
