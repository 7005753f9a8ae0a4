"""Fits `gilmok.inspection.prospect`: what a better model adds to the answer, and how easy it is.

The target is the gain, strong minus weak: where both fail, as on sums that must be answered at once,
a stronger model is money lost, and a model trained on the weak one's failures would ask for it.

Two choices make the fit hold on subjects, sets and languages it has not seen:
* **Within groups.** Rows are compared with rows of the same set and subject. Between subjects a fit
  learns which subject is hard, which says nothing about the next subject.
* **Toward a prior.** The ridge shrinks to `PRIOR`, not to zero: signs and sizes set by hand from what
  makes questions hard (length, long options, situations with people, negations, relations between
  quantities), so that a number the data say little about keeps a sensible weight.

`PRIOR` was chosen in sight of the development sets; docs/quality/routing.md says how much that may
flatter the figures. Korean sets are never trained on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec
import numpy as np
from quality.data import Row, public

from gilmok.inspection.demands import NAMES, demands
from gilmok.inspection.prospect import ProspectFile, Weighted

SETS = ("rl_mmlu", "rl_gsm8k", "rl_mtbench", "mmlupro_8b_70b", "mmlupro_8b_gemini")
"""Those whose licences allow passing on what is made of them."""
STRENGTH = 40_000.0
"""Of the ridge, in rows."""
BETWEEN = 10.0
"""Rows that a group's mean counts for."""
_STEP = 0.01
"""Gain that one unit of `PRIOR` stands for, for each standard deviation."""
_SPREAD = 0.22
"""Typical difference in quality between the weak and the strong model of a set."""

PRIOR = {
    "length": 1.5, "words": 1.5, "free_length": 1.5, "longest_option": 1.5, "option_length": 1.0, "choices": 2.0,
    "number_options": -1.0, "reckoned": -1.5, "operators": -0.5, "marks": 1.0, "scenario": 2.0,
    "negation": 3.0, "statements": 4.0, "judgement": 0.5, "relation": 2.5, "comparison": 2.0, "remainder": 1.5,
    "money": -0.5, "connective": 1.2, "sequence": 0.5, "abstract": 0.7, "grammar": 1.5, "history": 2.0, "law": 0.7,
}  # fmt: skip
KOREAN = 1.5
"""What a question in Korean multiplies the lift by. Small models were shown little Korean; no Korean
set may be trained on. By hand: between 1 and the 1.8 by which the gaps of two such sets are wider."""
OUT = Path(__file__).resolve().parent.parent / "src/gilmok/inspection/models/prospect.json"


def train(folder: Path) -> None:
    rows = [row for name in SETS for row in public(f"routing/{name}", folder)]
    file = fit(rows)
    OUT.write_bytes(msgspec.json.format(msgspec.json.encode(file), indent=1) + b"\n")
    print(f"{OUT.name}: {len(file.numbers)} numbers, {len(rows)} rows")


def fit(rows: Sequence[Row], *, prior: bool = True) -> ProspectFile:
    numbers = np.array([demands(row["prompt"]).values for row in rows])
    mean, scale = numbers.mean(axis=0), np.maximum(numbers.std(axis=0), 0.05)
    x = np.clip((numbers - mean) / scale, -3, 3)
    weak = np.array([row["weak"] for row in rows])
    strong = np.array([row["strong"] for row in rows])
    groups = [(row["set"], row["group"]) for row in rows]
    toward = np.array([PRIOR.get(name, 0.0) if prior else 0.0 for name in NAMES]) * _STEP
    gain = _ridge(x, strong - weak, groups, toward)
    easy = _ridge(x, (strong + weak) / 2, groups, -toward) * 4  # a probability's slope, as a logit
    middle = float((strong + weak).mean() / 2)
    return ProspectFile(
        numbers=tuple(
            Weighted(name, *(round(float(v), 6) for v in values))
            for name, *values in zip(NAMES, mean, scale, gain / _SPREAD, easy, strict=True)
        ),
        lift=round(float((strong - weak).mean()) / _SPREAD, 6),
        ease=round(float(np.log(middle / (1 - middle))), 6),
        korean=KOREAN,
        provenance={
            "data": "RouteLLM's answers to MMLU (MIT), GSM8K (MIT) and MT-Bench (CC-BY-4.0), under "
            "Apache-2.0; MMLU-Pro's published answers (Apache-2.0). No text of them is kept.",
            "script": "training/routing.py",
            "rows": str(len(rows)),
        },
    )


def _ridge(
    x: np.ndarray, y: np.ndarray, groups: Sequence[tuple[str, str]], toward: np.ndarray
) -> np.ndarray:
    """Least squares within groups and, lightly, between the groups of a set."""
    gram, moment = np.eye(x.shape[1]) * STRENGTH, toward * STRENGTH
    means: dict[str, list[tuple[np.ndarray, float]]] = {}
    for group, rows in _by_group(groups):
        inside, target = x[rows], y[rows]
        means.setdefault(group[0], []).append((inside.mean(axis=0), float(target.mean())))
        gram, moment = _add(gram, moment, inside, target)
    for found in means.values():
        at, target = np.array([m for m, _ in found]), np.array([t for _, t in found])
        gram, moment = _add(gram, moment, at * BETWEEN**0.5, target * BETWEEN**0.5)
    return np.linalg.solve(gram, moment)


def _add(
    gram: np.ndarray, moment: np.ndarray, x: np.ndarray, y: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    x, y = x - x.mean(axis=0), y - y.mean()
    return gram + x.T @ x, moment + x.T @ y


def _by_group(
    groups: Sequence[tuple[str, str]],
) -> Iterable[tuple[tuple[str, str], np.ndarray]]:
    rows: dict[tuple[str, str], list[int]] = {}
    for at, group in enumerate(groups):
        rows.setdefault(group, []).append(at)
    return [(group, np.asarray(found)) for group, found in rows.items()]
