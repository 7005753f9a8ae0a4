"""One frame of `gilmok top`: what was asked becomes what is drawn. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct
from rich.columns import Columns
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from gilmok.cli.models import state_text
from gilmok.cli.numbers import bar, duration, money, rate, share, size
from gilmok.cli.replies import EndpointHealth, Health
from gilmok.cli.screen import ZONES, Screen, coloured, harmless
from gilmok.cli.sla import tone
from gilmok.cli.words import looking, terms
from gilmok.cli.words import top as words
from gilmok.core.engine import EngineState
from gilmok.core.engine_view import DeviceView, EngineView, MachineView, QueueView
from gilmok.core.said import Said
from gilmok.ledger import GoodputLine, GoodputReport

_BAR = 24
_TONES = {
    EngineState.COLD: "dim",
    EngineState.LOADING: "yellow",
    EngineState.WARM: "green",
    EngineState.DRAINING: "cyan",
    EngineState.SICK: "red",
}
_FULL = 0.9
_QUIET = GoodputLine(
    key="", requests=0, met=0, compliance=None, requests_per_s=0.0, goodput_per_s=0.0,
    tokens_per_s=0.0, goodput_tokens_per_s=0.0, cost=0, p50_first_token_ms=None,
    p95_first_token_ms=None, p99_first_token_ms=None, p50_token_ms=None, p95_token_ms=None,
    p95_queued_ms=None,
)  # fmt: skip
"""Of an endpoint that nobody asked."""


class Seen(Struct, frozen=True, kw_only=True):
    """A gateway at one moment."""

    url: str
    time: str
    span: str
    """Of the rates, as it was asked for."""
    health: Health
    machine: MachineView | None
    """`None` where the key may not see it."""
    sla: GoodputReport


def frame(screen: Screen, seen: Seen, *, lost: bool = False) -> RenderableType:
    """`lost`: the gateway has stopped answering since."""
    return Group(*_parts(screen, seen, lost))


def _parts(screen: Screen, seen: Seen, lost: bool) -> Iterator[RenderableType]:
    if lost:
        yield Text(screen.text(words.LOST, url=seen.url), style="red")
    else:
        now = screen.text(words.NOW, url=seen.url, time=seen.time, span=seen.span)
        yield Text(now, style="dim")
    yield Text()
    yield Columns(list(_tiles(screen, seen)), padding=(0, 3))
    yield Text()
    machine = seen.machine
    if machine is None:
        yield Text(screen.text(words.HIDDEN), style="dim")
    elif not machine.engines:
        yield Text(screen.text(words.NO_ENGINES), style="dim")
    else:
        yield _memory(screen, machine.devices)
        yield Text()
        yield _engines(screen, machine.engines)
    if machine is not None and machine.queues:
        yield Text()
        yield _queues(screen, machine.queues)
    yield Text()
    yield _endpoints(screen, seen)


def _tiles(screen: Screen, seen: Seen) -> Iterator[Text]:
    of = seen.sla.total
    first = f"{duration(of.p50_first_token_ms)} · {duration(of.p95_first_token_ms)}"
    values = [
        (words.REQUESTS, rate(of.requests_per_s), ""),
        (words.GOODPUT, rate(of.goodput_per_s), ""),
        (words.SLA, share(of.compliance), tone(of.compliance)),
        (words.TOKENS, rate(of.tokens_per_s), ""),
        (words.TTFT, first, ""),
        (words.QUEUED, duration(of.p95_queued_ms), ""),
        (words.SPENT, money(of.cost), ""),
    ]
    saved = sum(e.saved for e in seen.machine.engines) if seen.machine else 0
    if saved:
        values.append((words.SAVED, money(saved), "green"))
    for said, value, style in values:
        yield Text.assemble((screen.text(said), "dim"), "\n", (value, f"bold {style}".strip()))


def _memory(screen: Screen, devices: tuple[DeviceView, ...]) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    for _ in range(2):
        grid.add_column(no_wrap=True)
    for of in devices:
        filled = of.held / of.budget if of.budget else 0.0
        drawn = bar(of.held, of.budget, _BAR).ljust(_BAR, "·")
        told = screen.text(words.HELD, held=size(of.held), budget=size(of.budget))
        name = f"{screen.text(words.MEMORY)} {of.id}"
        grid.add_row(name, Text(drawn, style="yellow" if filled > _FULL else "green"), told)
    return grid


def _engines(screen: Screen, engines: tuple[EngineView, ...]) -> Table:
    heads = (words.ENGINE, words.STATE, words.TAKES, words.BUSY, words.WAITING, words.SAVED)
    return screen.drawn(
        heads,
        [
            (
                of.id,
                Text(harmless(_state(screen, of)), style=_TONES[of.state]),
                " ".join(f"{size(held)} {device}" for device, held in of.footprint.items()),
                f"{of.in_flight}/{of.slots}",
                f"{of.waiting}",
                money(of.saved),
            )
            for of in engines
        ],
        right=frozenset({3, 4, 5}),
    )


def _state(screen: Screen, of: EngineView) -> str:
    state = screen.word(words.STATES, of.state)
    if of.state is EngineState.SICK and of.problem:
        return f"{state}: {of.problem}"
    for said, seconds in ((words.READY_IN, of.ready_in_s), (words.STOPS_IN, of.stops_in_s)):
        if seconds:
            return screen.text(said, state=state, time=duration(1000 * seconds))
    return state


def _queues(screen: Screen, queues: tuple[QueueView, ...]) -> Table:
    return screen.drawn(
        (words.QUEUE, words.WAITING, words.RUNNING, words.OLDEST, words.WORK),
        [
            (
                of.endpoint_id,
                f"{of.waiting}/{of.most}",
                f"{of.running}",
                duration(1000 * of.oldest_s),
                duration(1000 * of.work_s),
            )
            for of in queues
        ],
        right=frozenset({1, 2, 3, 4}),
    )


def _endpoints(screen: Screen, seen: Seen) -> Table:
    served = {line.key: line for line in seen.sla.lines}
    heads: tuple[Said, ...] = (
        terms.ENDPOINT, words.STATE, looking.REQUESTS, words.SLA, words.TTFT, words.TOKENS,
        words.SPENT,
    )  # fmt: skip
    known = [(of.id, of, served.pop(of.id, _QUIET)) for of in seen.health.endpoints]
    gone = [(key, None, line) for key, line in served.items()]
    return screen.drawn(
        heads,
        [_endpoint(screen, name, of, line) for name, of, line in (*known, *gone)],
        right=frozenset(range(2, 7)),
    )


def _endpoint(
    screen: Screen, name: str, of: EndpointHealth | None, line: GoodputLine
) -> tuple[str | Text, ...]:
    return (
        name if of is None else coloured(name, {name: ZONES.get(of.zone, "")}),
        "-" if of is None else state_text(screen, of),
        f"{line.requests:,}",
        Text(share(line.compliance), style=tone(line.compliance)),
        f"{duration(line.p50_first_token_ms)} · {duration(line.p95_first_token_ms)}",
        rate(line.tokens_per_s),
        money(line.cost),
    )
