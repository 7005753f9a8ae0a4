"""Three engines under a memory budget that forces swaps, as a configuration of the gateway. Pure.

As in a team's real machine, in small: the architect fills the memory and is alone in it; coder and
reviewer fit beside each other. Footprints are measured (`apps/devteam/README.md` says how).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from gilmok_devteam.roles import RoleId

ModelSet = Literal["smollm2", "qwen"]
SETS: Final[tuple[ModelSet, ...]] = ("smollm2", "qwen")


@dataclass(frozen=True, slots=True)
class Engine:
    role: RoleId
    memory_gb: float
    """GiB: weights, context and buffers."""
    context: int
    exclusive: bool = False


@dataclass(frozen=True, slots=True)
class Machine:
    ram_gb: float
    """GiB that all engines together may hold."""
    engines: tuple[Engine, ...]


MACHINES: Final[Mapping[ModelSet, Machine]] = {
    "smollm2": Machine(
        0.5,
        (
            Engine("architect", 0.34, 8192, exclusive=True),
            Engine("coder", 0.25, 4096),
            Engine("reviewer", 0.2, 2048),
        ),
    ),
    "qwen": Machine(
        2.2,
        (
            Engine("architect", 2.0, 4096, exclusive=True),
            Engine("coder", 0.75, 4096),
            Engine("reviewer", 0.7, 2048),
        ),
    ),
}

_QUIET: Final = """\
[embedded]
enabled = false

[discovery]
ollama = false
environment_keys = false
"""
"""Only the three engines answer: a cloud key in the environment is not used."""


def configuration(
    machine: Machine, weights: Mapping[RoleId, Path], ledger: Path, threads: int | None
) -> str:
    """TOML for `gilmok serve --config`. `threads`: of each engine; `None`: as the gateway likes."""
    tables = [_QUIET, f"[ledger]\npath = {_text(ledger)}\n"]
    tables.append(f"[memory]\nram_gb = {machine.ram_gb}\n")
    tables += [_engine(e, machine, weights[e.role], threads) for e in machine.engines]
    return "\n".join(tables)


def _engine(engine: Engine, machine: Machine, weights: Path, threads: int | None) -> str:
    lines = [
        "[[engines]]",
        f'id = "{engine.role}"',
        'driver = "llamacpp"',
        f"model = {_text(weights)}",
        f"context = {engine.context}",
        "slots = 1",
        f"memory_gb = {engine.memory_gb}",
        "min_residence_s = 1.0",
    ]
    if threads is not None:
        lines.append(f"threads = {threads}")
    if engine.exclusive:
        lines.append("exclusive = true")
    else:
        others = [e.role for e in machine.engines if not e.exclusive and e is not engine]
        lines.append(f"together = {json.dumps(others)}")
    return "\n".join(lines) + "\n"


def _text(path: Path) -> str:
    """A TOML basic string; JSON's escapes are among TOML's."""
    return json.dumps(str(path), ensure_ascii=False)
