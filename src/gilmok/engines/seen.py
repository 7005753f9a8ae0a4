"""What was last seen of a loaded engine, and whether it still gets anywhere. Pure."""

from __future__ import annotations

from msgspec import Struct

from gilmok.core.engine import Bytes, Demand
from gilmok.engines.drivers import Health
from gilmok.engines.residency import Residence
from gilmok.engines.residency.busy import is_wedged


class KeeperPolicy(Struct, frozen=True, kw_only=True):
    sample_s: float = 2.0
    """Between two measurements of a loaded engine."""
    wedge_s: float = 180.0
    """After so long with requests and without any progress an engine is wedged. Longer than the
    longest prompt takes to read."""
    silent_s: float = 60.0
    """After so long without an answer to `health` it is wedged too, with requests or without."""
    drain_s: float = 30.0
    """How long a stop waits for what others have asked of the engine; ours are finished by then."""
    stop_again_s: float = 5.0
    """After a stop that failed. Its memory counts until one succeeds."""
    write_s: float = 60.0
    """Between two writings of what was measured."""


class Seen(Struct, kw_only=True):
    """Of one life of one engine."""

    moved_at: float = 0.0
    """When any of its requests made progress, or began. Monotonic seconds."""
    answered_at: float = 0.0
    progress: float | None = None
    """Of its load, 0 to 1."""
    measured: Bytes | None = None
    utilisation: float | None = None
    work: float | None = None
    running: int = 0

    def loading(self, share: float | None) -> None:
        """What a driver tells of its load: 0 to 1 of the way, `None` where nobody knows how far."""
        self.progress = share

    def ready(self, now: float) -> None:
        self.progress, self.moved_at, self.answered_at = 1.0, now, now

    def saw(self, health: Health, demand: Demand, now: float) -> None:
        began = demand.running > self.running
        # One that does not say what it does gets anywhere as long as it answers.
        moved = health.answers if health.work is None else health.work != self.work
        if began or moved or not demand.running:
            self.moved_at = now
        if health.answers:
            self.answered_at = now
        self.work, self.running = health.work, demand.running
        self.utilisation = health.utilisation

    def is_wedged(
        self, residence: Residence, demand: Demand, now: float, policy: KeeperPolicy
    ) -> bool:
        silent = now - self.answered_at >= policy.silent_s
        return silent or is_wedged(residence, demand, self.moved_at, now, policy.wedge_s)
