"""Whether the books agree: receipts with their attempts, explanations, top-ups and open intents.

Nothing is changed, and a gateway may go on writing meanwhile: everything is read in one moment, the
log of intents just before, so that what is finished in between counts as finished. Money is
nano-dollars.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from gilmok.core.receipt import Attempt, Intent, Outcome
from gilmok.ledger import schema
from gilmok.ledger.books import LARGEST, AttemptRow, Body, Entry, entries, orphans
from gilmok.ledger.budgets import Scope
from gilmok.ledger.recovery import SWEPT
from gilmok.ledger.write_ahead import WriteAheadLog, records

MOST_FINDINGS: Final = 1_000
"""That are listed; all are counted."""

_OUTCOMES = frozenset(Outcome)
_ZONES = frozenset({None, "local", "private", "cloud"})
_SCOPES = frozenset(Scope)
_LEVELS = frozenset({None, "low", "medium", "high"})
_CACHES = frozenset({"off", "miss", "hit", "hit-parameters", "hit-semantic", "hit-last-resort"})

_decode_intent = msgspec.json.Decoder(Intent).decode


class Finding(Struct, frozen=True):
    """One disagreement. Codes are stable; details are numbers and codes."""

    code: str
    """`cost_without_attempt`, `cost_mismatch`, `attempts_mismatch`, `tokens_mismatch`,
    `endpoint_mismatch`, `label_mismatch`, `estimate_unmarked`, `no_explanation`,
    `explanation_unreadable`, `out_of_bounds`, `unknown_value`, `orphan_explanation`,
    `orphan_attempt`, `bad_top_up`, `stale_intent`, `file_damaged`."""
    where: str
    """The decision's id, or a row of another table."""
    detail: str = ""


class Audit(Struct, frozen=True, kw_only=True):
    receipts: int
    attempts: int
    """As the explanations tell them."""
    receipts_cost: int
    attempts_cost: int
    overruns: int
    """Decisions that cost more than was held for them. Their receipts agree all the same."""
    overrun_cost: int
    """By how much."""
    estimated_cost: int
    top_ups: int
    top_ups_amount: int
    in_flight: int
    """Decisions that are being answered now."""
    disagreements: dict[str, int]
    """How many of each code."""
    findings: tuple[Finding, ...]

    @property
    def agrees(self) -> bool:
        return not self.disagreements


def audit(path: Path, *, now: int, longest_s: float) -> Audit:
    """The books in this file. `longest_s`: what a request takes at most; a gateway that runs has no
    intent that is older. Raises `ConfigError` where there is no journal or it cannot be read.
    """
    try:
        intents = _intents(path)
        with closing(schema.open_reader(path)) as connection:
            connection.execute("BEGIN")
            books = _Books()
            books.read(connection)
            books.open_intents(connection, intents, _oldest(path, now, longest_s))
            return books.audit()
    except (sqlite3.DatabaseError, OSError) as error:
        raise schema.refusal(path, error) from None


class _Books:
    """Sums and findings, as they grow."""

    def __init__(self) -> None:
        self._receipts = self._attempts = self._top_ups = self._in_flight = self._overruns = 0
        self._cost = self._attempts_cost = self._overrun_cost = self._estimated = self._amount = 0
        self._counts: Counter[str] = Counter()
        self._found: list[Finding] = []

    def read(self, connection: sqlite3.Connection) -> None:
        damage = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        if damage != "ok":
            self._add([Finding("file_damaged", "file")])
        for entry, body, rows in entries(connection):
            self._count(entry, body)
            self._add(disagreements(entry, body, rows))
        for table, seq in orphans(connection):
            self._add([Finding(f"orphan_{table}", f"{table} {seq}")])
        self._read_top_ups(connection)

    def _count(self, entry: Entry, body: Body | None) -> None:
        self._receipts += 1
        self._cost += entry.cost
        self._estimated += entry.cost * bool(entry.cost_estimated)
        if entry.cost > entry.held:
            self._overruns += 1
            self._overrun_cost += entry.cost - entry.held
        if body is not None:
            self._attempts += len(body.attempts)
            self._attempts_cost += sum(a.cost for a in body.attempts)

    def _read_top_ups(self, connection: sqlite3.Connection) -> None:
        exists = "SELECT 1 FROM sqlite_schema WHERE name = 'top_ups'"
        if connection.execute(exists).fetchone() is None:
            return  # An older gateway writes this file.
        rows = connection.execute("SELECT seq, at, scope, cycle, amount FROM top_ups")
        for seq, at, scope, cycle, amount in rows:
            self._top_ups += 1
            self._amount += amount
            known = scope in _SCOPES and cycle in ("daily", "monthly")
            if not known or not _within(at, amount):
                self._add([Finding("bad_top_up", f"top_up {seq}", f"{scope} {cycle} {amount}")])

    def open_intents(
        self, connection: sqlite3.Connection, intents: dict[str, Intent], oldest: int
    ) -> None:
        known = "SELECT 1 FROM receipts WHERE decision_id = ?"
        for decision_id, intent in intents.items():
            if connection.execute(known, (decision_id,)).fetchone() is not None:
                continue
            if intent.at >= oldest:
                self._in_flight += 1
            else:
                self._add([Finding("stale_intent", decision_id, f"{intent.worst_cost}")])

    def _add(self, findings: Iterable[Finding]) -> None:
        for finding in findings:
            self._counts[finding.code] += 1
            if len(self._found) < MOST_FINDINGS:
                self._found.append(finding)

    def audit(self) -> Audit:
        return Audit(
            receipts=self._receipts,
            attempts=self._attempts,
            receipts_cost=self._cost,
            attempts_cost=self._attempts_cost,
            overruns=self._overruns,
            overrun_cost=self._overrun_cost,
            estimated_cost=self._estimated,
            top_ups=self._top_ups,
            top_ups_amount=self._amount,
            in_flight=self._in_flight,
            disagreements=dict(self._counts),
            findings=tuple(self._found),
        )


