"""Private matters that no rule names, and what a long or hostile text costs."""

from __future__ import annotations

import msgspec
import pytest

from gilmok.core.inspection import Clearance, Sensitivity
from gilmok.core.request import Role
from gilmok.inspection.normal import normalise
from gilmok.inspection.personal import (
    FLAGS,
    Personal,
    PersonalFile,
    described,
    model,
    personal,
)
from gilmok.inspection.view import View, look
from gilmok.inspection.words import STRETCH
from gilmok.learned import load
from tests.unit.inspection.ask import inspect, kinds

PRIVATE = [
    "엄마가 치매 판정을 받으셨는데 요양등급 신청 어떻게 해요",
    "전남친이 제 사진을 인터넷에 올린다고 협박해요",
    "카드 돌려막기 하다가 이번 달에 연체됐어요",
    "my husband swears at me and throws things in front of the kids",
    "biopsy came back, it's stage 2 breast cancer. what do I ask the oncologist",
    "they're garnishing my wages and I'm three months behind on rent",
]
HARMLESS = [
    "What is the difference between a list and a tuple in Python?",
    "당뇨병 초기 증상이 뭐야?",
    "가정폭력 예방 캠페인 문구",
    "라떼에 샷2잔, 우유 대신 두유, 라지 사이즈로 3잔 추가해줘",
]


def _view(text: str) -> View:
    return look(normalise(text))


@pytest.mark.parametrize("text", PRIVATE)
def test_private_matters_are_high_and_stay(text: str) -> None:
    inspection = inspect(text)
    assert inspection.sensitivity is Sensitivity.HIGH
    assert inspection.clearance is Clearance.LOCAL_ONLY


@pytest.mark.parametrize("text", HARMLESS)
def test_knowledge_is_not_private(text: str) -> None:
    found = personal(_view(text), 0)
    assert found is None


def test_only_what_users_write_is_judged() -> None:
    said = PRIVATE[3]
    assert "topic.private" in kinds(inspect((Role.USER, said)))
    assert "topic.private" not in kinds(inspect((Role.ASSISTANT, said), (Role.USER, "thanks")))


def test_it_names_no_span_so_it_cannot_be_masked_away() -> None:
    found = personal(_view(PRIVATE[1]), 7)
    assert found is not None
    assert (found.where, found.start, found.end, found.maskable) == (7, 0, 0, False)


def test_senses_far_apart_are_not_read_together() -> None:
    text = "diagnosed " + "x " * STRETCH + "my wife"
    first, *_, last = described(_view(text))
    flags = [{FLAGS[at] for at in stretch} for stretch in (first, last)]
    senses = {"care", "relative"}
    assert [found & senses for found in flags] == [{"care"}, {"relative"}]


def test_a_private_passage_in_a_long_text_is_found() -> None:
    filler = "The museum opens at nine. " * 40
    found = personal(_view(filler + " ".join(PRIVATE[3:5]) + " " + filler), 0)
    assert found is not None


def test_a_model_of_other_senses_is_refused() -> None:
    file = PersonalFile(
        flags=("self",), intercept=0, single=(0,), pairs={}, gate=0, share=1, high=1, unsure=0, doubt=0,
        provenance={},
    )  # fmt: skip
    with pytest.raises(ValueError, match="other senses"):
        Personal(file, load("private"))


def test_the_shipped_model_says_where_it_comes_from() -> None:
    assert model().high > model().unsure
    assert {"trained_on", "licence", "script"} <= load("private").provenance.keys()
    assert msgspec.json.encode(FLAGS)
