"""What a measurement writes: Markdown tables, verdicts on targets, a section of bench/README.md, bars as SVG."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

HERE = Path(__file__).resolve().parent
README = HERE / "README.md"


@dataclass(frozen=True)
class Target:
    """A figure, and the most it may be. None where it could not be measured."""

    name: str
    most: float
    measured: float | None
    unit: str = ""

    def row(self) -> tuple[str, str, str, str]:
        unit = f" {self.unit}" if self.unit else ""
        most = f"≤ {_short(self.most)}{unit}"
        if self.measured is None:
            return self.name, most, "n/a", "not measured"
        return self.name, most, f"{_short(self.measured)}{unit}", self.verdict

    @property
    def verdict(self) -> str:
        if self.measured is None:
            return "not measured"
        if self.measured <= self.most:
            return "met"
        if not self.most:
            return f"**missed** by {_short(self.measured)}"
        return f"**missed**: {self.measured / self.most:.2f} × the target"


def verdicts(targets: Sequence[Target]) -> str:
    return table(("target", "at most", "measured", ""), [target.row() for target in targets])


def _short(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table with aligned columns; the first is text, the others are figures."""
    lines = [list(columns), *(list(row) for row in rows)]
    widths = [max(len(row[i]) for row in lines) for i in range(len(columns))]

    def line(cells: Sequence[str]) -> str:
        padded = [
            cell.ljust(w) if i == 0 else cell.rjust(w)
            for i, (cell, w) in enumerate(zip(cells, widths, strict=True))
        ]
        return "| " + " | ".join(padded) + " |"

    rule = ["-" * widths[0], *("-" * (w - 1) + ":" for w in widths[1:])]
    return "\n".join([line(lines[0]), line(rule), *(line(row) for row in lines[1:])])


def write_section(name: str, text: str) -> None:
    """Replace what stands between the markers of this section; add them at the end if there are none."""
    begin, end = f"<!-- {name}:begin (written by bench/{name}.py) -->", f"<!-- {name}:end -->"
    section = f"{begin}\n{text}\n{end}\n"
    head, found, rest = README.read_text("utf-8").partition(begin)
    tail = rest.partition(end)[2].lstrip("\n") if found else ""
    README.write_text(head.rstrip("\n") + "\n\n" + section + (f"\n{tail}" if tail else ""), "utf-8")
    print(f"written: bench/README.md, section {name}", flush=True)


WIDTH, LEFT, BAR, GAP = 720, 210, 22, 12
INK, QUIET, OURS, PEER = "#1f2328", "#656d76", "#0f766e", "#94a3b8"


@dataclass(frozen=True)
class Bar:
    name: str
    value: float
    ours: bool


@dataclass(frozen=True)
class Panel:
    """Bars on a logarithmic scale, each labelled with its figure."""

    title: str
    unit: str
    bars: Sequence[Bar]

    def drawn(self, top: int) -> tuple[list[str], int]:
        """The parts, and the height they take."""
        low = math.log10(min(bar.value for bar in self.bars)) - 0.5
        high = math.log10(max(bar.value for bar in self.bars))
        parts = [
            f'<text x="16" y="{top + 16}" font-weight="600" fill="{INK}">{escape(self.title)}</text>'
        ]
        for index, bar in enumerate(self.bars):
            y = top + 30 + index * (BAR + GAP)
            length = (math.log10(bar.value) - low) / (high - low) * (WIDTH - LEFT - 110)
            colour = OURS if bar.ours else PEER
            parts += [
                f'<text x="{LEFT - 10}" y="{y + 15}" text-anchor="end" fill="{INK}">{escape(bar.name)}</text>',
                f'<rect x="{LEFT}" y="{y}" width="{length:.0f}" height="{BAR}" rx="3" fill="{colour}"/>',
                f'<text x="{LEFT + length + 8:.0f}" y="{y + 15}" fill="{QUIET}">'
                f"{bar.value:,.0f} {self.unit}</text>",
            ]
        return parts, 30 + len(self.bars) * (BAR + GAP) + 16


def draw(path: Path, label: str, panels: Sequence[Panel]) -> None:
    """The panels below one another, as an SVG."""
    parts: list[str] = []
    top = 12
    for panel in panels:
        if panel.bars:
            drawn, height = panel.drawn(top)
            parts += drawn
            top += height
    body = "\n".join(parts)
    path.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {top}" font-family="system-ui, sans-serif" '
        f'font-size="13" role="img" aria-label="{escape(label)}">\n'
        f'<rect width="{WIDTH}" height="{top}" fill="#ffffff"/>\n{body}\n</svg>\n',
        "utf-8",
    )
    print(f"written: bench/{path.name}", flush=True)
