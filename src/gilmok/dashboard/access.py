"""The key of a browser: HTTP Basic, any user name, the key as password (RFC 7617)."""

from __future__ import annotations

from base64 import b64decode
from binascii import Error

from gilmok.core.text import Secret
from gilmok.surfaces import headers

CHALLENGE: headers.Header = ("www-authenticate", 'Basic realm="gilmok", charset="UTF-8"')

_MAX_CREDENTIALS = 4096


def presented(fields: headers.Fields) -> Secret | None:
    """The key, as a browser or as any other client shows it; `None` where there is none."""
    scheme, _, credentials = fields.get("authorization", "").strip().partition(" ")
    if scheme.lower() != "basic":
        return headers.presented_key(fields)
    if len(credentials) > _MAX_CREDENTIALS:
        return None
    try:
        pair = b64decode(credentials.strip(), validate=True).decode("utf-8")
    except (Error, ValueError):
        return None
    # Through the same door as every other key: its bounds hold here, too.
    return headers.presented_key({"x-api-key": pair.partition(":")[2]})
