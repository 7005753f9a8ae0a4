"""What a wire is: a dialect that encodes requests, and decoders that read its answers.

A wire is pure. It sees bytes and nouns, never a socket, so every fault of an upstream can be tested
without one. `transport` carries the bytes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any, Protocol

import msgspec
from msgspec import Raw, Struct

from gilmok.core.completion import Event, Usage
from gilmok.core.errors import InvalidRequest, StreamBroken, UpstreamStatus
from gilmok.core.ports import Dialect
from gilmok.core.text import Private

MAX_LINE = 4 * 1024 * 1024
"""Bytes of one line of a stream; a longer one is not an answer."""
_MAX_TOKENS = 10_000_000
"""More tokens than any model has context for: a count above it is not a count."""
_MAX_RETRY_S = 86_400.0
_OF_THE_ANSWER = frozenset({"reasoning", "audio_output", "image_output"})
"""Parts of an answer's tokens; the other parts are of the prompt's."""


BOOKKEEPING = frozenset(
    {
        "metadata",
        "prompt_cache_key",
        "prompt_cache_options",
        "prompt_cache_retention",
        "safety_identifier",
        "service_tier",
        "store",
        "user",
    }
)
"""Parameters about the provider's own books, which no answer depends on. Where a wire or a provider
has no place for them they are left out and not called unsupported: no request is refused, and no
local model ruled out, for the sake of a label on an invoice."""


class Decoder(Protocol):
    """Reads one answer, however its bytes are cut.

    Invariant: the events depend on the bytes alone, never on how they were divided among calls.
    """

    @property
    def done(self) -> bool:
        """True once nothing that follows will be read: call `finish`."""
        ...

    def feed(self, data: bytes) -> list[Event]:
        """The events that these bytes complete. Never raises: `finish` does, after the events."""
        ...

    def finish(self) -> list[Event]:
        """The last events: call it once, when `done` or when no byte will follow.

        Raises `AttemptFailed`: `StreamBroken` where the answer did not end properly,
        `MalformedAnswer` where what came was no answer, `UpstreamStatus` for a refusal inside it.
        """
        ...


class Wire(Dialect, Protocol):
    """A dialect and its answers."""

    def decoder(self, stream: bool) -> Decoder: ...

    def failure(self, status: int, headers: Mapping[str, str], body: bytes) -> UpstreamStatus:
        """What a refusal means. Header names are lower case; nothing of the body is kept."""
        ...


class ErrorBody(Struct):
    """An error as the providers write it: all of it optional, most of it ignored."""

    code: Any = None
    type: Any = None
    status: Any = None


class _Wrapped(Struct):
    error: ErrorBody | str | None = None


_read_wrapped = msgspec.json.Decoder(_Wrapped | list[_Wrapped])  # Gemini wraps its errors in a list

_STATUS_OF_KIND = {
    "invalid_request_error": 400,
    "context_length_exceeded": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "rate_limit_exceeded": 429,
    "insufficient_quota": 429,
    "requests": 429,
    "tokens": 429,
    "api_error": 500,
    "server_error": 500,
    "timeout_error": 504,
    "overloaded_error": 529,
}
_KINDS = frozenset(
    {
        "content_filter",
        "content_policy_violation",
        "exceed_context_size_error",
        "invalid_api_key",
        "invalid_request",
        "model_not_found",
        "not_found",
        "unavailable_error",
        "unsupported_value",
    }
)
"""Further codes worth recording; with the keys above, the only words of an error that are kept."""


def failure(status: int, headers: Mapping[str, str], body: bytes) -> UpstreamStatus:
    """The refusal of any provider: its status, its own code, and when to come back."""
    try:
        found = _read_wrapped.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return UpstreamStatus(status, retry_after(headers))
    first = (found[0] if found else _Wrapped()) if isinstance(found, list) else found
    error = first.error
    kind = _kind(error) if isinstance(error, ErrorBody) else ""
    return UpstreamStatus(status, retry_after(headers), kind)


def error_event(said: object, *, begun: bool) -> UpstreamStatus | StreamBroken:
    """An error inside an answer whose status was fine.

    Before anything was said it is the refusal that it names; after, the answer broke off.
    """
    if begun:
        return StreamBroken("stream_error_event")
    try:
        error = msgspec.convert(said, ErrorBody)
    except msgspec.ValidationError:
        return StreamBroken("stream_error_event")
    status = _status(error)
    if status is None:
        return StreamBroken("stream_error_event")
    return UpstreamStatus(status, None, _kind(error))


def _status(error: ErrorBody) -> int | None:
    for said in (error.status, error.code):
        if isinstance(said, str) and said.isascii() and said.isdigit() and len(said) == 3:
            said = int(said)
        if isinstance(said, int) and not isinstance(said, bool) and 400 <= said < 600:
            return said
    for said in (error.code, error.type):
        if isinstance(said, str) and said in _STATUS_OF_KIND:
            return _STATUS_OF_KIND[said]
    return None


def _kind(error: ErrorBody) -> str:
    """The provider's own code, if we know it: an upstream may echo what it received anywhere."""
    for said in (error.code, error.type):
        if isinstance(said, str) and (said in _STATUS_OF_KIND or said in _KINDS):
            return said
    return ""


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds until the provider wants to be asked again, at most a day; `None` if unsaid.

    `retry-after-ms` is the finer of the two. A date counts from the answer's own `Date` header, so
    that neither our clock nor its distance from theirs matters; without one it is ignored.
    """
    milliseconds = _number(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return min(milliseconds / 1000, _MAX_RETRY_S)
    said = headers.get("retry-after")
    seconds = _number(said)
    if seconds is not None:
        return min(seconds, _MAX_RETRY_S)
    then, now = _date(said), _date(headers.get("date"))
    return None if then is None or now is None else min(max(then - now, 0.0), _MAX_RETRY_S)


def _number(text: str | None) -> float | None:
    try:
        number = float(text) if text and len(text) < 32 else -1.0
    except ValueError:
        return None
    return number if math.isfinite(number) and number >= 0 else None


def _date(text: str | None) -> float | None:
    try:
        date = parsedate_to_datetime(text) if text and len(text) < 64 else None
    except ValueError:
        return None
    if date is None:
        return None
    return (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp()


def usage(prompt: int, completion: int, **parts: int | None) -> Usage | None:
    """The reported tokens, or `None` where the report cannot be true: the caller then estimates.

    `parts` are fields of `Usage`. One that is larger than its whole is not believed, and left out.
    """
    if not (0 <= prompt <= _MAX_TOKENS and 0 <= completion <= _MAX_TOKENS):
        return None
    if prompt == 0 and completion == 0:
        return None
    if not any(parts.values()):
        return Usage(prompt, completion)
    believed: dict[str, Any] = {
        name: tokens
        for name, tokens in parts.items()
        if tokens and 0 < tokens <= (completion if name in _OF_THE_ANSWER else prompt)
    }
    return Usage(prompt, completion, **believed)


def embedded(field: str, text: Private) -> Raw:
    """A JSON text to be put into a body as it is. Raises `InvalidRequest` where it is not JSON.

    Checked here, at the last moment, because a text that only looks like JSON could add fields of
    its own to the body.
    """
    try:
        return msgspec.json.decode(text.reveal(), type=Raw)
    except (msgspec.MsgspecError, UnicodeEncodeError):
        raise InvalidRequest(field, "is not valid JSON.", "올바른 JSON이 아닙니다.") from None
