"""Files of reviews as people have them, and what becomes of the lines that are none."""

from __future__ import annotations

import csv
import json
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from apps.reviews.tests.scenes import NOW, service
from apps.reviews.tests.stub_gateway import StubGateway
from hypothesis import given, settings
from hypothesis import strategies as st

from gilmok_reviews.domain import Review
from gilmok_reviews.importing import values
from gilmok_reviews.importing.reasons import BadLine, Reason
from gilmok_reviews.importing.records import Format, format_of, records
from gilmok_reviews.jobs.importing import Read, take_over, understood
from gilmok_reviews.problems import Problem, Refused

SEOUL = ZoneInfo("Asia/Seoul")


def read(path: Path, form: Format) -> Read:
    return understood(list(records(path, form)), SEOUL, NOW)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949"])
def test_korean_headers_in_three_encodings(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "reviews.csv"
    path.write_bytes(
        '가게,업종,리뷰,별점,날짜\n솥빛 국밥,국밥,"국물이, 진해요",5점,2025.10.03\n'
        "솥빛 국밥,국밥,좀 짜요 ㅠㅠ,★★☆☆☆,2025년 10월 4일\n".encode(encoding)
    )
    found = read(path, "csv")
    assert found.bad == []
    first, second = found.entries
    assert first.restaurant_id == second.restaurant_id == "솥빛-국밥"
    assert (first.restaurant_name, first.category) == ("솥빛 국밥", "국밥")
    assert (first.text, first.rating) == ("국물이, 진해요", 5.0)
    assert first.written_at == datetime(2025, 10, 3, tzinfo=SEOUL)
    assert (second.rating, second.review_id[:2]) == (2.0, "t-")


def test_jsonl_with_bad_lines_among_good_ones(tmp_path: Path) -> None:
    path = tmp_path / "reviews.jsonl"
    good = {"restaurant_id": "a", "id": 7, "text": "맛있어요", "rating": 4.5}
    lines: list[object] = [
        good,
        "not json",
        {**good, "id": 8, "text": " "},
        {**good, "id": 9, "rating": 9},
        {**good, "id": 10, "date": "어제"},
        {**good, "id": 11, "date": "9999-01-01"},
        [1, 2],
        {"text": "가게가 없다"},
        {**good, "id": 12, "text": "\ud800 반쪽"},
        {**good, "id": {"a": 1}},
        {**good, "id": 13, "written_at": "2025-10-03T19:04:22+09:00"},
    ]
    text = "\n".join(one if isinstance(one, str) else json.dumps(one) for one in lines)
    path.write_text(text + "\n\n", encoding="utf-8")
    found = read(path, "jsonl")
    assert [entry.review_id for entry in found.entries] == ["7", "13"]
    assert found.bad == [
        (2, Reason.NOT_JSON),
        (3, Reason.EMPTY_TEXT),
        (4, Reason.INVALID_RATING),
        (5, Reason.INVALID_DATE),
        (6, Reason.DATE_IN_FUTURE),
        (7, Reason.NOT_JSON),
        (8, Reason.NO_RESTAURANT),
        (9, Reason.INVALID_CHARACTERS),
        (10, Reason.INVALID_VALUE),
    ]


def test_a_quote_that_is_never_closed_costs_its_own_line(tmp_path: Path) -> None:
    rows = [f"a,{n},{n}번째 리뷰" for n in range(400)]
    rows[5] = 'a,5,"닫히지 않는 따옴표'
    rows[9] = 'a,9,"두 줄에\n걸친 리뷰"'
    rows[12] = 'a,12,이 집 5" 피자'
    path = tmp_path / "reviews.csv"
    path.write_text("restaurant_id,id,text\n" + "\n".join(rows), encoding="utf-8")
    found = read(path, "csv")
    ids = {entry.review_id: entry.text for entry in found.entries}
    assert set(ids) == {str(n) for n in range(400)} - {"5"}
    assert ids["9"] == "두 줄에\n걸친 리뷰"
    assert ids["12"] == '이 집 5" 피자'
    assert found.bad == [(7, Reason.UNCLOSED_QUOTE)]


written = st.text(st.sampled_from('가나 a,;\t"\n\r.'), min_size=1, max_size=30)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.lists(written.filter(str.strip), min_size=1, max_size=12), st.sampled_from(",;\t"))
def test_what_a_csv_writer_writes_is_read_whole(texts: list[str], delimiter: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "reviews.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            table = csv.writer(file, delimiter=delimiter)
            table.writerow(["id", "restaurant_id", "text", "category"])
            table.writerows([str(at), "a", text, "국밥"] for at, text in enumerate(texts))
        found = read(path, "csv")
    assert found.bad == []
    assert [one.text for one in found.entries] == [text.strip() for text in texts]


def test_a_line_in_another_encoding_costs_itself(tmp_path: Path) -> None:
    path = tmp_path / "reviews.csv"
    lines = [b"restaurant_id,text", *(f"a,{n} 맛".encode() for n in range(5))]
    lines[3] = "a,다른 부호".encode("cp949")
    path.write_bytes(b"\n".join(lines))
    found = read(path, "csv")
    assert len(found.entries) == 4
    assert found.bad == [(4, Reason.INVALID_CHARACTERS)]


def test_tabs_semicolons_and_lines_too_long(tmp_path: Path) -> None:
    for at, delimiter in enumerate("\t;"):
        path = tmp_path / f"{at}.csv"
        path.write_text(f"store{delimiter}review\nA{delimiter}좋아요, 정말\n", encoding="utf-8")
        assert [entry.text for entry in read(path, "csv").entries] == ["좋아요, 정말"]
    path = tmp_path / "long.csv"
    path.write_text(f"store,review\nA,{'가' * 400_000}\nA,짧아요\n", encoding="utf-8")
    found = read(path, "csv")
    assert [entry.text for entry in found.entries] == ["짧아요"]
    assert found.bad == [(2, Reason.LINE_TOO_LONG)]


@pytest.mark.parametrize(
    ("text", "problem"), [("", "empty_file"), ("a,b\n1,2\n", "no_text_column")]
)
def test_files_of_which_nothing_can_be_understood(tmp_path: Path, text: str, problem: str) -> None:
    path = tmp_path / "x.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Refused, match=problem):
        list(records(path, "csv"))


def test_formats_by_type_or_name() -> None:
    assert format_of("", "text/csv; charset=euc-kr") == "csv"
    assert format_of("a.JSONL") == "jsonl"
    assert format_of("", "application/x-ndjson") == "jsonl"
    with pytest.raises(Refused) as refused:
        format_of("a.xlsx", "application/octet-stream")
    assert refused.value.problem is Problem.UNKNOWN_FORMAT


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2025-10-03", datetime(2025, 10, 3, tzinfo=SEOUL)),
        ("2025. 1. 3.", datetime(2025, 1, 3, tzinfo=SEOUL)),
        ("2025/1/3 오후 7:05", datetime(2025, 1, 3, 19, 5, tzinfo=SEOUL)),
        ("20250103", datetime(2025, 1, 3, tzinfo=SEOUL)),
        ("1735862400", datetime(2025, 1, 3, tzinfo=UTC)),
        ("2025-01-03T00:00:00Z", datetime(2025, 1, 3, tzinfo=UTC)),
    ],
)
def test_dates_as_people_write_them(written: str, expected: datetime) -> None:
    assert values.date(written, SEOUL, NOW) == expected


