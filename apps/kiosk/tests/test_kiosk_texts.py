"""Korean particles, and which language a customer speaks."""

from __future__ import annotations

import pytest

from gilmok_kiosk import words
from gilmok_kiosk.texts import Says, language_of, with_particles, won


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("라떼을(를)", "라떼를"),
        ("두 잔을(를)", "두 잔을"),
        ("머핀은(는)", "머핀은"),
        ("라떼은(는)", "라떼는"),
        ("물으로(로)", "물로"),
        ("베이글으로(로)", "베이글로"),
        ("두유으로(로)", "두유로"),
        ("머핀으로(로)", "머핀으로"),
        ("카페라떼 (아이스, 라지)을(를)", "카페라떼 (아이스, 라지)를"),
        ("latte을(를)", "latte를"),
        ("우유이(가) 머핀과(와)", "우유가 머핀과"),
    ],
)
def test_particles_fit_what_stands_before_them(written: str, meant: str) -> None:
    assert with_particles(written) == meant


def test_both_languages_of_every_text_have_the_same_blanks() -> None:
    named = list(vars(words).values())
    tables = [one for value in named if isinstance(value, dict) for one in value.values()]
    says = [one for one in (*named, *tables) if isinstance(one, Says)]

    def blanks(text: str) -> set[str]:
        return {part.split("}")[0] for part in text.split("{")[1:]} - {"s"}

    assert len(says) > 60
    assert [one for one in says if blanks(one.ko) != blanks(one.en)] == []


@pytest.mark.parametrize(
    ("text", "language"),
    [("라떼 two", "ko"), ("two lattes", "en"), ("ㅇㅇ", "ko"), ("2", "ko"), ("\u1105\u1161", "ko")],
)
def test_the_language_is_the_texts(text: str, language: str) -> None:
    assert language_of(text) == language
    assert language_of("3", "en") == "en"


def test_money_is_written_as_each_language_writes_it() -> None:
    assert (won(21600, "ko"), won(21600, "en")) == ("21,600원", "₩21,600")
