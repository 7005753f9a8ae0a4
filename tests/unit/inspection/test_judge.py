"""A model as analyser: what it is asked, what counts as its answer, and that labels only rise."""

from __future__ import annotations

import json
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gilmok.core.inspection import (
    Clearance,
    Complexity,
    Evidence,
    Inspection,
    ResponseTime,
    Sensitivity,
)
from gilmok.core.request import Message, Request, Role, Target, Text, texts
from gilmok.core.text import Private
from gilmok.inspection import FastInspector, LabelPolicy, judge, no_lower
from gilmok.inspection.clearance import clear, sensitivity
from gilmok.inspection.judge import Judgement, Reason, merge, read
from gilmok.inspection.judge_prompts import ANSWER_FORM, INSTRUCTIONS, INTRODUCTION
from tests.unit import nouns

INSPECTOR = FastInspector()
STRICTNESS = (Clearance.OPEN, Clearance.MASKED, Clearance.LOCAL_ONLY)
LEVELS = ("low", "medium", "high")
PHONE = Evidence("contact.phone", Sensitivity.MEDIUM, 0, 5, 18, True)


def ask(request: Request, most_chars: int = 4000) -> Request | None:
    """The question in its surest form."""
    found = INSPECTOR.inspect(request)
    forms = judge.questions(request, found, target=Target(), deadline=5.0, most_chars=most_chars)
    return forms[0] if forms else None


def judgement(**changed: object) -> Judgement:
    plain = {
        "complexity": Complexity.SIMPLE,
        "sensitivity": "low",
        "response_time": ResponseTime.BALANCED,
        "contains_sensitive_data": False,
        "estimated_tokens": 100,
        "reasons": (),
    }
    return Judgement(**(plain | changed))  # type: ignore[arg-type]


# --- the question ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "hello",
        "안녕하세요",
        "What is the difference between a list and a tuple?",
        "라떼 두 잔, 아메리카노 한 잔 주세요",
        "Explain this function: def f(x): return x + 1",
        "12345",
    ],
)
def test_the_question_is_no_more_sensitive_than_its_subject(text: str) -> None:
    """Our own words name what is sensitive, and must not look it."""
    asked = ask(nouns.request(text))
    assert asked is not None
    found = INSPECTOR.inspect(asked)
    assert (found.sensitivity, found.clearance) == (Sensitivity.LOW, Clearance.OPEN)


def test_the_same_without_a_schema() -> None:
    request = nouns.request("hello")
    held, asked = judge.questions(
        request, nouns.inspection(), target=Target(), deadline=5.0, most_chars=9
    )
    assert held.sampling.response_format == Private(ANSWER_FORM)
    assert asked.sampling.response_format is None
    assert asked.messages == held.messages


def test_the_texts_are_the_conversations_own() -> None:
    request = nouns.request("first", "제 주민등록번호는 900101-1234568 입니다")
    asked = ask(request)
    assert asked is not None
    ours = {*INSTRUCTIONS.values(), *INTRODUCTION.values(), "[user]", ANSWER_FORM}
    quoted = [ref.text for ref in texts(asked) if ref.text.reveal() not in ours]
    assert all(a is b.text for a, b in zip(quoted, texts(request), strict=True))
    assert INSPECTOR.inspect(asked).sensitivity is Sensitivity.HIGH
    assert (asked.id, asked.deadline, asked.stream) == (request.id, 5.0, False)


def test_the_latest_texts_that_fit_whole() -> None:
    request = nouns.request("a" * 50, "b" * 30, "c" * 20)
    for most, letters in ((100, "abc"), (99, "bc"), (49, "c"), (20, "c")):
        asked = ask(request, most)
        assert asked is not None
        quoted = [ref.text.reveal() for ref in texts(asked)]
        found = [text for text in quoted if len(set(text)) == 1]
        assert [text[0] for text in found] == list(letters)
        assert all(len(text) in (50, 30, 20) for text in found)
    assert ask(request, 19) is None


def test_nothing_to_judge() -> None:
    assert ask(nouns.request(messages=(Message(role=Role.USER),))) is None
    blank = Message(role=Role.USER, parts=(Text(Private("")),))
    assert ask(nouns.request(messages=(blank,))) is None


