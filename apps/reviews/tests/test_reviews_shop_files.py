"""Files as shops' systems export them: each once refused, or worse, taken wrongly."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from apps.reviews.tests.scenes import NOW, service
from apps.reviews.tests.stub_gateway import StubGateway

from gilmok_reviews.importing import values
from gilmok_reviews.importing.reasons import BadLine
from gilmok_reviews.importing.records import records
from gilmok_reviews.jobs.importing import Read, take_over, understood

SEOUL = ZoneInfo("Asia/Seoul")
ROWS = "가게명,리뷰,별점\n솥빛,국물이 진해요 😀,5\n솥빛,배달이 늦어요,2\n"


def read(path: Path) -> Read:
    return understood(list(records(path, "csv")), SEOUL, NOW)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be"])
def test_excel_writes_unicode_text_in_utf_16(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "reviews.txt"
    mark = "\ufeff" if encoding == "utf-16-be" else ""
    path.write_bytes((mark + ROWS.replace(",", "\t")).encode(encoding))
    found = read(path)
    assert found.bad == []
    assert [entry.text for entry in found.entries] == ["국물이 진해요 😀", "배달이 늦어요"]


@pytest.mark.parametrize(
    "above",
    ["sep=,\n", "리뷰 내역\n기간: 2025-01-01 ~ 2025-06-30\n\n", '"리뷰, 별점 다운로드"\n'],
)
def test_lines_above_the_names_of_the_columns(tmp_path: Path, above: str) -> None:
    path = tmp_path / "reviews.csv"
    path.write_text(above + ROWS, encoding="utf-8-sig")
    found = read(path)
    assert found.bad == []
    assert len(found.entries) == 2


def test_columns_parted_by_bars_and_named_as_a_market_names_them(tmp_path: Path) -> None:
    path = tmp_path / "reviews.csv"
    heads = "상품주문번호|리뷰등록일|지점명|구매자평점|리뷰상세내용"
    path.write_text(f"{heads}\n20251|2025-10-03|솥빛|4|진해요\n", encoding="cp949")
    (entry,) = read(path).entries
    assert (entry.restaurant_name, entry.text, entry.rating) == ("솥빛", "진해요", 4.0)
    assert entry.written_at == datetime(2025, 10, 3, tzinfo=SEOUL)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("45413", datetime(2024, 5, 1, tzinfo=SEOUL)),
        ("45413.6340277778", datetime(2024, 5, 1, 15, 13, tzinfo=SEOUL)),
        ("24.05.03", datetime(2024, 5, 3, tzinfo=SEOUL)),
        ("24년 5월 3일", datetime(2024, 5, 3, tzinfo=SEOUL)),
        ("2024년 5월 4일 토요일", datetime(2024, 5, 4, tzinfo=SEOUL)),
        ("2024.05.04(토) 오후 7:10", datetime(2024, 5, 4, 19, 10, tzinfo=SEOUL)),
    ],
)
def test_dates_as_spreadsheets_write_them(written: str, expected: datetime) -> None:
    assert values.date(written, SEOUL, NOW) == expected


@pytest.mark.parametrize("written", ["5/4/24", "1", "99999", "45413.6.1"])
def test_what_may_be_any_of_several_dates_is_none(written: str) -> None:
    with pytest.raises(BadLine):
        values.date(written, SEOUL, NOW)


@pytest.mark.parametrize("ids", [("2.02405E+15", "2.02405E+15"), ("2E+10", "2e+10")])
def test_ids_that_excel_rounded_are_no_ids(tmp_path: Path, ids: tuple[str, str]) -> None:
    path = tmp_path / "reviews.csv"
    rows = [f"{one},솥빛,{text}" for one, text in zip(ids, ("진해요", "짜요"), strict=True)]
    path.write_text("리뷰번호,가게,리뷰\n" + "\n".join(rows), encoding="utf-8")
    assert len({entry.review_id for entry in read(path).entries}) == 2


async def test_the_next_months_file_replaces_no_review_of_the_last(tmp_path: Path) -> None:
    """Both count their rows from 1 in the column 번호."""
    async with StubGateway() as stub, service(tmp_path / "data", stub.url) as made:
        for month in ("시월", "십일월"):
            path = tmp_path / f"{month}.csv"
            path.write_text(f"번호,가게,리뷰\n1,솥빛,{month}의 국밥\n", encoding="utf-8")
            job = await made.jobs.take(take_over(path, "csv", made.jobs.uploads, month))
            assert [event.kind async for event in made.jobs.events(job.id, 0) if event][
                -1
            ] == "done"
        texts = {review.text for review in await made.library.reviews("솥빛")}
        assert texts == {"시월의 국밥", "십일월의 국밥"}
