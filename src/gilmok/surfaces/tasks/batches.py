"""`POST /batch`, `GET /batch/{id}` and `DELETE /batch/{id}`.

A client that asks for one answer waits for the whole batch, and takes it along when it leaves: what
has not ended is cancelled, as any request is. A client that asks for a stream
(`accept: text/event-stream`) is told the batch's id first and may come back, so that batch goes on
without anybody; `DELETE` ends it. Under an `Idempotency-Key` a batch goes on where it stopped: what
succeeded is not done again, and what failed or was cancelled is.
"""

from __future__ import annotations

import asyncio
from asyncio import CancelledError
from collections.abc import Iterable

import msgspec
from msgspec import Raw, Struct

from gilmok.core.errors import HttpError, InvalidRequest, UnsupportedMediaType, reason_of
from gilmok.core.ports import Ids
from gilmok.core.said import Locale
from gilmok.pipeline import Pipeline
from gilmok.state import Batch, BatchStore, Outcome, Owner
from gilmok.surfaces import headers, sse
from gilmok.surfaces.chat import caller_of, is_json
from gilmok.surfaces.errors import error_body
from gilmok.surfaces.http import HttpRequest
from gilmok.surfaces.idempotency import HEADER, REPLAYED, digest_of, key_of
from gilmok.surfaces.routes import Turn
from gilmok.surfaces.tasks.batch_runs import BatchRuns
from gilmok.surfaces.tasks.wire import BatchResponse, BatchState, read_batch

BATCH = "x-gilmok-batch"
LAST_EVENT = "last-event-id"
KEEP_ALIVE_S = 15.0
"""A stream is never silent for longer, so that no proxy takes it for dead."""
_STREAMING = (
    ("content-type", sse.CONTENT_TYPE),
    ("cache-control", "no-cache"),
    ("x-accel-buffering", "no"),
)
_MOST_DIGITS = 9
_encode = msgspec.json.Encoder().encode


class BatchBegun(Struct, frozen=True):
    """The first event of a stream."""

    id: str
    total: int


class BatchDone(Struct, frozen=True):
    """The last event of a stream."""

    id: str
    status: str
    total: int
    succeeded: int
    failed: int


class BatchRoutes:
    def __init__(
        self, *, pipeline: Pipeline, store: BatchStore, runs: BatchRuns, ids: Ids, most: int
    ) -> None:
        """`most`: tasks of one batch."""
        self._pipeline = pipeline
        self._store = store
        self._runs = runs
        self._ids = ids
        self._most = most

    async def post(self, turn: Turn) -> None:
        owner = self._owner(turn.http)
        if not is_json(turn.http):
            raise UnsupportedMediaType
        _check_headers(turn.http.headers)
        seen = _last_event(turn.http)
        batch, is_new = self._begun(turn.http, owner, turn.locale)
        if _wants_stream(turn.http):
            # Ids of events are those of one batch: they mean nothing in a new one.
            await _follow(batch, turn, 0 if is_new else seen, is_new=is_new)
        else:
            await self._wait(batch)
            body = BatchResponse(
                total=batch.total,
                succeeded=batch.succeeded,
                failed=batch.failed,
                results=_entries(batch.in_order()),
            )
            _send(turn, batch, _encode(body), is_new=is_new)

    async def state(self, turn: Turn) -> None:
        """How far it is; as a stream, from where the client was cut off."""
        batch = self._store.find(turn.argument, self._owner(turn.http))
        seen = _last_event(turn.http)
        if _wants_stream(turn.http):
            await _follow(batch, turn, seen)
        else:
            _send(turn, batch, _encode(_state(batch)))

    async def cancel(self, turn: Turn) -> None:
        """Ends it, and tells what it came to; of one that has ended already, only the latter."""
        batch = self._store.find(turn.argument, self._owner(turn.http))
        await self._runs.stop(batch)
        _send(turn, batch, _encode(_state(batch)))

    def _owner(self, http: HttpRequest) -> Owner:
        """Raises `InvalidKey`."""
        caller = caller_of(self._pipeline, http)
        return Owner(caller.tenant, caller.key_id)

    def _begun(self, http: HttpRequest, owner: Owner, locale: Locale) -> tuple[Batch, bool]:
        """A batch on its way, and whether it is a new one. Under a known key it is the one that is
        there, or what is left of it."""
        tasks = read_batch(http.body, self._most)
        key = key_of(http) if HEADER in http.headers else None
        digest = digest_of(http)
        earlier = None if key is None else self._store.known(owner, key, digest)
        if earlier is not None and (not earlier.ended or not earlier.failed):
            return earlier, False
        batch = Batch(self._ids.new("bat"), owner, key, digest, tasks)
        self._store.begin(batch, earlier)
        self._runs.start(batch, http, locale)
        return batch, True

    async def _wait(self, batch: Batch) -> None:
        """Returns when it has ended. Who leaves and was the last to wait takes it along."""
        batch.followers += 1
        try:
            while not batch.ended:
                await batch.changed()
        finally:
            batch.followers -= 1
            if not (batch.ended or batch.followers or batch.detached):
                await self._runs.stop(batch)


