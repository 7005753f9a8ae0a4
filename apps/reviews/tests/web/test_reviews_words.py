"""The page's words: each in both languages, each used, each with the same `{names}`."""

from __future__ import annotations

import re
from importlib import resources

import pytest

from gilmok_reviews.analysis.results import Note
from gilmok_reviews.domain import Aspect, Polarity

STATIC = resources.files("gilmok_reviews") / "web/static"
WORDS = (STATIC / "words.js").read_text("utf-8")
ENTRY = re.compile(r'^  (\w+): \[\s*"([^"]+)",\s*"([^"]+)",?\s*\],$', re.MULTILINE)
ENTRIES = {key: (ko, en) for key, ko, en in ENTRY.findall(WORDS)}
SAID = {key for key, _, _ in ENTRY.findall(WORDS.partition("const ASPECTS")[0])}
OTHERS = "\n".join(
    file.read_text("utf-8")
    for file in STATIC.iterdir()
    if file.name.endswith((".js", ".html")) and file.name != "words.js"
)


def test_the_words_are_found() -> None:
    assert len(SAID) > 90


@pytest.mark.parametrize("key", sorted(ENTRIES))
def test_both_languages_say_it(key: str) -> None:
    ko, en = ENTRIES[key]
    assert set(re.findall(r"\{\w+\}", ko)) == set(re.findall(r"\{\w+\}", en))
    assert not re.search("[가-힣]", en)


@pytest.mark.parametrize("key", sorted(SAID))
def test_no_word_is_left_over(key: str) -> None:
    assert re.search(rf'"{key}"', OTHERS), key


def test_every_word_that_is_asked_for_exists() -> None:
    asked = set(re.findall(r'say\("(\w+)"', OTHERS)) | set(
        re.findall(r'data-say(?:-\w+)?="(\w+)"', OTHERS)
    )
    assert asked
    assert asked <= SAID


def test_every_code_of_the_analyses_has_words() -> None:
    codes = {one.value for kind in (Note, Aspect, Polarity) for one in kind}
    assert codes <= ENTRIES.keys()
