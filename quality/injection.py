"""How well attempts to take over the model are told from what merely looks like them.

Public sets that the shipped model was trained on are measured on models that did not see them: by
folds in which near duplicates stay together, and with the whole set left out. The `held` half of our
Korean set, `injection_others` (another writer's) and the sets that may not be passed on were never trained
on: on those the shipped models are measured, through the whole inspection, without and with the deeper tier.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.util import find_spec
from math import log
from pathlib import Path

import numpy as np
from msgspec import Struct
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold
from training.fit_words import Table, logits, once, out_of_fold
from training.injection import USERS, examples, table

from gilmok.core.injection import Source
from gilmok.core.inspection import Inspection
from gilmok.core.request import Message, Request, Role, Target, Text
from gilmok.core.text import Private
from gilmok.inspection import DeepTier, FastInspector, InjectionDetector
from gilmok.inspection.injection import SUSPECT
from gilmok.learned.words import WordModel, load_words
from quality.data import Absent, Row, own, public
from quality.figures import f_score, share
from quality.report import Section

_COLUMNS = (
    "",
    "deepset F1",
    "NotInject one",
    "XSTest safe",
    "Korean held: found",
    "false alarms",
)
_KEYWORDS = re.compile(
    r"ignore (?:all|the|your|previous)|disregard|forget (?:everything|all|your)|system prompt|jailbreak"
    r"|developer mode|do anything now|\bdan\b|no restrictions|pretend you are|act as|이전 지시|무시하고"
    r"|시스템 프롬프트|탈옥|개발자 모드|제한 없이|vergiss|ignoriere",
    re.I,
)
_NO_DEEP = ("* The deeper tier is not installed, so it is not measured.",)
_LONG = 120
_SEED = 20261122
_UNSEEN = (
    ("injection/promptshield_validation", "text", "PromptShield validation (English)"),
    ("privacy/pupa_new", "text", "PUPA, real chat prompts, all taken as harmless"),
    ("routing/rl_mtbench", "prompt", "MT-Bench first turns, harmless, seven role plays among them"),
)


class _Measured(Struct, frozen=True):
    """Which texts a system calls attempts: of the training table, and of our held half."""

    table: np.ndarray
    held: np.ndarray


class _Ground(Struct, frozen=True):
    """What is true of the same texts."""

    texts: Sequence[str]
    whole: Table
    origins: np.ndarray
    held: list[Row]

    def of(self, origin: str) -> np.ndarray:
        return np.flatnonzero(self.origins == origin)


def section(data: Path) -> Section:
    rows = examples(data)
    ground = _Ground(
        [row.text for row in rows],
        table(rows),
        np.array([row.origin for row in rows]),
        [row for row in own("injection_ko") if row["set"] == "held"],
    )
    fast, deep = _fast, _deep()
    threshold = _threshold()
    folds = out_of_fold(USERS, ground.whole) > threshold
    held = _flagged(fast, ground.held)
    return Section(
        page="injection",
        name="injection",
        columns=_COLUMNS,
        rows=(
            _row("ours (folds; shipped)", _Measured(folds, held), ground),
            _left_out(ground, threshold),
            _row("TF-IDF of words (folds)", _tfidf(ground), ground),
            _row("18 key words", _simple(_is_telling, ground), ground),
            _row(f"longer than {_LONG} characters", _simple(_is_long, ground), ground),
            ("target", "≥ .857", "≥ 87.3 (two, three)", "≥ 98", "≥ 80", "≤ 2"),
            ("PIGuard, published", "", "87.3 (all three)", "", "", ""),
            ("ProtectAI v2, published", "", "56.6 (all three)", "", "", ""),
        ),
        notes=(
            f"n = {len(rows)} texts in the folds ({len(ground.of('deepset_train'))} of deepset), "
            f"{len(held)} held Korean ones. One threshold, {SUSPECT}. Per cent but for F1; 95 % "
            "intervals by bootstrap. Command: `python -m quality injection`.",
            "",
            *_on_others("fast tier", fast),
            *(_on_others("with the deeper tier", deep) if deep else _NO_DEEP),
            *(_on_held(deep, ground.held) if deep else ()),
            *_on_unseen(data, "fast tier", fast),
            *(_on_unseen(data, "with the deeper tier", deep) if deep else ()),
            *_on_pairs(fast),
            *_by_kind(ground.held, held),
            _cost(ground.held),
        ),
    )


Inspect = Callable[[Sequence[Request]], list[Inspection]]


def _fast(requests: Sequence[Request]) -> list[Inspection]:
    inspector = FastInspector(injection=InjectionDetector())
    return [inspector.inspect(request) for request in requests]


def _deep() -> Inspect | None:
    """With the deeper tier, where it is installed."""
    if find_spec("onnxruntime") is None:
        return None
    inspector = FastInspector(injection=InjectionDetector(followed=True))

    async def looked(requests: Sequence[Request]) -> list[Inspection]:
        tier = DeepTier(import_module("gilmok.inspection.reader").shipped, b"", patience_s=60.0)
        found = [await tier.look(r, inspector.inspect(r)) for r in requests]
        tier.close()
        return found

    return lambda requests: asyncio.run(looked(requests))


def _flagged(inspect: Inspect, rows: Sequence[Row]) -> np.ndarray:
    roles = [Role.TOOL if row.get("source") == "tool" else Role.USER for row in rows]
    asked = [_request(row["text"], role) for row, role in zip(rows, roles, strict=True)]
    return np.array([bool(inspection.injection) for inspection in inspect(asked)])


def _request(text: str, role: Role = Role.USER) -> Request:
    message = Message(role=role, parts=(Text(Private(text)),))
    return Request(
        id="dec_quality", target=Target(), messages=(message,), received_at=0, deadline=0.0
    )


def _threshold() -> float:
    """The logit at which the shipped model's score reaches the one threshold."""
    slope, offset = load_words(USERS.name).calibration
    return (log(SUSPECT / (1 - SUSPECT)) - offset) / slope


