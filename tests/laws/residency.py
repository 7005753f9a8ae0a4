"""A machine with engines on virtual time, where anything may go wrong: `live(seed)` is one life of it.

The engines, their memory and their requests are simulated here; what is loaded is decided by the real
`decide`. The world keeps its own books (processes, bytes, requests) and compares at every step: see
`Books` in `residency_checks`.
"""

from __future__ import annotations

import heapq
import math
from collections import Counter
from collections.abc import Callable
from random import Random

from msgspec import Struct
from msgspec.structs import replace

from gilmok.core.engine import Demand, EngineState
from gilmok.engines.lifecycle import Death
from gilmok.engines.residency import (
    Action,
    Drain,
    Event,
    Expected,
    Failed,
    Load,
    Loaded,
    Measured,
    Reconfigured,
    Residency,
    Sampled,
    Stop,
    Stopped,
    Wedged,
    decide,
    ready_in,
    unfit,
)
from gilmok.engines.residency.busy import wedged_at
from tests.laws.machines import Asked, Fault, Machine, machine
from tests.laws.residency_checks import Books, Process

REQUESTS = 25
WEDGE_S = 15.0


class Story(Struct, frozen=True, kw_only=True):
    """How a life went."""

    broken: tuple[str, ...]
    answers: Counter[str]
    """One per request."""
    events: Counter[str]
    """Faults by name and state, actions by name and reason."""


def live(seed: int, requests: int = REQUESTS) -> Story:
    world = World(machine(Random(seed), requests), Random(seed + 1))
    world.run()
    return Story(
        broken=tuple(world.books.broken), answers=world.books.answers, events=world.books.events
    )