@pytest.mark.parametrize("written", ["2025-13-01", "0001-01-01", "내일", "2025-02-30", "1"])
def test_dates_that_are_none(written: str) -> None:
    with pytest.raises(BadLine):
        values.date(written, SEOUL, NOW)


async def test_again_and_partly_again_stores_nothing_twice(tmp_path: Path) -> None:
    path = tmp_path / "reviews.csv"
    rows = [f"a,{n},{n}번째 리뷰,{1 + n % 5}" for n in range(450)]
    text = "restaurant_id,id,text,rating\n" + "\n".join(rows)
    path.write_text(text + "\na,same,0번째  리뷰,3\n,x,y,1\n", encoding="utf-8")
    async with StubGateway() as stub, service(tmp_path / "data", stub.url) as made:
        jobs = made.jobs
        for turn in range(2):
            upload = take_over(path, "csv", jobs.uploads, f"up{turn}")
            job = await jobs.take(upload)
            kinds = [event.kind async for event in jobs.events(job.id, 0) if event]
            done = (await jobs.job(job.id)).progress
            assert kinds[0] == "queued"
            assert kinds[-1] == "done"
            assert (done["records"], done["bad"], done["percent"]) == (452, 1, 100)
            counts = [done[name] for name in ("added", "unchanged", "changed", "duplicates")]
            assert counts == ([450, 0, 0, 1] if turn == 0 else [0, 450, 0, 1])
            assert await jobs.bad_lines(job.id, 9) == [(453, "no_restaurant")]
        assert await made.library.counts() == {"indexed": 450}
        while list(jobs.uploads.iterdir()):  # Dropped just after the end was told.
            await made.library.counts()
        stored: list[Review] = await made.library.reviews("a")
        assert len(stored) == 450


async def test_without_the_gateway_an_import_stores_and_judges(tmp_path: Path) -> None:
    path = tmp_path / "reviews.jsonl"
    path.write_text('{"가게": "A", "리뷰": "맛있어요"}\n', encoding="utf-8")
    async with StubGateway() as stub:
        stub.down = (503, "no_endpoint_available")
        async with service(tmp_path / "data", stub.url) as made:
            job = await made.jobs.take(take_over(path, "jsonl", made.jobs.uploads, "up"))
            _ = [event async for event in made.jobs.events(job.id, 0)]
            ended = await made.jobs.job(job.id)
            assert (ended.state, ended.progress["code"]) == ("done", "no_endpoint_available")
            await made.judging.catch_up()
            assert len(await made.library.judgements("a")) == 1
            assert await made.library.counts() == {"waiting": 1}
            typical = await made.library.typical("a", 5)
            assert [found.review.text for found in typical] == ["맛있어요"]
            stub.down = None
            await made.indexer.catch_up()
            assert await made.library.counts() == {"indexed": 1}
