"""The house's rows: a room imports only what is below it, and no modules import in a circle."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest
from tests.meta.source import GATEWAY, ROOT, Module

ABOVE_NOTHING = {
    "gilmok": "the version, and nothing else",
    "gilmok.__main__": "`python -m gilmok`: calls the command line, and nobody imports it",
}
"""Modules that need no row."""


def _contract() -> dict[str, object]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    contracts = project["tool"]["importlinter"]["contracts"]
    assert len(contracts) == 1
    return dict(contracts[0])


def _lint(config: Path) -> subprocess.CompletedProcess[str]:
    # A process of its own: the library prints, and keeps its graph in module state.
    call = (
        "import sys; from importlinter.cli import lint_imports as run; sys.exit(run(sys.argv[1]))"
    )
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-c", call, str(config)],
        cwd=ROOT / "src",
        env={"PYTHONPATH": str(ROOT / "src"), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )


def test_rows_hold() -> None:
    done = _lint(ROOT / "pyproject.toml")
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_breach_is_noticed(tmp_path: Path) -> None:
    """The same contract upside down must fail: the linter does look."""
    config = tmp_path / "upside_down.toml"
    config.write_text(
        '[tool.importlinter]\nroot_package = "gilmok"\n[[tool.importlinter.contracts]]\n'
        'name = "upside down"\ntype = "layers"\nlayers = ["gilmok.core", "gilmok.surfaces"]\n'
    )
    done = _lint(config)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "BROKEN" in done.stdout


def test_every_room_has_a_row() -> None:
    rows = _contract()["layers"]
    assert isinstance(rows, list)
    placed = {name.strip() for row in rows for name in row.split("|")}
    rooms = {".".join(module.name.split(".")[:2]) for module in GATEWAY}
    assert rooms - set(ABOVE_NOTHING) == placed


def cycle(modules: tuple[Module, ...]) -> list[str]:
    """A circle of imports, if there is one. That a module's package is imported before it is
    Python's doing and no import of the module's."""
    names = {module.name for module in modules}
    graph = {module.name: set(_targets(module, names)) for module in modules}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def _targets(module: Module, names: set[str]) -> set[str]:
    found = set()
    for _, imported in module.imports:
        if imported in names:
            found.add(imported)
        elif (parent := imported.rpartition(".")[0]) in names:
            found.add(parent)
    return found


def test_no_import_cycles() -> None:
    assert not cycle(GATEWAY), "modules that need each other are one module"


@pytest.mark.parametrize(
    "sources",
    [
        {"gilmok.a": "from gilmok.b import x", "gilmok.b": "import gilmok.a"},
        {
            "gilmok.a": "from gilmok import b",
            "gilmok.b": "from .c import y",
            "gilmok.c": "from gilmok.a import z",
        },
        {
            "gilmok.a": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import gilmok.b",
            "gilmok.b": "import gilmok.a",
        },
    ],
)
def test_a_cycle_is_noticed(sources: dict[str, str]) -> None:
    assert cycle(tuple(Module(name, text) for name, text in sources.items()))


def test_a_diamond_is_no_cycle() -> None:
    sources = {
        "gilmok.a": "from gilmok.b import x\nfrom gilmok.c import y",
        "gilmok.b": "from gilmok.d import z",
        "gilmok.c": "from gilmok.d import z",
        "gilmok.d": "",
    }
    assert not cycle(tuple(Module(name, text) for name, text in sources.items()))
