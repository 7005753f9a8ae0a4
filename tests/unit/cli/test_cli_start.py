"""A command that only says a word loads nothing but words."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.cli.processes import environment

HEAVY = (
    "pydantic",
    "gilmok.config",
    "gilmok.build",
    "gilmok.ledger",
    "prometheus_client",
    "psutil",
)
PROGRAM = """
import sys
from gilmok.cli.app import run
code = run({arguments!r})
print("loaded", *({heavy!r} & sys.modules.keys()))
sys.exit(code)
"""


@pytest.mark.parametrize("arguments", [["version"], ["--help"], ["--lang", "ko", "nope"]])
def test_nothing_heavy_is_loaded(tmp_path: Path, arguments: list[str]) -> None:
    program = PROGRAM.format(arguments=arguments, heavy=set(HEAVY))
    ran = subprocess.run(
        [sys.executable, "-c", program], env=environment(tmp_path), capture_output=True, text=True
    )
    assert ran.stdout.splitlines()[-1] == "loaded", ran.stderr


def test_the_guard_sees_what_is_loaded(tmp_path: Path) -> None:
    program = "import gilmok.build" + PROGRAM.format(arguments=["version"], heavy=set(HEAVY))
    ran = subprocess.run(
        [sys.executable, "-c", program], env=environment(tmp_path), capture_output=True, text=True
    )
    loaded = set(ran.stdout.splitlines()[-1].split())
    assert {"pydantic", "gilmok.build", "gilmok.config", "gilmok.ledger"} <= loaded
