"""Server-sent events: the framing of a stream, apart from what the events say.

Source: WHATWG HTML, "Server-sent events". An event here is one `data:` line, because a line feed
inside JSON text is always escaped.
"""

from __future__ import annotations

CONTENT_TYPE = "text/event-stream; charset=utf-8"
DONE = b"data: [DONE]\n\n"
KEEP_ALIVE = b": keep-alive\n\n"
"""A comment: clients ignore it, proxies see that the stream is alive."""

# Legal inside JSON, and ends of a line for clients that use their language's idea of one (httpx's
# `iter_lines` among them): U+2028, U+2029 and U+0085.
_LINE_SEPARATOR, _PARAGRAPH_SEPARATOR, _NEXT_LINE = b"\xe2\x80\xa8", b"\xe2\x80\xa9", b"\xc2\x85"


def data(document: bytes) -> bytes:
    """One event of compact JSON: no line break outside its strings."""
    return b"data: " + one_line(document) + b"\n\n"


def event(name: str, id: int, document: bytes) -> bytes:
    """One event with a name, and the id from which a client goes on that was cut off after it."""
    return b"id: %d\nevent: %s\n%s" % (id, name.encode("ascii"), data(document))


def one_line(document: bytes) -> bytes:
    """The same JSON, a single line for every client. Cheap where there is nothing to do."""
    if b"\xe2\x80" in document:
        document = document.replace(_LINE_SEPARATOR, rb"\u2028")
        document = document.replace(_PARAGRAPH_SEPARATOR, rb"\u2029")
    if _NEXT_LINE in document:
        document = document.replace(_NEXT_LINE, rb"\u0085")
    return document
