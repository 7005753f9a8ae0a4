"""The timeline as terminal text, as SVG and as HTML."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from apps.devteam.tests.scenes import ARCHITECT, CODER, SWAP, samples
from rich.cells import cell_len
from rich.console import Console, RenderableType

from gilmok_devteam import words
from gilmok_devteam.chart import chart, table
from gilmok_devteam.outcome import Message
from gilmok_devteam.picture import page, svg
from gilmok_devteam.recording import Recorder
from gilmok_devteam.team import Piece
from gilmok_devteam.texts import Locale
from gilmok_devteam.timeline import Call, Timeline
from gilmok_devteam.view import View

LOCALES: tuple[Locale, ...] = ("ko", "en")
HOSTILE = '"><script>alert(1)</script>[red]&'
BARE = Timeline((ARCHITECT, CODER), now=12.5)


def drawn(what: RenderableType, width: int = 100) -> list[str]:
    console = Console(file=io.StringIO(), width=width, color_system=None)
    console.print(what)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().rstrip("\n").split("\n")


@pytest.mark.parametrize("locale", LOCALES)
def test_chart_shows_loads_above_calls_and_memory_below(locale: Locale) -> None:
    lines = drawn(chart(SWAP, 100, locale))
    assert re.fullmatch(r"architect    ·+▒+█+░+·+ *", lines[1])
    assert re.fullmatch(r" {13} +┄+╌+╸+━+ *", lines[2])
    assert re.fullmatch(r"coder        ·+▒+█+ *", lines[3])
    assert re.fullmatch(r" {13} +┄+╌+╸+━+ *", lines[4])
    assert lines[5].startswith(words.MEMORY.of(locale))
    assert "█" in lines[5]
    assert words.LOADS_SEEN.of(locale, loads=2) in lines[6]


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("width", [40, 79, 120])
def test_rows_fit_and_begin_at_one_column(locale: Locale, width: int) -> None:
    rows = drawn(chart(replace(SWAP, calls=SWAP.calls[:1]), width, locale), width + 10)[:5]
    assert all(cell_len(row.rstrip()) <= width for row in rows)
    bars = [row for row in rows if re.search("[·█]", row)]
    assert len(bars) == 3
    assert {cell_len(re.split("[·▁-█]| {3,}(?=[▁-█])", bar)[0]) for bar in bars[:2]} == {13}


def test_a_short_load_is_not_lost_between_two_cells() -> None:
    short = Timeline((), samples(a="." * 500 + "l" + "W" * 500), 1002)
    short = replace(short, calls=(replace(ARCHITECT, model="a", endpoint="a"),))
    assert "▒" in drawn(chart(short, 60, "en"))[1]


def test_more_than_the_budget_is_red() -> None:
    over = Timeline((ARCHITECT,), samples(1, architect="WW"), 2.0)
    console = Console(file=io.StringIO(), width=60, force_terminal=True, color_system="standard")
    console.print(chart(over, 60, "en"))
    assert isinstance(console.file, io.StringIO)
    assert "\x1b[31m█" in console.file.getvalue()


@pytest.mark.parametrize("locale", LOCALES)
def test_without_engines_only_calls_are_drawn_and_that_is_said(locale: Locale) -> None:
    lines = drawn(chart(BARE, 100, locale))
    assert re.match(r"architect    +[╸┄]+━+", lines[1])
    assert words.NO_ENGINES.of(locale) in lines
    assert drawn(chart(Timeline(), 80, locale)) == [words.NOTHING.of(locale)]


def test_table_has_a_row_for_each_call() -> None:
    lines = drawn(table(SWAP, "en"))
    assert len(lines) == 4
    cells = (
        "Coder",
        "coder",
        "1.00",
        "2.00",
        "3.50",
        "6.00",
        "260",
        "100",
        "40",
        "completed",
    )
    assert re.split(r"\s+", lines[2].strip()) == [*cells]
    unknown = Call(role="reviewer", model="auto", sent=0.0)
    assert drawn(table(Timeline((unknown,), now=1.0), "ko"))[1].split()[-6:] == (
        ["–", "–", "–", "–", "–", "…"]
    )


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize(
    "timeline",
    [SWAP, BARE, Timeline(), replace(SWAP, now=0.0), replace(SWAP, now=9e4)],
    ids=["swap", "bare", "empty", "no time", "a day"],
)
def test_picture_is_one_document_that_needs_nothing_else(
    timeline: Timeline, locale: Locale
) -> None:
    text = svg(timeline, locale)
    root = ElementTree.fromstring(text)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert words.TITLE.of(locale) in text
    outside = text.replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert not re.search(r"https?:|<script|<image|@import|url\(|href", outside)
    assert len(text) < 60_000


def test_bars_lie_where_the_time_says() -> None:
    root = ElementTree.fromstring(svg(SWAP, "en"))
    bars = {
        rect.get("class"): (float(rect.get("x", "")), float(rect.get("width", "")))
        for rect in root.iter("{http://www.w3.org/2000/svg}rect")
        if rect.get("height") == "16"
    }
    left, width = bars["q-answering"]  # the coder's: 9.5 … 12 of 12.5 s
    second = width / 2.5
    assert left == pytest.approx(130 + 9.5 * second, abs=0.2)
    assert bars["warm"][0] == pytest.approx(130 + 9 * second, abs=0.2)


@pytest.mark.parametrize("draw", [svg, page])
def test_names_are_text_and_nothing_else(draw: Callable[[Timeline, Locale], str]) -> None:
    call = replace(ARCHITECT, model=HOSTILE, endpoint=HOSTILE, outcome=HOSTILE)
    text = draw(Timeline((call,), samples(None, **{HOSTILE: "W"}), 7.0), "en")
    assert "<script" not in text
    assert "&lt;script&gt;" in text
    lines = drawn(chart(Timeline((call,), now=7.0), 100, "en"))
    assert lines[1].startswith('"><script>a…')
    assert any(HOSTILE in line for line in drawn(table(Timeline((call,), now=7.0), "en"), 200))


def test_page_has_the_picture_and_the_table() -> None:
    text = page(SWAP, "ko")
    assert text.startswith("<!doctype html>")
    assert "<svg" in text
    assert text.count("<tr>") == 3
    assert "개발자" in text


# --- the terminal ---------------------------------------------------------------------------------


def shown(message: Message, *, terminal: bool) -> str:
    """What a view prints of a message and of its pieces."""
    console = Console(file=io.StringIO(), width=80, force_terminal=terminal, color_system=None)
    view = View(console, Recorder(lambda: 0.0), "en", tokens=9)
    with view:
        view.saw(Piece(message.role, message.text))
        view.saw(message)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_a_model_cannot_command_the_terminal() -> None:
    evil = "a\x1b]0;owned\x07b\x9b2Jc\rd [red]e[/red] \u202e"
    said = shown(Message("coder", evil, 3, False), terminal=False)
    assert "a�]0;owned�b�2Jc�d [red]e[/red] �" in said
    assert "\x1b]0" not in shown(Message("coder", evil, 3, False), terminal=True)


def test_a_cut_answer_says_so() -> None:
    assert words.CUT.of("en", tokens=9) in shown(Message("coder", "x", 9, True), terminal=False)
    assert words.CUT.of("en", tokens=9) not in shown(
        Message("coder", "x", 3, False), terminal=False
    )
