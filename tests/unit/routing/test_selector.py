"""A model as selector: what it is offered, what counts as its choice, and that it only reorders."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from gilmok.core.completion import Reply, ToolCallDelta
from gilmok.core.endpoint import PriceSource
from gilmok.core.inspection import Sensitivity
from gilmok.core.plan import RoutePlan, Veto
from gilmok.core.request import Request, Target, texts
from gilmok.core.text import Private
from gilmok.inspection import FastInspector
from gilmok.routing import selector
from gilmok.routing.selector import MOST_TOOLS, Reason, Selection
from tests.unit import nouns

INSPECTOR = FastInspector()
WHY = '{"reason":"price","confidence":0.8}'


def unknown(endpoint_id: str) -> float | None:
    return None


def plan(*ids: str) -> RoutePlan:
    return RoutePlan(
        candidates=tuple(nouns.candidate(id) for id in ids),
        vetoes=(Veto("vetoed", "label", "cloud"),),
        weights=(0.5, 0.3, 0.2),
    )


def ask(
    text: str = "hello", ids: tuple[str, ...] = ("a", "b"), most: int = 100, language: str = "en"
) -> tuple[Request, ...]:
    """The question in all its forms."""
    return selector.questions(
        nouns.request(text),
        replace(nouns.inspection(), language=language),
        plan(*ids),
        {"a": 0.875}.get,
        target=Target(),
        deadline=5.0,
        most_chars=most,
    )


def called(name: str | None, arguments: str = WHY) -> Reply:
    return Reply("", (ToolCallDelta(0, "c", name, arguments),))


def names(question: Request) -> list[str]:
    return [tool.name.reveal() for tool in question.tools]


# --- the question ------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_question_is_no_more_sensitive_than_its_subject(language: str) -> None:
    ids = ("embedded", "openai-gpt-4o-mini-2024-07-18", "ollama:exaone3.5:7.8b", "eu-west.1")
    for text in ("hello", "안녕하세요", "What is a tuple?"):
        for question in ask(text, ids, language=language):
            found = INSPECTOR.inspect(question)
            assert (found.sensitivity, found.evidence) == (Sensitivity.LOW, ())


def test_three_forms_for_what_endpoints_support() -> None:
    told, offered, written = ask()
    assert told.sampling.tool_choice == Private('"required"')
    assert offered.sampling.tool_choice is None
    assert offered.tools == told.tools
    assert (written.tools, written.sampling.tool_choice) == ((), None)
    form = written.sampling.response_format
    assert form is not None
    schema = json.loads(form.reveal())["json_schema"]["schema"]
    assert schema["properties"]["model"]["enum"] == names(told) == ["use_1_a", "use_2_b"]
    assert schema["properties"]["reason"]["enum"] == [reason.value for reason in Reason]
    listed = texts(written)[1].text.reveal()
    for tool in told.tools:
        assert tool.description is not None
        assert f"{tool.name.reveal()}: {tool.description.reveal()}" in listed
    assert told.messages[1:] == written.messages[1:]


def test_the_last_text_is_the_clients_own_or_not_there() -> None:
    request = nouns.request("earlier", "the last one")
    inspection = nouns.inspection()

    def quoted(most: int) -> list[object]:
        question = selector.questions(
            request, inspection, plan("a", "b"), unknown, target=Target(), deadline=5.0, most_chars=most
        )[0]  # fmt: skip
        return [ref.text for ref in texts(question) if ref.text in [r.text for r in texts(request)]]

    assert quoted(12) == [texts(request)[1].text]
    assert quoted(11) == []


def test_each_candidate_is_described() -> None:
    question = ask()[0]
    first, second = (str(tool.description and tool.description.reveal()) for tool in question.tools)
    for part in ("zone cloud", "0.15 in", "0.6 out", "Context 8192", "0.50 of 1", "1.0 s"):
        assert part in first
    assert "success so far 0.88" in first
    assert "success so far unknown" in second


def test_unknown_prices_are_not_called_free() -> None:
    unpriced = replace(nouns.endpoint(), price_source=PriceSource.ASSUMED)
    candidate = replace(nouns.candidate(), endpoint=unpriced)
    two = RoutePlan(candidates=(candidate, nouns.candidate("b")), vetoes=(), weights=(1, 0, 0))
    question = selector.questions(
        nouns.request(), nouns.inspection(), two, unknown, target=Target(), deadline=1.0, most_chars=9
    )[0]  # fmt: skip
    described = question.tools[0].description
    assert described is not None
    assert "unknown in, unknown out; about unknown" in described.reveal()


def test_the_parameters_are_what_is_read() -> None:
    parameters = ask()[0].tools[0].parameters
    assert parameters is not None
    schema = json.loads(parameters.reveal())
    assert schema["properties"]["reason"]["enum"] == [reason.value for reason in Reason]
    assert schema["required"] == list(schema["properties"]) == ["reason", "confidence"]


@given(st.lists(st.text(min_size=1, max_size=90), min_size=1, max_size=20, unique=True))
def test_tool_names_are_safe_and_unique(ids: list[str]) -> None:
    found = names(ask(ids=tuple(ids))[0])
    assert len(found) == len(set(found)) == min(len(ids), MOST_TOOLS)
    assert all(re.fullmatch("[A-Za-z0-9_-]{1,64}", name) for name in found)
    for name, id in zip(found, ids, strict=False):
        read = selector.read(called(name), plan(*ids))
        assert read is not None
        assert read.endpoint_id == id


# --- the answer --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("use_3_vetoed", WHY),
        ("vetoed", WHY),
        ("a", WHY),
        ("use_1_b", WHY),
        ("", WHY),
        (None, WHY),
        ("use_1_a", ""),
        ("use_1_a", "{}"),
        ("use_1_a", "null"),
        ("use_1_a", WHY[:-1]),
        ("use_1_a", '{"reason":"price","confidence":1.01}'),
        ("use_1_a", '{"reason":"price","confidence":-0.1}'),
        ("use_1_a", '{"reason":"price","confidence":"0.9"}'),
        ("use_1_a", '{"reason":"price","confidence":NaN}'),
        ("use_1_a", '{"reason":"because 홍길동 asked","confidence":0.9}'),
        ("use_1_a", '{"reason":"price","confidence":0.9,"text":"900101-1234568"}'),
        ("use_1_a", "\ud800"),
    ],
)
def test_what_is_no_choice(name: str | None, arguments: str) -> None:
    assert selector.read(called(name, arguments), plan("a", "b")) is None


def test_exactly_one_call() -> None:
    one = called("use_2_b")
    assert selector.read(Reply(), plan("a", "b")) is None
    assert selector.read(Reply("", one.calls * 2), plan("a", "b")) is None
    expected = Selection(endpoint_id="b", reason=Reason.PRICE, confidence=0.8)
    assert selector.read(one, plan("a", "b")) == expected
    assert selector.read(Reply("I would take this one:", one.calls), plan("a", "b")) == expected


@pytest.mark.parametrize(
    ("content", "chosen"),
    [
        ('{"model":"use_2_b","reason":"speed","confidence":1}', "b"),
        ('{"model":"use_3_vetoed","reason":"speed","confidence":1}', None),
        ('{"model":"b","reason":"speed","confidence":1}', None),
        ('{"model":"use_2_b","reason":"speed"}', None),
        ('{"model":"use_2_b","reason":"speed","confidence":1,"note":"홍길동"}', None),
        ('Take {"model":"use_2_b","reason":"speed","confidence":1}', None),
        ("use_2_b", None),
    ],
)
def test_the_choice_as_json(content: str, chosen: str | None) -> None:
    read = selector.read(Reply(content), plan("a", "b"))
    assert (read.endpoint_id if read else None) == chosen


@given(st.data(), st.lists(st.sampled_from("abcdefgh"), min_size=1, unique=True))
def test_a_choice_only_reorders(data: st.DataObject, ids: list[str]) -> None:
    before = plan(*ids)
    chosen = data.draw(st.sampled_from([*ids, "vetoed", "nobody"]))
    selection = Selection(endpoint_id=chosen, reason=Reason.SPEED, confidence=0.5)
    after = selector.reorder(before, selection)
    order = [c.endpoint.id for c in after.candidates]
    if chosen not in ids:
        assert after is before
        return
    assert order == [chosen, *(id for id in ids if id != chosen)]
    assert after.vetoes == before.vetoes
    assert after.worst_cost == before.worst_cost
    assert (after.selected_by, after.selection_reason, after.confidence) == ("llm", "speed", 0.5)
