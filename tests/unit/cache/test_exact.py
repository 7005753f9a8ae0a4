"""What makes two questions the same one, and what an answer weighs."""

from __future__ import annotations

import pytest
from msgspec import Raw
from msgspec.structs import replace

from gilmok.cache import CachedAnswer, ExactCache
from gilmok.cache.place import exact_digest
from gilmok.core.completion import Delta, FinishReason, ToolCallDelta
from gilmok.core.request import (
    Attachment,
    Image,
    Message,
    Part,
    Request,
    Role,
    Sampling,
    Text,
    Tool,
    ToolCall,
    map_texts,
    texts,
)
from gilmok.core.text import Private
from gilmok.system import SystemClock
from tests.unit import nouns

URL = Private("https://example.com/a.png")
A, JSON = Private("a"), Private("{}")
RICH = nouns.request(
    messages=(
        Message(role=Role.USER, parts=(Text(A), Image(URL), Attachment("file", JSON)), name=A),
        Message(role=Role.ASSISTANT, tool_calls=(ToolCall(A, A, JSON),)),
        Message(role=Role.TOOL, parts=(Text(A),), tool_call_id=A),
    ),
    tools=(Tool(name=A, description=A, parameters=JSON),),
    sampling=Sampling(stop=(A,), tool_choice=JSON, response_format=JSON),
    user=A,
    options=(("metadata", JSON),),
    extras=(("strange", JSON),),
)
"""Has every kind of text once."""


def cache(max_bytes: int = 1_000_000) -> ExactCache:
    return ExactCache(SystemClock(), ttl_s=60.0, max_entries=10, max_bytes=max_bytes)


def showing(part: Part) -> Request:
    return nouns.request(messages=(Message(role=Role.USER, parts=(part,)),))


def offering(strict: bool | None) -> Request:
    return nouns.request(tools=(Tool(name=Private("f"), strict=strict),))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (showing(Text(URL)), showing(Image(URL))),
        (showing(Text(URL)), showing(Attachment("file", URL))),
        (showing(Image(URL, "low")), showing(Image(URL, "high"))),
        (offering(True), offering(None)),
    ],
)
def test_another_form_of_the_same_texts_is_another_question(one: Request, other: Request) -> None:
    keys = [exact_digest(r, nouns.inspection(), nouns.CALLER) for r in (one, one, other)]
    assert keys[0] == keys[1] != keys[2]


def place(request: Request) -> bytes:
    return exact_digest(request, nouns.inspection(), nouns.CALLER)


@pytest.mark.parametrize("at", range(len(texts(RICH))))
def test_every_text_is_a_part_of_the_question(at: int) -> None:
    assert place(map_texts(RICH, lambda n, text: Private("b") if n == at else text)) != place(RICH)


def test_when_and_how_it_is_asked_is_none() -> None:
    again = replace(RICH, id="dec_9", received_at=9, deadline=9.0, stream=True, locale="ko")
    assert place(again) == place(RICH)


def test_texts_that_join_to_the_same_are_others() -> None:
    one, other = (
        nouns.request(
            messages=(Message(role=Role.USER, parts=tuple(Text(Private(t)) for t in said)),)
        )
        for said in (("ab", "c"), ("a", "bc"))
    )
    assert place(one) != place(other)


def test_half_a_character_has_its_place() -> None:
    assert place(showing(Text(Private("\ud83d")))) != place(showing(Text(Private("\ude00"))))


@pytest.mark.parametrize(
    "delta",
    [
        Delta(reasoning="x" * 600),
        Delta(refusal="x" * 600),
        Delta(logprobs=Raw(b"1" * 1200)),
        Delta(tool_calls=(ToolCallDelta(0, name="x" * 600),)),
    ],
)
def test_all_of_an_answer_counts_against_the_memory(delta: Delta) -> None:
    small = cache(max_bytes=1_000)
    key = exact_digest(nouns.request(), nouns.inspection(), nouns.CALLER)
    small.keep(key, CachedAnswer("a", "local", (delta, Delta(finish=FinishReason.STOP))))
    assert small.find(key) is None
