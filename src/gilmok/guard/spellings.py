"""The ways in which a secret may be written into a text, so that every one of them can be found.

An upstream that shows what it received shows it as its debugger does: plain, percent-encoded,
escaped for JSON, in hexadecimal, or in Base64 together with what stood around it (`Bearer …`,
`user:…`). Base64 spells the same bytes in three ways, by where among its groups they begin; what is
looked for are the characters that the secret alone decides.
"""

from __future__ import annotations

import re
from base64 import b64encode
from functools import lru_cache
from urllib.parse import quote

from msgspec import Struct

from gilmok.core.text import Secret

TELLING = 6
"""Characters by which a spelling is recognised: few enough to be no secret by themselves."""
_KEPT = frozenset("-_.~")


class Spellings(Struct, frozen=True, gc=False):
    """What to look for. `repr` shows nothing of it."""

    all: tuple[str, ...]
    beginnings: re.Pattern[str]
    """Matches the first `TELLING` characters of any of them: the one look that each text gets."""

    def __repr__(self) -> str:
        return f"<{len(self.all)} spellings of a secret>"

    def end(self, text: str, start: int) -> int | None:
        """Where the spelling that begins at `start` ends; `None` where none does."""
        ends = [start + len(one) for one in self.all if text.startswith(one, start)]
        return max(ends, default=None)

    def may_go_on(self, text: str, start: int) -> bool:
        """Whether all that stands from `start` on is the beginning of one."""
        rest = text[start:]
        return any(one.startswith(rest) for one in self.all)


@lru_cache(maxsize=4096)
def spellings(secret: Secret) -> Spellings:
    """Of a secret of at least `TELLING` characters; worked out once."""
    plain = secret.reveal()
    found = [plain]
    if plain.isascii():  # No other key can be sent in a header.
        found += _escaped(plain) + _base64(plain.encode())
    every = tuple(dict.fromkeys(found))
    beginnings = dict.fromkeys(re.escape(one[:TELLING]) for one in every)
    return Spellings(every, re.compile("|".join(beginnings)))


def _escaped(plain: str) -> list[str]:
    """All of it escaped, or only what such an encoder does not leave as it is; and as it is in a
    text of JSON, where a backslash is doubled."""
    found = [quote(plain, safe=""), plain.replace("\\", "\\\\").replace('"', '\\"')]
    for slash in ("\\", "\\\\"):
        found += plain.replace("/", f"{slash}/"), plain.replace("+", f"{slash}u002B")
    for digits in ("02x", "02X"):
        found.append("".join(f"{ord(c):{digits}}" for c in plain))
        for escape in ("%", "\\x", "\\\\x", "\\u00", "\\\\u00"):
            escaped = [f"{escape}{ord(c):{digits}}" for c in plain]
            spared = [
                c if c.isalnum() or c in _KEPT else e for c, e in zip(plain, escaped, strict=True)
            ]
            found += "".join(escaped), "".join(spared)
    return found


def _base64(raw: bytes) -> list[str]:
    found = []
    for shift in range(3):
        text = b64encode(bytes(shift) + raw).decode("ascii")
        begin = -(-shift * 8 // 6)
        end = (shift + len(raw)) * 8 // 6
        core = text[begin:end]
        found += [core, core.replace("+", "-").replace("/", "_")]
    return found
