"""One engine's place in memory, and what events make of it.

```
         Load            Loaded            Drain             Stop + Stopped
  COLD ────────▶ LOADING ────────▶ WARM ◀───────▶ DRAINING ────────────────▶ COLD
   ▲  ▲            │  │              │ Stop (idle)   ▲  │     (back: nobody wants its place any more)
   │  │     Stop ──│──┴──────────────┴───────────────┘  │
   │  └─ delay ── SICK ◀──── Failed, or Stopped after it was wedged or stuck
```

Invariant: `held` is empty in `COLD` and `SICK`, and in the others what its process may occupy: the
whole expectation from the moment `Load` is issued, then what was measured, until it is reported gone.
"""

from __future__ import annotations

import math
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from gilmok.core.engine import Bytes, Demand, EngineState
from gilmok.engines.lifecycle import Death
from gilmok.engines.residency.actions import Reason
from gilmok.engines.residency.memory import excess, larger, smaller
from gilmok.engines.residency.policy import ResidencyPolicy

NOTHING: Final[Bytes] = {}
_HOPELESS: Final = (Death.WRONG_CPU, Death.NOT_STARTED, Death.REFUSED)
HOLDING: Final = (EngineState.LOADING, EngineState.WARM, EngineState.DRAINING)
_UNWELL: Final = {Reason.WEDGED: Death.WEDGED, Reason.STUCK: Death.TOO_SLOW}
_UNPROVEN: Final = 0.4
"""Just less than likely: an idle engine is kept for nobody until that was worth while once."""
_LAST_RETURN: Final = 0.2
"""The weight of the last time somebody came, or did not, for an idle engine whose place another wanted."""
_LAST_LOAD: Final = 0.5
"""The weight of the last load in the estimate of the next."""


class Residence(Struct, frozen=True, kw_only=True):
    state: EngineState = EngineState.COLD
    since: float = -math.inf
    """When it entered the state, monotonic seconds; before all times: it was never anything else."""
    loaded_at: float = -math.inf
    """When it was last loaded: its turn and its health count from then, drains that were taken back or
    not."""
    run: int = 0
    """How often it was loaded: the number of its present or last life."""
    held: Bytes = NOTHING
    learned: Bytes = NOTHING
    """What it was seen to hold: the next load reserves so much, or the configured footprint where
    that is larger."""
    load_s: float | None = None
    """Measured; `None`: never yet."""
    leaving: Reason | None = None
    """Why it is draining."""
    stopping: bool = False
    """`Stop` was issued."""
    removed: bool = False
    """No longer configured: it goes, and is then forgotten."""
    deaths: int = 0
    """In a row."""
    lost_ports: int = 0
    was_warm: bool = False
    retry_at: float = -math.inf
    """Sick: not before."""
    given_up: bool = False
    present: int = 0
    """Requests waiting and running at the last look."""
    wanted: float = 0.0
    """Requests that came, each counting half after every half-life; as of `wanted_at`."""
    wanted_at: float = -math.inf
    last_used: float = -math.inf
    hungry_since: float | None = None
    """Since when somebody waits for it while it is not warm, though it may have been one after the
    other."""
    expected_until: float = -math.inf
    """It is expected to be wanted before then."""
    envied_until: float | None = None
    """It has nothing to do while another waits for its place: a request that comes for it before then
    would have made it worth while to keep it."""
    returns: float = _UNPROVEN
    """How often, of late, such a request came."""
    stopped_idle_at: float | None = None
    """Since when it is cold to save money."""
    saved_s: float = 0.0
    """How long it was cold to save money, up to its last load."""

    @property
    def holds(self) -> bool:
        return self.state in HOLDING

    @property
    def stays(self) -> bool:
        """It holds memory, and is not on its way out."""
        return self.state is EngineState.LOADING or self.state is EngineState.WARM

    def rate(self, now: float, half_life_s: float) -> float:
        """Requests per second, recent ones counting more."""
        if self.wanted <= 0.0:
            return 0.0
        aged: float = self.wanted * 0.5 ** ((now - self.wanted_at) / half_life_s)
        return aged * math.log(2) / half_life_s


def noticed(residence: Residence, demand: Demand, policy: ResidencyPolicy, now: float) -> Residence:
    """Counts what came since the last look: as many as there are more. What came and went between
    two looks is not seen, so whoever looks at every arrival knows more."""
    present = demand.waiting + demand.running
    if not present and not residence.present:
        return residence
    came = max(0, present - residence.present)
    wanted, wanted_at = residence.wanted, residence.wanted_at
    if came:
        aged = wanted * 0.5 ** ((now - wanted_at) / policy.half_life_s) if wanted else 0.0
        wanted, wanted_at = aged + came, now
    returns, envied_until = residence.returns, residence.envied_until
    if came and envied_until is not None:
        returns += _LAST_RETURN * ((now <= envied_until) - returns)
        envied_until = None
    return replace(
        residence,
        present=present,
        last_used=now,
        wanted=wanted,
        wanted_at=wanted_at,
        returns=returns,
        envied_until=envied_until,
        hungry_since=_hungry_since(residence, demand, policy, now),
    )