def test_the_question_speaks_the_requests_language() -> None:
    for text, tongue in (("안녕하세요", "ko"), ("hello", "en"), ("こんにちは", "en")):
        asked = ask(nouns.request(text))
        assert asked is not None
        assert texts(asked)[0].text.reveal() == INSTRUCTIONS[tongue]


def test_the_form_is_the_judgements() -> None:
    schema = json.loads(ANSWER_FORM)["json_schema"]["schema"]
    fields = Judgement.__struct_fields__
    assert tuple(schema["properties"]) == tuple(schema["required"]) == fields
    assert schema["additionalProperties"] is False
    enums = {
        "complexity": [c.value for c in Complexity],
        "response_time": [r.value for r in ResponseTime],
        "sensitivity": list(LEVELS),
    }
    for name, values in enums.items():
        assert schema["properties"][name]["enum"] == values
    assert schema["properties"]["reasons"]["items"]["enum"] == [r.value for r in Reason]
    for prompt in INSTRUCTIONS.values():
        assert all(field in prompt for field in fields)
        assert all(reason.value in prompt for reason in Reason)


# --- the answer --------------------------------------------------------------------------------

GOOD = msgspec.json.encode(judgement(sensitivity="high", reasons=(Reason.HEALTH,))).decode()


@pytest.mark.parametrize(
    "answer", [GOOD, f"\n {GOOD} \n", f"```json\n{GOOD}\n```", f"```\n{GOOD}\n```\n"]
)
def test_a_judgement_bare_or_fenced(answer: str) -> None:
    found = read(answer)
    assert found is not None
    assert (found.level, found.reasons) == (Sensitivity.HIGH, (Reason.HEALTH,))


def changed(**fields: object) -> str:
    return json.dumps(json.loads(GOOD) | fields)


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "null",
        "[]",
        GOOD[:-1],
        GOOD + GOOD,
        f"Here it is: {GOOD}",
        f"```json\n{GOOD}\n``` I hope that helps.",
        f"```python\n{GOOD}\n```",
        changed(sensitivity="HIGH"),
        changed(sensitivity="none"),
        changed(sensitivity=2),
        changed(complexity="hard"),
        changed(response_time=None),
        changed(contains_sensitive_data="true"),
        changed(estimated_tokens=-1),
        changed(estimated_tokens=10**9),
        changed(estimated_tokens=1.5),
        changed(reasons="health"),
        changed(reasons=["the user is called 홍길동"]),
        changed(reasons=["none"] * 8),
        changed(note="900101-1234568"),
        json.dumps({k: v for k, v in json.loads(GOOD).items() if k != "reasons"}),
        "[" * 100_000,
        '{"reasons":' * 50_000,
        "\ud800",
    ],
)
def test_anything_else_is_none(answer: str) -> None:
    assert read(answer) is None


@given(st.text(alphabet=st.characters(), max_size=200))
def test_reading_never_raises(answer: str) -> None:
    assert read(answer) is None


# --- both together -----------------------------------------------------------------------------

KINDS = ("contact.phone", "topic.health", "secret.api_key", "topic.hr", "person.name")
FOUND = st.builds(
    Evidence,
    kind=st.sampled_from(KINDS),
    level=st.sampled_from(Sensitivity),
    where=st.integers(-1, 3),
    maskable=st.booleans(),
)
POLICIES = st.builds(LabelPolicy, medium=st.sampled_from(("mask", "local", "open")))
JUDGEMENTS = st.builds(
    Judgement,
    complexity=st.sampled_from(Complexity),
    sensitivity=st.sampled_from(LEVELS),
    response_time=st.sampled_from(ResponseTime),
    contains_sensitive_data=st.booleans(),
    estimated_tokens=st.integers(0, 100_000),
    reasons=st.lists(st.sampled_from(Reason), max_size=7).map(tuple),
)


def inspected(
    evidence: tuple[Evidence, ...], failed: tuple[str, ...], policy: LabelPolicy
) -> Inspection:
    return Inspection(
        sensitivity=Sensitivity.HIGH if failed else sensitivity(evidence),
        clearance=clear(evidence, failed, policy),
        evidence=evidence,
        failed=failed,
    )


