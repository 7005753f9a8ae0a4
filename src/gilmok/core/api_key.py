"""The text of a key: `gk_`, 192 random bits, and check digits.

Letters and digits only, so that a double click selects all of it and no URL or shell quotes it.
The check digits let a typing error be told apart from a key that nobody knows; they prove nothing.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Final
from zlib import crc32

from gilmok.core.text import Secret

ENTROPY_BYTES: Final = 24

_PREFIX: Final = "gk_"
_DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SECRET: Final = 33
"""Digits that hold 192 bits."""
_CHECK: Final = 6
"""Digits that hold a CRC-32."""


def compose(entropy: bytes) -> Secret:
    """The key made of these random bytes, `ENTROPY_BYTES` of them."""
    if len(entropy) != ENTROPY_BYTES:
        raise ValueError(f"a key is made of {ENTROPY_BYTES} random bytes")
    secret = _written(int.from_bytes(entropy, "big"), _SECRET)
    return Secret(f"{_PREFIX}{secret}{_check(secret)}")


def is_mistyped(key: Secret) -> bool:
    """True for what begins like one of our keys and cannot be one."""
    text = key.reveal()
    if not text.startswith(_PREFIX):
        return False
    body = text.removeprefix(_PREFIX)
    secret, check = body[:-_CHECK], body[-_CHECK:]
    return len(body) != _SECRET + _CHECK or check != _check(secret)


def hashed(key: Secret) -> str:
    """SHA-256 in hex: what is kept of a key.

    A plain, fast hash is right here because keys are random and long, not chosen by people.
    """
    return sha256(key.reveal().encode("utf-8", "surrogatepass")).hexdigest()


def _check(secret: str) -> str:
    return _written(crc32(secret.encode("utf-8", "surrogatepass")), _CHECK)


def _written(number: int, width: int) -> str:
    """The number to base 62, with leading zeros."""
    digits = []
    for _ in range(width):
        number, digit = divmod(number, len(_DIGITS))
        digits.append(_DIGITS[digit])
    return "".join(reversed(digits))
