"""Names that no cue betrays (`[privacy] names`): other people's marks, and what PUPA's prompts leak.

    python -m quality names

KLUE-NER and presidio-research are measured on the halves that training does not read. PUPA, which
nobody trained on, holds prompts of real people; a unit leaks where it can be read in what leaves.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from training.deep.names import TYPES, held_out

from gilmok.core.inspection import Clearance, Inspection
from gilmok.inspection import BareNames, DeepTier, FastInspector, LabelPolicy
from gilmok.inspection.deep import Name, Reader
from gilmok.inspection.tagging import KINDS
from quality.data import Row, public
from quality.figures import SEED, share
from quality.report import Section
from quality.sensitivity import asked, masked

_Cells = tuple[str, str, str, str, str]
_PATIENCE_S = 120.0


def section(data: Path) -> Section:
    if find_spec("onnxruntime") is None:
        raise SystemExit("gilmok[deep], which finds names, is not installed")
    klue = [r for r in public("privacy/klue_ner", data) if held_out(r["text"])]
    presidio = [r for r in public("privacy/presidio_v2", data) if held_out(r["template"])]
    songys = sorted({r["a"] for r in public("cache/songys_trainval", data)})
    return Section(
        page="names",
        name="names",
        columns=("measured on", "kind or policy", "figure", "%", "target"),
        rows=(
            *_marks("KLUE-NER, Korean news and reviews", klue),
            *_marks("presidio-research v2, English", presidio),
            *_nameless("everyday questions (Question_pair)", songys),
            *_leaks("PUPA (new)", public("privacy/pupa_new", data)),
            ("PUPA (new)", "PAPILLON, as published", "units leaked", "7.5", ""),
        ),
        notes=(
            "`python -m quality names --write`; intervals: 95 %, bootstrap over texts. A name is found where a mark "
            "of any kind meets it, and a mark is right where it meets a name of any kind.",
            f"n: {len(klue)} sentences of KLUE-NER and {len(presidio)} of presidio-research, of halves that training "
            f"does not read; seed {SEED}.",
        ),
    )


def _names(text: str) -> tuple[Name, ...]:
    return _reader().read(text, named=True).names or ()


def _marks(on: str, rows: Sequence[Row]) -> Iterator[_Cells]:
    found = [_names(row["text"]) for row in rows]
    for number, kind in enumerate(KINDS):
        hits, groups = [], []
        for at, (row, names) in enumerate(zip(rows, found, strict=True)):
            wanted = [s for s in _spans(row) if TYPES[s["type"]] == number]
            hits += [any(_meet(name, s) for name in names) for s in wanted]
            groups += [at] * len(wanted)
        yield on, f"{kind}, {len(hits)}", "found", share(hits, groups).percent(), ""
    right, groups = [], []
    for at, (row, names) in enumerate(zip(rows, found, strict=True)):
        right += [any(_meet(name, s) for s in _spans(row)) for name in names]
        groups += [at] * len(names)
    yield on, f"all, {len(right)} marks", "right", share(right, groups).percent(), ""


def _spans(row: Row) -> list[Row]:
    return [s for s in [*row["spans"], *row.get("other_spans", ())] if s["type"] in TYPES]


def _meet(name: Name, span: Row) -> bool:
    return bool(name.start < span["end"] and span["start"] < name.end)


def _nameless(on: str, texts: Sequence[str]) -> Iterator[_Cells]:
    marked = share([bool(_names(text)) for text in texts])
    yield on, f"{len(texts)} texts", "with a mark", marked.percent(), ""


def _leaks(on: str, rows: Sequence[Row]) -> Iterator[_Cells]:
    for policy in (LabelPolicy(medium="mask"), LabelPolicy(medium="local")):
        inspected = asyncio.run(_inspected([row["text"] for row in rows], policy))
        leaked, groups = [], []
        for at, (row, found) in enumerate(zip(rows, inspected, strict=True)):
            text = _left(row["text"], found).lower()
            units = [unit for unit in row["pii_units"] if unit.strip()]
            leaked += [unit.lower() in text for unit in units]
            groups += [at] * len(units)
        local = share([i.clearance is Clearance.LOCAL_ONLY for i in inspected])
        how = f'names, medium = "{policy.medium}"'
        yield on, how, "units leaked", share(leaked, groups).percent(), "at most 7.5"
        yield on, how, "prompts that stay local", local.percent(), ""


async def _inspected(texts: Sequence[str], policy: LabelPolicy) -> list[Inspection]:
    inspector = FastInspector(policy, followed=True)
    tier = DeepTier(_reader, b"", patience_s=_PATIENCE_S)
    names = BareNames(tier, KINDS, policy, _PATIENCE_S)
    try:
        found = []
        for request in map(asked, texts):
            inspection = await tier.look(request, inspector.inspect(request))
            found.append(await names.mark(request, inspection))
        return found
    finally:
        tier.close()


def _left(text: str, inspection: Inspection) -> str:
    """What leaves: nothing, the masked text, or all."""
    if inspection.clearance is Clearance.LOCAL_ONLY:
        return ""
    return masked(text, inspection.evidence)


@cache
def _reader() -> Reader:
    found: Reader = import_module("gilmok.inspection.reader").shipped()
    return found
