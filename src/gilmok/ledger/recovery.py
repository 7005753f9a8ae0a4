"""What a dead process left in its log: attempts whose end nobody knows."""

from __future__ import annotations

import logging

import msgspec

from gilmok.core.receipt import Attempt, Intent, Outcome, Receipt
from gilmok.ledger.rows import OTHER, Writer
from gilmok.ledger.write_ahead import WriteAheadLog, records

log = logging.getLogger(__name__)

SWEPT = "swept_after_crash"
"""Error code of a decision whose process died before its receipt."""

_decode = msgspec.json.Decoder(Intent).decode


def sweep(left: WriteAheadLog, writer: Writer) -> int:
    """Settles what the log holds and the database lacks, and deletes the log; returns how many.

    Every attempt without a receipt may have been answered and paid for, so it is charged its worst
    case, and the cost is marked estimated. Only for the process that holds the lock.
    Raises `sqlite3.Error` and `OSError`; the log stays until all of it is in the database.
    """
    segments = left.segments()
    intents: dict[str, dict[int, Intent]] = {}
    for segment in segments:
        for record in records(segment):
            try:
                intent = _decode(record)
            except msgspec.DecodeError:
                log.warning("intent_unreadable")
            else:
                intents.setdefault(intent.decision_id, {})[intent.number] = intent
    known = writer.known(intents)
    receipts = [
        swept([attempts[number] for number in sorted(attempts)])
        for decision_id, attempts in intents.items()
        if decision_id not in known
    ]
    if receipts:
        writer.write(receipts)
        writer.checkpoint()
    for segment in segments:
        segment.unlink()
    return len(receipts)


def swept(intents: list[Intent]) -> Receipt:
    """The receipt of a decision of which only its intents are known.

    What an attempt cost before the next one began stands in the next one's intent.
    """
    first, last = intents[0], intents[-1]
    costs = [_cost(i, then) for i, then in zip(intents, [*intents[1:], None], strict=True)]
    cost = sum(costs)
    return Receipt(
        decision_id=first.decision_id,
        at=first.at,
        tenant=first.tenant,
        key_id=first.key_id,
        user=first.user,
        plan_id=first.plan_id,
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
                cost=cost,
            )
            for i, cost in zip(intents, costs, strict=True)
        ),
        cost=cost,
        held=cost,
    )


def _cost(intent: Intent, following: Intent | None) -> int:
    if following is None or following.spent is None or intent.spent is None:
        return intent.worst_cost
    return following.spent - intent.spent
