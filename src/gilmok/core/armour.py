"""Base64 of what is long: in pieces, so that other threads get their turn between two of them.

The standard library's functions keep the interpreter to themselves until they are done: a tenth of a
second for a recording, in which nobody is answered, whichever thread they run on.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import Final

_PIECE: Final = 3 * 2**17
"""Bytes: about a millisecond."""
_WRITTEN: Final = _PIECE // 3 * 4


def armoured(data: bytes) -> str:
    """As Base64."""
    pieces = (data[at : at + _PIECE] for at in range(0, len(data), _PIECE))
    return b"".join(map(b64encode, pieces)).decode()


def unarmoured(text: str | bytes) -> bytes:
    """The bytes of Base64. Raises `ValueError` for what is none, to the letter."""
    pieces = [text[at : at + _WRITTEN] for at in range(0, len(text), _WRITTEN)]
    found = [b64decode(piece, validate=True) for piece in pieces]
    if any(len(piece) < _PIECE for piece in found[:-1]):
        raise ValueError("it goes on after its end")
    return b"".join(found)
