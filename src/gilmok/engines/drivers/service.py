"""Talking to a service that runs models for us: JSON over HTTP, and what its refusals mean."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from gilmok.core.text import Secret
from gilmok.engines import http, lifecycle
from gilmok.engines.failure import EngineFailed
from gilmok.engines.http import Fields, Reply, Unreachable
from gilmok.engines.lifecycle import Death

T = TypeVar("T")
_LONGEST = 200
_DEATHS = {
    "timeout": Death.TOO_SLOW,
    "bad_url": Death.REFUSED,
    "exposed": Death.REFUSED,
    "unfit_address": Death.REFUSED,
}


def fields(api_key: Secret | None) -> Fields:
    return () if api_key is None else (("authorization", f"Bearer {api_key.reveal()}"),)


async def say(
    table: str, method: str, url: str, what: Any = None, *, key: Fields = (), timeout_s: float
) -> Reply:
    """One question. Raises `EngineFailed` for no answer and for a refusal. `table`: where the engine
    is configured."""
    body = None if what is None else msgspec.json.encode(what)
    try:
        reply = await http.ask(method, url, fields=key, body=body, timeout_s=timeout_s)
    except Unreachable as failure:
        death = _DEATHS.get(failure.reason, Death.UNREACHABLE)
        raise EngineFailed(death, f"{failure.reason}.", engine=table) from None
    if not reply.ok:
        raise refusal(table, reply)
    return reply


def refusal(table: str, reply: Reply) -> EngineFailed:
    """What a service said instead. No request of any caller is in it: nothing of one was sent."""
    words = _words(reply.body)
    death = lifecycle.cause(0, words)
    if death is Death.EXITED:
        death = Death.REFUSED if reply.status < 500 else Death.EXITED
    return EngineFailed(death, f"HTTP {reply.status} {words}", engine=table)


class _Error(msgspec.Struct):
    error: Any = None


def _words(body: bytes) -> str:
    try:
        said = msgspec.json.decode(body, type=_Error).error
    except (msgspec.MsgspecError, UnicodeDecodeError):
        said = None
    text = said if isinstance(said, str) else ""
    return "".join(c if c.isprintable() else " " for c in text[:_LONGEST])


def read(reply: Reply, kind: type[T]) -> T | None:
    """`None` for what is not that kind of JSON."""
    try:
        return msgspec.json.decode(reply.body, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
