"""The knobs of residency, each with the reason for its value."""

from __future__ import annotations

from msgspec import Struct


class ResidencyPolicy(Struct, frozen=True, kw_only=True):
    max_wait_s: float = 120.0
    """After so long no busy engine keeps a waiting one out any more: it is drained at the end of its
    turn. The hard bound behind which `swap_worth` may be as patient as it likes."""
    turn_s: float = 30.0
    """A newly loaded engine keeps its place so long at most while requests that waited for it have
    not begun. Without it two overloaded engines would evict each other before either answers."""
    swap_worth: float = 3.0
    """How long a request waits before a busy engine goes for it: so many times the swap (both loads)
    for every request that the swap would keep waiting. 1 would be the break-even of renting against
    buying; more makes swaps fewer, and waits longer, within `max_wait_s`."""
    keep_worth: float = 1.25
    """An engine with nothing to do is kept for so many times the swap while another waits for its place,
    if it was usually asked for again in such a time. A little over break-even: see design.md."""
    urgent_s: float = 10.0
    """A request of urgency 1 is treated as if it had come so much earlier; `max_wait_s` at most."""
    half_life_s: float = 300.0
    """Of recent demand."""
    regret_s: float = 5.0
    """A drain is taken back when nobody has waited for the place for so long. Not at once: where
    requests with short deadlines come and go, the next one would find it busy again."""
    drain_s: float = 5.0
    """What finishing the requests in flight is taken to last; for predictions only."""
    stuck_s: float = 600.0
    """A load that takes longer, and longer than ten times its estimate, is stopped."""
    idle_utilisation: float = 0.05
    """An engine sampled at or above it is in use, whoever uses it."""
    first_delay_s: float = 0.5
    longest_delay_s: float = 30.0
    healthy_s: float = 60.0
    """After so long warm, earlier deaths are forgotten."""
    tries: int = 3
    """Deaths in a row after which an engine that was never warm is given up."""
    port_tries: int = 5
    """Further tries when somebody else took the port; they wait for nothing."""
    give_up_s: float = 300.0
    """An engine that was given up is tried again when it is asked for after so long."""
