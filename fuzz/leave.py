"""Clients that leave at every chunk: `python -m fuzz.leave --trials 5000 --seed 1`.

A gateway in a process of its own (`gilmok serve`), clients on real sockets, and the wall behind it:
see tests/laws/leaving.py for where they leave and how. When all have left, the gateway is asked what
is still held and in flight, stopped, and its journal read. Prints how long it took from a client's
leaving to the wall's being hung up on (the law: 250 ms at most), and exits 1 where that or anything
else did not hold.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.gateway import QUIET, Answer, free_port
from tests.laws.leaving import Left, Verdict, Watch, draw, leave, toml
from tests.wall import Ending, Wall
from tests.wire import raw

from gilmok.build import load_settings
from gilmok.composition.users import pseudonyms
from gilmok.composition.world import World
from gilmok.core.text import Private
from gilmok.ledger.journal import Journal

AT_ONCE = 12
BOUND_S = 0.25
_REST_S = 20.0
_PATIENCE_S = 120.0
"""For what must come; the machine may be busy."""
KEYS = tuple(f"k{number}" for number in range(AT_ONCE))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--trials", type=int, default=5_000)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    asked = parser.parse_args()
    raw.PATIENCE_S = _PATIENCE_S
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_attack(Path(folder), asked.trials, asked.seed))


async def _attack(folder: Path, trials: int, seed: int) -> int:
    began = time.monotonic()
    async with Wall() as wall, _heartbeat() as late:
        port, watch = free_port(), Watch(wall)
        config = folder / "gilmok.toml"
        config.write_text(f'{QUIET}\n[ledger]\npath = "{folder}/ledger.db"\n{toml(wall, KEYS)}')
        async with _serving(config, port):
            everybody = await _crowd(port, watch, random.Random(seed), trials)
            still = await _at_rest(port, wall)
        verdict = Verdict()
        verdict.broken += still
        await _read(folder, config, everybody, watch, verdict)
    _report(verdict, late, trials, seed, time.monotonic() - began)
    return 1 if verdict.broken or any(lag > BOUND_S for lag, _ in verdict.lags) else 0


@asynccontextmanager
async def _heartbeat() -> AsyncIterator[list[float]]:
    """How late this process's own timers are meanwhile, in milliseconds: what the machine adds."""
    late: list[float] = []

    async def beat() -> None:
        while True:
            due = time.monotonic() + 0.01
            await asyncio.sleep(0.01)
            late.append(1000 * (time.monotonic() - due))

    task = asyncio.create_task(beat())
    try:
        yield late
    finally:
        task.cancel()


@asynccontextmanager
async def _serving(config: Path, port: int) -> AsyncIterator[None]:
    program = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "gilmok", "serve", "--config", str(config)),
        env={**os.environ, "GILMOK_PORT": str(port)},
        stdout=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(30):
            while not await _is_up(port):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        yield
    finally:
        program.terminate()
        await program.wait()


async def _is_up(port: int) -> bool:
    try:
        return (await _get(port, "/health/live")).status == 200
    except OSError:
        return False


async def _get(port: int, path: str, key: str = KEYS[0]) -> Answer:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    fields = f"host: 127.0.0.1\r\nconnection: close\r\nauthorization: Bearer {key}\r\n"
    writer.write(f"GET {path} HTTP/1.1\r\n{fields}\r\n".encode())
    answer = Answer(await reader.read(-1))
    writer.close()
    return answer


async def _crowd(port: int, watch: Watch, chance: random.Random, trials: int) -> list[Left]:
    plans = iter([(number, draw(chance)) for number in range(trials)])
    everybody: list[Left] = []

    async def client(key: str) -> None:
        for number, trial in plans:
            left = Left(number, trial, key, 0.0, b"")
            everybody.append(left)
            try:
                await leave(port, watch, left)
            except (TimeoutError, AssertionError) as error:
                left.trouble = repr(error)
            if len(everybody) % 500 == 0:
                print(f"{len(everybody)} have left", flush=True)

    await asyncio.gather(*map(client, KEYS))
    return everybody


async def _at_rest(port: int, wall: Wall) -> list[str]:
    """What is still taken when all have left and some time has passed."""
    try:
        async with asyncio.timeout(_REST_S):
            while any(call.ending is Ending.OPEN for call in wall.calls):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
    except TimeoutError:
        pass  # the verdict finds them
    lines = (await _get(port, "/metrics")).body.decode().splitlines()
    still = [line for line in lines if line.startswith("gilmok_requests_in_flight ")]
    broken = [] if still == ["gilmok_requests_in_flight 0.0"] else still or ["no such metric"]
    for key in KEYS:
        budgets = (await _get(port, "/v1/budget", key)).json["data"]
        broken += [f"{key}: {b['held_usd']} held" for b in budgets if float(b["held_usd"])]
    return broken


async def _read(
    folder: Path, config: Path, everybody: list[Left], watch: Watch, verdict: Verdict
) -> None:
    """Compares the journal with what the clients and the wall saw."""
    names = pseudonyms(load_settings(config), World.real())
    async with Journal(folder / "ledger.db") as journal:
        if journal.swept:
            verdict.broken.append(f"{journal.swept} intents were left open")
        decisions = await journal.recent(10**9)
    by_user = {decision.user: decision for decision in decisions}
    if len(by_user) != len(decisions):
        verdict.broken.append("two receipts for one request")
    for left in everybody:
        found = by_user.get(names.of("default", Private(left.mark)))
        verdict.judge(left, watch.calls(left), [found] if found else [])


def _report(verdict: Verdict, late: list[float], trials: int, seed: int, seconds: float) -> None:
    for what in verdict.broken[:20]:
        print(what)
    for lag, trial in sorted(verdict.lags, key=lambda one: one[0])[-5:]:
        print(f"{1000 * lag:.1f} ms: {trial}")
    lags = [1000 * lag for lag, _ in verdict.lags]
    beyond = sum(lag > 1000 * BOUND_S for lag in lags)
    print(f"left: {dict(verdict.moments)}; receipts: {dict(verdict.outcomes)}")
    print(f"this process's own timers were late by {_spread(late)}")
    print(
        f"n={trials} seed={seed} closed={len(lags)} after {_spread(lags)}, later than 250 ms: "
        f"{beyond}; broken={len(verdict.broken)} in {seconds:.0f} s"
    )


def _spread(milliseconds: list[float]) -> str:
    ordered = sorted(milliseconds)
    parts = {"p50": 0.5, "p99": 0.99, "p99.9": 0.999, "max": 1.0}
    last = len(ordered) - 1
    found = (f"{n}={ordered[min(last, int(len(ordered) * q))]:.1f}" for n, q in parts.items())
    return f"{' '.join(found)} ms"


if __name__ == "__main__":
    sys.exit(main())
