"""Trains `gilmok.inspection.personal`: which senses of words stand together in private matters.

Read: the development split of `quality/sets/sensitivity.jsonl` and the further sentences of
`training/sets/sensitivity.jsonl`, both written for this project; the held split is never read.
Rows whose reason is an identifier are left out: other detectors find those.

The two thresholds come from predictions on folds that the fit has not seen.
"""

from __future__ import annotations

import base64
import json
import random
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from quality.data import own, public
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from gilmok.inspection.normal import normalise
from gilmok.inspection.personal import FLAGS, PAIRS, PersonalFile, described
from gilmok.inspection.view import look
from gilmok.inspection.words import STRETCH
from gilmok.learned import Model, ModelFile, normalised
from training.fit import Recipe, fit, fit_once, save

SETS = Path(__file__).resolve().parent / "sets"
MODEL = Path(__file__).resolve().parent.parent / "src/gilmok/inspection/models/personal.json"
FURTHER = ("sensitivity", "sensitivity_others")
SEED = 20261122
PENALTY = 0.4
"""Inverse of the L2 strength: the best of .02 to 1 on folds of the development split."""
SHARE = 0.5
"""Of the senses beside the pieces, in standard deviations."""
FALSE_HIGH, FALSE_UNSURE, PAST_GATE = 0.05, 0.12, 0.60
"""Shares of our own texts that are not high, hard ones mostly, which reach each threshold on unseen
folds."""
OVERLOOKED = 0.002
"""Share of the private texts of unseen folds that a deeper tier is not shown."""
RECIPE = Recipe(name="private", pieces=32_000, seen_in=2, words=3, characters=(2, 6), penalty=6.0)
HARMLESS = {
    "cache/songys_trainval": ("a", 750),
    "cache/parakqc": ("text", 750),
    "reviews/nsmc": ("text", 450),
    "reviews/sentineg": ("text", 750),
    "routing/rl_gsm8k": ("prompt", 300),
    "routing/mmlupro_8b_70b": ("prompt", 1_000),
}
"""Public sets, the column and how many rows of it."""
OPAQUE = (
    "data:text/plain;base64,{}", "postgres://admin:[MASK]@{}/prod", "redis://:{}@cache:6379/0", "https://{}.example.com/v1?key={}",
    "{}", "{}\n{}\n{}", "[MASK] {}", "카드번호 {} 입니다", "주민번호는 [MASK] 입니다", "연락처는 data:text/plain;base64,[MASK] 입니다", "my number is {}",
    "token={}", "Authorization: Bearer {}", "my ssn is [MASK]", "계좌 {} 입니다", "면허번호 data:text/plain;base64,{} 입니다", "휴대폰 {} 입니다",
)  # fmt: skip
"""What programs write, with anything in it: other detectors find what there is to find."""
OPAQUE_TEXTS = 600
_LEAST = 0.004
"""Pairs of less weight are left out of the file."""
_IDENTIFIERS = ("id.", "finance.", "secret.")


def rows(with_identifiers: bool = False) -> list[dict[str, Any]]:
    """What may be learned from; of what is private, only where the reason is no identifier."""
    further: list[dict[str, Any]] = []
    for name in FURTHER:
        with (SETS / f"{name}.jsonl").open(encoding="utf-8") as lines:
            further += map(json.loads, lines)
    own_rows = [row for row in own("sensitivity") if row["split"] == "dev"]
    return [row for row in own_rows + further if with_identifiers or not _by_identifier(row)]


def _by_identifier(row: dict[str, Any]) -> bool:
    if "PRIVATE KEY-----" in row["text"]:
        return True
    return any(span["kind"].startswith(_IDENTIFIERS) for span in row.get("spans", ()))


def matrix(texts: list[str]) -> np.ndarray:
    """Flags and pairs of each text's first stretch."""
    made = np.zeros((len(texts), len(FLAGS) + len(PAIRS)))
    column = {pair: len(FLAGS) + at for at, pair in enumerate(PAIRS)}
    for row, text in enumerate(texts):
        flags = described(look(normalise(text)))[0]
        made[row, flags] = 1.0
        for at, first in enumerate(flags):
            for other in flags[at + 1 :]:
                made[row, column[first, other]] = 1.0
    return made


