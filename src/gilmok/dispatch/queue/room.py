"""How much an engine is given at once: requests, and tokens of all of them together.

Out of memory cuts both limits in proportion, and each run of answers that went well gives a little
back, so that an engine is kept just under what it can bear without anybody knowing what that is.
"""

from __future__ import annotations

from math import inf
from typing import Final

from gilmok.dispatch.queue.policy import QueuePolicy

_CUT: Final = 0.7
_CALM: Final = 16
"""Answers that went well before a limit is raised by one step."""
_STEP: Final = 1.0 / 16.0
"""Of what was taken away, as tokens; requests come back one by one."""


class Room:
    """Invariant: `slots` is at least 1 while the engine offers any."""

    __slots__ = (
        "_calm",
        "_headroom",
        "_offered",
        "_requests",
        "_tokens",
        "epoch",
        "policy",
        "running",
        "tokens",
    )

    def __init__(self, policy: QueuePolicy) -> None:
        self.policy = policy
        self.running = 0
        self.tokens = 0.0
        """Of all that run, predicted answers included."""
        self._offered = 0
        self._requests = inf
        self._tokens = inf
        self._headroom = inf
        self._calm = 0
        self.epoch = 0
        """How often it was cut."""

    @property
    def slots(self) -> int:
        """Requests at once."""
        return int(min(self._offered, self.policy.concurrent, max(1.0, self._requests)))

    @property
    def is_open(self) -> bool:
        return self._offered > 0

    @property
    def most_tokens(self) -> float:
        return min(self.policy.batch_tokens or inf, self._tokens, self._headroom)

    def open(self, slots: int) -> None:
        """What the engine offers; those that run go on."""
        self._offered = max(0, slots)

    def headroom(self, tokens: int | None) -> None:
        """What the device's memory has room for, measured; `None`: unknown."""
        self._headroom = inf if tokens is None else max(0, tokens)

    def has_place(self) -> bool:
        return self.running < self.slots

    def fits(self, tokens: float) -> bool:
        """Whoever runs alone always does: it could never run otherwise."""
        return not self.running or self.tokens + tokens <= self.most_tokens

    def enter(self, tokens: float) -> None:
        self.running += 1
        self.tokens += tokens

    def leave(self, tokens: float) -> None:
        self.running -= 1
        self.tokens = self.tokens - tokens if self.running else 0.0

    def out_of_memory(self, epoch: int) -> None:
        """To one that entered in this epoch, before it leaves. Those that fail together are one
        event: who entered before the last cut says nothing about what it left."""
        if epoch < self.epoch:
            return
        self.epoch += 1
        self._requests = max(1.0, float(int(self.running * _CUT)))
        self._tokens = max(1.0, self.tokens * _CUT)
        self._calm = 0

    def went_well(self) -> None:
        if self._requests == inf:
            return
        self._calm += 1
        if self._calm < _CALM:
            return
        self._calm = 0
        self._requests += 1.0
        self._tokens *= 1.0 + _STEP
        if self._requests > min(self._offered or inf, self.policy.concurrent):
            self._requests = self._tokens = inf
