"""What makes two questions the same one, and what an answer weighs."""

from __future__ import annotations

import pytest
from msgspec import Raw

from gilmok.cache import CachedAnswer, ExactCache
from gilmok.cache.place import exact_digest
from gilmok.core.completion import Delta, FinishReason, ToolCallDelta
from gilmok.core.request import Attachment, Image, Message, Part, Request, Role, Text, Tool
from gilmok.core.text import Private
from gilmok.system import SystemClock
from tests.unit import nouns

URL = Private("https://example.com/a.png")


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
