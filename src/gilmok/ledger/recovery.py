"""What a dead process left in its log: attempts whose end nobody knows."""

from __future__ import annotations

import logging
from pathlib import Path

import msgspec
from msgspec import Struct

from gilmok.core.receipt import Attempt, Intent, Outcome, Receipt
from gilmok.ledger.disk import keep_aside
from gilmok.ledger.rows import OTHER, Writer
from gilmok.ledger.write_ahead import WriteAheadLog, read

log = logging.getLogger(__name__)

SWEPT = "swept_after_crash"
"""Error code of a decision whose process died before its receipt."""
_DAMAGED = "damaged"
"""Ends the name of a segment that is kept because not all of it could be read."""

_decode = msgspec.json.Decoder(Intent).decode


class Sweep(Struct, frozen=True):
    """What a start did with the log that it found."""

    decisions: int
    """That it settled."""
    left: tuple[Path, ...]
    """Segments that can be deleted after the next checkpoint: a reader of the database kept this one
    from being complete."""


def sweep(left: WriteAheadLog, writer: Writer) -> Sweep:
    """Settles what the log holds and the database lacks, and deletes the log.

    Every attempt without a receipt may have been answered and paid for, so it is charged its worst
    case, and the cost is marked estimated. Only for the process that holds the lock. A segment that
    cannot be read in full is kept under another name, for whoever wants to look into it.
    Raises `sqlite3.Error` and `OSError`; the log stays until all of it is in the database.
    """
    segments = left.segments()
    intents: dict[str, dict[int, Intent]] = {}
    damage = {segment: damaged for segment in segments if (damaged := _read(segment, intents))}
    known = writer.known(intents)
    receipts = [
        swept([attempts[number] for number in sorted(attempts)])
        for decision_id, attempts in intents.items()
        if decision_id not in known
    ]
    if receipts:
        writer.write(receipts)
    if not segments:
        return Sweep(0, ())
    # What was written before the crash may not have reached the disk either.
    if not writer.checkpoint():
        # A damaged one waits for the next start: it is not to be deleted.
        return Sweep(len(receipts), tuple(s for s in segments if s not in damage))
    for segment in segments:
        if segment in damage:
            aside = keep_aside(segment, _DAMAGED)
            log.error(
                "log_segment_damaged", extra={"kept_as": aside.name, "lines": damage[segment]}
            )
        else:
            segment.unlink()
    return Sweep(len(receipts), ())


def _read(segment: Path, intents: dict[str, dict[int, Intent]]) -> int:
    """Adds the segment's intents; how many lines are none."""
    found = read(segment)
    damaged = found.damaged
    for record in found.records:
        try:
            intent = _decode(record)
        except (msgspec.DecodeError, UnicodeDecodeError):
            damaged += 1  # As it was written, but not by us.
        else:
            intents.setdefault(intent.decision_id, {})[intent.number] = intent
    return damaged


def swept(intents: list[Intent]) -> Receipt:
    """The receipt of a decision of which only its intents are known.

    What an attempt cost before the next one began stands in the next one's intent. The cost of
    attempts whose own intents rotted away is the next one's.
    """
    first, last = intents[0], intents[-1]
    costs = [_cost(i, then) for i, then in zip(intents, [*intents[1:], None], strict=True)]
    costs[0] += first.spent or 0
    cost = sum(costs)
    return Receipt(
        decision_id=first.decision_id,
        at=first.at,
        tenant=first.tenant,
        key_id=first.key_id,
        user=first.user,
        plan_id=first.plan_id,
        asked=OTHER,
        does=first.does,
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
