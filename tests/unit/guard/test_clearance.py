"""The one door: what it lets out, where to, and what it never lets out."""

from __future__ import annotations

import pytest

from gilmok.core.endpoint import Endpoint, Zone
from gilmok.core.identity import Caller
from gilmok.core.inspection import Clearance, Evidence, Inspection, Sensitivity
from gilmok.core.outbound import Letter
from gilmok.core.request import Request, texts
from gilmok.guard import CannotClear, Clearer
from tests.unit import nouns

HOME = {Zone.LOCAL, Zone.PRIVATE}


class PlainDialect:
    def unsupported(self, request: Request) -> tuple[str, ...]:
        return ()

    def encode(self, endpoint: Endpoint, request: Request) -> Letter:
        return Letter("/", "|".join(r.text.reveal() for r in texts(request)).encode())


class Finds:
    """An inspector that finds whatever contains `needle` to be of the given clearance."""

    def __init__(self, needle: str, clearance: Clearance) -> None:
        self._needle, self._clearance = needle, clearance

    def inspect(self, request: Request) -> Inspection:
        found = any(self._needle in ref.text.reveal() for ref in texts(request))
        return nouns.inspection(self._clearance if found else Clearance.OPEN)


def clearer(needle: str = "\0", clearance: Clearance = Clearance.LOCAL_ONLY) -> Clearer:
    return Clearer(Finds(needle, clearance), lambda wire: PlainDialect())


PHONE = Evidence("id.kr_phone", Sensitivity.MEDIUM, 0, 5, 18, True)
TEXT = "call 010-1234-5678 now"


@pytest.mark.parametrize("zone", Zone)
def test_local_only_text_is_bound_to_home_whatever_the_plan_says(zone: Zone) -> None:
    outbound = clearer().clear(
        nouns.request(TEXT),
        nouns.inspection(Clearance.LOCAL_ONLY, PHONE),
        nouns.CALLER,
        nouns.candidate(zone=zone, masked=True),
    )
    assert outbound.zones == HOME


def test_open_text_may_go_anywhere() -> None:
    outbound = clearer().clear(
        nouns.request("hi"), nouns.inspection(), nouns.CALLER, nouns.candidate()
    )
    assert outbound.zones == set(Zone)


def test_masked_text_may_go_anywhere_once_it_is_open() -> None:
    outbound = clearer().clear(
        nouns.request(TEXT),
        nouns.inspection(Clearance.MASKED, PHONE),
        nouns.CALLER,
        nouns.candidate(masked=True),
    )
    assert outbound.zones == set(Zone)
    assert outbound.letter.body == b"call [PHONE_1] now"


def test_unmasked_text_of_a_masked_request_stays_home() -> None:
    outbound = clearer().clear(
        nouns.request(TEXT),
        nouns.inspection(Clearance.MASKED, PHONE),
        nouns.CALLER,
        nouns.candidate(zone=Zone.LOCAL),
    )
    assert outbound.zones == HOME
    assert outbound.letter.body == TEXT.encode()


@pytest.mark.parametrize("again", [Clearance.LOCAL_ONLY, Clearance.MASKED])
def test_masking_that_does_not_lower_the_label_is_refused(again: Clearance) -> None:
    with pytest.raises(CannotClear):
        clearer("now", again).clear(
            nouns.request(TEXT),
            nouns.inspection(Clearance.MASKED, PHONE),
            nouns.CALLER,
            nouns.candidate(masked=True),
        )


def test_a_key_without_a_zone_has_no_text_there() -> None:
    caller = Caller(tenant="t", key_id="k", zones=frozenset({Zone.CLOUD}))
    with pytest.raises(CannotClear):
        clearer().clear(
            nouns.request(TEXT),
            nouns.inspection(Clearance.LOCAL_ONLY, PHONE),
            caller,
            nouns.candidate(zone=Zone.LOCAL),
        )


def test_nothing_that_may_leave_prints_its_text() -> None:
    outbound = clearer().clear(
        nouns.request(TEXT), nouns.inspection(), nouns.CALLER, nouns.candidate()
    )
    assert "010" not in repr(outbound)
