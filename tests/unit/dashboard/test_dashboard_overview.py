"""What the overview makes of a report, and how much of it."""

from __future__ import annotations

from typing import Literal

import pytest

from gilmok.dashboard.overview import DRAWN, LISTED, Overview, overview
from gilmok.dashboard.words import words
from gilmok.lab import FeedbackPolicy, performance
from gilmok.ledger import Reason, Statistics
from tests.unit.lab.samples import found, served


def seen(statistics: Statistics, locale: Literal["ko", "en"] = "en") -> Overview:
    return overview(statistics, performance(statistics, FeedbackPolicy(), locale), locale)


def test_many_endpoints_are_listed_and_few_are_drawn() -> None:
    every = [served(f"e{n:03}", successes=1_000 - n) for n in range(LISTED + 10)]
    page = seen(found(*every))
    assert [figure.title for figure in page.efficiency] == [f"e{n:03}" for n in range(DRAWN)]
    assert len(page.scores.rows) == len(page.cloud.endpoints.rows) == LISTED
    latency = page.cloud.latency
    assert latency is not None
    assert latency.svg.count("<text") == 2 * DRAWN
    assert latency.table is not None
    assert len(latency.table.rows) == LISTED


def test_a_side_without_an_answer_has_no_times() -> None:
    page = seen(found(served("flaky", successes=0, failures=3)))
    assert page.cloud.latency is None
    assert page.local.latency is None
    assert page.local.endpoints.rows == ()
    assert dict(page.cloud.facts)["success rate"] == "0 %"


def test_unknown_prices_are_said() -> None:
    page = seen(found(served(unpriced=3)))
    assert dict(page.cloud.facts)["cost"] == "$0 (3 answers of unknown price)"
    assert page.scores.rows[0][3] == "unknown"


def test_totals_tell_only_what_happened() -> None:
    plain = seen(found(served()))
    assert plain.totals[0] == ("requests", "10", "")
    busy = seen(found(served(), refused=2, cancelled=1, cost=5_000, estimated_cost=3_000))
    assert busy.totals[0][2] == "refused 2, cancelled 1"
    assert busy.totals[2][1:] == ("$0.000005", "of which $0.000003 estimated")


def test_reasons_are_in_the_readers_language() -> None:
    statistics = found(
        served(), fallbacks=4, fallback_reasons=(Reason("upstream_status_503", 3), Reason("new", 1))
    )
    page = seen(statistics, "ko")
    assert page.fallbacks[1] == "가장 흔한 이유: 상태 503."
    assert page.reasons is not None
    assert page.reasons.table is not None
    assert page.reasons.table.rows == (("상태 503", "3"), ("new", "1"))


@pytest.mark.parametrize("locale", ["ko", "en"])
def test_every_word_is_there_in_both_languages(locale: Literal["ko", "en"]) -> None:
    assert words(locale).keys() == words("en").keys()
    assert all(words(locale).values())
