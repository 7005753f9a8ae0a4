"""How much a request asks for: floors on the project's own prompts, and what must not matter."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from quality.data import Row, own

from gilmok.core.inspection import Complexity
from gilmok.inspection.complexity import EDGE, Shape, complexity
from tests.unit.inspection.ask import inspect

SIMPLE, MODERATE, COMPLEX = Complexity
ROWS = own("complexity")


def _right(rows: list[Row]) -> float:
    right: list[bool] = [inspect(row["text"]).complexity.value == row["label"] for row in rows]
    return right.count(True) / len(right)


def _shape(**changes: int) -> Shape:
    asked = {"characters": 30, "context": 30, "turns": 1, "tools": 0, "expected": 60} | changes
    return Shape(**asked, korean=False)


def test_the_set_is_what_its_page_says() -> None:
    mine = [row for row in ROWS if row["split"] in {"dev", "held"}]
    assert (len(mine), len(ROWS)) == (150, 250)
    assert len({row["id"] for row in ROWS}) == len({row["text"] for row in ROWS}) == len(ROWS)
    for lang in ("ko", "en"):
        for label in (kind.value for kind in Complexity):
            of_these = [row for row in mine if (row["lang"], row["label"]) == (lang, label)]
            assert len(of_these) == 25


@pytest.mark.parametrize("lang", ["ko", "en"])
@pytest.mark.parametrize(("split", "floor"), [("dev", 0.90), ("held", 0.88)])
def test_own_prompts(split: str, floor: float, lang: str) -> None:
    assert _right([r for r in ROWS if (r["split"], r["lang"]) == (split, lang)]) >= floor


def test_other_writers_prompts() -> None:
    assert _right([row for row in ROWS if row["split"].startswith("other")]) >= 0.68


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("안녕하세요", SIMPLE),
        ("아메리카노 가격은 얼마인가요?", SIMPLE),
        ("라떼에 샷2잔, 우유 대신 두유, 라지 사이즈로 3잔 추가해줘", SIMPLE),
        ("저는 카페인에 민감한데, 맛있는 음료를 추천해주세요", MODERATE),
        (
            "회의 전에 집중력을 높이면서도 오후까지 지속 가능한 에너지를 줄 수 있는 음료 조합을 추천해주세요. "
            "단, 설탕은 적게 넣고 싶어요.",
            COMPLEX,
        ),
        ("What is the capital of France?", SIMPLE),
        ("How is Docker different from a virtual machine?", MODERATE),
        ("Write a Dockerfile and a docker compose file for a Django app", COMPLEX),
    ],
)
def test_a_kiosk_and_a_workshop(text: str, kind: Complexity) -> None:
    assert inspect(text).complexity is kind


def test_material_does_not_make_a_summary_complex() -> None:
    report = "The business plan was revised. Costs rose by 4 %, sales by 9 %, and 3 shops opened. "
    assert inspect("Summarise this report in two sentences: " + report * 3).complexity is MODERATE


def test_what_stands_between_the_edges_is_not_read() -> None:
    filler = "the weather was fine and nobody said a word about it " * 40
    assert len(filler) > 2 * EDGE
    hidden = filler[: EDGE + 40] + "prove the theorem step by step" + filler[EDGE + 40 :]
    assert complexity(hidden, _shape())[1] == complexity(filler, _shape())[1]


def test_what_comes_with_a_message_adds_to_it() -> None:
    alone = complexity("and the second one?", _shape())[1]
    for more in ({"tools": 2}, {"turns": 5}, {"context": 20_000}, {"expected": 700}):
        assert complexity("and the second one?", _shape(**more))[1] > alone


@given(st.text(max_size=300), st.integers(1, 10**6), st.integers(0, 500))
def test_any_text_has_a_score(text: str, many: int, tools: int) -> None:
    lower = text.encode("utf-8", "replace").decode().lower()
    shape = _shape(characters=many, context=many, turns=many, tools=tools, expected=many)
    kind, score = complexity(lower, shape)
    assert 0.0 <= score <= 1.0
    assert kind in Complexity
