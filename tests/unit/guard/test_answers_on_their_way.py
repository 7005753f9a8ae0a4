"""A stream is told what the whole answer is told, however it is cut, and an ordinary one at once."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from itertools import pairwise
from types import FrameType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gilmok.core.completion import Delta, FinishReason, ToolCallDelta
from gilmok.core.flaws import Flaw
from gilmok.core.request import Message, Request, Role, Text
from gilmok.core.text import Private
from gilmok.guard.answers import AnswerCheck, AnswerPolicy, Hearing, Ruling, answer_check
from gilmok.guard.answers.check import LONGEST_HELD, Said
from gilmok.guard.answers.echoes import is_echo, may_be_echo
from gilmok.guard.answers.loops import is_loop
from gilmok.guard.answers.refusals import LONGEST, is_refusal, may_be_refusal
from tests.unit import nouns
from tests.unit.guard.answer_examples import BAD, GOOD

OF_BEGINNINGS = frozenset({Flaw.EMPTY, Flaw.TOO_SHORT, Flaw.REFUSAL, Flaw.ANALYSIS_ECHO})
TEXTS = [e.answer for e in GOOD] + [e.answer for examples in BAD.values() for e in examples]

pieces = st.sampled_from(
    (
        " ", "\n", "I'm sorry", "I’m sorry, but ", "I can't ", "help with ", "that", ".", "!", "but ",
        "If you have any other questions", "As an AI, ", "죄송합니다", "죄송하지만 ", "그 요청은 ",
        "도와드릴 수 없습니다", "다른 질문", "```", "json", "{", '"complexity"', ":", '"low",',
        '"privacy_sensitivity"', "\u200b", "네", "4", "...", "오류", "Hello",
    )
)  # fmt: skip
texts = st.one_of(st.sampled_from(TEXTS), st.lists(pieces, max_size=12).map("".join))


@st.composite
def cut_texts(draw: st.DrawFn) -> tuple[str, list[str]]:
    text = draw(texts)
    marks = draw(st.sets(st.integers(0, len(text)), max_size=12)) | {0, len(text)}
    return text, [text[a:b] for a, b in pairwise(sorted(marks))]


def check(checks: frozenset[Flaw] = OF_BEGINNINGS, request: Request | None = None) -> AnswerCheck:
    made = answer_check(AnswerPolicy.of(checks), request or nouns.request())
    assert made is not None
    return made


class Outcome:
    """A stream as a client sees it: what had gone out, and what was found."""

    def __init__(self, chunks: list[str], *, soft: bool, checks: frozenset[Flaw]) -> None:
        hearing = Hearing(check(checks), streamed=True, soft=soft)
        self.passed_at: int | None = None
        self.sent: list[str] = []
        self.flaw: Flaw | None = None
        held: list[str] = []
        for at, delta in enumerate(self._deltas(chunks)):
            if self.passed_at is not None:
                hearing.recent.append(delta)
                self.sent.append(delta.content or "")
                continue
            held.append(delta.content or "")
            ruling = hearing.hold(delta)
            if ruling is Ruling.REJECT:
                break
            if ruling is Ruling.PASS:
                self.passed_at, self.sent = at, held
        self.flaw = hearing.verdict() if self.passed_at is None else None

    def _deltas(self, chunks: list[str]) -> Iterator[Delta]:
        yield from (Delta(content=chunk) for chunk in chunks)
        yield Delta(finish=FinishReason.STOP)


@given(cut_texts())
def test_a_stream_is_told_what_the_whole_answer_is_told(cut: tuple[str, list[str]]) -> None:
    text, chunks = cut
    whole = check().flaw(Said(text, FinishReason.STOP))
    stream = Outcome(chunks, soft=True, checks=OF_BEGINNINGS)
    assert stream.flaw is whole
    if whole is None and stream.passed_at is not None:
        assert "".join(stream.sent) == text
    if whole is not None:
        assert stream.passed_at is None


@given(cut_texts())
def test_where_nobody_else_is_left_only_hard_flaws_hold_a_stream(
    cut: tuple[str, list[str]],
) -> None:
    text, chunks = cut
    whole = check().flaw(Said(text, FinishReason.STOP))
    stream = Outcome(chunks, soft=False, checks=OF_BEGINNINGS)
    if whole is not None and whole.is_hard:
        assert stream.flaw is whole
    else:
        assert stream.flaw in (None, whole)


@given(texts, st.integers(0, 1100))
def test_no_beginning_is_let_go_too_early(text: str, end: int) -> None:
    if is_refusal(text):
        assert may_be_refusal(text[:end])
    if is_echo(text):
        assert may_be_echo(text[:end])


ORDINARY = [
    "Hello", "The", " The", "The error", "오류", "안녕하세요", "네", "4", "Yes", "저희", "죄송한",
    "{ return", '{"name', '{"a":', "[1", "```python", "I think", "I would", "I am happy", "As you",
    "Sorting", "Unfold", "I'm fine", "Here", "이 요청", "# Title", "1.", "**Bold",
]  # fmt: skip


@pytest.mark.parametrize("first", ORDINARY)
def test_an_ordinary_first_piece_goes_out_at_once(first: str) -> None:
    assert Outcome([first, " and more"], soft=True, checks=frozenset(Flaw)).passed_at == 0


@pytest.mark.parametrize(
    ("chunks", "passed_at"),
    [
        (["I", "'m", " sorry", " to", " hear", " that"], 3),
        (["I", " can", "'t", " say", " no"], 3),
        (["", "\n", "Hello"], 2),
        (["{", '"', "com", 'plexity"', ": 1,", ' "x": 2}', "."], None),
        (["{", '"', "com", 'puter"', ": 1}"], 3),
        (["죄송", "합니다", ".", " 정답은", " 17입니다."], 3),
        (["```", "json", "\n{", '"a'], 3),
    ],
)
def test_how_long_a_doubtful_beginning_is_held(chunks: list[str], passed_at: int | None) -> None:
    assert Outcome(chunks, soft=True, checks=OF_BEGINNINGS).passed_at == passed_at


def test_a_refusal_that_the_rules_may_demand_is_not_held() -> None:
    rules = Message(role=Role.SYSTEM, parts=(Text(Private("Only speak of coffee.")),))
    judge = check(request=nouns.request(messages=(rules,)))
    assert Hearing(judge, streamed=True, soft=True).hold(Delta(content="I'm sorry")) is Ruling.PASS


def test_nothing_is_held_for_ever() -> None:
    blanks = Outcome([" " * 100] * 100, soft=True, checks=OF_BEGINNINGS)
    assert blanks.passed_at == LONGEST_HELD // 100
    sorry = Outcome(["I'm sorry. "] * 100, soft=True, checks=OF_BEGINNINGS)
    assert sorry.passed_at is not None
    assert sorry.passed_at <= LONGEST // len("I'm sorry. ") + 1
    echo = ['{"complexity": "', *["x" * 100] * 50]
    assert (Outcome(echo, soft=True, checks=OF_BEGINNINGS).passed_at or 0) <= 12


@pytest.mark.parametrize("more", [
    Delta(content="I'm sorry, but I can't help with that.", refusal="No."),
    Delta(reasoning="The user wants …", content=" "),
    Delta(tool_calls=(ToolCallDelta(0, "call_1", "f", "{}"),), content=""),
])  # fmt: skip
@pytest.mark.parametrize("streamed", [False, True])
def test_more_than_words_is_not_judged_by_its_words(more: Delta, streamed: bool) -> None:
    hearing = Hearing(check(), streamed=streamed, soft=True)
    assert hearing.hold(more) is (Ruling.PASS if streamed else Ruling.HOLD)
    hearing.hold(Delta(finish=FinishReason.STOP))
    assert hearing.verdict() is None
    hearing.recent.extend([more, Delta(finish=FinishReason.STOP)])
    assert hearing.note() is None


def test_what_follows_a_thought_is_judged_by_its_words() -> None:
    refusal = Delta(reasoning="They want …", content="I can't help with that.")
    whole = Hearing(check(), streamed=False, soft=True)
    whole.hold(refusal)
    whole.hold(Delta(finish=FinishReason.STOP))
    assert whole.verdict() is Flaw.REFUSAL
    stream = Hearing(check(), streamed=True, soft=True)
    assert stream.hold(refusal) is Ruling.PASS  # the thought has been seen
    stream.recent.extend([refusal, Delta(finish=FinishReason.STOP)])
    assert stream.note() is Flaw.REFUSAL


@pytest.mark.parametrize(("count", "flaw"), [(3, None), (60, Flaw.LOOP), (5000, Flaw.LOOP)])
def test_a_loop_that_has_gone_out_is_noted(count: int, flaw: Flaw | None) -> None:
    hearing = Hearing(check(frozenset({Flaw.LOOP})), streamed=True, soft=True)
    assert hearing.hold(Delta(content="Well, ")) is Ruling.PASS
    for _ in range(count):
        hearing.recent.append(Delta(content="again and "))
    hearing.recent.append(Delta(finish=FinishReason.LENGTH))
    assert hearing.note() is flaw


def test_of_a_long_stream_only_the_end_is_known() -> None:
    """What is wrong with a beginning is not found in what happens to stand at the end."""
    hearing = Hearing(check(frozenset({Flaw.REFUSAL, Flaw.EMPTY})), streamed=True, soft=True)
    for _ in range(600):
        hearing.recent.append(Delta(content=" "))
    hearing.recent.append(Delta(content="I can't help with that.", finish=FinishReason.STOP))
    assert hearing.note() is None


def _steps(run: Callable[[], object]) -> int:
    """Lines of ours that were executed."""
    count = 0

    def trace(frame: FrameType, event: str, arg: Any) -> Any:
        nonlocal count
        if "guard/answers" not in frame.f_code.co_filename:
            return None
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        run()
    finally:
        sys.settrace(before)
    return count


HOSTILE: dict[str, Callable[[int], str]] = {
    "one letter": lambda n: "a" * n,
    "spaces": lambda n: " " * n,
    "no width": lambda n: "\u200b" * n,
    "punctuation": lambda n: "." * n,
    "sorry": lambda n: "I'm sorry. " * (n // 11),
    "nearly a loop": lambda n: "a" * (n // 2) + "b" + "a" * (n // 2),
    "keys": lambda n: '{"complexity":' * (n // 14),
    "fences": lambda n: "```" * (n // 3),
    "lines": lambda n: "\n" * (n - 1) + "x",
    "periods": lambda n: "".join("ab" * k + "c" for k in range(int(n**0.5))),
    "hangul": lambda n: "죄송합니다 " * (n // 6),
}


@pytest.mark.parametrize("shape", HOSTILE)
def test_the_work_grows_no_faster_than_the_text(shape: str) -> None:
    def work(size: int) -> int:
        judge = check(frozenset(Flaw))
        said = Said(HOSTILE[shape](size), FinishReason.STOP)
        return _steps(lambda: judge.flaw(said))

    small, large = work(20_000), work(80_000)
    assert large <= 4 * small + 100


@pytest.mark.parametrize("shape", HOSTILE)
def test_the_work_of_a_stream_in_crumbs_is_bounded(shape: str) -> None:
    """Character by character: what is held is looked at again and again, so little is held."""

    def work(size: int) -> int:
        text = HOSTILE[shape](size)
        return _steps(lambda: Outcome(list(text), soft=True, checks=frozenset(Flaw)))

    small, large = work(2_000), work(4_000)
    assert large <= small + 500


def test_a_loop_is_read_from_its_end_only() -> None:
    assert is_loop("x" * 10_000_000 + "no, no, " * 40)
