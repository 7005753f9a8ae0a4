"""The form reader against hand-written forms, against httpx's writer, and against noise."""

from __future__ import annotations

from contextlib import suppress

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gilmok.core.errors import InvalidRequest, UnsupportedMediaType
from gilmok.surfaces.services.form import MOST_PARTS, Part, boundary_of, is_form, read_form

TYPE = "multipart/form-data; boundary=x"


def part(data: bytes, head: bytes = b'Content-Disposition: form-data; name="a"') -> bytes:
    return b"--x\r\n" + head + b"\r\n\r\n" + data + b"\r\n"


def read(body: bytes) -> tuple[Part, ...]:
    return read_form(body, b"x")


def test_fields_and_files() -> None:
    file = b'content-disposition: form-data; name="file"; filename="a b.wav"\r\ncontent-type: audio/wav'
    fields = read(part(b"ko") + part(b"\0\r\n--y\r\n", file) + b"--x--\r\n")
    assert [(f.name, f.data, f.filename, f.media_type) for f in fields] == [
        ("a", b"ko", None, ""),
        ("file", b"\0\r\n--y\r\n", "a b.wav", "audio/wav"),
    ]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"--x", id="half a boundary's line"),
        pytest.param(part(b"1"), id="no end"),
        pytest.param(b"preamble\r\n" + part(b"1") + b"--x--", id="a preamble"),
        pytest.param(part(b"1") + b"--x-- and more", id="an epilogue"),
        pytest.param(b"--xy\r\n" + part(b"1") + b"--x--", id="a boundary that goes on"),
        pytest.param(b"--x\r\n\r\n\r\n--x--", id="no head"),
        pytest.param(part(b"1", b"x-y: z") + b"--x--", id="no disposition"),
        pytest.param(part(b"1", b"content-disposition: form-data") + b"--x--", id="no name"),
        pytest.param(
            part(b"1", b'content-disposition: form-data; name="a"; name="b"') + b"--x--",
            id="two names",
        ),
        pytest.param(
            part(
                b"1", b'content-disposition: form-data; name="a"\r\nContent-Disposition: form-data'
            )
            + b"--x--",
            id="two dispositions",
        ),
        pytest.param(
            part(
                b"MQ==",
                b'content-disposition: form-data; name="a"\r\ncontent-transfer-encoding: base64',
            )
            + b"--x--",
            id="a coding",
        ),
        pytest.param(part(b"1") * (MOST_PARTS + 1) + b"--x--", id="too many parts"),
        pytest.param(part(b"1", b"x: " + b"y" * 5000) + b"--x--", id="a long head"),
    ],
)
def test_what_is_no_form_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidRequest):
        read(body)


@pytest.mark.parametrize(
    ("content_type", "boundary"),
    [
        (TYPE, b"x"),
        ('Multipart/Form-Data;Boundary="a b"', b"a b"),
        ("multipart/form-data; charset=utf-8; boundary=----W3:b", b"----W3:b"),
    ],
)
def test_a_boundary(content_type: str, boundary: bytes) -> None:
    assert is_form(content_type)
    assert boundary_of(content_type) == boundary


@pytest.mark.parametrize(
    "content_type",
    ["", "text/plain; boundary=x", "multipart/form-data", "multipart/form-data; boundary=",
     f"multipart/form-data; boundary={'x' * 71}", "multipart/form-data; boundary=a\r\nb",
     "multipart/form-data;" + " a=b;" * 20_000 + "boundary=x"],
)  # fmt: skip
def test_what_is_no_boundary(content_type: str) -> None:
    with pytest.raises(UnsupportedMediaType):
        boundary_of(content_type)


def test_a_text_that_is_none() -> None:
    for data in (b"\xff", b"a" * 70_000):
        with pytest.raises(InvalidRequest) as refused:
            _ = Part("prompt", data).text
        assert refused.value.param == "prompt"
        assert refused.value.__context__ is None  # that of invalid UTF-8 holds the bytes
    assert "secret" not in repr(Part("secret", b"secret", "secret"))


NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=8)


@given(
    st.lists(st.tuples(NAMES, st.binary(max_size=200), st.booleans()), max_size=5),
    st.sampled_from(["x", "a-b", "----WebKit"]),
)
def test_what_httpx_writes_is_read(fields: list[tuple[str, bytes, bool]], boundary: str) -> None:
    files = [(name, ("f" if named else None, data)) for name, data, named in fields]
    request = httpx.Request(
        "POST", "http://g", files=files, headers={"content-type": f"multipart/form-data; boundary={boundary}"}
    )  # fmt: skip
    body = request.read()
    if not fields or b"--" + boundary.encode() in b"".join(data for _, data, _ in fields):
        return
    found = read_form(body, boundary_of(request.headers["content-type"]))
    assert [p.data for p in found] == [data for _, data, _ in fields]
    assert [p.filename for p in found] == ["f" if named else None for _, _, named in fields]


PIECES = st.sampled_from(
    [b"--x", b"\r\n", b"--", b"content-disposition: form-data", b'; name="a"', b";", b":", b'"', b"\\",
     b"\r\n\r\n", b"--x--", b"file", b"\0", b" "]
)  # fmt: skip


@given(st.one_of(st.binary(max_size=300), st.lists(PIECES, max_size=40).map(b"".join)))
def test_noise_is_read_or_refused(body: bytes) -> None:
    found: tuple[Part, ...] = ()
    with suppress(InvalidRequest):
        found = read(body)
    assert sum(len(part.data) for part in found) <= len(body)
    assert all(part.name for part in found)


@given(st.text(max_size=80))
def test_a_content_type_is_read_or_refused(value: str) -> None:
    for text in (value, f"multipart/form-data; boundary={value}"):
        with suppress(UnsupportedMediaType):
            assert 0 < len(boundary_of(text)) <= 70
