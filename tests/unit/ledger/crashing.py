"""A process to be killed: `python crashing.py FILE MODE`. It prints what the journal acknowledged.

`stream`: intents and receipts without end. `hold`: three intents, one receipt, then waits.
`full`: fills files that may not grow, then lets them grow again.
"""

from __future__ import annotations

import asyncio
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.unit.ledger.samples import intent, receipt

from gilmok.core.errors import JournalUnavailable
from gilmok.ledger.journal import Journal
from gilmok.ledger.write_ahead import records


@contextmanager
def child(path: Path, mode: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tests.unit.ledger.crashing", str(path), mode]
    root = Path(__file__).parents[3]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) as process:
        try:
            yield process
        finally:
            process.kill()


def lines(process: subprocess.Popen[str], count: int) -> list[str]:
    assert process.stdout is not None
    return [process.stdout.readline().rstrip("\n") for _ in range(count)]


def segments(path: Path) -> list[str]:
    return sorted(p.name for p in path.parent.glob("journal.db.log.*"))


def say(*words: object) -> None:
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


async def stream(path: Path) -> None:
    async with Journal(path, linger_s=0.001) as journal:

        async def client(name: int) -> None:
            for number in range(1_000_000):
                decision = f"dec_{name}_{number}"
                await journal.intend(intent(decision))
                say(decision)
                if number % 3:
                    journal.record(receipt(decision))
                await asyncio.sleep(0)

        await asyncio.gather(*map(client, range(8)))


async def hold(path: Path) -> None:
    async with Journal(path) as journal:
        await journal.intend(intent("dec_1"))
        await journal.intend(intent("dec_1", 2, endpoint_id="local", zone="local", worst_cost=7))
        await journal.intend(intent("dec_2"))
        journal.record(receipt("dec_2"))
        await journal.flush()
        say("ready")
        await asyncio.Event().wait()


async def full(path: Path) -> None:
    async with Journal(path) as journal:
        await journal.intend(intent("dec_before"))
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (4_096, hard))
        journal.record(receipt("dec_before"))
        await journal.flush()
        say("healthy", journal.healthy, "queued", journal.queued)
        try:
            while True:  # A line or two still fit.
                await journal.intend(intent("dec_before"))
        except JournalUnavailable as error:
            say("refused", error.code)
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        while not journal.healthy:
            await journal.flush()
        say("healthy", journal.healthy, "queued", journal.queued)
        await journal.intend(intent("dec_after"))
        say("whole", list(records(path.with_name("journal.db.log.00000001")))[-1][:28])
        journal.record(receipt("dec_after"))


if __name__ == "__main__":
    asyncio.run({"stream": stream, "hold": hold, "full": full}[sys.argv[2]](Path(sys.argv[1])))
