"""The timeline as one SVG file that needs nothing else, or as an HTML page with a table. Pure.

No text of the conversation is in it: engines, roles, times, counts, codes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape
from typing import Final

from gilmok_devteam import words
from gilmok_devteam.chart import cells_of, memory_words
from gilmok_devteam.texts import Locale
from gilmok_devteam.timeline import Call, Kind, Span, Timeline

_WIDTH: Final = 960
_LEFT: Final = 130
_RIGHT: Final = 24
_TOP: Final = 64
_LANE: Final = 58
_BAR: Final = 16
_MEMORY: Final = 56
_PLOT: Final = _WIDTH - _LEFT - _RIGHT
_GIB: Final = 2**30

_STYLE: Final = """
svg{font:13px system-ui,sans-serif;background:#fff;color:#1b1f24}
text{fill:currentColor}.dim{fill:#5b6570}.rule{stroke:#d9dee3}.budget{stroke:#b3261e;stroke-dasharray:5 4}
.cold{fill:#eceff2}.loading{fill:#e8a33d}.warm{fill:#4d9f6b}.draining{fill:#a779c9}.sick{fill:#b3261e}
.q-queued{fill:#a779c9}.q-loading{fill:#e8a33d}.q-reading{fill:#5b8def}.q-answering{fill:#1d6fb8}
.q-failed{fill:#b3261e}.held{fill:#4d9f6b;fill-opacity:.35;stroke:#4d9f6b}
@media (prefers-color-scheme:dark){svg{background:#15181c;color:#e8ebee}.dim{fill:#9aa4ae}
.rule{stroke:#333a42}.cold{fill:#262c33}}
"""
_PAGE_STYLE: Final = """
body{font:15px system-ui,sans-serif;margin:2rem auto;max-width:62rem;padding:0 1rem}
table{border-collapse:collapse;margin-top:1.5rem}td,th{padding:.3rem .7rem;text-align:right}
td:nth-child(-n+2),th:nth-child(-n+2),td:last-child,th:last-child{text-align:left}
th{color:#5b6570;font-weight:500;border-bottom:1px solid #d9dee3}
@media (prefers-color-scheme:dark){body{background:#15181c;color:#e8ebee}th{border-color:#333a42}}
"""


def svg(timeline: Timeline, locale: Locale) -> str:
    """A whole document."""
    engines = timeline.engines
    lanes_end = _TOP + _LANE * len(engines)
    height = lanes_end + (_MEMORY + 40 if timeline.samples else 20) + 56
    title = words.TITLE.of(locale)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" '
        f'width="{_WIDTH}" height="{height}" role="img" aria-labelledby="t d" lang="{locale}">',
        f'<title id="t">{escape(title)}</title>',
        f'<desc id="d">{escape(_description(timeline, locale))}</desc>',
        f"<style>{_STYLE}</style>",
        f'<text x="{_LEFT}" y="26" font-size="17" font-weight="600">{escape(title)}</text>',
        *_ruler(timeline, lanes_end + (_MEMORY + 24 if timeline.samples else 0)),
    ]
    for number, engine in enumerate(engines):
        parts += _lane(timeline, engine, _TOP + _LANE * number, locale)
    if timeline.samples:
        parts += _memory(timeline, lanes_end + 14, locale)
    parts += _legend(timeline, height - 40, locale)
    return "\n".join([*parts, "</svg>", ""])


def page(timeline: Timeline, locale: Locale) -> str:
    """The picture and a table of the calls, as one HTML file."""
    head = "".join(f"<th>{escape(column.of(locale))}</th>" for column in words.COLUMNS)
    rows = "".join(
        "<tr>"
        + "".join(f"<td>{escape(c)}</td>" for c in cells_of(timeline, call, locale))
        + "</tr>"
        for call in timeline.calls
    )
    return (
        f'<!doctype html><html lang="{locale}"><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{escape(words.TITLE.of(locale))}'
        f"</title><style>{_PAGE_STYLE}</style>\n{svg(timeline, locale)}"
        f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
        f"<p>{escape(words.SECONDS.of(locale))}</p></html>\n"
    )


def _x(timeline: Timeline, at: float) -> float:
    return _LEFT + (_PLOT * at / timeline.now if timeline.now else 0.0)


def _bars(
    timeline: Timeline,
    spans: Iterable[Span[Kind]],
    y: float,
    prefix: str,
    meanings: dict[Kind, str],
) -> Iterator[str]:
    for span in spans:
        left, right = _x(timeline, span.start), _x(timeline, span.end)
        hint = f"{meanings[span.kind]}: {span.start:.2f}–{span.end:.2f} s"
        yield (
            f'<rect class="{prefix}{span.kind}" x="{left:.1f}" y="{y}" '
            f'width="{max(1.0, right - left):.1f}" height="{_BAR}"><title>{escape(hint)}</title></rect>'
        )


def _lane(timeline: Timeline, engine: str, y: int, locale: Locale) -> Iterator[str]:
    yield f'<text x="{_LEFT - 10}" y="{y + 22}" text-anchor="end" font-weight="600">{escape(_short(engine))}</text>'
    loads = {kind: says.of(locale) for kind, says in words.LOADS.items()}
    phases = {kind: says.of(locale) for kind, says in words.PHASES.items()}
    yield from _bars(timeline, timeline.loads(engine), y, "", loads)
    for call in timeline.calls_of(engine):
        yield from _bars(timeline, timeline.phases(call), y + _BAR + 4, "q-", phases)
        yield from _counts(timeline, call, y + 2 * _BAR + 16)


def _counts(timeline: Timeline, call: Call, y: int) -> Iterator[str]:
    """Tokens below a call, where there is room to read them."""
    end = timeline.now if call.ended is None else call.ended
    left, right = _x(timeline, call.sent), _x(timeline, end)
    if call.failed:
        said = call.outcome
    elif call.completion_tokens is None:
        return
    else:
        said = f"{call.prompt_tokens or 0} → {call.completion_tokens}"
    if right - left >= 7 * len(said) or call.failed:
        anchor, x = ("end", right) if call.failed else ("start", left)
        yield (
            f'<text class="dim" x="{x:.1f}" y="{y}" font-size="11" text-anchor="{anchor}">'
            f"{escape(said)}</text>"
        )


def _ruler(timeline: Timeline, bottom: int) -> Iterator[str]:
    step = _step(timeline.now)
    for number in range(int(timeline.now / step) + 1 if timeline.now else 1):
        at = number * step
        x = _x(timeline, at)
        yield f'<line class="rule" x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP - 12}" y2="{bottom}"/>'
        yield (
            f'<text class="dim" x="{x:.1f}" y="{_TOP - 16}" font-size="11" '
            f'text-anchor="middle">{at:g} s</text>'
        )


def _step(end: float) -> float:
    for step in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600):
        if end / step <= 12:
            return step
    return max(end / 12, 0.1)


def _memory(timeline: Timeline, y: int, locale: Locale) -> Iterator[str]:
    top = max(timeline.budget or 0, timeline.peak, 1)
    base = y + _MEMORY

    def level(held: int) -> float:
        return base - _MEMORY * held / top

    path = [f"M{_x(timeline, timeline.samples[0].at):.1f},{base}"]
    for sample in timeline.samples:
        path.append(f"H{_x(timeline, sample.at):.1f}V{level(sample.held):.1f}")
    path.append(f"H{_x(timeline, timeline.now):.1f}V{base}Z")
    yield f'<path class="held" d="{"".join(path)}"/>'
    label = escape(words.MEMORY.of(locale))
    yield f'<text x="{_LEFT - 10}" y="{y + 20}" text-anchor="end" font-weight="600">{label}</text>'
    if timeline.budget is not None:
        line = level(timeline.budget)
        right = _WIDTH - _RIGHT
        yield f'<line class="budget" x1="{_LEFT}" x2="{right}" y1="{line:.1f}" y2="{line:.1f}"/>'
        gib = f"{timeline.budget / _GIB:.2f} GiB"
        yield f'<text class="dim" x="{_LEFT - 10}" y="{y + 38}" font-size="11" text-anchor="end">{gib}</text>'
    said = escape(memory_words(timeline, locale))
    yield f'<text class="dim" x="{_LEFT}" y="{base + 18}" font-size="12">{said}</text>'


def _legend(timeline: Timeline, y: int, locale: Locale) -> Iterator[str]:
    """Two lines: what engines did, and what calls did."""
    loads = [(str(kind), says.of(locale)) for kind, says in words.LOADS.items()]
    phases = [(f"q-{kind}", says.of(locale)) for kind, says in words.PHASES.items()]
    for row, entries in enumerate([loads, phases] if timeline.samples else [phases]):
        for number, (kind, meaning) in enumerate(entries):
            x, top = _LEFT + number * 150, y + 20 * row
            yield f'<rect class="{kind}" x="{x}" y="{top - 10}" width="12" height="12"/>'
            yield f'<text x="{x + 18}" y="{top}" font-size="12">{escape(meaning)}</text>'


def _description(timeline: Timeline, locale: Locale) -> str:
    """The same in a sentence, for whoever does not see the picture."""
    calls = "; ".join(
        f"{call.engine} {call.sent:.1f}–{(timeline.now if call.ended is None else call.ended):.1f} s"
        for call in timeline.calls
    )
    return f"{calls}. {memory_words(timeline, locale)}" if timeline.samples else f"{calls}."


def _short(name: str) -> str:
    return name if len(name) <= 16 else name[:15] + "…"
