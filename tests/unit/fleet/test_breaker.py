"""The breaker's states, on a clock of numbers; and what the registry makes of them."""

from __future__ import annotations

from gilmok.core.endpoint import EndpointState, Zone
from gilmok.core.errors import (
    ConnectFailed,
    DeadlineExceeded,
    StreamBroken,
    UpstreamStatus,
    ZoneRefused,
)
from gilmok.fleet import BreakerPolicy, Registry
from gilmok.fleet.breaker import Breaker
from tests.unit import nouns

POLICY = BreakerPolicy(failures=3, window_s=10.0, cool_s=5.0, cool_max_s=20.0)


class Clock:
    now = 100.0

    def monotonic(self) -> float:
        return self.now

    def wall(self) -> int:
        return 0


def registry(clock: Clock) -> Registry:
    return Registry([nouns.endpoint("a"), nouns.endpoint("b", Zone.LOCAL)], clock, POLICY)


def test_it_opens_at_the_limit_within_the_window() -> None:
    breaker = Breaker()
    for now in (0.0, 1.0):
        breaker = breaker.failed(now, POLICY)
    assert not breaker.tripped
    assert breaker.failed(2.0, POLICY).open_until == 7.0
    assert not breaker.failed(11.5, POLICY).tripped, "the first failures are too old to count"


def test_it_stays_open_longer_each_time_up_to_the_cap() -> None:
    breaker = Breaker(open_until=0.0, cool_s=5.0)
    lengths = []
    for _ in range(4):
        breaker = breaker.failed(0.0, POLICY)
        lengths.append(breaker.open_until)
    assert lengths == [10.0, 20.0, 20.0, 20.0]


def test_one_probe_at_a_time_and_a_success_closes_it() -> None:
    clock = Clock()
    fleet = registry(clock)
    for _ in range(3):
        fleet.failed("a", ConnectFailed("refused"))
    assert fleet.snapshot().named("a")[0].blocked_until == 105.0
    clock.now = 105.0
    fleet.asking("a")
    assert fleet.snapshot().named("a")[0].blocked_until == 110.0, (
        "a second request waits for the probe"
    )
    fleet.answered("a", 0.1, None)
    assert fleet.snapshot().named("a")[0].blocked_until == 0.0


def test_a_probe_whose_caller_had_no_time_is_given_back() -> None:
    clock = Clock()
    fleet = registry(clock)
    fleet.gave_up("a")
    assert not fleet.asking("a"), "a healthy endpoint needs no probe"
    for _ in range(3):
        fleet.failed("a", ConnectFailed("refused"))
    clock.now = 106.0
    assert fleet.asking("a")
    assert fleet.snapshot().named("a")[0].blocked_until > clock.now
    fleet.gave_up("a")
    assert fleet.snapshot().named("a")[0].blocked_until == clock.now
    assert fleet.asking("a"), "it is still to be proved"
    fleet.failed("a", ConnectFailed("refused"))
    assert fleet.snapshot().named("a")[0].blocked_until == 116.0, (
        "it failed: twice as long as before"
    )


def test_a_full_endpoint_is_not_a_sick_one() -> None:
    clock = Clock()
    fleet = registry(clock)
    for _ in range(5):
        fleet.failed("a", UpstreamStatus(429, retry_after_s=7.0))
        fleet.failed("b", UpstreamStatus(400))
    assert fleet.snapshot().named("a")[0].blocked_by == "retry_after"
    assert fleet.snapshot().named("a")[0].blocked_until == 107.0
    assert fleet.snapshot().named("b")[0].blocked_until == 0.0


def test_an_address_that_moved_lowers_the_zone_and_never_raises_it() -> None:
    fleet = registry(Clock())
    fleet.failed("b", ZoneRefused("b", Zone.CLOUD))
    assert fleet.snapshot().named("b")[0].zone is Zone.CLOUD
    fleet.saw("a", EndpointState.UP, Zone.LOCAL)
    assert fleet.snapshot().named("a")[0].zone is Zone.CLOUD, "declared cloud stays cloud"


def test_a_snapshot_is_kept_until_something_changes() -> None:
    fleet = registry(Clock())
    before = fleet.snapshot()
    fleet.saw("a", EndpointState.UNKNOWN)
    assert fleet.snapshot() is before
    fleet.saw("a", EndpointState.UP)
    assert fleet.snapshot() is not before


def test_reconfiguring_keeps_what_was_measured_of_unchanged_endpoints() -> None:
    fleet = registry(Clock())
    fleet.answered("a", 9.0, 5.0)
    measured = fleet.snapshot().named("a")[0].first_token_s
    fleet.configure([nouns.endpoint("a"), nouns.endpoint("c")])
    assert [s.endpoint.id for s in fleet.snapshot()] == ["a", "c"]
    assert fleet.snapshot().named("a")[0].first_token_s == measured
    fleet.configure([nouns.endpoint("a", quality=0.9)])
    assert fleet.snapshot().named("a")[0].first_token_s != measured


def test_callers_whose_own_time_runs_out_close_an_endpoint_for_nobody() -> None:
    fleet = registry(Clock())
    for _ in range(10):
        fleet.failed("a", StreamBroken(DeadlineExceeded.code))
    assert fleet.snapshot().named("a")[0].blocked_until == 0.0


def test_a_snapshot_knows_names_and_stays_as_it_was() -> None:
    fleet = registry(Clock())
    fleet.configure([nouns.endpoint("a", model="big"), nouns.endpoint("big", model="small")])
    before = fleet.snapshot()
    assert [s.endpoint.id for s in before.named("big")] == ["a", "big"]
    assert before.named("nobody") == ()
    fleet.answered("a", 9.0, 5.0)
    assert before.named("a")[0].first_token_s != fleet.snapshot().named("a")[0].first_token_s
    fleet.join(nouns.endpoint("new", model="big"))
    assert [s.endpoint.id for s in fleet.snapshot().named("big")] == ["a", "big", "new"]
    assert len(before) == 2


def test_a_whole_answer_of_an_endpoint_that_is_up_makes_no_new_snapshot() -> None:
    fleet = registry(Clock())
    fleet.answered("a", None, None)
    seen = fleet.snapshot()
    fleet.answered("a", None, None)
    assert fleet.snapshot() is seen
    fleet.answered("a", 0.5, 40.0)
    assert fleet.snapshot() is not seen, "a stream shows how fast it is"


def test_an_answer_frees_an_endpoint_that_failed_although_it_shows_no_figures() -> None:
    fleet = registry(Clock())
    fleet.answered("a", None, None)
    for _ in range(POLICY.failures):
        fleet.failed("a", ConnectFailed("refused"))
    (blocked,) = fleet.snapshot().named("a")
    assert blocked.blocked_until > 0.0
    fleet.answered("a", None, None)
    (free,) = fleet.snapshot().named("a")
    assert free.blocked_until == 0.0
