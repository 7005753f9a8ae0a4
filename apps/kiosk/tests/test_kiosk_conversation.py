"""What a conversation keeps, and what it forgets."""

from __future__ import annotations

import pytest

from gilmok_kiosk.conversation import Conversation
from gilmok_kiosk.menu import load_menu
from gilmok_kiosk.order import EMPTY, Remove, Wish, add
from gilmok_kiosk.prompting import messages
from gilmok_kiosk.understanding.meaning import Health, Offer

MENU = load_menu()


def test_the_window_keeps_the_latest_twenty_messages() -> None:
    talk = Conversation()
    for number in range(15):
        talk.heard(f"q{number}")
        talk.answered(f"a{number}")

    kept = talk.messages
    assert len(kept) == 20
    assert (kept[0]["content"], kept[-1]["content"]) == ("q5", "a14")
    assert talk.heard_last == "q14"


def test_the_window_can_be_chosen() -> None:
    talk = Conversation(window=4)
    for number in range(5):
        talk.heard(str(number))

    assert [said["content"] for said in talk.messages] == ["1", "2", "3", "4"]
    with pytest.raises(ValueError, match="window"):
        Conversation(window=1)


def test_the_system_message_is_always_there_and_says_what_matters() -> None:
    talk = Conversation(window=2)
    talk.order = add(EMPTY, MENU, Wish("latte", 2))
    talk.name, talk.health = "고우주", Health(no_caffeine=True, allergens=frozenset({"nuts"}))
    for _ in range(30):
        talk.heard("?")
    system, *rest = messages(talk, MENU, "ko", ["chamomile"])

    told = str(system["content"])
    assert (system["role"], len(rest)) == ("system", 2)
    assert "1. 카페라떼 (따뜻한) 2잔" in told
    assert "캐모마일" in told
    assert all(part in told for part in ("고우주", "sensitive to caffeine", "allergic to nuts"))
    assert "Answer in Korean" in told


def test_a_changed_order_ends_what_was_asked_about_the_old_one() -> None:
    talk = Conversation()
    talk.order = add(EMPTY, MENU, Wish("latte"))
    talk.pending = Offer((Remove(0),))
    talk.order = add(EMPTY, MENU, Wish("bagel"))

    assert talk.pending is None


def test_a_new_customer_finds_nothing_of_the_last() -> None:
    talk = Conversation()
    talk.heard("제 이름은 고우주예요")
    talk.order, talk.name = add(EMPTY, MENU, Wish("latte")), "고우주"
    talk.health = Health(no_caffeine=True)
    talk.clear()

    assert talk.messages == ()
    known: list[object] = [talk.order, talk.name, talk.health, talk.pending, talk.heard_last]
    assert known == [EMPTY, None, Health(), None, ""]
