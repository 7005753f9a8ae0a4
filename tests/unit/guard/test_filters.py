"""The key an endpoint was called with never comes back, however it is cut into pieces."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from gilmok.core.completion import Delta, FinishReason, Opened, ToolCallDelta, Usage
from gilmok.core.text import Secret
from gilmok.guard.filters import WITHHELD, KeyFilter, key_filter
from tests.unit import nouns

KEY = "sk-sk-proj-0123456789"


def pieces(text: str, cuts: list[int]) -> list[str]:
    at = sorted({cut % (len(text) + 1) for cut in cuts} | {0, len(text)})
    return [text[a:b] for a, b in pairwise(at)]


@given(
    st.lists(st.sampled_from(["sk-", "s", "k-", KEY, KEY[:9], " say ", "안녕"]), max_size=12),
    st.lists(st.integers(0, 400), max_size=12),
)
def test_any_text_in_any_pieces(words: list[str], cuts: list[int]) -> None:
    text = "".join(words)
    one = KeyFilter(KEY)
    said = [one.apply(Delta(content=piece)) for piece in pieces(text, cuts)]
    said.append(one.apply(Delta(finish=FinishReason.STOP)))
    heard = "".join(d.content or "" for d in said if isinstance(d, Delta))
    assert heard == text.replace(KEY, WITHHELD)


def test_choices_calls_and_fields_are_kept_apart() -> None:
    one = KeyFilter(KEY)
    half, rest = KEY[:10], KEY[10:]
    one.apply(Delta(0, content=half, tool_calls=(ToolCallDelta(0, "id", KEY, half),)))
    other = one.apply(Delta(1, content=rest))
    assert isinstance(other, Delta)
    assert other.content == rest
    last = one.apply(Delta(0, content=rest, finish=FinishReason.TOOL_CALLS))
    assert isinstance(last, Delta)
    assert last.content == WITHHELD
    assert [call.arguments for call in last.tool_calls] == [half]


def test_what_holds_no_key_is_passed_on_untouched() -> None:
    one = KeyFilter(KEY)
    for event in (Opened("id", "m", "fp"), Delta(content="hello"), Usage(1, 2)):
        assert one.apply(event) is event
    assert one.apply(Opened("id", "m", f"fp {KEY}")) == Opened("id", "m", None)


def test_a_word_for_a_key_is_no_secret() -> None:
    endpoint = nouns.endpoint()
    assert key_filter(endpoint) is None
    assert key_filter(replace(endpoint, api_key=Secret("ollama"))) is None
    assert key_filter(replace(endpoint, api_key=Secret(KEY))) is not None
