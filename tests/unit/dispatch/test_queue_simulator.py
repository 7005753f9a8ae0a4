"""The model of an engine behind `make bench-scheduler` does what it says."""

from __future__ import annotations

import pytest
from bench.scheduling.engine import Engine, Machine
from bench.scheduling.policies import Ours, fcfs, sjf_oracle
from bench.scheduling.predictors import oracle
from bench.scheduling.replay import at_load, capacity, replay
from bench.scheduling.traces import Job, code

from gilmok.dispatch.queue import QueuePolicy

MACHINE = Machine("test", 2, step_s=0.01, shared_s=0.005, prefill_tokens_per_s=1000.0, chunk=100)


def test_one_request_takes_its_prompt_and_its_steps() -> None:
    (served,) = replay([Job(0, 5.0, 2000, 11)], MACHINE, fcfs(MACHINE))
    assert served.ttft == pytest.approx(2.0)
    assert served.latency == pytest.approx(2.0 + 10 * 0.015)


def test_a_prompt_holds_up_whoever_decodes() -> None:
    engine = Engine(MACHINE)
    engine.begin(0, 100, 101)
    while not engine.advance(1e9):
        pass
    start = engine.now
    engine.begin(1, 1000, 1)
    ended = {
        step.id: step.at - start for _ in range(9) for step in engine.advance(1e9) if step.ended
    }
    # Ten steps of 10 + 5 + 100 ms read the prompt, while the first had ten of its hundred tokens.
    assert ended[1] == pytest.approx(10 * 0.115)
    assert ended[0] == pytest.approx(10 * 0.115 + 90 * 0.015)


def test_beginnings_in_the_cache_are_not_read_again() -> None:
    engine = Engine(Machine("test", 1, 0.01, 0.0, 1000.0, cache_blocks=2))
    assert engine.begin(0, 1100, 1, (1, 2)) == 0
    assert engine.begin(1, 1100, 1, (1, 2)) == 1024
    assert engine.begin(2, 1100, 1, (1, 3)) == 512
    assert engine.begin(3, 600, 1, (1, 2)) == 512, "the least recently used went"


def test_a_load_is_of_what_the_engine_serves_when_it_never_waits() -> None:
    jobs = at_load(code(500, 1), MACHINE, 0.5)
    rate = len(jobs) / jobs[-1].at
    assert rate == pytest.approx(0.5 * capacity(jobs, MACHINE), rel=0.01)


def test_every_rule_serves_everybody_once_and_sizes_help() -> None:
    jobs = at_load(code(600, 2), MACHINE, 0.9)
    policy = QueuePolicy(concurrent=2, waiting=10**6)
    means = []
    for rule in (fcfs(MACHINE), sjf_oracle(MACHINE), Ours(MACHINE, policy, oracle)):
        served = replay(jobs, MACHINE, rule)
        assert all(s.arrived <= s.began <= s.first <= s.ended for s in served)
        means.append(sum(s.latency for s in served) / len(served))
    first_come, by_size, ours = means
    assert by_size < ours < first_come
