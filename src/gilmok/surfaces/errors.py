"""Errors as a client sees them: OpenAI's four keys, a status, and headers that say when to retry.

Only the tree of `core.errors` has words for a client. Any other exception becomes an
`InternalError` that names the decision and nothing of the exception.
"""

from __future__ import annotations

from math import ceil

import msgspec
from msgspec import Struct

from gilmok.core.errors import (
    AttemptFailed,
    GilmokError,
    HttpError,
    InternalError,
    InvalidKey,
    LimitReached,
    MethodNotAllowed,
)
from gilmok.surfaces.headers import JSON, Header, named
from gilmok.surfaces.ratelimit import refusal_headers

RETRY_STATUSES = (429, 503)
_LEAST_RETRY_S = 1
_encode = msgspec.json.Encoder().encode


class _Details(Struct, frozen=True):
    message: str
    type: str
    param: str | None
    code: str


class ErrorBody(Struct, frozen=True):
    error: _Details


class TaskErrorBody(Struct, frozen=True):
    """The same for the development team's clients, which look for `detail`."""

    error: _Details
    detail: str


def error_body(error: GilmokError, locale: str, *, with_detail: bool = False) -> bytes:
    """`{"error": {"message", "type", "param", "code"}}`, always these four keys; and the message as
    `detail` beside it, where the client looks for that.

    An `AttemptFailed` gets here where a stream broke after it began; its code is its reason.
    """
    if isinstance(error, HttpError):
        details = _Details(error.message(locale), error.type, error.param, error.code)
    else:
        code = error.reason if isinstance(error, AttemptFailed) else error.code
        details = _Details(error.message(locale), HttpError.type, None, code)
    if with_detail:
        return _encode(TaskErrorBody(details, details.message))
    return _encode(ErrorBody(details))


def error_headers(error: HttpError, decision_id: str) -> list[Header]:
    """Content type, ids, and what the status demands: `Retry-After` in whole seconds on 429 and
    503, what is left of a limit, `Allow` on 405, `WWW-Authenticate` on 401."""
    headers = [JSON, *named(decision_id)]
    if error.status in RETRY_STATUSES:
        headers.append(("retry-after", str(retry_after(error))))
    if isinstance(error, LimitReached):
        headers += refusal_headers(error)
    if isinstance(error, MethodNotAllowed):
        headers.append(("allow", error.allowed))
    if isinstance(error, InvalidKey):
        headers.append(("www-authenticate", "Bearer"))
    return headers


def retry_after(error: HttpError) -> int:
    """Whole seconds, rounded up: a client that waits them is never early."""
    return max(_LEAST_RETRY_S, ceil(error.retry_after_s or 0))


def for_client(error: BaseException, decision_id: str) -> HttpError:
    """The error itself where a client may see it, else an `InternalError` without its text."""
    return error if isinstance(error, HttpError) else InternalError(decision_id)
