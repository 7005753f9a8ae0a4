"""What a table's columns mean, by their names in English or Korean."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Final, Literal

from gilmok_reviews.entry import Entry
from gilmok_reviews.importing import values
from gilmok_reviews.importing.reasons import BadLine, Reason
from gilmok_reviews.store import identity

Column = Literal[
    "restaurant_id", "restaurant_name", "category", "review_id", "text", "rating", "date"
]

_NAMES: Final[dict[Column, str]] = {
    "restaurant_id": "restaurantid storeid shopid placeid businessid 가게id 가게아이디 가게번호 "
    "매장id 매장번호 식당id 식당번호 업체id 업체번호 음식점id 지점id 지점번호 점포id 점포번호",
    "restaurant_name": "restaurant restaurantname store storename shop shopname place placename 가게 "
    "가게명 가게이름 매장 매장명 매장이름 식당 식당명 식당이름 음식점 음식점명 상호 상호명 업체 업체명 "
    "업소 업소명 지점 지점명 점포 점포명 가맹점 가맹점명",
    "category": "category restaurantcategory kind cuisine 카테고리 업종 분류 종류",
    # Not 번호: the first column of most exports, which counts the rows of each file from 1.
    "review_id": "id reviewid 리뷰id 리뷰아이디 리뷰번호 리뷰글번호",
    "text": "text review reviewtext content contents body comment document 리뷰 리뷰내용 내용 후기 "
    "본문 글 댓글 리뷰상세내용 리뷰본문 리뷰글 고객리뷰 후기내용 이용후기 상품평 평가내용 한줄평",
    "rating": "rating score stars star 별점 평점 점수 구매자평점 고객평점 평가점수",
    "date": "date writtenat createdat reviewdate datetime time timestamp 날짜 작성일 작성일자 작성일시 "
    "일자 일시 등록일 등록일자 등록일시 작성시간 작성시각 리뷰날짜 리뷰등록일 리뷰작성일 리뷰작성일시",
}
_COLUMNS: Final[dict[str, Column]] = {
    name: column for column, names in _NAMES.items() for name in names.split()
}
_NO_LETTER: Final = re.compile(r"[\s_\-()./]+")


def column_of(header: str) -> Column | None:
    return _COLUMNS.get(_NO_LETTER.sub("", header.strip().strip("\ufeff\"'").lower()))


def columns_of(headers: Sequence[str]) -> dict[Column, int]:
    """Where each column stands; the first of two that mean the same."""
    found: dict[Column, int] = {}
    for at, header in enumerate(headers):
        column = column_of(header)
        if column is not None:
            found.setdefault(column, at)
    return found


def entry_of(row: Mapping[Column, object], zone: tzinfo, now: datetime) -> Entry:
    """Raises `BadLine`. A review without an id gets one from its text, a restaurant from its
    name: the same every time."""
    text = values.text(row.get("text"))
    name = values.name(row.get("restaurant_name"))
    restaurant_id = values.name(row.get("restaurant_id")) or identity.restaurant_id(name)
    if not restaurant_id:
        raise BadLine(Reason.NO_RESTAURANT)
    return Entry(
        restaurant_id=restaurant_id,
        review_id=values.review_id(row.get("review_id")) or identity.review_id(text),
        text=text,
        rating=values.rating(row.get("rating")),
        written_at=values.date(row.get("date"), zone, now),
        restaurant_name=name,
        category=values.name(row.get("category")),
    )
