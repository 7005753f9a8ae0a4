"""The judge that ships: its promises, and what it makes of sentences written for it."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

import pytest

from gilmok_reviews import sentiment
from gilmok_reviews.domain import Aspect, Feeling, Polarity
from gilmok_reviews.sentiment.classifier import Classifier, decided
from gilmok_reviews.sentiment.encoder import WINDOW, WINDOWS
from gilmok_reviews.sentiment.evaluation import rows

SETS = Path(__file__).parent.parent / "training" / "sets"
TEXTS = ["국물이 진하고 맛있어요", "The soup was cold.", "배달이 늦었어요 ㅠㅠ", "그냥 그래요"]


@pytest.fixture(scope="module")
def judge() -> Classifier:
    return sentiment.load()


def feelings(judge: Classifier, texts: Sequence[str]) -> list[Feeling]:
    return [judgement.feeling for judgement in judge.judge(texts)]


def test_a_feeling_sums_to_one_and_keeps_the_order_of_the_texts(judge: Classifier) -> None:
    together = feelings(judge, TEXTS)
    for text, feeling in zip(TEXTS, together, strict=True):
        assert feeling.positive + feeling.neutral + feeling.negative == pytest.approx(1)
        alone = feelings(judge, [text])[0]
        assert alone.positive == pytest.approx(feeling.positive, abs=1e-4)


def test_nothing_said_is_neutral(judge: Classifier) -> None:
    nothing = feelings(judge, ["", "   \n", "...!!"])
    assert [feeling.neutral for feeling in nothing] == [1, 1, 1]
    assert judge.judge([]) == []


def test_a_text_of_any_size_and_script_is_read(judge: Classifier) -> None:
    odd = [
        "국물이 진하고 고기도 부드러웠어요. 사장님도 친절하세요. " * 30,
        "👍👍",
        "\ud7b0\u0000\u200b ok",
        "ㅋ" * 2000,
        "1",
        "良い店 très bon",
    ]
    assert len(judge.judge(odd)) == len(odd)
    assert feelings(judge, odd[:1])[0].polarity is Polarity.POSITIVE


def test_a_long_text_costs_a_bounded_number_of_windows(judge: Classifier) -> None:
    windows = judge._encoder._windows("국물이 시원하고 고기가 많아요 " * 2000)
    assert len(windows) == WINDOWS
    assert max(map(len, windows)) <= WINDOW + 2


def test_threads_share_one_judge(judge: Classifier) -> None:
    expected = judge.judge(TEXTS)
    with ThreadPoolExecutor(8) as threads:
        for judged in threads.map(lambda _: judge.judge(TEXTS), range(8)):
            assert judged == expected


def test_nothing_is_read_after_loading(tmp_path: Path) -> None:
    copy = tmp_path / "weights"
    shutil.copytree(sentiment.WEIGHTS, copy)
    loaded = sentiment.load(copy)
    shutil.rmtree(copy)
    assert feelings(loaded, ["정말 맛있어요"])[0].polarity is Polarity.POSITIVE


def test_missing_model_files_are_said_so(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"encoder\.npz"):
        sentiment.load(tmp_path)


def test_an_opinion_points_at_the_words_that_show_it(judge: Classifier) -> None:
    text = "맛은 있는데 양이 너무 적어요. 사장님은 친절하세요"
    shown = {
        opinion.aspect: (opinion.polarity, text[opinion.start : opinion.end])
        for opinion in judge.judge([text])[0].opinions
    }
    assert shown == {
        Aspect.TASTE: (Polarity.POSITIVE, "맛은 있는데"),
        Aspect.QUANTITY: (Polarity.NEGATIVE, "양이 너무 적어요."),
        Aspect.SERVICE: (Polarity.POSITIVE, "사장님은 친절하세요"),
    }


def test_the_mood_decides_where_the_words_say_nothing(judge: Classifier) -> None:
    bad = "배달 기사가 문을 부술 듯이 두드리고 욕까지 했습니다. 정말 최악이고 다시는 안 시킵니다"
    (opinion, *_) = judge.judge([bad])[0].opinions
    assert (opinion.aspect, opinion.polarity) == (Aspect.DELIVERY, Polarity.NEGATIVE)


def test_an_opinion_is_surer_where_words_and_mood_agree() -> None:
    assert decided(1, 3.0) > decided(1, 0.0) > decided(1, -3.0)
    assert decided(None, 2.0)[0] == 1
    assert decided(None, -2.0)[0] == -1
    assert decided(None, 0.0)[0] == 0


@pytest.mark.parametrize(("name", "least"), [("negation.jsonl", 0.70), ("english.jsonl", 0.80)])
def test_sentences_written_for_it(judge: Classifier, name: str, least: float) -> None:
    """Praise or blame; the targets on real reviews are measured by `training/show_figures.py`."""
    sided = [row for row in rows(SETS / name) if row["label"] != "neutral"][:60]
    judged = feelings(judge, [row["text"] for row in sided])
    right = [
        (feeling.positive > feeling.negative) == (row["label"] == "positive")
        for row, feeling in zip(sided, judged, strict=True)
    ]
    assert sum(right) / len(right) >= least


def test_every_model_file_is_the_one_whose_origin_is_told() -> None:
    told = (sentiment.WEIGHTS / "PROVENANCE.md").read_text(encoding="utf-8")
    files = [path for path in sentiment.WEIGHTS.iterdir() if path.suffix in (".npz", ".json")]
    assert len(files) == 3
    for path in files:
        assert f"{path.name} | {sha256(path.read_bytes()).hexdigest()}" in told
    assert sum(path.stat().st_size for path in files) < 40e6
