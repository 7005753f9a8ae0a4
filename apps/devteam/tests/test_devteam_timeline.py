"""Calls and samples become spans: what waited, what loaded, what answered."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from apps.devteam.tests.scenes import ARCHITECT, CODER, MB, SWAP, samples

from gilmok_devteam.timeline import Call, Load, Phase, Span, Timeline


def kinds(timeline: Timeline, call: Call) -> list[tuple[str, float, float]]:
    return [(s.kind.value, s.start, s.end) for s in timeline.phases(call)]


def test_states_last_until_the_next_sample_and_neighbours_are_one() -> None:
    assert SWAP.loads("architect") == (
        Span(0.0, 1.0, Load.COLD),
        Span(1.0, 2.0, Load.LOADING),
        Span(2.0, 7.0, Load.WARM),
        Span(7.0, 8.0, Load.DRAINING),
        Span(8.0, 12.5, Load.COLD),
    )
    assert SWAP.loads("nobody") == ()


def test_a_call_is_cut_into_what_it_did() -> None:
    assert kinds(SWAP, CODER) == [
        ("queued", 6.0, 7.0),
        ("loading", 7.0, 9.0),
        ("reading", 9.0, 9.5),
        ("answering", 9.5, 12.0),
    ]


@pytest.mark.parametrize("call", [ARCHITECT, CODER])
@pytest.mark.parametrize(
    "change",
    [
        {},
        {"begun": None},
        {"first": None},
        {"begun": None, "first": None},
        {"ended": None},
        {"ended": None, "first": None, "begun": None},
        {"outcome": "deadline_exceeded", "first": None},
        {"outcome": "stream_broken"},
        {"first": 0.1},  # a clock that disagrees
    ],
    ids=str,
)
def test_phases_are_in_order_and_without_gaps(call: Call, change: dict[str, object]) -> None:
    changed = replace(call, **change)  # type: ignore[arg-type]
    spans = SWAP.phases(changed)
    assert spans[0].start == call.sent
    assert spans[-1].end == (SWAP.now if changed.ended is None else changed.ended)
    for before, after in pairwise(spans):
        assert before.start < before.end == after.start
    assert (spans[-1].kind is Phase.FAILED) == changed.failed


def test_without_the_gateways_word_the_engine_begins_once_it_is_loaded() -> None:
    spans = kinds(SWAP, replace(CODER, begun=None))
    assert spans[:3] == [("queued", 6.0, 7.0), ("loading", 7.0, 9.0), ("reading", 9.0, 9.5)]
    alone = Timeline((replace(CODER, begun=None),), now=12.0)
    assert kinds(alone, alone.calls[0]) == [("reading", 6.0, 9.5), ("answering", 9.5, 12.0)]


def test_an_open_call_waits_until_now() -> None:
    waiting = Call(role="coder", model="coder", sent=7.5)
    timeline = Timeline((waiting,), SWAP.samples[:9], now=8.5)
    assert kinds(timeline, waiting) == [("loading", 7.5, 8.5)]


def test_sums_of_a_call() -> None:
    assert SWAP.spent(CODER, Phase.LOADING) == pytest.approx(2.0)
    assert SWAP.spent(CODER, Phase.QUEUED) == pytest.approx(1.0)
    assert CODER.tokens_per_s == pytest.approx(40.0)
    assert replace(CODER, ended=9.5).tokens_per_s is None


@pytest.mark.parametrize(
    ("letters", "loads"),
    [
        ("....", 0),
        (".lWW", 1),
        (".WWW", 1),  # faster than two samples
        ("WWW.", 0),  # loaded before the run
        ("lW..lW", 1),  # the first was under way already
        ("WWlW", 1),  # gone and on its way again between two samples
        (".lxlW", 2),
        (".WdW", 2),
    ],
)
def test_loads_are_counted(letters: str, loads: int) -> None:
    assert Timeline(samples=samples(coder=letters)).loads_begun() == loads


def test_engines_in_the_order_of_the_calls_and_the_most_memory() -> None:
    assert SWAP.engines == ("architect", "coder")
    assert Timeline(samples=samples(b="..", a="..")).engines == ("b", "a")
    assert SWAP.peak == 600 * MB
    assert SWAP.budget == 600 * MB
    assert Timeline().budget is None
