"""Receipts and intents as rows, and the one transaction that writes a group of them.

Everything bound to a statement is a name, a number or a code: see `records.explain` for what is
left out.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby

import msgspec

from gilmok.core.completion import Usage
from gilmok.core.plan import Candidate
from gilmok.core.receipt import Attempt, Intent, Outcome, Receipt
from gilmok.core.request import Preference
from gilmok.ledger import schema
from gilmok.ledger.records import explain

SWEPT = "swept_after_crash"
"""Error code of a decision whose process died before its receipt."""
OTHER = "other"
"""Stands for a model name the gateway does not know: such a name is a caller's free text."""

_LARGEST = 2**53 - 1
"""Beyond this an upstream's number is nonsense; SQLite could not even store it."""

_INTENT = "INSERT INTO intents VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
_RECEIPT = f"INSERT INTO receipts VALUES ({', '.join('?' * 25)})"
_SETTLED = "DELETE FROM intents WHERE decision_id IN (SELECT decision_id FROM receipts)"
"""A start must not fail for an intent whose receipt is there: it owes nothing."""
_EXPLANATION = "INSERT INTO explanations VALUES (?, ?)"
_PREFERENCES = frozenset(p.value for p in Preference)

_encode = msgspec.json.Encoder().encode


class Writer:
    """Owns the connection that writes. Numbers receipts in the order they are written."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._seq: int = connection.execute(
            "SELECT coalesce(max(seq), 0) FROM receipts"
        ).fetchone()[0]

    def write(self, intents: Sequence[Intent], receipts: Sequence[Receipt]) -> None:
        """All of them or none. Intents first: a receipt of the same group closes its intents.

        Raises `sqlite3.Error`, or what a row that cannot be encoded raises.
        """
        seq = self._seq
        rows = [receipt_row(seq + n, r) for n, r in enumerate(receipts, 1)]
        bodies = [(seq + n, _encode(explain(r))) for n, r in enumerate(receipts, 1)]
        execute_many = self._connection.executemany
        with self._transaction():
            if intents:
                execute_many(_INTENT, map(_intent_row, intents))
            if rows:
                execute_many(_RECEIPT, rows)
                execute_many(_EXPLANATION, bodies)
        self._seq = seq + len(rows)

    def sweep(self) -> int:
        """Settles what a dead process left open; returns how many decisions.

        Every attempt without a receipt may have been answered and paid for, so it is charged its
        worst case, and the cost is marked estimated. Only for the process that holds the lock.
        """
        self._connection.execute(_SETTLED)
        rows = self._connection.execute("SELECT * FROM intents ORDER BY decision_id, number")
        left = [Intent(**dict(zip(Intent.__struct_fields__, row, strict=True))) for row in rows]
        receipts = [_swept(list(of)) for _, of in groupby(left, lambda i: i.decision_id)]
        if receipts:
            self.write((), receipts)
        return len(receipts)

    def probe(self) -> None:
        """Writes without changing anything. Raises `sqlite3.Error` where writing is impossible."""
        with self._transaction():
            self._connection.execute(f"PRAGMA user_version = {schema.VERSION}")

    def checkpoint(self) -> None:
        """Moves the write-ahead log into the file, as far as readers allow; it may sync."""
        self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            # A full disk makes SQLite roll back by itself.
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise


def _intent_row(intent: Intent) -> tuple[object, ...]:
    return (
        intent.decision_id,
        intent.number,
        intent.endpoint_id,
        intent.zone,
        intent.at,
        _bounded(intent.worst_cost),
        intent.tenant,
        intent.key_id,
    )


def receipt_row(seq: int, receipt: Receipt) -> tuple[object, ...]:
    """The columns of `receipts`, in the order of the schema."""
    answered = _answering(receipt)
    usage = receipt.usage
    seen = receipt.inspection
    return (
        seq,
        receipt.decision_id,
        receipt.at,
        receipt.tenant,
        receipt.key_id,
        _asked(receipt),
        receipt.stream,
        receipt.outcome,
        receipt.error,
        receipt.endpoint_id,
        None if answered is None else answered.endpoint.model,
        receipt.zone,
        None if seen is None else seen.sensitivity.label,
        receipt.cache,
        receipt.fallback,
        receipt.fallback_reason,
        None if usage is None else _bounded(usage.prompt),
        None if usage is None else _bounded(usage.completion),
        None if usage is None else usage.reported,
        _bounded(receipt.cost),
        _is_estimated(receipt.attempts, usage),
        answered is None or answered.endpoint.prices_known,
        _bounded(receipt.held),
        receipt.first_token_ms,
        receipt.total_ms,
    )


def _answering(receipt: Receipt) -> Candidate | None:
    if receipt.plan is not None and receipt.endpoint_id is not None:
        for candidate in receipt.plan.candidates:
            if candidate.endpoint.id == receipt.endpoint_id:
                return candidate
    return None


def _asked(receipt: Receipt) -> str:
    """What was asked for, where it is a name the plan knows."""
    asked = receipt.asked
    if asked in _PREFERENCES:
        return asked
    plan = receipt.plan
    known = plan is not None and (
        any(asked in (c.endpoint.id, c.endpoint.model) for c in plan.candidates)
        or any(asked == v.endpoint_id for v in plan.vetoes)
    )
    return asked if known else OTHER


def _is_estimated(attempts: tuple[Attempt, ...], usage: Usage | None) -> bool:
    if usage is not None and not usage.reported:
        return True
    return any(a.cost and (a.usage is None or not a.usage.reported) for a in attempts)


def _bounded(number: int) -> int:
    return number if -_LARGEST <= number <= _LARGEST else (_LARGEST if number > 0 else -_LARGEST)


def _swept(intents: list[Intent]) -> Receipt:
    first, last = intents[0], intents[-1]
    cost = sum(i.worst_cost for i in intents)
    return Receipt(
        decision_id=first.decision_id,
        at=first.at,
        tenant=first.tenant,
        key_id=first.key_id,
        asked=OTHER,
        stream=False,
        outcome=Outcome.FAILED,
        error=SWEPT,
        endpoint_id=last.endpoint_id,
        zone=last.zone,
        attempts=tuple(
            Attempt(
                number=i.number,
                endpoint_id=i.endpoint_id,
                zone=i.zone,
                masked=False,
                started_ms=(i.at - first.at) / 1e6,
                ended_ms=(i.at - first.at) / 1e6,
                outcome=SWEPT,
                cost=i.worst_cost,
            )
            for i in intents
        ),
        cost=cost,
        held=cost,
    )
