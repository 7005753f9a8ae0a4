"""How much memory a GGUF model will want, from the first bytes of its file.

Format: github.com/ggml-org/ggml/blob/master/docs/gguf.md (versions 2 and 3, little-endian).
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from msgspec import Struct

_READ: Final = 64 * 1024
"""Bytes: the shape of a model stands before its vocabulary, which is long."""
_BASE: Final = 48 * 2**20
"""What llama-server holds besides: its code, buffers and the watchdog."""
_BATCH: Final = 512
"""llama-server's physical batch: rows of its compute buffer."""
_KV_BYTES: Final = 2
"""Of one number of the cache (f16, the default)."""

Value = int | float | str | tuple[int, int]
"""Of an array only its type and its length."""
_NUMBERS: Final = {
    0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?",
    10: "<Q", 11: "<q", 12: "<d",
}  # fmt: skip
_STRING, _ARRAY = 8, 9


class _Cursor:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def number(self, form: str) -> int | float:
        (value,) = struct.unpack_from(form, self.data, self.at)
        self.at += struct.calcsize(form)
        return value  # type: ignore[no-any-return]

    def count(self) -> int:
        return int(self.number("<Q"))

    def string(self) -> str:
        size = self.count()
        raw = self.data[self.at : self.at + size]
        if len(raw) < size:
            raise struct.error("cut off")
        self.at += size
        return raw.decode("utf-8", "replace")

    def skip_array(self) -> tuple[int, int]:
        kind, size = int(self.number("<I")), self.count()
        if kind in _NUMBERS:
            self.at += struct.calcsize(_NUMBERS[kind]) * size
        elif kind == _STRING:
            for _ in range(size):
                self.string()
        else:
            raise struct.error("an array of arrays")
        return kind, size


def metadata(data: bytes) -> dict[str, Value]:
    """What the beginning of a file says; as far as it goes, and nothing for other files."""
    found: dict[str, Value] = {}
    if data[:4] != b"GGUF":
        return found
    cursor = _Cursor(data)
    cursor.at = 8
    try:
        cursor.count()  # tensors
        for _ in range(cursor.count()):
            key, kind = cursor.string(), int(cursor.number("<I"))
            if kind == _STRING:
                found[key] = cursor.string()
            elif kind == _ARRAY:
                start = cursor.at
                # The length stands before the elements, which may reach beyond what was read.
                found[key] = (int(cursor.number("<I")), cursor.count())
                cursor.at = start
                cursor.skip_array()
            else:
                found[key] = cursor.number(_NUMBERS[kind])
    except (struct.error, KeyError):
        pass
    return found


class Shape(Struct, frozen=True, kw_only=True):
    """What decides how large a model's cache and buffers are."""

    layers: int
    kv_heads: int
    key_length: int
    value_length: int
    vocabulary: int = 0

    def cache(self, tokens: int) -> int:
        """Bytes of the key-value cache for so many tokens of all slots together. Too much for models
        whose layers do not all remember everything: it is a bound."""
        width = self.kv_heads * (self.key_length + self.value_length)
        return self.layers * width * tokens * _KV_BYTES

    def total(self, weights: int, tokens: int) -> int:
        """Bytes in all, with the logits of one batch."""
        return weights + self.cache(tokens) + _BATCH * self.vocabulary * 4 + _BASE


def shape(found: Mapping[str, object]) -> Shape | None:
    """Of a model, from its metadata (Ollama's `/api/show` has the same names); `None` where it does
    not say enough."""
    kind = found.get("general.architecture")

    def number(name: str, otherwise: int = 0) -> int:
        value = found.get(f"{kind}.{name}")
        return value if type(value) is int and value > 0 else otherwise

    layers, heads = number("block_count"), number("attention.head_count")
    if not layers or not heads:
        return None
    head = number("embedding_length") // heads
    tokens = found.get("tokenizer.ggml.tokens")
    counted = tokens[1] if isinstance(tokens, tuple) else 0
    return Shape(
        layers=layers,
        kv_heads=number("attention.head_count_kv", heads),
        key_length=number("attention.key_length", head),
        value_length=number("attention.value_length", head),
        vocabulary=number("vocab_size", counted),
    )


def estimate(file: Path, tokens: int) -> int | None:
    """Bytes that the model in `file` will want for a context of `tokens` in all slots together.
    `None` where there is no such file."""
    try:
        size = file.stat().st_size
        with file.open("rb") as opened:
            data = opened.read(_READ)
    except OSError:
        return None
    known = shape(metadata(data))
    return size + _BASE if known is None else known.total(size, tokens)
