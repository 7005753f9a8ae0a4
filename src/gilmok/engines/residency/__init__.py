"""Which engines are loaded, decided without I/O: see design.md.

`Residency` is what is loaded; `after` an event it is another; `decide` says what to do about those who
wait. `unfit` and `ready_in` answer what cannot be had, and when the rest can.
"""

from gilmok.engines.residency.actions import Action, Drain, Load, Reason, Stop
from gilmok.engines.residency.decide import decide
from gilmok.engines.residency.decision import Decision
from gilmok.engines.residency.events import (
    Event,
    Expected,
    Failed,
    Loaded,
    Measured,
    Reconfigured,
    Sampled,
    Stopped,
    Wedged,
)
from gilmok.engines.residency.fitness import Unfit, unfit
from gilmok.engines.residency.forecast import ready_in
from gilmok.engines.residency.policy import ResidencyPolicy
from gilmok.engines.residency.residence import Residence
from gilmok.engines.residency.residency import Residency

__all__ = [
    "Action",
    "Decision",
    "Drain",
    "Event",
    "Expected",
    "Failed",
    "Load",
    "Loaded",
    "Measured",
    "Reason",
    "Reconfigured",
    "Residence",
    "Residency",
    "ResidencyPolicy",
    "Sampled",
    "Stop",
    "Stopped",
    "Unfit",
    "Wedged",
    "decide",
    "ready_in",
    "unfit",
]
