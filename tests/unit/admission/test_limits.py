"""Limits of nested scopes, and what a refused request leaves behind: nothing."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from msgspec.structs import replace

from gilmok.admission import Limits
from gilmok.core.errors import LimitReached, TokensExceedLimit, TooManyRequests
from gilmok.core.identity import Caller, Permit, Taken
from gilmok.core.terms import UNLIMITED, Pace, Terms
from gilmok.state import MemoryLimiter, Subject
from tests.unit import nouns

ASKED = nouns.request("hello", sampling=nouns.Sampling(max_tokens=80))
SEEN = nouns.inspection()
NEEDED = 100
"""Tokens that `ASKED` is expected to take: 20 of prompt, 80 of answer."""


class Frozen:
    def monotonic(self) -> float:
        return 1000.0

    def wall(self) -> int:
        return 1_800_000_000 * 10**9


def limits(gateway: Pace = UNLIMITED, most: int = 100) -> Limits:
    return Limits(
        MemoryLimiter(Frozen()), most, Subject(scope="gateway", name="gateway", pace=gateway)
    )


def caller(key: str = "k", tenant: str = "t", user: str = "", **paces: Pace) -> Caller:
    return Caller(tenant=tenant, key_id=key, user=user, terms=Terms(**paces))  # type: ignore[arg-type]


def enter(door: Limits, who: Caller) -> Permit:
    permit = door.enter(who)
    try:
        if who.user:
            door.enter_for_user(who, permit)
    except BaseException as error:
        permit.__exit__(type(error), error, None)
        raise
    return permit


PACE = Pace(requests_per_minute=2)
TWO: dict[str, Callable[[], tuple[Limits, list[Caller]]]] = {
    "gateway": lambda: (limits(PACE), [caller("a", "x"), caller("b", "y"), caller("c", "z")]),
    "tenant": lambda: (limits(), [caller(k, tenant_pace=PACE) for k in ("a", "b", "c")]),
    "key": lambda: (limits(), [caller("a", key_pace=PACE)] * 3),
    "user": lambda: (limits(), [caller(k, user="u", user_pace=PACE) for k in ("a", "b", "c")]),
}


@pytest.mark.parametrize("scope", TWO)
def test_each_scope_counts_for_itself_and_says_so(scope: str) -> None:
    door, (first, second, third) = TWO[scope]()
    enter(door, first).release()
    enter(door, second).release()
    with pytest.raises(LimitReached, match=rf"2 requests per minute .*\({scope}\)") as refused:
        enter(door, third)
    assert refused.value.retry_after_s == 30.0
    assert door.in_flight == 0


def test_one_tenants_limits_are_not_anothers() -> None:
    door = limits()
    for tenant in ("a", "b"):
        mine = caller("same", tenant, "same", tenant_pace=PACE, key_pace=PACE, user_pace=PACE)
        for _ in range(2):
            enter(door, mine).release()
        with pytest.raises(LimitReached):
            enter(door, mine)


def test_what_an_inner_scope_refuses_the_outer_ones_keep() -> None:
    door = limits(Pace(requests_per_minute=2))
    narrow = caller("a", user="u", user_pace=Pace(concurrency=1), tenant_pace=PACE)
    held = enter(door, narrow)
    for _ in range(20):
        with pytest.raises(TooManyRequests):
            enter(door, narrow)
    held.release()
    enter(door, narrow).release()
    with pytest.raises(LimitReached):
        enter(door, caller("b", tenant="other"))


def test_tokens_that_do_not_fit_give_the_request_back() -> None:
    door = limits()
    mine = caller(key_pace=Pace(requests_per_minute=2, tokens_per_minute=150))
    for _ in range(20):
        permit = enter(door, mine)
        hold = door.hold(mine, ASKED, SEEN)
        with pytest.raises(LimitReached), permit:
            door.hold(mine, ASKED, SEEN)
        assert hold is not None
        hold.withdraw()
    with enter(door, mine), enter(door, mine):
        pass


def test_tokens_that_never_fit_are_told_so() -> None:
    mine = caller(tenant_pace=Pace(tokens_per_day=NEEDED - 1))
    with pytest.raises(TokensExceedLimit, match=r"100 tokens.*99 tokens per day"):
        limits().hold(mine, ASKED, SEEN)


def test_without_max_tokens_the_expected_answer_is_held() -> None:
    door = limits()
    mine = caller(tenant_pace=Pace(tokens_per_minute=1000))
    hold = door.hold(mine, nouns.request("hello"), SEEN)
    assert hold is not None
    left = door.enter(mine).allowances
    assert left is not None
    tokens = left().tokens
    assert tokens is not None
    assert tokens.left == 1000 - SEEN.tokens.expected - SEEN.expected_output


def test_the_tightest_limit_is_shown() -> None:
    door = limits(Pace(requests_per_minute=50))
    mine = caller(tenant_pace=Pace(requests_per_day=9), key_pace=Pace(requests_per_minute=20))
    permit = door.enter(mine)
    assert permit.allowances is not None
    left = permit.allowances()
    assert left.requests is not None
    assert (left.requests.most, left.requests.left) == (9, 8)
    assert left.tokens is None


def test_nothing_is_shown_where_nothing_is_limited() -> None:
    assert limits().enter(caller()).allowances is None


def test_a_reload_keeps_the_counts() -> None:
    door = limits()
    mine = caller(key_pace=PACE)
    door.enter(mine)
    door.configure(100, Subject(scope="gateway", name="gateway", pace=UNLIMITED))
    mine = replace(mine, terms=Terms(key_pace=Pace(requests_per_minute=3)))
    for _ in range(2):
        door.enter(mine)
    with pytest.raises(LimitReached):
        door.enter(mine)


def test_a_degraded_caller_has_the_same_limits() -> None:
    door = limits()
    lower = Terms(plan="small", key_pace=PACE)
    mine = Caller(tenant="t", key_id="k", terms=replace(lower, plan="big", degraded=lower))
    door.enter(mine)
    door.enter(replace(mine, terms=lower))
    with pytest.raises(LimitReached):
        door.enter(mine)


@pytest.mark.parametrize("seed", range(5))
def test_whatever_happens_all_places_come_back(seed: int) -> None:
    """Requests that end, fail, are refused or cancelled, in any order: in the end nothing is held."""
    chance = random.Random(seed)
    pace = Pace(concurrency=4, requests_per_minute=10**6, tokens_per_minute=500)
    door = limits(most=6)
    held: list[tuple[Permit, Taken | None]] = []
    for _ in range(1000):
        who = caller(
            chance.choice("abc"), chance.choice("xy"), chance.choice(("", "u", "v")),
            tenant_pace=pace, key_pace=pace, user_pace=pace,
        )  # fmt: skip
        if held and chance.random() < 0.55:
            permit, tokens = held.pop(chance.randrange(len(held)))
            if tokens is not None:
                tokens.end(chance.choice((0, 50, NEEDED)))
            permit.__exit__(None, chance.choice((None, RuntimeError(), KeyboardInterrupt())), None)
            continue
        try:
            permit = enter(door, who)
        except LimitReached:
            continue
        try:
            held.append((permit, door.hold(who, ASKED, SEEN)))
        except LimitReached as refused:
            permit.__exit__(LimitReached, refused, None)
    for permit, tokens in held:
        if tokens is not None:
            tokens.withdraw()
        permit.release()
    assert door.in_flight == 0
    for tenant in "xy":
        for key in "abc":
            four = [enter(door, caller(key, tenant, "u", key_pace=pace)) for _ in range(4)]
            with pytest.raises(TooManyRequests):
                enter(door, caller(key, tenant, "u", key_pace=pace))
            for permit in four:
                permit.release()
