"""What one kind of attack came to."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from msgspec import Struct


class Tally(Struct, frozen=True):
    """Attempts of one sort, and how many succeeded."""

    name: str
    attempts: int
    succeeded: int
    most: float
    """The share of successes from which the run fails."""
    examples: tuple[str, ...] = ()
    """Numbers or names of some that succeeded."""

    @property
    def share(self) -> float:
        return self.succeeded / self.attempts if self.attempts else 0.0

    @property
    def failed(self) -> bool:
        return not self.attempts or self.share > self.most


class Orders(Struct, frozen=True):
    """What the red team was told."""

    folder: Path
    """Empty, and for one kind alone."""
    data: Path
    """The folder of the public sets; may be absent."""
    seed: int
    scale: float
    """1 is the full run."""

    def count(self, full: int) -> int:
        return max(20, int(full * self.scale))


Attack = Callable[[Orders], Coroutine[Any, Any, list[Tally]]]


def endpoint(name: str, base_url: str, zone: str, model: str = "ok") -> str:
    return (
        f'[[endpoints]]\nid = "{name}"\nprovider = "openai"\nbase_url = "{base_url}"\n'
        f'model = "{model}"\nzone = "{zone}"\nprice_input = 1\nprice_output = 2\n'
    )
