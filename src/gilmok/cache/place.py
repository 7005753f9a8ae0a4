"""Where an answer is kept and looked for: digests, from everything that shapes it.

Three places for one question, each wider than the one before: the exact words; the same words in
another spelling (blanks, case, final punctuation, politeness); and all questions that differ in
nothing but their last message, among which the semantic cache looks for one that means the same.
Tenant, plan, clearance, rights, target, system prompt, tools, sampling and the turns before are part
of all three. Nothing of the text is kept in them.
"""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache

from msgspec import Struct, msgpack
from msgspec.structs import replace

from gilmok.cache.lexicon import POLITE
from gilmok.core.endpoint import Zone
from gilmok.core.identity import Caller
from gilmok.core.inspection import Inspection, Sensitivity
from gilmok.core.request import Message, Request, Role, Text
from gilmok.core.text import Private

_SPACES = re.compile(r"\s+")
_CODE = re.compile(r"[\n`{}\[\]<>=\\|;_\"']")
"""Where one of these stands, case and punctuation may matter."""
_END = re.compile(r"[\s.!~…]+$")
_LONGEST = 600
_HIGH = Sensitivity.HIGH


class Place(Struct, frozen=True, kw_only=True):
    """Where one request's answer belongs. Its `repr` shows no text: `Private` has none."""

    exact: bytes
    spelled: bytes | None = None
    """Of the normal spelling; `None` where spelling may matter."""
    around: bytes | None = None
    """Of everything but the question; `None` where only exact answers are wanted."""
    question: Private | None = None
    tenant: str = ""
    tags: tuple[str, ...] = ()
    decision_id: str = ""
    of_work: bool = False
    """True of what is no chat: it is kept apart, under rules of its own."""


def exact_digest(request: Request, inspection: Inspection, caller: Caller) -> bytes:
    """Of the request as it is."""
    return _digest(request, inspection, caller, request.messages, request.user).digest()


def around_digest(
    request: Request, inspection: Inspection, caller: Caller
) -> tuple[hashlib.blake2b, Private] | None:
    """Of everything but the question, with the question: the last message, where it is a user's
    plain text. `None` for any other request. Whom a tenant's key names as the end user does not
    part questions that are not high."""
    last = request.messages[-1]
    if last.role is not Role.USER or len(last.parts) != 1 or not isinstance(last.parts[0], Text):
        return None
    question = last.parts[0].text
    if not 0 < len(question) <= _LONGEST:
        return None
    messages = (*request.messages[:-1], replace(last, parts=()))
    user = request.user if is_alone(inspection, caller) else None
    return _digest(request, inspection, caller, messages, user), question


def spelled_digest(around: hashlib.blake2b, question: Private) -> bytes | None:
    """Of everything but the question, and of the question in its normal spelling."""
    text = question.reveal()
    if _CODE.search(text):
        return None
    normal = _SPACES.sub(" ", _END.sub("", text.strip()).lower())
    words = [w for w in normal.split(" ") if w.strip(",") not in POLITE]
    whole = around.copy()
    whole.update((" ".join(words) or normal).encode("utf-8", "surrogatepass"))
    return whole.digest()


def is_alone(inspection: Inspection, caller: Caller) -> bool:
    """True where nobody else may be given this answer: high, or a plan that shares no cache."""
    return inspection.sensitivity is _HIGH or not caller.terms.shares_cache


def _digest(
    request: Request,
    inspection: Inspection,
    caller: Caller,
    messages: tuple[Message, ...],
    user: Private | None,
) -> hashlib.blake2b:
    alone = is_alone(inspection, caller)
    frame = (
        caller.tenant,
        caller.key_id if alone else "",
        caller.user if alone else "",
        _rights(caller.zones, caller.endpoints, caller.models),
        caller.terms.plan,
        inspection.clearance,
        request.target.asked,
        messages,
        request.tools,
        request.sampling,
        user,
        request.options,
        request.extras,
        None if request.work is None else repr(request.work),  # Its texts stand in the messages.
    )
    return hashlib.blake2b(_encode(frame), digest_size=16)


def _revealed(text: object) -> bytes:
    """See `msgspec`'s `enc_hook`."""
    if not isinstance(text, Private):
        raise NotImplementedError
    return text.reveal().encode("utf-8", "surrogatepass")


_encode = msgpack.Encoder(enc_hook=_revealed).encode
"""Names and lengths are in it: no two requests look alike. Never leaves this module."""


@lru_cache(maxsize=1024)
def _rights(
    zones: frozenset[Zone], endpoints: frozenset[str] | None, models: frozenset[str] | None
) -> str:
    """The same for the same rights. Keys have few different ones, and sorting takes time."""
    return str((sorted(zones), endpoints and sorted(endpoints), models and sorted(models)))