def disagreements(
    entry: Entry, body: Body | None, rows: tuple[AttemptRow, ...]
) -> Iterator[Finding]:
    """What is wrong with one decision. Pure."""
    where = entry.decision_id
    yield from _impossible(entry, rows)
    if body is None:
        # Of what an older gateway swept, the attempts' rows are all there is.
        if entry.error != SWEPT or entry.has_explanation:
            code = "explanation_unreadable" if entry.has_explanation else "no_explanation"
            yield Finding(code, where)
        elif sum(row.cost for row in rows) != entry.cost:
            yield Finding("cost_mismatch", where, f"{entry.cost} {sum(r.cost for r in rows)}")
        return
    told = sum(a.cost for a in body.attempts)
    if entry.cost and not body.attempts:
        yield Finding("cost_without_attempt", where, f"{entry.cost}")
    elif min(told, LARGEST) != entry.cost:
        yield Finding("cost_mismatch", where, f"{entry.cost} {told}")
    if rows and tuple(_row(a) for a in body.attempts) != rows:
        yield Finding("attempts_mismatch", where, f"{len(body.attempts)} {len(rows)}")
    if not entry.cache.startswith("hit") and not _tokens_agree(entry, body.attempts):
        yield Finding("tokens_mismatch", where, f"{entry.prompt_tokens} {entry.completion_tokens}")
    if body.attempts and entry.endpoint_id not in {None, *(a.endpoint_id for a in body.attempts)}:
        yield Finding("endpoint_mismatch", where)
    if entry.sensitivity != (body.inspection.sensitivity if body.inspection else None):
        yield Finding("label_mismatch", where)
    guessed = any(a.cost and (a.usage is None or not a.usage.reported) for a in body.attempts)
    if guessed and not entry.cost_estimated:
        yield Finding("estimate_unmarked", where)


def _impossible(entry: Entry, rows: tuple[AttemptRow, ...]) -> Iterator[Finding]:
    numbers = [entry.cost, entry.held, entry.prompt_tokens or 0, entry.completion_tokens or 0]
    numbers += [n for row in rows for n in (row.cost, row.prompt_tokens or 0)]
    numbers += [row.completion_tokens or 0 for row in rows]
    if not _within(entry.at, *numbers) or not 0 <= entry.total_ms < LARGEST:
        yield Finding("out_of_bounds", entry.decision_id)
    said = (entry.outcome in _OUTCOMES, entry.zone in _ZONES, entry.cache in _CACHES)
    if not all(said) or entry.sensitivity not in _LEVELS:
        yield Finding("unknown_value", entry.decision_id)


def _within(at: int, *numbers: int) -> bool:
    return at >= 0 and all(isinstance(n, int) and 0 <= n <= LARGEST for n in numbers)


def _row(attempt: Attempt) -> AttemptRow:
    """The row an attempt has, where it has one."""
    usage = attempt.usage
    return AttemptRow(
        attempt.number,
        attempt.endpoint_id,
        attempt.outcome,
        None if usage is None else usage.prompt,
        None if usage is None else usage.completion,
        attempt.cost,
    )


def _tokens_agree(entry: Entry, attempts: tuple[Attempt, ...]) -> bool:
    if entry.prompt_tokens is None:
        return True
    counted = entry.prompt_tokens, entry.completion_tokens
    return any(a.usage and (a.usage.prompt, a.usage.completion) == counted for a in attempts)


def _intents(path: Path) -> dict[str, Intent]:
    """The first intent of every decision in the log, whether it has ended or not."""
    found: dict[str, Intent] = {}
    if not path.parent.is_dir():
        return found
    for segment in WriteAheadLog(path).segments():
        try:
            for record in records(segment):
                with suppress(msgspec.DecodeError, UnicodeDecodeError):  # not of this format
                    intent = _decode_intent(record)
                    found.setdefault(intent.decision_id, intent)
        except FileNotFoundError:
            continue  # Everything in it is in the database by now.
    return found


def _oldest(path: Path, now: int, longest_s: float) -> int:
    """The moment from which an intent may be open: none may where no gateway runs."""
    return now - int(longest_s * 10**9) if schema.is_locked(path) else now + 1
