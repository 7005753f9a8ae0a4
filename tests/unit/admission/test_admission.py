"""Who is let in, and how many."""

from __future__ import annotations

import hashlib

import pytest

from gilmok.admission import Index, Key, Keys, Limits
from gilmok.core.errors import InvalidKey, TooManyRequests
from gilmok.core.identity import Caller
from gilmok.core.terms import UNLIMITED, Pace, Terms
from gilmok.core.text import Secret
from gilmok.state import MemoryLimiter, Subject
from gilmok.system import SystemClock

TEXT = "gk-correct-horse"
KEY = Key(
    sha256=hashlib.sha256(TEXT.encode()).hexdigest(),
    caller=Caller(tenant="acme", key_id="ci", terms=Terms(key_pace=Pace(concurrency=2))),
)


def keys(*known: Key) -> Keys:
    return Keys(Index(known), lambda: 0)


@pytest.mark.parametrize(
    ("peer", "host"),
    [
        ("127.0.0.1", "127.0.0.1:8080"),
        ("127.0.0.1", "localhost"),
        ("::1", "[::1]:8080"),
        ("", "localhost:1"),
        ("127.0.0.1", ""),
    ],
)
def test_without_keys_this_machine_is_served(peer: str, host: str) -> None:
    assert keys().identify(None, peer, host).tenant == "local"


@pytest.mark.parametrize(
    ("peer", "host"),
    [
        ("192.168.0.7", "127.0.0.1"),
        ("203.0.113.9", "localhost"),
        ("127.0.0.1", "evil.example"),
        ("127.0.0.1", "localhost.evil.example:8080"),
        ("127.0.0.1", "127.0.0.1.nip.io:8080"),
    ],
)
def test_without_keys_nobody_else_is(peer: str, host: str) -> None:
    with pytest.raises(InvalidKey):
        keys().identify(None, peer, host)


def test_with_keys_everyone_needs_one_also_this_machine() -> None:
    door = keys(KEY)
    assert door.identify(Secret(TEXT), "203.0.113.9", "any").tenant == "acme"
    for wrong in (None, Secret(TEXT + " "), Secret(TEXT[:-1]), Secret("\ud800")):
        with pytest.raises(InvalidKey):
            door.identify(wrong, "127.0.0.1", "localhost")


def test_slots_come_back_exactly_once() -> None:
    limits = Limits(
        MemoryLimiter(SystemClock()), 3, Subject(scope="gateway", name="g", pace=UNLIMITED)
    )
    permits = [limits.enter(KEY.caller), limits.enter(KEY.caller)]
    with pytest.raises(TooManyRequests) as refused:
        limits.enter(KEY.caller)
    assert refused.value.retry_after_s == 1.0
    other = limits.enter(Caller(tenant="x", key_id="y"))
    with pytest.raises(TooManyRequests):
        limits.enter(Caller(tenant="x", key_id="z"))
    permits[0].release()
    permits[0].release()
    assert limits.in_flight == 2
    with limits.enter(KEY.caller):
        assert limits.in_flight == 3
    for permit in (*permits, other):
        permit.release()
    assert limits.in_flight == 0
