"""Mean against tail: what each rule gains, and what it costs the unluckiest."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

from bench.readme import INK, OURS, PEER, QUIET

WIDTH, HEIGHT, LEFT, BOTTOM = 340, 300, 46, 40
MOST_X, MOST_Y = 7.0, 4.0


@dataclass(frozen=True)
class Point:
    name: str
    tail: float
    """p99 over that of first come, first served."""
    gain: float
    """Mean latency of first come, first served over this."""
    ours: bool


@dataclass(frozen=True)
class Panel:
    title: str
    points: Sequence[Point]
    curve: Sequence[Point]
    """Ours, guarding others' time less and less."""


def draw(path: Path, panels: Sequence[Panel]) -> None:
    parts = [part for index, panel in enumerate(panels) for part in _panel(panel, index * WIDTH)]
    width, body = WIDTH * len(panels), "\n".join(parts)
    path.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {HEIGHT}" font-family="system-ui, '
        'sans-serif" font-size="11" role="img" aria-label="Mean latency gained against 99th percentile, '
        f'by rule">\n<rect width="{width}" height="{HEIGHT}" fill="#ffffff"/>\n{body}\n</svg>\n',
        "utf-8",
    )
    print(f"written: bench/{path.name}", flush=True)


def _panel(panel: Panel, left: float) -> list[str]:
    def x(tail: float) -> float:
        share = math.log(min(max(tail, 0.8), MOST_X) / 0.8) / math.log(MOST_X / 0.8)
        return left + LEFT + share * (WIDTH - LEFT - 20)

    def y(gain: float) -> float:
        share = math.log(min(max(gain, 0.5), MOST_Y) / 0.5) / math.log(MOST_Y / 0.5)
        return HEIGHT - BOTTOM - share * (HEIGHT - BOTTOM - 40)

    def text(at_x: float, at_y: float, words: str, more: str) -> str:
        return f'<text x="{at_x:.0f}" y="{at_y:.0f}" {more}>{escape(words)}</text>'

    parts = [text(left + LEFT, 20, panel.title, f'font-weight="600" font-size="13" fill="{INK}"')]
    for gain in (0.5, 1, 1.4, 2, 2.8, 4):
        parts.append(
            f'<line x1="{left + LEFT}" x2="{left + WIDTH - 20}" y1="{y(gain):.0f}" y2="{y(gain):.0f}" '
            'stroke="#e5e7eb"/>'
        )
        parts.append(
            text(left + LEFT - 6, y(gain) + 4, f"{gain:g}×", f'text-anchor="end" fill="{QUIET}"')
        )
    for tail in (0.8, 1, 1.1, 1.5, 2, 3, 5):
        label = text(
            x(tail), HEIGHT - BOTTOM + 16, f"{tail:g}", f'text-anchor="middle" fill="{QUIET}"'
        )
        parts.append(label)
    parts.append(
        text(left + LEFT, HEIGHT - 8, "p99 / p99 of first come, first served", f'fill="{QUIET}"')
    )
    if panel.curve:
        line = " ".join(f"{x(p.tail):.0f},{y(p.gain):.0f}" for p in panel.curve)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{OURS}" stroke-width="1.5"/>')
    for point in panel.points:
        colour = OURS if point.ours else PEER
        parts.append(
            f'<circle cx="{x(point.tail):.0f}" cy="{y(point.gain):.0f}" r="4" fill="{colour}"/>'
        )
        anchor, shift = ("end", -7) if x(point.tail) > left + WIDTH * 0.6 else ("start", 7)
        parts.append(
            text(
                x(point.tail) + shift,
                y(point.gain) + 3,
                point.name,
                f'text-anchor="{anchor}" fill="{INK}"',
            )
        )
    return parts
