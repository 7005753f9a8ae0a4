"""What must hold at every step of a life in `residency`, by books that the solver does not see."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence

from gilmok.core.engine import NOBODY, Bytes, Demand, EngineState, Need
from gilmok.engines.residency import (
    Action,
    Decision,
    Load,
    Reason,
    Residency,
    Stop,
    decide,
    unfit,
)
from tests.laws.machines import Asked, Fault, Machine


class Process:
    """One life of an engine, as it really is."""

    def __init__(self, engine: str, run: int, footprint: dict[str, int], now: float) -> None:
        self.engine, self.run, self.bytes, self.started_at = engine, run, footprint, now
        self.fault: Fault | None = None
        self.loaded_at: float | None = None
        self.waited_for = 0
        """Requests that waited for it when it was loaded."""
        self.served = 0
        self.last_progress = now
        self.running: dict[int, Asked] = {}
        self.stopping = self.gone = self.wedged = False

    def holds(self, footprint: dict[str, int]) -> None:
        self.bytes = footprint


def _states(residency: Residency) -> dict[str, EngineState]:
    return {engine: residence.state for engine, residence in residency.residences.items()}


class Books:
    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._answered: set[int] = set()
        self._excess: dict[str, int] = {}
        """By how much a device may be overdrawn: what growth or a smaller budget has brought about."""
        self._hungry: dict[str, float] = {}
        self._rests_until: dict[str, float] = {}
        """Of engines that died: before then it is not tried again."""
        self.processes: dict[str, Process] = {}
        self.broken: list[str] = []
        self.answers: Counter[str] = Counter()
        self.events: Counter[str] = Counter()

    def breaks(self, what: str) -> None:
        self.broken.append(what)

    def died(self, engine: str, delayed: bool, now: float) -> None:
        rest_s = self._machine.policy.first_delay_s / 2 if delayed else 0.0
        self._rests_until[engine] = now + rest_s

    def answered(self, asked: Asked, how: str) -> None:
        if asked.number in self._answered:
            self.breaks(f"request {asked.number} was answered twice")
        self._answered.add(asked.number)
        self.answers[how] += 1

    # Memory

    def _held(self, engines: Sequence[str] | None = None) -> Counter[str]:
        held: Counter[str] = Counter()
        for process in self.processes.values():
            if engines is None or process.engine in engines:
                held.update(process.bytes)
        return held

    def excess_grows(self, budget: Bytes) -> None:
        self._excess = {d: max(0, n - budget.get(d, 0)) for d, n in self._held().items()}

    def started(self, process: Process, need: Need, budget: Bytes) -> bool:
        """A load is only right where it fits beside everything that is there at this instant."""
        if process.engine in self.processes:
            self.breaks(f"{process.engine} was loaded twice")
            return False
        self.processes[process.engine] = process
        held = self._held()
        for device, amount in need.footprint.items():
            if amount and held[device] > budget.get(device, 0):
                self.breaks(f"{process.engine} was loaded where {device} is full: {held[device]}")
        return True

    def check(self, residency: Residency, demands: Mapping[str, Demand], now: float) -> None:
        holding = {e for e, r in residency.residences.items() if r.holds}
        if holding != self.processes.keys():
            self.breaks(f"processes {sorted(self.processes)}, remembered {sorted(holding)}")
        for device, amount in self._held().items():
            over = max(0, amount - residency.budget.get(device, 0))
            if over > self._excess.get(device, 0):
                self.breaks(f"{device} is overdrawn by {over}")
            self._excess[device] = over
        self._check_neighbours(residency)
        self._check_hunger(residency, demands, now)

    def _check_neighbours(self, residency: Residency) -> None:
        """Those that are loaded side by side may be, unless the configuration has just changed."""
        there = sorted(self.processes)
        for one in there:
            for other in there:
                if one < other and self._share(one, other):
                    a, b = residency.needs[one], residency.needs[other]
                    apart = a.exclusive or b.exclusive
                    apart |= bool(a.together) and other not in a.together
                    apart |= bool(b.together) and one not in b.together
                    if apart:
                        self.breaks(f"{one} and {other} are loaded together")

    def _share(self, one: str, other: str) -> bool:
        a, b = self.processes[one].bytes, self.processes[other].bytes
        return any(a[d] > 0 and b.get(d, 0) > 0 for d in a)

    # Decisions

    def acted(
        self, action: Action, residency: Residency, waiting: Sequence[Asked], now: float
    ) -> None:
        reason = getattr(action, "reason", "")
        self.events[f"{type(action).__name__} {reason}".strip()] += 1
        if isinstance(action, Load):
            if now < self._rests_until.get(action.engine, 0.0):
                self.breaks(f"{action.engine} has just died and is loaded again")
            return
        pinned = residency.needs[action.engine].pinned and not unfit(residency, action.engine)
        if pinned and action.reason in (Reason.SWAP, Reason.IDLE):
            self.breaks(f"{action} though it is pinned")
        process = self.processes.get(action.engine)
        if process is None:
            self.breaks(f"{action} of a process that is not there")
            return
        if isinstance(action, Stop):
            self._check_stop(action, process)
        if action.reason is Reason.SWAP and process.loaded_at is not None:
            self._check_turn(process, waiting, now)

    def _check_stop(self, stop: Stop, process: Process) -> None:
        if process.stopping:
            self.breaks(f"{stop.engine} was stopped twice")
        if process.running and not (stop.reason is Reason.WEDGED and process.wedged):
            self.breaks(f"{stop} cut {len(process.running)} requests")
        if stop.reason is Reason.STUCK and process.fault is not Fault.NEVER_LOADED:
            self.breaks(f"{stop.engine} was only slow")

    def _check_turn(self, process: Process, waiting: Sequence[Asked], now: float) -> None:
        """Whoever was loaded for somebody serves somebody before it goes."""
        loaded_at = process.loaded_at if process.loaded_at is not None else now
        early = now - loaded_at < self._machine.policy.turn_s
        still = [asked for asked in waiting if asked.at <= loaded_at]
        if early and process.waited_for and not process.served and still:
            self.breaks(f"{process.engine} was evicted before it served anybody")

    def check_decision(
        self,
        before: Residency,
        demands: Mapping[str, Demand],
        decision: Decision,
        now: float,
        again: bool,
    ) -> None:
        self._check_taken_back(before, demands, decision.residency)
        if decision.look_at is not None and decision.look_at <= now:
            self.breaks(f"look_at {decision.look_at} is not after {now}")
        if not again:
            return
        if decide(before, demands, now) != decision:
            self.breaks("the same question was decided otherwise")
        second = decide(decision.residency, demands, now)
        if second.actions or _states(second.residency) != _states(decision.residency):
            self.breaks(f"it changed its mind at once: {second.actions}")

    def _check_taken_back(
        self, before: Residency, demands: Mapping[str, Demand], residency: Residency
    ) -> None:
        """A drain is only taken back where nobody waits for memory on its devices."""
        for engine, residence in residency.residences.items():
            if residence.state is not EngineState.WARM or before.state(engine) is residence.state:
                continue
            self.events["taken back"] += 1
            for other, demand in demands.items():
                theirs = residency.residences.get(other)
                if theirs is None or theirs.holds or not demand.waiting:
                    continue
                process, wanted = self.processes[engine], residency.needs[other].footprint
                if any(n and wanted.get(d) for d, n in process.bytes.items()):
                    self.breaks(f"{engine} stays though {other} waits for its place")

    def check_sleep(
        self, residency: Residency, demands: Mapping[str, Demand], between: float
    ) -> None:
        """Nothing is to be done at a time at which nobody was going to look."""
        missed = decide(residency, demands, between)
        if missed.actions or _states(missed.residency) != _states(residency):
            self.breaks(f"{missed.actions} were due at {between}, and nobody looked")

    def check_liveness(
        self, decision: Decision, demands: Mapping[str, Demand], now: float, *, pending: bool
    ) -> None:
        residency = decision.residency
        staying = [e for e, r in residency.residences.items() if r.stays]
        for device, amount in self._held(staying).items():
            if amount > residency.budget.get(device, 0):
                self.breaks(f"{device} stays overdrawn: {amount}")
        for engine, residence in residency.residences.items():
            sick = residence.state is EngineState.SICK and now < residence.retry_at
            waited_for = demands.get(engine, NOBODY).waiting and not unfit(residency, engine)
            late = decision.look_at is None or decision.look_at > residence.retry_at
            if sick and waited_for and late:
                self.breaks(f"{engine} can be tried at {residence.retry_at}, and nobody will look")
        hungry = [e for e in demands if self._could_be_loaded(residency, demands, e, now)]
        if hungry and decision.look_at is None and not pending:
            self.breaks(f"nothing will ever happen for {hungry}")
        absent = [e for e, n in residency.needs.items() if n.pinned and e not in staying]
        alone = len(hungry) == 1 and not absent
        if alone and hungry[0] not in self.processes and self._fits(residency, hungry[0]):
            self.breaks(f"{hungry[0]} fits, is waited for, and was not loaded")

    def _could_be_loaded(
        self, residency: Residency, demands: Mapping[str, Demand], engine: str, now: float
    ) -> bool:
        residence = residency.residences.get(engine)
        if residence is None or residence.removed or not demands[engine].waiting:
            return False
        if residence.holds or unfit(residency, engine) is not None:
            return False
        return now >= residence.retry_at

    def _fits(self, residency: Residency, engine: str) -> bool:
        held, reserve = residency.held, residency.reserve(engine)
        if any(n and held.get(d, 0) + n > residency.budget.get(d, 0) for d, n in reserve.items()):
            return False
        need = residency.needs[engine]
        return (
            not need.exclusive
            and not need.together
            and not any(
                residency.needs[e].exclusive or residency.needs[e].together for e in self.processes
            )
        )

    # Waiting

    def _check_hunger(
        self, residency: Residency, demands: Mapping[str, Demand], now: float
    ) -> None:
        """Where nothing goes wrong, an engine that is waited for is loaded within a bound that the
        policy gives: twice `max_wait_s` (once for the wait, once for the urgent), and a turn of each."""
        if self._machine.faults:
            return
        for engine in self._hungry.keys() - residency.residences.keys():
            del self._hungry[engine]  # no longer configured
        for engine, residence in residency.residences.items():
            waits = demands.get(engine, NOBODY).waiting and not residence.removed
            if not waits or residence.state is EngineState.WARM or unfit(residency, engine):
                self._hungry.pop(engine, None)
                continue
            since = max(self._hungry.setdefault(engine, now), residence.since)
            if residence.state is EngineState.LOADING:
                since = self._hungry[engine]
            if now - since > self._bound():
                self.breaks(f"{engine} is waited for since {since}, now {now}")

    def _bound(self) -> float:
        policy, needs = self._machine.policy, self._machine.needs.values()
        turn_s = max(policy.turn_s, *(need.min_residence_s for need in needs))
        load_s = max(need.load_s for need in needs)
        drain_s = max(asked.work_s for asked in self._machine.requests) + self._machine.stop_s
        return 2 * policy.max_wait_s + (len(needs) + 1) * (turn_s + load_s + drain_s)

    def check_forecast(
        self, residency: Residency, engine: str, ready_s: float | None, now: float
    ) -> None:
        residence = residency.residences.get(engine)
        if ready_s is None:
            given_up = residence is not None and residence.given_up and now < residence.retry_at
            gone = residence is None or residence.removed or given_up
            if not gone and unfit(residency, engine) is None:
                self.breaks(f"{engine} can be loaded and is called impossible")
        elif not 0.0 <= ready_s < math.inf:
            self.breaks(f"{engine} is ready in {ready_s}")
        elif residence is not None and (ready_s == 0.0) != (residence.state is EngineState.WARM):
            self.breaks(f"{engine} is {residence.state} and ready in {ready_s}")
