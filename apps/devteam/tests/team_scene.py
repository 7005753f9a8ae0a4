"""A gateway before a wall whose models play the three roles, and the team's own process."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from tests.gateway import Running
from tests.wall import Wall

from gilmok_devteam.clients import Gateway
from gilmok_devteam.lookups import Lookups
from gilmok_devteam.outcome import Message, Outcome
from gilmok_devteam.recording import Recorder
from gilmok_devteam.roles import ROLES
from gilmok_devteam.team import Piece, Plan, Team
from gilmok_devteam.texts import Locale
from gilmok_devteam.timeline import Timeline

SOURCES = Path(__file__).parents[1] / "src"
PLAN = "tokens=12"
PROGRAM = "repeat=" + quote("```python\ndef add(a, b):\n    return a + b\n```")
DEFECT = "repeat=" + quote("1. The name is wrong.")
APPROVAL = "repeat=APPROVED"
TASK = "Write a function that adds two numbers."


@dataclass(frozen=True)
class Run:
    """One run of the team, as an application sees it."""

    outcome: Outcome
    messages: list[Message]
    pieces: list[Piece]
    timeline: Timeline


async def run(
    gateway: Gateway, plan: Plan | None = None, task: str = TASK, locale: Locale = "en"
) -> Run:
    recorder, lookups = Recorder(time.monotonic), Lookups(gateway)
    seen: list[Piece | Message | Outcome] = []
    try:
        async with Team(plan or Plan(), gateway, recorder, locale) as team:
            seen = [event async for event in team.work(task)]
        await lookups.settle(recorder)
    finally:
        await lookups.close()
    (outcome,) = (event for event in seen if isinstance(event, Outcome))
    return Run(
        outcome,
        [event for event in seen if isinstance(event, Message)],
        [event for event in seen if isinstance(event, Piece)],
        recorder.timeline,
    )


@asynccontextmanager
async def before_a_wall(
    folder: Path, architect: str = PLAN, coder: str = PROGRAM, reviewer: str = DEFECT
) -> AsyncIterator[tuple[Wall, Running]]:
    """A gateway whose endpoints bear the roles' names; the wall plays what each model says."""
    plays = zip(ROLES, (architect, coder, reviewer), strict=True)
    async with Wall() as wall:
        endpoints = "".join(
            f'[[endpoints]]\nid = "{role.id}"\nprovider = "openai"\nbase_url = "{wall.openai}"\n'
            f'model = "{model}+as={role.id}"\napi_key = "sk-wall"\n'
            for role, model in plays
        )
        async with Running(folder, f"[dispatch]\nretries = 0\n{endpoints}") as gateway:
            yield wall, gateway


async def process(folder: Path, *arguments: str) -> Process:
    """`gilmok-devteam` with these arguments; its terminal is none."""
    environment = {**os.environ, "PYTHONPATH": str(SOURCES), "COLUMNS": "100", "HOME": str(folder)}
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gilmok_devteam", *arguments,
        cwd=folder, env=environment, stdout=PIPE, stderr=PIPE,
    )  # fmt: skip


async def finished(child: Process) -> tuple[int, str]:
    """The exit code and what it printed. It writes nothing to standard error."""
    said, complained = await child.communicate()
    assert not complained, complained.decode()
    assert child.returncode is not None
    return child.returncode, said.decode()