def train(data: Path) -> None:
    read = rows() + harmless(data)
    texts = [row["text"] for row in read]
    clean = [normalised(text[:STRETCH]) for text in texts]
    x, y = matrix(texts), np.array([row["level"] == "high" for row in read])
    senses, pieces = _unseen(x, clean, y)
    share = SHARE * float(pieces.std() / senses.std())
    logits = share * senses + pieces
    hard = ~y & _hard(y)
    gate = _passed(senses[hard], PAST_GATE)
    high, unsure = (_passed(logits[hard], rate) for rate in (FALSE_HIGH, FALSE_UNSURE))
    doubt = float(np.quantile(logits[y], OVERLOOKED))
    for name, found in (
        ("past the gate", senses >= gate),
        ("high", (senses >= gate) & (logits >= high)),
        ("unsure or high", (senses >= gate) & (logits >= unsure)),
        ("open to a deeper tier", logits >= doubt),
    ):
        print(
            f"{name}: on unseen folds {found[y].mean():.3f} of the private ones, {found[hard].mean():.3f}"
            f" of our others, {found[~y & ~hard].mean():.3f} of the public harmless ones"
        )
    provenance = {
        "trained_on": f"{len(rows())} texts of quality/sets (dev) and training/sets, written for it;"
        f" {len(harmless(data))} harmless texts, public ({', '.join(HARMLESS)}) or made up; {y.sum()} high",
        "licence": "as the project; MIT (songys, GSM8K), CC0 (NSMC), CC-BY-SA-4.0 (ParaKQC, SentiNeg), Apache-2.0 (MMLU-Pro)",
        "script": "training/sensitivity.py",
        "seed": str(SEED),
    }
    fitted = _senses().fit(x, y)
    weights = fitted.coef_[0]
    names = [f"{FLAGS[a]}+{FLAGS[b]}" for a, b in PAIRS]
    pairs = dict(zip(names, weights[len(FLAGS) :].round(4).tolist(), strict=True))
    file = PersonalFile(
        flags=FLAGS,
        intercept=round(float(fitted.intercept_[0]), 4),
        single=tuple(weights[: len(FLAGS)].round(4).tolist()),
        pairs={name: weight for name, weight in pairs.items() if abs(weight) >= _LEAST},
        gate=round(gate, 4),
        share=round(share, 4),
        high=round(high, 4),
        unsure=round(unsure, 4),
        doubt=round(doubt, 4),
        provenance=provenance,
    )
    MODEL.write_bytes(msgspec.json.format(msgspec.json.encode(file), indent=1) + b"\n")
    save(_pieces(clean, y, provenance))


def harmless(data: Path) -> list[dict[str, Any]]:
    """Everyday chat and exercises of others, none of it about anybody: what a gate must not stop."""
    rng = random.Random(SEED)
    found = []
    for name, (field, count) in HARMLESS.items():
        texts = sorted({row[field][:STRETCH] for row in public(name, data)})
        found += [{"text": t, "level": "low"} for t in rng.sample(texts, min(count, len(texts)))]
    return found + [{"text": text, "level": "low"} for text in _opaque(rng)]


def _opaque(rng: random.Random) -> list[str]:
    def blob() -> str:
        return base64.b64encode(rng.randbytes(rng.randrange(6, 40))).decode()

    forms = [OPAQUE[at % len(OPAQUE)] for at in range(OPAQUE_TEXTS)]
    return [form.format(*(blob() for _ in range(3))) for form in forms]


def _hard(y: np.ndarray) -> np.ndarray:
    """Our own texts, which come first."""
    return np.arange(len(y)) < len(rows())


def _senses() -> LogisticRegression:
    return LogisticRegression(C=PENALTY, max_iter=2000, class_weight="balanced")


def _pieces(clean: list[str], y: np.ndarray, provenance: dict[str, str]) -> ModelFile:
    return fit(RECIPE, clean, y.tolist(), groups=range(len(clean)), provenance=provenance)


def _unseen(x: np.ndarray, clean: list[str], y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both models' logits of each text by a fit that has not seen it."""
    senses, pieces = np.zeros(len(y)), np.zeros(len(y))
    for seen, unseen in StratifiedKFold(5, shuffle=True, random_state=SEED).split(x, y):
        senses[unseen] = _senses().fit(x[seen], y[seen]).decision_function(x[unseen])
        model = Model(fit_once(RECIPE, [clean[i] for i in seen], y[seen]))
        pieces[unseen] = [model.logit(clean[i]) for i in unseen]
    return senses, pieces


def _passed(others: np.ndarray, rate: float) -> float:
    """The threshold that this share of them reaches."""
    return float(np.sort(others)[::-1][int(rate * len(others))])
