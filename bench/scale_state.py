"""A gateway's past and surroundings in bulk: stored keys, configured endpoints, journal rows."""

import sqlite3
import time
from contextlib import closing
from hashlib import sha256
from pathlib import Path

from bench.dialogue import spelt

from gilmok.core.completion import Usage
from gilmok.core.endpoint import Endpoint, ProviderRow, Zone
from gilmok.core.inspection import Clearance, Inspection, Sensitivity
from gilmok.core.money import Price
from gilmok.core.plan import Candidate, RoutePlan
from gilmok.core.receipt import Attempt, Outcome, Receipt
from gilmok.ledger import schema
from gilmok.ledger.keyring_file import KeysFile
from gilmok.ledger.rows import Writer

DAYS = 60
TENANTS = 100
_DAY_NS = 86_400 * 10**9

_ENDPOINT = """
[[endpoints]]
id = "bench-{name}"
provider = "openai"
base_url = "http://127.0.0.1:{{upstream}}/v1"
model = "bench-{name}"
zone = "cloud"
price_input = 0.15
price_output = 0.60
context = 128000
quality = 0.7
"""

_NUMBERS = "WITH RECURSIVE numbers(n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?)"
_ROWS = f"""
{_NUMBERS}
INSERT INTO receipts SELECT
  n, printf('req_%012x', (? + n * ?) / 1000000) || lower(hex(randomblob(10))), ? + n * ?,
  'tenant-' || (n % {TENANTS}), 'key-' || (n % 10000), asked, stream, outcome, error, endpoint_id,
  model, zone, sensitivity, cache, fallback, fallback_reason, prompt_tokens, completion_tokens,
  usage_reported, cost, cost_estimated, price_known, held, first_token_ms, total_ms,
  'user-' || (n % 1000), plan, queued_ms, prefill_ms, decode_ms
FROM numbers, receipts WHERE receipts.seq = 1
"""
_EXPLANATIONS = f"""
{_NUMBERS}
INSERT INTO explanations SELECT n, body FROM numbers, explanations WHERE explanations.seq = 1
"""


def name_of(number: int) -> str:
    """As `dialogue.filled` writes a caller's number."""
    return spelt(number).decode()


def endpoints(count: int) -> str:
    """Their configuration: all alike, each with a model of its own."""
    return "".join(_ENDPOINT.format(name=name_of(number)) for number in range(count))


def store_keys(path: Path, count: int) -> None:
    """Keys `bench-key-…` that differ in what `name_of` says, of as many tenants as the journal has."""
    place = KeysFile(path)
    now = time.time_ns()
    with place.writing(first=True) as connection:
        for number in range(count):
            name = name_of(number)
            connection.execute(
                "INSERT INTO keys VALUES (?, ?, NULL, '{}', ?, NULL, NULL)",
                (f"key-{name}", f"tenant-{number % TENANTS}", now),
            )
            digest = sha256(f"bench-key-{name}".encode()).hexdigest()
            connection.execute(
                "INSERT INTO secrets VALUES (?, ?, ?, NULL)", (digest, f"key-{name}", now)
            )
    place.close()


def fill_journal(path: Path, count: int) -> None:
    """One receipt as the gateway writes it, and its likes over the last DAYS days."""
    with closing(schema.open_writer(path, "off")) as connection:
        first = time.time_ns() - DAYS * _DAY_NS
        step = DAYS * _DAY_NS // count
        Writer(connection).write([_receipt(first)])
        connection.execute("BEGIN")
        connection.execute(_ROWS, (count, first, step, first, step))
        connection.execute(_EXPLANATIONS, (count,))
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()


def rows(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("SELECT count(*) FROM receipts").fetchone()[0])


def _receipt(at: int) -> Receipt:
    endpoint = Endpoint(
        id="up",
        provider=ProviderRow(name="openai", wire="openai"),
        base_url="http://127.0.0.1:1/v1",
        model="bench",
        zone=Zone.CLOUD,
        context=128_000,
        quality=0.7,
        price=Price(150_000_000, 600_000_000),
    )
    candidate = Candidate(
        endpoint=endpoint,
        zone=Zone.CLOUD,
        masked=False,
        expected_quality=0.71,
        expected_cost=190_350,
        worst_cost=983_040,
        expected_s=2.3,
        score=0.599,
    )
    attempt = Attempt(
        number=1,
        endpoint_id="up",
        zone="cloud",
        masked=False,
        started_ms=0.4,
        ended_ms=812.6,
        outcome="answered",
        usage=Usage(120, 80),
        cost=66_000,
    )
    return Receipt(
        decision_id="req_first",
        at=at,
        tenant="tenant-1",
        key_id="key-1",
        asked="bench",
        stream=False,
        outcome=Outcome.COMPLETED,
        endpoint_id="up",
        zone="cloud",
        inspection=Inspection(sensitivity=Sensitivity.LOW, clearance=Clearance.OPEN),
        plan=RoutePlan(candidates=(candidate,), vetoes=(), weights=(0.5, 0.3, 0.2)),
        attempts=(attempt,),
        usage=Usage(120, 80),
        cost=66_000,
        held=983_040,
        total_ms=813.0,
    )
