"""Vetoes, order and refusals, as tables."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from gilmok.core.endpoint import (
    Capability,
    Endpoint,
    EndpointState,
    Queueing,
    Snapshot,
    Standing,
    Zone,
)
from gilmok.core.errors import (
    ContextTooLong,
    HttpError,
    LabelRefused,
    LocalUnavailable,
    MemoryInsufficient,
    ModelNotFound,
    NoCapableEndpoint,
    NothingAvailable,
    NotPermitted,
    PlanRefused,
    UpstreamRateLimited,
)
from gilmok.core.identity import Caller
from gilmok.core.inspection import Clearance, ResponseTime, Sensitivity, TokenBounds
from gilmok.core.money import Price
from gilmok.core.plan import EVERY_OTHER, RoutePlan
from gilmok.core.request import Preference, Request, Sampling, Target
from gilmok.core.terms import Terms
from gilmok.core.text import Private
from gilmok.routing import Objective, Room, Router, refusal
from tests.unit import nouns


def lacking(endpoint: Endpoint, request: Request) -> tuple[str, ...]:
    unknown = tuple(name for name, _ in request.extras)
    return (("seed",) if request.sampling.seed else ()) + unknown


ROUTER = Router(lacking, Objective())
LOCAL = nouns.standing("local", Zone.LOCAL, quality=0.3, price=Price())
CLOUD = nouns.standing("cloud", Zone.CLOUD, quality=0.9)


def plan(
    *fleet: Standing,
    request: Request | None = None,
    clearance: Clearance = Clearance.OPEN,
    caller: Caller = nouns.CALLER,
) -> RoutePlan:
    return ROUTER.plan(
        request or nouns.request(), nouns.inspection(clearance), caller, Snapshot.of(*fleet), 100.0
    )


def order(found: RoutePlan) -> list[str]:
    return [c.endpoint.id for c in found.candidates]


VETOES = [
    ("label", CLOUD, nouns.request(), Clearance.LOCAL_ONLY),
    ("name", CLOUD, nouns.request(target=Target(name="other")), Clearance.OPEN),
    ("name", CLOUD, nouns.request(target=Target(Preference.LOCAL)), Clearance.OPEN),
    ("dialect", CLOUD, nouns.request(sampling=Sampling(seed=1)), Clearance.OPEN),
    (
        "capability",
        nouns.standing(capabilities=frozenset()),
        nouns.request(stream=True),
        Clearance.OPEN,
    ),
    ("context", nouns.standing(context=30), nouns.request(), Clearance.OPEN),
    ("down", replace(CLOUD, state=EndpointState.DOWN), nouns.request(), Clearance.OPEN),
    ("down", replace(CLOUD, state=EndpointState.LOADING), nouns.request(), Clearance.OPEN),
    (
        "blocked",
        replace(CLOUD, blocked_until=101.0, blocked_by="breaker"),
        nouns.request(),
        Clearance.OPEN,
    ),
]


@pytest.mark.parametrize(("code", "standing", "request_", "clearance"), VETOES)
def test_each_veto_has_its_reason(
    code: str, standing: Standing, request_: Request, clearance: Clearance
) -> None:
    found = plan(standing, request=request_, clearance=clearance)
    assert not found.candidates
    assert [v.code for v in found.vetoes] == [code]


def test_a_name_lists_whom_it_means_and_counts_the_others() -> None:
    big, small = nouns.standing("big", model="both"), nouns.standing("both", model="small")
    down = replace(nouns.standing("down", model="both"), state=EndpointState.DOWN)
    crowd = [nouns.standing(f"other-{number}") for number in range(50)]
    found = plan(big, *crowd, small, down, request=nouns.request(target=Target(name="both")))
    assert order(found) == ["big", "both"]
    assert [(v.endpoint_id, v.code, v.detail) for v in found.vetoes] == [
        ("down", "down", "down"),
        (EVERY_OTHER, "name", "50"),
    ]


def test_a_label_too_high_for_the_key_tells_nothing_about_names() -> None:
    caller = replace(nouns.CALLER, highest=Sensitivity.LOW)
    named = nouns.request(target=Target(name="nobody"))
    found = plan(LOCAL, CLOUD, request=named, clearance=Clearance.LOCAL_ONLY, caller=caller)
    assert [v.code for v in found.vetoes] == ["key_label", "key_label"]


def test_a_veto_never_holds_the_name_of_an_unknown_field() -> None:
    strange = nouns.request(extras=(("홍길동 900101-1234567", Private("1")),))
    assert [v.detail for v in plan(CLOUD, request=strange).vetoes] == ["unknown_fields"]


def test_a_blocked_endpoint_is_asked_again_when_its_time_is_over() -> None:
    assert order(plan(replace(CLOUD, blocked_until=100.0, blocked_by="breaker"))) == ["cloud"]


def test_a_proved_zone_counts_not_the_declared_one() -> None:
    moved = replace(LOCAL, zone=Zone.CLOUD)
    assert order(plan(moved, CLOUD, clearance=Clearance.LOCAL_ONLY)) == []


def test_masked_requests_go_to_the_cloud_masked_and_home_as_they_are() -> None:
    found = plan(LOCAL, CLOUD, clearance=Clearance.MASKED)
    assert {c.endpoint.id: c.masked for c in found.candidates} == {"local": False, "cloud": True}


@pytest.mark.parametrize(
    ("preference", "first"),
    [
        (Preference.CHEAP, "local"),
        (Preference.BEST, "cloud"),
        (Preference.LOCAL, "local"),
        (Preference.AUTO, "cloud"),
    ],
)
def test_the_preference_decides_among_the_permitted(preference: Preference, first: str) -> None:
    dear = nouns.standing("cloud", quality=0.9, price=Price(10**10, 3 * 10**10))
    cloud = dear if preference is Preference.CHEAP else CLOUD
    request = nouns.request(target=Target(preference))
    assert order(plan(LOCAL, cloud, request=request))[0] == first


def test_a_hurry_prefers_the_faster_one() -> None:
    quick = nouns.standing("quick", quality=0.5, tokens_per_s=400.0)
    slow = nouns.standing("slow", quality=0.6, tokens_per_s=5.0)
    hurried = replace(nouns.inspection(), response_time=ResponseTime.FAST)
    found = ROUTER.plan(nouns.request(), hurried, nouns.CALLER, Snapshot.of(slow, quick), 0.0)
    assert order(found)[0] == "quick"


def test_the_order_of_the_fleet_does_not_matter() -> None:
    assert order(plan(LOCAL, CLOUD)) == order(plan(CLOUD, LOCAL))


def test_the_worst_cost_covers_the_longest_answer_of_every_choice() -> None:
    request = nouns.request(sampling=Sampling(max_tokens=50, n=3))
    inspection = replace(nouns.inspection(), tokens=TokenBounds(10, 40))
    found = ROUTER.plan(request, inspection, nouns.CALLER, Snapshot.of(CLOUD), 0.0)
    assert found.worst_cost == CLOUD.endpoint.price.cost(40, 150)


CLOUD_ONLY = Caller(tenant="t", key_id="k", endpoints=frozenset({"cloud"}))
REFUSALS: list[tuple[tuple[Standing, ...], Request, Clearance, Caller, type[HttpError]]] = [
    ((), nouns.request(), Clearance.OPEN, nouns.CALLER, ModelNotFound),
    ((CLOUD,), nouns.request(target=Target(name="x")), Clearance.OPEN, nouns.CALLER, ModelNotFound),
    ((LOCAL,), nouns.request(), Clearance.OPEN, CLOUD_ONLY, NotPermitted),
    ((CLOUD,), nouns.request(), Clearance.LOCAL_ONLY, nouns.CALLER, LabelRefused),
    (
        (CLOUD, nouns.standing("l", Zone.LOCAL, context=30)),
        nouns.request(),
        Clearance.LOCAL_ONLY,
        nouns.CALLER,
        ContextTooLong,
    ),
    (
        (nouns.standing(capabilities=frozenset({Capability.STREAM})),),
        nouns.request(sampling=Sampling(logprobs=True)),
        Clearance.OPEN,
        nouns.CALLER,
        NoCapableEndpoint,
    ),
    (
        (CLOUD, replace(LOCAL, state=EndpointState.DOWN)),
        nouns.request(),
        Clearance.LOCAL_ONLY,
        nouns.CALLER,
        LocalUnavailable,
    ),
    (
        (replace(CLOUD, state=EndpointState.DOWN),),
        nouns.request(),
        Clearance.OPEN,
        nouns.CALLER,
        NothingAvailable,
    ),
]


@pytest.mark.parametrize(("fleet", "request_", "clearance", "caller", "kind"), REFUSALS)
def test_the_furthest_stage_reached_says_what_to_change(
    fleet: tuple[Standing, ...],
    request_: Request,
    clearance: Clearance,
    caller: Caller,
    kind: type[HttpError],
) -> None:
    inspection, there = nouns.inspection(clearance), Snapshot.of(*fleet)
    found = ROUTER.plan(request_, inspection, caller, there, 0.0)
    error = refusal(found, inspection, Terms(), there, 0.0, 60.0)
    assert type(error) is kind
    assert error.message("en") != error.message("ko")


def test_retry_after_is_the_true_time_to_the_first_that_comes_back() -> None:
    fleet = (
        replace(CLOUD, blocked_until=107.0, blocked_by="breaker"),
        replace(nouns.standing("b"), blocked_until=103.0, blocked_by="retry_after"),
    )
    error = refusal(plan(*fleet), nouns.inspection(), Terms(), Snapshot.of(*fleet), 100.0, 60.0)
    assert error.retry_after_s == 3.0


def test_waiting_for_rate_limits_stays_a_429() -> None:
    fleet = (replace(CLOUD, blocked_until=107.0, blocked_by="retry_after"),)
    error = refusal(plan(*fleet), nouns.inspection(), Terms(), Snapshot.of(*fleet), 100.0, 60.0)
    assert isinstance(error, UpstreamRateLimited)
    assert error.retry_after_s == 7.0


def on_terms(**terms: float) -> Caller:
    return replace(nouns.CALLER, terms=Terms(plan="small", **terms))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("caller", "left"),
    [
        (nouns.CALLER, {"local", "cloud"}),
        (on_terms(quality_cap=0.3), {"local"}),
        (on_terms(quality_floor=0.9), {"cloud"}),
        (on_terms(quality_floor=0.4, quality_cap=0.8), set()),
    ],
)
def test_a_plan_offers_its_own_range_of_quality(caller: Caller, left: set[str]) -> None:
    found = plan(LOCAL, CLOUD, caller=caller)
    assert set(order(found)) == left
    assert {veto.code for veto in found.vetoes} <= {"plan"}


def test_the_plan_is_blamed_where_only_it_is_in_the_way() -> None:
    """The cloud may not see this text; the local model may, and the plan leaves it out."""
    caller = on_terms(quality_floor=0.5)
    found = plan(LOCAL, CLOUD, caller=caller, clearance=Clearance.LOCAL_ONLY)
    inspection = nouns.inspection(Clearance.LOCAL_ONLY)
    error = refusal(found, inspection, caller.terms, Snapshot.of(LOCAL, CLOUD), 100.0, 60.0)
    assert isinstance(error, PlanRefused)
    assert "'small'" in error.message()
    assert "(local lie outside)" in error.message()


def test_whoever_is_full_is_left_out_until_there_is_room() -> None:
    full = Room(full={"cloud": 12.5, "other": 3.0})
    found = ROUTER.plan(
        nouns.request(), nouns.inspection(), nouns.CALLER, Snapshot.of(LOCAL, CLOUD), 100.0, full
    )
    assert order(found) == ["local"]
    assert [(veto.code, veto.detail) for veto in found.vetoes] == [("limit", "12.5s")]
    alone = ROUTER.plan(
        nouns.request(), nouns.inspection(), nouns.CALLER, Snapshot.of(CLOUD), 100.0, full
    )
    error = refusal(alone, nouns.inspection(), Terms(), Snapshot.of(CLOUD), 100.0, 60.0, full)
    assert isinstance(error, UpstreamRateLimited)
    assert error.retry_after_s == 12.5


QUEUED = replace(
    LOCAL,
    endpoint=replace(
        LOCAL.endpoint, quality=0.9, queueing=Queueing(slots=2, size=8, batch_tokens=8192)
    ),
)


def test_waiting_for_a_turn_counts_as_time() -> None:
    asked = nouns.request(target=Target(preference=Preference.FAST))

    def first(wait_s: float) -> str:
        room = Room(waits={"local": wait_s})
        fleet = Snapshot.of(QUEUED, CLOUD)
        found = ROUTER.plan(asked, nouns.inspection(), nouns.CALLER, fleet, 100.0, room)
        (queued,) = [c for c in found.candidates if c.endpoint.id == "local"]
        assert queued.expected_s >= wait_s
        return found.candidates[0].endpoint.id

    assert [first(0.0), first(500.0)] == ["local", "cloud"]


def test_a_wait_beyond_the_deadline_is_a_veto_and_says_when_to_come_back() -> None:
    asked = nouns.request()
    now, fleet = asked.deadline - 20.0, Snapshot.of(QUEUED)
    room = Room(waits={"local": 50.0})
    found = ROUTER.plan(asked, nouns.inspection(), nouns.CALLER, fleet, now, room)
    assert [(veto.code, veto.detail) for veto in found.vetoes] == [("queue", "50.0s")]
    error = refusal(found, nouns.inspection(), Terms(), fleet, now, 20.0, room)
    assert isinstance(error, NothingAvailable)
    assert error.retry_after_s == 30.0


def test_what_can_never_be_loaded_is_told_with_its_sum() -> None:
    room = Room(unfit={"local": "52.0 GiB of ram, budget 24.0 GiB"})
    fleet = Snapshot.of(QUEUED)
    found = ROUTER.plan(nouns.request(), nouns.inspection(), nouns.CALLER, fleet, 0.0, room)
    assert [veto.code for veto in found.vetoes] == ["memory"]
    error = refusal(found, nouns.inspection(), Terms(), fleet, 0.0, 60.0, room)
    assert isinstance(error, MemoryInsufficient)
    assert error.status == 507
    assert "52.0 GiB" in error.message("ko")