class World:
    def __init__(self, machine: Machine, chance: Random) -> None:
        self._machine, self._chance = machine, chance
        self._residency = Residency.of(machine.needs, machine.budget, machine.policy)
        self._waiting: dict[str, list[Asked]] = {engine: [] for engine in machine.needs}
        self._heap: list[tuple[float, int, Callable[[], None]]] = []
        self._scheduled = 0
        self._look_at: float | None = None
        self._decide_first = chance.random() < 0.5
        self._loads = 0
        self._seen: dict[str, Demand] = {}
        self.now = 0.0
        self.books = Books(machine)
        for asked in machine.requests:
            self._at(asked.at, lambda asked=asked: self._arrive(asked))  # type: ignore[misc]
        if chance.random() < 0.1:
            self._at(chance.uniform(0.0, machine.requests[-1].at), self._reconfigure)

    def run(self) -> None:
        self._decide()
        steps = 0
        while self.books.answers.total() < len(self._machine.requests) and not self.books.broken:
            due = self._heap[0][0] if self._heap else math.inf
            steps += 1
            if steps > 200 * len(self._machine.requests):
                self.books.breaks("it does not come to rest")
            if self._look_at is not None and self._look_at < due:
                self.now, self._look_at = self._look_at, None
                self._decide()
                continue
            if self._chance.random() < 0.1:
                between = self._chance.uniform(self.now, due)
                self.books.check_sleep(self._residency, self._seen, between)
            self.now, _, act = heapq.heappop(self._heap)
            act()
            self._check()

    # Requests

    def _arrive(self, asked: Asked) -> None:
        self._notice()
        ready_s = ready_in(self._residency, self._demands(), asked.engine, self.now)
        self.books.check_forecast(self._residency, asked.engine, ready_s, self.now)
        if ready_s is None:
            reason = "unfit" if unfit(self._residency, asked.engine) else "unavailable"
            self.books.answered(asked, reason)
            return
        self._waiting[asked.engine].append(asked)
        self._at(asked.at + asked.patience_s, lambda: self._refuse(asked))
        self._changed(asked.engine)

    def _notice(self) -> None:
        """Now and then a watchdog says something about an engine, whatever its state."""
        if self._chance.random() < 0.1:
            engine = self._chance.choice(sorted(self._machine.needs))
            until = self.now + self._chance.choice((0.0, 20.0, 200.0))
            self._tell(Expected(engine=engine, until=until))
        if self._chance.random() < 0.1:
            engine = self._chance.choice(sorted(self._machine.needs))
            self._tell(Sampled(engine=engine, utilisation=self._chance.random() / 10))

    def _refuse(self, asked: Asked) -> None:
        if asked in self._waiting.get(asked.engine, ()):
            self._waiting[asked.engine].remove(asked)
            self.books.answered(asked, "deadline")
            self._changed(asked.engine)

    def _begin(self) -> None:
        """What a dispatcher does: only warm engines get something, and only as much as they can do."""
        for engine, waiting in self._waiting.items():
            process = self.books.processes.get(engine)
            if process is None or self._residency.state(engine) is not EngineState.WARM:
                continue
            slots = self._residency.needs[engine].slots
            while waiting and len(process.running) < slots:
                asked = waiting.pop(0)
                process.running[asked.number] = asked
                process.served += 1
                process.last_progress = self.now
                self._at(self.now + asked.work_s, lambda a=asked, p=process: self._finish(a, p))  # type: ignore[misc]
                self._watch(process)

    def _finish(self, asked: Asked, process: Process) -> None:
        if process.wedged or process.gone or asked.number not in process.running:
            return
        del process.running[asked.number]
        process.last_progress = self.now
        self.books.answered(asked, "answered")
        self._changed(asked.engine)

    def _demands(self) -> dict[str, Demand]:
        demands = {}
        for engine, waiting in self._waiting.items():
            process = self.books.processes.get(engine)
            running = len(process.running) if process else 0
            if waiting or running:
                demands[engine] = Demand(
                    waiting=len(waiting),
                    running=running,
                    oldest=min((a.at for a in waiting), default=None),
                    work_s=sum(a.work_s for a in waiting) / self._machine.needs[engine].slots,
                    urgency=max((a.urgency for a in waiting), default=0.0),
                )
        return demands

    # Processes

    def _act(self, action: Action) -> None:
        waiting = self._waiting[action.engine]
        self.books.acted(action, self._residency, waiting, self.now)
        match action:
            case Load():
                self._start(action)
            case Drain():
                self._drain(self.books.processes[action.engine])
            case Stop():
                self._end(self.books.processes[action.engine])

    def _drain(self, process: Process) -> None:
        soon_s = self._chance.uniform(0.0, 2.0)
        match process.fault:
            case Fault.KILLED_DRAINING:
                self._in(soon_s, lambda: self._die(process))
            case Fault.WEDGED_DRAINING:
                self._in(soon_s, lambda: self._wedge(process))
            case Fault.GROWS_DRAINING:
                self._in(soon_s, lambda: self._grow(process))
            case _:
                self._watch(process)

    def _start(self, load: Load) -> None:
        need = self._residency.needs[load.engine]
        process = Process(load.engine, load.run, dict(need.footprint), self.now)
        if not self.books.started(process, need, self._residency.budget):
            return
        faulty = self.now < self._machine.faults_end
        if faulty and self._chance.random() < self._machine.faults:
            process.fault = self._chance.choice(list(Fault))
            self.books.events[f"fault {process.fault}"] += 1
        load_s = need.load_s * self._chance.uniform(0.7, 1.0)
        if process.fault is Fault.SLOW:
            load_s *= 5.0
        if not self._fails_to_load(process, load_s):
            self._in(load_s, lambda: self._load_done(process, load_s))

    def _fails_to_load(self, process: Process, load_s: float) -> bool:
        """Has its fault happen, if it is one of loading; true where it will never be loaded."""
        match process.fault:
            case Fault.KILLED_LOADING:
                self._in(self._chance.random() * load_s, lambda: self._die(process))
            case Fault.OUT_OF_MEMORY:
                self._in(load_s / 2, lambda: self._die(process, Death.OUT_OF_MEMORY))
            case Fault.PORT_TAKEN:
                self._in(0.1, lambda: self._die(process, Death.PORT_TAKEN))
            case Fault.HOPELESS:
                self._in(0.0, lambda: self._die(process, Death.NOT_STARTED))
            case Fault.NEVER_LOADED:
                pass
            case Fault.GROWS_LOADING:
                self._in(self._chance.random() * load_s, lambda: self._grow(process))
                return False
            case _:
                return False
        return True

    def _load_done(self, process: Process, took_s: float) -> None:
        if process.gone or process.stopping:
            return
        process.loaded_at = self.now
        process.waited_for = len(self._waiting.get(process.engine, ()))
        factor = 1.5 if process.fault is Fault.LARGER else self._chance.choice((1.0, 1.0, 0.7))
        told = factor != 1.0 or self._chance.random() < 0.5
        process.holds({d: int(n * factor) for d, n in process.bytes.items()})
        if process.fault is Fault.LARGER:
            self.books.excess_grows(self._residency.budget)
        self._tell(
            Loaded(
                engine=process.engine,
                footprint=dict(process.bytes) if told else None,
                took_s=took_s,
                run=process.run,
            )
        )
        later_s = self._chance.choice((0.0, 1.0, 20.0)) * self._chance.random()
        match process.fault:
            case Fault.KILLED_WARM:
                self._in(later_s, lambda: self._die(process))
            case Fault.WEDGED_WARM:
                self._in(later_s, lambda: self._wedge(process))
            case Fault.GROWS_WARM:
                self._in(later_s, lambda: self._grow(process))
            case _:
                pass

    def _grow(self, process: Process) -> None:
        if process.gone:
            return
        process.holds({d: int(n * 1.6) + 1 for d, n in process.bytes.items()})
        self.books.excess_grows(self._residency.budget)
        self._tell(Measured(engine=process.engine, footprint=dict(process.bytes), run=process.run))

    def _wedge(self, process: Process) -> None:
        process.wedged = True
        self._watch(process)

    def _watch(self, process: Process) -> None:
        """The busy watchdog, for those that no longer give tokens."""
        if not process.wedged or process.gone:
            return
        engine = process.engine
        at = wedged_at(
            self._residency.residences[engine],
            Demand(running=len(process.running)),
            process.last_progress,
            WEDGE_S,
        )
        if at is None:
            return
        if at <= self.now:
            self._tell(Wedged(engine=engine, run=process.run))
        else:
            self._at(at, lambda: self._watch(process))

    def _end(self, process: Process) -> None:
        process.stopping = True
        slow = 10.0 if process.fault is Fault.SLOW_STOP else 1.0
        stop_s = self._chance.uniform(0.0, self._machine.stop_s) * slow
        if process.fault is Fault.KILLED_STOPPING:
            self._in(stop_s * self._chance.random(), lambda: self._die(process))
        self._in(stop_s, lambda: self._gone(process))

    def _gone(self, process: Process) -> None:
        if not process.gone:
            self._release(process)
            self._tell(Stopped(engine=process.engine, run=process.run))

    def _die(self, process: Process, death: Death = Death.EXITED) -> None:
        if process.gone:
            return
        state = "stopping" if process.stopping else self._residency.state(process.engine)
        self.books.events[f"died {state}"] += 1
        self._release(process)
        asked_to_go = process.stopping or self._residency.residences[process.engine].stopping
        self.books.died(process.engine, death is not Death.PORT_TAKEN and not asked_to_go, self.now)
        # A process that dies while it is being stopped may be seen either way.
        if process.stopping and self._chance.random() < 0.5:
            self._tell(Stopped(engine=process.engine, run=process.run))
        else:
            self._tell(Failed(engine=process.engine, death=death, run=process.run))

    def _release(self, process: Process) -> None:
        process.gone = True
        del self.books.processes[process.engine]
        for asked in process.running.values():
            # Its attempt failed: it waits again, or its client is told.
            if self.now < asked.at + asked.patience_s and self._chance.random() < 0.5:
                self._waiting[asked.engine].insert(0, asked)
            else:
                self.books.answered(asked, "engine_failed")
        process.running.clear()

    def _reconfigure(self) -> None:
        """Somebody edits the configuration: other memory, one engine less, and later again."""
        scale = self._chance.choice((0.6, 1.0, 1.5))
        budget = {d: int(n * scale) for d, n in self._machine.budget.items()}
        needs = dict(self._machine.needs)
        if len(needs) > 1:
            del needs[self._chance.choice(sorted(needs))]
            again = Reconfigured(needs=self._machine.needs, budget=self._machine.budget)
            self._in(self._chance.uniform(0.0, 60.0), lambda: self._configure(again))
        self._configure(Reconfigured(needs=needs, budget=budget))

    def _configure(self, change: Reconfigured) -> None:
        self.books.excess_grows(change.budget)
        self._tell(change)

    # Time

    def _tell(self, event: Event) -> None:
        self._residency = self._residency.after(event, self.now, self._chance.random())
        if not isinstance(event, Reconfigured) and self._chance.random() < 0.1:
            self._tell_late(event)
        if not self._decide_first:
            self._begin()
        self._decide()

    def _tell_late(self, event: Event) -> None:
        """The same of an earlier run, and of an engine nobody knows: nothing changes."""
        if isinstance(event, Loaded | Failed | Stopped | Measured | Wedged):
            for late in (replace(event, run=(event.run or 0) - 1), replace(event, engine="?")):
                if self._residency.after(late, self.now) is not self._residency:
                    self.books.breaks(f"a late event was believed: {late}")

    def _changed(self, engine: str) -> None:
        if not self._decide_first:
            self._begin()
        residence = self._residency.residences.get(engine)
        served = residence is not None and residence.state is EngineState.WARM
        if self._machine.sparse and served:
            self._begin()
        else:
            self._decide()

    def _decide(self) -> None:
        demands = self._seen = self._demands()
        before = self._residency
        decision = decide(before, demands, self.now)
        self.books.check_decision(before, demands, decision, self.now, again=self._loads % 7 == 0)
        self._loads += 1
        self._residency, self._look_at = decision.residency, decision.look_at
        for action in decision.actions:
            self._act(action)
        self.books.check_liveness(decision, demands, self.now, pending=bool(self.books.processes))
        self._begin()

    def _check(self) -> None:
        self.books.check(self._residency, self._demands(), self.now)

    def _in(self, seconds: float, act: Callable[[], None]) -> None:
        self._at(self.now + seconds, act)

    def _at(self, time: float, act: Callable[[], None]) -> None:
        self._scheduled += 1
        heapq.heappush(self._heap, (time, self._scheduled, act))
