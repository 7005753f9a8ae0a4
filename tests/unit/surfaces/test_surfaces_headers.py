"""Headers: what is read within bounds, what is written, and that nothing is copied across."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gilmok.core.endpoint import Zone
from gilmok.core.errors import InvalidRequest
from gilmok.core.inspection import Sensitivity
from gilmok.surfaces import headers


@pytest.mark.parametrize(
    ("fields", "key"),
    [
        ({}, None),
        ({"authorization": "Bearer k1"}, "k1"),
        ({"authorization": "bearer   k1 "}, "k1"),
        ({"authorization": "Bearer"}, None),
        ({"authorization": "Bearer "}, None),
        ({"authorization": "k1"}, None),
        ({"authorization": ""}, None),
        ({"authorization": "Basic azE6"}, None),
        ({"authorization": "Basic azE6", "x-api-key": "k2"}, None),
        ({"authorization": "Bearer k1", "x-api-key": "k2"}, "k1"),
        ({"x-api-key": "k2", "api-key": "k3"}, "k2"),
        ({"api-key": " k3 "}, "k3"),
        ({"x-api-key": ""}, None),
        ({"authorization": "Bearer " + "k" * 512}, "k" * 512),
        ({"authorization": "Bearer " + "k" * 513}, None),
    ],
)
def test_the_key_a_client_shows(fields: dict[str, str], key: str | None) -> None:
    found = headers.presented_key(fields)
    assert (found and found.reveal()) == key
    assert "k" * 9 not in repr(found)


@pytest.mark.parametrize(
    ("value", "language"),
    [
        ("ko", "ko"),
        ("ko-KR,ko;q=0.9,en-US;q=0.8,en;q=0.7", "ko"),
        ("en-US,en;q=0.9,ko;q=0.8", "en"),
        ("en;q=0.5, ko;q=0.6", "ko"),
        ("ko, en", "ko"),
        ("en, ko", "en"),
        ("KO-kr", "ko"),
        ("ja, ko;q=0.1", "ko"),
        ("ko;q=0", "en"),
        ("ko;q=", "en"),
        ("ko;q=abc", "en"),
        ("ko;q=nan", "en"),
        ("ko;q=٠.٩", "en"),
        ("ko;q=-1", "en"),
        ("ko;q=9", "ko"),
        ("ko; Q=0.9", "ko"),
        ("ko;level=1", "en"),
        ("kok", "en"),
        ("*", "en"),
        ("fr", "en"),
        ("", "en"),
        (",;=,;q=1,", "en"),
        ("fr," * 16 + "ko", "en"),
        ("x" * 600 + ",ko", "en"),
    ],
)
def test_the_language_a_client_prefers(value: str, language: str) -> None:
    assert headers.locale({"accept-language": value}) == language


def test_english_where_nothing_is_said() -> None:
    assert headers.locale({}) == "en"
    assert headers.locale({}, "ko") == headers.locale({"accept-language": "fr"}, "ko") == "ko"
    assert headers.locale({"accept-language": "en-US,ko;q=0.1"}, "ko") == "en"


@given(st.text(max_size=60))
def test_no_accept_language_fails(value: str) -> None:
    assert headers.locale({"accept-language": value}) in ("ko", "en")


@pytest.mark.parametrize(
    ("value", "word"), [("review", "review"), (" Order-2.a_b ", "order-2.a_b")]
)
def test_a_task_is_a_plain_word(value: str, word: str) -> None:
    assert headers.task({headers.TASK: value}) == word
    assert headers.task({}) is None


@pytest.mark.parametrize("value", ["", " ", "a b", "주문", "a" * 65, "a\n", "a, b", "İ"])
def test_a_task_that_is_none(value: str) -> None:
    if value == "a\n":  # servers refuse line breaks; surrounding space is stripped here as well
        assert headers.task({headers.TASK: value}) == "a"
        return
    with pytest.raises(InvalidRequest) as caught:
        headers.task({headers.TASK: value})
    assert caught.value.param == headers.TASK


@pytest.mark.parametrize(
    ("value", "seconds"),
    [(None, 60), ("1", 0.001), ("1500", 1.5), (" 60000 ", 60), ("9999999999", 60)],
)
def test_a_deadline_may_only_be_lowered(value: str | None, seconds: float) -> None:
    fields = {} if value is None else {headers.DEADLINE: value}
    assert headers.seconds_allowed(fields, 60) == seconds


@pytest.mark.parametrize("value", ["", "0", "-1", "1.5", "1e3", "abc", "٣", "²", "9" * 5000, "00"])
def test_a_deadline_that_is_none(value: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        headers.seconds_allowed({headers.DEADLINE: value}, 60)
    assert caught.value.param == headers.DEADLINE


def answer(
    endpoint_id: str = "cloud-mini", cost: int | None = None, validation: str | None = None
) -> dict[str, str]:
    return dict(
        headers.answer_headers(
            decision_id="dec_1",
            content_type="application/json",
            endpoint_id=endpoint_id,
            zone=Zone.CLOUD,
            sensitivity=Sensitivity.LOW,
            attempts=2,
            fallback=True,
            cache="miss",
            cost=cost,
            validation=validation,
        )
    )


def test_headers_of_an_answer() -> None:
    assert answer(cost=1500) == {
        "content-type": "application/json",
        "x-request-id": "dec_1",
        "x-gilmok-decision": "dec_1",
        "x-gilmok-endpoint": "cloud-mini",
        "x-gilmok-zone": "cloud",
        "x-gilmok-sensitivity": "low",
        "x-gilmok-attempts": "2",
        "x-gilmok-fallback": "true",
        "x-gilmok-cache": "miss",
        "x-gilmok-cost-usd": "0.000001500",
    }


def test_a_cost_that_is_not_known_is_not_written() -> None:
    assert "x-gilmok-cost-usd" not in answer()
    assert answer(cost=0)["x-gilmok-cost-usd"] == "0.000000000"


def test_only_a_flawed_answer_is_marked() -> None:
    assert "x-gilmok-validation" not in answer()
    assert answer(validation="refusal")["x-gilmok-validation"] == "refusal"


@given(st.text(max_size=20))
def test_a_configured_name_cannot_break_a_header(name: str) -> None:
    value = answer(endpoint_id=name)["x-gilmok-endpoint"]
    assert value.isascii()
    assert value.isprintable()
