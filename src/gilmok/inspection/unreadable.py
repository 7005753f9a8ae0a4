"""Parts that cannot be read as text here, and those of them that can after all.

A detector that cannot look has failed, so an unread part is evidence by itself. Data counts as read
where it says that it is text and is; whatever decodes to characters is looked at all the same. A
document format that is written in characters (PDF, RTF, PostScript, SVG) can spell a number in ways
that only its renderer undoes, so it stays unread. A remote address is text, what it shows is not.
"""

from __future__ import annotations

import base64
import binascii
import re

from msgspec import Struct

_DATA_URL = re.compile(
    r"data:(?P<mime>[\w.+/\-]{0,80}+)(?:;[\w=\-.+\"]{1,80}+)*?(?P<b64>;base64)?,", re.I
)
_TYPE = re.compile(r'"type"\s*:\s*"(?P<type>[a-z_]{1,32})"')
_BASE64_VALUE = re.compile(r'"(?:data|file_data)"\s*:\s*"(?P<value>[^"]{1,})"')
_LINE_END = re.compile(r"\\[nrt]")
_PROBE = 4096
_TEXTUAL = re.compile(
    r"|text/(?!rtf|richtext)[\w.+\-]+|application/(?:[\w.\-]+\+)?(?:json|xml|yaml|x-yaml|toml|x-ndjson)",
    re.I,
)
"""Types whose characters are what a reader sees; none at all means `text/plain` (RFC 2397)."""
_CONTAINER = re.compile(r"%PDF-|%!PS|\{\\rtf")
_CONTAINER_WITHIN = 1024
"""Characters: PDF readers look for their mark that far."""
_KINDS = ("image", "audio", "video")
_UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class Looked(Struct, frozen=True):
    """What could be read of a part: texts to inspect, and the kind of what stays unread."""

    readable: tuple[str, ...]
    unread: str | None


def look_inside(payload: str) -> Looked:
    """Linear; never raises on any string."""
    if payload.startswith("{"):
        return _look_in_part(payload)
    data = _DATA_URL.match(payload)
    if data is None:
        return Looked((payload,), "image")
    text = _data_text(payload, data)
    kind = data["mime"].split("/")[0].lower()
    return Looked(
        () if text is None else (text,),
        None if _is_plain(text, data) else kind if kind in _KINDS else "file",
    )


def _look_in_part(payload: str) -> Looked:
    """A part kept as JSON: a file or audio. It is read where all its data turns out to be text."""
    found = _TYPE.search(payload)
    kind = next((k for k in _KINDS if found is not None and k in found["type"]), "file")
    values = list(_BASE64_VALUE.finditer(payload))
    if not values:
        return Looked((payload,), kind)
    looked = [_look_at_value(match["value"]) for match in values]
    shell = _BASE64_VALUE.sub('"data":""', payload)
    readable = tuple(text for text, _ in looked if text is not None)
    return Looked((shell, *readable), None if all(plain for _, plain in looked) else kind)


def _look_at_value(value: str) -> tuple[str | None, bool]:
    """What can be read of it, and whether that is all there is."""
    value = _LINE_END.sub("", value.replace("\\/", "/"))
    data = _DATA_URL.match(value)
    text = _decoded(value) if data is None else _data_text(value, data)
    return text, _is_plain(text, data)


def _is_plain(text: str | None, data: re.Match[str] | None) -> bool:
    return (
        text is not None
        and data is not None
        and _TEXTUAL.fullmatch(data["mime"]) is not None
        and _CONTAINER.search(text[:_CONTAINER_WITHIN]) is None
    )


def _data_text(url: str, data: re.Match[str]) -> str | None:
    body = url[data.end() :]
    return _decoded(body) if data["b64"] else body


def _decoded(body: str) -> str | None:
    """Base64 as text; `None` where it is something else. A short probe settles most images."""
    plain = "".join(body.split()).replace("-", "+").replace("_", "/").replace("%2B", "+")
    head = plain[:_PROBE]
    try:
        sample = base64.b64decode(head[: len(head) // 4 * 4])
        if _UNSEEN.search(sample.decode("utf-8", "ignore")) is not None or b"\xff" in sample:
            return None
        text = base64.b64decode(plain + "=" * (-len(plain) % 4)).decode("utf-8")
    except (binascii.Error, ValueError):
        return None
    return None if _UNSEEN.search(text) is not None else text