async def _follow(batch: Batch, turn: Turn, seen: int, *, is_new: bool = True) -> None:
    """The batch as a stream, from after as many events as were seen before."""
    reply = turn.reply
    sent = min(seen, len(batch.outcomes))
    batch.detached = True
    reply.start(200, [*_head(turn, batch, is_new), *_STREAMING])
    if turn.http.method == "HEAD":
        reply.end()
        return
    try:
        if sent == 0:
            begun = BatchBegun(batch.id, batch.total)
            await reply.write(sse.event("batch", 0, _encode(begun)))
        while True:
            for outcome in batch.outcomes[sent:]:
                sent += 1
                await reply.write(sse.event("item", sent, outcome.entry))
            if sent < len(batch.outcomes):
                continue
            if batch.ended:
                break
            try:
                async with asyncio.timeout(KEEP_ALIVE_S):
                    await batch.changed()
            except TimeoutError:
                await reply.write(sse.KEEP_ALIVE)
        await reply.write(sse.event("done", sent + 1, _encode(_done(batch))))
    except CancelledError as cancelled:
        if (reason := reason_of(cancelled)) is not None:
            await reply.write(_broken(reason, turn.locale))
            reply.end()
        raise
    reply.end()


def _broken(reason: HttpError, locale: str) -> bytes:
    return b"event: error\n" + sse.data(error_body(reason, locale, with_detail=True))


def _check_headers(fields: headers.Fields) -> None:
    """What is wrong in the head is wrong for every task, so it is said once. Raises
    `InvalidRequest`."""
    headers.urgency(fields)
    headers.user(fields)
    headers.seconds_allowed(fields, 0.0)
    headers.cache_reach(fields)
    headers.cache_tags(fields)


def _wants_stream(http: HttpRequest) -> bool:
    accepted = http.headers.get("accept", "")
    return any(
        kind.partition(";")[0].strip().lower() == "text/event-stream"
        for kind in accepted.split(",")
    )


def _last_event(http: HttpRequest) -> int:
    """How many tasks' ends the client knows of. Raises `InvalidRequest`."""
    value = http.headers.get(LAST_EVENT, "0").strip()
    if not (value.isascii() and value.isdigit() and len(value) <= _MOST_DIGITS):
        raise InvalidRequest(LAST_EVENT, "must be the id of an event", "이벤트의 id여야 합니다")
    return int(value)


def _status(batch: Batch) -> str:
    if not batch.ended:
        return "running"
    return "cancelled" if batch.cancelled else "done"


def _state(batch: Batch) -> BatchState:
    return BatchState(
        id=batch.id,
        status=_status(batch),
        total=batch.total,
        succeeded=batch.succeeded,
        failed=batch.failed,
        results=_entries(batch.in_order()),
    )


def _done(batch: Batch) -> BatchDone:
    return BatchDone(batch.id, _status(batch), batch.total, batch.succeeded, batch.failed)


def _entries(outcomes: Iterable[Outcome]) -> list[Raw]:
    return [Raw(outcome.entry) for outcome in outcomes]


def _head(turn: Turn, batch: Batch, is_new: bool) -> list[headers.Header]:
    fields = [*headers.named(turn.decision_id), (BATCH, batch.id)]
    return fields if is_new else [*fields, (REPLAYED, "true")]


def _send(turn: Turn, batch: Batch, body: bytes, *, is_new: bool = True) -> None:
    turn.reply.send(200, [headers.JSON, *_head(turn, batch, is_new)], body)
