"""Law 5: a request waits for the model and for nothing else. No SQL, no sync, no file is opened, no name
is looked up in the event loop's thread while requests are served."""

from __future__ import annotations

import asyncio
import os
import socket
import sqlite3
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from gilmok.config import hash_key
from tests.gateway import Answer, Running
from tests.wall import Wall

_AUDITED = frozenset(
    {"open", "os.listdir", "os.scandir", "os.remove", "os.rename", "os.mkdir", "os.truncate"}
    | {"sqlite3.connect", "socket.getaddrinfo", "subprocess.Popen", "time.sleep"}
)
_CALLS = ((os, "fsync"), (os, "fdatasync"), (os, "stat"), (os, "lstat"), (socket, "getaddrinfo"))


class Watch:
    """What the thread that made it does and should not, while `watching`."""

    def __init__(self) -> None:
        self._thread = threading.get_ident()
        self._is_watching = False
        self.seen: list[str] = []

    @contextmanager
    def watching(self) -> Iterator[None]:
        self._is_watching = True
        try:
            yield
        finally:
            self._is_watching = False

    def audit(self, event: str, _: object) -> None:
        """A hook of `sys.addaudithook`: it stays for ever."""
        if self._is_watching and event in _AUDITED:
            self.note(event)

    def note(self, what: str) -> None:
        if self._is_watching and threading.get_ident() == self._thread:
            self._is_watching = False  # Printing a stack reads source files.
            ours = [f for f in traceback.extract_stack() if f"{os.sep}gilmok{os.sep}" in f.filename]
            where = f"{ours[-1].filename}:{ours[-1].lineno}" if ours else "elsewhere"
            self.seen.append(f"{what} in {where}")
            self._is_watching = True

    def wrapped(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            self.note(name)
            return real(*arguments, **named)

        return call


def watched_connection(watch: Watch) -> type[sqlite3.Connection]:
    class Watched(sqlite3.Connection):
        def execute(self, *arguments: Any) -> sqlite3.Cursor:
            watch.note("SQL")
            return super().execute(*arguments)

        def executemany(self, *arguments: Any) -> sqlite3.Cursor:
            watch.note("SQL")
            return super().executemany(*arguments)

        def cursor(self, *arguments: Any) -> Any:
            watch.note("SQL")
            return super().cursor(*arguments)

        def commit(self) -> None:
            watch.note("SQL")
            super().commit()

    return Watched


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    watch = Watch()
    sys.addaudithook(watch.audit)
    for module, name in _CALLS:
        monkeypatch.setattr(module, name, watch.wrapped(name, getattr(module, name)))
    connect, factory = sqlite3.connect, watched_connection(watch)
    monkeypatch.setattr(
        sqlite3, "connect", lambda *given, **named: connect(*given, factory=factory, **named)
    )
    return watch


TOML = """
{more}
[cache]
enabled = true
[[plans]]
id = "default"
tenant_caps = {{ daily_usd = 1, monthly_usd = 10 }}
key_caps = {{ daily_usd = 1 }}
user_caps = {{ daily_usd = 1 }}
[[keys]]
id = "app"
sha256 = "{key}"
[[endpoints]]
id = "ok"
provider = "vllm"
base_url = "{url}"
model = "tokens=8"
price_input = 1.0
price_output = 2.0
[[endpoints]]
id = "down"
provider = "vllm"
base_url = "{url}"
model = "500"
"""


async def ask(gateway: Running, number: int) -> Answer:
    """Whole and streamed, cached and not, repeated and refused, sensitive, with and without a user."""
    headers = {"authorization": "Bearer app"}
    if number % 3 == 0:
        headers["idempotency-key"] = f"again-{number % 2}"
    body: dict[str, object] = {
        "model": ("ok", "auto", "down", "nobody")[number % 4],
        "stream": number % 2 == 0,
        "messages": [{"role": "user", "content": f"제 주민번호는 900101-{1_234_560 + number % 7}"}],
        "max_tokens": 8,
    }
    if number % 5:
        body["user"] = f"user-{number % 5}"
    return await gateway.post("/v1/chat/completions", body, headers)


@pytest.mark.parametrize(
    ("memory", "more"),
    [(False, ""), (False, 'synchronous = "full"'), (True, "")],
    ids=["default", "synchronous", "memory"],
)
async def test_the_loop_does_no_sql_no_sync_and_no_files(
    tmp_path: Path, watch: Watch, memory: bool, more: str
) -> None:
    async with Wall() as wall:
        toml = TOML.format(more=more, key=hash_key("app"), url=wall.openai)
        async with Running(tmp_path, toml, memory=memory) as gateway:
            await ask(gateway, 1)  # Connects: the first look at a name is not every request's.
            if not memory:
                gateway.gateway.journal._segment_bytes = 1_000  # type: ignore[union-attr]
            with watch.watching():
                answers = await asyncio.gather(*(ask(gateway, number) for number in range(24)))
                await gateway.gateway.journal.flush()
                await asyncio.gather(*(ask(gateway, number) for number in range(24)))
            assert {answer.status for answer in answers} == {200, 404, 422, 503}
    assert watch.seen == []


async def test_the_watch_sees_what_it_should(tmp_path: Path, watch: Watch) -> None:
    with watch.watching():
        connection = sqlite3.connect(":memory:")
        connection.execute("SELECT 1").fetchone()
        connection.close()
        (tmp_path / "file").write_bytes(b"")
        with (tmp_path / "file").open("rb") as file:
            os.fsync(file.fileno())
        await asyncio.to_thread((tmp_path / "file").read_bytes)
    assert [seen.split(" ")[0] for seen in watch.seen] == [
        *("sqlite3.connect", "SQL", "open", "open", "fsync"),
    ]
