"""Made-up orders over the whole menu, said in many ways: not one of them may come out wrong."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Callable

import pytest
from apps.kiosk.tests.sentences import Said, english, korean, sentence
from hypothesis import given, settings
from hypothesis import strategies as st

from gilmok_kiosk.menu import load_menu
from gilmok_kiosk.order import EMPTY, Line, apply_all
from gilmok_kiosk.understanding import Rules
from gilmok_kiosk.understanding.meaning import Do

MENU = load_menu()
RULES = Rules(MENU)
SENTENCES = 700


def understood(text: str) -> tuple[Line, ...] | None:
    """The lines that a sentence orders, or None where the rules would rather ask."""
    operations = [m.operations for m in RULES.understand(text, EMPTY) if isinstance(m, Do)]
    if not operations:
        return None
    order = EMPTY
    for some in operations:
        order = apply_all(order, MENU, some)
    return order.lines


def assert_right(meant: dict[str, tuple[Line, ...]], most_asked: float) -> None:
    """Nothing is wrong, and hardly anything has to be asked back."""
    got = {text: understood(text) for text in meant}
    wrong = [(text, lines) for text, lines in got.items() if lines not in (None, meant[text])]
    asked = [text for text, lines in got.items() if lines is None]

    assert wrong == []
    assert len(asked) <= most_asked * len(meant), asked


@pytest.mark.parametrize("write", [korean, english])
@pytest.mark.parametrize("most", [1, 3])
def test_generated_orders_come_out_as_they_were_meant(write: Callable[..., str], most: int) -> None:
    pick = random.Random(f"{write.__name__} {most}")
    said = [sentence(MENU, pick, write, most) for _ in range(SENTENCES)]

    assert_right({one.text: one.lines for one in said}, most_asked=0.01)


def _no_spaces(said: Said) -> str:
    return said.text.replace(" ", "")


def _decomposed(said: Said) -> str:
    return unicodedata.normalize("NFD", said.text)


def _full_width(said: Said) -> str:
    wide = {number: number + 0xFEE0 for number in map(ord, "0123456789")}
    return said.text.translate(wide)


@pytest.mark.parametrize("written", [_no_spaces, _decomposed, _full_width])
def test_the_same_in_other_ways_of_writing(written: Callable[[Said], str]) -> None:
    pick = random.Random(written.__name__)
    said = [sentence(MENU, pick, korean, 2) for _ in range(SENTENCES // 2)]

    assert_right({written(one): one.lines for one in said}, most_asked=0.02)


NOISE = [
    "안",
    "싫은데",
    "아마",
    "블라",
    "아니면",
    "못",
    "없는지",
    "not",
    "never",
    "don't",
    "maybe",
    "xyzzy",
    "unless",
    "hate",
]


@pytest.mark.parametrize("write", [korean, english])
def test_one_unknown_word_and_nothing_is_ordered(write: Callable[..., str]) -> None:
    pick = random.Random(f"noise {write.__name__}")
    for _ in range(SENTENCES):
        spoken = sentence(MENU, pick, write, 2).text.split(" ")
        spoken.insert(pick.randint(0, len(spoken)), pick.choice(NOISE))

        assert understood(" ".join(spoken)) is None, spoken


@given(st.text(max_size=80))
@settings(max_examples=300, deadline=None, derandomize=True)
def test_no_text_breaks_the_rules(text: str) -> None:
    RULES.understand(text, EMPTY)


def test_a_long_text_is_read_in_linear_time_and_not_obeyed() -> None:
    assert understood("라떼 두 잔 " * 2000) is None
