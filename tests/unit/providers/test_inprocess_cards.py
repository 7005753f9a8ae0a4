"""Cards: what is written on them, how lines break, and that they can be read."""

from __future__ import annotations

import io
from functools import cache
from itertools import pairwise

import pytest
from PIL import Image

from gilmok.core.completion import Event
from gilmok.providers.inprocess import fonts
from gilmok.providers.inprocess.cards.content import MOST_CHARACTERS, Content, Line, content
from gilmok.providers.inprocess.cards.lettering import (
    Letters,
    balanced,
    broken,
    fitted,
    may_break,
    shortened,
)
from gilmok.providers.inprocess.cards.palettes import PALETTES, Colour, Palette
from gilmok.providers.inprocess.cards.patterns import HILLS
from tests.unit.providers.inprocess import pictured, serving, things, usage

KO = "정성가득 한식당 리뷰 요약\n- 배달이 빠르고 음식이 따뜻합니다\n- 포장이 꼼꼼해서 국물이 새지 않습니다"
EN = "Fresh noodles, every morning"


def opened(events: list[Event]) -> list[Image.Image]:
    return [Image.open(io.BytesIO(made.data)).convert("RGB") for made in things(events)]


@cache
def letters() -> Letters:
    found = fonts.found()
    assert found is not None
    return Letters(found)


@pytest.mark.parametrize("size", ["1024x1024", "1792x1024", "1024x1792", "512x512", "64x64"])
async def test_it_has_the_size_that_was_asked_for(size: str) -> None:
    async with serving("cards") as upstream:
        events = await pictured(upstream, KO, size=size)
    (picture,) = opened(events)
    assert f"{picture.width}x{picture.height}" == size
    assert usage(events).units == 1


@pytest.mark.parametrize("format", ["png", "jpeg", "webp"])
async def test_formats(format: str) -> None:
    async with serving("cards") as upstream:
        (made,) = things(await pictured(upstream, EN, size="256x256", format=format))
    assert made.media_type == f"image/{format}"
    assert (Image.open(io.BytesIO(made.data)).format or "").lower() == format


async def test_several_differ_and_the_same_words_give_the_same_bytes() -> None:
    async with serving("cards") as upstream:
        first = things(await pictured(upstream, KO, size="256x256", count=6))
        again = things(await pictured(upstream, KO, size="256x256", count=6))
        other = things(await pictured(upstream, EN, size="256x256"))
    assert [made.index for made in first] == [0, 1, 2, 3, 4, 5]
    assert len({made.data for made in (*first, *other)}) == 7
    assert [made.data for made in first] == [made.data for made in again]
    corners = {Image.open(io.BytesIO(made.data)).getpixel((0, 255)) for made in first}
    assert len(corners) == 6, "each has a ground of its own"


async def test_the_words_are_drawn() -> None:
    """The ink of one palette or another covers a share of the picture, where letters stand."""
    async with serving("cards") as upstream:
        (with_words,) = opened(await pictured(upstream, "길목 식당 오늘의 메뉴", size="512x512"))
        (without,) = opened(await pictured(upstream, "🍜", size="512x512"))
    inks = {palette.ink for palette in PALETTES}
    assert 0.02 < _share(with_words, inks) < 0.3
    assert _share(without, inks) < 0.001


def _share(picture: Image.Image, colours: set[Colour]) -> float:
    found = picture.getcolors(picture.width * picture.height) or []
    inked = sum(count for count, colour in found if colour in colours)
    return inked / (picture.width * picture.height)


@pytest.mark.parametrize(
    "prompt",
    [
        *("", " \n ", "🍜🔥", "\x00\x1b[31m", "\ud800", "가" * 10_000, "a" * 10_000),
        *("가나다 " * 3000, "\u202eالسلام\u202c שלום", "\n" * 5000, "- \n- \n-", "줄\n" * 2000),
    ],
)
async def test_strange_prompts_give_a_card(prompt: str) -> None:
    async with serving("cards") as upstream:
        (picture,) = opened(await pictured(upstream, prompt, size="128x128"))
    assert picture.size == (128, 128)


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("", Content("")),
        ("짧은 제목", Content("짧은 제목")),
        ("# 제목\n첫 줄\n- 둘째", Content("제목", (Line("첫 줄"), Line("둘째", True)))),
        ("제목: 오늘\n1. 하나", Content("오늘", (Line("하나", True),))),
        ("- 하나\n- 둘", Content("", (Line("하나", True), Line("둘", True)))),
        (
            "A title that stands alone. And then a sentence that says more about it.",
            Content(
                "A title that stands alone.",
                (Line("And then a sentence that says more about it."),),
            ),
        ),
        ("tab\there\r\n\u202eturned\x07", Content("tab here", (Line("turned"),))),
    ],
)
def test_a_prompt_becomes_a_title_and_lines(prompt: str, expected: Content) -> None:
    assert content(prompt) == expected


