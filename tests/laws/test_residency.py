"""The law of residency, short form; `python -m fuzz.residency` is the long one."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.laws.machines import Fault
from tests.laws.residency import live

SEEDS = 320
ANSWERS = {"answered", "deadline", "unfit", "unavailable"}
STATES = {"loading", "warm", "draining", "stopping"}
REASONS = {"swap", "idle", "memory", "wedged", "stuck", "removed"}


def test_whatever_happens_to_engines() -> None:
    answers: Counter[str] = Counter()
    events: Counter[str] = Counter()
    for seed in range(SEEDS):
        story = live(seed)
        assert not story.broken, (
            f"{story.broken}\nreplay it: python -m fuzz.residency --seed {seed}"
        )
        answers.update(story.answers)
        events.update(story.events)
    # The faults were there: without them the checks would say little.
    assert answers.keys() >= ANSWERS
    assert events.keys() >= {f"fault {fault}" for fault in Fault}
    assert events.keys() >= {f"died {state}" for state in STATES}
    assert events.keys() >= {f"Stop {reason}" for reason in REASONS}
    assert events["taken back"]


@pytest.mark.parametrize("seed", [1_072_781, 3_007_632])
def test_nothing_is_due_before_the_next_look(seed: int) -> None:
    """A promise that cleared the way for a third; a load that never ended."""
    assert not live(seed).broken


def test_a_life_replays_exactly() -> None:
    assert live(7) == live(7)
    assert live(7) != live(8)
