"""The figures as a table, as a section of bench/README.md, and as a plot."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from xml.sax.saxutils import escape

from bench.dialogue import CHUNKS
from bench.gateways import Gateway
from bench.measure import Phase, Round

BEGIN, END = "<!-- peers:begin (written by bench/peers.py) -->", "<!-- peers:end -->"
REFERENCE = "tensorzero"
Figure = Callable[[Round], float]


@dataclass(frozen=True)
class Outcome:
    """All rounds of one gateway, or why there are none."""

    gateway: Gateway
    rounds: Sequence[Round]
    reason: str | None = None

    def complaint(self) -> str | None:
        """Why the figures do not count: not measured, or a round with errors."""
        if self.reason:
            return self.reason
        return next((why for r in self.rounds if (why := r.complaint())), None)

    def middle(self, figure: Figure) -> float:
        return median(figure(r) for r in self.rounds)


def _per_request(one: Round) -> float:
    return one.plain.cpu_us


def _per_stream(one: Round) -> float:
    return one.stream.cpu_us


def _per_chunk(one: Round) -> float:
    return _per_stream(one) / CHUNKS


def _ratio(outcome: Outcome, outcomes: Sequence[Outcome], figure: Figure) -> str:
    """The median of the ratios within each round: what disturbs a whole round disturbs both."""
    reference = next(
        (o for o in outcomes if o.gateway.name == REFERENCE and not o.complaint()), None
    )
    if reference is None:
        return "n/a"
    pairs = zip(outcome.rounds, reference.rounds, strict=False)
    return f"{median(figure(own) / figure(other) for own, other in pairs):.2f}"


COLUMNS = (
    *("gateway", "CPU µs/request", "ratio", "CPU µs/chunk", "ratio", "CPU µs/stream"),
    *(
        "alone p50 ms",
        "p50 ms",
        "p99 ms",
        "req/s",
        "stream p50 ms",
        "stream p99 ms",
        "RSS MiB",
        "ready s",
        "errors",
    ),
)


def _latency(outcome: Outcome, choose: Callable[[Round], Phase]) -> list[str]:
    return [
        f"{outcome.middle(lambda r: choose(r).load.p50_us) / 1e3:.1f}",
        f"{outcome.middle(lambda r: choose(r).load.p99_us) / 1e3:.1f}",
    ]


def _row(outcome: Outcome, outcomes: Sequence[Outcome]) -> list[str]:
    if not outcome.rounds:
        return [outcome.gateway.label(), *["n/a"] * (len(COLUMNS) - 1)]
    errors = sum(r.plain.load.errors + r.stream.load.errors for r in outcome.rounds)
    mark = " (invalid)" if outcome.complaint() else ""
    return [
        outcome.gateway.label() + mark,
        f"{outcome.middle(_per_request):.0f}",
        _ratio(outcome, outcomes, _per_request),
        f"{outcome.middle(_per_chunk):.1f}",
        _ratio(outcome, outcomes, _per_chunk),
        f"{outcome.middle(_per_stream):.0f}",
        f"{outcome.middle(lambda r: r.alone_us) / 1e3:.2f}",
        *_latency(outcome, lambda r: r.plain),
        f"{outcome.middle(lambda r: r.plain.load.requests / r.plain.load.seconds):.0f}",
        *_latency(outcome, lambda r: r.stream),
        f"{outcome.middle(lambda r: r.memory_mib):.0f}",
        f"{outcome.middle(lambda r: r.ready_s):.1f}",
        str(errors),
    ]


def table(outcomes: Sequence[Outcome]) -> str:
    """A Markdown table with aligned columns, then the complaints."""
    rows = [list(COLUMNS), *(_row(outcome, outcomes) for outcome in outcomes)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(COLUMNS))]

    def line(cells: Sequence[str]) -> str:
        padded = [
            cell.ljust(w) if i == 0 else cell.rjust(w)
            for i, (cell, w) in enumerate(zip(cells, widths, strict=True))
        ]
        return "| " + " | ".join(padded) + " |"

    rule = ["-" * widths[0], *("-" * (w - 1) + ":" for w in widths[1:])]
    lines = [line(rows[0]), line(rule), *(line(row) for row in rows[1:])]
    notes = [f"* {o.gateway.label()}: {why}" for o in outcomes if (why := o.complaint())]
    return "\n".join([*lines, "", *notes]).rstrip()


def write_section(readme: Path, text: str) -> None:
    """Replace what stands between the markers; add them at the end if they are missing."""
    section = f"{BEGIN}\n{text}\n{END}\n"
    old = readme.read_text() if readme.exists() else "# Bench\n\n"
    head, found, rest = old.partition(BEGIN)
    tail = rest.partition(END)[2].lstrip("\n") if found else ""
    readme.write_text(head.rstrip("\n") + "\n\n" + section + (f"\n{tail}" if tail else ""))


WIDTH, LEFT, BAR, GAP = 720, 190, 22, 12
INK, QUIET, OURS, PEER = "#1f2328", "#656d76", "#0f766e", "#94a3b8"


def _panel(title: str, bars: Sequence[tuple[str, float, bool]], top: int) -> tuple[list[str], int]:
    """Bars on a logarithmic scale, each labelled with its figure; returns the parts and the height."""
    low = math.log10(min(value for _, value, _ in bars)) - 0.5
    high = math.log10(max(value for _, value, _ in bars))
    parts = [f'<text x="16" y="{top + 16}" font-weight="600" fill="{INK}">{escape(title)}</text>']
    for index, (name, value, ours) in enumerate(bars):
        y = top + 30 + index * (BAR + GAP)
        length = (math.log10(value) - low) / (high - low) * (WIDTH - LEFT - 110)
        parts += [
            f'<text x="{LEFT - 10}" y="{y + 15}" text-anchor="end" fill="{INK}">{escape(name)}</text>',
            f'<rect x="{LEFT}" y="{y}" width="{length:.0f}" height="{BAR}" rx="3" fill="{OURS if ours else PEER}"/>',
            f'<text x="{LEFT + length + 8:.0f}" y="{y + 15}" fill="{QUIET}">{value:,.0f} µs</text>',
        ]
    return parts, 30 + len(bars) * (BAR + GAP) + 16


def plot(outcomes: Sequence[Outcome]) -> str:
    """An SVG with two panels: CPU per request, CPU per streamed chunk."""
    good = [o for o in outcomes if not o.complaint()]
    parts: list[str] = []
    top = 12
    for title, figure in (
        ("CPU per request, µs (logarithmic, less is better)", _per_request),
        ("CPU per streamed chunk, µs (logarithmic, less is better)", _per_chunk),
    ):
        if good:
            bars = [(o.gateway.label(), o.middle(figure), o.gateway.name == "gilmok") for o in good]
            drawn, height = _panel(title, bars, top)
            parts += drawn
            top += height
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {top}" font-family="system-ui, sans-serif" '
        f'font-size="13" role="img" aria-label="CPU time per request and per streamed chunk of each gateway">\n'
        f'<rect width="{WIDTH}" height="{top}" fill="#ffffff"/>\n{body}\n</svg>\n'
    )
