"""Base64 in pieces is Base64."""

from __future__ import annotations

import base64
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gilmok.core import armour
from gilmok.core.armour import armoured, unarmoured

PIECE = armour._PIECE


@pytest.mark.parametrize(
    "size", [0, 1, 2, 3, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 2 * PIECE + 2]
)
def test_it_is_what_the_library_writes(size: int) -> None:
    data = os.urandom(size)
    assert armoured(data) == base64.b64encode(data).decode()
    assert unarmoured(armoured(data)) == data
    assert unarmoured(armoured(data).encode()) == data


@given(st.text("AB=/+\n é", max_size=12))
def test_it_is_as_strict(text: str) -> None:
    try:
        strictly = base64.b64decode(text, validate=True)
    except ValueError:
        with pytest.raises(ValueError, match=r"."):
            unarmoured(text)
    else:
        assert unarmoured(text) == strictly


def test_nothing_follows_an_end() -> None:
    first = base64.b64encode(bytes(PIECE - 1)).decode()
    assert first.endswith("=")
    for more in ("AAAA", "===="):
        with pytest.raises(ValueError, match=r"."):
            unarmoured(first + more)
