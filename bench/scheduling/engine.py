"""A model of an engine with continuous batching, in which time passes from event to event.

Each step gives every request that decodes one token, and reads at most one chunk of the first prompt
that is not read yet (as vLLM and llama.cpp do it). A step takes

    step + shared · decoding + chunk / prefill rate (while a prompt is being read)

seconds. Between events all rates are constant, so nothing is simulated token by token.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass
from heapq import heappop, heappush
from math import inf


@dataclass(frozen=True)
class Machine:
    """Seconds and tokens per second."""

    name: str
    slots: int
    step_s: float
    shared_s: float
    prefill_tokens_per_s: float
    chunk: int = 512
    overhead_s: float = 0.0
    cache_blocks: int = 0
    """Blocks of prompt prefixes the engine keeps, least recently used go first."""
    block: int = 512


@dataclass(frozen=True)
class Step:
    """Something that happened in the engine."""

    at: float
    id: int
    ended: bool
    """False: its first token came."""


class Engine:
    """Give it requests with `begin`; `advance` says what happened."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.now = 0.0
        self._reading: deque[list[float]] = deque()
        self._steps = 0.0
        """Tokens every decoding request has had since the start."""
        self._ends: list[tuple[float, int]] = []
        self._outputs: dict[int, int] = {}
        self._cache: OrderedDict[int, None] = OrderedDict()

    def __len__(self) -> int:
        return len(self._reading) + len(self._ends)

    def begin(self, id: int, prompt: int, output: int, prefix: tuple[int, ...] = ()) -> int:
        """Returns how many tokens of the prompt were cached."""
        cached = min(self._cached(prefix), prompt - 1)
        overhead = self.machine.overhead_s * self.machine.prefill_tokens_per_s
        self._reading.append([float(id), prompt - cached + overhead])
        self._outputs[id] = output
        return cached

    def _cached(self, prefix: tuple[int, ...]) -> int:
        blocks, known = 0, True
        for block in prefix:
            known = known and block in self._cache
            blocks += known
        if self.machine.cache_blocks:
            for block in reversed(prefix):
                self._cache[block] = None
                self._cache.move_to_end(block)
            while len(self._cache) > self.machine.cache_blocks:
                self._cache.popitem(last=False)
        return blocks * self.machine.block

    def _pace(self) -> tuple[float, float]:
        """Steps per second, prompt tokens per second."""
        m, decoding = self.machine, len(self._ends)
        if not self._reading:
            return 1.0 / (m.step_s + m.shared_s * max(1, decoding)), 0.0
        base = m.step_s + m.shared_s * decoding if decoding else 0.0
        step = base + m.chunk / m.prefill_tokens_per_s
        return 1.0 / step, m.chunk / step

    def next_event(self) -> float:
        steps, tokens = self._pace()
        read = self._reading[0][1] / tokens if self._reading else inf
        end = (self._ends[0][0] - self._steps) / steps if self._ends else inf
        return self.now + max(0.0, min(read, end))

    def advance(self, until: float) -> list[Step]:
        """To the next event or to `until`, whichever comes first."""
        at = min(self.next_event(), until)
        steps, tokens = self._pace()
        passed = at - self.now
        self._steps += steps * passed
        if self._reading:
            self._reading[0][1] -= tokens * passed
        self.now = at
        return list(self._happened())

    def _happened(self) -> list[Step]:
        happened: list[Step] = []
        while self._ends and self._ends[0][0] <= self._steps + 1e-9:
            happened.append(Step(self.now, heappop(self._ends)[1], True))
        while self._reading and self._reading[0][1] <= 1e-6:
            id = int(self._reading.popleft()[0])
            happened.append(Step(self.now, id, False))
            left = self._outputs.pop(id) - 1
            if left > 0:
                heappush(self._ends, (self._steps + left, id))
            else:
                happened.append(Step(self.now, id, True))
        return happened
