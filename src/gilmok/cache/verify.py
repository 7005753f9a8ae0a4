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

from gilmok.cache.aspects import NAMES
from gilmok.cache.numerals import Quantity
from gilmok.cache.reading import Reading
from gilmok.cache.vectors import Matrix, Vector

Groups = dict[int, frozenset[str]]

FEATURES = (
    "encoder_cosine", "cosine", "letters", "left_most", "left_least", "left_word_most",
    "left_word_least", "left_similarity", "left_words_similarity", "shared_stems",
    "quantity_conflict", "quantity_one_sided", "quantities_shared", "quantity_order",
    "negation_parity", "negation_more", "past", "future", "past_or_future", "question_conflict",
    "question_shared", "exclusive_conflicts", "exclusive_more", "exclusive_shared",
    "role_conflicts", "exchanged", "inversions", "reordered", "latin_conflict", "language",
    "longer", "words_least", "words_most", "korean", "rest_least", "rest_most", "rest_letters",
    "rest_nearest", "core_least", "core_most", "core_share", "core_letters", "core_similarity",
    "aspect_conflicts", "aspect_one_sided", "aspects_shared", *NAMES,
)  # fmt: skip


def features(a: Reading, b: Reading, encoder_cosine: float) -> list[float]:
    """Symmetric: which of the two was kept does not matter."""
    similar = a.vectors @ b.vectors.T
    best_a, best_b = similar.max(axis=1), similar.max(axis=0)
    shared_stems, inversions = _shared(a, b)
    na, nb = len(a.words), len(b.words)
    return [
        encoder_cosine,
        float(a.sentence @ b.sentence),
        2 * len(a.pairs & b.pairs) / max(1, len(a.pairs) + len(b.pairs)),
        *_left(a, b, similar, best_a, best_b),
        shared_stems,
        *_quantities(a.quantities, b.quantities),
        float((a.negations - b.negations) % 2),
        float(abs(a.negations - b.negations)),
        float(a.past != b.past),
        float(a.future != b.future),
        float(a.past != b.past and a.future != b.future and a.past != a.future),
        *_questions(a.questions, b.questions),
        *_exclusive(a.groups, b.groups),
        _role_conflicts(a, b),
        _exchanged(a, b),
        inversions,
        _reordered(a, b, inversions),
        _latin(a.names, b.names),
        abs(a.hangul - b.hangul),
        max(na, nb) / min(na, nb),
        float(min(na, nb)),
        float(max(na, nb)),
        float(a.hangul > 0.3),
        *_rest(a, b, best_a.tolist(), best_b.tolist()),
        *_core(a, b),
        *_aspects(a, b),
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
_IN_COPIES = [FEATURES.index(n) for n in ("negation_parity", "past_or_future", "question_conflict")]
_COPY = 0.55
"""Share of letter pairs in common from which a question counts as a near copy."""
_NOTHING_LEFT = 0.2
"""Or from what little share of a question without a counterpart in the other."""
_LETTERS = FEATURES.index("letters")
_LEFT_MOST = FEATURES.index("left_most")
_LANGUAGE = FEATURES.index("language")


def _reordered(a: Reading, b: Reading, inversions: float) -> float:
    """English says by order who does what to whom, unless prepositions say so. One part that moved
    as a whole (`On Sunday, ...`) says nothing, nor does the order around `or`."""
    if a.hangul >= 0.3 or not inversions or a.places.keys() != b.places.keys():
        return 0.0
    if (a.roles and a.roles == b.roles) or not a.places.keys().isdisjoint(("or", "and")):
        return 0.0
    order = [b.places[s] for s, head in zip(a.stems, a.heads, strict=True) if head]
    return float(sum(x > y for x, y in pairwise(order)) > 1)


def _role_conflicts(a: Reading, b: Reading) -> float:
    """From and to: each text gives the role to another that both name. Who and whom, which the
    topic of a Korean sentence blurs: only where they are exchanged."""
    found = sum(1 for role in ("from", "to", "than") if _differ(role, a, b))
    return float(found + (_differ("who", a, b) and _differ("whom", a, b)))


def _differ(role: str, a: Reading, b: Reading) -> bool:
    x, y = a.roles.get(role, _NOBODY), b.roles.get(role, _NOBODY)
    return x != y and not (x - y).isdisjoint(b.places) and not (y - x).isdisjoint(a.places)


def _exchanged(a: Reading, b: Reading) -> float:
    """Two words of which each has in one text the role that the other has in the other text."""
    if not a.roles or not b.roles or a.roles == b.roles:
        return 0.0
    moved = {
        (role, other)
        for role, stems in a.roles.items()
        for other, others in b.roles.items()
        if other != role and not (stems & others).issubset(b.roles.get(role, _NOBODY))
    }
    return float(any((other, role) in moved for role, other in moved))


_NOBODY: frozenset[str] = frozenset()


def _left(
    a: Reading, b: Reading, similar: Matrix, best_a: Vector, best_b: Vector
) -> tuple[float, float, float, float, float, float]:
    """What has no counterpart once the words are aligned: in all and of one word, on either side;
    how alike both are, and the two words that are left over most."""
    left_a = a.weights * (1 - best_a).clip(0, 1)
    left_b = b.weights * (1 - best_b).clip(0, 1)
    sum_a, sum_b = float(left_a.sum()), float(left_b.sum())
    at_a, at_b = int(left_a.argmax()), int(left_b.argmax())
    top_a, top_b = float(left_a[at_a]), float(left_b[at_b])
    return (
        max(sum_a, sum_b),
        min(sum_a, sum_b),
        max(top_a, top_b),
        min(top_a, top_b),
        _left_similarity(a, b, left_a, left_b),
        float(similar[at_a, at_b]),
    )


def _left_similarity(a: Reading, b: Reading, left_a: Vector, left_b: Vector) -> float:
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
    return 0.0, 0.0, float(len(a)), float(not _in_order(a, b))


def _in_order(a: tuple[Quantity, ...], b: tuple[Quantity, ...]) -> bool:
    """Those of one unit follow one another alike; between units, order says nothing."""
    for unit in {x.unit for x in a} & {y.unit for y in b}:
        of_a, of_b = ([q.value for q in side if q.unit == unit] for side in (a, b))
        if of_a != of_b and sorted(of_a) == sorted(of_b):
            return False
    return True


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


def _exclusive(a: Groups, b: Groups) -> tuple[float, float, float]:
    """Groups of which both name members: each one that the other does not; one names more; the
    same ones."""
    both = a.keys() & b.keys()
    alike = sum(1 for group in both if a[group] == b[group])
    conflicts = sum(1 for group in both if a[group] - b[group] and b[group] - a[group])
    return float(conflicts), float(len(both) - conflicts - alike), float(alike)


def _latin(a: frozenset[str], b: frozenset[str]) -> float:
    """Both name something in Latin letters, and nothing in common."""
    return float(bool(a and b) and not a & b)


def _rest(
    a: Reading, b: Reading, best_a: Sequence[float], best_b: Sequence[float]
) -> tuple[float, float, float, float]:
    """Words of one text whose beginning the other has not: how many on either side, how alike they
    are in letters, and how near the farthest of them is to any word of the other text."""
    heads_a, heads_b = set(a.heads), set(b.heads)
    left_a = [i for i, head in enumerate(a.heads) if head and head not in heads_b]
    left_b = [i for i, head in enumerate(b.heads) if head and head not in heads_a]
    na, nb = len(left_a), len(left_b)
    if not na or not nb:
        return 0.0, float(max(na, nb)), 1.0, 1.0
    letters = _alike("".join([a.words[i] for i in left_a]), "".join([b.words[i] for i in left_b]))
    nearest = min(min([best_a[i] for i in left_a]), min([best_b[i] for i in left_b]))
    return float(min(na, nb)), float(max(na, nb)), letters, nearest


def _alike(a: str, b: str) -> float:
    """Share of letters in common."""
    x, y = set(a), set(b)
    return 2 * len(x & y) / max(1, len(x) + len(y))


def _core(a: Reading, b: Reading) -> tuple[float, float, float, float, float]:
    """Both texts between what they begin and end with alike: words that say something on either
    side, share of the longer text, letters in common, similarity."""
    na, nb = len(a.stems), len(b.stems)
    start, most = 0, min(na, nb)
    while start < most and a.stems[start] == b.stems[start]:
        start += 1
    end = 0
    while end < most - start and a.stems[na - 1 - end] == b.stems[nb - 1 - end]:
        end += 1
    in_a, in_b = slice(start, na - end), slice(start, nb - end)
    ca, cb = sum(map(bool, a.heads[in_a])), sum(map(bool, b.heads[in_b]))
    share = (max(na, nb) - start - end) / max(na, nb)
    x, y = a.weights[in_a] @ a.vectors[in_a], b.weights[in_b] @ b.vectors[in_b]
    size = float(np.sqrt((x @ x) * (y @ y)))
    return (
        float(min(ca, cb)),
        float(max(ca, cb)),
        share,
        _alike("".join(a.words[in_a]), "".join(b.words[in_b])),
        float(x @ y) / size if size > 1e-9 else 0.0,
    )


def _aspects(a: Reading, b: Reading) -> list[float]:
    """How many contradict, are named on one side only, agree; and for each: 2 both name it and
    nothing in common, 1 one side only, 0 neither, -1 the same."""
    if a.aspects == b.aspects:
        each = [-1.0 if found else 0.0 for found in a.aspects]
    else:
        each = [_agreement(x, y) for x, y in zip(a.aspects, b.aspects, strict=True)]
    return [float(each.count(2.0)), float(each.count(1.0)), float(each.count(-1.0)), *each]


def _agreement(x: frozenset[int], y: frozenset[int]) -> float:
    if x == y:
        return -1.0 if x else 0.0
    if not x or not y:
        return 1.0
    return 0.5 if x & y else 2.0


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
