from __future__ import annotations

import logging
import struct
from pathlib import Path

import pytest

from gilmok.core.engine import RAM
from gilmok.engines import find_weights, gguf
from gilmok.engines.remembered import Experience, Remembered, expected


def test_what_was_measured_outlives_the_process(tmp_path: Path) -> None:
    file = tmp_path / "state" / "engines.json"
    first = Remembered.read(file)
    first.loaded("a", 4.0)
    first.measured("a", {RAM: 100, "gpu0": 7})
    first.measured("a", {RAM: 80})
    first.write()
    second = Remembered.read(file)
    assert second.of("a") == Experience(footprint={RAM: 100, "gpu0": 7}, load_s=4.0, loads=1)
    second.loaded("a", 2.0)
    assert second.of("a") == Experience(footprint={RAM: 100, "gpu0": 7}, load_s=3.0, loads=2)
    assert [path.name for path in file.parent.iterdir()] == ["engines.json"]


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"\x00" * 50, b"[]", b'{"version":2,"engines":{}}', b'{"version":1}', b"\xff"],
)
def test_a_damaged_file_is_a_fresh_start(
    tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "engines.json"
    file.write_bytes(content)
    with caplog.at_level(logging.WARNING):
        remembered = Remembered.read(file)
    assert caplog.messages == ["engine_memory_unreadable"]
    assert remembered.of("a") is None
    remembered.loaded("a", 1.0)
    remembered.write()
    assert Remembered.read(file).of("a") is not None


def test_a_disk_that_cannot_be_written_is_no_failure(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    remembered = Remembered(blocked / "engines.json")
    remembered.loaded("a", 1.0)
    remembered.write()
    assert caplog.messages == ["engine_memory_unwritable"]
    assert remembered.of("a") is not None


def test_it_does_not_grow_without_end(tmp_path: Path) -> None:
    remembered = Remembered(tmp_path / "engines.json")
    for number in range(600):
        remembered.loaded(f"e{number}", 1.0)
    assert remembered.of("e599") is not None
    assert remembered.of("e0") is None


def test_nothing_new_is_not_written(tmp_path: Path) -> None:
    Remembered(tmp_path / "engines.json").write()
    Remembered(None, {}).write()
    assert not list(tmp_path.iterdir())


def test_declared_beats_guessed_and_seen_beats_both() -> None:
    seen = Experience(footprint={RAM: 30})
    assert expected({RAM: 10}, {RAM: 20}, None) == {RAM: 10}
    assert expected(None, {RAM: 20}, None) == {RAM: 20}
    assert expected({RAM: 10, "gpu0": 5}, None, seen) == {RAM: 30, "gpu0": 5}
    assert expected({RAM: 40}, None, seen) == {RAM: 40}
    assert expected(None, None, None) is None
    assert expected(None, None, seen) == {RAM: 30}


def _text(value: str) -> bytes:
    return struct.pack("<Q", len(value)) + value.encode()


def test_a_shape_is_read_from_the_beginning_of_a_file(tmp_path: Path) -> None:
    pairs = [
        _text("general.architecture") + struct.pack("<I", 8) + _text("llama"),
        _text("llama.block_count") + struct.pack("<II", 4, 10),
        _text("llama.attention.head_count") + struct.pack("<II", 4, 8),
        _text("llama.attention.head_count_kv") + struct.pack("<II", 4, 2),
        _text("llama.embedding_length") + struct.pack("<II", 4, 512),
        # Cut off: the vocabulary is longer than what is read.
        _text("tokenizer.ggml.tokens") + struct.pack("<IIQ", 9, 8, 1000) + _text("word"),
    ]
    file = tmp_path / "m.gguf"
    file.write_bytes(b"GGUF" + struct.pack("<IQQ", 3, 0, 7) + b"".join(pairs))
    shape = gguf.shape(gguf.metadata(file.read_bytes()))
    assert shape == gguf.Shape(
        layers=10, kv_heads=2, key_length=64, value_length=64, vocabulary=1000
    )
    assert shape.cache(100) == 10 * 2 * 128 * 100 * 2
    small, large = gguf.estimate(file, 1), gguf.estimate(file, 100_000)
    assert small is not None
    assert large is not None
    assert large - small == shape.cache(99_999)


@pytest.mark.parametrize("content", [b"", b"GGUF", b"GGUF" + b"\xff" * 100, b"other"])
def test_what_is_no_gguf_is_as_large_as_it_is(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "m.gguf"
    file.write_bytes(content)
    size = gguf.estimate(file, 1000)
    assert size is not None
    assert len(content) < size < 2**27
    assert gguf.estimate(tmp_path / "none", 1) is None


def test_the_shape_of_the_real_weights() -> None:
    weights = find_weights()
    assert weights is not None
    with weights.open("rb") as opened:
        shape = gguf.shape(gguf.metadata(opened.read(65536)))
    assert shape is not None
    assert (shape.layers, shape.kv_heads, shape.vocabulary) == (30, 3, 49152)
