"""Credentials: keys by their issuer's prefix, tokens, private keys, and values behind a cue."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from gilmok.core.inspection import Sensitivity
from gilmok.inspection.lexicon import Cue
from gilmok.inspection.view import Finding, View

HIGH = Sensitivity.HIGH

_Test = Callable[[str, bool], bool]
_BITS, _ISSUED_BITS = 2.8, 2.2
"""Entropy of a character. Behind an issuer's prefix it only tells keys from `xxxx…`: one key of
16 characters in 30,000 has less than 2.8 by chance."""

# By the issuers' documentation; lengths are lower bounds, because issuers change them.
_ISSUED = re.compile(
    r"sk-ant-[A-Za-z0-9_\-]{16,200}|sk-(?:proj-|svcacct-|or-v1-)?[A-Za-z0-9_\-]{20,220}"
    r"|(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{10,200}|whsec_[A-Za-z0-9]{16,100}"
    r"|(?:AKIA|ASIA)[A-Z0-9]{16}|gh[pousr]_[A-Za-z0-9]{20,255}|github_pat_[A-Za-z0-9_]{20,255}"
    r"|AIza[A-Za-z0-9_\-]{30,60}|xox[abprs]-[A-Za-z0-9\-]{10,250}|xapp-[A-Za-z0-9\-]{10,250}"
    r"|hf_[A-Za-z0-9]{20,100}|glpat-[A-Za-z0-9_\-]{16,100}|npm_[A-Za-z0-9]{30,60}"
    r"|pypi-Ag[A-Za-z0-9_\-]{30,250}|gsk_[A-Za-z0-9]{20,100}|xai-[A-Za-z0-9]{20,200}"
    r"|ya29\.[A-Za-z0-9_\-]{20,250}|SG\.[A-Za-z0-9_\-]{16,60}\.[A-Za-z0-9_\-]{16,80}"
    r"|dop_v1_[a-f0-9]{32,80}|shpat_[A-Fa-f0-9]{20,60}|pplx-[A-Za-z0-9]{20,80}|r8_[A-Za-z0-9]{20,60}"
    r"|tvly-[A-Za-z0-9\-]{16,60}|nvapi-[A-Za-z0-9_\-]{20,100}"
    r"|hooks\.slack\.com/services/[A-Za-z0-9/]{20,100}",
    re.I,  # A model that shouts has still told most of it.
)
_JWT = re.compile(r"eyJ[A-Za-z0-9_\-]{8,}+\.[A-Za-z0-9_\-]{4,}+(?:\.[A-Za-z0-9_\-]*+)?")
_PEM = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----", re.I)
_PEM_END = re.compile(r"-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----", re.I)
_USER_INFO = re.compile(
    r"[a-zA-Z][a-zA-Z0-9+.\-]{1,20}://[^\s/@:]{0,64}:(?P<value>[^\s/@]{1,128})@"
)

# What may stand between a cue word and the value: a sign, or a particle or verb of being.
_IS = re.compile(
    r"[\"'`]?\s{0,3}(?:(?P<sign>:=|=>|[:=])|(?P<verb>는|은|이|가|를|을|is|was|are|번호는|번호:|코드는)(?=\s|[\"'`A-Za-z0-9]))"
    r"\s{0,3}(?P<bearer>[Bb]earer |[Bb]asic )?(?P<quote>[\"'`]?)(?P<value>[^\s\"'`]{3,256})"
)
_AFTER = re.compile(r"\s{1,2}(?P<quote>)(?P<value>[A-Za-z0-9+/_=\-.~!@#$%^&*]{4,256})")
_ENDING = re.compile(
    r"(?:이에요|입니다|이야|예요|이고|이라고|라고|인데|으로|야|요|임|를|을|로|\.|!|\?)+$"
)
_PLACEHOLDER = re.compile(
    r"(?:your|my|the|xxx|\*{3}|\.{3}|…|env|os\.|process\.|\$|%|changeme|placeholder|example|dummy|none|null|true|false|string|undefined|todo|redacted|get|self\.|config)",
    re.I,
)


_CUES = frozenset({Cue.SECRET_PREFIX, Cue.PASSWORD, Cue.API_KEY})


def credentials(view: View) -> Iterable[Finding]:
    """Keys, tokens, private keys and passwords."""
    if "@" not in view.signs.rare and _CUES.isdisjoint(view.hits):
        return ()
    return _credentials(view)


def _credentials(view: View) -> Iterator[Finding]:
    text = view.text
    yield from issued(view)
    if "://" in text and "@" in text:
        for match in _USER_INFO.finditer(text):
            if _PLACEHOLDER.match(match["value"]) is None:
                yield Finding("secret.password", HIGH, *match.span("value"))
    if Cue.PASSWORD in view.hits:
        for _, end in view.hits[Cue.PASSWORD]:
            yield from _value(view, end, "secret.password", _is_password)
    if Cue.API_KEY in view.hits:
        for _, end in view.hits[Cue.API_KEY]:
            yield from _value(view, end, "secret.api_key", _is_key)


def issued(view: View) -> Iterator[Finding]:
    """Keys by their issuer's prefix, tokens, private keys."""
    text = view.text
    for start, _ in view.hits.get(Cue.SECRET_PREFIX, ()):
        if text.startswith("-----", start):
            yield from _private_key(text, start)
        elif text.startswith("eyJ", start):
            token = _JWT.match(text, start)
            if token is not None:
                yield Finding("secret.jwt", HIGH, start, token.end())
        else:
            key = _ISSUED.match(text, start)
            if (
                key is not None
                and _is_random(key.group(), _ISSUED_BITS)
                and not (
                    key.group().upper().endswith("EXAMPLE")
                    and view.near(Cue.TESTING, *key.span(), 48, 48)
                )
            ):
                yield Finding("secret.api_key", HIGH, start, key.end())