def _hungry_since(
    residence: Residence, demand: Demand, policy: ResidencyPolicy, now: float
) -> float | None:
    """A request that leaves unanswered takes nothing of the wait with it: else requests with short
    deadlines would never have their engine loaded. It is forgotten when nobody came for long."""
    if residence.state is EngineState.WARM:
        return None
    since = residence.hungry_since
    if not residence.present and now - residence.last_used > policy.max_wait_s:
        since = None
    if not demand.waiting:
        return since
    oldest = now if demand.oldest is None else demand.oldest
    return oldest if since is None else min(since, oldest)


def loading(residence: Residence, reserve: Bytes, now: float) -> Residence:
    saved = 0.0 if residence.stopped_idle_at is None else now - residence.stopped_idle_at
    return replace(
        residence,
        state=EngineState.LOADING,
        since=now,
        run=residence.run + 1,
        held=reserve,
        stopped_idle_at=None,
        saved_s=residence.saved_s + saved,
    )


def loaded(
    residence: Residence, footprint: Bytes | None, took_s: float | None, now: float
) -> Residence:
    held = residence.held if footprint is None else footprint
    load_s = residence.load_s
    if took_s is not None and took_s >= 0.0:
        load_s = took_s if load_s is None else load_s + _LAST_LOAD * (took_s - load_s)
    return replace(
        residence,
        state=EngineState.WARM,
        since=now,
        loaded_at=now,
        held=held,
        learned=residence.learned if footprint is None else footprint,
        load_s=load_s,
        was_warm=True,
        given_up=False,
        lost_ports=0,
        hungry_since=None,
    )


def measured(residence: Residence, footprint: Bytes, budget: Bytes) -> Residence:
    """While it loads, what it will yet take stays reserved. Growth beyond the whole device is
    remembered as the whole device: it may be a leak, which a fresh start ends."""
    if not residence.holds:
        return residence
    if residence.state is EngineState.LOADING:
        footprint = larger(footprint, residence.held)
    learned = larger(residence.learned, smaller(footprint, budget))
    return replace(residence, held=footprint, learned=learned)


def leaving(residence: Residence, reason: Reason, now: float, *, stop: bool) -> Residence:
    """From here on it gets nothing new; with `stop` it is being ended."""
    return replace(residence, state=EngineState.DRAINING, since=now, leaving=reason, stopping=stop)


def staying(residence: Residence, now: float) -> Residence:
    """Its drain is taken back. Nothing was done to it yet but that it got nothing new."""
    return replace(residence, state=EngineState.WARM, since=now, leaving=None)


def gone(
    residence: Residence, budget: Bytes, policy: ResidencyPolicy, now: float, chance: float
) -> Residence:
    """It ended as asked. One that was wedged or stuck, or that alone exceeds the budget, is sick:
    loaded again at once it would end the same way."""
    death = _UNWELL.get(residence.leaving) if residence.leaving else None
    if death is None and excess(residence.held, budget):
        death = Death.OUT_OF_MEMORY
    if death is not None:
        return died(residence, death, policy, now, chance)
    return replace(
        residence,
        state=EngineState.COLD,
        since=now,
        held=NOTHING,
        leaving=None,
        stopping=False,
        stopped_idle_at=now if residence.leaving is Reason.IDLE else None,
    )


def died(
    residence: Residence, death: Death, policy: ResidencyPolicy, now: float, chance: float
) -> Residence:
    """Sick until `retry_at`. One that was never warm is given up after a few tries, and at once where
    its program cannot run here. A service that does not answer is not given up: somebody may start
    it at any time. Being given up ends at `retry_at` too, which is then far away."""
    sick = replace(
        residence, state=EngineState.SICK, since=now, held=NOTHING, leaving=None, stopping=False
    )
    if death is Death.PORT_TAKEN and residence.lost_ports < policy.port_tries:
        return replace(sick, lost_ports=residence.lost_ports + 1, retry_at=now)
    warm = residence.state is EngineState.WARM
    healthy = warm and now - residence.loaded_at >= policy.healthy_s
    deaths = 1 if healthy else residence.deaths + 1
    tried = not residence.was_warm and deaths >= policy.tries
    given_up = death in _HOPELESS or (tried and death is not Death.UNREACHABLE)
    # The exponent is bounded before the power is taken: deaths may be many.
    bound = min(policy.longest_delay_s, policy.first_delay_s * 2 ** min(deaths - 1, 16))
    delay_s = policy.give_up_s if given_up else bound * (0.5 + chance / 2)
    return replace(sick, deaths=deaths, given_up=given_up, retry_at=now + delay_s)
