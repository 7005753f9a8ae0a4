"""Scores and recommendations, against the first document's numbers and against their definitions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from gilmok.lab import FeedbackPolicy, ScoreWeights, performance
from gilmok.lab.efficiency import Efficiency, efficiency
from gilmok.lab.recommendations import MESSAGES, local_share, recommendations
from gilmok.ledger import EndpointStatistics, Statistics
from tests.unit.lab.samples import found, served

POLICY = FeedbackPolicy()
USD = 10**9


def score(of: EndpointStatistics, policy: FeedbackPolicy = POLICY) -> Efficiency:
    return efficiency(of, policy)


def codes(statistics: Statistics, policy: FeedbackPolicy = POLICY) -> list[str]:
    scores = [efficiency(of, policy) for of in statistics.endpoints]
    return [r.code for r in recommendations(statistics, scores, policy, "en")]


def test_the_documents_cloud() -> None:
    """Seven requests, 2629 ms on average, $0.001687: the document prints 0.70, 1.00, 0.00, 1.00."""
    cloud = score(served(successes=7, mean_ms=2_629.0, cost=1_687_000))
    assert cloud.cost_efficiency == pytest.approx(0.998313)
    assert (cloud.speed_score, cloud.reliability) == (0.0, 1.0)
    assert cloud.score == pytest.approx(0.3 * 0.998313 + 0.4)
    shown = (cloud.score, cloud.cost_efficiency or 0.0, cloud.speed_score, cloud.reliability)
    assert [f"{part:.2f}" for part in shown] == ["0.70", "1.00", "0.00", "1.00"]


def test_who_was_asked_nothing_scores_nothing() -> None:
    for of in (
        served(successes=0),
        served(successes=0, unfinished=3),
        served(successes=0, side_calls=4),
    ):
        assert score(of) == Efficiency(
            endpoint_id="cloud-mini",
            zone="cloud",
            score=0.0,
            cost_efficiency=0.0,
            speed_score=0.0,
            reliability=0.0,
        )


def test_who_only_failed_is_free_and_neither_fast_nor_reliable() -> None:
    failed = score(served(successes=0, failures=3))
    assert (failed.cost_efficiency, failed.speed_score, failed.reliability) == (1.0, 0.0, 0.0)
    assert failed.score == pytest.approx(0.3)


def test_an_unknown_price_is_not_free() -> None:
    unknown = score(served(unpriced=1, mean_ms=250.0))
    assert unknown.cost_efficiency is None
    assert unknown.score == pytest.approx((0.3 * 0.5 + 0.4 * 1.0) / 0.7)


def test_weights_count_by_their_relation() -> None:
    of = served(failures=5, mean_ms=300.0, cost=USD // 4)
    doubled = replace(POLICY, weights=ScoreWeights(cost=0.6, speed=0.6, reliability=0.8))
    assert score(of, doubled).score == pytest.approx(score(of).score)
    only_cost = replace(POLICY, weights=ScoreWeights(cost=1, speed=0, reliability=0))
    assert score(of, only_cost).score == pytest.approx(0.75)
    nothing = replace(POLICY, weights=ScoreWeights(cost=0, speed=0, reliability=0))
    assert score(of, nothing).score == 0.0


any_endpoint = st.builds(
    lambda successes, failures, ms, cost, unpriced: served(
        successes=successes,
        failures=failures,
        cost=cost,
        unpriced=min(unpriced, successes),
        **({"mean_ms": ms} if successes else {}),
    ),
    st.integers(0, 50),
    st.integers(0, 50),
    st.floats(0, 10_000),
    st.integers(0, 5 * USD),
    st.integers(0, 1),
)


@given(any_endpoint, st.integers(0, USD), st.floats(0, 5_000))
def test_scores_are_bounded_and_never_rise_with_cost_or_time(
    of: EndpointStatistics, more: int, longer: float
) -> None:
    plain = score(of)
    parts = (plain.score, plain.cost_efficiency or 0.0, plain.speed_score, plain.reliability)
    assert all(0.0 <= part <= 1.0 for part in parts)
    assert score(replace(of, cost=of.cost + more)).score <= plain.score
    if of.mean_ms is not None:
        assert score(replace(of, mean_ms=of.mean_ms + longer)).score <= plain.score


def test_each_recommendation_at_its_threshold() -> None:
    """Beyond the threshold it is said, at the threshold it is not."""
    both = (served(successes=50), served("here", "local", successes=50))
    cases: list[tuple[str, Statistics, Statistics]] = [
        ("cost_high", found(*both, cost=USD + 1), found(*both, cost=USD)),
        ("savings_good", found(*both, savings=USD // 2 + 1), found(*both, savings=USD // 2)),
        (
            "endpoint_unreliable",
            found(served(successes=79, failures=21), both[1]),
            found(served(successes=80, failures=20), both[1]),
        ),
        (
            "endpoint_slow",
            found(served(mean_ms=251.0), both[1]),
            found(served(mean_ms=250.0), both[1]),
        ),
        (
            "local_share_low",
            found(served(successes=71), served("here", "private", successes=29)),
            found(served(successes=70), served("here", "private", successes=30)),
        ),
        (
            "local_share_high",
            found(served(successes=29), served("here", "local", successes=71)),
            found(served(successes=30), served("here", "local", successes=70)),
        ),
    ]
    for code, beyond, at in cases:
        assert code in codes(beyond), code
        assert code not in codes(at), code
    assert {code for code, _, _ in cases} == set(MESSAGES) - {"all_good"}


def test_thresholds_are_the_policys() -> None:
    busy = found(served(mean_ms=900.0, cost=3 * USD), served("here", "local"))
    assert codes(busy) == ["cost_high", "endpoint_slow"]
    easy = replace(POLICY, cost=10 * USD, target_latency_ms=2_000.0)
    assert codes(busy, easy) == ["all_good"]


def test_nothing_is_praised_where_nothing_was_answered() -> None:
    assert codes(found()) == []
    assert codes(found(served(successes=0, unfinished=2))) == []
    assert local_share(found(served(successes=0))) is None


def test_failed_attempts_are_no_share_of_the_answers() -> None:
    """Nine failures here and one answer there: everything was answered in the cloud."""
    statistics = found(served("here", "local", successes=0, failures=9), served(successes=1))
    assert local_share(statistics) == 0.0


def test_recommendations_name_what_was_measured_in_both_languages() -> None:
    statistics = found(served("flaky", failures=90, mean_ms=1_300.0), cost=2 * USD)
    for locale, expected in (("en", "flaky succeeded in 10 %"), ("ko", "flaky의 성공률이 10 %로")):
        report = performance(statistics, POLICY, "ko" if locale == "ko" else "en")
        said = {r.code: r for r in report.recommendations}
        assert expected in said["endpoint_unreliable"].message
        assert said["endpoint_unreliable"].endpoint_id == "flaky"
        assert said["endpoint_unreliable"].value == pytest.approx(0.1)
        assert "1.3 s" in said["endpoint_slow"].message
        assert "$2.00" in said["cost_high"].message