def _row(name: str, said: _Measured, ground: _Ground) -> tuple[str, ...]:
    truth = np.array([bool(row["label"]) for row in ground.held])
    deepset = ground.of("deepset_train")
    return (
        name,
        _f1(said.table[deepset], ground.whole.labels[deepset] == 1),
        _percent(~said.table[ground.of("notinject_one")]),
        _percent(~said.table[ground.of("xstest_safe")]),
        _percent(said.held[truth]),
        _percent(said.held[~truth]),
    )


def _f1(said: np.ndarray, truth: np.ndarray) -> str:
    return str(f_score(said.tolist(), truth.tolist()))


def _percent(truths: np.ndarray) -> str:
    return share(truths.tolist()).percent()


def _left_out(ground: _Ground, threshold: float) -> tuple[str, ...]:
    """Each set by a model that was trained on all others."""
    cells = []
    for origin in ("deepset_train", "notinject_one", "xstest_safe"):
        others = np.flatnonzero(ground.origins != origin)
        part = ground.whole.part(ground.of(origin))
        said = logits(WordModel(once(USERS, ground.whole.part(others))), part) > threshold
        attempts = part.labels == 1
        cells.append(_f1(said, attempts) if attempts.any() else _percent(~said))
    return ("ours, that set left out", *cells, "", "")


def _tfidf(ground: _Ground) -> _Measured:
    texts, labels = np.array(ground.texts, dtype=object), ground.whole.labels

    def said(known: np.ndarray, asked: Sequence[str]) -> np.ndarray:
        words = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
        matrix = words.fit_transform(texts[known])
        model = LogisticRegression(C=10, max_iter=2000, class_weight="balanced")
        model.fit(matrix, labels[known], sample_weight=ground.whole.weights[known])
        return np.asarray(model.predict(words.transform(asked)) == 1)

    unseen = np.zeros(len(texts), dtype=bool)
    folds = StratifiedGroupKFold(USERS.folds, shuffle=True, random_state=_SEED)
    for known, rest in folds.split(texts, labels, ground.whole.groups):
        unseen[rest] = said(known, texts[rest])
    everything = np.arange(len(texts))
    return _Measured(unseen, said(everything, [row["text"] for row in ground.held]))


