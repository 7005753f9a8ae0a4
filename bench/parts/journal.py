"""What the journal costs: two rows per request, grouped by a writer thread, SQLite in WAL mode.

usage: python -m bench.parts.journal [--requests 40000]
The caller only appends to a queue; the writer takes everything that waits, one transaction per group.
"""

import argparse
import os
import queue
import resource
import sqlite3
import statistics
import tempfile
import threading
import time
from pathlib import Path

INTENT = "insert into journal(id, kind, at, tenant, model, amount) values (?, 'intent', ?, ?, ?, ?)"
SCHEMA = (
    "create table journal(id text, kind text, at integer, tenant text, model text, amount integer)"
)
Row = tuple[str, int, str, str, int]


def connect(path: Path, synchronous: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.execute("pragma journal_mode=wal")
    connection.execute(f"pragma synchronous={synchronous}")
    connection.execute("pragma wal_autocheckpoint=4000")
    return connection


def write_groups(
    connection: sqlite3.Connection, rows: "queue.SimpleQueue[Row | None]", linger_s: float
) -> int:
    """Write until None comes; returns the number of transactions."""
    groups = 0
    while True:
        group = [rows.get()]
        time.sleep(linger_s)
        while not rows.empty():
            group.append(rows.get_nowait())
        ended = group[-1] is None
        connection.execute("begin immediate")
        connection.executemany(INTENT, [row for row in group if row is not None])
        connection.execute("commit")
        groups += 1
        if ended:
            return groups


def cpu_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def run(synchronous: str, linger_s: float, requests: int, pace: int) -> tuple[float, int]:
    """CPU microseconds per request, and the rows per group; `pace` requests arrive every 10 ms."""
    with tempfile.TemporaryDirectory() as folder:
        connection = connect(Path(folder) / "journal.db", synchronous)
        connection.execute(SCHEMA)
        rows: queue.SimpleQueue[Row | None] = queue.SimpleQueue()
        groups: list[int] = []
        writer = threading.Thread(
            target=lambda: groups.append(write_groups(connection, rows, linger_s))
        )
        before = cpu_s()
        writer.start()
        for number in range(requests):
            name = f"req-{number:012d}"
            rows.put((name, number, "tenant", "model", 12_345))
            rows.put((name, number, "tenant", "model", 9_876))
            if number % pace == pace - 1:
                time.sleep(0.01)
        rows.put(None)
        writer.join()
        spent = cpu_s() - before
        connection.close()
        return spent / requests * 1e6, 2 * requests // groups[0]


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--requests", type=int, default=20_000)
    count = options.parse_args().requests
    os.sched_setaffinity(0, {0})
    print("synchronous linger_ms  requests/s  us/request  rows/group")
    for synchronous in ("off", "normal", "full"):
        for linger_s, pace in ((0.0, 20), (0.002, 20), (0.005, 50)):
            rounds = [run(synchronous, linger_s, count, pace) for _ in range(3)]
            spent = statistics.median(r[0] for r in rounds)
            print(
                f"{synchronous:11} {linger_s * 1e3:9.0f} {pace * 100:>11} {spent:11.1f} {rounds[-1][1]:11}",
                flush=True,
            )


if __name__ == "__main__":
    main()
