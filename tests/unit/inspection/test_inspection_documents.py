"""Documents written in characters are not text: their renderer undoes what no detector reads."""

from __future__ import annotations

import base64
import json
import zlib

import pytest

from gilmok.core.inspection import Clearance
from gilmok.core.request import Attachment, Image, Message, Part, Request, Role, Target
from gilmok.core.text import Private
from gilmok.inspection import FastInspector

RRN = b"900101-1234568"


def data_url(mime: str, content: bytes) -> str:
    return f"data:{mime};base64,{base64.b64encode(content).decode()}"


def file(mime: str, content: bytes) -> Attachment:
    part = {"type": "file", "file": {"file_data": data_url(mime, content), "filename": "a"}}
    return Attachment("file", Private(json.dumps(part)))


def pdf(stream: bytes) -> bytes:
    return b"%%PDF-1.4\n1 0 obj << /Length %d >> stream\n%s\nendstream" % (len(stream), stream)


def clearance(part: Part) -> Clearance:
    request = Request(
        id="dec_1",
        target=Target(),
        messages=(Message(role=Role.USER, parts=(part,)),),
        received_at=0,
        deadline=0.0,
    )
    return FastInspector().inspect(request).clearance


UNREAD = {
    "PDF, ASCII85 and Flate": file(
        "application/pdf", pdf(base64.a85encode(zlib.compress(b"BT (" + RRN + b") Tj ET")) + b"~>")
    ),
    "PDF, split by kerning": file(
        "application/pdf", pdf(b"[(9001)-250(01-1)-250(23)-250(4568)] TJ")
    ),
    "PDF that says it is text": file("text/plain", pdf(b"[(9001)-250(01-1)] TJ")),
    "RTF": file("text/rtf", b"{\\rtf1 \\'39\\'30\\'30\\'31\\'30\\'31}"),
    "RTF that says it is text": file("text/plain", b"{\\rtf1 \\'39\\'30\\'30}"),
    "PostScript": file("text/plain", b"%!PS\n(9001) show (01-1) show"),
    "characters without a type": Attachment(
        "file", Private('{"type":"file","file":{"file_data":"aGVsbG8gd29ybGQ=","filename":"a"}}')
    ),
    "audio of characters": Attachment(
        "input_audio", Private('{"type":"input_audio","input_audio":{"data":"UklGRg=="}}')
    ),
    "a drawing": Image(Private(data_url("image/svg+xml", b"<svg><text>9</text></svg>"))),
}


@pytest.mark.parametrize("part", UNREAD.values(), ids=UNREAD.keys())
def test_what_only_a_renderer_reads_stays_here(part: Part) -> None:
    assert clearance(part) is Clearance.LOCAL_ONLY


@pytest.mark.parametrize("mime", ["text/plain", "text/csv", "application/json", "text/markdown"])
def test_text_is_read_and_decides(mime: str) -> None:
    assert clearance(file(mime, b"hello world, how are you")) is Clearance.OPEN
    assert clearance(file(mime, b"my number: " + RRN)) is Clearance.LOCAL_ONLY
