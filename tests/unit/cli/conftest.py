"""The command line against a real gateway on a real socket, before the wall.

`cli` runs a command in this process, in a thread of its own, with what a terminal would give it;
`tests/unit/cli/processes.py` starts real processes where signals and terminals matter.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from msgspec import Struct

from gilmok.cli.app import run
from gilmok.ledger import Journal, MemoryJournal
from tests.gateway import Running, quietly
from tests.wall import Wall

CLEAN = (
    "GILMOK_API_KEY",
    "GILMOK_CONFIG",
    "GILMOK_PORT",
    "OPENAI_API_KEY",
    "ANTHROPIC_API_KEY",
    "LC_MESSAGES",
    "LANG",
)


class Ran(Struct, frozen=True):
    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()


Cli = Callable[..., Awaitable[Ran]]


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An environment in which nothing joins by itself and English is spoken."""
    for name in CLEAN:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "80")


@pytest.fixture
def journals() -> list[Journal | MemoryJournal]:
    """Written out before every command: receipts may wait for company for a moment."""
    return []


@pytest.fixture
def cli(
    journals: list[Journal | MemoryJournal],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Cli:
    """Runs a command line with `stdin` piped in."""

    async def call(*arguments: str, stdin: str | bytes = "") -> Ran:
        raw = stdin.encode() if isinstance(stdin, str) else stdin
        piped = io.TextIOWrapper(io.BytesIO(raw), encoding="utf-8", newline=None)
        monkeypatch.setattr("sys.stdin", piped)
        for journal in journals:
            await journal.flush()
        capsys.readouterr()
        code = await asyncio.to_thread(run, arguments)
        written = capsys.readouterr()
        return Ran(code, written.out, written.err)

    return call


def endpoint(id: str, wall: Wall, model: str, zone: str = "cloud", **more: object) -> str:
    """An `[[endpoints]]` table that leads to the wall."""
    lines = [
        "[[endpoints]]",
        f'id = "{id}"',
        'provider = "vllm"',
        f'base_url = "{wall.openai}"',
        f'model = "{model}"',
        f'zone = "{zone}"',
        *(f"{name} = {value}" for name, value in more.items()),
    ]
    return "\n".join(lines) + "\n"


def two_sides(wall: Wall) -> str:
    """A cloud endpoint that is better and dear, and a local one."""
    cloud = endpoint(
        "cloud-mini", wall, "as=cloud", quality=0.9, price_input=0.15, price_output=0.6
    )
    return cloud + endpoint("here", wall, "as=here", "local", quality=0.3)


@pytest.fixture
async def wall() -> AsyncIterator[Wall]:
    async with Wall() as wall:
        yield wall


@pytest.fixture
async def gateway(
    wall: Wall,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    journals: list[Journal | MemoryJournal],
) -> AsyncIterator[Running]:
    """A gateway with both sides, found through the environment as a person would have it."""
    async with Running(tmp_path, two_sides(wall), memory=False) as running:
        monkeypatch.setenv("GILMOK_CONFIG", str(tmp_path / "gilmok.toml"))
        monkeypatch.setenv("GILMOK_PORT", str(running.port))
        journals.append(running.gateway.journal)
        yield running


def written(folder: Path, toml: str, name: str = "alone.toml") -> str:
    """A configuration file with `toml` and nothing that joins by itself."""
    file = folder / name
    file.write_text(quietly(toml), encoding="utf-8")
    return str(file)
