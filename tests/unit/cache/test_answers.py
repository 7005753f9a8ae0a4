"""What is kept for whom, and what an audit of two answers finds."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from gilmok.cache import AnswerCache, CachedAnswer, CachePolicy, ExactCache, vectors
from gilmok.cache.agreement import agree
from gilmok.cache.place import around_digest
from gilmok.core.completion import Delta, FinishReason
from gilmok.core.injection import Injection, Source, Verdict
from gilmok.core.inspection import Clearance
from gilmok.core.request import CacheReach, Message, Role, Text
from gilmok.core.text import Private
from gilmok.system import SystemClock
from tests.unit import nouns

ANSWER = CachedAnswer("a", "local", (Delta(content="x"), Delta(finish=FinishReason.STOP)), "dec_0")
TABLE = vectors.load()


def cache(**policy: object) -> AnswerCache:
    exact = ExactCache(SystemClock(), ttl_s=60.0, max_entries=10, max_bytes=10_000)
    return AnswerCache(SystemClock(), CachePolicy(**{"enabled": True, **policy}), exact)  # type: ignore[arg-type]


def test_what_a_suspected_injection_was_answered_is_not_kept() -> None:
    seen = Injection(Source.USER, Verdict.SUSPECT, 0.9, "injection.override", 0)
    suspect = replace(nouns.inspection(), injection=(seen,))
    assert cache().place(nouns.request(), suspect, nouns.CALLER) is None


def test_off_is_off() -> None:
    off = nouns.request(cache=CacheReach.OFF)
    assert cache().place(off, nouns.inspection(), nouns.CALLER) is None
    assert cache(enabled=False).place(nouns.request(), nouns.inspection(), nouns.CALLER) is None


def test_a_filtered_answer_is_not_kept() -> None:
    kept = cache()
    place = kept.place(nouns.request(), nouns.inspection(), nouns.CALLER)
    kept.keep(place, replace(ANSWER, events=(Delta(finish=FinishReason.CONTENT_FILTER),)))
    assert kept.find(place) is None
    kept.keep(place, ANSWER)
    assert kept.find(place) is not None


def test_high_questions_are_apart_by_key_and_user_and_low_ones_are_not() -> None:
    def place(clearance: Clearance, **caller: str) -> bytes:
        of = replace(nouns.CALLER, **caller)
        found = cache().place(nouns.request(), nouns.inspection(clearance), of)
        assert found is not None
        return found.exact

    high = {place(Clearance.LOCAL_ONLY, key_id=k, user=u) for k in "ab" for u in "xy"}
    low = {place(Clearance.OPEN, key_id=k, user=u) for k in "ab" for u in "xy"}
    assert (len(high), len(low)) == (4, 1)


def test_forgetting_is_by_tenant_and_tag() -> None:
    kept = cache()
    tagged = nouns.request(cache_tags=("menu",))
    place = kept.place(tagged, nouns.inspection(), nouns.CALLER)
    kept.keep(place, ANSWER)
    assert kept.forget("other", None) == kept.forget(None, "news") == 0
    assert kept.forget("t", "menu") == 1
    assert kept.find(place) is None


@pytest.mark.parametrize(
    "message",
    [
        Message(role=Role.ASSISTANT, parts=(Text(Private("x")),)),
        Message(role=Role.USER, parts=(Text(Private("x")), Text(Private("y")))),
        Message(role=Role.USER, parts=(Text(Private("x" * 601)),)),
        Message(role=Role.USER),
    ],
)
def test_only_a_short_plain_question_has_neighbours(message: Message) -> None:
    asked = nouns.request(messages=(message,))
    assert around_digest(asked, nouns.inspection(), nouns.CALLER) is None


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("It opens at 9 am.", "It  opens at 9 am.", True),
        ("The library opens at 9 am every day.", "The library opens at 10 am every day.", False),
        ("환불은 7일 안에 신청하면 됩니다.", "환불 신청은 7일 안에 하시면 됩니다.", True),
        ("환불은 7일 안에 신청하면 됩니다.", "오늘 서울은 맑고 바람이 잔잔합니다.", False),
        ("You may park here.", "You may not park here.", False),
        ("", "yes", False),
    ],
)
def test_two_answers_agree(one: str, other: str, expected: bool) -> None:
    assert agree(one, other, TABLE) is agree(other, one, TABLE) is expected