@given(
    st.lists(FOUND, max_size=4).map(tuple),
    st.sampled_from(((), ("names",))),
    POLICIES,
    JUDGEMENTS,
    st.none() | st.integers(1, 500),
)
def test_a_judgement_only_raises(
    evidence: tuple[Evidence, ...],
    failed: tuple[str, ...],
    policy: LabelPolicy,
    said: Judgement,
    limit: int | None,
) -> None:
    before = inspected(evidence, failed, policy)
    after = merge(before, said, policy, limit)
    assert after.sensitivity >= before.sensitivity
    assert after.sensitivity >= said.level
    assert STRICTNESS.index(after.clearance) >= STRICTNESS.index(before.clearance)
    if after.sensitivity is Sensitivity.HIGH:
        assert after.clearance is Clearance.LOCAL_ONLY
    assert after.evidence[: len(evidence)] == evidence
    assert after.failed == failed
    assert all(e.kind.startswith("judge.") for e in after.evidence[len(evidence) :])
    assert not any(e.maskable for e in after.evidence[len(evidence) :])
    assert limit is None or after.expected_output <= max(limit, 0)
    assert after.analysed_by == "llm"


def test_what_only_the_model_found_cannot_be_masked() -> None:
    low = inspected((), (), LabelPolicy())
    said = judgement(sensitivity="medium", reasons=(Reason.PERSONAL, Reason.NONE))
    after = merge(low, said, LabelPolicy())
    assert (after.sensitivity, after.clearance) == (Sensitivity.MEDIUM, Clearance.LOCAL_ONLY)
    assert [e.kind for e in after.evidence] == ["judge.personal"]
    assert merge(low, said, LabelPolicy(medium="open")).clearance is Clearance.OPEN


def test_the_same_reason_again_is_no_new_one() -> None:
    medium = inspected((PHONE,), (), LabelPolicy())
    assert medium.clearance is Clearance.MASKED
    again = judgement(sensitivity="medium", reasons=(Reason.PERSONAL,))
    assert merge(medium, again, LabelPolicy()).clearance is Clearance.MASKED
    more = judgement(sensitivity="medium", reasons=(Reason.PERSONAL, Reason.HEALTH))
    after = merge(medium, more, LabelPolicy())
    assert after.clearance is Clearance.LOCAL_ONLY
    assert [e.kind for e in after.evidence] == ["contact.phone", "judge.health"]


def test_a_contradiction_counts_as_its_stricter_half() -> None:
    said = judgement(contains_sensitive_data=True)
    after = merge(inspected((), (), LabelPolicy()), said, LabelPolicy())
    assert (after.sensitivity, after.kinds) == (Sensitivity.MEDIUM, "judge.unsaid")


def test_what_the_model_says_about_the_work() -> None:
    before = Inspection(
        sensitivity=Sensitivity.LOW,
        clearance=Clearance.OPEN,
        complexity=Complexity.MODERATE,
        complexity_score=0.3,
        expected_output=200,
    )
    policy = LabelPolicy()
    scores = [
        merge(before, judgement(complexity=kind), policy).complexity_score
        for kind in (Complexity.SIMPLE, Complexity.MODERATE, Complexity.COMPLEX)
    ]
    assert scores[1] == 0.3  # agreed: the finer number stays
    assert all(a < b for a, b in pairwise(scores))
    said = judgement(estimated_tokens=900, response_time=ResponseTime.QUALITY)
    assert merge(before, said, policy).expected_output == 900
    assert merge(before, said, policy, 64).expected_output == 64
    assert merge(before, said, policy).response_time is ResponseTime.QUALITY
    assert merge(before, judgement(estimated_tokens=0), policy).expected_output == 200


@pytest.mark.parametrize("floor", STRICTNESS)
@pytest.mark.parametrize("found", STRICTNESS)
def test_a_text_made_from_another_is_labelled_no_lower(found: Clearance, floor: Clearance) -> None:
    after = no_lower(nouns.inspection(found, PHONE), nouns.inspection(floor))
    assert after.clearance is STRICTNESS[max(STRICTNESS.index(found), STRICTNESS.index(floor))]
    assert after.sensitivity == max(
        nouns.inspection(found).sensitivity, nouns.inspection(floor).sensitivity
    )
    assert after.evidence == (PHONE,)
