"""Whether a prompt's label is right: our own benchmark, public sets, easy baselines.

    python -m quality sensitivity

The benchmark is `sets/sensitivity.jsonl` and its guideline docs/quality/sensitivity-guideline.md.
"high" is what must never leave, so it is measured as a detection: recall of the high prompts, and
the share of the others that are called high. What a label is for is counted as well: how many of
the high prompts may leave this machine at all.
"""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from gilmok.core.inspection import Clearance, Evidence, Inspection, Sensitivity
from gilmok.core.request import Message, Request, Role, Target, Text
from gilmok.core.text import Private
from gilmok.inspection import DeepTier, FastInspector
from quality.data import Row, own, public
from quality.figures import SEED, Figure, recall, share
from quality.report import Section

HIGH = Sensitivity.HIGH
_INSPECTOR = FastInspector(followed=True)

STRUCTURED = {
    "CREDIT_CARD": ("finance.card",),
    "EMAIL_ADDRESS": ("contact.email",),
    "IBAN_CODE": ("finance.iban",),
    "IP_ADDRESS": ("contact.ip",),
    "PHONE_NUMBER": ("contact.phone",),
    "US_SSN": ("id.us_ssn",),
}
"""presidio-research's types that have a form of their own, and the evidence that stands for them.
Its driver's licences, ZIP codes and domain names have none without a word beside them."""

_KEYWORDS = re.compile(
    "비밀번호|주민등록|주민번호|계좌|카드번호|여권|연봉|월급|진단|처방|우울증|임신|이혼|소송|고소|해고|징계|대외비|기밀|매출"
    "|password|ssn|social security|account number|credit card|passport|salary|diagnosed|prescription"
    "|depression|cancer|pregnant|divorce|lawsuit|sue|fired|terminate|confidential|revenue",
    re.I,
)


def asked(text: str) -> Request:
    messages = (Message(role=Role.USER, parts=(Text(Private(text)),)),)
    return Request(
        id="dec_quality", target=Target(), messages=messages, received_at=0, deadline=0.0
    )


def inspected(text: str) -> Inspection:
    return _INSPECTOR.inspect(asked(text))


def left(text: str, inspection: Inspection) -> str:
    """What of the text may leave under the default policy; nothing where it stays local."""
    if inspection.clearance is Clearance.LOCAL_ONLY:
        return ""
    return masked(text, inspection.evidence) if inspection.evidence else text


def masked(text: str, evidence: Iterable[Evidence]) -> str:
    """With every maskable span blotted out."""
    out = list(text)
    for found in evidence:
        if found.maskable:
            out[found.start : found.end] = ["█"] * (found.end - found.start)
    return "".join(out)


def figures(said: Sequence[bool], rows: Sequence[Row]) -> tuple[Figure, Figure]:
    """Recall of the high prompts, and the share of the others that are called high."""
    high = [row["level"] == "high" for row in rows]
    false = share([s for s, h in zip(said, high, strict=True) if not h])
    return recall(said, high), false


def of_split(split: str) -> list[Row]:
    return [row for row in own("sensitivity") if row["split"] == split]


SPLITS = ("held", "other")
"""`held` has the author of the rules; `other` was written by another, who knew neither them nor the
training texts."""


def section(data: Path) -> Section:
    rows = [*_benchmark(), *_everyday(data), *_public(data)]
    counts = [(split, of_split(split)) for split in SPLITS]
    return Section(
        page="sensitivity",
        name="sensitivity",
        columns=("measured on", "by", "figure", "%", "target"),
        rows=tuple(rows),
        notes=(
            "`python -m quality sensitivity`; intervals: 95 %, bootstrap over prompts.",
            *(
                f"Split `{split}`: n = {len(found)}, {sum(r['level'] == 'high' for r in found)} of them high."
                for split, found in counts
            ),
        ),
    )


_Rows = list[tuple[str, str, str, str, str]]
_FAST, _DEEP = "fast tier", "with the deeper tier"


