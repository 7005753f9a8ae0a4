"""The page's words: each in both languages, each used, each with the same `{names}`."""

from __future__ import annotations

import re
from importlib import resources

import pytest

STATIC = resources.files("gilmok_kiosk") / "static"
WORDS = (STATIC / "words.js").read_text("utf-8")
ENTRY = re.compile(r'^  (\w+): \[\s*"([^"]+)",\s*"([^"]+)",?\s*\],$', re.MULTILINE)
ENTRIES = {key: (ko, en) for key, ko, en in ENTRY.findall(WORDS)}
OTHERS = "\n".join(
    file.read_text("utf-8")
    for file in STATIC.iterdir()
    if file.name.endswith((".js", ".html")) and file.name != "words.js"
)


def test_the_words_are_found() -> None:
    assert len(ENTRIES) > 80


@pytest.mark.parametrize("key", ENTRIES)
def test_both_languages_say_it(key: str) -> None:
    ko, en = ENTRIES[key]
    assert set(re.findall(r"\{\w+\}", ko)) == set(re.findall(r"\{\w+\}", en))
    assert not re.search("[가-힣]", en)


CATEGORIES = {"coffee", "decaf", "latte", "tea", "ade", "smoothie", "bakery"}
ALLERGENS = {"milk", "soy", "nuts", "wheat", "egg"}


@pytest.mark.parametrize("key", sorted(ENTRIES.keys() - CATEGORIES - ALLERGENS))
def test_no_word_is_left_over(key: str) -> None:
    assert re.search(rf'"{key}"', OTHERS + WORDS.split("];", 1)[1]), key


def test_every_word_that_is_asked_for_exists() -> None:
    asked = set(re.findall(r'say\("(\w+)"', OTHERS)) | set(
        re.findall(r'data-say(?:-\w+)?="(\w+)"', OTHERS)
    )
    assert asked
    assert asked <= ENTRIES.keys()
