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
    ],
)
def test_the_same_is_not_refused(a: str, b: str) -> None:
    assert not verify.refused(values(a, b))


@pytest.mark.parametrize("name", ["static", "sentence"])
def test_scores_are_chances_and_rank_a_rewording_above_another_question(name: str) -> None:
    verifier = verify.load(name)
    question = reading("여권을 새로 발급받으려면 어떻게 해야 하나요?")
    near = reading("여권 새로 발급받는 방법 알려주세요")
    far = reading("냉장고에서 물이 새는데 어떻게 해야 하나요?")
    rows = [verify.features(question, other, cosine) for other, cosine in ((near, 0.8), (far, 0.2))]
    high, low = verifier.scores(rows)
    assert 0 <= low < high <= 1
    assert verifier.file.features == verify.FEATURES


def test_a_reading_shows_no_text() -> None:
    assert "secret" not in repr(reading("a secret question"))


@pytest.mark.parametrize("text", ["", " ?! ", "x" * (LONGEST + 1), "please"])
def test_what_says_nothing_or_too_much_is_not_compared(text: str) -> None:
    assert read(text, TABLE) is None
