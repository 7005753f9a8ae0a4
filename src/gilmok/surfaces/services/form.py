"""`multipart/form-data` (RFC 7578), from a body that has come whole. Pure.

Strict where leniency would let two readers see two different forms: no preamble, no part without a
name, one disposition a part, no transfer encoding. Linear in the body; parts, their heads and their
texts are bounded. Errors are `InvalidRequest`, and hold no word of the body.
"""

from __future__ import annotations

import re
from typing import Final

from msgspec import Struct

from gilmok.core.errors import InvalidRequest, UnsupportedMediaType

MEDIA_TYPE: Final = "multipart/form-data"
MOST_PARTS: Final = 64
LONGEST_TEXT: Final = 65_536
"""Bytes of a field that is no file."""
OVERHEAD: Final = 256 * 1024
"""Bytes of a body besides the recording in it."""
_LONGEST_HEAD: Final = 4096
_LONGEST_TYPE: Final = 256
_BOUNDARY = re.compile(
    r"""(?i)multipart/form-data\s*;(?:\s*(?!boundary\s*=)[\w-]+=[\w.-]+\s*;)*"""
    r"""\s*boundary=(?:"([\w'()+,./:=? -]{0,69}[\w'()+,./:=?-])"|([\w'()+./:=?-]{1,70}))\s*(?:;.*)?"""
)
_DISPOSITION = re.compile(rb'(?i)form-data((?:\s*;\s*[\w*-]+=(?:"(?:[^"\\]|\\.)*"|[^\s";]+))*)\s*')
_PARAMETER = re.compile(rb';\s*([\w*-]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s";]+))')
_PLAIN_CODINGS = (b"7bit", b"8bit", b"binary")


class Part(Struct, frozen=True):
    """One field. Its `repr` shows its shape, never what the client wrote."""

    name: str
    data: bytes
    filename: str | None = None
    """`None` of a field that is no file."""
    media_type: str = ""

    @property
    def text(self) -> str:
        """Raises `InvalidRequest` where it is no text, or too long."""
        if len(self.data) > LONGEST_TEXT:
            raise InvalidRequest(
                self.name,
                f"is longer than {LONGEST_TEXT} bytes",
                f"{LONGEST_TEXT}바이트를 넘습니다",
            )
        try:
            return self.data.decode()
        except UnicodeDecodeError:
            problem = InvalidRequest(self.name, "is not valid UTF-8", "올바른 UTF-8이 아닙니다")
        raise problem

    def __repr__(self) -> str:
        return f"<part of {len(self.data)} bytes>"


def is_form(content_type: str) -> bool:
    return content_type.partition(";")[0].strip().lower() == MEDIA_TYPE


def boundary_of(content_type: str) -> bytes:
    """What parts the form. Raises `UnsupportedMediaType` where it is none."""
    value = content_type.strip()
    found = _BOUNDARY.fullmatch(value) if len(value) <= _LONGEST_TYPE else None
    if found is None:
        raise UnsupportedMediaType
    return (found[1] or found[2]).encode("ascii", "replace")


def read_form(body: bytes, boundary: bytes) -> tuple[Part, ...]:
    """The fields in their order."""
    dashed = b"--" + boundary
    if not body.startswith(dashed):
        raise _malformed("does not begin with its boundary", "경계 문자열로 시작하지 않습니다")
    between = b"\r\n" + dashed
    at, parts = len(dashed), list[Part]()
    while not body.startswith(b"--", at):
        begin = _line_end(body, at)
        end = body.find(between, begin - 2)  # the part may be empty, and its head too
        if end < 0:
            raise _malformed("ends before its last boundary", "마지막 경계 문자열 전에 끊겼습니다")
        if len(parts) == MOST_PARTS:
            raise _malformed(
                f"has more than {MOST_PARTS} parts", f"항목이 {MOST_PARTS}개를 넘습니다"
            )
        parts.append(_part(body, begin, end))
        at = end + len(between)
    if body[at + 2 :].strip(b" \t\r\n"):
        raise _malformed(
            "goes on after its last boundary", "마지막 경계 문자열 뒤에 내용이 더 있습니다"
        )
    return tuple(parts)


def _line_end(body: bytes, at: int) -> int:
    """Where the line of a boundary has ended; blanks may stand there."""
    end = body.find(b"\r\n", at, at + 80)
    if end < 0 or body[at:end].strip(b" \t"):
        raise _malformed("has a boundary that goes on", "경계 문자열 뒤에 다른 글자가 있습니다")
    return end + 2


def _part(body: bytes, begin: int, end: int) -> Part:
    split = body.find(b"\r\n\r\n", begin, min(end + 2, begin + _LONGEST_HEAD))
    if split < 0:
        raise _malformed("has a part without a head", "헤더가 없거나 너무 긴 항목이 있습니다")
    fields: dict[bytes, bytes] = {}
    for line in body[begin:split].split(b"\r\n"):
        field, colon, value = line.partition(b":")
        field = field.lower()
        if not colon or field in fields or b"\n" in line or b"\r" in line or b"\0" in line:
            raise _malformed("has a part with a broken head", "항목의 헤더가 잘못되었습니다")
        fields[field] = value.strip(b" \t")
    coding = fields.get(b"content-transfer-encoding", b"binary").lower()
    if coding not in _PLAIN_CODINGS:
        raise _malformed("has a part that is encoded", "인코딩된 항목은 받지 않습니다")
    name, filename = _names(fields.get(b"content-disposition", b""))
    media_type = fields.get(b"content-type", b"").decode("latin-1")
    return Part(name, body[split + 4 : end], filename, media_type)


def _names(disposition: bytes) -> tuple[str, str | None]:
    found = _DISPOSITION.fullmatch(disposition)
    given: dict[bytes, bytes] = {}
    for key, quoted, plain in _PARAMETER.findall(found[1] if found is not None else b""):
        if key.lower() in given:
            raise _malformed("names a part twice", "한 항목에 이름이 두 번 있습니다")
        given[key.lower()] = re.sub(rb"\\(.)", rb"\1", quoted) or plain
    if not given.get(b"name"):
        raise _malformed("has a part without a name", "이름이 없는 항목이 있습니다")
    filename = given.get(b"filename", given.get(b"filename*"))
    return (
        given[b"name"].decode("utf-8", "replace"),
        None if filename is None else filename.decode("utf-8", "replace"),
    )


def _malformed(reason: str, reason_ko: str) -> InvalidRequest:
    return InvalidRequest("body", f"the form {reason}", f"폼: {reason_ko}")
