"""Answers that are a router's analysis of the question: a JSON object with its keys.

It happens where an analysing prompt slipped into the conversation that is to be answered: the model
answers the prompt instead of the customer.
"""

from __future__ import annotations

import re

REACH = 1000
"""Characters of a beginning that are looked at; an analysis is shorter."""

_KEYS = (
    "complexity", "complexity_score", "privacy_sensitivity", "sensitivity", "response_time",
    "response_time_requirement", "contains_sensitive_data", "estimated_tokens", "reasoning",
)  # fmt: skip
_TELLING = frozenset({"privacy_sensitivity", "response_time_requirement"})
"""Keys that stand in no other kind of answer; one of them and `complexity` make an analysis."""

_OPENS = ("", "{", "`")
_FENCE = r"\s*(?:```(?:json)?\s*)?"
_FIRST = re.compile(_FENCE + r'\{\s*"(\w{1,40})"\s*:')
_UNFINISHED = re.compile(
    rf'(?:\s*`{{0,2}}|\s*```(?:js?|jso)|{_FENCE}(?:\{{\s*(?:"(?P<key>\w{{0,40}})(?P<end>"?)\s*)?)?)\Z'
)
_KEY = re.compile(r'"(complexity|privacy_sensitivity|response_time_requirement)"\s*:')


def is_echo(text: str) -> bool:
    """True where `text` begins with an analysis, whatever follows it."""
    if text.lstrip()[:1] not in _OPENS:
        return False
    first = _FIRST.match(text, 0, REACH)
    if first is None or first[1] not in _KEYS:
        return False
    said = set(_KEY.findall(text, 0, REACH))
    return "complexity" in said and not said.isdisjoint(_TELLING)


def may_be_echo(beginning: str) -> bool:
    """True where some text that begins so is an echo."""
    if beginning.lstrip()[:1] not in _OPENS:
        return False
    if len(beginning) >= REACH:
        return is_echo(beginning)
    first = _FIRST.match(beginning)
    if first is not None:
        return first[1] in _KEYS
    unfinished = _UNFINISHED.match(beginning)
    if unfinished is None:
        return False
    key = unfinished["key"]
    if key is None:
        return True
    return key in _KEYS if unfinished["end"] else any(known.startswith(key) for known in _KEYS)
