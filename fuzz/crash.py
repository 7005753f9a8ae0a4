"""Kills a working gateway at random moments and compares its books with what the upstream saw.

    python -m fuzz.crash --kills 1000 --seed 1

Each round starts `gilmok serve` (`lives.py`) on the same ledger, lets clients ask through it, and
sends it `kill -9` somewhere among the first hundred requests, or in the first seconds of work. Every
question names an end user of its own, so that each call that the upstream saw belongs to one decision.
After every hundred kills, and at the end, one more start sweeps. Then, in that ledger:

* every call that reached the upstream has an attempt of its own question's decision (there may be
  more: an attempt is written down before its request goes out);
* every answer that a client got whole is there, once (swept, where the kill came within moments of it);
* what the next start reads for the caps of endpoints is what their attempts cost, swept ones at worst;
* nothing is open, no question and no attempt is settled twice, SQLite finds its file sound, and the
  sums agree (`gilmok ledger audit`).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import tempfile
import time
from collections import Counter
from pathlib import Path

from msgspec import Struct
from tests.gateway import free_port, quietly
from tests.wall import Wall

from fuzz.lives import Lives
from gilmok.admission.keys import AT_THIS_MACHINE
from gilmok.core.calendar import Cycle, span
from gilmok.core.pseudonym import Pseudonyms
from gilmok.core.text import Private, Secret
from gilmok.ledger.audit import audit
from gilmok.ledger.budgets import Scope
from gilmok.ledger.journal import Journal
from gilmok.ledger.records import Decision
from gilmok.ledger.recovery import SWEPT

CLIENTS = 8
START_S = 30.0
KILLS_PER_LEDGER = 100
MOST_REQUESTS = 100
MOST_S = 3.0
"""How long a life may work: a machine that is busy otherwise kills earlier."""
_SECRET = "of-the-users-of-the-fuzzer"
_CONFIG = """
[server]
port = {port}
[ledger]
path = "{ledger}"
[privacy]
user_key = "{secret}"
deep = "off"
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
daily_cap_usd = 1000
"""
MODELS = ("ok", "pace=5", "flaky=1")


class Told:
    """What the clients were told."""

    def __init__(self) -> None:
        self.delivered: list[str] = []
        """Decisions whose answers came whole."""
        self.asked = 0


class Tally(Struct):
    """Sums over all ledgers."""

    asked: int = 0
    calls: int = 0
    delivered: int = 0
    decisions: int = 0
    swept: int = 0
    working_s: float = 0.0


async def ask(port: int, model: str, stream: bool, told: Told) -> None:
    """One request on a connection of its own. A gateway that dies is what this is about."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    told.asked += 1
    body = json.dumps(
        {
            "model": model,
            "stream": stream,
            "user": f"u{told.asked}",
            "messages": [{"role": "user", "content": "hello"}],
        }
    ).encode()
    try:
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
        told.delivered.append(names[b"x-gilmok-decision"].decode())


async def client(port: int, rng: random.Random, told: Told) -> None:
    try:
        while True:
            await ask(port, rng.choice(MODELS), rng.random() < 0.5, told)
    except OSError:
        return  # killed


async def one_life(lives: Lives, port: int, rng: random.Random, told: Told) -> float:
    """Returns for how many seconds it worked."""
    await lives.begin()
    async with asyncio.timeout(START_S):
        await listening(port)
    began = time.monotonic()
    goal = told.asked + rng.randrange(MOST_REQUESTS)
    asking = asyncio.gather(*(client(port, rng, told) for _ in range(CLIENTS)))
    while told.asked < goal and time.monotonic() - began < MOST_S:  # noqa: ASYNC110
        await asyncio.sleep(0.001)
    # Anywhere between two requests, and in the middle of what each of them does.
    await asyncio.sleep(rng.uniform(0.0, 0.01))
    await lives.kill()
    worked_s = time.monotonic() - began
    await asking
    return worked_s


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
        await check_caps(journal, found)
    async with Journal(ledger) as journal:
        assert journal.swept == 0, "a second start swept again"
    return found


