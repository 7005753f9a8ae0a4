"""What one engine is doing, for those who show it: `/memory`, `/models`, `gilmok top`."""

from __future__ import annotations

from msgspec import Struct

from gilmok.core.engine import Bytes, Demand, EngineState
from gilmok.engines.lifecycle import Death
from gilmok.engines.residency import Residence
from gilmok.engines.residency.idle import slept_s
from gilmok.engines.seen import Seen


class EngineView(Struct, frozen=True, kw_only=True):
    id: str
    state: EngineState
    since: float
    """Monotonic seconds; negative infinity: it was never anything else."""
    reserved: Bytes
    """What counts against the budget now, by device; empty while nothing is held."""
    measured: Bytes | None = None
    """What it holds by the last measurement; `None`: nobody can say."""
    running: int = 0
    waiting: int = 0
    ready_in_s: float | None = None
    """0: now; `None`: never, or not for long."""
    progress: float | None = None
    """Of a load, 0 to 1; `None`: nobody knows how far."""
    utilisation: float | None = None
    """0 to 1, of its device."""
    deaths: int = 0
    """In a row."""
    failure: Death | None = None
    """Why it last died or could not be loaded."""
    given_up: bool = False
    slept_s: float = 0.0
    """Stopped because nobody needed it."""


def view_of(
    id: str,
    state: EngineState,
    residence: Residence,
    demand: Demand,
    seen: Seen,
    ready_in_s: float | None,
    failure: Death | None,
    now: float,
) -> EngineView:
    return EngineView(
        id=id,
        state=state,
        since=residence.since,
        reserved=residence.held,
        measured=seen.measured,
        running=demand.running,
        waiting=demand.waiting,
        ready_in_s=ready_in_s,
        progress=seen.progress,
        utilisation=seen.utilisation,
        deaths=residence.deaths,
        failure=failure,
        given_up=residence.given_up,
        slept_s=slept_s(residence, now),
    )
