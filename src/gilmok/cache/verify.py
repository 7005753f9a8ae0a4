"""Decides whether an answer to one question answers another. The vectors only propose.

Every packaged encoder ranks "two coffees" nearer to "three coffees" than to "a coffee for each of
us two", so a similarity can never decide. Here the words of both questions are aligned, and what
counts is what is left over, and whether numbers, units, polarity, time, direction, question word
and language agree. Boosted trees weigh these features (`training/cache_verifier.py`); flat
contradictions are refused whatever the trees say.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources
from itertools import pairwise

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from gilmok.cache.numerals import Quantity
from gilmok.cache.reading import Reading

FEATURES = (
    "encoder_cosine", "cosine", "letters", "left_most", "left_least", "left_word_most",
    "left_word_least", "left_similarity", "left_words_similarity", "shared_stems",
    "quantity_conflict", "quantity_one_sided", "quantities_shared", "quantity_order",
    "negation_parity", "negation_more", "past", "future", "question_conflict", "question_shared",
    "exclusive_conflicts", "exclusive_shared", "role_conflicts", "inversions", "reordered",
    "latin_conflict", "language", "longer", "words_least", "words_most", "korean",
)  # fmt: skip


def features(a: Reading, b: Reading, encoder_cosine: float) -> list[float]:
    """Symmetric: which of the two was kept does not matter."""
    similar = a.vectors @ b.vectors.T
    best_a, best_b = similar.max(axis=1), similar.max(axis=0)
    left_a = a.weights * (1 - best_a).clip(0, 1)
    left_b = b.weights * (1 - best_b).clip(0, 1)
    sum_a, sum_b = float(left_a.sum()), float(left_b.sum())
    at_a, at_b = int(left_a.argmax()), int(left_b.argmax())
    top_a, top_b = float(left_a[at_a]), float(left_b[at_b])
    shared_stems, inversions = _shared(a, b)
    conflict, one_sided, shared, order = _quantities(a.quantities, b.quantities)
    exclusive, exclusive_shared = _exclusive(a.groups, b.groups)
    na, nb = len(a.words), len(b.words)
    return [
        encoder_cosine,
        float(a.sentence @ b.sentence),
        2 * len(a.pairs & b.pairs) / max(1, len(a.pairs) + len(b.pairs)),
        max(sum_a, sum_b),
        min(sum_a, sum_b),
        max(top_a, top_b),
        min(top_a, top_b),
        _left_similarity(a, b, left_a, left_b),
        float(similar[at_a, at_b]),
        shared_stems,
        conflict,
        one_sided,
        shared,
        order,
        float((a.negations - b.negations) % 2),
        float(abs(a.negations - b.negations)),
        float(a.past != b.past),
        float(a.future != b.future),
        *_questions(a.questions, b.questions),
        exclusive,
        exclusive_shared,
        _role_conflicts(a, b),
        inversions,
        _reordered(a, b, inversions),
        _latin(a.names, b.names),
        abs(a.hangul - b.hangul),
        max(na, nb) / min(na, nb),
        float(min(na, nb)),
        float(max(na, nb)),
        float(a.hangul > 0.3),
    ]


def refused(values: Sequence[float]) -> bool:
    """Contradictions that no similarity outweighs. What only matters where hardly anything else
    differs (one `not`, another tense) is held against near copies alone: in a freer paraphrase it
    says little."""
    if any(values[at] > 0 for at in _FLAT) or values[_LANGUAGE] > 0.6:
        return True
    is_copy = values[_LETTERS] > _COPY or values[_LEFT_MOST] < _NOTHING_LEFT
    return is_copy and any(values[at] > 0 for at in _IN_COPIES)


_FLAT = [
    FEATURES.index(name)
    for name in (
        "quantity_conflict", "quantity_order", "exclusive_conflicts", "role_conflicts", "reordered",
        "latin_conflict",
    )
]  # fmt: skip
_IN_COPIES = [FEATURES.index(n) for n in ("negation_parity", "past", "future", "question_conflict")]
_COPY = 0.55
"""Share of letter pairs in common from which a question counts as a near copy."""
_NOTHING_LEFT = 0.2
"""Or from what little share of a question without a counterpart in the other."""
_LETTERS = FEATURES.index("letters")
_LEFT_MOST = FEATURES.index("left_most")
_LANGUAGE = FEATURES.index("language")


def _reordered(a: Reading, b: Reading, inversions: float) -> float:
    """English says by order who does what to whom, unless prepositions say so."""
    same_words = a.hangul < 0.3 and a.places.keys() == b.places.keys()
    return float(same_words and inversions > 0 and not (a.roles and a.roles == b.roles))


def _role_conflicts(a: Reading, b: Reading) -> float:
    """From and to: each text gives the role to another that both name. Who and whom, which the
    topic of a Korean sentence blurs: only where they are exchanged."""
    found = sum(1 for role in ("from", "to", "than") if _differ(role, a, b))
    return float(found + (_differ("who", a, b) and _differ("whom", a, b)))


def _differ(role: str, a: Reading, b: Reading) -> bool:
    x, y = a.roles.get(role), b.roles.get(role)
    return x is not None and y is not None and x != y and x in b.places and y in a.places


def _left_similarity(
    a: Reading, b: Reading, left_a: NDArray[np.float32], left_b: NDArray[np.float32]
) -> float:
    """Cosine of what is left over on both sides: a synonym's is higher than another thing's."""
    x, y = left_a @ a.vectors, left_b @ b.vectors
    size = float(np.sqrt((x @ x) * (y @ y)))
    return float(x @ y) / size if size > 1e-9 else 1.0


def _shared(a: Reading, b: Reading) -> tuple[float, float]:
    """Share of stems that both have, and of neighbouring shared stems that stand the other way
    round."""
    order = [b.places[stem] for stem in a.places if stem in b.places]
    swaps = sum(1 for x, y in pairwise(order) if x > y)
    return (
        len(order) / min(len(a.places), len(b.places)),
        swaps / max(1, len(order) - 1),
    )


def _quantities(
    a: tuple[Quantity, ...], b: tuple[Quantity, ...]
) -> tuple[float, float, float, float]:
    """Conflict, present on one side only, shared, same ones in another order."""
    if not a and not b:
        return 0.0, 0.0, 0.0, 0.0
    if not a or not b:
        return 0.0, 1.0, 0.0, 0.0
    if len(a) != len(b):
        few, many = sorted((a, b), key=len)
        rest = list(many)
        agree = all(_take(rest, q) for q in few)
        return float(not agree), 1.0, float(agree), 0.0
    rest = list(b)
    if not all(_take(rest, q) for q in a):
        return 1.0, 0.0, 0.0, 0.0
    ordered = all(x.value == y.value for x, y in zip(a, b, strict=True))
    return 0.0, 0.0, float(len(a)), float(not ordered)


def _take(rest: list[Quantity], wanted: Quantity) -> bool:
    for i, other in enumerate(rest):
        same_unit = wanted.unit == other.unit or not (wanted.unit and other.unit)
        if other.value == wanted.value and same_unit:
            del rest[i]
            return True
    return False


def _questions(a: frozenset[str], b: frozenset[str]) -> tuple[float, float]:
    precise_a, precise_b = a - {"what", "which"}, b - {"what", "which"}
    conflict = bool(precise_a and precise_b and not precise_a & precise_b)
    return float(conflict), len(a & b) / max(1, len(a | b))


def _exclusive(a: dict[int, frozenset[str]], b: dict[int, frozenset[str]]) -> tuple[float, float]:
    """Groups of which both name members but not the same ones, and groups where they agree."""
    both = a.keys() & b.keys()
    conflicts = sum(1 for group in both if a[group] != b[group])
    return float(conflicts), float(len(both) - conflicts)


def _latin(a: frozenset[str], b: frozenset[str]) -> float:
    """Both name something in Latin letters, and nothing in common."""
    return float(bool(a and b) and not a & b)


class TreesFile(Struct, frozen=True, kw_only=True):
    """MessagePack, written by `training/cache_verifier.py`: complete binary trees of one depth."""

    features: tuple[str, ...]
    depth: int
    split_feature: tuple[int, ...]
    """Tree by tree, 2^depth - 1 inner nodes each, level by level."""
    split_at: bytes
    """float32, as many: a value above goes right."""
    leaves: bytes
    """float32, 2^depth for each tree."""
    base: float
    calibration: tuple[float, float] = (1.0, 0.0)
    prior: tuple[tuple[float, float], ...] = ()
    """For each of `calibration.LEVELS`: how many pairs of the folds that were not trained on scored
    there, as a share of all that did anywhere, and the share of them that were wrong."""
    provenance: dict[str, str] = {}


class Verifier:
    """Boosted trees over `features`. Immutable."""

    def __init__(self, file: TreesFile) -> None:
        inner = 2**file.depth - 1
        self.file = file
        self._feature = np.asarray(file.split_feature, dtype=np.intp).reshape(-1, inner)
        self._at = np.frombuffer(file.split_at, dtype=np.float32).reshape(-1, inner)
        self._leaves = np.frombuffer(file.leaves, dtype=np.float32).reshape(-1, 2**file.depth)
        self._trees = np.arange(len(self._feature))
        self._inner = inner

    def scores(self, rows: Sequence[Sequence[float]]) -> list[float]:
        """0..1 for each row of features: the chance that the questions have one answer."""
        values = np.asarray(rows, dtype=np.float32)
        n, trees = len(values), self._trees
        node = np.zeros((n, len(trees)), dtype=np.intp)
        each = np.arange(n)[:, None]
        for _ in range(self.file.depth):
            right = values[each, self._feature[trees, node]] > self._at[trees, node]
            node = 2 * node + 1 + right
        raw = self._leaves[trees, node - self._inner].sum(axis=1) + self.file.base
        slope, offset = self.file.calibration
        found: list[float] = (1 / (1 + np.exp(-(slope * raw + offset)))).tolist()
        return found


def load(name: str) -> Verifier:
    """`static` or `sentence`: trained with that encoder's cosine. Both ship with the package."""
    file = resources.files("gilmok.cache") / "models" / f"verifier_{name}.msgpack"
    return Verifier(msgspec.msgpack.decode(file.read_bytes(), type=TreesFile))
