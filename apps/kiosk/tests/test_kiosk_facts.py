"""Facts come from the menu and are right; recommendations keep to what the customer can have."""

from __future__ import annotations

from itertools import product

import pytest

from gilmok_kiosk.facts import Question, fact, fits, recommended, suggestion
from gilmok_kiosk.menu import Allergen, load_menu
from gilmok_kiosk.order import EMPTY, Wish, add
from gilmok_kiosk.texts import Locale
from gilmok_kiosk.understanding.meaning import (
    About,
    Cheapest,
    Health,
    Price,
    Recommend,
    ShowChoices,
    ShowMenu,
    ShowOrder,
    WhatFits,
)

MENU = load_menu()
NUTS: frozenset[Allergen] = frozenset({"nuts"})


def told(question: Question, locale: Locale = "en") -> str:
    order = add(EMPTY, MENU, Wish("latte", 2))
    return fact(question, MENU, order, Health(), locale)


@pytest.mark.parametrize(
    ("question", "said"),
    [
        (Price((Wish("americano"),)), "The americano is ₩4,500. Large is ₩700 more."),
        (Price((Wish("cappuccino"),)), "The cappuccino is ₩5,000. Large is ₩700 more. Iced is ₩500 more."),
        (Price((Wish("latte", 3, "large"),)), "3 × latte (hot, large): ₩17,100."),
        (Price((Wish("cold_brew", temperature="hot"),)), "We do not make the cold brew with “hot”. You can choose: iced."),
        (Price(), "The total is ₩10,000."),
        (ShowOrder(), "Your order so far: 2 × latte (hot). The total is ₩10,000."),
        (ShowMenu(("ade",)), "Ades: lemonade ₩5,500, grapefruit ade ₩5,800"),
        (ShowMenu(("bakery",), frozenset({"sweet"})), "Bakery: blueberry muffin ₩4,200, cheesecake ₩6,500, walnut cookie ₩3,000"),
        (ShowMenu(("tea",), frozenset({"strong"})), "Sorry, nothing on the menu fits that."),
        (Cheapest(("bakery",)), "The cheapest: walnut cookie ₩3,000, croissant ₩3,800, bagel ₩4,000."),
        (WhatFits(Health(allergens=NUTS), ("walnut_cookie",)), "Careful: the walnut cookie contains nuts."),
        (WhatFits(Health(allergens=NUTS), ("bagel",)), "The bagel is fine: it contains no nuts."),
        (WhatFits(Health(no_caffeine=True), ("mocha",)), "mocha: It has about 160 mg of caffeine."),
    ],
)  # fmt: skip
def test_a_question_is_answered_from_the_menu(question: Question, said: str) -> None:
    assert told(question) == said


def test_the_whole_menu_has_every_item_with_its_price() -> None:
    for locale in ("ko", "en"):
        shown = told(ShowMenu(), locale)
        assert all(item.name.of(locale) in shown for item in MENU.items)
        assert all(f"{item.price:,}" in shown for item in MENU.items)


def test_choices_and_items_are_described_in_both_languages() -> None:
    assert "soy milk (+₩500)" in told(ShowChoices())
    assert "두유 (+500원)" in told(ShowChoices(), "ko")
    assert "우유" in told(About(("latte",)), "ko")
    assert "caffeine" in told(About(("latte",)))


@pytest.mark.parametrize(
    ("no_caffeine", "allergen", "less_sugar"),
    list(product((True, False), (None, "milk", "nuts", "soy", "wheat", "egg"), (True, False))),
)
def test_nothing_is_recommended_that_the_customer_must_avoid(
    no_caffeine: bool, allergen: Allergen | None, less_sugar: bool
) -> None:
    health = Health(no_caffeine, frozenset({allergen} if allergen else ()), less_sugar)
    everything = [Recommend(frozenset({tag})) for item in MENU.items for tag in item.tags]
    for wanted in (
        Recommend(),
        Recommend(pair=True),
        Recommend(categories=("bakery",)),
        *everything,
    ):
        for wish in recommended(wanted, MENU, health):
            line = add(EMPTY, MENU, wish).lines[0]
            item = MENU.item(line.item_id)
            assert not no_caffeine or item.caffeine_mg <= 10
            assert not less_sugar or item.sugar in ("none", "low")
            assert allergen not in MENU.allergens(item, line.milk)


def test_another_milk_makes_a_latte_fit() -> None:
    without = fits(MENU.item("latte"), MENU, Health(allergens=frozenset({"milk"})))

    assert without == Wish("latte", milk="oat")
    assert fits(MENU.item("cheesecake"), MENU, Health(allergens=frozenset({"milk"}))) is None


def test_tags_choose_and_a_pair_is_a_drink_with_something_to_eat() -> None:
    focus = recommended(Recommend(frozenset({"focus", "long"})), MENU, Health())
    drink, food = recommended(Recommend(frozenset({"focus", "long"}), pair=True), MENU, Health())
    child = recommended(Recommend(frozenset({"kids"})), MENU, Health())

    assert {wish.item_id for wish in focus} <= {"cold_brew", "green_tea_latte", "earl_grey"}
    assert (drink.item_id, food.item_id) == ("cold_brew", "bagel")
    assert all(MENU.item(wish.item_id or "").caffeine_mg <= 10 for wish in child)


def test_a_suggestion_names_prices_as_it_would_be_made() -> None:
    health = Health(allergens=frozenset({"milk"}))
    wishes = (Wish("latte", milk="oat"),)

    said = suggestion(wishes, Recommend(), MENU, health)
    assert said.en == "How about the latte (oat milk) ₩5,500? They contain no milk."
    assert said.ko.startswith("카페라떼 (귀리 우유) 5,500원은 어떠세요?")


def test_where_nothing_fits_that_is_said() -> None:
    assert suggestion((), Recommend(), MENU, Health()).en.startswith("Sorry")
