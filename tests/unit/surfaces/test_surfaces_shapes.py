"""Refusals of a field's shape are in words, in both languages: no Python types."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
import pytest
from msgspec import Meta

from gilmok.core.errors import InvalidRequest
from gilmok.surfaces import strict_json
from gilmok.surfaces.shapes import in_words

_PYTHON = ("int", "str", "float", "bool", "array", "bytes", "of length", ">=", "<=")


@pytest.mark.parametrize(
    ("shape", "given", "english", "korean"),
    [
        (Annotated[float, Meta(le=2.0)], 9, "a number of at most 2.0", "2.0 이하의 숫자"),
        (Annotated[int, Meta(ge=0)], -1, "a whole number of at least 0", "0 이상의 정수"),
        (Annotated[int, Meta(gt=0)], 0, "a whole number of at least 1", "1 이상의 정수"),
        (Annotated[float, Meta(gt=0)], 0, "a number above 0.0", "0.0보다 큰 숫자"),
        (Annotated[str, Meta(min_length=1)], "", "text of at least 1 character", "1자 이상인"),
        (Annotated[str, Meta(max_length=2)], "abc", "text of at most 2 characters", "2자 이하인"),
        (
            Annotated[list[int], Meta(min_length=1)],
            [],
            "a list of at least 1 entry",
            "항목이 1개 이상인 목록",
        ),
        (
            Annotated[dict[str, int], Meta(max_length=1)],
            {"a": 1, "b": 2},
            "an object of at most 1 field",
            "필드가 1개 이하인 객체",
        ),
        (
            str | list[int] | None,
            7,
            "text, a list or null, not a whole number",
            "문자열, 목록 또는 빈 값(null) 값이어야 합니다(받은 값: 정수)",
        ),
        (bool, "yes", "true or false, not text", "true나 false 값이어야 합니다(받은 값: 문자열)"),
    ],
)
def test_a_refusal_of_a_shape_is_in_words(
    shape: Any, given: Any, english: str, korean: str
) -> None:
    with pytest.raises(InvalidRequest) as caught:
        strict_json.decode(msgspec.json.Decoder(shape), msgspec.json.encode(given))
    for locale, words in (("en", english), ("ko", korean)):
        message = caught.value.message(locale)
        assert words in message
        assert not set(_PYTHON) & set(message.replace(",", " ").split())


def test_a_shape_that_nobody_foresaw_is_left_as_it_is() -> None:
    assert in_words("int that's a multiple of 2").en == "int that's a multiple of 2"
    assert in_words("uuid").ko == "uuid"
    assert in_words("bytes of length >= 3").en == "bytes of length >= 3"
