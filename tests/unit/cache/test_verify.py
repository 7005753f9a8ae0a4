"""What the verifier refuses whatever the vectors say, and what it lets through."""

from __future__ import annotations

import pytest

from gilmok.cache import vectors, verify
from gilmok.cache.reading import LONGEST, Reading, read

TABLE = vectors.load()


def reading(text: str) -> Reading:
    found = read(text, TABLE)
    assert found is not None
    return found


def values(a: str, b: str) -> list[float]:
    return verify.features(reading(a), reading(b), 0.0)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("케이크 3조각 포장해줘", "케이크 네 조각 포장해줘"),
        ("알림을 10분 뒤에 줘", "알림을 10시간 뒤에 줘"),
        ("목요일 강의실 알려줘", "금요일 강의실 알려줘"),
        ("소음 켜줘", "소음 꺼줘"),
        ("수원에서 강릉까지 얼마야", "강릉에서 수원까지 얼마야"),
        ("PDF를 HTML로 바꾸는 법", "HTML를 PDF로 바꾸는 법"),
        ("배달 음식 먹어도 돼?", "배달 음식 먹으면 안 돼?"),
        ("우편함 번호 알려줘", "Tell me the mailbox number"),
        ("Bus from Leeds to York", "Bus from York to Leeds"),
        ("Remind me in 5 minutes", "Remind me in 50 minutes"),
        ("Can I feed my cat grapes?", "Can't I feed my cat grapes?"),
        ("does the tenant pay the owner", "does the owner pay the tenant"),
        ("Who will lead the team?", "Who did lead the team?"),
        ("GPU3 사양 알려줘", "CPU9 사양 알려줘"),
        ("라떼 두 잔이랑 차 세 잔", "라떼 세 잔이랑 차 두 잔"),
    ],
)
def test_near_misses_are_refused(a: str, b: str) -> None:
    assert verify.refused(values(a, b))
    assert verify.refused(values(b, a))


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("케이크 3조각 포장해줘", "케이크 세 조각을 포장해 주세요"),
        ("수원에서 강릉까지 얼마야", "강릉까지 수원에서 가면 얼마예요"),
        ("Remind me in 5 minutes", "Please remind me in five minutes"),
        ("Bus from Leeds to York", "Bus to York from Leeds"),
        ("Is there a ferry to Rhodes on Monday?", "On Monday, is there a ferry to Rhodes?"),
        ("Do otters sleep in winter?", "In winter, do otters sleep?"),
        ("Do I have to hand in the form by mail?", "By mail, do I have to hand the form in?"),
        ("How is a cone's volume calculated?", "How do you calculate the volume of a cone?"),
        ("Are all ponies registered?", "Is every pony registered?"),
        ("Can I pay without a card?", "Can I pay with no card?"),
        ("문이 안 잠기게 하려면?", "문이 잠기지 않게 하려면?"),
        ("얼룩이 없어지게 하려면?", "얼룩이 사라지게 하려면?"),
        ("토끼는 몇 개월에 사료를 바꾸나요?", "토끼는 몇 달에 사료를 바꾸나요?"),
        ("회의는 15시예요", "회의는 오후 3시예요"),
        ("2시간 동안 30도에 둔 우유", "30도에 2시간 둔 우유"),
    ],
)
def test_the_same_is_not_refused(a: str, b: str) -> None:
    assert not verify.refused(values(a, b))


def test_one_negation_counts_once() -> None:
    assert [reading(t).negations for t in ("잠기지 않게", "안 잠기게", "잠기게")] == [1, 1, 0]


def test_one_syllable_that_begins_another_word_names_nothing() -> None:
    assert not reading("몇 개월").groups
    assert reading("개는").groups


def value(name: str, a: str, b: str) -> float:
    return values(a, b)[verify.FEATURES.index(name)]


@pytest.mark.parametrize(
    ("aspect", "a", "b"),
    [
        ("subject", "홍역 증상이 뭐예요?", "홍역은 어떻게 치료해요?"),
        ("form", "결과를 표로 보여줘", "결과를 한 문장으로 말해줘"),
        ("tongue", "독일어로 써 줘", "write it in english"),
        ("person", "집주인이 내는 세금", "세입자가 내는 세금"),
        ("span", "How much is it a day?", "How much is it per month?"),
        ("when", "Did it rain yesterday?", "Will it rain?"),
        ("degree", "제일 싼 방", "제일 비싼 방"),
        ("scope", "Delete all rows", "Delete some rows"),
        ("condition", "예약이 있을 때", "예약이 없을 때"),
        ("measure", "How far is it in miles?", "몇 킬로미터예요?"),
        ("course", "중고차 사는 법", "중고차 파는 법"),
    ],
)
def test_aspects_contradict(aspect: str, a: str, b: str) -> None:
    assert value(aspect, a, b) == value(aspect, b, a) == 2
    assert value("aspect_conflicts", a, b) >= 1


def test_aspects_agree_in_other_words_and_languages() -> None:
    assert value("subject", "홍역 증상이 뭐예요?", "What are the symptoms of measles?") == -1
    assert value("scope", "모든 행을 지워", "Delete every row") == -1
    assert value("form", "표로 보여줘", "보여줘") == 1
    assert value("form", "보여줘", "알려줘") == 0


def test_two_words_that_exchange_their_roles() -> None:
    assert value("exchanged", "조교가 신입생에게 쓰는 글", "신입생이 조교에게 쓰는 글") == 1
    assert value("exchanged", "조교가 신입생에게 쓰는 글", "신입생에게 조교가 쓰는 글") == 0


def test_what_differs_between_a_common_start_and_end() -> None:
    a, b = "갈치 굽는 시간 알려줘", "고등어 굽는 시간 알려줘"
    assert value("core_least", a, b) == value("core_most", a, b) == 1
    assert value("core_most", a, a) == value("rest_most", a, a) == 0


@pytest.mark.parametrize("name", ["static", "sentence"])
def test_scores_are_chances_and_rank_a_rewording_above_another_question(name: str) -> None:
    verifier = verify.load(name)
    question = reading("여권을 새로 발급받으려면 어떻게 해야 하나요?")
    near = reading("여권 새로 발급받는 방법 알려주세요")
    far = reading("냉장고에서 물이 새는데 어떻게 해야 하나요?")
    rows = [verify.features(question, other, cosine) for other, cosine in ((near, 0.8), (far, 0.2))]
    high, low = verifier.scores(rows)
    assert 0 <= low < high <= 1


@pytest.mark.parametrize("name", ["static", "sentence"])
def test_trees_were_trained_on_these_features(name: str) -> None:
    assert verify.load(name).file.features == verify.FEATURES


def test_a_reading_shows_no_text() -> None:
    assert "secret" not in repr(reading("a secret question"))


@pytest.mark.parametrize("text", ["", " ?! ", "x" * (LONGEST + 1), "please"])
def test_what_says_nothing_or_too_much_is_not_compared(text: str) -> None:
    assert read(text, TABLE) is None
