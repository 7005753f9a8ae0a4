"""What one pass over 200 characters costs in each pattern engine, for the words of the lexicon.

    pip install google-re2 hyperscan pyahocorasick     # in an environment of its own
    PYTHONPATH=src:. python bench/parts/patterns.py

Prints the median CPU time in microseconds on one core. See docs/decisions/0003-patterns.md.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import Any

from ahocorasick_rs import AhoCorasick
from bench.inspection import CHAT, cpu_us

from gilmok.inspection.lexicon import WORDS

ENTRIES = [word for words in WORDS.values() for word in re.sub(r"\n *", "", words).split("|")]
CUES = sorted({word.removeprefix("^").removesuffix("*") for word in ENTRIES})
SINGLE = {
    "digit run": r"\d(?:[ .\-]{0,3}\d){6,}",
    "not ASCII, not Hangul": r"[^\t\n -~가-힣]",
    "token of 16": r"[A-Za-z0-9+/_=\-]{16,}",
}


def trie(words: list[str]) -> str:
    root: dict[str, Any] = {}
    for word in words:
        node = root
        for c in word:
            node = node.setdefault(c, {})
        node[""] = {}

    def written(node: dict[str, Any]) -> str:
        branches = [re.escape(c) + written(n) for c, n in sorted(node.items()) if c]
        if not branches:
            return ""
        return f"(?:{'|'.join(branches)}){'?' if '' in node else ''}"

    return written(root)


def hyperscan() -> Callable[[str], object]:
    engine = import_module("hyperscan")
    database = engine.Database()
    flags = engine.HS_FLAG_SOM_LEFTMOST | engine.HS_FLAG_UTF8
    escaped = [re.sub(r"([\\.^$|?*+()\[\]{}#&~-])", r"\\\1", cue).encode() for cue in CUES]
    database.compile(expressions=escaped, ids=list(range(len(CUES))), flags=[flags] * len(CUES))

    def scan(text: str) -> list[tuple[int, int, int]]:
        found: list[tuple[int, int, int]] = []
        database.scan(text.encode(), lambda i, a, b, _flags, _context: found.append((i, a, b)))
        return found

    return scan


def engines() -> dict[str, Callable[[str], object]]:
    flat = "|".join(map(re.escape, CUES))
    re2 = import_module("re2").compile(flat)
    automaton = import_module("ahocorasick").Automaton()
    for i, cue in enumerate(CUES):
        automaton.add_word(cue, i)
    automaton.make_automaton()
    stdlib, packed, rust = re.compile(flat), re.compile(trie(CUES)), AhoCorasick(CUES)
    return {
        "re, alternation": lambda text: [m.span() for m in stdlib.finditer(text)],
        "re, trie": lambda text: [m.span() for m in packed.finditer(text)],
        "google-re2": lambda text: [m.span() for m in re2.finditer(text)],
        "pyahocorasick, overlapping": lambda text: list(automaton.iter(text)),
        "ahocorasick-rs, overlapping": lambda text: rust.find_matches_as_indexes(
            text, overlapping=True
        ),
        "hyperscan (byte offsets)": hyperscan(),
    }


def main() -> None:
    print(f"{len(CUES)} words")
    for name in ("ko 200", "en 200"):
        text = CHAT[name].lower()
        for label, engine in engines().items():
            print(f"  {name}  {label:30} {cpu_us(partial(engine, text), 15, 300):8.2f} us")
        for label, pattern in SINGLE.items():
            for library in ("re", "re2"):
                search = import_module(library).compile(pattern).search
                us = cpu_us(partial(search, text), 15, 300)
                print(f"  {name}  {library + ': ' + label:30} {us:8.2f} us")


if __name__ == "__main__":
    main()
