"""Headers we read and headers we write, each by name: nothing is copied from one to the other.

A request id is always our own decision's id; one that the client sends is neither kept nor echoed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from gilmok.core.errors import InvalidRequest
from gilmok.core.injection import Injection
from gilmok.core.inspection import Sensitivity
from gilmok.core.money import usd
from gilmok.core.request import CacheReach, Urgency
from gilmok.core.said import Locale
from gilmok.core.text import Private, Secret

Header = tuple[str, str]

JSON: Header = ("content-type", "application/json")
TASK = "x-gilmok-task"
URGENCY = "x-gilmok-urgency"
DEADLINE = "x-gilmok-deadline-ms"
USER = "x-gilmok-user"
PARTIAL = "x-gilmok-partial"
CACHE = "x-gilmok-cache"
CACHE_TAGS = "x-gilmok-cache-tags"
BUDGET_LEFT = "x-gilmok-budget-remaining-usd"

_MAX_KEY = 512
_MAX_TASK = 64
_MAX_USER = 256
_MAX_DIGITS = 10
_MAX_TAGS = 8
_MAX_LANGUAGES = 16
_MAX_LANGUAGE_CHARS = 512
_TASK_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789._-")
TAG = rf"^[a-z0-9._-]{{1,{_MAX_TASK}}}$"
"""What a kept answer's tag looks like."""
TAGS = rf"^[a-z0-9._-]{{1,{_MAX_TASK}}}(, ?[a-z0-9._-]{{1,{_MAX_TASK}}}){{0,{_MAX_TAGS - 1}}}$"
"""Several, as in a header; blanks around each are fine as well."""
_TAG = re.compile(TAG)


Fields = Mapping[str, str]
"""A request's headers by lower-case name."""


def presented_key(headers: Fields) -> Secret | None:
    """The key a client shows: `Authorization: Bearer`, else `x-api-key`, else `api-key`.

    None where there is none. An `Authorization` of another scheme counts as no key, and the other
    headers are not consulted then: two credentials never compete.
    """
    if (authorization := headers.get("authorization")) is not None:
        scheme, _, key = authorization.strip().partition(" ")
        key = key.strip() if scheme.lower() == "bearer" else ""
    else:
        key = (headers.get("x-api-key") or headers.get("api-key") or "").strip()
    return Secret(key) if 0 < len(key) <= _MAX_KEY else None


def task(headers: Fields) -> str | None:
    """What the caller says the request is for: a hint, so a plain word. Raises `InvalidRequest`."""
    value = headers.get(TASK)
    if value is None:
        return None
    word = value.strip().lower()
    if not 0 < len(word) <= _MAX_TASK or not _TASK_CHARACTERS.issuperset(word):
        raise InvalidRequest(
            TASK,
            f"must be 1 to {_MAX_TASK} of a-z 0-9 . _ -",
            f"a-z 0-9 . _ - 로 된 1~{_MAX_TASK}자여야 합니다",
        )
    return word


def urgency(headers: Fields) -> Urgency:
    """How soon the answer is needed. Raises `InvalidRequest`."""
    value = headers.get(URGENCY)
    if value is None:
        return Urgency.NORMAL
    try:
        return Urgency(value.strip().lower())
    except ValueError as error:
        raise InvalidRequest(
            URGENCY,
            "must be normal, high or critical",
            "normal, high, critical 중 하나여야 합니다",
        ) from error


def user(headers: Fields) -> Private | None:
    """Who the end user is, in the caller's own words. Raises `InvalidRequest`."""
    value = headers.get(USER)
    if value is None:
        return None
    name = value.strip()
    if not 0 < len(name) <= _MAX_USER:
        raise InvalidRequest(
            USER, f"must be 1 to {_MAX_USER} characters", f"1~{_MAX_USER}자여야 합니다"
        )
    return Private(name)


def cache_reach(headers: Fields) -> CacheReach:
    """How far the cache may go; a caller can only narrow it. Raises `InvalidRequest`."""
    value = headers.get(CACHE)
    if value is None:
        return CacheReach.SEMANTIC
    try:
        return CacheReach(value.strip().lower())
    except ValueError as error:
        raise InvalidRequest(
            CACHE,
            "must be off, exact or semantic",
            "off, exact, semantic 중 하나여야 합니다",
        ) from error


