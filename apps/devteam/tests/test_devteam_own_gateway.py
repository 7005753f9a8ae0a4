"""`--own-gateway`: three real engines that do not fit into memory together, started and gone."""

from __future__ import annotations

import os
import re
import shlex
import sys
from pathlib import Path

import psutil
import pytest
from apps.devteam.tests.team_scene import TASK, finished, process

from gilmok_devteam import words
from gilmok_devteam.machine import MACHINES
from gilmok_devteam.own_gateway import GatewayFailed, command, own_gateway
from gilmok_devteam.roles import ROLES
from gilmok_devteam.weights import smollm2

MACHINE = MACHINES["smollm2"]


@pytest.mark.engine
@pytest.mark.skipif(smollm2() is None or command() is None, reason="no weights, or no `gilmok`")
async def test_real_engines_take_turns_in_memory(tmp_path: Path) -> None:
    bounds = ("--rounds", "1", "--max-tokens", "8", "--threads", "1", "--timeline", "run.html")
    child = await process(tmp_path, TASK, "--own-gateway", *bounds)
    assert child.stdout is not None
    said = b""
    while "● Architect".encode() not in said:
        said += await child.stdout.readline()
    started = psutil.Process(child.pid).children(recursive=True)
    assert started
    code, rest = await finished(child)
    assert code == 0
    assert "● Reviewer" in rest
    loads = re.search(words.LOADS_SEEN.of("en", loads=0).replace("0", r"(\d+)"), rest)
    assert loads is not None
    assert int(loads[1]) >= 3
    held = re.search(r"at most (\d\.\d+) of 0.50 GiB held", rest)
    assert held is not None
    assert 0 < float(held[1]) <= MACHINE.ram_gb
    assert rest.count("completed") == 3
    picture = (tmp_path / "run.html").read_text("utf-8")
    for role in ROLES:
        assert f">{role.id}</text>" in picture
    assert not [p for p in started if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]


def script(folder: Path, program: str) -> str:
    path = folder / "gilmok"
    path.write_text(f"#!/bin/sh\nexec {shlex.quote(sys.executable)} -c {shlex.quote(program)}\n")
    path.chmod(0o700)
    return os.fspath(path)


async def test_a_gateway_that_does_not_start_says_why(tmp_path: Path) -> None:
    broken = script(tmp_path, "import sys; sys.exit('memory: no such thing')")
    weights = {role.id: tmp_path / "a.gguf" for role in ROLES}
    with pytest.raises(GatewayFailed) as failed:
        async with own_gateway(broken, MACHINE, weights, 1):
            pytest.fail("it never listened")
    assert failed.value.said == "memory: no such thing"
