"""How long a request waited for its turn is told, also of one whose turn never came."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from asyncio import StreamWriter
from contextlib import closing
from pathlib import Path

from tests.gateway import Running
from tests.wire.raw import until
from tests.wire.services import dummy

HEAD = (
    b"POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
)
BODY = json.dumps({"model": "auto", "messages": [{"role": "user", "content": "hi"}]}).encode()


async def ask(gateway: Running, nth: int) -> StreamWriter:
    _, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
    writer.write(HEAD + b"content-length: %d\r\n\r\n" % len(BODY) + BODY)
    await until(lambda: gateway.gateway._limits.in_flight == nth)
    return writer


async def test_whoever_leaves_the_queue_has_waited_all_the_same(tmp_path: Path) -> None:
    toml = "[server]\ndeadline_s = 600\n" + dummy("busy", "chat", "mute", "slots = 1")
    async with Running(tmp_path, toml, memory=False) as gateway:
        journal, queues = gateway.gateway.journal, gateway.gateway.models.queues
        writers = [await ask(gateway, nth) for nth in (1, 2)]
        await until(lambda: queues.demand("busy").waiting == 1)
        for writer in reversed(writers):
            writer.close()
        await until(lambda: gateway.gateway._limits.in_flight == 0)
        await journal.flush()
        found = {bool(d.explanation.attempts): d for d in await journal.recent()}
    assert (found[False].outcome, found[True].outcome) == ("cancelled", "cancelled")
    waited = found[False].explanation.queued_in_vain_ms
    assert 0 < waited <= found[False].total_ms
    assert found[True].explanation.queued_in_vain_ms == 0
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as file:
        told = dict(file.execute("SELECT decision_id, queued_ms FROM receipts"))
    assert told[found[False].decision_id] == waited


async def test_a_turn_that_comes_to_nothing_was_waited_for_in_vain(tmp_path: Path) -> None:
    """The endpoint's own limit is reached when the third one's turn comes: nothing is sent."""
    toml = "[server]\ndeadline_s = 600\n[dispatch]\nretries = 0\n"
    toml += dummy("busy", "chat", "mute", "slots = 1\nrequests_per_minute = 2")
    async with Running(tmp_path, toml) as gateway:
        journal, queues = gateway.gateway.journal, gateway.gateway.models.queues
        writers = []
        for nth in (1, 2, 3):
            writers.append(await ask(gateway, nth))
            await until(lambda: queues.demand("busy").waiting == nth - 1)  # noqa: B023
        writers[0].close()
        await until(lambda: queues.demand("busy").waiting == 1)
        writers[1].close()
        await until(lambda: gateway.gateway._limits.in_flight == 0)
        writers[2].close()
        await journal.flush()
        found = [d for d in await journal.recent() if not d.explanation.attempts]
    (refused,) = found
    assert refused.fallback_reason == "endpoint_limit"
    assert 0 < refused.explanation.queued_in_vain_ms <= refused.total_ms


async def test_whoever_waited_for_its_turn_is_no_fallback(tmp_path: Path) -> None:
    async with Running(tmp_path, dummy("busy", "chat", "ok", "slots = 1")) as gateway:
        answer = await gateway.chat("hi")
        (found,) = await gateway.gateway.journal.recent()
    assert answer.headers["x-gilmok-fallback"] == "false"
    assert (found.fallback, found.fallback_reason) == (False, None)
