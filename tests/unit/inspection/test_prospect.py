"""What a question demands, how well it is expected to be answered, and how long the answer will be."""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from gilmok.core.prospect import ANCHOR, Ability, Prospect
from gilmok.core.request import Message, Request, Role, Text
from gilmok.core.text import Private
from gilmok.inspection import length, prospect
from gilmok.inspection.demands import MOST_CHARS, NAMES, demands, question
from tests.unit import nouns

LENGTH_SET = Path(__file__).resolve().parents[3] / "quality/sets/lengths.jsonl"
FORESIGHT = prospect.load()
LENGTHS = length.load()

SCENARIO = (
    "A landlord let his shop to a baker for three years. After two years the baker sold her business to a "
    "rival, who moved in and refused to pay the higher rent that the landlord then asked for. The lease "
    "does not mention assignment. Which of the following statements is not correct, and why would the "
    "landlord most likely fail if he sued them?\n"
    "A. The assignment is void, because the landlord was never asked before the baker moved out\n"
    "B. The rival owes the rent of the lease for the rest of the term, but nothing above it\n"
    "C. The baker remains liable if the rival does not pay, unless the landlord released her\n"
    "D. The landlord may not end the lease merely because the tenant has changed\nAnswer:"
)
RECALL = "What is the capital of France?\nA. Paris\nB. Lyon\nC. Nice\nD. Lille\nAnswer:"
HARD_KO = (
    "다음 사례에 대한 설명으로 옳지 않은 것은?\n갑은 을에게 건물을 3년간 빌려주었다. 2년 뒤 을은 병에게 가게를 "
    "넘겼고, 병은 차임을 올려 달라는 갑의 요구를 거절하였다. 계약서에는 양도에 대한 조항이 없다.\n"
    "갑의 동의가 없는 양도는 갑에게 효력을 주장할 수 없다\n병은 남은 기간 동안 원래의 차임을 내야 한다\n"
    "을은 갑이 면책하지 않는 한 계속 책임을 진다\n갑은 임차인이 바뀌었다는 이유만으로 계약을 해지할 수 없다"
)


EASY_KO = ("안녕하세요", "아메리카노 한 잔 주세요", "한국의 수도는 어디인가요?")


def talk(*turns: str) -> Request:
    said: list[Message] = []
    for turn in turns:
        said.append(Message(role=Role.USER, parts=(Text(Private(turn)),)))
        said.append(Message(role=Role.ASSISTANT, parts=(Text(Private("An answer.")),)))
    return nouns.request(messages=tuple(said[:-1]))


def test_a_hard_question_gains_more_from_a_better_model() -> None:
    hard, easy = FORESIGHT.of_text(SCENARIO), FORESIGHT.of_text(RECALL)
    assert hard.lift > easy.lift + 0.2
    assert hard.ease < easy.ease


def test_what_was_learned_in_english_holds_in_korean() -> None:
    hard = FORESIGHT.of_text(HARD_KO)
    easy = FORESIGHT.of_text("한국의 수도는 어디인가?\n서울\n부산\n대구\n광주")
    assert hard.lift > easy.lift + 0.2


def test_a_better_model_adds_more_in_korean_where_it_adds_anything() -> None:
    path = Path(prospect.__file__).parent / "models" / "prospect.json"
    file = msgspec.json.decode(path.read_bytes(), type=prospect.ProspectFile)
    alike = prospect.Foresight(replace(file, korean=1.0))
    assert file.korean > 1.0
    for text in (HARD_KO, *EASY_KO):
        before, after = alike.of_text(text), FORESIGHT.of_text(text)
        assert before.lift <= after.lift <= before.lift * file.korean + 1e-9
        assert after.ease == before.ease
    assert FORESIGHT.of_text(HARD_KO).lift > alike.of_text(HARD_KO).lift
    assert all(FORESIGHT.of_text(text).lift < 0.1 for text in EASY_KO)
    assert FORESIGHT.of_text(SCENARIO) == alike.of_text(SCENARIO)


PAIRS = (
    ("Tom has 3 apples and buys 2. How many has he?",
     "Ann has twice as many apples as Tom, who has 3 fewer than half of what Sue has left after she gave each of "
     "her four friends 6 of her 50 apples. How many more than Tom does Ann have?"),
    ("Who wrote Hamlet?", "Which of these statements about the narrator of the passage is not correct, and why?"),
    ("서울은 어느 나라의 수도인가요?", "다음 글에 대한 설명으로 옳지 않은 것을 모두 고르고, 그 이유를 각각 설명하시오."),
    ("hello", "Compare the liability of the buyer and the seller if neither of them read the contract."),
    ("물 한 병 주세요", "조선 후기의 사회 변화에 대한 설명으로 옳은 것을 보기에서 고르고 왜 그런지 설명해 주세요."),
)  # fmt: skip


@pytest.mark.parametrize(("easy", "hard"), PAIRS)
def test_what_makes_a_question_hard_in_both_languages(easy: str, hard: str) -> None:
    assert FORESIGHT.of_text(easy).lift + 0.1 < FORESIGHT.of_text(hard).lift