def _simple(rule: Callable[[str], bool], ground: _Ground) -> _Measured:
    return _Measured(
        np.array([rule(text) for text in ground.texts]),
        np.array([rule(row["text"]) for row in ground.held]),
    )


def _is_telling(text: str) -> bool:
    return _KEYWORDS.search(text) is not None


def _is_long(text: str) -> bool:
    return len(text) > _LONG


def _on_others(tier: str, inspect: Inspect) -> list[str]:
    """Another writer's texts: what users write, and sentences of documents that a tool returned."""
    rows = own("injection_others")
    notes = []
    for source, role in (("user", "user"), ("document", "tool")):
        for lang in ("ko", "en"):
            some = [row for row in rows if row["source"] == source and row["lang"] == lang]
            said = _flagged(inspect, [{**row, "source": role} for row in some])
            truth = np.array([row["label"] == 1 for row in some])
            notes.append(
                f"* Another writer's, hard on purpose, {source} ({lang}, n = {len(some)}), {tier}: "
                f"found {_percent(said[truth])} %, false alarms {_percent(said[~truth])} %"
            )
    return notes


def _on_held(inspect: Inspect, held: list[Row]) -> list[str]:
    said, truth = _flagged(inspect, held), np.array([row["label"] == 1 for row in held])
    return [
        f"* Korean held half, with the deeper tier: found {_percent(said[truth])} %, "
        f"false alarms {_percent(said[~truth])} %"
    ]


def _on_unseen(data: Path, tier: str, inspect: Inspect) -> list[str]:
    """Sets that may only be measured on; the nearest there is to WildGuard's harmless prompts."""
    notes = []
    for name, field, title in _UNSEEN:
        try:
            rows = public(name, data)
        except Absent as absent:
            notes.append(f"* {title}: left out, {absent}")
            continue
        texts: list[Row] = [{"text": row[field], "label": row.get("label", 0)} for row in rows]
        said = _flagged(inspect, texts)
        truth = np.array([row["label"] == 1 for row in texts])
        found = f", attempts found {_percent(said[truth])} %" if truth.any() else ""
        passed = _percent(~said[~truth])
        notes.append(
            f"* {title}, {tier}: harmless ones that pass {passed} % (n = {(~truth).sum()}){found}"
        )
    return notes


def _on_pairs(inspect: Inspect) -> list[str]:
    pairs = own("injection_pairs")

    def sources(field: str) -> list[set[Source]]:
        return [
            {found.source for found in inspection.injection}
            for inspection in inspect([_request(pair[field]) for pair in pairs])
        ]

    by_user = np.array([bool(found) for found in sources("from_user")])
    inside = np.array([Source.DOCUMENT in found for found in sources("in_document")])
    return [
        f"* The same order from the user and in a document ({len(pairs)} pairs, Korean and English): "
        f"flagged in the document {_percent(inside)} %, flagged from the user "
        f"{_percent(by_user)} %, both right {_percent(inside & ~by_user)} %"
    ]


def _by_kind(held: list[Row], said: np.ndarray) -> list[str]:
    kinds = sorted({row["kind"] for row in held if row["label"]})
    shares = []
    for kind in kinds:
        inside = np.array([bool(row["label"]) and row["kind"] == kind for row in held])
        shares.append(f"{kind} {said[inside].sum()}/{inside.sum()}")
    return ["* Held Korean attempts found, by kind: " + ", ".join(shares)]


def _cost(held: list[Row]) -> str:
    inspector, plain = FastInspector(injection=InjectionDetector()), FastInspector()
    requests = [_request(row["text"]) for row in held]

    def spent(one: FastInspector) -> float:
        began = time.process_time()
        for request in requests:
            one.inspect(request)
        return (time.process_time() - began) / len(requests) * 1e6

    extra = min(spent(inspector) for _ in range(9)) - min(spent(plain) for _ in range(9))
    length = sum(len(row["text"]) for row in held) / len(held)
    return f"* CPU beyond the rest of the inspection: {extra:.0f} µs for {length:.0f} characters"
