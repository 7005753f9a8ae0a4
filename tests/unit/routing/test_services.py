"""Requests that are no chat: whom they may be sent to, in which order, at what price."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from gilmok.core.endpoint import Snapshot, Standing, Zone
from gilmok.core.errors import HttpError, ModelNotFound, NothingDoes, OtherwiseUsed
from gilmok.core.inspection import Clearance, Inspection
from gilmok.core.money import Price, Rates, nano
from gilmok.core.plan import RoutePlan
from gilmok.core.request import Request, Target
from gilmok.core.work import Does, Embedding, Picture, Speech, Transcription, Work, units
from gilmok.routing import Objective, Router, refusal
from tests.unit import nouns

ROUTER = Router(lambda endpoint, request: (), Objective())
PICTURE = Picture(count=3, size="1024x1024")


def does(standing: Standing, what: Does, price: Price | None = None) -> Standing:
    endpoint = replace(standing.endpoint, does=what, price=price or standing.endpoint.price)
    return replace(standing, endpoint=endpoint)


def stand_in(standing: Standing) -> Standing:
    row = replace(standing.endpoint.provider, stand_in=True)
    return replace(standing, endpoint=replace(standing.endpoint, provider=row))


CHAT = nouns.standing("chat", Zone.LOCAL, quality=0.9)
PAINTER = does(nouns.standing("painter", Zone.CLOUD, quality=0.6), Does.IMAGES)
CARDS = stand_in(does(nouns.standing("cards", Zone.LOCAL, quality=1.0, price=Price()), Does.IMAGES))
ENCODER = does(nouns.standing("encoder", Zone.CLOUD, quality=0.5), Does.EMBEDDINGS)
SPEAKER = does(nouns.standing("speaker", Zone.CLOUD, quality=0.5), Does.SPEECH)
FLEET = (CHAT, PAINTER, CARDS, ENCODER, SPEAKER)


def wanted(work: Work | None, name: str | None = None) -> Request:
    return replace(nouns.request(target=Target(name=name)), work=work)


def plan(
    request: Request, *fleet: Standing, inspection: Inspection | None = None
) -> tuple[RoutePlan, Inspection]:
    inspection = inspection or nouns.inspection(Clearance.OPEN)
    return ROUTER.plan(request, inspection, nouns.CALLER, Snapshot.of(*fleet), 100.0), inspection


def order(found: RoutePlan) -> list[str]:
    return [candidate.endpoint.id for candidate in found.candidates]


def refused(request: Request, *fleet: Standing) -> HttpError:
    found, inspection = plan(request, *fleet)
    assert not found.candidates
    return refusal(found, inspection, nouns.CALLER.terms, Snapshot.of(*fleet), 100.0, 30.0)


@pytest.mark.parametrize(
    ("work", "expected"),
    [
        (None, ["chat"]),
        (PICTURE, ["painter", "cards"]),
        (Embedding(), ["encoder"]),
        (Speech(voice="alloy", characters=5), ["speaker"]),
    ],
)
def test_only_who_does_it_is_asked(work: Work | None, expected: list[str]) -> None:
    found, _ = plan(wanted(work), *FLEET)
    assert order(found) == expected


def test_a_stand_in_is_the_last_however_good_it_calls_itself() -> None:
    other = does(nouns.standing("other", Zone.CLOUD, quality=0.0), Does.IMAGES)
    found, _ = plan(wanted(PICTURE), CARDS, other, PAINTER)
    assert order(found)[-1] == "cards"


def test_who_does_something_else_gives_no_reason_unless_it_was_named() -> None:
    found, _ = plan(wanted(None), *FLEET)
    assert {veto.code for veto in found.vetoes} <= {"name"}
    named = refused(wanted(PICTURE, "chat"), *FLEET)
    assert isinstance(named, OtherwiseUsed)
    assert "chat: chat" in named.message("en")


def test_nobody_does_it() -> None:
    error = refused(wanted(Transcription(media_type="audio/wav")), *FLEET)
    assert isinstance(error, NothingDoes)
    assert 'does = "transcription"' in error.message("en")
    assert 'does = "transcription"' in error.message("ko")


def test_where_nobody_chats_a_chat_is_told_so() -> None:
    """And not that it named a model wrongly: it named none."""
    error = refused(wanted(None), PAINTER, CARDS)
    assert isinstance(error, NothingDoes)
    assert 'does = "chat"' in error.message("en")


def test_an_unknown_name_is_an_unknown_name() -> None:
    assert isinstance(refused(wanted(PICTURE, "nobody"), *FLEET), ModelNotFound)


def test_masked_text_is_embedded_elsewhere_but_never_drawn_or_spoken() -> None:
    masked = nouns.inspection(Clearance.MASKED)
    found, _ = plan(wanted(Embedding()), *FLEET, inspection=masked)
    assert [c.masked for c in found.candidates] == [True]
    found, _ = plan(wanted(PICTURE), *FLEET, inspection=masked)
    assert order(found) == ["cards"]
    assert [(v.endpoint_id, v.code) for v in found.vetoes] == [("painter", "label")]


def test_high_text_stays_here_whatever_is_wanted() -> None:
    high = nouns.inspection(Clearance.LOCAL_ONLY)
    for work in (PICTURE, Embedding(), Speech(voice="alloy")):
        found, _ = plan(wanted(work), *FLEET, inspection=high)
        assert all(candidate.zone is not Zone.CLOUD for candidate in found.candidates)


def test_what_is_paid_by_the_piece_is_held_by_the_piece() -> None:
    price = Price(0, 0, Rates(unit=nano("0.04") * 10**6))
    found, _ = plan(wanted(PICTURE), does(PAINTER, Does.IMAGES, price))
    (candidate,) = found.candidates
    assert candidate.expected_cost == candidate.worst_cost == 3 * nano("0.04")


def test_what_is_made_is_held_where_it_is_paid_by_the_token() -> None:
    price, words = Price(10, 10**9), nouns.inspection().tokens.upper
    speaker = does(nouns.standing("by-token", Zone.CLOUD), Does.SPEECH, price)
    found, _ = plan(wanted(Speech(voice="alloy")), speaker)
    assert found.worst_cost == price.cost(words, speaker.endpoint.context)
    encoder = does(nouns.standing("encoder", Zone.CLOUD), Does.EMBEDDINGS, price)
    found, _ = plan(wanted(Embedding()), encoder)
    assert found.worst_cost == price.cost(words, 0)


def test_units() -> None:
    assert units(None) == units(Embedding()) == 0
    assert units(PICTURE) == 3
    assert units(Speech(voice="alloy", characters=7)) == 7
    assert units(Transcription(media_type="audio/wav", milliseconds=1500)) == 1500


def test_pictures_by_the_token_are_held_by_the_dearest_picture() -> None:
    price, words = Price(10, 10**9), nouns.inspection().tokens.upper
    painter = does(nouns.standing("by-token", Zone.CLOUD), Does.IMAGES, price)
    known = replace(painter, endpoint=replace(painter.endpoint, max_output=6240))
    found, _ = plan(wanted(PICTURE), known)
    assert found.worst_cost == price.cost(words, 3 * 6240)
    # Nobody knows how many tokens a new model's picture has: more than any known one's.
    unknown = replace(painter, endpoint=replace(painter.endpoint, max_output=None))
    found, _ = plan(wanted(PICTURE), unknown)
    assert found.worst_cost == price.cost(words, 3 * 16_384)
