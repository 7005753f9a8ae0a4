"""The timeline for a terminal. Pure: a `Timeline` in, text out; the same width of cells for all rows.

A cell shows the most telling thing that happened within its time, so that a short load or a short
wait is not lost between two cells.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from gilmok_devteam import words
from gilmok_devteam.roles import BY_ID
from gilmok_devteam.texts import Locale
from gilmok_devteam.timeline import OPEN, Call, Kind, Load, Phase, Span, Timeline

_LOAD_CELLS: Final[dict[Load, tuple[str, str]]] = {
    Load.SICK: ("×", "red"),
    Load.LOADING: ("▒", "yellow"),
    Load.DRAINING: ("░", "magenta"),
    Load.WARM: ("█", "green"),
    Load.COLD: ("·", "bright_black"),
}
_PHASE_CELLS: Final[dict[Phase, tuple[str, str]]] = {
    Phase.FAILED: ("×", "red"),
    Phase.LOADING: ("╌", "yellow"),
    Phase.ANSWERING: ("━", "cyan"),
    Phase.READING: ("╸", "blue"),
    Phase.QUEUED: ("┄", "magenta"),
}
"""The order is that of telling: of what overlaps a cell, the first one here is shown."""
_LEVELS: Final = " ▁▂▃▄▅▆▇█"
_GIB: Final = 2**30
_LABEL: Final = 12
_NARROWEST: Final = 20


def chart(timeline: Timeline, width: int, locale: Locale) -> RenderableType:
    """Rows of engines over time: what was loaded, and below it the calls. `width` in characters."""
    if not timeline.calls:
        return Text(words.NOTHING.of(locale), style="bright_black")
    cells = max(_NARROWEST, width - _LABEL - 1)
    rows: list[Text] = [_ruler(timeline.now, cells)]
    for engine in timeline.engines:
        rows += _engine_rows(timeline, engine, cells)
    rows += _memory_rows(timeline, cells, locale)
    return Group(*rows, *_legend(timeline, locale))


def _engine_rows(timeline: Timeline, engine: str, cells: int) -> list[Text]:
    label = _label(engine)
    rows = []
    if loads := timeline.loads(engine):
        rows.append(_row(label, _strip(loads, timeline.now, cells, _LOAD_CELLS)))
        label = _label("")
    phases = [s for call in timeline.calls_of(engine) for s in timeline.phases(call)]
    if phases or not rows:
        rows.append(_row(label, _strip(phases, timeline.now, cells, _PHASE_CELLS)))
    return rows


def _strip(
    spans: Sequence[Span[Kind]], end: float, cells: int, marks: Mapping[Kind, tuple[str, str]]
) -> Text:
    strip = Text()
    for cell in range(cells):
        start, stop = end * cell / cells, end * (cell + 1) / cells
        seen = {span.kind for span in spans if span.start < stop and span.end > start}
        mark, style = next((marks[kind] for kind in marks if kind in seen), (" ", ""))
        strip.append(mark, style)
    return strip


def _memory_rows(timeline: Timeline, cells: int, locale: Locale) -> list[Text]:
    if not timeline.samples:
        return [Text(words.NO_ENGINES.of(locale), style="bright_black")]
    top = timeline.budget or timeline.peak
    row = _row(_label(words.MEMORY.of(locale)))
    for cell in range(cells):
        start, stop = timeline.now * cell / cells, timeline.now * (cell + 1) / cells
        held = _held(timeline, start, stop)
        level = 0 if not top else min(len(_LEVELS) - 1, -(-held * (len(_LEVELS) - 1) // top))
        row.append(_LEVELS[level], "red" if timeline.budget and held > timeline.budget else "green")
    said = Text(memory_words(timeline, locale), "bright_black")
    return [row, _row(_label(""), said)]


def memory_words(timeline: Timeline, locale: Locale) -> str:
    """What was held at most, and how often something was loaded."""
    peak = f"{timeline.peak / _GIB:.2f}"
    loads = words.LOADS_SEEN.of(locale, loads=timeline.loads_begun())
    if timeline.budget is None:
        return f"{words.HOLDS_UNBOUNDED.of(locale, peak=peak)} · {loads}"
    budget = f"{timeline.budget / _GIB:.2f}"
    return f"{words.HOLDS.of(locale, peak=peak, budget=budget)} · {loads}"


def _held(timeline: Timeline, start: float, stop: float) -> int:
    """The most bytes held at any time of `start` … `stop`."""
    before = [s.held for s in timeline.samples if s.at <= start][-1:]
    within = [s.held for s in timeline.samples if start < s.at < stop]
    return max([*before, *within], default=0)


def _ruler(end: float, cells: int) -> Text:
    """Seconds at round intervals; a mark that would not fit is left out."""
    line = [" "] * cells
    step = _round_step(end, cells // 8)
    at = 0.0
    while at <= end:
        label = f"{at:g}"
        cell = int(at / end * cells) if end else 0
        if cell + len(label) <= cells:
            line[cell : cell + len(label)] = label
        at += step
    return _row(_label("s"), Text("".join(line), "bright_black"))


def _round_step(end: float, marks: int) -> float:
    """1, 2 or 5 times a power of ten, so that there are at most `marks`."""
    step = 0.1
    for factor in (2.0, 2.5, 2.0) * 8:
        if end / step <= max(1, marks):
            break
        step = round(step * factor, 3)
    return step


def _legend(timeline: Timeline, locale: Locale) -> list[Text]:
    """A line for what engines did, where that is drawn, and one for what calls did."""
    loads = [(_LOAD_CELLS[kind], words.LOADS[kind]) for kind in Load]
    phases = [(_PHASE_CELLS[kind], words.PHASES[kind]) for kind in Phase]
    lines = []
    for marks in [loads, phases] if timeline.samples else [phases]:
        line = Text()
        for (mark, style), meaning in marks:
            line.append(mark, style).append(f" {meaning.of(locale)}  ", "bright_black")
        lines.append(line)
    return lines


def _label(text: str) -> Text:
    """As wide as all labels; Hangul takes two columns."""
    label = Text(text, "bold")
    label.truncate(_LABEL, overflow="ellipsis", pad=True)
    return label


def _row(label: Text, *parts: Text) -> Text:
    """Text whose own style is none, so that the label's does not reach the parts."""
    return Text().append_text(label).append(" ").append_text(Text().join(parts))


