"""Quantities, however they are written."""

from __future__ import annotations

import pytest

from gilmok.cache.numerals import quantities


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("아메리카노 2잔", [(2, "cup2")]),
        ("아메리카노 두 잔", [(2, "cup2")]),
        ("십이만 원", [(120_000, "won")]),
        ("5천만원을 3년", [(50_000_000, "won"), (3, "year")]),
        ("스무 살", [(20, "age")]),
        ("일곱 시", [(7, "hour")]),
        ("하나랑 둘", [(1, ""), (2, "")]),
        ("오십 퍼센트", [(50, "%")]),
        ("이단계랑 삼단계", [(2, "step"), (3, "step")]),
        ("1,200.5kg", [(1200.5, "kg")]),
        ("twenty-five dollars", [(25, "usd")]),
        ("a dozen eggs", [(12, "")]),
        ("two hundred people", [(200, "person")]),
        ("10 minutes", [(10, "minute")]),
        ("10 meters", [(10, "m")]),
        ("8만 6천 원", [(86_000, "won")]),
        ("15시에", [(3, "hour")]),
        ("24시간", [(24, "hour")]),
        ("두 분", [(2, "person")]),
        ("70분이면", [(70, "minute")]),
    ],
)
def test_written_in_any_way(text: str, expected: list[tuple[float, str]]) -> None:
    assert [(q.value, q.unit) for q in quantities(text)] == expected


@pytest.mark.parametrize(
    "text", ["이번 달", "이분은 누구", "한번 봐줘", "사원증", "one of them", ""]
)
def test_words_that_only_look_like_numbers(text: str) -> None:
    assert quantities(text) == ()


@pytest.mark.parametrize("text", ["일" * 5000, "two " * 3000, "9" * 5000, "한" * 5000])
def test_hostile_texts_end(text: str) -> None:
    assert len(quantities(text)) <= 1
