"""How long a request waited for its turn is told, also of one whose turn never came."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from contextlib import closing
from pathlib import Path

from tests.gateway import Running
from tests.wire.raw import until
from tests.wire.services import dummy

BODY = json.dumps({"model": "auto", "messages": [{"role": "user", "content": "hi"}]}).encode()


async def test_whoever_leaves_the_queue_has_waited_all_the_same(tmp_path: Path) -> None:
    toml = "[server]\ndeadline_s = 600\n" + dummy("busy", "chat", "mute", "slots = 1")
    async with Running(tmp_path, toml, memory=False) as gateway:
        journal, queues = gateway.gateway.journal, gateway.gateway.models.queues
        head = b"POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
        writers = []
        for count in (1, 2):
            _, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
            writer.write(head + b"content-length: %d\r\n\r\n" % len(BODY) + BODY)
            writers.append(writer)
            await until(lambda: gateway.gateway._limits.in_flight == count)  # noqa: B023
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
