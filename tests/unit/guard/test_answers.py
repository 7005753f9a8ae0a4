"""What is an answer: every bad example is told by its own check, and no good one by any."""

from __future__ import annotations

import pytest

from gilmok.core.completion import FinishReason
from gilmok.core.flaws import Flaw
from gilmok.core.request import Image, Message, Request, Role, Sampling, Text, Tool
from gilmok.core.text import Private
from gilmok.guard.answers import UNCHECKED, AnswerPolicy, answer_check
from gilmok.guard.answers.check import Said
from tests.unit import nouns
from tests.unit.guard.answer_examples import BAD, GOOD, LENGTH, Example

ALL = AnswerPolicy.of(Flaw)
BAD_ONES = [(flaw, example) for flaw, examples in BAD.items() for example in examples]


def asked(example: Example) -> Request:
    said = [(Role.USER, example.question)]
    if example.system is not None:
        said.insert(0, (Role.SYSTEM, example.system))
    messages = tuple(Message(role=role, parts=(Text(Private(text)),)) for role, text in said)
    return nouns.request(messages=messages)


def flaw_of(
    answer: str,
    request: Request,
    finish: FinishReason = FinishReason.STOP,
    policy: AnswerPolicy = ALL,
) -> Flaw | None:
    check = answer_check(policy, request)
    assert check is not None
    return check.flaw(Said(answer, finish))


def judged(example: Example, policy: AnswerPolicy = ALL) -> Flaw | None:
    return flaw_of(example.answer, asked(example), example.finish, policy)


def test_there_are_enough_examples() -> None:
    assert len(BAD_ONES) >= 60
    assert len(GOOD) >= 60
    assert set(BAD) == set(Flaw)


@pytest.mark.parametrize(("flaw", "example"), BAD_ONES)
def test_a_bad_answer_is_told(flaw: Flaw, example: Example) -> None:
    assert judged(example) is flaw


@pytest.mark.parametrize("example", GOOD)
def test_a_good_answer_passes_every_check(example: Example) -> None:
    assert judged(example) is None


@pytest.mark.parametrize(("flaw", "example"), BAD_ONES)
def test_a_check_that_is_off_says_nothing(flaw: Flaw, example: Example) -> None:
    assert judged(example, AnswerPolicy.of(set(Flaw) - {flaw})) is not flaw
    assert judged(example, AnswerPolicy.of({flaw})) is flaw


def test_without_checks_or_with_several_choices_nothing_is_judged() -> None:
    assert answer_check(UNCHECKED, nouns.request()) is None
    assert answer_check(ALL, nouns.request(sampling=Sampling(n=2))) is None


def test_which_flaws_are_hard() -> None:
    assert {flaw for flaw in Flaw if flaw.is_hard} == {Flaw.EMPTY, Flaw.ANALYSIS_ECHO}


def test_a_caller_who_bounds_the_answer_gets_it_cut() -> None:
    bounded = nouns.request(sampling=Sampling(max_tokens=2))
    assert flaw_of("Seoul is", bounded, LENGTH) is None
    assert flaw_of(".", bounded) is None
    assert flaw_of("...", nouns.request(sampling=Sampling(stop=(Private("x"),)))) is None


def test_a_token_or_a_label_may_be_anything() -> None:
    assert flaw_of(" ", nouns.request(sampling=Sampling(logprobs=True))) is None
    image = Message(role=Role.USER, parts=(Image(Private("https://x.test/a.png")),))
    assert flaw_of("-", nouns.request(messages=(image,))) is None


def test_json_that_was_asked_for_by_the_wire() -> None:
    echo = BAD[Flaw.ANALYSIS_ECHO][0].answer
    for kind in ("json_object", "json_schema"):
        form = Sampling(response_format=Private(f'{{"type":"{kind}"}}'))
        assert flaw_of(echo, nouns.request(sampling=form)) is None
        assert flaw_of('{"a": [1, 2', nouns.request(sampling=form)) is Flaw.TRUNCATED
        assert flaw_of('{"a": [1, 2]}', nouns.request(sampling=form)) is None
        assert flaw_of('{"a": oops}', nouns.request(sampling=form)) is None  # bad, but not cut
        assert flaw_of("Sure: {", nouns.request(sampling=form)) is None
    text = Sampling(response_format=Private('{"type":"text"}'))
    assert flaw_of(echo, nouns.request(sampling=text)) is Flaw.ANALYSIS_ECHO
    assert flaw_of('{"a": [1, 2', nouns.request(sampling=text)) is None
    tool = Tool(name=Private("analyse"))
    assert flaw_of(echo, nouns.request(tools=(tool,))) is None


@pytest.mark.parametrize(("least", "answer", "short"), [
    (1, "가", False), (5, "abcd", True), (5, "abcde", False), (5, "a.b.c.d.", True),
    (5, "가나다라", True), (5, "가 나 다 라 마", False), (3, "----- \n", True), (3, "1+2", False),
])  # fmt: skip
def test_how_short_is_too_short(least: int, answer: str, short: bool) -> None:
    policy = AnswerPolicy.of({Flaw.TOO_SHORT}, min_chars=least)
    assert (flaw_of(answer, nouns.request(), policy=policy) is Flaw.TOO_SHORT) is short


def test_earlier_answers_ask_for_nothing() -> None:
    """Only what the caller wrote may explain an answer; the echo may stand in the history."""
    echo = BAD[Flaw.ANALYSIS_ECHO][0].answer
    turns = ((Role.USER, "hello"), (Role.ASSISTANT, f"JSON: {echo}"), (Role.USER, "hello?"))
    messages = tuple(Message(role=r, parts=(Text(Private(t)),)) for r, t in turns)
    assert flaw_of(echo, nouns.request(messages=messages)) is Flaw.ANALYSIS_ECHO
