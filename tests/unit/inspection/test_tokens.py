"""The bound of a prompt's tokens, against vocabularies that models really have."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Sequence
from functools import cache
from typing import Any

import pytest
import quicktok
from hypothesis import example, given
from hypothesis import strategies as st

from gilmok.config.vocabulary import vocabulary_of
from gilmok.core.request import Tool
from gilmok.core.text import Private
from gilmok.inspection.tokens import (
    PER_FILE,
    PER_IMAGE,
    PER_REQUEST,
    TOOL_USE,
    WORTH_COUNTING,
    bounds,
)
from gilmok.inspection.vocabularies import Vocabularies, vocabularies

VOCABULARIES = ("cl100k_base", "o200k_base", "llama3", "qwen3")
KOREAN = "길목은 모든 요청이 지나가는 한 자리입니다. 개인정보는 건물 밖으로 나가지 않습니다. 🙂\n"


@cache
def encoding(name: str) -> Any:
    return quicktok.get_encoding(name)


def upper_of(text: str) -> int:
    return bounds([text], 0).upper - PER_REQUEST


TEXTS = st.text(max_size=60) | st.text(
    st.characters(min_codepoint=0x80, codec="utf-8"), max_size=60
)


@pytest.mark.parametrize("name", VOCABULARIES)
def test_no_text_has_more_tokens_than_its_bound(name: str) -> None:
    count = encoding(name).count

    @given(TEXTS)
    @example(KOREAN)
    @example("\u0f76" * 9)  # three bytes and six tokens to Qwen, which normalises by NFC
    @example("\ufdfa")  # three bytes, and 33 in NFKC
    @example("\u1d160\ufb1d")
    @example("한글")
    @example("<|endoftext|>")
    def holds(text: str) -> None:
        assert count(text) <= upper_of(text)

    holds()


@pytest.mark.parametrize("name", VOCABULARIES)
def test_no_character_has_more_tokens_than_its_bound(name: str) -> None:
    """Every character of the basic plane, alone and five times: letters join, and then differ."""
    count = encoding(name).count
    characters = [chr(c) for c in range(0x20, 0x10000) if not 0xD800 <= c < 0xE000]
    worse = [c for c in characters if count(c) > upper_of(c) or count(c * 5) > upper_of(c * 5)]
    assert worse == []


def test_bytes_alone_would_not_bound_a_vocabulary_that_normalises() -> None:
    """Why the bound looks at normal forms: the claim about bytes is false without them."""
    assert encoding("qwen3").count("\u0f76") > len("\u0f76".encode())


@pytest.mark.parametrize("name", VOCABULARIES)
def test_the_estimate_is_near_for_korean_and_english(name: str) -> None:
    count = encoding(name).count
    for text in (KOREAN * 20, "The receipt says who asked, what it cost and why. " * 20):
        assert 0.5 < bounds([text], 0).expected / count(text) < 2


QWEN_TOOLS = (
    "# Tools\n\nYou may call one or more functions to assist with the user query.\n\nYou are "
    "provided with function signatures within <tools></tools> XML tags:\n<tools>\n{}\n</tools>\n\n"
    "For each function call, return a json object with function name and arguments within "
    '<tool_call></tool_call> XML tags:\n<tool_call>\n{{"name": <function-name>, "arguments": '
    "<args-json-object>}}\n</tool_call>"
)


@pytest.mark.parametrize("name", VOCABULARIES)
@pytest.mark.parametrize("indent", [None, 4])
@pytest.mark.parametrize("escaped", [False, True])
def test_tools_in_a_templates_own_form_stay_within_the_bound(
    name: str, indent: int | None, escaped: bool
) -> None:
    """Templates write tools as JSON of their own: indented (Llama) or with every Hangul escaped."""
    fields = {f"항목{n}": {"type": "string", "description": "주문 번호"} for n in range(9)}
    schema = {"type": "object", "properties": fields}
    compact = json.dumps(schema, ensure_ascii=False, separators=(",", ":"))
    tool = Tool(name=Private("찾기"), description=Private("찾는다"), parameters=Private(compact))
    function = {"name": "찾기", "description": "찾는다", "parameters": schema}
    written = json.dumps(
        {"type": "function", "function": function}, indent=indent, ensure_ascii=escaped
    )
    prompt = QWEN_TOOLS.format(written)
    texts = [text.reveal() for text in (tool.name, tool.description, tool.parameters) if text]
    assert encoding(name).count(prompt) <= bounds(texts, 1, tools=(tool,)).upper


def test_what_cannot_be_read_is_counted_at_its_most() -> None:
    assert bounds([], 0, images=2).upper == PER_REQUEST + 2 * PER_IMAGE
    assert bounds([], 0, images=2).images == 2
    assert bounds([], 0, files=1).upper == PER_REQUEST + PER_FILE
    assert bounds([], 0, tools=(Tool(name=Private("f")),)).upper > PER_REQUEST + TOOL_USE


def test_counted_bounds_are_tighter_and_still_bounds() -> None:
    counts = Vocabularies(["o200k_base", "qwen3"])
    long = KOREAN * 60
    assert counts([long], 0) == ()
    counts.wait()
    found = bounds([long, "tail"], 3, count=counts)
    for name, upper in found.counted:
        true = encoding(name).count(long) + encoding(name).count("tail")
        assert true < upper < found.upper / 2
        assert upper - true == found.upper - len((long + "tail").encode())
        assert found.upper_in(name) == upper
    assert found.upper_in("gpt2") == found.upper_in(None) == found.upper


def test_short_texts_are_not_counted() -> None:
    def never(texts: Sequence[str], more: int) -> tuple[tuple[str, int], ...]:
        raise AssertionError

    assert bounds(["a" * (WORTH_COUNTING - 1)], 1, count=never).counted == ()


def test_nobody_counts_where_no_vocabulary_is_known() -> None:
    assert vocabularies([None, None]) is None
    assert vocabularies([None, "o200k_base"]) is vocabularies(["o200k_base"])


@pytest.mark.parametrize(
    ("model", "vocabulary"),
    [
        ("gpt-4o-mini", "o200k_base"),
        ("gpt-4o-2024-11-20", "o200k_base"),
        ("openai/gpt-4.1", "o200k_base"),
        ("gpt-4-turbo", "cl100k_base"),
        ("gpt-4", "cl100k_base"),
        ("gpt-oss:20b", "o200k_harmony"),
        ("llama-3.1-8b-instant", "llama3"),
        ("qwen2.5-coder:7b", "qwen3"),
        ("claude-haiku-4-5", None),
        ("o11", None),
        ("gpt-45", None),
        ("llama-3.5", None),
        ("my-gpt-4o", None),
    ],
)
def test_only_certain_names_have_a_vocabulary(model: str, vocabulary: str | None) -> None:
    assert vocabulary_of(model) == vocabulary


@given(st.text(), st.text())
def test_more_text_never_has_a_smaller_bound(one: str, other: str) -> None:
    assert bounds([one, other], 2).upper >= bounds([one], 2).upper


def test_putting_characters_together_takes_no_more_bytes() -> None:
    """What the bound of normal forms rests on, for every character there is."""
    for code in range(0x110000):
        taken_apart = unicodedata.normalize("NFKD", chr(code))
        together = unicodedata.normalize("NFKC", chr(code))
        assert len(together.encode("utf-8", "surrogatepass")) <= len(
            taken_apart.encode("utf-8", "surrogatepass")
        )


@example("é\u0323")  # four bytes, five in NFC: the marks change places
@given(st.text(st.characters(min_codepoint=0x80)) | st.text("eéạ\u0323\u0301가각ᆨ…①ᅡ"))
def test_normal_forms_are_bounded(text: str) -> None:
    for form in ("NFC", "NFKC"):
        bound = upper_of(text)
        assert bound >= len(unicodedata.normalize(form, text).encode("utf-8", "surrogatepass"))
