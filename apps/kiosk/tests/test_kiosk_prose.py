"""What a model may say to a customer, and what is swallowed."""

from __future__ import annotations

from collections.abc import Collection

import pytest

from gilmok_kiosk.menu import load_menu
from gilmok_kiosk.prose import Prose
from gilmok_kiosk.texts import Locale

MENU = load_menu()


def said(text: str, locale: Locale, allowed: Collection[str] | None = None, heard: str = "") -> str:
    """What comes through of a text that arrives letter by letter."""
    prose = Prose(MENU, locale, allowed, heard=heard)
    parts = [prose.heard(letter) for letter in text] + [prose.finished()]
    return " ".join(part for part in parts if part)


@pytest.mark.parametrize(
    ("text", "locale"),
    [
        ("Good morning! Lovely to see you.", "en"),
        ("안녕하세요! 오늘도 좋은 하루 보내세요.", "ko"),
        ("오류가 나면 직원에게 말씀해 주세요.", "ko"),
        ("There was an error in my coffee taste once.", "en"),
    ],
)
def test_good_words_pass(text: str, locale: Locale) -> None:
    assert said(text, locale) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   \n",
        '{"complexity": "simple", "reasoning": "…"}',
        "```json",
        "Hello, how can I help?",
        "라떼는 3,000원입니다.",
        "오늘은 무료입니다!",
        "라떼 두 잔을 주문에 추가했습니다.",
        "주문이 완료되었습니다.",
        "합계는 얼마 안 됩니다.",
        "라떼에는 알레르기 재료가 없습니다.",
        "카페인은 없습니다.",
        "저는, 카페인는, 민감를 추천합니다.",
        "네 네 네 네 네.",
        "말이 끝나지 않고 그냥",
        "\x1b[31m빨간 글씨입니다.",
        "안녕하세요, 사원도 다르며 등등받늀 사원도.",
        "등등받늀 사원입니다.",
    ],
)
def test_in_korean_this_is_swallowed(text: str) -> None:
    assert said(text, "ko") == ""


@pytest.mark.parametrize(
    "text",
    [
        "안녕하세요!",
        "That is $4.50.",
        "It costs 5,000 won.",
        "I've added two lattes.",
        "Your order is on its way.",
        "The total is small.",
        "This has no nuts, so your allergy is safe.",
        "I'm sorry, I'm sorry, I'm sorry.",
        "A decaf decaf decaf for you.",
        "<b>Hello</b> there.",
        "See https://example.com for more.",
    ],
)
def test_in_english_this_is_swallowed(text: str) -> None:
    assert said(text, "en") == ""


def test_after_a_refused_sentence_nothing_more_is_said() -> None:
    assert said("Good morning! That is $4. Have a nice day!", "en") == "Good morning!"


def test_there_are_at_most_four_sentences() -> None:
    assert said("One. Two. Three. Four. Five. Six.", "en") == "One. Two. Three. Four."


def test_a_sentence_is_said_as_soon_as_it_is_whole() -> None:
    prose = Prose(MENU, "en")

    assert prose.heard("Good morning! And") == "Good morning!"
    assert prose.heard(" welcome.") == ""
    assert prose.finished() == "And welcome."


def test_where_items_were_chosen_every_sentence_is_about_them() -> None:
    assert said("Chamomile is calm and gentle.", "en", ["chamomile"]) != ""
    assert said("It is calm and gentle.", "en", ["chamomile"]) == ""
    assert said("Chamomile is better than a mocha.", "en", ["chamomile"]) == ""
    assert said("Decaf latte is smooth.", "en", ["decaf_latte"]) != ""
    assert said("A mocha would be nice.", "en", ()) == ""


def test_an_echo_is_no_answer() -> None:
    assert said("Hi there!", "en", (), heard="hi there") == ""