def cache_tags(headers: Fields) -> tuple[str, ...]:
    """Names under which the answer can be forgotten, separated by commas. Raises
    `InvalidRequest`."""
    value = headers.get(CACHE_TAGS)
    if value is None:
        return ()
    tags = tuple(tag.strip() for tag in value.split(",", _MAX_TAGS))
    if len(tags) > _MAX_TAGS or not all(map(_TAG.fullmatch, tags)):
        raise InvalidRequest(
            CACHE_TAGS,
            f"must be 1 to {_MAX_TAGS} names of a-z 0-9 . _ -, separated by commas",
            f"a-z 0-9 . _ - 로 된 이름 1~{_MAX_TAGS}개를 쉼표로 구분해야 합니다",
        )
    return tags


def partial(headers: Fields) -> bool:
    """Whether the client can read a list with gaps. Raises `InvalidRequest`."""
    value = headers.get(PARTIAL, "false").strip().lower()
    if value not in ("true", "false"):
        raise InvalidRequest(PARTIAL, "must be true or false", "true 나 false 여야 합니다")
    return value == "true"


def seconds_allowed(headers: Fields, most: float) -> float:
    """Seconds the request may take: the caller may lower `most`, the configured time, never raise
    it. Raises `InvalidRequest` where the header is not a whole number of milliseconds >= 1."""
    value = headers.get(DEADLINE)
    if value is None:
        return most
    digits = value.strip()
    if not (digits.isascii() and digits.isdigit() and len(digits) <= _MAX_DIGITS and int(digits)):
        raise InvalidRequest(
            DEADLINE,
            "must be a whole number of milliseconds, at least 1",
            "1 이상의 정수(밀리초)여야 합니다",
        )
    return min(most, int(digits) / 1000)


def locale(headers: Fields, otherwise: Locale = "en") -> Locale:
    """`ko` or `en`, whichever `Accept-Language` (RFC 9110) prefers; the first of equals, and
    `otherwise` where neither is listed. Never fails."""
    value = headers.get("accept-language")
    if not value:
        return otherwise
    best: Locale = otherwise
    weight = 0.0
    for item in value[:_MAX_LANGUAGE_CHARS].split(",", _MAX_LANGUAGES)[:_MAX_LANGUAGES]:
        tag, _, parameter = item.partition(";")
        language = tag.strip().lower().partition("-")[0]
        if language in ("ko", "en") and (quality := _quality(parameter)) > weight:
            best, weight = ("ko" if language == "ko" else "en"), quality
    return best


def _quality(parameter: str) -> float:
    name, found, value = parameter.strip().partition("=")
    if not found:
        return 0.0 if name else 1.0
    digits = value.strip()
    if name.strip().lower() != "q" or len(digits) > 5 or not digits.replace(".", "", 1).isdecimal():
        return 0.0
    return min(1.0, float(digits)) if digits.isascii() else 0.0


def named(decision_id: str) -> list[Header]:
    """The decision under its two names: OpenAI clients log the first, `gilmok explain` takes both."""
    return [("x-request-id", decision_id), ("x-gilmok-decision", decision_id)]


def answer_headers(
    *,
    decision_id: str,
    content_type: str,
    endpoint_id: str,
    zone: str,
    sensitivity: Sensitivity,
    attempts: int,
    fallback: bool,
    cache: str,
    cost: int | None = None,
    validation: str | None = None,
    budget_left: int | None = None,
    injection: tuple[Injection, ...] = (),
) -> list[Header]:
    """Headers of an answer. `cost` in nano-dollars; None where it is not known yet, as before a
    stream, and then there is no header. `validation`: what is wrong with it, where it is given all
    the same. `budget_left`: nano-dollars, where the caller has a budget. `injection`: who tried to
    take over the model."""
    headers = [
        ("content-type", content_type),
        *named(decision_id),
        ("x-gilmok-endpoint", _visible(endpoint_id)),
        ("x-gilmok-zone", zone),
        ("x-gilmok-sensitivity", sensitivity.label),
        ("x-gilmok-attempts", str(attempts)),
        ("x-gilmok-fallback", "true" if fallback else "false"),
        ("x-gilmok-cache", cache),
    ]
    if cost is not None:
        headers.append(("x-gilmok-cost-usd", usd(cost)))
    if validation is not None:
        headers.append(("x-gilmok-validation", validation))
    if injection:
        seen = ", ".join([f"{found.source}={found.verdict}" for found in injection])
        headers.append(("x-gilmok-injection", seen))
    if budget_left is not None:
        headers.append((BUDGET_LEFT, usd(budget_left)))
    return headers


def _visible(value: str) -> str:
    """A configured name as a header value: anything but visible ASCII becomes `?`."""
    if value.isascii() and value.isprintable():
        return value
    return "".join(c if c.isascii() and c.isprintable() else "?" for c in value)
