"""What is up, how fast, and who may be asked now. Read as snapshots, written by observations.

A snapshot is never changed: what is observed after it was read goes into a copy. Copying a thousand
references takes two microseconds, so it costs next to nothing however many endpoints there are.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from gilmok.core.endpoint import (
    Endpoint,
    EndpointState,
    Snapshot,
    Standing,
    Zone,
    ids_by_name,
)
from gilmok.core.errors import AttemptFailed, DeadlineExceeded, UpstreamStatus, ZoneRefused
from gilmok.core.ports import Clock
from gilmok.fleet.breaker import Breaker, BreakerPolicy

_SMOOTHING = 0.2
"""Weight of a new measurement: about the last ten answers count."""


_UP = EndpointState.UP


class Registry:
    """Every configured endpoint and its standing."""

    def __init__(self, endpoints: Iterable[Endpoint], clock: Clock, policy: BreakerPolicy) -> None:
        self._clock = clock
        self._policy = policy
        self._standings = {e.id: Standing.unmeasured(e) for e in endpoints}
        self._ids = ids_by_name(s.endpoint for s in self._standings.values())
        self._breakers: dict[str, Breaker] = {}
        self._snapshot: Snapshot | None = None

    def snapshot(self) -> Snapshot:
        if self._snapshot is None:
            self._snapshot = Snapshot(self._standings, self._ids)
        return self._snapshot

    def endpoint(self, endpoint_id: str) -> Endpoint | None:
        standing = self._standings.get(endpoint_id)
        return standing.endpoint if standing else None

    def configure(self, endpoints: Iterable[Endpoint]) -> None:
        """A new configuration: what was measured of endpoints that did not change is kept."""
        old = self._standings
        self._standings = {
            e.id: old[e.id] if e.id in old and old[e.id].endpoint == e else Standing.unmeasured(e)
            for e in endpoints
        }
        self._ids = ids_by_name(s.endpoint for s in self._standings.values())
        self._breakers = {k: b for k, b in self._breakers.items() if k in self._standings}
        self._snapshot = None

    def join(self, endpoint: Endpoint, state: EndpointState = EndpointState.UNKNOWN) -> None:
        """Adds an endpoint, or replaces it (an engine that came back on another port)."""
        self._set(endpoint.id, replace(Standing.unmeasured(endpoint), state=state))
        self._ids = ids_by_name(s.endpoint for s in self._standings.values())
        self._breakers.pop(endpoint.id, None)

    def moved(self, endpoint: Endpoint) -> None:
        """An endpoint that is known answers at another address: what was measured of it holds."""
        standing = self._standings[endpoint.id]
        self._set(
            endpoint.id,
            replace(
                standing,
                endpoint=endpoint,
                state=EndpointState.UP,
                zone=endpoint.zone,
                blocked_until=0.0,
                blocked_by="",
            ),
        )
        self._breakers.pop(endpoint.id, None)

    def saw(self, endpoint_id: str, state: EndpointState, zone: Zone | None = None) -> None:
        """A health check's result. The proved zone can lower the declared one, never raise it."""
        standing = self._standings.get(endpoint_id)
        if standing is None:
            return
        proved = standing.zone if zone is None else standing.endpoint.zone.at_most(zone)
        if (standing.state, standing.zone) != (state, proved):
            self._set(endpoint_id, replace(standing, state=state, zone=proved))

    def asking(self, endpoint_id: str) -> bool:
        """An attempt goes out: true where the breaker is half open and it is the one probe."""
        breaker = self._breakers.get(endpoint_id)
        if breaker is None or not breaker.tripped:
            return False
        self._trip(endpoint_id, breaker.probing(self._clock.monotonic()))
        return True

    def gave_up(self, endpoint_id: str) -> None:
        """A probe ended in a way that says nothing about the endpoint: its caller left or had no
        more time, or asked for what the endpoint refuses. The next caller may probe at once."""
        breaker, standing = self._breakers.get(endpoint_id), self._standings.get(endpoint_id)
        if breaker is not None and breaker.tripped and standing is not None:
            now = self._clock.monotonic()
            self._breakers[endpoint_id] = breaker.released(now)
            if standing.blocked_by == "breaker":
                self._set(endpoint_id, replace(standing, blocked_until=now))

    def answered(
        self, endpoint_id: str, first_token_s: float | None, tokens_per_s: float | None
    ) -> None:
        """`None` for what this answer did not show: a whole one shows neither."""
        standing = self._standings.get(endpoint_id)
        if standing is None:
            return
        if (breaker := self._breakers.pop(endpoint_id, None)) and breaker.tripped:
            standing = replace(standing, blocked_until=0.0, blocked_by="")
        elif first_token_s is tokens_per_s is None and standing.state is _UP:
            return  # Nothing new, and so no new snapshot for the next request.
        self._set(
            endpoint_id,
            replace(
                standing,
                state=_UP,
                first_token_s=_smoothed(standing.first_token_s, first_token_s),
                tokens_per_s=_smoothed(standing.tokens_per_s, tokens_per_s),
            ),
        )

    def failed(self, endpoint_id: str, error: AttemptFailed) -> None:
        standing = self._standings.get(endpoint_id)
        if standing is None:
            return
        now = self._clock.monotonic()
        if isinstance(error, ZoneRefused):
            self.saw(endpoint_id, standing.state, error.proved)
        if isinstance(error, UpstreamStatus):
            if error.retry_after_s:
                until = now + min(error.retry_after_s, 3600.0)
                self._set(
                    endpoint_id, replace(standing, blocked_until=until, blocked_by="retry_after")
                )
            if error.is_callers_fault or error.status == 429:
                return  # A full or particular endpoint is not a sick one.
        if error.reason == DeadlineExceeded.code:
            return  # A caller's own time ran out; else short ones would close it for everybody.
        if error.counts_against_health:
            breaker = self._breakers.get(endpoint_id, Breaker()).failed(now, self._policy)
            self._trip(endpoint_id, breaker)

    def _trip(self, endpoint_id: str, breaker: Breaker) -> None:
        self._breakers[endpoint_id] = breaker
        standing = self._standings[endpoint_id]
        if breaker.tripped and breaker.open_until > standing.blocked_until:
            self._set(
                endpoint_id,
                replace(standing, blocked_until=breaker.open_until, blocked_by="breaker"),
            )

    def _set(self, endpoint_id: str, standing: Standing) -> None:
        if self._snapshot is not None:
            self._standings = self._standings.copy()
            self._snapshot = None
        self._standings[endpoint_id] = standing


def _smoothed(old: float, new: float | None) -> float:
    return old if new is None else old + _SMOOTHING * (new - old)