async def check_caps(journal: Journal, found: list[Decision]) -> None:
    """Raises `AssertionError` where a start would begin with other sums than the attempts'."""
    now = time.time_ns()
    month = span(Cycle.MONTHLY, now, "UTC").start
    spent: Counter[str] = Counter()
    for decision in found:
        for attempt in decision.explanation.attempts if decision.at >= month else ():
            spent[attempt.endpoint_id] += attempt.cost
    known: Counter[str] = Counter()
    for row in (await journal.sums(("UTC",), now, tuple(spent))).recorded:
        if row.account.scope is Scope.ENDPOINT:
            known[row.account.name] += row.cost
    assert known == spent, f"{known} are restored of {spent}"


def called(wall: Wall) -> Counter[str]:
    """Calls that reached the upstream, by the name of the end user that each carried."""
    return Counter(call.json["user"] for call in wall.calls if call.method == "POST")


def check(found: list[Decision], told: Told, calls: Counter[str], ledger: Path) -> None:
    """Raises `AssertionError` for books that do not agree with the world."""
    pseudonyms = Pseudonyms.from_secret(Secret(_SECRET))
    by_user = {decision.user: decision for decision in found}
    assert len(by_user) == len(found), "a question was settled twice"
    for user, count in calls.items():
        decision = by_user.get(pseudonyms.of(AT_THIS_MACHINE.tenant, Private(user)))
        assert decision is not None, f"{count} calls of {user} reached the upstream without a row"
        attempts = len(decision.explanation.attempts)
        assert attempts >= count, f"{count} calls reached the upstream, {attempts} are in the books"
    ids = {decision.decision_id for decision in found}
    missing = set(told.delivered) - ids
    assert not missing, f"{len(missing)} delivered answers are not in the books"
    for decision in found:
        attempts_of = decision.explanation.attempts
        numbers = [attempt.number for attempt in attempts_of]
        assert len(set(numbers)) == len(numbers), f"{decision.decision_id}: an attempt twice"
        assert decision.cost == sum(a.cost for a in attempts_of), decision.decision_id
        assert (decision.error == SWEPT) <= decision.cost_estimated, decision.decision_id
    books = audit(ledger, now=time.time_ns(), longest_s=0.0)
    assert books.agrees, books.disagreements
    assert books.in_flight == 0


async def attack(folder: Path, kills: int, seed: int) -> str:
    rng, tally = random.Random(seed), Tally()
    for first in range(0, kills, KILLS_PER_LEDGER):
        count = min(KILLS_PER_LEDGER, kills - first)
        await _one_ledger(folder / f"ledger-{first}.db", count, rng, tally)
        if first + count < kills:
            print(f"{first + count} kills, {tally.asked} asked; all agree", flush=True)
    rate = tally.asked / tally.working_s if tally.working_s else 0.0
    return (
        f"{kills} kills, seed {seed}: {tally.asked} requests at {rate:.0f}/s, {tally.calls} calls "
        f"upstream, {tally.delivered} answers delivered, {tally.decisions} decisions, "
        f"{tally.swept} swept; all agree"
    )


async def _one_ledger(ledger: Path, kills: int, rng: random.Random, tally: Tally) -> None:
    told, port = Told(), free_port()
    async with Wall() as wall:
        tables = "".join(
            _ENDPOINT.format(number=at, model=model, port=wall.port)
            for at, model in enumerate(MODELS)
        )
        config = ledger.with_suffix(".toml")
        config.write_text(
            quietly(_CONFIG.format(port=port, ledger=ledger, secret=_SECRET) + tables)
        )
        async with Lives(config) as lives:
            for _ in range(kills):
                tally.working_s += await one_life(lives, port, rng, told)
        calls = called(wall)
    found = await settled(ledger)
    await asyncio.to_thread(check, found, told, calls, ledger)
    tally.asked += told.asked
    tally.calls += calls.total()
    tally.delivered += len(told.delivered)
    tally.decisions += len(found)
    tally.swept += sum(decision.error == SWEPT for decision in found)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--kills", type=int, default=100)
    options.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**9))
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print(asyncio.run(attack(Path(folder), given.kills, given.seed)))


if __name__ == "__main__":
    main()
