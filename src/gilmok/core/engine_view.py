"""What this machine's engines are doing, as it is shown to people: `GET /v1/engines`.

A picture of one moment, made by whoever keeps the engines and the queues. It holds names and
numbers only. Bytes are bytes, spans are seconds, money is nano-dollars.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from gilmok.core.engine import EngineState


class DeviceView(Struct, frozen=True, kw_only=True):
    """Memory of one device."""

    id: str
    """`ram`, `gpu0`, …"""
    budget: int
    """What engines may take together."""
    held: int
    """What loaded and loading ones do take; never more than the budget."""


class EngineView(Struct, frozen=True, kw_only=True):
    id: str
    model: str
    driver: str
    """`llamacpp`, `ollama`, `vllm`, `pod`."""
    state: EngineState
    footprint: Mapping[str, int]
    """Bytes it takes where it is loaded, by device."""
    in_flight: int = 0
    waiting: int = 0
    slots: int = 1
    ready_in_s: float | None = None
    """Until it takes requests: while it loads, or where somebody waits for it. `None`: it is ready,
    or nobody knows."""
    stops_in_s: float | None = None
    """Until it is stopped because nobody uses it; `None`: nothing is planned."""
    pinned: bool = False
    problem: str = ""
    """Why it is sick: a stable code."""
    stopped_s: float = 0.0
    """How long it has been stopped for want of work, since the gateway started."""
    saved: int = 0
    """What these seconds would have cost."""


class QueueView(Struct, frozen=True, kw_only=True):
    """Requests that wait for one endpoint."""

    endpoint_id: str
    waiting: int
    running: int
    most: int
    """That may wait; the next is sent elsewhere or refused."""
    oldest_s: float = 0.0
    """How long the first of them has waited."""
    work_s: float = 0.0
    """What they are predicted to take together."""


class MachineView(Struct, frozen=True, kw_only=True):
    devices: tuple[DeviceView, ...] = ()
    engines: tuple[EngineView, ...] = ()
    queues: tuple[QueueView, ...] = ()


NO_ENGINES: Final = MachineView()