def _private_key(text: str, start: int) -> Iterator[Finding]:
    opening = _PEM.match(text, start)
    if opening is None:
        return
    closing = _PEM_END.search(text, opening.end(), opening.end() + 20_000)
    if closing is not None:
        yield Finding("secret.private_key", HIGH, start, closing.end())
    elif len(text) - opening.end() > 40:
        yield Finding("secret.private_key", HIGH, start, min(len(text), start + 20_000))


def _value(view: View, end: int, kind: str, accept: _Test) -> Iterator[Finding]:
    match = _IS.match(view.text, end)
    sure = match is not None and match["sign"] is not None
    if match is None:
        match = _AFTER.match(view.text, end)
    if match is None:
        return
    value = match["value"]
    ending = _ENDING.search(value)
    if ending is not None:
        value = value[: ending.start()]
    value = value.rstrip(",;)>]}")
    if value and _PLACEHOLDER.match(value) is None and accept(value, sure):
        start = match.start("value")
        yield Finding(kind, HIGH, start, start + len(value))


def _is_password(value: str, sure: bool) -> bool:
    """After `=` or `:` nearly anything with a digit or sign; after a verb it must look made up."""
    if not value.isascii() or (len(value) < 4 and not value.isdigit()) or value[0] in "{[<(":
        return False
    digit = any(c.isdigit() for c in value)
    sign = any(not c.isalnum() for c in value[:-1])
    letter = any(c.isalpha() for c in value)
    if sure:
        return digit or sign
    return (digit and (letter or sign or len(value) <= 8)) or (sign and letter and "-" not in value)


def _is_key(value: str, sure: bool) -> bool:
    return len(value) >= (12 if sure else 16) and value.isascii() and _is_random(value)


def _is_random(value: str, least: float = _BITS) -> bool:
    """Letters and digits in no order a person would choose: `least` bits a character."""
    tail = value[3:]
    if not any(c.isdigit() for c in tail) or not any(c.isalpha() for c in tail):
        return False
    size = len(tail)
    bits = -sum(n / size * math.log2(n / size) for n in Counter(tail).values())
    return bits >= least
