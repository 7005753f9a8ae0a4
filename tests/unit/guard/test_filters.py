"""The key an endpoint was called with never comes back, however it is spelled or cut."""

from __future__ import annotations

import json
import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable
from itertools import pairwise
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw
from msgspec.structs import replace

from gilmok.core.completion import Delta, FinishReason, Made, Opened, ToolCallDelta, Usage
from gilmok.core.text import Secret
from gilmok.guard.filters import WITHHELD, KeyFilter, key_filter
from gilmok.guard.spellings import TELLING, spellings
from tests.leaks import pieces_of
from tests.unit import nouns

KEY = "sk-sk-proj-0123/56+789=="


def key_filter_of(key: str) -> KeyFilter:
    return KeyFilter(spellings(Secret(key)))


def pieces(text: str, cuts: list[int]) -> list[str]:
    at = sorted({cut % (len(text) + 1) for cut in cuts} | {0, len(text)})
    return [text[a:b] for a, b in pairwise(at)]


def heard(one: KeyFilter, texts: list[str]) -> str:
    said = [one.apply(Delta(content=piece)) for piece in texts]
    said.append(one.apply(Delta(finish=FinishReason.STOP)))
    return "".join(d.content or "" for d in said if isinstance(d, Delta))


@given(
    st.lists(st.sampled_from(["sk-", "s", "k-", KEY, KEY[:9], " say ", "안녕"]), max_size=12),
    st.lists(st.integers(0, 400), max_size=12),
)
def test_any_text_in_any_pieces(words: list[str], cuts: list[int]) -> None:
    """Whatever is no key arrives as it was; of a key that is cut, the first characters may."""
    text = "".join(words)
    came = heard(key_filter_of(KEY), pieces(text, cuts))
    first = "|".join(KEY[:gone] for gone in range(TELLING - 1, 0, -1))
    withheld = f"(?:{first})?{re.escape(WITHHELD)}"
    assert re.fullmatch(withheld.join(map(re.escape, text.split(KEY))), came)


@given(
    st.text(st.sampled_from("sk-projAZ09 가\\%=/+"), max_size=60),
    st.lists(st.integers(0, 400), max_size=12),
)
def test_what_is_no_key_is_never_changed(text: str, cuts: list[int]) -> None:
    assert heard(key_filter_of(KEY), pieces(text, cuts)) == text


def in_base64(text: str) -> str:
    return b64encode(text.encode()).decode()


FORMS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "bearer": lambda key: f"authorization: Bearer {key}\n",
    "percent": lambda key: quote(key, safe=""),
    "percent, all of it": lambda key: "".join(f"%{ord(c):02X}" for c in key),
    "JSON as PHP writes it": lambda key: key.replace("/", "\\/"),
    "JSON as .NET writes it": lambda key: key.replace("+", "\\u002B"),
    "JSON, all of it": lambda key: "".join(f"\\u{ord(c):04x}" for c in key),
    "JSON in JSON": lambda key: json.dumps("".join(f"\\u{ord(c):04X}" for c in key)),
    "hex": lambda key: key.encode().hex(),
    "HEX": lambda key: key.encode().hex().upper(),
    "bytes": lambda key: "".join(f"\\x{ord(c):02x}" for c in key),
    "Base64": lambda key: in_base64(key),
    "Base64 of one more": lambda key: in_base64(f"u:{key}"),
    "Base64 of a header": lambda key: in_base64(f"Bearer {key}\r\n"),
    "Base64 of a pair": lambda key: in_base64(f"user:{key}x"),
    "Base64 for URLs": lambda key: urlsafe_b64encode(key.encode()).decode().rstrip("="),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("key", [KEY, "0123456789abcdef0123456789abcdef", "gsk_" + "Zz09" * 12])
@pytest.mark.parametrize("grain", [1, 2, 3, 7, 1000])
def test_every_spelling(form: str, key: str, grain: int) -> None:
    text = f"You said {FORMS[form](key)} to me."
    came = heard(key_filter_of(key), [text[i : i + grain] for i in range(0, len(text), grain)])
    assert WITHHELD in came
    assert came.startswith("You said ")
    assert came.endswith(" to me.")
    assert not pieces_of(key, came)


def test_choices_calls_and_fields_are_kept_apart() -> None:
    one = key_filter_of(KEY)
    half, rest = KEY[:10], KEY[10:]
    one.apply(Delta(0, content=half, tool_calls=(ToolCallDelta(0, "id", KEY, half),)))
    other = one.apply(Delta(1, content=rest))
    assert isinstance(other, Delta)
    assert other.content == rest
    last = one.apply(Delta(0, content=rest, finish=FinishReason.TOOL_CALLS))
    assert isinstance(last, Delta)
    assert last.content == WITHHELD
    assert [call.arguments for call in last.tool_calls] == [half]


def test_a_key_that_is_cut_off_at_the_end_is_withheld_where_it_is_half_of_one() -> None:
    assert heard(key_filter_of(KEY), ["x", KEY[:-1]]) == f"x{WITHHELD}"
    assert heard(key_filter_of(KEY), ["x", KEY[:8]]) == f"x{KEY[:8]}"


def test_log_probabilities_do_not_spell_it_out() -> None:
    tokens = json.dumps({"content": [{"token": KEY, "logprob": -1.0}]}).encode()
    delta = key_filter_of(KEY).apply(Delta(content="hello", logprobs=Raw(tokens)))
    assert isinstance(delta, Delta)
    assert (delta.content, delta.logprobs) == ("hello", None)


def test_what_holds_no_key_is_passed_on_untouched() -> None:
    one = key_filter_of(KEY)
    for event in (Opened("id", "m", "fp"), Delta(content="hello"), Usage(1, 2)):
        assert one.apply(event) is event
    assert one.apply(Opened("id", "m", f"fp {KEY}")) == Opened("id", "m", None)


def test_a_word_for_a_key_is_no_secret() -> None:
    endpoint = nouns.endpoint()
    assert key_filter(endpoint) is None
    assert key_filter(replace(endpoint, api_key=Secret("ollama"))) is None
    assert key_filter(replace(endpoint, api_key=Secret(KEY))) is not None


def test_the_spellings_of_a_secret_do_not_show_it() -> None:
    assert KEY[:8] not in repr(spellings(Secret(KEY)))


def test_what_is_said_of_something_made_is_read_and_what_was_made_is_not() -> None:
    one = key_filter_of(KEY)
    report = json.dumps({"labels": [{"text": f"called with {KEY}"}], "rest": 1}).encode()
    made = one.apply(Made(report, "application/json"))
    assert isinstance(made, Made)
    assert json.loads(made.data) == {"labels": [{"text": f"called with {WITHHELD}"}], "rest": 1}
    picture = one.apply(Made(KEY.encode(), "image/png", 2, f"a cat, for {KEY}"))
    assert picture == Made(KEY.encode(), "image/png", 2, f"a cat, for {WITHHELD}")
    sound = Made(KEY.encode(), "audio/mpeg")
    assert one.apply(sound) is sound
