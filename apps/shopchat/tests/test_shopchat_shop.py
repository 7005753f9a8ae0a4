"""Orders, refunds and what a question certainly wants."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest

from gilmok_shopchat import tools
from gilmok_shopchat.reading import Wish, read
from gilmok_shopchat.shop import RETURN_FEE, Reason, Shop, ShopProblem, Status, example_orders

TODAY = date(2026, 11, 22)


@pytest.fixture
def shop() -> Shop:
    codes = (f"code-{n}" for n in range(100))
    return Shop(example_orders(TODAY), lambda: TODAY, lambda: next(codes))


def test_nobody_sees_anothers_orders(shop: Shop) -> None:
    assert [order.id for order in shop.orders("alex")] == ["G-2001"]
    with pytest.raises(ShopProblem, match="no_such_order"):
        shop.order("alex", "G-1001")
    with pytest.raises(ShopProblem, match="no_such_order"):
        shop.offer("alex", "G-1002", Reason.DEFECTIVE)


@pytest.mark.parametrize(
    ("order_id", "reason", "expected"),
    [
        ("G-1001", Reason.CHANGED_MIND, "not_delivered"),
        ("G-1003", Reason.CHANGED_MIND, "too_late"),
        ("G-1004", Reason.CHANGED_MIND, "made_to_order"),
        ("G-1002", Reason.CHANGED_MIND, 39_000 - RETURN_FEE),
        ("G-1002", Reason.DEFECTIVE, 39_000),
        ("G-1004", Reason.DEFECTIVE, 55_000),
    ],
)
def test_what_can_be_refunded(
    shop: Shop, order_id: str, reason: Reason, expected: int | str
) -> None:
    try:
        found: int | str = shop.offer("minji", order_id, reason).won
    except ShopProblem as problem:
        found = problem.code
    assert found == expected


def test_an_offer_moves_nothing_and_accepting_twice_refunds_once(shop: Shop) -> None:
    offer = shop.offer("minji", "G-1002", Reason.CHANGED_MIND)
    assert shop.order("minji", "G-1002").status is Status.DELIVERED
    with pytest.raises(ShopProblem, match="no_such_offer"):
        shop.accept("alex", offer.code)
    assert shop.accept("minji", offer.code).status is Status.REFUNDED
    assert shop.accept("minji", offer.code).status is Status.REFUNDED
    with pytest.raises(ShopProblem, match="already_refunded"):
        shop.offer("minji", "G-1002", Reason.CHANGED_MIND)


def test_the_same_question_twice_is_the_same_offer(shop: Shop) -> None:
    first = shop.offer("minji", "G-1002", Reason.DEFECTIVE)
    assert shop.offer("minji", "G-1002", Reason.DEFECTIVE) == first


def test_the_last_day_counts(shop: Shop) -> None:
    order = shop.order("minji", "G-1002")
    assert order.delivered is not None
    for days, refundable in ((7, True), (8, False)):
        on = order.delivered + timedelta(days=days)
        late = Shop(example_orders(TODAY), lambda on=on: on)  # type: ignore[misc]
        try:
            late.offer("minji", "G-1002", Reason.CHANGED_MIND)
            offered = True
        except ShopProblem:
            offered = False
        assert offered is refundable


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("G-1001 어디쯤 왔어요?", Wish(tool="find_order", order_id="G-1001")),
        ("주문번호 g1001 배송 조회", Wish(tool="find_order", order_id="G-1001")),
        (
            "G-1002 환불해 주세요",
            Wish(tool="offer_refund", order_id="G-1002", reason=Reason.CHANGED_MIND),
        ),
        (
            "G-1002가 찢어져서 왔는데 반품할게요",
            Wish(tool="offer_refund", order_id="G-1002", reason=Reason.DEFECTIVE),
        ),
        (
            "I want to return G-1002, it is broken",
            Wish(tool="offer_refund", order_id="G-1002", reason=Reason.DEFECTIVE),
        ),
        ("제 주문 내역 보여 주세요", Wish(tool="list_orders")),
        ("Show me my orders", Wish(tool="list_orders")),
        ("G-1002 환불 말고 교환하고 싶어요", None),
        ("I don't want a refund for G-1002", None),
        ("G-1001하고 G-1002 둘 다요", None),
        ("환불은 며칠 안에 해야 하나요?", None),
        ("BG-10012는 뭔가요", None),
    ],
)
def test_only_what_is_certain_is_read(text: str, wish: Wish | None) -> None:
    assert read(text) == wish


@pytest.mark.parametrize(
    ("name", "arguments", "code"),
    [
        ("drop_tables", "{}", "no_such_tool"),
        ("find_order", "not json", "invalid_arguments"),
        ("find_order", '{"order_id": "G-2001"}', "no_such_order"),
        ("find_order", '{"order_id": "G-1001", "customer": "alex"}', "invalid_arguments"),
        ("offer_refund", '{"order_id": "G-1002", "reason": "because"}', "invalid_arguments"),
    ],
)
def test_a_models_words_are_checked(shop: Shop, name: str, arguments: str, code: str) -> None:
    outcome = tools.run(shop, "minji", name, arguments)
    assert not outcome.ok
    assert json.loads(outcome.told)["error"] == code


def test_every_tool_has_a_schema_and_runs(shop: Shop) -> None:
    names = [schema["function"]["name"] for schema in tools.schemas()]
    assert names == ["find_order", "list_orders", "offer_refund"]
    told = tools.run(shop, "minji", "find_order", '{"order_id": "G-1001"}').told
    assert json.loads(told)["tracking"] == "6801-2244-1001"
    assert len(json.loads(tools.run(shop, "minji", "list_orders", "").told)["orders"]) == 4