def _benchmark() -> _Rows:
    rows: _Rows = []
    for split in SPLITS:
        held = of_split(split)
        on = f"split {split}"
        found = [inspected(row["text"]) for row in held]
        rows += _pair(on, _FAST, found, held)
        if find_spec("onnxruntime") is not None:
            rows += _pair(on, _DEEP, deeper([row["text"] for row in held], found), held)
        for name, baseline in _BASELINES.items():
            rows += _detection(on, name, [baseline(row["text"]) for row in held], held)
    return rows


def _pair(on: str, by: str, found: list[Inspection], rows: list[Row]) -> _Rows:
    kept, sent = figures([i.clearance is Clearance.LOCAL_ONLY for i in found], rows)
    return [
        *_detection(on, by, [i.sensitivity is HIGH for i in found], rows),
        (on, by, "high prompts that stay local", kept.percent(), ""),
        (on, by, "other prompts that stay local", sent.percent(), ""),
    ]


def _detection(on: str, by: str, said: list[bool], rows: list[Row]) -> _Rows:
    found, false = figures(said, rows)
    ours = by in (_FAST, _DEEP)
    return [
        (on, by, "recall of high", found.percent(), "99" if ours else ""),
        (on, by, "others called high", false.percent(), "at most 5" if ours else ""),
    ]


def deeper(texts: list[str], found: list[Inspection]) -> list[Inspection]:
    """What the deeper tier makes of them. Its patience is for requests: here the machine may be busy,
    so it is asked one by one."""

    async def look() -> list[Inspection]:
        tier = DeepTier(import_module("gilmok.inspection.reader").shipped, b"", patience_s=60.0)
        try:
            return [await tier.look(asked(t), i) for t, i in zip(texts, found, strict=True)]
        finally:
            tier.close()

    return asyncio.run(look())


def _everyday(data: Path) -> _Rows:
    """Public prompts that are nobody's private matter: what is called high is called so falsely."""
    rows: _Rows = []
    for name, field in (
        ("cache/parakqc", "text"),
        ("cache/qqp", "a"),
        ("injection/xstest_safe", "text"),
        ("injection/notinject_one", "text"),
        ("routing/click_phi4_gpt52", "prompt"),
        ("routing/rl_mmlu", "prompt"),
    ):
        texts = sorted({row[field] for row in public(name, data)})
        texts = random.Random(SEED).sample(texts, min(len(texts), 400))
        found = {_FAST: [inspected(text) for text in texts]}
        if find_spec("onnxruntime") is not None:
            found[_DEEP] = deeper(texts, found[_FAST])
        for by, those in found.items():
            high = share([i.sensitivity is HIGH for i in those])
            rows.append((f"{name}, n = {len(texts)}", by, "called high", high.percent(), ""))
            local = share([i.clearance is Clearance.LOCAL_ONLY for i in those])
            rows.append((name, by, "stays local", local.percent(), ""))
    return rows


def _public(data: Path) -> _Rows:
    return [*_pupa(data), *_presidio(data), *_names(data), *_finance(data), *_knowledge_base(data)]


def _pupa(data: Path) -> _Rows:
    """A unit leaks where it can be read in what leaves. "Everything is local" leaks nothing."""
    leaked, groups, local = [], [], []
    for at, row in enumerate(public("privacy/pupa_new", data)):
        found = inspected(row["text"])
        text = left(row["text"], found).lower()
        local.append(found.clearance is Clearance.LOCAL_ONLY)
        units = [unit for unit in row["pii_units"] if unit.strip()]
        leaked += [unit.lower() in text for unit in units]
        groups += [at] * len(units)
    return [
        ("PUPA (new)", "fast tier", "units leaked", share(leaked, groups).percent(), "at most 7.5"),
        ("PUPA (new)", "fast tier", "prompts that stay local", share(local).percent(), ""),
        ("PUPA (new)", "PAPILLON, as published", "units leaked", "7.5", ""),
    ]


