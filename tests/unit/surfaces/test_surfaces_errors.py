"""Error bodies and their headers: four keys, both languages, and nothing of an unknown exception."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from gilmok.core import errors
from gilmok.core.errors import (
    AllEndpointsFailed,
    BodyTooLarge,
    CallerError,
    GilmokError,
    HttpError,
    InternalError,
    InvalidKey,
    InvalidRequest,
    MethodNotAllowed,
    StreamBroken,
    TooManyRequests,
)
from gilmok.surfaces.errors import error_body, error_headers, for_client, retry_after


def leaves(kind: type[GilmokError]) -> Iterator[type[GilmokError]]:
    below = kind.__subclasses__()
    if not below:
        yield kind
    for each in below:
        yield from leaves(each)


def test_the_four_keys() -> None:
    body = json.loads(error_body(InvalidRequest("n", "is wrong", "틀렸습니다"), "ko"))
    assert body == {
        "error": {
            "message": "n: 틀렸습니다",
            "type": "invalid_request_error",
            "param": "n",
            "code": "invalid_request",
        }
    }


def test_keys_are_there_even_when_empty() -> None:
    body = json.loads(error_body(InternalError("dec_1"), "en"))
    assert body["error"]["param"] is None
    assert body["error"]["type"] == "api_error"
    assert body["error"]["code"] == "internal_error"


def test_an_attempt_that_broke_tells_its_reason() -> None:
    body = json.loads(error_body(StreamBroken("stream_stalled"), "en"))
    assert body["error"]["code"] == "stream_stalled"
    assert body["error"]["type"] == "api_error"


@pytest.mark.parametrize("kind", list(leaves(HttpError)))
def test_every_error_has_a_status_and_openai_s_type(kind: type[HttpError]) -> None:
    assert 400 <= kind.status < 600
    assert issubclass(kind, CallerError) == (kind.status < 500)
    assert kind.type in {
        "invalid_request_error",
        "authentication_error",
        "permission_error",
        "rate_limit_error",
        "api_error",
        "timeout_error",
        "insufficient_quota",
    }


@pytest.mark.parametrize(
    ("seconds", "header"), [(None, 1), (0, 1), (0.2, 1), (1, 1), (1.01, 2), (59.5, 60)]
)
def test_retry_after_is_never_early(seconds: float | None, header: int) -> None:
    error = HttpError(retry_after_s=seconds)
    assert retry_after(error) == header


def test_headers_of_each_kind() -> None:
    def headers(error: HttpError) -> dict[str, str]:
        return dict(error_headers(error, "dec_1"))

    always = {
        "content-type": "application/json",
        "x-request-id": "dec_1",
        "x-gilmok-decision": "dec_1",
    }
    assert headers(BodyTooLarge(5)) == always
    assert headers(AllEndpointsFailed("x", 2.5)) == {**always, "retry-after": "3"}
    assert headers(MethodNotAllowed("GET, HEAD")) == {**always, "allow": "GET, HEAD"}
    assert headers(InvalidKey()) == {**always, "www-authenticate": "Bearer"}
    assert TooManyRequests.status == 429


def test_known_errors_reach_the_client_as_they_are() -> None:
    error = BodyTooLarge(5)
    assert for_client(error, "dec_1") is error


@pytest.mark.parametrize(
    "error",
    [
        ValueError("900101-1234568"),
        StreamBroken(),
        errors.ConfigError(file="f", key="k", reason="r", fix="x"),
        MemoryError(),
    ],
)
def test_anything_else_is_ours_and_says_nothing(error: BaseException) -> None:
    shown = for_client(error, "dec_1")
    assert isinstance(shown, InternalError)
    assert "dec_1" in shown.message("ko")
    assert b"900101" not in error_body(shown, "en") + error_body(shown, "ko")
    assert shown.__context__ is None
