"""The form that a language's aspect words take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gilmok_reviews.domain import Aspect


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Regular expressions, all case-insensitive. Signs: 1 praise, -1 blame, 0 neither."""

    mentions: Mapping[Aspect, str]
    """Names the aspect and does not judge it."""
    tellings: Mapping[tuple[Aspect, int], str]
    """Names the aspect and judges it in one word: "비싸", "tasty"."""
    judging: Mapping[tuple[Aspect | None, int], str]
    """Judges an aspect that is mentioned near by; `None`: whichever it is. Looked for in the order of
    the aspect's own words first."""
    aside: Mapping[Aspect, str]
    """Mentions that judge something else: "가격 대비", "for the price"."""
    before: str
    """Turns the judgement that follows it: "안", "not". Ends where that word begins."""
    after: str
    """Turns the judgement that it follows: "-지 않", "-지 못". Begins where that word ends."""
    wish: str
    """What one wishes for is missing: praise before it becomes blame."""
