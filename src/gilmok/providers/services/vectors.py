"""Vectors, as providers send them, to little-endian float32."""

from __future__ import annotations

import math
import sys
from array import array

import msgspec
from msgspec import Raw

from gilmok.core.completion import Event, Vector
from gilmok.core.errors import MalformedAnswer
from gilmok.providers.services.made import decoded

MAX_VECTOR = 1024 * 1024
"""Bytes of one vector as JSON: 40,000 numbers, ten times as many as any model has."""

_read = msgspec.json.Decoder(str | list[float])


def packed(said: Raw) -> bytes:
    """One vector as JSON: base64 or numbers. Raises `MalformedAnswer` for anything else.

    One at a time, and none longer than `MAX_VECTOR`: a number of two letters takes sixteen times as
    much memory as it took on the way.
    """
    if len(bytes(said)) > MAX_VECTOR:
        raise MalformedAnswer("too_large")
    try:
        found = _read.decode(said)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise MalformedAnswer("bad_vector") from None
    return _unpacked(found) if isinstance(found, str) else _floats(found)


def _unpacked(text: str) -> bytes:
    floats = decoded(text)
    if len(floats) % 4:
        raise MalformedAnswer("bad_vector")
    _check(_native(floats))
    return floats


def _floats(said: list[float]) -> bytes:
    try:
        numbers = array("f", said)
    except OverflowError:
        raise MalformedAnswer("bad_vector") from None
    _check(numbers)
    return _native(numbers.tobytes()).tobytes()


def _check(numbers: array[float]) -> None:
    if not numbers or not all(map(math.isfinite, numbers)):
        raise MalformedAnswer("bad_vector")


def _native(floats: bytes) -> array[float]:
    """Little-endian to this machine's order, or back."""
    numbers = array("f", floats)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers


def in_order(found: dict[int, bytes], wanted: int) -> list[Event]:
    """One vector for each text. Raises `MalformedAnswer` where one is missing or has another length."""
    if found.keys() != set(range(wanted)):
        raise MalformedAnswer("vectors_missing")
    if len({len(floats) for floats in found.values()}) > 1:
        raise MalformedAnswer("vectors_differ")
    return [Vector(index, found[index]) for index in range(wanted)]
