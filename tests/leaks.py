"""Whether a text gives a secret away, to a reader who undoes every encoding there is."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from binascii import Error as Undecodable
from collections.abc import Iterable, Iterator
from itertools import chain

from ahocorasick_rs import AhoCorasick

from tests.wall.log import readings

WINDOW = 12
"""So many characters in a row of a key are one too many; all are used that begin a window."""
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{16,}")
_HEX = re.compile(rb"(?:[0-9a-fA-F]{2}){12,}")
_BYTES = re.compile(rb"\\x([0-9a-fA-F]{2})")


def pieces_of(secret: str, told: bytes | str) -> list[str]:
    """The stretches of the secret that can be read in what was told."""
    return Listener([secret]).pieces(told)


class Listener:
    """Knows secrets, and looks for any of them at once."""

    def __init__(self, secrets: Iterable[str]) -> None:
        windows = {s[at : at + WINDOW] for s in secrets for at in range(len(s) - WINDOW + 1)}
        self._windows = AhoCorasick(sorted(windows))

    def pieces(self, told: bytes | str) -> list[str]:
        data = told.encode("utf-8", "replace") if isinstance(told, str) else told
        found = (self._windows.find_matches_as_strings(text) for text in _all_readings(data))
        return sorted(set(chain.from_iterable(found)))


def _all_readings(data: bytes) -> Iterator[str]:
    yield from readings(data)
    if b"\\x" in data:
        yield _BYTES.sub(lambda found: bytes([int(found[1], 16)]), data).decode("latin-1")
    for found in _HEX.findall(data):
        yield bytes.fromhex(found.decode()).decode("latin-1")
    for found in _BASE64.findall(data):
        token = found.replace(b"+", b"-").replace(b"/", b"_")
        # A token may begin anywhere among its groups, and what was cut out moves the rest.
        for skip in range(4):
            cut = token[skip:]
            try:
                yield urlsafe_b64decode(cut[: len(cut) // 4 * 4]).decode("latin-1")
            except Undecodable:
                continue
