"""Signatures, against the examples that AWS publishes as its Signature Version 4 test suite."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gilmok.core.text import Secret
from gilmok.providers.services.sigv4 import Signer, credentials, region_of
from tests.unit.providers.services.samples import AWS_KEY, SECOND_2015

HOST = ("host", "example.amazonaws.com")
TOKEN = (
    "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIe"
    "oIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq"
    "5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC"
    "9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA=="
)
FORM = ("content-type", "application/x-www-form-urlencoded")

VECTORS = {
    "get-vanilla": (
        ("GET", "", (HOST,), b""),
        "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
    ),
    "get-vanilla-query-order-key-case": (
        ("GET", "Param1=value1&Param2=value2", (HOST,), b""),
        "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
    ),
    "post-vanilla": (
        ("POST", "", (HOST,), b""),
        "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
    ),
    "post-header-key-sort": (
        ("POST", "", (("my-header1", "value1"), HOST), b""),
        "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c",
    ),
    "post-x-www-form-urlencoded": (
        ("POST", "", (FORM, HOST), b"Param1=value1"),
        "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
    ),
}


def signer(token: str | None = None) -> Signer:
    key = AWS_KEY if token is None else f"{AWS_KEY}:{token}"
    return Signer(credentials(Secret(key)), "us-east-1", "service")


@pytest.mark.parametrize("name", VECTORS)
def test_the_published_examples(name: str) -> None:
    (method, query, headers, body), wanted = VECTORS[name]
    added = dict(signer().sign(method, "/", query, headers, body, SECOND_2015))
    assert added["x-amz-date"] == "20150830T123600Z"
    assert added["authorization"].endswith(f"Signature={wanted}")
    scope = "AKIDEXAMPLE/20150830/us-east-1/service/aws4_request"
    assert f"Credential={scope}, SignedHeaders=" in added["authorization"]


def test_a_token_is_sent_and_signed() -> None:
    """The suite's post-sts-header-before."""
    added = dict(signer(TOKEN).sign("POST", "/", "", (HOST,), b"", SECOND_2015))
    assert added["x-amz-security-token"] == TOKEN
    assert added["authorization"].endswith(
        "SignedHeaders=host;x-amz-date;x-amz-security-token, "
        "Signature=85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead"
    )


@given(body=st.binary(max_size=50), other=st.binary(max_size=50), at=st.integers(0, 4_000_000_000))
def test_another_body_or_hour_is_another_signature(body: bytes, other: bytes, at: int) -> None:
    def sign(said: bytes, second: int) -> str:
        return dict(signer().sign("POST", "/", "", (HOST,), said, second * 10**9))["authorization"]

    assert (sign(body, at) == sign(other, at)) == (body == other)
    assert sign(body, at) != sign(body, at + 1)


@pytest.mark.parametrize("key", ["", "only", ":secret", "id:", "id::token"])
def test_what_is_no_key_is_refused_without_being_shown(key: str) -> None:
    with pytest.raises(ValueError, match="ID:SECRET") as caught:
        credentials(Secret(key))
    assert not key or key not in str(caught.value).replace("ID:SECRET", "")


@pytest.mark.parametrize(
    ("host", "region"),
    [
        ("rekognition.ap-northeast-2.amazonaws.com", "ap-northeast-2"),
        ("rekognition.us-gov-west-1.amazonaws.com", "us-gov-west-1"),
        ("127.0.0.1", "us-east-1"),
        ("rekognition.evil.example", "us-east-1"),
    ],
)
def test_the_region_stands_in_the_host(host: str, region: str) -> None:
    assert region_of(host) == region


def test_the_secret_is_never_printed() -> None:
    assert "wJalr" not in repr(signer())
    assert TOKEN not in repr(signer(TOKEN))
