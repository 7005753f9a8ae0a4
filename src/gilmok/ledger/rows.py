"""Receipts as rows, and the one transaction that writes a group of them.

Everything bound to a statement is a name, a number or a code: see `records.explain` for what is
left out.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from types import NoneType

import msgspec

from gilmok.core.completion import Usage
from gilmok.core.plan import Candidate
from gilmok.core.receipt import Attempt, Outcome, Purpose, Receipt
from gilmok.core.request import Preference
from gilmok.core.work import Does
from gilmok.ledger import schema
from gilmok.ledger.records import explain

OTHER = "other"
"""Stands for a model name the gateway does not know: such a name is a caller's free text."""

LARGEST = 2**53 - 1
"""Beyond this an upstream's number is nonsense; SQLite could not even store it."""

_RECEIPT = f"INSERT INTO receipts VALUES ({', '.join('?' * 32)})"
_KNOWN = """
SELECT decision_id FROM receipts
WHERE decision_id IN (SELECT value FROM json_each(CAST(? AS TEXT)))
"""
_EXPLANATION = "INSERT INTO explanations VALUES (?, ?)"
_ATTEMPT = f"INSERT INTO attempts VALUES ({', '.join('?' * 14)})"
_NO_PHASES = (None, None, None)
_PREFERENCES = frozenset(p.value for p in Preference)

_encode = msgspec.json.Encoder().encode
_COMPLETED, _ANSWER = Outcome.COMPLETED, Purpose.ANSWER


def _as_it_is(value: None) -> None:
    return value


# What is neither int, float nor str and has no adapter of its own is asked for two conversions that
# it does not have, each a lost exception: a fifth of what a row costs.
sqlite3.register_adapter(NoneType, _as_it_is)
sqlite3.register_adapter(bool, int)
sqlite3.register_adapter(Outcome, str.__str__)
sqlite3.register_adapter(Does, str.__str__)


class Writer:
    """Owns the connection that writes. Numbers receipts in the order they are written."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._seq: int = connection.execute(
            "SELECT coalesce(max(seq), 0) FROM receipts"
        ).fetchone()[0]

    def write(self, receipts: Sequence[Receipt]) -> None:
        """All of them or none. Raises `sqlite3.Error`, or what a row that cannot be encoded raises."""
        numbered = list(enumerate(receipts, self._seq + 1))
        rows = [receipt_row(seq, receipt) for seq, receipt in numbered]
        bodies = [(seq, _encode(explain(receipt))) for seq, receipt in numbered]
        attempts = [row for seq, receipt in numbered for row in _attempt_rows(seq, receipt)]
        with self._transaction():
            self._connection.executemany(_RECEIPT, rows)
            self._connection.executemany(_EXPLANATION, bodies)
            if attempts:
                self._connection.executemany(_ATTEMPT, attempts)
        self._seq += len(numbered)

    def known(self, decision_ids: Collection[str]) -> set[str]:
        """Those of the decisions that have a receipt."""
        rows = self._connection.execute(_KNOWN, (_encode(list(decision_ids)),))
        return {decision_id for (decision_id,) in rows}

    def probe(self) -> None:
        """Writes without changing anything. Raises `sqlite3.Error` where writing is impossible."""
        with self._transaction():
            self._connection.execute(f"PRAGMA user_version = {schema.VERSION}")

    def checkpoint(self) -> bool:
        """Moves SQLite's log into the file, as far as readers allow; it may sync.

        True where the log is empty then. No power cut undoes what was written so far, and nothing
        old is left that a damaged log would put over newer pages. Raises `sqlite3.Error`.
        """
        if not self._moved("PASSIVE"):
            return False
        # Only this waits for readers: not at all.
        self._connection.execute("PRAGMA busy_timeout = 0")
        try:
            return self._moved("TRUNCATE")
        finally:
            self._connection.execute(f"PRAGMA busy_timeout = {schema.WAIT_MS}")

    def _moved(self, how: str) -> bool:
        question = f"PRAGMA wal_checkpoint({how})"
        is_busy, pages, moved = self._connection.execute(question).fetchone()
        return not is_busy and pages == moved

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")  # The last one's failed: it is still open.
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            # A full disk makes SQLite roll back by itself.
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise


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
        _is_estimated(receipt, answered, usage),
        answered is None or answered.endpoint.prices_known,
        _bounded(receipt.held),
        receipt.first_token_ms,
        receipt.total_ms,
        receipt.user,
        receipt.plan_id,
        *_phases(receipt),
        receipt.does,
        0 if usage is None else _bounded(usage.units),
    )


def _attempt_rows(seq: int, receipt: Receipt) -> Iterable[tuple[object, ...]]:
    """Nothing where the receipt says it all: its only attempt answered."""
    if receipt.outcome is _COMPLETED and len(receipt.attempts) == 1:
        only = receipt.attempts[0]
        if only.purpose is _ANSWER and only.outcome == "answered":
            return ()
    return (_attempt_row(seq, attempt) for attempt in receipt.attempts)


def _attempt_row(seq: int, attempt: Attempt) -> tuple[object, ...]:
    usage = attempt.usage
    return (
        seq,
        attempt.number,
        attempt.endpoint_id,
        attempt.zone,
        attempt.purpose,
        attempt.outcome,
        attempt.ended_ms - attempt.started_ms,
        None if usage is None else _bounded(usage.prompt),
        None if usage is None else _bounded(usage.completion),
        _bounded(attempt.cost),
        attempt.queued_ms or None,
        attempt.prefill_ms,
        attempt.decode_ms,
        0 if usage is None else _bounded(usage.units),
    )


def _phases(receipt: Receipt) -> tuple[float | None, float | None, float | None]:
    """Time in queues, in vain or that of the last attempt to answer, and its phases where the
    upstream told them: the others follow from `first_token_ms` and `total_ms`."""
    in_vain_ms = receipt.queued_in_vain_ms
    last = receipt.attempts[-1] if receipt.attempts else None
    if last is None or last.purpose is not _ANSWER:
        return (in_vain_ms, None, None) if in_vain_ms else _NO_PHASES
    timings = None if last.usage is None else last.usage.timings
    queued_ms = in_vain_ms + last.queued_ms or None
    if timings is None:
        return _NO_PHASES if queued_ms is None else (queued_ms, None, None)
    return queued_ms, timings.prefill_ms, timings.decode_ms


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


def _is_estimated(receipt: Receipt, answered: Candidate | None, usage: Usage | None) -> bool:
    """True where a part of the cost rests on assumed tokens or an assumed price."""
    if usage is not None and not usage.reported:
        return True
    if receipt.cost and answered is not None and not answered.endpoint.prices_known:
        return True
    return any(a.cost and (a.usage is None or not a.usage.reported) for a in receipt.attempts)


def _bounded(number: int) -> int:
    return number if -LARGEST <= number <= LARGEST else (LARGEST if number > 0 else -LARGEST)