def test_the_order_of_lengths_on_the_projects_own_prompts() -> None:
    lines = LENGTH_SET.read_text(encoding="utf-8").splitlines()
    rows = [(LENGTHS.tokens(row["text"]), row["class"]) for row in map(json.loads, lines)]
    pairs = [(a, b) for a, b in combinations(rows, 2) if a[1] != b[1]]
    right = sum((a[0] - b[0]) * (a[1] - b[1]) > 0 for a, b in pairs)
    assert len(rows) >= 300
    assert right / len(pairs) > 0.85


@pytest.mark.parametrize(
    "wrapped",
    [
        f"Question: {SCENARIO}",
        SCENARIO.removesuffix("Answer:"),
        f"Q3. {SCENARIO.removesuffix('Answer:')}정답:",
    ],
)
def test_scaffolding_is_no_part_of_the_question(wrapped: str) -> None:
    bare = question(SCENARIO)
    found = question(wrapped)
    assert (found.stem, found.options) == (bare.stem, bare.options)
    assert len(found.options) == 4


def test_options_without_letters_are_found() -> None:
    assert question("한국의 수도는?\n서울\n부산\n대구").options == ("서울", "부산", "대구")
    assert "해지할 수 없다" in question(HARD_KO).options[-1]
    assert question("빨래를 개고\n설거지를 하고\n장을 봤다").options == ()


@pytest.mark.parametrize(
    "strange",
    [
        "λόγος " * 20,
        "x" * (MOST_CHARS + 1),
        "|".join(["= + * / ^ 12 34 one two if then why not true best who when"] * 60),
    ],
)
def test_the_unfamiliar_goes_to_the_better_model(strange: str) -> None:
    found = FORESIGHT.of_text(strange)
    assert not found.familiar
    assert found.lift >= FORESIGHT.of_text(SCENARIO).lift
    assert found.chance(0.9) - found.chance(0.4) > 0.4


@given(st.text(max_size=400))
def test_any_text_has_a_prospect(text: str) -> None:
    found = FORESIGHT.of_text(text)
    assert 0.0 < found.ease < 1.0
    assert found.lift > 0.0
    assert len(demands(text).values) == len(NAMES)
    assert LENGTHS.tokens(text) >= 1


def test_a_short_turn_after_a_hard_one_stays_near_it() -> None:
    hard = FORESIGHT.of(talk(SCENARIO))
    after = [FORESIGHT.of(talk(SCENARIO, *["ok, go on"] * turns)).lift for turns in range(1, 5)]
    assert after[0] == pytest.approx(hard.lift - prospect.FALL)
    assert after == sorted(after, reverse=True)
    assert after[0] > FORESIGHT.of(talk("ok, go on")).lift + 0.1


def test_a_hard_turn_counts_at_once() -> None:
    assert FORESIGHT.of(talk("hi", SCENARIO)) == FORESIGHT.of_text(SCENARIO)


def test_instructions_and_tools_of_the_client_do_not_count() -> None:
    system = Message(role=Role.SYSTEM, parts=(Text(Private(SCENARIO * 3)),))
    plain = talk("hello")
    wrapped = nouns.request(messages=(system, *plain.messages))
    assert FORESIGHT.of(wrapped) == FORESIGHT.of(plain)


@given(st.floats(0.02, 0.98), st.floats(0.0, 1.5), st.floats(0, 1), st.floats(0, 1))
def test_a_better_model_never_looks_worse(ease: float, lift: float, a: float, b: float) -> None:
    found = Prospect(ease, lift)
    low, high = sorted((a, b))
    assert 0.0 < found.chance(low) <= found.chance(high) < 1.0
    assert found.chance(ANCHOR) == pytest.approx(ease)


@given(st.floats(0.3, 0.7), st.floats(0.5, 1.5), st.floats(-1, 1))
def test_a_correction_can_be_undone(chance: float, slope: float, offset: float) -> None:
    ability = Ability(slope, offset)
    assert ability.undone(ability.corrected(chance)) == pytest.approx(chance)


@pytest.mark.parametrize(
    ("shorter", "longer"),
    [
        ("Is 91 prime? Answer yes or no only.", "Explain why 91 is not prime."),
        ("Explain photosynthesis in one sentence.", "Explain photosynthesis."),
        ("Write a 50-word story about a fox.", "Write a 1500-word story about a fox."),
        ("아이스 라떼 얼마예요?", "라떼 만드는 법을 단계별로 자세히 설명해 줘."),
        ("광합성을 한 문장으로 설명해 줘.", "광합성에 대한 보고서를 3000자로 작성해 줘."),
        ("안녕하세요", "이탈리아 일주일 여행 계획을 날짜별로 자세히 짜 줘."),
        ("Translate to French: Good morning.", "Write a detailed essay about French cuisine."),
    ],
)
def test_what_is_asked_for_decides_the_length(shorter: str, longer: str) -> None:
    assert LENGTHS.tokens(shorter) * 2 <= LENGTHS.tokens(longer)
