"""Fits `gilmok.inspection.length` on `quality/sets/lengths.jsonl`: 304 prompts of this project with a class
of length each, by the guideline in docs/quality/length.md. Ridge on the logarithm of the class's middle."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np
from quality.data import Row, own

from gilmok.inspection.length import NAMES, LengthFile, Weight, wanted

MIDDLE = (3, 18, 60, 250, 600, 1500)
"""Tokens that stand for a class."""
STRENGTH = 8.0
OUT = Path(__file__).resolve().parent.parent / "src/gilmok/inspection/models/length.json"


def train(folder: Path) -> None:
    """`folder` is not used: the set is our own."""
    rows = own("lengths")
    OUT.write_bytes(msgspec.json.format(msgspec.json.encode(fit(rows)), indent=1) + b"\n")
    print(f"{OUT.name}: {len(NAMES)} numbers, {len(rows)} rows")


def fit(rows: Sequence[Row]) -> LengthFile:
    found = np.array([wanted(row["text"]).values for row in rows])
    mean, scale = found.mean(axis=0), np.maximum(found.std(axis=0), 0.05)
    x = (found - mean) / scale
    y = np.log([MIDDLE[row["class"]] for row in rows])
    weights = np.linalg.solve(x.T @ x + STRENGTH * np.eye(x.shape[1]), x.T @ (y - y.mean()))
    return LengthFile(
        numbers=tuple(
            Weight(name, *(round(float(v), 6) for v in values))
            for name, *values in zip(NAMES, mean, scale, weights, strict=True)
        ),
        intercept=round(float(y.mean()), 6),
        provenance={
            "data": "quality/sets/lengths.jsonl, written for this project (Apache-2.0)",
            "script": "training/length.py",
            "rows": str(len(rows)),
        },
    )