def _presidio(data: Path) -> _Rows:
    """F2 over characters' owners: a span is found where evidence of its type overlaps it."""
    hits, said, groups_true, groups_said = [], [], [], []
    for at, row in enumerate(public("privacy/presidio_v2", data)):
        wanted = [s for s in row["spans"] if s["type"] in STRUCTURED]
        kinds = {kind for names in STRUCTURED.values() for kind in names}
        found = [e for e in inspected(row["text"]).evidence if e.kind in kinds]
        hits += [any(_meets(e, s) for e in found) for s in wanted]
        said += [any(_overlaps(e, s) for s in row["spans"]) for e in found]
        groups_true += [at] * len(wanted)
        groups_said += [at] * len(found)
    r, p = share(hits, groups_true), share(said, groups_said)
    f2 = 5 * p.value * r.value / (4 * p.value + r.value)
    types = ", ".join(name.lower() for name in STRUCTURED)
    return [
        (f"presidio v2: {types}", "fast tier", "F2", f"{100 * f2:.1f}", "95"),
        ("the same", "fast tier", "recall", r.percent(), ""),
        ("the same", "fast tier", "precision", p.percent(), ""),
    ]


def _meets(found: Evidence, span: Row) -> bool:
    return found.kind in STRUCTURED[span["type"]] and _overlaps(found, span)


def _overlaps(found: Evidence, span: Row) -> bool:
    return bool(found.start < span["end"] and found.end > span["start"])


def _names(data: Path) -> _Rows:
    hits: list[bool] = []
    for row in public("privacy/klue_ner", data)[::3]:
        found = [e for e in inspected(row["text"]).evidence if e.kind == "person.name"]
        hits += [any(_overlaps(e, s) for e in found) for s in row["spans"]]
    recalled = share(hits).percent()
    return [("KLUE-NER, bare names in news", "fast tier", "recall", recalled, "none: by design")]


def _finance(data: Path) -> _Rows:
    hits: list[bool] = []
    local: list[bool] = []
    for row in public("privacy/gretel_finance_ko", data):
        found = inspected(row["text"])
        text = left(row["text"], found)
        local.append(not text)
        hits += [row["text"][s["start"] : s["end"]] not in text for s in row["spans"]]
    return [
        ("gretel finance, Korean", "fast tier", "units kept", share(hits).percent(), ""),
        ("gretel finance, Korean", "fast tier", "stays local", share(local).percent(), ""),
    ]


def _knowledge_base(data: Path) -> _Rows:
    rows: _Rows = []
    for level in ("private", "public"):
        read = public("privacy/vllm_sr_kb", data)
        texts = [row["text"] for row in read if row["level"] == level]
        found = {_FAST: [inspected(text) for text in texts]}
        if find_spec("onnxruntime") is not None:
            found[_DEEP] = deeper(texts, found[_FAST])
        for by, those in found.items():
            high = share([i.sensitivity is HIGH for i in those]).percent()
            rows.append((f"vLLM Semantic Router: {level}", by, "high", high, ""))
    return rows


@cache
def _tfidf() -> tuple[TfidfVectorizer, LogisticRegression, float]:
    """Trained on the development split; the threshold lets 5 % of its others through."""
    rows = of_split("dev")
    vectorizer = TfidfVectorizer(analyzer="char_wb", ngram_range=(1, 4), sublinear_tf=True)
    x = vectorizer.fit_transform([row["text"] for row in rows])
    y = np.array([row["level"] == "high" for row in rows])
    half = np.arange(len(rows)) % 2 == 0
    made = LogisticRegression(C=10, max_iter=2000, class_weight="balanced").fit(x[half], y[half])
    others = np.sort(made.decision_function(x[~half & ~y]))
    threshold = float(others[int(0.95 * len(others))])
    return vectorizer, made.fit(x, y), threshold


def _by_tfidf(text: str) -> bool:
    vectorizer, regression, threshold = _tfidf()
    return bool(regression.decision_function(vectorizer.transform([text]))[0] >= threshold)


def _by_patterns(text: str) -> bool:
    """Identifiers only: what every masking library does."""
    kinds = ("id.", "finance.", "secret.", "contact.")
    return any(e.kind.startswith(kinds) for e in inspected(text).evidence)


def _by_keywords(text: str) -> bool:
    return _KEYWORDS.search(text) is not None


_BASELINES: dict[str, Callable[[str], bool]] = {
    "length over 60 characters": lambda text: len(text) > 60,
    "39 keywords": _by_keywords,
    "identifiers only": _by_patterns,
    "TF-IDF, logistic regression": _by_tfidf,
}
