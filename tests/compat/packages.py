"""The suites' packages and sources: fetched once, kept outside the repository's history."""

from __future__ import annotations

import subprocess
import sys
import tarfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
CACHE = ROOT / ".gilmok" / "compat"
REQUIREMENTS = Path(__file__).with_name("requirements.txt")


def environment() -> Path:
    """The Python of a virtual environment that holds `requirements.txt`, made where it is not.

    Raises `CalledProcessError` where the package registry does not answer.
    """
    folder = CACHE / "venv"
    python, made_of = folder / "bin" / "python", folder / "requirements.txt"
    wanted = REQUIREMENTS.read_text("utf-8")
    if not made_of.exists() or made_of.read_text("utf-8") != wanted:
        print("installing the suites' packages (once) ...", flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        _pip(python, "install", "--requirement", str(REQUIREMENTS))
        made_of.write_text(wanted, "utf-8")
    return python


def version(package: str) -> str:
    """Of a pinned package."""
    pins = dict(
        line.split("==") for line in REQUIREMENTS.read_text("utf-8").split() if "==" in line
    )
    return pins[package]


def source(python: Path, package: str) -> Path:
    """The unpacked source distribution of a pinned package: wheels leave the tests out."""
    name = f"{package}-{version(package)}"
    if not (CACHE / name).exists():
        print(f"fetching the source of {name} ...", flush=True)
        only_source = ("--no-deps", "--no-binary", package, "--dest", str(CACHE))
        _pip(python, "download", *only_source, f"{package}=={version(package)}")
        with tarfile.open(CACHE / f"{name}.tar.gz") as archive:
            archive.extractall(CACHE / "unpacking", filter="data")
        (CACHE / "unpacking" / name).rename(CACHE / name)  # whole or not at all
    return CACHE / name


def _pip(python: Path, *arguments: str) -> None:
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "-qq"]
    subprocess.run([*pip, *arguments], check=True)
