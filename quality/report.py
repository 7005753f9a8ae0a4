"""Tables, on the terminal and in `docs/quality/`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

DOCS = Path(__file__).resolve().parent.parent / "docs" / "quality"


class Section(Struct, frozen=True, kw_only=True):
    """What one module of this package measured. It goes into `docs/quality/<page>.md`, between
    `<!-- <name>:begin -->` and `<!-- <name>:end -->`."""

    page: str
    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()
    """Below the table: the command, n, what was missed and by how much."""

    def text(self) -> str:
        return "\n".join([table(self.columns, self.rows), "", *self.notes, ""])


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """As Markdown, aligned so that it reads in a terminal too."""
    widths = [max(map(len, column)) for column in zip(columns, *rows, strict=True)]

    def line(cells: Sequence[str]) -> str:
        return "| " + " | ".join(c.ljust(w) for c, w in zip(cells, widths, strict=True)) + " |"

    return "\n".join([line(columns), line(["-" * w for w in widths]), *map(line, rows)])


def write(section: Section) -> None:
    """Raises `ValueError` where the page lacks the section's markers."""
    begin, end = f"<!-- {section.name}:begin -->", f"<!-- {section.name}:end -->"
    path = DOCS / f"{section.page}.md"
    page = path.read_text(encoding="utf-8")
    if begin not in page or end not in page:
        raise ValueError(f"{path} lacks {begin} and {end}")
    before, after = page.split(begin)[0], page.split(end)[1]
    path.write_text(f"{before}{begin}\n{section.text()}{end}{after}", encoding="utf-8")
