"""What the journal costs: CPU time of the process per request, all threads, over the same work
without a journal.

usage: python bench/journal.py [--requests 20000] [--rounds 5]

Each request waits for its intent beside a 5 ms "upstream", keeps the loop busy for 100 us as the
rest of a pipeline would, and records a receipt with three candidates.
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import statistics
import tempfile
import time
from pathlib import Path

import uvloop
from msgspec.structs import replace

from gilmok.core.completion import Usage
from gilmok.core.endpoint import Endpoint, ProviderRow, Zone
from gilmok.core.inspection import Clearance, Evidence, Inspection, Sensitivity
from gilmok.core.money import Price
from gilmok.core.plan import Candidate, RoutePlan, Veto
from gilmok.core.receipt import Attempt, Intent, Outcome, Receipt
from gilmok.ledger.journal import Journal

UPSTREAM_S = 0.005
WORK_S = 0.0001


def candidate(number: int) -> Candidate:
    endpoint = Endpoint(
        id=f"cloud-{number}",
        provider=ProviderRow(name="openai", wire="openai"),
        base_url="https://example.test/v1",
        model=f"large-{number}",
        zone=Zone.CLOUD,
        context=128_000,
        quality=0.7,
        price=Price(150_000_000, 600_000_000),
    )
    return Candidate(
        endpoint=endpoint,
        zone=Zone.CLOUD,
        masked=False,
        expected_quality=0.712345,
        expected_cost=190_350,
        worst_cost=9_830_400,
        expected_s=2.3456789,
        score=0.5987654321,
    )


RECEIPT = Receipt(
    decision_id="",
    at=1_750_000_000_000_000_000,
    tenant="default",
    key_id="key-1",
    asked="auto",
    stream=True,
    outcome=Outcome.COMPLETED,
    endpoint_id="cloud-0",
    zone="cloud",
    inspection=Inspection(
        sensitivity=Sensitivity.MEDIUM,
        clearance=Clearance.MASKED,
        evidence=(Evidence("id.email", Sensitivity.MEDIUM, 0, 3, 19, True),),
    ),
    plan=RoutePlan(
        candidates=tuple(map(candidate, range(3))),
        vetoes=(Veto("local", "context", "4096"),),
        weights=(0.5, 0.3, 0.2),
    ),
    attempts=(
        Attempt(
            number=1,
            endpoint_id="cloud-0",
            zone="cloud",
            masked=True,
            started_ms=0.412,
            first_token_ms=5.123,
            ended_ms=9.456,
            outcome="answered",
            usage=Usage(120, 340),
            cost=222_000,
        ),
    ),
    usage=Usage(120, 340),
    cost=222_000,
    held=9_830_400,
    first_token_ms=5.123,
    total_ms=9.567,
)


def cpu_s() -> float:
    spent = resource.getrusage(resource.RUSAGE_SELF)
    return spent.ru_utime + spent.ru_stime


async def ask(journal: Journal | None, number: int) -> float:
    """One request; returns how long it waited for its intent after the upstream answered."""
    until = time.perf_counter() + WORK_S
    while time.perf_counter() < until:
        pass
    decision = f"dec_{number:026d}"
    intent = Intent(
        decision_id=decision,
        number=1,
        endpoint_id="cloud-0",
        zone="cloud",
        at=RECEIPT.at,
        worst_cost=9_830_400,
    )
    written = None if journal is None else journal.intend(intent)
    await asyncio.sleep(UPSTREAM_S)
    answered = time.perf_counter()
    if written is not None:
        await written
    waited = time.perf_counter() - answered
    receipt = replace(RECEIPT, decision_id=decision)
    if journal is not None:
        journal.record(receipt)
    return waited


async def load(journal: Journal | None, requests: int, clients: int) -> list[float]:
    numbers = iter(range(requests))

    async def client() -> list[float]:
        return [await ask(journal, number) for number in numbers]

    answers = await asyncio.gather(*(client() for _ in range(clients)))
    return [waited for client_waits in answers for waited in client_waits]


async def run(requests: int, clients: int, *, journalled: bool) -> tuple[float, float]:
    """CPU microseconds per request, and the 99th percentile of the wait in milliseconds."""
    before = cpu_s()
    if journalled:
        with tempfile.TemporaryDirectory() as folder:
            async with Journal(Path(folder) / "journal.db") as journal:
                waits = await load(journal, requests, clients)
    else:
        waits = await load(None, requests, clients)
    spent = cpu_s() - before
    return spent / requests * 1e6, statistics.quantiles(waits, n=100)[98] * 1e3


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--requests", type=int, default=10_000)
    options.add_argument("--rounds", type=int, default=5)
    given = options.parse_args()
    print("clients  journal us/request (median, min)  p99 wait for the intent, ms")
    for clients in (4, 16, 64, 256):
        requests = min(given.requests, clients * 400)
        costs, waits = [], []
        for _ in range(given.rounds):
            without, _ = uvloop.run(run(requests, clients, journalled=False))
            spent, wait = uvloop.run(run(requests, clients, journalled=True))
            costs.append(spent - without)
            waits.append(wait)
        median, least = statistics.median(costs), min(costs)
        print(
            f"{clients:7} {median:20.1f} {least:10.1f} {statistics.median(waits):25.2f}", flush=True
        )


if __name__ == "__main__":
    main()
