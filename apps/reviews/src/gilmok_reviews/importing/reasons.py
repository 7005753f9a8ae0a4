"""Why a line of a file was left out: a stable code, and a sentence in both languages."""

from __future__ import annotations

from enum import Enum

from gilmok_reviews.texts import Says


class Reason(Enum):
    EMPTY_TEXT = ("empty_text", "리뷰 글이 비어 있습니다", "the review has no text")
    TEXT_TOO_LONG = (
        "text_too_long",
        "리뷰 글이 20,000자를 넘습니다",
        "the text is over 20,000 characters",
    )
    NO_RESTAURANT = (
        "no_restaurant",
        "어느 가게인지 없습니다(restaurant_id나 가게 열)",
        "no restaurant is named (column restaurant_id or 가게)",
    )
    INVALID_NAME = (
        "invalid_name",
        "이름이나 번호를 쓸 수 없습니다",
        "a name or an id cannot be used",
    )
    INVALID_RATING = (
        "invalid_rating",
        "별점은 1에서 5까지입니다(예: 4.5, 4점, ★★★★)",
        "a rating is from 1 to 5 (such as 4.5, 4점, ★★★★)",
    )
    INVALID_DATE = (
        "invalid_date",
        "날짜를 읽을 수 없습니다(예: 2026-03-02, 2026.3.2 오후 7:10)",
        "the date cannot be read (write 2026-03-02 or 2026-03-02 19:10)",
    )
    DATE_IN_FUTURE = ("date_in_future", "날짜가 미래입니다", "the date is in the future")
    INVALID_VALUE = ("invalid_value", "값의 형식이 맞지 않습니다", "a value is of the wrong kind")
    INVALID_CHARACTERS = (
        "invalid_characters",
        "글자를 읽을 수 없습니다(UTF-8도 CP949도 아님)",
        "characters cannot be read (neither UTF-8 nor CP949)",
    )
    NOT_JSON = ("not_json", "JSON 객체가 아닙니다", "this is no JSON object")
    UNCLOSED_QUOTE = ("unclosed_quote", "따옴표가 닫히지 않았습니다", "a quote is never closed")
    LINE_TOO_LONG = ("line_too_long", "한 줄이 너무 깁니다", "the line is too long")

    def __init__(self, code: str, ko: str, en: str) -> None:
        self.code = code
        self.says = Says(ko, en)


REASONS = {reason.code: reason for reason in Reason}


class BadLine(Exception):
    """This line cannot be used; the others can."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.code)
        self.reason = reason
