"""How long will the answer be? Kendall's tau-b between predicted and true length.

* Our own prompts: classes by the guideline in docs/quality/length.md, whole kinds of request left out.
* Real answers of the embedded model (SmolLM2-135M, English, greedy, 600 tokens at most) to the same
  prompts: `quality/sets/lengths_measured.jsonl`, kinds left out as well.
* PUPA: real chats and reference answers. Measuring only, nothing was fitted to it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from scipy.stats import kendalltau
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import Ridge
from sklearn.model_selection import GroupKFold
from training.length import MIDDLE, fit

from gilmok.inspection.length import Lengths, wanted
from quality.data import DATA, Row, own, public
from quality.figures import bootstrap
from quality.report import Section

Predict = Callable[[Sequence[Row], Sequence[Row]], np.ndarray]
"""From rows with classes and rows without to a value that rises with the length."""
_FOLDS = 10
_PUBLISHED = ".567"
"""Learning to rank, from the prompt (Fu et al. 2024)."""


def section(folder: Path = DATA) -> Section:
    methods: dict[str, Predict] = {
        "ours": _ours,
        "prompt length": lambda _, test: np.array([float(len(row["text"])) for row in test]),
        "15 features": _fifteen,
        "TF-IDF": _tfidf,
    }
    rows = own("lengths")
    classes = np.array([row["class"] for row in rows])
    found = {name: _left_out(method, rows) for name, method in methods.items()}
    measured = {row["id"]: row["tokens"] for row in own("lengths_measured")}
    answered = np.array([at for at, row in enumerate(rows) if row["id"] in measured])
    tokens = np.array([measured[rows[at]["id"]] for at in answered])
    korean = np.array([at for at, row in enumerate(rows) if row["lang"] == "ko"])
    pupa = public("privacy/pupa_new", folder)
    reference = np.array([len(row["reference"]) for row in pupa])
    talks = [row["conversation"] for row in pupa]
    table = (
        ("own prompts", classes, list(found.values()), None),
        ("of these, Korean", classes[korean], [f[korean] for f in found.values()], None),
        ("SmolLM2's answers", tokens, [f[answered] for f in found.values()], None),
        ("PUPA", reference, [method(rows, pupa) for method in methods.values()], talks),
    )
    return Section(
        page="length",
        name="length",
        columns=("set", "n", *methods, "published", "target"),
        rows=tuple(
            (title, str(len(truth)), *(_tau(f, truth, g) for f in given), _PUBLISHED, ".567")
            for title, truth, given, g in table
        ),
        notes=(
            "`python -m quality length`; tau-b with 95 % intervals by bootstrap over prompts.",
            f"The classes themselves against SmolLM2's answers: {_tau(classes[answered], tokens)}: "
            "so small a model hardly keeps to a length that is asked of it.",
        ),
    )


def _tau(rank: np.ndarray, truth: np.ndarray, groups: Sequence[str] | None = None) -> str:
    def tau(drawn: np.ndarray) -> float:
        return float(kendalltau(rank[drawn], truth[drawn]).statistic)

    return str(bootstrap(tau, len(truth), groups, rounds=300))


def _left_out(method: Predict, rows: Sequence[Row]) -> np.ndarray:
    rank = np.zeros(len(rows))
    groups = [row["group"] for row in rows]
    for train, test in GroupKFold(_FOLDS, shuffle=True, random_state=0).split(rows, groups=groups):
        rank[test] = method([rows[i] for i in train], [rows[i] for i in test])
    return rank


def _ours(train: Sequence[Row], test: Sequence[Row]) -> np.ndarray:
    model = Lengths(fit(train))
    return np.array([float(model.tokens(row["text"])) for row in test])


def _logs(rows: Sequence[Row]) -> np.ndarray:
    return np.log([MIDDLE[row["class"]] for row in rows])


def _fifteen(train: Sequence[Row], test: Sequence[Row]) -> np.ndarray:
    def numbers(rows: Sequence[Row]) -> np.ndarray:
        return np.array([wanted(row["text"]).values[:15] for row in rows])

    return np.asarray(Ridge(alpha=5.0).fit(numbers(train), _logs(train)).predict(numbers(test)))


def _tfidf(train: Sequence[Row], test: Sequence[Row]) -> np.ndarray:
    words = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), sublinear_tf=True)
    ridge = Ridge(alpha=1.0).fit(words.fit_transform([row["text"] for row in train]), _logs(train))
    return np.asarray(ridge.predict(words.transform([row["text"] for row in test])))
