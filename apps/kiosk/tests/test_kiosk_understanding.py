"""What customers say at a counter, in both languages, and what the rules make of it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

import pytest

from gilmok_kiosk.menu import load_menu
from gilmok_kiosk.order import EMPTY, Order, OrderProblem, apply_all, describe
from gilmok_kiosk.understanding import Rules
from gilmok_kiosk.understanding.meaning import (
    About,
    Ask,
    CallMe,
    Do,
    Health,
    Meaning,
    Mind,
    NotUnderstood,
    Pending,
    Price,
    Recommend,
    ShowChoices,
    ShowMenu,
    ShowOrder,
    SmallTalk,
    ToGo,
    WhatFits,
    WhoAmI,
)

MENU = load_menu()
RULES = Rules(MENU)


@dataclass
class Talk:
    """Turns, as the assistant plays them."""

    order: Order = EMPTY
    pending: Pending | None = None

    def say(self, text: str) -> tuple[Meaning, ...]:
        meant = RULES.understand(text, self.order, self.pending)
        self.pending = None
        for meaning in meant:
            if isinstance(meaning, Do):
                self.order = apply_all(self.order, MENU, meaning.operations)
            elif isinstance(meaning, Ask):
                self.pending = meaning.pending
        return meant

    @property
    def lines(self) -> list[str]:
        return [describe(line, MENU, quantity=True).en for line in self.order.lines]


def after(*turns: str) -> list[str]:
    talk = Talk()
    for turn in turns:
        with suppress(OrderProblem):
            talk.say(turn)
    return talk.lines


SWEET = frozenset({"sweet"})
FOCUS_PAIR = Recommend(frozenset({"focus"}), pair=True)
LATTES = "3 × latte (hot, large, soy milk, 2 extra shots)"


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("라떼에 샷2잔, 우유 대신 두유, 라지 사이즈로 3잔 추가해줘", [LATTES]),
        ("라떼에샷2잔,우유대신두유,라지사이즈로3잔추가해줘", [LATTES]),
        ("two iced americanos and a croissant, please", ["2 × americano (iced)", "1 × croissant"]),
        ("3 large lattes with soy milk and two extra shots", [LATTES]),
        ("large latte with soy instead of milk", ["1 × latte (hot, large, soy milk)"]),
        ("아메리카노 두 잔이랑 라떼 한 잔", ["2 × americano (hot)", "1 × latte (hot)"]),
        ("라떼두잔이랑아메리카노한잔주세요", ["2 × latte (hot)", "1 × americano (hot)"]),
        ("라떼 두 잔 아메리카노 세 잔", ["2 × latte (hot)", "3 × americano (hot)"]),
        ("아아 하나", ["1 × americano (iced)"]),
        ("뜨아 둘이요", ["2 × americano (hot)"]),
        ("따아 세 잔이랑 아바라 네 잔 주세요", ["3 × americano (hot)", "4 × vanilla latte (iced)"]),
        ("아이스 두유 라떼 라지로 하나", ["1 × latte (iced, large, soy milk)"]),
        ("라떼 두 잔 샷 추가", ["2 × latte (hot, 1 extra shot)"]),
        ("라떼 샷추가 두 잔", ["2 × latte (hot, 1 extra shot)"]),
        ("샷 두 개 추가한 라떼 세 잔", ["3 × latte (hot, 2 extra shots)"]),
        ("라떼랑 모카 두 잔씩", ["2 × latte (hot)", "2 × mocha (hot)"]),
        ("라떼 하나 모카 하나 둘 다 아이스로", ["1 × latte (iced)", "1 × mocha (iced)"]),
        ("아메리카노 디카페인으로 한 잔", ["1 × decaf americano (hot)"]),
        ("a couple of decaf lattes", ["2 × decaf latte (hot)"]),
        ("아메리가노 한 잔", ["1 × americano (hot)"]),
        ("capuccinno please", ["1 × cappuccino (hot)"]),
        ("까페라떼 １잔", ["1 × latte (hot)"]),
        ("바닐라 시럽 넣은 아이스 아메리카노", ["1 × americano (iced, vanilla syrup)"]),
        ("americano, no syrup", ["1 × americano (hot)"]),
        ("라떼 말고 모카 주세요", ["1 × mocha (hot)"]),
        ("Hi! Can I get an iced latte to go?", ["1 × latte (iced)"]),
        ("I want two lattes, one hot and one iced", ["1 × latte (hot)", "1 × latte (iced)"]),
        ("아메리카노 핫 둘 아이스 셋", ["2 × americano (hot)", "3 × americano (iced)"]),
        ("라떼 한잔 따뜻하게 한잔 차갑게", ["1 × latte (hot)", "1 × latte (iced)"]),
        (
            "could I please have a medium cappuccino and two blueberry muffins",
            ["1 × cappuccino (hot)", "2 × blueberry muffin"],
        ),
        ("latte x 3 large", ["3 × latte (hot, large)"]),
        ("라떼 라지 하나 레귤러 하나", ["1 × latte (hot, large)", "1 × latte (hot)"]),
        ("저기요 주문할게요 라떼 두 잔이요", ["2 × latte (hot)"]),
        ("네. 라떼 두 잔이요.", ["2 × latte (hot)"]),
        ("모카가 아니고 라떼 두 잔이요", ["2 × latte (hot)"]),
        ("a latte instead of a mocha", ["1 × latte (hot)"]),
        ("모카가 아니라 라떼요", ["1 × latte (hot)"]),
        ("라떼 한잔 주문할께여", ["1 × latte (hot)"]),
        ("a latte but with oat milk", ["1 × latte (hot, oat milk)"]),
        ("iced americano x2", ["2 × americano (iced)"]),
        ("2x iced americano", ["2 × americano (iced)"]),
        ("라떼 하나 아니 두 개", ["2 × latte (hot)"]),
        ("라떼 하나요 아 아니다 두 개요", ["2 × latte (hot)"]),
        ("a latte, no, a mocha", ["1 × mocha (hot)"]),
        ("라떼요, 두 잔이요, 아이스로요", ["2 × latte (iced)"]),
        (
            "아메리카노 한 잔 주시고 라떼 두 잔 주세요 그리고 라떼는 아이스로 해주세요",
            ["1 × americano (hot)", "2 × latte (iced)"],
        ),
        ("라떼 한 잔 주시고 머핀 하나요", ["1 × latte (hot)", "1 × blueberry muffin"]),
    ],
)
def test_an_order_comes_out(text: str, lines: list[str]) -> None:
    assert after(text) == lines


@pytest.mark.parametrize(
    ("turns", "lines"),
    [
        (["라떼 세 잔", "아니 두 잔으로"], ["2 × latte (hot)"]),
        (["라떼 세 잔", "두 잔으로 바꿔줘"], ["2 × latte (hot)"]),
        (["아메리카노 한 잔", "그거 아이스로 바꿔줘"], ["1 × americano (iced)"]),
        (["아메리카노 한 잔", "아이스로요"], ["1 × americano (iced)"]),
        (["a latte", "make it large"], ["1 × latte (hot, large)"]),
        (["a latte", "make it two"], ["2 × latte (hot)"]),
        (["a latte", "with oat milk please"], ["1 × latte (hot, oat milk)"]),
        (["a latte", "actually make that a mocha"], ["1 × mocha (hot)"]),
        (["라떼 하나 모카 하나", "라떼는 빼줘"], ["1 × mocha (hot)"]),
        (["라떼 세 잔", "라떼 하나 빼줘"], ["2 × latte (hot)"]),
        (["라떼 하나 모카 하나", "라떼를 카푸치노로 바꿔줘"], ["1 × cappuccino (hot)", "1 × mocha (hot)"]),
        (["라떼 하나 모카 하나", "라떼는 라지로"], ["1 × latte (hot, large)", "1 × mocha (hot)"]),
        (["라떼 하나 모카 하나", "라떼는 아이스로 모카는 라지로 바꿔줘"], ["1 × latte (iced)", "1 × mocha (hot, large)"]),
        (["라떼 하나 모카 하나", "라떼는 두유로 하고 모카는 빼주세요"], ["1 × latte (hot, soy milk)"]),
        (["라떼 하나 모카 하나", "라떼를 아이스 녹차라떼로 바꿔줘"], ["1 × green tea latte (iced)", "1 × mocha (hot)"]),
        (["라떼 두 잔 주세요", "라떼 한 잔은 아이스로 해주세요"], ["1 × latte (hot)", "1 × latte (iced)"]),
        (["라떼 세 잔", "하나는 두유로 바꿔주세요"], ["2 × latte (hot)", "1 × latte (hot, soy milk)"]),
        (["라떼 두 잔 주세요 모카 한 잔 주세요", "둘 다 아이스로"], ["2 × latte (iced)", "1 × mocha (iced)"]),
        (["모카 하나", "라떼 두 잔 주세요 모카 빼주세요"], ["2 × latte (hot)"]),
        (["라떼 둘", "라떼 두 잔 주세요 모카 빼주세요"], ["2 × latte (hot)"]),
        (["라떼 하나", "라지로 결제할게요"], ["1 × latte (hot, large)"]),
        (["라떼 하나 모카 하나", "마지막 거 빼줘"], ["1 × latte (hot)"]),
        (["라떼 하나 모카 하나", "첫 번째 거 빼줘"], ["1 × mocha (hot)"]),
        (["라떼 하나 모카 하나", "두 번째 거 아이스로 바꿔줘"], ["1 × latte (hot)", "1 × mocha (iced)"]),
        (["라떼 하나 모카 하나", "네 번째 거 빼줘"], ["1 × latte (hot)", "1 × mocha (hot)"]),
        (["two lattes and a mocha", "make the last one iced"], ["2 × latte (hot)", "1 × mocha (iced)"]),
        (["two lattes", "one of them with soy milk"], ["1 × latte (hot)", "1 × latte (hot, soy milk)"]),
        (["a mocha", "a latte and make it iced"], ["1 × mocha (hot)", "1 × latte (iced)"]),
        (["a mocha", "a latte but make it iced"], ["1 × mocha (hot)", "1 × latte (iced)"]),
        (["two mochas", "a latte and remove the mochas"], ["1 × latte (hot)"]),
        (["a latte", "a latte and remove the mocha"], ["1 × latte (hot)"]),
        (["라떼 하나 모카 하나", "라떼 취소 모카 추가"], ["1 × latte (hot)", "1 × mocha (hot)"]),
        (["two lattes", "change the milk to oat"], ["2 × latte (hot, oat milk)"]),
        (["라떼 하나 모카 하나", "라떼 우유를 귀리로 바꿔줘"], ["1 × latte (hot, oat milk)", "1 × mocha (hot)"]),
        (["라지 라떼 하나", "라지를 레귤러로 바꿔주세요"], ["1 × latte (hot)"]),
        (["라떼 하나 모카 하나", "라떼에 샷 하나 추가해주세요"], ["1 × latte (hot, 1 extra shot)", "1 × mocha (hot)"]),
        (["라떼 하나", "라떼에 샷2잔, 라지로 3잔 추가해줘"], ["1 × latte (hot)", "3 × latte (hot, large, 2 extra shots)"]),
        (["라떼 하나 샷 2개", "라떼 샷 빼줘"], ["1 × latte (hot)"]),
        (["라떼 하나 샷 2개", "라떼 샷 하나 빼주세요"], ["1 × latte (hot, 1 extra shot)"]),
        (["a latte with two shots", "remove one shot"], ["1 × latte (hot, 1 extra shot)"]),
        (["a latte with two shots", "without the shots"], ["1 × latte (hot)"]),
        (["a latte", "without the shot"], ["1 × latte (hot)"]),
        (["라떼 하나", "라떼 우유 빼줘"], ["1 × latte (hot)"]),
        (["라떼 하나 모카 하나", "두 잔씩으로 바꿔줘"], ["2 × latte (hot)", "2 × mocha (hot)"]),
        (["two lattes", "and one with soy milk"], ["2 × latte (hot)", "1 × latte (hot, soy milk)"]),
        (["two lattes", "swap the latte for a mocha"], ["2 × mocha (hot)"]),
        (["a decaf latte", "cancel the latte"], []),
        (["바닐라라떼 하나", "라떼 빼줘"], []),
        (["아이스 라떼 하나", "뜨거운 라떼 빼줘"], ["1 × latte (iced)"]),
        (["라떼 하나 모카 하나", "라떼는 라지로 바꿔줘"], ["1 × latte (hot, large)", "1 × mocha (hot)"]),
        (["two lattes and a mocha", "change the latte to iced"], ["2 × latte (iced)", "1 × mocha (hot)"]),
        (["two lattes and a mocha", "remove the mocha"], ["2 × latte (hot)"]),
        (["two lattes", "one more"], ["3 × latte (hot)"]),
        (["라떼 두 잔", "하나 더"], ["3 × latte (hot)"]),
        (["라떼 두 잔", "방금 거 한 번 더"], ["4 × latte (hot)"]),
        (["아이스 라떼 하나", "라떼 하나 더"], ["2 × latte (iced)"]),
        (["라떼 하나", "샷 추가해줘", "샷 하나 더"], ["1 × latte (hot, 2 extra shots)"]),
        (["라떼 하나 샷 추가", "샷 빼줘"], ["1 × latte (hot)"]),
        (["라떼 하나 모카 하나", "둘 다 아이스로"], ["1 × latte (iced)", "1 × mocha (iced)"]),
        (["라떼 하나 모카 하나", "전부 라지로 바꿔줘"], ["1 × latte (hot, large)", "1 × mocha (hot, large)"]),
        (["라떼 하나", "디카페인으로 바꿔줘"], ["1 × decaf latte (hot)"]),
        (["라떼 하나 빼고 모카 하나"], []),
        (["라떼 하나", "라떼 빼고 모카 하나 주세요"], ["1 × mocha (hot)"]),
        (["라떼 하나", "취소해줘"], []),
        (["라떼 하나", "그거 취소해줘", "모카 하나"], ["1 × mocha (hot)"]),
        (["커피 두 잔", "아메리카노요"], ["2 × americano (hot)"]),
        (["아이스로 두 잔 주세요", "라떼요"], ["2 × latte (iced)"]),
        (["라떼랑 모카 두 잔", "네"], ["1 × latte (hot)", "1 × mocha (hot)"]),
        (["라떼랑 모카 두 잔", "아니요"], []),
        (["라떼 하나 모카 하나", "아이스로 바꿔줘", "모카요"], ["1 × latte (hot)", "1 × mocha (iced)"]),
        (["라떼 하나 모카 하나", "아이스로 바꿔줘", "둘 다요"], ["1 × latte (iced)", "1 × mocha (iced)"]),
        (["라떼 하나", "아니 모카", "네"], ["1 × mocha (hot)"]),
        (["smoothie please", "the second one"], ["1 × mango smoothie"]),
    ],
)  # fmt: skip
def test_the_next_turn_corrects_the_last(turns: list[str], lines: list[str]) -> None:
    assert after(*turns) == lines


@pytest.mark.parametrize(
    ("turns", "status"),
    [
        (["라떼 하나", "주문 완료"], "confirmed"),
        (["라떼 하나", "결제할게요"], "confirmed"),
        (["라떼 하나", "이대로 주문할게요"], "confirmed"),
        (["라떼 하나 주시고 결제할게요"], "confirmed"),
        (["라떼 하나", "주문할게요"], "open"),
        (["라떼 하나", "주문할게요", "네"], "confirmed"),
        (["라떼 하나", "주문할게요", "네 그대로 주문할게요"], "confirmed"),
        (["라떼 하나", "그대로 결제해주세요"], "confirmed"),
        (["라떼 하나", "라떼는 그대로 두고 쿠키 하나"], "open"),
        (["a latte", "that's all"], "confirmed"),
        (["a latte", "checkout please"], "confirmed"),
        (["a latte", "cancel"], "cancelled"),
        (["라떼 하나", "전부 취소해줘"], "cancelled"),
    ],
)
def test_an_order_ends_when_the_customer_says_so(turns: list[str], status: str) -> None:
    talk = Talk()
    for turn in turns:
        talk.say(turn)

    assert talk.order.status == status


@pytest.mark.parametrize(
    "text",
    [
        "라떼는 말이야",
        "라떼 싫어요",
        "라떼 주지 마세요",
        "라떼 안 마셔요",
        "라떼 한두 잔",
        "라떼 -2잔",
        "라떼 2.5잔",
        "라떼 2 3잔",
        "라떼 1,000잔",
        "친구가 라떼를 좋아해요",
        "라떼 아이스 아메리카노",
        "라떼 두 잔, 하나는 아이스로",
        "라떼 두 잔 아이스 하나 따뜻한 거",
        "라떼 얼음 적게 한 잔",
        "녹차라떼 덜 달게 하나",
        "라떼 샷 추가 두 개",
        "I don't want a latte",
        "latte art is nice",
        "딸기라떼 한 잔",
        "no latte please",
        "두유 라떼 말고 오트 라지",
        "라떼라떼라떼",
        "DROP TABLE lattes",
        "",
        "   ",
        "?!",
        "ㅋㅋㅋ",
        "🍕🍕",
    ],
)
def test_what_is_not_fully_understood_orders_nothing(text: str) -> None:
    meant = RULES.understand(text, EMPTY)

    assert not [meaning for meaning in meant if isinstance(meaning, Do)], meant


def test_one_sentence_that_is_not_understood_holds_back_the_others() -> None:
    meant = RULES.understand("라떼 한 잔 주세요. 아 그게 아니고 아까 말한 거요.", EMPTY)

    assert meant == (NotUnderstood(),)


def test_only_this_is_asked_about_when_there_is_more() -> None:
    assert after("라떼만 주세요") == ["1 × latte (hot)"]
    assert after("모카 하나", "라떼만 주세요") == ["1 × mocha (hot)"]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("안녕하세요", SmallTalk("hello")),
        ("Hi there!", SmallTalk("hello")),
        ("고마워요~", SmallTalk("thanks")),
        ("안녕히 계세요", SmallTalk("bye")),
        ("메뉴 보여줘", ShowMenu()),
        ("what do you have?", ShowMenu()),
        ("어떤 차가 있어요?", ShowMenu(("tea",))),
        ("what do you have that is sweet?", ShowMenu(tags=SWEET)),
        ("단 거 있어요?", ShowMenu(tags=SWEET)),
        ("달콤한 디저트 있나요?", ShowMenu(("bakery",), SWEET)),
        ("시원한 음료 뭐 있나요?", ShowMenu(tags=frozenset({"fresh"}))),
        ("회의 전에 집중력을 높이고 싶은데 어떤 조합이 좋을까요?", FOCUS_PAIR),
        ("사이즈 뭐 있어요?", ShowChoices()),
        ("두유 되나요?", ShowChoices()),
        ("주문 내역 보여줘", ShowOrder()),
        ("what's in my order?", ShowOrder()),
        ("얼마예요?", Price()),
        ("how much is it?", Price()),
        ("라떼 있어요?", About(("latte",))),
        ("라떼?", About(("latte",))),
        ("호두 쿠키에 견과류 들어가요?", WhatFits(Health(allergens=frozenset({"nuts"})), ("walnut_cookie",))),
        ("카페인 없는 음료 있어요?", WhatFits(Health(no_caffeine=True))),
        ("does the latte contain milk?", WhatFits(Health(allergens=frozenset({"milk"})), ("latte",))),
        ("내 이름이 뭐야?", WhoAmI()),
        ("나의 이름은 고우주이야", CallMe("고우주")),
        ("제 이름은 김민수예요", CallMe("김민수")),
        ("저를 영희라고 불러 주세요", CallMe("영희")),
        ("My name is Dana Park", CallMe("Dana Park")),
        ("call me Sam", CallMe("Sam")),
        ("땅콩 알레르기가 있어요", Mind(Health(allergens=frozenset({"nuts"})))),
        ("I'm sensitive to caffeine", Mind(Health(no_caffeine=True))),
        ("우유를 못 먹어요", Mind(Health(allergens=frozenset({"milk"})))),
        ("포장이요", ToGo()),
    ],
)  # fmt: skip
def test_everything_else_is_told_apart(text: str, meant: Meaning) -> None:
    assert RULES.understand(text, EMPTY) == (meant,)


@pytest.mark.parametrize(
    "text", ["이 커피 이름은 뭔가요?", "이름은 뭐예요?", "my name is not important"]
)
def test_a_question_for_a_name_tells_none(text: str) -> None:
    assert not [m for m in RULES.understand(text, EMPTY) if isinstance(m, CallMe)]


def test_a_price_is_asked_of_exactly_what_was_said() -> None:
    (meant,) = RULES.understand("라떼 라지 두유로 세 잔이면 얼마예요?", EMPTY)

    assert isinstance(meant, Price)
    wish = meant.wishes[0]
    assert (wish.item_id, wish.quantity, wish.size, wish.milk) == ("latte", 3, "large", "soy")


def test_the_documents_recommendations() -> None:
    first = RULES.understand("저는 카페인에 민감한데, 맛있는 음료를 추천해주세요", EMPTY)
    second = RULES.understand(
        "회의 전에 집중력을 높이면서도 오후까지 지속 가능한 에너지를 줄 수 있는 음료 조합을 "
        "추천해주세요. 단, 설탕은 적게 넣고 싶어요.",
        EMPTY,
    )

    assert first == (Mind(Health(no_caffeine=True)), Recommend())
    wanted = Recommend(frozenset({"focus", "long"}), pair=True)
    assert second == (Mind(Health(less_sugar=True)), wanted)


@pytest.mark.parametrize(
    ("text", "remark"),
    [
        ("제 이름은 고우주고 라떼 한 잔 주세요", CallMe("고우주")),
        ("my name is Dana and I'd like a latte", CallMe("Dana")),
        ("땅콩 알레르기가 있는데 라떼 한 잔 주세요", Mind(Health(allergens=frozenset({"nuts"})))),
        ("저는 고우주라고 합니다. 라떼 한 잔 주세요.", None),
    ],
)
def test_an_order_may_follow_a_remark(text: str, remark: Meaning | None) -> None:
    meant = RULES.understand(text, EMPTY)

    if remark is not None:
        assert meant[0] == remark
        assert isinstance(meant[1], Do)


def test_a_turn_is_all_or_nothing_where_the_menu_says_no() -> None:
    talk = Talk()
    with pytest.raises(OrderProblem):
        talk.say("라떼 한 잔이랑 뜨거운 콜드브루 한 잔")

    assert talk.order == EMPTY


def test_the_rules_are_deterministic() -> None:
    assert RULES.understand("라떼 두 잔", EMPTY) == Rules(load_menu()).understand(
        "라떼 두 잔", EMPTY
    )