def table(timeline: Timeline, locale: Locale) -> Table:
    """One row for each call, in the order they were sent."""
    grid = Table(
        box=None,
        padding=(0, 1, 0, 0),
        header_style="bright_black",
        caption=words.SECONDS.of(locale),
        caption_justify="left",
        caption_style="bright_black",
    )
    for number, column in enumerate(words.COLUMNS):
        right = 2 <= number <= 8
        grid.add_column(column.of(locale), justify="right" if right else "left", no_wrap=True)
    for call in timeline.calls:
        cells = (Text(cell) for cell in cells_of(timeline, call, locale))
        grid.add_row(*cells, style="red" if call.failed else "")
    return grid


def cells_of(timeline: Timeline, call: Call, locale: Locale) -> tuple[str, ...]:
    """The texts of a row, one for each of `words.COLUMNS`."""
    rate = call.tokens_per_s
    first = None if call.first is None else call.first - call.sent
    done = None if call.ended is None else call.ended - call.sent
    return (
        BY_ID[call.role].name.of(locale),
        call.engine,
        _seconds(timeline.spent(call, Phase.QUEUED)),
        _seconds(timeline.spent(call, Phase.LOADING)),
        _seconds(first),
        _seconds(done),
        _count(call.prompt_tokens),
        _count(call.completion_tokens),
        "–" if rate is None else f"{rate:.0f}",
        "…" if call.outcome == OPEN else call.outcome,
    )


def _seconds(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _count(value: int | None) -> str:
    return "–" if value is None else str(value)
