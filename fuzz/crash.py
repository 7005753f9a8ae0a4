"""Kills a working gateway at random moments and compares its books with what the upstream saw.

    python -m fuzz.crash --kills 1000 --seed 1

Each round starts `gilmok serve` on the same ledger, lets clients ask through it, and sends it
`kill -9` somewhere in the first half second of work. At the end one more start sweeps. Then:

* every call that reached the upstream has an attempt in the books (there may be more: an attempt is
  written down before its request goes out);
* every answer that a client got whole is there, once (swept, where the kill came within moments of it);
* nothing is open, no decision is there twice, SQLite finds its file sound, and the sums agree.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import signal
import sqlite3
import sys
import tempfile
from collections import Counter
from contextlib import closing
from pathlib import Path

from tests.gateway import QUIET, free_port
from tests.wall import Wall

from gilmok.ledger.journal import Journal
from gilmok.ledger.records import Decision
from gilmok.ledger.recovery import SWEPT

CLIENTS = 8
START_S = 20.0
_CONFIG = """
[server]
port = {port}
[ledger]
path = "{ledger}"
[dispatch]
retries = 1
"""
_ENDPOINT = """
[[endpoints]]
id = "e{number}"
provider = "openai"
base_url = "http://127.0.0.1:{port}/v1"
model = "{model}"
zone = "cloud"
price_input = 1.0
price_output = 2.0
"""
MODELS = ("ok", "pace=5", "flaky=1")


class Books:
    """What the clients were told."""

    def __init__(self) -> None:
        self.delivered: list[str] = []
        """Decisions whose answers came whole."""
        self.asked = 0


async def ask(port: int, model: str, stream: bool, books: Books) -> None:
    """One request on a connection of its own. A gateway that dies is what this is about."""
    body = json.dumps(
        {"model": model, "stream": stream, "messages": [{"role": "user", "content": "hello"}]}
    ).encode()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        books.asked += 1
        writer.write(
            b"POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n"
            b"content-type: application/json\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body)
        )
        answer = await reader.read(-1)
    finally:
        writer.close()
    head, _, rest = answer.partition(b"\r\n\r\n")
    whole = b"[DONE]" in rest if stream else rest.endswith(b"}")
    if head.startswith(b"HTTP/1.1 200") and whole:
        names = dict(line.split(b": ", 1) for line in head.split(b"\r\n")[1:])
        books.delivered.append(names[b"x-gilmok-decision"].decode())


async def client(port: int, rng: random.Random, books: Books) -> None:
    try:
        while True:
            await ask(port, rng.choice(MODELS), rng.random() < 0.5, books)
    except OSError:
        return  # killed


async def one_life(config: Path, port: int, rng: random.Random, books: Books) -> None:
    program = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "gilmok", "serve", "--config", str(config)),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(START_S):
            await listening(port)
        asking = asyncio.gather(*(client(port, rng, books) for _ in range(CLIENTS)))
        await asyncio.sleep(rng.uniform(0.0, 0.5))
        os.kill(program.pid, signal.SIGKILL)
        await asking
    finally:
        if program.returncode is None:
            program.kill()
        await program.wait()


async def listening(port: int) -> None:
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.02)
        else:
            writer.close()
            return


async def settled(ledger: Path) -> list[Decision]:
    """Everything in the books, after the sweep that a start makes."""
    async with Journal(ledger) as journal:
        found = list(await journal.recent(10**9))
        assert journal.open_decisions == 0
    async with Journal(ledger) as journal:
        assert journal.swept == 0, "a second start swept again"
    return found


def check(found: list[Decision], books: Books, calls: int, ledger: Path) -> None:
    """Raises `AssertionError` for books that do not agree with the world."""
    by_id = Counter(decision.decision_id for decision in found)
    assert max(by_id.values(), default=1) == 1, "a decision is there twice"
    attempts = sum(len(decision.explanation.attempts) for decision in found)
    assert attempts >= calls, f"{calls} calls reached the upstream, {attempts} are in the books"
    missing = set(books.delivered) - set(by_id)
    assert not missing, f"{len(missing)} delivered answers are not in the books"
    for decision in found:
        costs = [attempt.cost for attempt in decision.explanation.attempts]
        assert decision.cost == sum(costs), decision.decision_id
        assert (decision.error == SWEPT) <= decision.cost_estimated, decision.decision_id
    with closing(sqlite3.connect(ledger)) as file:
        assert file.execute("PRAGMA integrity_check").fetchone() == ("ok",)


async def attack(folder: Path, kills: int, seed: int) -> str:
    rng, books, ledger, port = random.Random(seed), Books(), folder / "ledger.db", free_port()
    async with Wall() as wall:
        tables = "".join(
            _ENDPOINT.format(number=at, model=model, port=wall.port)
            for at, model in enumerate(MODELS)
        )
        config = folder / "gilmok.toml"
        config.write_text(QUIET + _CONFIG.format(port=port, ledger=ledger) + tables)
        for number in range(1, kills + 1):
            await one_life(config, port, rng, books)
            if number % 50 == 0:
                print(f"{number} kills, {books.asked} asked", flush=True)
        calls = sum(call.method == "POST" for call in wall.calls)
    found = await settled(ledger)
    await asyncio.to_thread(check, found, books, calls, ledger)
    swept = sum(decision.error == SWEPT for decision in found)
    return (
        f"{kills} kills, seed {seed}: {books.asked} requests, {calls} calls upstream, "
        f"{len(books.delivered)} answers delivered, {len(found)} decisions, {swept} swept; all agree"
    )


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--kills", type=int, default=100)
    options.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**9))
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print(asyncio.run(attack(Path(folder), given.kills, given.seed)))


if __name__ == "__main__":
    main()
