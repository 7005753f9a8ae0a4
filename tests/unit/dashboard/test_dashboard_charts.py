"""Charts are well-formed, in scale, described in words, and safe with any name."""

from __future__ import annotations

import re
from datetime import datetime
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from gilmok.dashboard.charts import WIDTH, Bar, Heading, Series, bars, columns, ticks
from gilmok.dashboard.periods import MOST, filled, short
from gilmok.dashboard.svg import element
from gilmok.ledger import Grain, Period
from tests.unit.lab.samples import found

HEADING = Heading("id", "Title", "Description")
DAY = 86_400 * 10**9

printable = st.text(
    st.characters(exclude_categories=("Cc", "Cs", "Cn"), exclude_characters="\ufffe\uffff")
)
amounts = st.floats(0, 1e15)


def drawn(svg: Markup) -> ET.Element:
    """Parsed as strict XML; it fails for anything that is not well-formed."""
    return ET.fromstring(svg)


def rects(svg: ET.Element, tone: str) -> list[dict[str, float]]:
    return [
        {name: float(value) for name, value in rect.attrib.items() if name != "class"}
        for rect in svg.iter("rect")
        if rect.get("class") == tone
    ]


def test_columns_stack_to_scale() -> None:
    series = (Series("local", "local", (1.0, 0.0)), Series("cloud", "cloud", (3.0, 2.0)))
    svg = drawn(columns(HEADING, ["06-01", "06-02"], series, lambda v: f"{v:.0f}"))
    (low,) = rects(svg, "local")
    first, second = rects(svg, "cloud")
    assert first["height"] == pytest.approx(3 * low["height"], abs=0.2)
    assert first["y"] + first["height"] == pytest.approx(low["y"], abs=0.2)
    assert second["x"] > first["x"] + first["width"]
    assert [title.text for title in svg.iter("title")] == [
        "Title",
        "06-01: 4, local 1, cloud 3",
        "06-02: 2, cloud 2",
    ]


def test_a_chart_has_a_name_and_a_description() -> None:
    svg = drawn(bars(HEADING, [Bar("a", "cloud", 1.0, "1")]))
    assert svg.get("role") == "img"
    named = {child.get("id"): child.text for child in svg if child.get("id")}
    assert named[svg.get("aria-labelledby")] == "Title"
    assert named[svg.get("aria-describedby")] == "Description"


def test_bars_are_as_long_as_their_values() -> None:
    rows = [
        Bar("a", "cloud", 50.0, "50", mark=100.0),
        Bar("b", "local", 25.0, "25"),
        Bar("c", "part", 0.0, "0"),
    ]
    svg = drawn(bars(HEADING, rows))
    assert sorted(rect["width"] for rect in rects(svg, "cloud")) == [WIDTH / 2, WIDTH]
    assert [rect["width"] for rect in rects(svg, "local")] == [WIDTH / 4]
    assert rects(svg, "part") == []


@given(st.lists(st.tuples(printable, amounts, amounts), max_size=8))
def test_any_names_and_values_stay_inside(rows: list[tuple[str, float, float]]) -> None:
    svg = drawn(bars(HEADING, [Bar(n, "cloud", v, n, mark=m) for n, v, m in rows]))
    assert all(0 <= rect["width"] <= WIDTH for rect in rects(svg, "cloud"))
    assert {e.tag for e in svg.iter()} <= {"svg", "title", "desc", "text", "rect"}


@given(st.lists(st.tuples(printable, amounts, amounts), max_size=40))
def test_columns_of_anything_stay_inside(rows: list[tuple[str, float, float]]) -> None:
    names, first, second = zip(*rows, strict=True) if rows else ((), (), ())
    series = (Series("a", "local", first), Series("b", "cloud", second))
    svg = drawn(columns(HEADING, names, series, lambda v: f"{v:g}"))
    for rect in rects(svg, "local") + rects(svg, "cloud"):
        assert rect["y"] >= 7.9
        assert 0 <= rect["x"] <= rect["x"] + rect["width"] <= WIDTH + 0.2


def test_a_chart_of_nothing_has_no_scale_but_zero() -> None:
    """The unit of money is a nano-dollar; "$0.000000001" stood beside every free week."""
    nothing = (Series("cost", "money", (0.0, 0.0)),)
    svg = str(columns(HEADING, ["06-01", "06-02"], nothing, lambda v: f"${v * 1e-9:.9f}"))
    assert "$0.000000000<" in svg
    assert "$0.000000001" not in svg


@given(st.floats(1e-6, 1e15))
def test_ticks_are_few_and_round(largest: float) -> None:
    steps = ticks(largest)
    assert 3 <= len(steps) <= 6
    assert steps[0] == 0
    assert steps[-1] >= largest * (1 - 1e-6)
    assert steps[-2] < largest
    assert f"{steps[1]:e}"[0] in "125"


def test_no_style_attribute_is_written() -> None:
    """The policy of the pages would ignore it."""
    svg = columns(HEADING, ["a"], (Series("a", "local", (1.0,)),), str)
    assert "style" not in svg


def test_values_are_escaped() -> None:
    written = element("a", "<b>", title='"><script>', x=1 / 3)
    assert written == '<a title="&#34;&gt;&lt;script&gt;" x="0.3">&lt;b&gt;</a>'
    assert not re.search("<script", written)


def day(start: str, cloud: int = 1) -> Period:
    return Period(start=start, local=0, private=0, cloud=cloud, unanswered=0, cost=0)


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp()) * 10**9


def test_a_time_axis_has_no_holes() -> None:
    statistics = found(
        since=at("2025-02-26T10:00:00"),
        until=at("2025-03-02T10:00:00"),
        periods=(day("2025-02-27"), day("2025-03-01", 5)),
    )
    axis = filled(statistics)
    assert [p.start for p in axis] == [
        "2025-02-26", "2025-02-27", "2025-02-28", "2025-03-01", "2025-03-02",
    ]  # fmt: skip
    assert [p.cloud for p in axis] == [0, 1, 0, 5, 0]
    assert short([p.start for p in axis], Grain.DAY)[0] == "02-26"


def test_hours() -> None:
    statistics = found(
        grain=Grain.HOUR,
        since=at("2025-02-26T22:30:00"),
        until=at("2025-02-27T01:30:00"),
        periods=(day("2025-02-27 00:00"),),
    )
    axis = filled(statistics)
    assert short([p.start for p in axis], Grain.HOUR) == ["22:00", "23:00", "00:00", "01:00"]
    assert [p.cloud for p in axis] == [0, 0, 1, 0]


def test_a_span_from_the_beginning_of_time_is_bounded() -> None:
    statistics = found(since=0, until=at("2025-03-02T10:00:00"), periods=(day("2025-03-01"),))
    axis = filled(statistics)
    assert len(axis) == MOST
    assert axis[-2].cloud == 1
    assert filled(found()) == ()
