"""Sessions on a clock of their own: they expire, are bounded, and keep an order under way."""

from __future__ import annotations

from itertools import count

import pytest

from gilmok_kiosk.conversation import Conversation
from gilmok_kiosk.menu import load_menu
from gilmok_kiosk.order import Wish, add, confirm
from gilmok_kiosk.web.sessions import TURNS, Session, Sessions

MENU = load_menu()


class Watch:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def sessions(watch: Watch) -> Sessions:
    numbers = count()
    return Sessions(
        Conversation, idle_s=300, limit=3, clock=watch, new_id=lambda: f"s{next(numbers)}"
    )


def opened(sessions: Sessions) -> tuple[str, Session]:
    found = sessions.open()
    assert found is not None
    return found


def ordering(sessions: Sessions) -> str:
    key, session = opened(sessions)
    session.conversation.order = add(session.conversation.order, MENU, Wish("latte"))
    return key


def test_a_session_lives_while_it_is_used(sessions: Sessions, watch: Watch) -> None:
    key, session = opened(sessions)
    for watch.now in (299.0, 598.0, 897.0):
        assert sessions.find(key) is session
    watch.now = 1198.0
    assert sessions.find(key) is None
    assert len(sessions) == 0


def test_a_reply_under_way_does_not_expire(sessions: Sessions, watch: Watch) -> None:
    key, session = opened(sessions)
    session.busy = True
    watch.now = 10_000.0
    assert sessions.find(key) is session


def test_the_longest_unused_makes_room(sessions: Sessions, watch: Watch) -> None:
    keys = []
    for watch.now in (0.0, 1.0, 2.0):
        keys.append(opened(sessions)[0])
    sessions.find(keys[0])
    newest, _ = opened(sessions)
    assert len(sessions) == 3
    assert [key for key in (*keys, newest) if sessions.find(key)] == [keys[0], keys[2], newest]


def test_an_order_under_way_is_never_dropped_for_a_newcomer(sessions: Sessions) -> None:
    keys = [ordering(sessions) for _ in range(3)]
    assert sessions.open() is None
    assert all(sessions.find(key) for key in keys)


def test_a_placed_order_makes_room(sessions: Sessions) -> None:
    keys = [ordering(sessions) for _ in range(3)]
    session = sessions.find(keys[1])
    assert session is not None
    session.conversation.order = confirm(session.conversation.order)
    assert sessions.open() is not None
    assert sessions.find(keys[1]) is None


def test_closing_forgets(sessions: Sessions) -> None:
    key, _ = opened(sessions)
    sessions.close(key)
    sessions.close(key)
    assert sessions.find(key) is None


def test_turns_are_bounded_and_pieces_are_joined(sessions: Sessions) -> None:
    _, session = opened(sessions)
    for number in range(TURNS + 5):
        turn = session.begin(f"m{number}")
        for piece in ("a", "b"):
            turn.keep({"type": "said", "text": piece, "by": "model"})
        turn.keep({"type": "changed", "order": {}, "by": "rules"})
        turn.keep({"type": "finished"})
    assert len(session.turns) == TURNS
    assert session.turns[-1] == {
        "text": f"m{TURNS + 4}",
        "events": [{"type": "said", "text": "ab", "by": "model"}, {"type": "finished"}],
    }
