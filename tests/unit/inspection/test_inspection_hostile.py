"""Any text: never raises, spans in bounds, masking leaves nothing, work linear in the length."""

from __future__ import annotations

import base64
from itertools import cycle, islice

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gilmok.inspection.decoding import readings
from gilmok.inspection.digits import windows
from tests.unit.inspection.ask import inspect, masked
from tests.unit.inspection.forms import ENCODINGS, SPELLINGS
from tests.unit.inspection.test_inspection_identifiers import NUMBERS

_FRAGMENTS = st.one_of(
    st.sampled_from([cue + number for cue, number, _, _ in NUMBERS.values()]).flatmap(
        lambda number: st.sampled_from(list((SPELLINGS | ENCODINGS).values())).map(
            lambda form: _formed(form, number)
        )
    ),
    st.sampled_from(["이름은 홍길동", " 씨 ", "hong@naver.com", "비밀번호: qwer1234", "%", "&#", "\\u", "=", "-", "1", " "]),
    st.text(max_size=8),
)  # fmt: skip
_TEXTS = st.one_of(st.text(max_size=300), st.lists(_FRAGMENTS, max_size=8).map("".join))
# Identifiers that touch without any sign between them hide each other's edges; the guard inspects
# a masked text again and finds the second then.
_SPACED = st.lists(_FRAGMENTS, max_size=8).map(" / ".join)


def _formed(form: object, number: str) -> str:
    try:
        return str(form(number))  # type: ignore[operator]
    except ValueError:
        return number


@settings(max_examples=300, deadline=None)
@given(st.lists(_TEXTS, min_size=1, max_size=3))
@example(["\ud800"])
@example(["\x00" * 50, "\uffff"])
@example(["data:;base64,", "{"])
def test_never_raises_and_no_detector_fails(turns: list[str]) -> None:
    inspection = inspect(*turns)
    assert inspection.failed == ()
    for e in inspection.evidence:
        assert -1 <= e.where < len(turns)
        if e.where >= 0:
            assert 0 <= e.start <= e.end <= len(turns[e.where])
        assert not e.maskable or e.start < e.end


@settings(max_examples=300, deadline=None)
@given(_SPACED)
def test_masking_every_span_leaves_no_identifier(text: str) -> None:
    rest = masked(text, inspect(text).evidence, keep_length=True)
    left = [
        e
        for e in inspect(rest).evidence
        if e.kind.startswith(("id.", "finance.", "secret.", "contact."))
    ]
    assert left == []


_SEEDS = {
    "digits": "1",
    "spaced digits": "1 ",
    "dashed digits": "12-",
    "resident-like": "900101-1 ",
    "at signs": "a@",
    "zero width": "\u200b",
    "combining marks": "\u0301\u0323",
    "jamo": "\u1112\u1169\u11bc",
    "full width": "１",
    "percent": "%",
    "percent of percent": "%2525",
    "escapes": "\\u0041",
    "backslashes": "\\",
    "entities": "&#65;",
    "character codes": "65 ",
    "hex": "a1:",
    "Base64 lines": "aB3aB3aB3aB3\n",
    "Base64 of text in lines": base64.b64encode(b"any text at all ").decode()[:20] + "\n",
    "Base64 of text in uneven lines": "aGVsbG8gdGhlcmUg\naGVsbG8gdGhlcmUgd29y\nab\n",
    "assignments": "a=12&",
    "escapes of all kinds": "%3D=25&#37;\\x25",
    "joined tokens": "aB3/",
    "JWT heads": "eyJ",
    "key heads": "-----BEGIN PRIVATE KEY-----",
    "password": "password: ",
    "names": "홍길동 씨 ",
    "honorifics": "씨",
    "roads": "가로1",
    "streets": "1 A A A A ",
    "cues": "내 우울증 ",
    "IBAN heads": "DE89 3704 ",
    "URL heads": "a://b:",
    "number words": "one ",
    "Hangul digits": "일이",
    "birth": "born ",
    "contact": "주소",
}


def _long(seed: str, length: int) -> str:
    return "".join(islice(cycle(seed), length))


@pytest.mark.timeout(20)
@pytest.mark.parametrize("seed", _SEEDS)
def test_hostile_repetition_ends(seed: str) -> None:
    """100,000 characters; quadratic work on any of them would take minutes."""
    assert inspect(_long(_SEEDS[seed], 100_000)).failed == ()


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "text",
    [
        pytest.param("라떼 3잔 주세요. 010-2345-6789 hong@naver.com " * 25_000, id="chat"),
        pytest.param("aB3aB3aB3aB3\n" * 80_000, id="lines of one width"),
        pytest.param("authentication\naB3aB3aB3aB3\n" * 40_000, id="lines among words"),
        pytest.param("YW55IHRleHQgYXQgYWxs\nYW55\n" * 40_000, id="texts in lines"),
    ],
)
def test_a_megabyte_ends(text: str) -> None:
    assert inspect(text).failed == ()


@pytest.mark.parametrize("seed", _SEEDS)
def test_work_is_linear_by_count(seed: str) -> None:
    """Characters read, windows looked at and words found, against the length, at two lengths."""

    def work(length: int) -> int:
        text = _long(_SEEDS[seed], length)
        total = 0
        for view in readings(text):
            total += len(view.text) + sum(map(len, view.hits.values()))
            total += sum(1 for _ in windows(view.text))
        return total

    assert work(8_000) <= 2.2 * work(4_000) + 1_000
    assert work(8_000) <= 24 * 8_000


def test_nested_encodings_are_undone_to_a_fixed_depth_and_cost() -> None:
    text = "전화 010-2345-6789 " * 50
    for _ in range(12):
        text = base64.b64encode(text.encode()).decode()
    assert sum(len(view.text) for view in readings(text)) <= 4 * len(text)
