"""Whole turns through a real gateway. The wall behind it plays the models, good and bad."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path
from urllib.parse import quote

import pytest
from apps.kiosk.tests.kiosk import at, cloud, home, serving
from tests.wall import Exchange, Wall

from gilmok_kiosk.events import Said
from gilmok_kiosk.menu import Menu, load_menu

NOWHERE = "http://127.0.0.1:9/v1"
ONE_DRINK = """
shop = { name = { ko = "가게", en = "Shop" } }
shot = { price = 500, caffeine_mg = 75 }
[temperatures]
hot = { name = { ko = "따뜻한", en = "hot" } }
[sizes]
cup = { name = { ko = "컵", en = "cup" } }
[milks]
whole = { name = { ko = "우유", en = "milk" } }
[syrups]
vanilla = { name = { ko = "바닐라 시럽", en = "vanilla syrup" } }
[[items]]
id = "latte"
name = { ko = "라떼", en = "latte" }
category = "coffee"
price = 5000
temperatures = ["hot"]
sizes = ["cup"]
milks = ["whole"]
syrups = ["vanilla"]
max_shots = 7
"""
"""The wall calls a tool with the first of everything and with sevens: here that is a drink."""


@pytest.fixture
async def wall() -> AsyncIterator[Wall]:
    async with Wall() as wall:
        yield wall


@pytest.fixture
def one_drink(tmp_path: Path) -> Menu:
    path = tmp_path / "menu.toml"
    path.write_text(ONE_DRINK, encoding="utf-8")
    return load_menu(path)


def says(text: str) -> str:
    """The model that says this."""
    return f"repeat={quote(text)}"


async def test_the_example_is_ordered_without_any_model(tmp_path: Path, wall: Wall) -> None:
    async with serving(tmp_path, home(wall, "ok")) as kiosk:
        turn = await kiosk.say("라떼에 샷2잔, 우유 대신 두유, 라지 사이즈로 3잔 추가해줘")

    assert turn.order == ["3 × latte (hot, large, soy milk, 2 extra shots)"]
    assert (turn.total, turn.by, turn.served, wall.calls) == (21_600, "rules", [], [])
    assert "3잔을 담았습니다. 합계는 21,600원입니다." in turn.text


async def test_a_friendly_word_comes_from_the_model_and_says_from_where(
    tmp_path: Path, wall: Wall
) -> None:
    async with serving(tmp_path, home(wall, says("Good morning! Lovely day."))) as kiosk:
        turn = await kiosk.say("Hello!")

    assert (turn.text, turn.spoken_by, turn.by) == ("Good morning!", {"model"}, None)
    (served,) = turn.served
    assert (served.endpoint, served.zone, served.sensitivity) == ("home", "local", "low")
    assert served.decision_id.startswith("dec_")


async def test_tokens_and_cost_of_a_whole_answer_are_known(tmp_path: Path, wall: Wall) -> None:
    async with serving(tmp_path, home(wall, says("Good morning!"))) as kiosk:
        (served,) = (await kiosk.say("Hello!")).served

    assert served.tokens is not None
    assert served.tokens > 2
    assert served.cost_usd is not None
    assert 0 < served.cost_usd < 0.01


@pytest.mark.parametrize(
    "nonsense",
    [
        says('{"complexity": "simple"}'),
        says("Hello, customer!"),
        says("아메리카노는 100원입니다."),
        "empty",
        "tokens=60+grain=1",
    ],
)
async def test_what_a_model_must_not_say_is_said_by_code(
    tmp_path: Path, wall: Wall, nonsense: str
) -> None:
    async with serving(tmp_path, home(wall, nonsense)) as kiosk:
        turn = await kiosk.say("안녕하세요")

    assert turn.text == "안녕하세요! 무엇을 드릴까요?"
    assert turn.spoken_by == {"rules"}


async def test_a_recommendation_names_only_what_the_customer_can_have(
    tmp_path: Path, wall: Wall
) -> None:
    praise = says("고구마라떼는 든든합니다. 모카도요.")
    async with serving(tmp_path, home(wall, praise)) as kiosk:
        turn = await kiosk.say("저는 카페인에 민감한데, 맛있는 음료를 추천해주세요")
        ordered = await kiosk.say("첫 번째 거 아이스로 두 잔 주세요")

    assert "고구마라떼 5,800원" in turn.text
    assert "고구마라떼는 든든합니다." in turn.text
    assert "모카" not in turn.text
    assert ordered.order == ["2 × sweet potato latte (iced)"]


async def test_the_model_hears_health_and_order_and_rows(tmp_path: Path, wall: Wall) -> None:
    async with serving(tmp_path, home(wall, "ok")) as kiosk:
        await kiosk.say("라떼 두 잔")
        await kiosk.say("카페인에 민감한데 추천해주세요")

    told = wall.calls[0].json["messages"]
    assert [message["role"] for message in told] == ["system", "user", "assistant", "user"]
    assert "1. 카페라떼 (따뜻한) 2잔" in told[0]["content"]
    assert "sensitive to caffeine" in told[0]["content"]


async def test_a_capable_model_changes_the_order_and_code_says_so(
    tmp_path: Path, wall: Wall, one_drink: Menu
) -> None:
    async with serving(tmp_path, home(wall, "tool"), one_drink) as kiosk:
        turn = await kiosk.say("the usual for a party of seven, my friend")

    assert turn.by == "model"
    assert turn.order == ["7 × latte (7 extra shots, vanilla syrup)"]
    assert turn.spoken_by == {"rules"}
    assert "The total is ₩59,500." in turn.text
    assert len(wall.calls) == 1


async def test_nonsense_is_asked_again_once_with_the_reason_then_the_customer_is(
    tmp_path: Path, wall: Wall
) -> None:
    async with serving(tmp_path, home(wall, "tool")) as kiosk:
        turn = await kiosk.say("the usual for a party of seven, my friend")

    assert turn.by is None
    assert turn.order == []
    assert turn.text.startswith("I am not sure I got that.")
    first, second = wall.calls
    assert first.json["tools"][0]["function"]["name"] == "update_order"
    answered = second.json["messages"][-1]
    assert answered["role"] == "tool"
    assert answered["content"] == "Not accepted: You can add up to 2 shots to the espresso."


async def test_a_model_that_thinks_better_of_it_may_ask(tmp_path: Path) -> None:
    walls: list[Wall] = []

    def first_the_tool(exchange: Exchange) -> str:
        walls[0].override = says("How many lattes would you like?")
        return ""

    async with Wall(answer=first_the_tool) as upstream:
        walls.append(upstream)
        async with serving(tmp_path, home(upstream, "tool")) as kiosk:
            turn = await kiosk.say("the usual for a party of seven, my friend")

    assert turn.text == "How many lattes would you like?"
    assert len(upstream.calls) == 2


async def test_a_model_without_tools_gets_none_and_no_say_in_orders(
    tmp_path: Path, wall: Wall
) -> None:
    async with serving(tmp_path, home(wall, says("Sure thing!"), tools=False)) as kiosk:
        chat = await kiosk.say("it is a lovely place you run here")
        question = await kiosk.say("do you have wifi?")
        order = await kiosk.say("the latte thing we talked about, but upside down")

    assert (chat.text, chat.by) == ("Sure thing!", None)
    assert "tools" not in wall.calls[0].json
    assert question.text.startswith("I do not know that; please ask the staff.")
    assert order.text.startswith("I did not quite get that.")
    assert len(wall.calls) == 1


async def test_names_and_health_never_reach_the_cloud(tmp_path: Path, wall: Wall) -> None:
    async with Wall() as away:
        toml = home(wall, says("반갑습니다.")) + cloud(away, says("반갑습니다."))
        async with serving(tmp_path, toml) as kiosk:
            hello = await kiosk.say("안녕하세요")
            for text in (
                "나의 이름은 고우주이야",
                "저는 카페인에 민감한데, 맛있는 음료를 추천해주세요",
                "땅콩 알레르기도 있어요",
                "오늘 기분이 참 묘하네요",
                "제 이름으로 시를 써 주세요",
            ):
                turn = await kiosk.say(text)
                assert {served.zone for served in turn.served} <= {"local"}, text

    assert [served.zone for served in hello.served] == ["cloud"]
    assert away.contains("안녕하세요")
    assert wall.contains("고우주")
    assert wall.contains("카페인")
    for private in ("고우주", "카페인", "caffeine", "땅콩", "알레르기", "nuts"):
        assert not away.contains(private), private


async def test_no_proxy_stands_between_the_kiosk_and_a_gateway_on_this_machine(
    tmp_path: Path, wall: Wall, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Wall() as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
        async with serving(tmp_path, home(wall, says("Good morning!"))) as kiosk:
            turn = await kiosk.say("Hello!")

    assert turn.text == "Good morning!"
    assert proxy.received == b""


async def test_without_a_gateway_the_rules_still_work_and_the_way_out_is_told() -> None:
    async with at(NOWHERE) as kiosk:
        hello = await kiosk.say("안녕하세요")
        order = await kiosk.say("라떼 두 잔")
        lost = await kiosk.say("알 수 없는 말이에요 정말로")

    assert hello.trouble == ["gateway_unreachable"]
    assert hello.text == "안녕하세요! 무엇을 드릴까요?"
    assert (order.order, order.trouble) == (["2 × latte (hot)"], [])
    assert lost.trouble == ["gateway_unreachable"]
    assert lost.text.startswith("잘 이해하지 못했습니다.")


async def test_a_refusal_of_the_gateway_is_told_in_the_customers_language(
    tmp_path: Path, wall: Wall
) -> None:
    async with serving(tmp_path, cloud(wall, "ok")) as kiosk:
        kiosk.conversation.name = "고우주"
        await kiosk.say("제가 당뇨병이 있어서 인슐린을 맞아요")
        turn = await kiosk.say("안녕하세요")

    (code,) = turn.trouble
    assert code in {"label_refused", "local_unavailable"}
    assert turn.text == "안녕하세요! 무엇을 드릴까요?"
    assert wall.calls == []


async def test_a_model_that_breaks_off_leaves_what_was_said(tmp_path: Path, wall: Wall) -> None:
    model = says("Good morning my friend. How are you today? I am fine.") + "+reset=6"
    async with serving(tmp_path, home(wall, model)) as kiosk:
        turn = await kiosk.say("tell me something about the sea")

    assert turn.text.startswith("Good morning my friend.")
    assert turn.trouble == ["stream_broken"]


async def test_a_model_that_is_too_slow_is_not_waited_for(tmp_path: Path, wall: Wall) -> None:
    async with serving(tmp_path, home(wall, "mute"), patience=0.05) as kiosk:
        turn = await kiosk.say("안녕하세요")

    assert turn.trouble == ["model_too_slow"]
    assert turn.text == "안녕하세요! 무엇을 드릴까요?"


async def test_a_customer_who_stops_the_answer_stops_the_model(tmp_path: Path, wall: Wall) -> None:
    model = says("Good morning my friend. " * 3) + "+stall=5"
    async with serving(tmp_path, home(wall, model)) as kiosk:
        reply = kiosk.assistant.reply(kiosk.conversation, "hello")
        async with aclosing(reply) as events:
            async for event in events:
                assert isinstance(event, Said)
                break
        await wall.wait_closed()

    assert kiosk.conversation.messages[-1]["content"] == "Good morning my friend."


async def test_only_what_was_shown_enters_the_conversation(tmp_path: Path, wall: Wall) -> None:
    async with serving(tmp_path, home(wall, says('{"analysis": 1}'))) as kiosk:
        turns = [await kiosk.say(text) for text in ("안녕하세요", "라떼 하나", "얼마예요?")]

    kept = [m["content"] for m in kiosk.conversation.messages if m["role"] == "assistant"]
    assert kept == [turn.text for turn in turns]
    assert "analysis" not in "".join(kept)


async def test_one_word_completes_what_could_not_be_had(tmp_path: Path, wall: Wall) -> None:
    async with at(NOWHERE) as kiosk:
        refused = await kiosk.say("에스프레소 아이스로 두 잔")
        turn = await kiosk.say("그럼 뜨거운 걸로")

    assert refused.order == []
    assert "‘아이스’ 선택이 없습니다" in refused.text
    assert turn.order == ["2 × espresso"]


async def test_an_allergy_is_remembered_and_warned_of() -> None:
    async with at(NOWHERE) as kiosk:
        await kiosk.say("I'm allergic to nuts")
        turn = await kiosk.say("a latte with almond milk")
        changed = await kiosk.say("make it two")

    assert "Careful: the latte contains nuts." in turn.text
    assert "Careful" not in changed.text


async def test_that_one_is_what_was_asked_about() -> None:
    async with at(NOWHERE) as kiosk:
        await kiosk.say("카모마일 얼마예요?")
        turn = await kiosk.say("그걸로 두 잔 주세요")

    assert turn.order == ["2 × chamomile (hot)"]


async def test_the_name_is_remembered_and_spoken() -> None:
    async with at(NOWHERE) as kiosk:
        await kiosk.say("나의 이름은 고우주이야")
        who = await kiosk.say("내 이름이 뭐야?")
        await kiosk.say("라떼 하나")
        done = await kiosk.say("결제할게요")

    assert kiosk.conversation.name == "고우주"
    assert who.text == "고우주 님이십니다."
    assert done.text.startswith("고우주 님, 주문이 확정되었습니다.")
    assert done.after.status == "confirmed"


def test_a_kiosk_knows_nothing_of_the_gateways_insides() -> None:
    source = Path(load_menu.__code__.co_filename).parent
    imports = [
        (path.name, line)
        for path in source.rglob("*.py")
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.split()[:2] in (["import", "gilmok"], ["from", "gilmok"])
        or line.startswith(("import gilmok.", "from gilmok."))
    ]

    assert imports == []
