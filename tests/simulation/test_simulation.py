"""A hundred lives of a gateway with faults at every port; each can be lived again."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.simulation.clockwork import Deadlock, VirtualLoop
from tests.simulation.run import run

SEEDS, AT_ONCE, APART = 100, 25, 40
EXPECTED = {
    "answered",
    "label_refused",
    "local_unavailable",
    "no_endpoint_available",
    "all_endpoints_failed",
    "journal_unavailable",
    "deadline_exceeded",
    "concurrency_exceeded",
    "stream_broken",
    "stream_stalled",
    "answers_rejected",
    "marked",
}


@pytest.mark.parametrize("first", range(0, SEEDS, AT_ONCE))
def test_whatever_happens(first: int, tmp_path: Path) -> None:
    outcomes: Counter[str] = Counter()
    for seed in range(first, first + AT_ONCE):
        seen = run(seed, tmp_path)
        assert not seen.broken, (
            f"{seen.broken[:5]}\nreplay it: python -m tests.simulation --seed {seed}"
        )
        outcomes.update(seen.outcomes)
    # The faults were there: without them the invariants would say little.
    assert outcomes.keys() >= EXPECTED
    assert outcomes["answered"] > AT_ONCE


ADVICE = {
    *("analysis: llm", "analysis: fast", "analysis: timeout", "analysis: invalid_answer"),
    *("selection: llm", "selection: objective", "selection: timeout", "selection: invalid_answer"),
    *("analysis: no_endpoint", "analysis: label", "selection: down", "analysis: connect_failed"),
}


def test_whatever_happens_while_models_advise(tmp_path: Path) -> None:
    advice: Counter[str] = Counter()
    for seed in range(500, 500 + APART):
        seen = run(seed, tmp_path, strategies=True)
        assert not seen.broken, (
            f"{seen.broken[:5]}\nreplay it: python -m tests.simulation --seed {seed} --strategies"
        )
        advice.update(seen.advice)
    assert advice.keys() >= ADVICE, ADVICE - advice.keys()


def test_whatever_happens_while_money_runs_out(tmp_path: Path) -> None:
    outcomes: Counter[str] = Counter()
    for seed in range(700, 700 + APART):
        seen = run(seed, tmp_path, strategies=seed % 2 == 0, caps=True)
        assert not seen.broken, (
            f"{seen.broken[:5]}\nreplay it: python -m tests.simulation --seed {seed} --caps"
            + " --strategies" * (seed % 2 == 0)
        )
        outcomes.update(seen.outcomes)
    assert outcomes.keys() >= {"answered", "budget_exceeded", "label_refused"}


def test_a_seed_replays_exactly(tmp_path: Path) -> None:
    first, again = run(7, tmp_path), run(7, tmp_path)
    assert first.trace == again.trace
    assert first.trace != run(8, tmp_path).trace


def test_a_seed_replays_in_another_process(tmp_path: Path) -> None:
    """Whatever order sets have there."""
    command = [sys.executable, "-m", "tests.simulation", "--seed", "7", "--quiet"]
    environment = {**os.environ, "PYTHONHASHSEED": "4242"}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    assert f"digest={run(7, tmp_path).digest}" in done.stdout


def test_waiting_for_nothing_is_found_out() -> None:
    loop = VirtualLoop()
    try:
        with pytest.raises(Deadlock):
            loop.run_until_complete(loop.create_future())
    finally:
        loop.close()
