"""Charts as SVG, made from numbers alone. At most 340 units wide, so that their text stays readable
on a screen of 360 pixels; `tone` names a class of the style sheet, never a colour.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from math import ceil, floor, log10

from markupsafe import Markup
from msgspec import Struct

from gilmok.dashboard.svg import element, picture

WIDTH = 340
_TALL = 160
_TOP, _BOTTOM, _LEFT = 8, 22, 46
_ROW = 34
_LEAST = 1e-6
"""Smaller amounts count as nothing: a nano-dollar, a request and a millisecond are 1."""
_NOTHING = (0.0, 1.0)
"""The scale of a chart without a column."""
_NAME_CHARS = 28

Shown = Callable[[float], str]


class Heading(Struct, frozen=True):
    """What a chart is called and what it shows, in words."""

    id: str
    title: str
    description: str


class Series(Struct, frozen=True):
    name: str
    tone: str
    values: tuple[float, ...]


class Bar(Struct, frozen=True):
    """One horizontal bar; `mark` is a second, larger value, drawn as a thin line up to it."""

    name: str
    tone: str
    value: float
    shown: str
    mark: float | None = None


def columns(
    heading: Heading, labels: Sequence[str], series: Sequence[Series], shown: Shown
) -> Markup:
    """Stacked columns over time, one for each label."""
    sums = [sum(of.values[at] for of in series) for at in range(len(labels))]
    steps = ticks(max(sums, default=0.0))
    height, largest = _TALL - _TOP - _BOTTOM, steps[-1]
    parts = [*_grid(steps, height, shown), *_dates(labels)]
    wide = (WIDTH - _LEFT) / max(1, len(labels))
    gap = wide * 0.2 if wide < 30 else wide - 24
    for at, label in enumerate(labels):
        said = f"{label}: {shown(sums[at])}"
        bars, top = [], float(_TOP + height)
        for of in (s for s in series if s.values[at] > 0):
            tall = height * of.values[at] / largest
            top -= tall
            bars.append(
                element(
                    "rect", x=_LEFT + at * wide + gap / 2, y=top, width=max(0.5, wide - gap),
                    height=tall, class_=of.tone,
                )
            )  # fmt: skip
            if len(series) > 1:
                said += f", {of.name} {shown(of.values[at])}"
        if bars:
            parts.append(element("g", element("title", said), *bars))
    return picture(heading.id, heading.title, heading.description, (WIDTH, _TALL), parts)


def bars(
    heading: Heading, rows: Sequence[Bar], *, largest: float | None = None, width: int = WIDTH
) -> Markup:
    """Horizontal bars, each below its name and its value. `largest` fills the whole width."""
    whole = largest or max((max(r.value, r.mark or 0.0) for r in rows), default=0.0) or 1.0
    parts = [part for at, row in enumerate(rows) for part in _bar(row, at * _ROW, whole, width)]
    size = (width, max(1, len(rows)) * _ROW)
    return picture(heading.id, heading.title, heading.description, size, parts)


def _bar(row: Bar, top: float, whole: float, width: int) -> Iterator[Markup]:
    yield element("text", _short(row.name), x=0, y=top + 13, class_="name")
    yield element("text", row.shown, x=width, y=top + 13, text_anchor="end", class_="figure")
    yield element("rect", x=0, y=top + 19, width=width, height=8, rx=2, class_="track")
    if row.mark is not None and row.mark > 0:
        long = width * min(1.0, row.mark / whole)
        yield element("rect", x=0, y=top + 21.5, width=long, height=3, rx=1.5, class_=row.tone)
    if row.value > 0:
        long = max(1.5, width * min(1.0, row.value / whole))
        yield element("rect", x=0, y=top + 19, width=long, height=8, rx=2, class_=row.tone)


def ticks(largest: float) -> tuple[float, ...]:
    """Three to six round numbers from 0 to the first that is not below `largest`."""
    if largest < _LEAST:
        return _NOTHING
    rough = largest / 4
    power = 10.0 ** floor(log10(rough))
    step = next(power * n for n in (1, 2, 5, 10) if power * n >= rough * (1 - 1e-9))
    count = max(1, ceil(largest / step - 1e-9))
    return tuple(round(step * n, 12) for n in range(count + 1))


def _grid(steps: Sequence[float], height: float, shown: Shown) -> Iterator[Markup]:
    nothing = steps == _NOTHING
    for step in steps:
        y = _TOP + height * (1 - step / steps[-1])
        yield element("line", x1=_LEFT, y1=y, x2=WIDTH, y2=y, class_="grid")
        if nothing and step:
            continue  # "$0.000000001" would be the unit, and says nothing
        yield element(
            "text", shown(step), x=_LEFT - 6, y=y + 4, text_anchor="end", class_="scale"
        )  # fmt: skip


def _dates(labels: Sequence[str]) -> Iterator[Markup]:
    """The first label, the last, and where there is room one between them."""
    if not labels:
        return
    wide = (WIDTH - _LEFT) / len(labels)
    if len(labels) < 3:
        chosen = dict.fromkeys(range(len(labels)), "middle")
    else:
        chosen = {0: "start", len(labels) // 2: "middle", len(labels) - 1: "end"}
    for at, anchor in chosen.items():
        x = _LEFT + wide * (at + {"start": 0.0, "middle": 0.5, "end": 1.0}[anchor])
        yield element(
            "text", labels[at], x=x, y=_TALL - 6, text_anchor=anchor, class_="scale"
        )  # fmt: skip


def _short(name: str) -> str:
    return name if len(name) <= _NAME_CHARS else f"{name[: _NAME_CHARS - 1]}…"
