"""The menu is right when it is loaded, or says item, field and reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from gilmok_kiosk.menu import MenuError, load_menu

SOUND = """
shop = { name = { ko = "가게", en = "Shop" } }
shot = { price = 500, caffeine_mg = 75 }
[temperatures]
hot = { name = { ko = "따뜻한", en = "hot" } }
[sizes]
[milks]
whole = { name = { ko = "우유", en = "milk" }, allergens = ["milk"] }
[syrups]
[[items]]
id = "latte"
name = { ko = "라떼", en = "latte" }
category = "coffee"
price = 5000
temperatures = ["hot"]
milks = ["whole"]
"""


def loaded(folder: Path, text: str) -> str:
    path = folder / "menu.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(MenuError) as caught:
        load_menu(path)
    return str(caught.value)


def test_the_menu_that_comes_with_the_app_is_a_coffee_shops() -> None:
    menu = load_menu()

    assert len(menu.items) >= 20
    assert {item.category for item in menu.items} >= {"coffee", "decaf", "tea", "ade", "bakery"}
    assert all(item.caffeine_mg < 10 for item in menu.items if item.category == "decaf")


def test_every_item_has_its_allergens_with_the_milk_that_was_chosen() -> None:
    menu = load_menu()
    latte = menu.item("latte")

    assert menu.allergens(latte) == {"milk"}
    assert menu.allergens(latte, "soy") == {"soy"}
    assert menu.allergens(latte, "oat") == frozenset()


def test_a_sound_menu_loads(tmp_path: Path) -> None:
    (tmp_path / "menu.toml").write_text(SOUND, encoding="utf-8")

    assert load_menu(tmp_path / "menu.toml").item("latte").price == 5000


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("price = 5000", "price = 50.5", "item latte: price: "),
        ("price = 5000", "price = -1", "item latte: price: "),
        ("price = 5000", "", "item latte: price: Field required"),
        ('milks = ["whole"]', 'milks = ["yak"]', "item latte: milks: there is no 'yak'"),
        ('temperatures = ["hot"]', 'temperatures = ["ice"]', "item latte: temperatures: there is no 'ice'"),
        ('category = "coffee"', 'category = "soup"', "item latte: category: "),
        ('category = "coffee"', 'category = "coffee"\ncolour = "brown"', "item latte: colour: "),
        ('category = "coffee"', 'category = "coffee"\ndecaf_of = "x"', "decaf_of: there is no 'x'"),
        ('en = "latte"', 'en = ""', "item latte: name: en: "),
    ],
)  # fmt: skip
def test_a_fault_is_told_with_item_field_and_reason(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    assert said in loaded(tmp_path, SOUND.replace(old, new))


def test_two_items_of_one_name_are_a_fault(tmp_path: Path) -> None:
    twin = SOUND[SOUND.index("[[items]]") :]

    assert "item latte: id: stands twice" in loaded(tmp_path, SOUND + twin)
    other = twin.replace('id = "latte"', 'id = "other"')
    assert "item other: aliases: '라떼' is also latte" in loaded(tmp_path, SOUND + other)


def test_a_file_that_is_no_menu_is_named(tmp_path: Path) -> None:
    assert "menu.toml" in loaded(tmp_path, "not = [toml")
    with pytest.raises(MenuError, match=r"nowhere\.toml"):
        load_menu(tmp_path / "nowhere.toml")
