"""A form with files in it, as bytes (RFC 7578)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

from msgspec import Struct

_QUOTED = str.maketrans({'"': "%22", "\r": "%0D", "\n": "%0A"})


class Part(Struct, frozen=True):
    name: str
    data: bytes
    filename: str | None = None
    media_type: str | None = None


def form(parts: list[Part]) -> tuple[str, bytes]:
    """The value of `content-type`, and the body.

    The boundary is the first of a fixed series that is in none of the parts: the same form is the
    same bytes, and no part can end itself early.
    """
    boundary = next(name for name in _boundaries() if not any(name in part.data for part in parts))
    lines: list[bytes] = []
    for part in parts:
        lines += [b"--" + boundary, _disposition(part)]
        if part.media_type is not None:
            lines.append(b"content-type: " + part.media_type.encode("ascii"))
        lines += [b"", part.data]
    lines += [b"--" + boundary + b"--", b""]
    return f"multipart/form-data; boundary={boundary.decode()}", b"\r\n".join(lines)


def fields(**values: object) -> list[Part]:
    """Plain fields; those that are `None` are left out."""
    return [
        Part(name, str(value).encode("utf-8", "replace"))
        for name, value in values.items()
        if value is not None
    ]


def _boundaries() -> Iterator[bytes]:
    return (b"gilmok-%d-form" % number for number in count())


def _disposition(part: Part) -> bytes:
    said = f'content-disposition: form-data; name="{part.name.translate(_QUOTED)}"'
    if part.filename is not None:
        said += f'; filename="{part.filename.translate(_QUOTED)}"'
    return said.encode()