def test_only_so_much_is_read() -> None:
    said = content("가나다 " * 100_000)
    assert sum(len(line.text) for line in said.lines) + len(said.title) <= MOST_CHARACTERS


@pytest.mark.parametrize(
    ("text", "most", "lines"),
    [
        ("가나 다라 마바", 5, ["가나 다라", "마바"]),
        ("가나다라마바사", 3, ["가나다", "라마바", "사"]),
        ("가나다, 라마", 3, ["가나", "다,", "라마"]),
        ("(가나다라) 마", 4, ["(가나다", "라) 마"]),
        ("가나(다라)", 3, ["가나", "(다", "라)"]),
        ("abcdefgh", 3, ["abc", "def", "gh"]),
        ("a/b/c/d/e", 4, ["a/b/", "c/d/", "e"]),
        ("", 3, []),
    ],
)
def test_lines_break_as_in_print(text: str, most: int, lines: list[str]) -> None:
    """Each letter is 1 wide here."""
    assert broken(text, len, most) == lines


def test_no_line_begins_with_a_mark_that_closes() -> None:
    text = "“괄호(안에) 있는 말”이라고, 그가—말했다. " * 20
    for most in range(4, 40):
        lines = broken(text.strip(), len, most)
        assert "".join(lines).replace(" ", "") == text.replace(" ", "")
        assert all(len(line) <= most for line in lines)
        for line, following in pairwise(lines):
            assert may_break(line + following, len(line)), (line, following)


def test_lines_of_a_title_are_of_much_the_same_length() -> None:
    text = "이번 주 손님들이 가장 좋아한 메뉴는 순두부찌개"
    assert broken(text, len, 22)[-1] == "순두부찌개"
    lines = balanced(text, len, 22)
    assert len(lines) == 2
    assert max(map(len, lines)) - min(map(len, lines)) < 6


def test_a_title_takes_the_largest_size_that_fits() -> None:
    sizes = range(100, 9, -1)
    for text in ("짧다", "조금 더 긴 제목입니다", "아주 " * 30 + "길다", "낱말" * 60):
        block = fitted(text, letters(), sizes, (400, 300), 1.2)
        assert all(block.face.width(line) <= 400 for line in block.lines)
        assert len(block.lines) * block.face.size * 1.2 <= 300
        assert "".join(block.lines).replace(" ", "") == text.replace(" ", "")
    assert fitted("짧다", letters(), sizes, (400, 300), 1.2).face.size == 100


def test_what_does_not_fit_ends_with_an_ellipsis() -> None:
    face = letters().face(20, False)
    lines = shortened(["가나다라마바사"] * 9, face, (100, 70), 1.5)
    assert len(lines) == 2
    assert lines[-1].endswith("…")
    assert face.width(lines[-1]) <= 100


def test_what_the_font_lacks_is_left_out() -> None:
    assert letters().known("라면🍜 맛집 🔥 café Việt") == "라면 맛집 café Viet"
    assert letters().known("똠방각하 뷁") == "똠방각하 뷁"  # All 11,172 syllables are there.


def test_the_first_family_that_is_here_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    here = fonts.found()
    nowhere = fonts.Fonts("/nowhere/a.ttf", "/nowhere/b.ttf")
    for candidates, expected in (((nowhere, here), here), ((nowhere,), None), ((), None)):
        monkeypatch.setattr(fonts, "_candidates", lambda found=candidates: iter(found))
        assert fonts.found.__wrapped__() == expected


@pytest.mark.parametrize("palette", PALETTES, ids=range(len(PALETTES)))
def test_ink_can_be_read_on_every_ground(palette: Palette) -> None:
    """By the formula of WCAG 2.1, on the ground and under every layer of a pattern."""
    for ground in (palette.ground, palette.far):
        assert contrast(palette.ink, ground) >= 7
        assert contrast(palette.quiet, ground) >= 4.5
    for ground in (palette.ground, palette.far):
        layered = ground
        for strength in HILLS:  # One over another.
            layered = _mixed(layered, palette.shape, strength)
        assert contrast(palette.ink, layered) >= 5.5
        assert contrast(palette.quiet, layered) >= 4.5


def contrast(one: Colour, other: Colour) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: Colour) -> float:
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
        for c in (v / 255 for v in colour)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _mixed(ground: Colour, shape: Colour, strength: float) -> Colour:
    red, green, blue = (round(g + (s - g) * strength) for g, s in zip(ground, shape, strict=True))
    return red, green, blue
