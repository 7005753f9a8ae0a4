"""The life of an engine process as pure decisions: what a start, a death or a stop leads to.

```
Cold ──start──▶ Starting ──answers──▶ Ready ──dies──▶ Sick ──delay──▶ Starting …
                   └──dies──▶ Sick, or Stopped where another try is pointless
any ──stop──▶ Stopped
```
"""

from __future__ import annotations

import re
import signal
from enum import StrEnum

from msgspec import Struct


class EngineState(StrEnum):
    COLD = "cold"
    STARTING = "starting"
    READY = "ready"
    SICK = "sick"
    """Dead; it is started again after a delay."""
    STOPPED = "stopped"
    """Asked to stop, or given up. Final."""


class RestartPolicy(Struct, frozen=True, kw_only=True):
    first_delay_s: float = 0.5
    longest_delay_s: float = 30.0
    healthy_s: float = 60.0
    """After this long in `Ready`, earlier deaths are forgotten."""
    first_tries: int = 2
    """Deaths after which an engine that was never ready is given up: it will not get better."""
    port_tries: int = 5
    """Further tries when somebody else took the port; they wait for nothing."""


class Life(Struct, frozen=True, kw_only=True):
    state: EngineState = EngineState.COLD
    deaths: int = 0
    """In a row."""
    lost_ports: int = 0
    ready_since: float | None = None
    """Monotonic seconds, while ready."""
    was_ready: bool = False


class Death(StrEnum):
    """How a process ended without being asked to."""

    EXITED = "exited"
    PORT_TAKEN = "port_taken"
    WRONG_CPU = "wrong_cpu"
    """The binary holds instructions this processor lacks."""
    NOT_STARTED = "not_started"
    TOO_SLOW = "too_slow"
    OUT_OF_MEMORY = "out_of_memory"
    """It said so: what it needed was not free."""
    WEDGED = "wedged"
    """It is there and does nothing any more."""
    UNREACHABLE = "unreachable"
    """The service that runs it does not answer."""
    REFUSED = "refused"
    """The service that runs it answers that it will not: no such model, a wrong key."""


_HOPELESS = (Death.WRONG_CPU, Death.NOT_STARTED)
_NO_MEMORY = re.compile(
    r"out of memory|bad_alloc|(failed|unable|cannot|not enough memory) to allocate"
    r"|cudaMalloc failed|OutOf(Device|Host)Memory|requires more system memory"
    r"|No available memory|less than desired GPU memory",
    re.IGNORECASE,
)
"""How llama.cpp, Ollama, vLLM and the libraries below them say it."""


def cause(status: int, last_words: str) -> Death:
    """Why a process ended. `status` as `subprocess` reports it: negative for a signal."""
    if status == -signal.SIGILL:
        return Death.WRONG_CPU
    if status in (126, 127):
        return Death.NOT_STARTED
    if "couldn't bind" in last_words or "address already in use" in last_words:
        return Death.PORT_TAKEN
    return Death.OUT_OF_MEMORY if _NO_MEMORY.search(last_words) else Death.EXITED


def starting(life: Life) -> Life:
    return Life(
        state=EngineState.STARTING,
        deaths=life.deaths,
        lost_ports=life.lost_ports,
        was_ready=life.was_ready,
    )


def answered(life: Life, now: float) -> Life:
    return Life(state=EngineState.READY, deaths=life.deaths, ready_since=now, was_ready=True)


def stopped(life: Life) -> Life:
    return Life(state=EngineState.STOPPED, deaths=life.deaths, was_ready=life.was_ready)


def died(
    life: Life, death: Death, now: float, policy: RestartPolicy, random: float
) -> tuple[Life, float]:
    """The next life and the seconds to wait in it; `random` is uniform in [0, 1).

    An engine that has been ready once is never given up unless its binary cannot run.
    """
    if death is Death.PORT_TAKEN and life.lost_ports < policy.port_tries:
        again = Life(
            state=EngineState.SICK,
            deaths=life.deaths,
            lost_ports=life.lost_ports + 1,
            was_ready=life.was_ready,
        )
        return again, 0.0
    healthy = life.ready_since is not None and now - life.ready_since >= policy.healthy_s
    deaths = 1 if healthy else life.deaths + 1
    if death in _HOPELESS or (not life.was_ready and deaths >= policy.first_tries):
        return Life(state=EngineState.STOPPED, deaths=deaths, was_ready=life.was_ready), 0.0
    # The exponent is bounded before the power is taken: deaths may be many.
    bound = min(policy.longest_delay_s, policy.first_delay_s * 2 ** min(deaths - 1, 16))
    sick = Life(state=EngineState.SICK, deaths=deaths, was_ready=life.was_ready)
    return sick, bound * (0.5 + random / 2)
