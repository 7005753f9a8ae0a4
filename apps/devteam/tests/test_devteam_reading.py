"""What the gateway says is read with care, whatever it says; and what models say, too."""

from __future__ import annotations

import pytest

from gilmok_devteam.lookups import read_decision, read_sample
from gilmok_devteam.outcome import End, Message, Outcome, approves, code_of
from gilmok_devteam.recording import UNFINISHED, UNREACHABLE, Decision, Recorder
from gilmok_devteam.roles import APPROVAL, CODER, REVIEWER, ROLES
from gilmok_devteam.timeline import EngineAt, Load, Sample

DECISION = {
    "outcome": "completed",
    "error": None,
    "endpoint_id": "coder",
    "prompt_tokens": 86,
    "completion_tokens": 30,
    "first_token_ms": 2100.5,
    "total_ms": 3000,
    "explanation": {
        "attempts": [
            {"number": 1, "started_ms": 0.4, "queued_ms": 10.0},
            {"number": 2, "started_ms": 100.0, "queued_ms": 1900.0},
            {"number": 3, "started_ms": 1.0, "queued_ms": 0.0, "purpose": "analysis"},
        ]
    },
}
ENGINES = {
    "devices": [{"id": "ram", "budget": 500, "held": 300}, {"id": "gpu0", "budget": 9, "held": 1}],
    "engines": [{"id": "coder", "state": "warm"}, {"id": "reviewer", "state": "loading"}],
}
JUNK = [None, 7, "x", [], [1], {}, {"engines": 3}, {"engines": [None, {"id": 3}, {"id": "a"}]}]


def test_a_decision_is_read() -> None:
    assert read_decision(DECISION) == Decision(
        outcome="completed",
        endpoint="coder",
        begun_ms=2000.0,
        first_ms=2100.5,
        total_ms=3000.0,
        prompt_tokens=86,
        completion_tokens=30,
    )
    failed = read_decision({"outcome": "failed", "error": "all_endpoints_failed"})
    assert failed == Decision(outcome="all_endpoints_failed")
    assert read_decision({"outcome": "cancelled", "error": None}) == Decision(outcome="cancelled")


def test_engines_are_read() -> None:
    assert read_sample(ENGINES, 1.5) == Sample(
        at=1.5,
        held=301,
        budget=509,
        engines=(EngineAt(id="coder", load=Load.WARM), EngineAt(id="reviewer", load=Load.LOADING)),
    )


@pytest.mark.parametrize("body", JUNK, ids=str)
def test_what_cannot_be_read_is_not_known(body: object) -> None:
    assert read_decision(body) is None
    assert read_sample(body, 0.0) is None


@pytest.mark.parametrize(
    "attempts",
    [None, [], ["x"], [{"started_ms": "1"}], [{"started_ms": 1.0}], [{"queued_ms": True}]],
    ids=str,
)
def test_a_decision_without_times_is_read_without_them(attempts: object) -> None:
    body = {**DECISION, "total_ms": True, "explanation": {"attempts": attempts}}
    found = read_decision(body)
    assert found is not None
    assert found.begun_ms is None
    assert found.total_ms is None


# --- recording ------------------------------------------------------------------------------------


class Hand:
    """A clock moved by hand."""

    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        return self.at


def test_what_the_gateway_recorded_replaces_what_the_client_saw() -> None:
    clock = Hand()
    recorder = Recorder(clock)
    clock.at += 1
    number = recorder.sent("coder", "coder")
    clock.at += 2
    recorder.answered(number, decision="dec_1", endpoint="coder")
    recorder.token("coder")
    clock.at += 1
    recorder.finished("coder", 0, 0)
    assert recorder.to_settle() == ((0, "dec_1"),)
    found = read_decision(DECISION)
    assert found is not None
    recorder.settled(0, found)
    (call,) = recorder.timeline.calls
    assert (call.sent, call.begun, call.first, call.ended) == (1.0, 3.0, 3.1005, 4.0)
    assert (call.prompt_tokens, call.completion_tokens) == (86, 30)


def test_what_is_left_open_is_named() -> None:
    clock = Hand()
    recorder = Recorder(clock)
    recorder.sent("coder", "a")
    clock.at += 1
    number = recorder.sent("coder", "a")  # a retry: nothing came back for the first
    recorder.answered(number, decision="dec_1", endpoint="a")
    recorder.sent("reviewer", "a")
    clock.at += 1
    recorder.stopped(given_up=False)
    clock.at += 9
    calls = recorder.timeline.calls
    assert [call.outcome for call in calls] == [UNREACHABLE, UNFINISHED, UNREACHABLE]
    assert [call.ended for call in calls] == [1.0, 2.0, 2.0]
    assert recorder.timeline.now == 2.0
    given_up = Recorder(clock)
    given_up.sent("coder", "a")
    given_up.stopped(given_up=True)
    assert given_up.timeline.calls[0].outcome == UNFINISHED


# --- what models say ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["APPROVED", "Looks right.\n\n**APPROVED**", "`approved`.\n", "1. fine\n> APPROVED!"]
)
def test_approval(text: str) -> None:
    assert approves(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "NOT APPROVED",
        "APPROVED if line 3 is mended",
        "APPROVED\n1. But the name is wrong.",
        "If nothing is left to mend, write the single word APPROVED on the last line.",
        "disapproved",
        "승인",
    ],
)
def test_no_approval(text: str) -> None:
    assert not approves(text)


def test_the_longest_block_is_the_program() -> None:
    text = "Use:\n```\npip install x\n```\nthen\n```python\ndef f(a):\n    return a\n```\ndone"
    code = code_of(text)
    assert code is not None
    assert (code.text, code.language, code.lines, code.error) == (
        "def f(a):\n    return a", "python", 2, None,
    )  # fmt: skip


def test_a_block_that_was_cut_off_is_a_program_too() -> None:
    code = code_of("```python\ndef f(a):\n    return (a")
    assert code is not None
    assert code.error is not None
    assert "line 2" in code.error


def test_other_languages_are_not_judged() -> None:
    code = code_of("```rust\nfn main() {}\n```")
    assert code is not None
    assert (code.language, code.error) == ("rust", None)


@pytest.mark.parametrize("text", ["", "def f(): pass", "```\n\n```", "inline ```x``` ticks", "```"])
def test_no_program(text: str) -> None:
    assert code_of(text) is None


@pytest.mark.parametrize("program", ["x = " + "(" * 5000, "a\0b", "'\\8'", "9" * 5000])
def test_no_program_breaks_the_reader(program: str) -> None:
    code_of(f"```python\n{program}\n```")


def test_the_last_program_counts() -> None:
    first = Message("coder", "```python\na = 1\n```", 5, False)
    said = Message("reviewer", "```python\nb = 1\n```", 5, False)
    second = Message("coder", "```python\nc = 1\n```", 5, False)
    empty = Message("coder", "I have nothing to add.", 5, True)
    outcome = Outcome(End.ROUNDS, (first, said, second, empty))
    assert outcome.code is not None
    assert outcome.code.text == "c = 1"
    assert Outcome(End.FAILED, (said,)).code is None


def test_prompts_are_in_both_languages_and_only_the_reviewer_is_told_the_word() -> None:
    for role in ROLES:
        assert role.prompt.ko != role.prompt.en
        for text in (role.prompt.ko, role.prompt.en):
            assert (APPROVAL in text) == (role is REVIEWER)
            assert ("```python" in text) == (role is CODER)
