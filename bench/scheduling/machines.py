"""The engines that are modelled, and where their figures are from."""

from __future__ import annotations

from bench.scheduling.engine import Machine


def gpu(slots: int, cache_blocks: int = 0) -> Machine:
    """A model of 7 to 8 billion parameters on a data-centre GPU: assumed, of the order of what vLLM's
    users publish."""
    return Machine(
        f"GPU, {_slots(slots)}", slots, 0.012, 0.00025, 8000.0, cache_blocks=cache_blocks
    )


def cpu(slots: int) -> Machine:
    """SmolLM2-135M in llama-server on one core: measured (480 prompt tokens a second, one answer 77
    tokens a second, four at once 106 together)."""
    return Machine(f"one core, {_slots(slots)}", slots, 0.0045, 0.0083, 480.0)


def _slots(count: int) -> str:
    return "1 slot" if count == 1 else f"{count} slots"
