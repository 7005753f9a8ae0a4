"""What is wrong with a field, in words: pydantic's own are English, and name types as Python does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from gilmok_reviews.texts import Locale, Says

_OTHER: Final = Says("형식이 맞지 않습니다({kind})", "it has not the right form ({kind})")
_WHOLE: Final = Says("정수여야 합니다", "it must be a whole number")
_NUMBER: Final = Says("숫자여야 합니다", "it must be a number")
_OBJECT: Final = Says("JSON 객체여야 합니다", "it must be a JSON object")
_MOMENT: Final = Says(
    "2026-03-02T19:10:00+09:00처럼 시간대까지 쓰세요",
    "write it like 2026-03-02T19:10:00+09:00, with its time zone",
)
_FAULTS: Final = {
    "missing": Says("꼭 있어야 합니다", "it is needed"),
    "extra_forbidden": Says(
        "모르는 항목입니다. 이름을 확인하거나 빼세요",
        "there is no such field; check its name, or leave it out",
    ),
    "one_of_both": Says(
        "restaurant_id와 texts 가운데 하나만 보내세요", "send one of restaurant_id and texts"
    ),
    "json_invalid": Says("올바른 JSON이 아닙니다", "it is not valid JSON"),
    "unreadable": Says("읽을 수 없습니다", "it cannot be read"),
    "string_type": Says("문자열이어야 합니다", "it must be text"),
    "string_too_short": Says(
        "{min_length}자 이상이어야 합니다", "it must be {min_length} characters long or longer"
    ),
    "string_too_long": Says(
        "{max_length}자까지입니다", "it may be {max_length} characters long at most"
    ),
    "too_short": Says("{min_length}개 이상이어야 합니다", "at least {min_length} are needed"),
    "too_long": Says(
        "{max_length}개까지입니다. 나누어 보내세요",
        "at most {max_length} at once; send them in parts",
    ),
    "list_type": Says("목록이어야 합니다", "it must be a list"),
    "int_type": _WHOLE,
    "int_parsing": _WHOLE,
    "int_from_float": _WHOLE,
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "finite_number": _NUMBER,
    "greater_than_equal": Says("{ge} 이상이어야 합니다", "it must be {ge} or more"),
    "less_than_equal": Says("{le} 이하여야 합니다", "it must be {le} or less"),
    "literal_error": Says("다음 중 하나여야 합니다: {expected}", "it must be one of: {expected}"),
    "timezone_aware": _MOMENT,
    "datetime_type": _MOMENT,
    "datetime_parsing": _MOMENT,
    "datetime_from_date_parsing": _MOMENT,
    "model_attributes_type": _OBJECT,
    "model_type": _OBJECT,
    "dict_type": _OBJECT,
}


def reason_of(kind: str, bounds: Mapping[str, object], locale: Locale) -> str:
    """`kind` and `bounds` as pydantic tells them: bounds and choices are ours, and nothing of what
    was sent is among the words used here."""
    parts = {name: _plain(value) for name, value in bounds.items()}
    return _FAULTS.get(kind, _OTHER).of(locale, **{**parts, "kind": kind})


def _plain(value: object) -> str:
    """`5`, not `5.0`; choices without their `or`."""
    if isinstance(value, float):
        return f"{value:g}"
    return str(value).replace(" or ", ", ").replace("'", "")
