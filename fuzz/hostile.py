"""What hostile clients cost: `python -m fuzz.hostile --seed 1`.

A gateway in a process of its own, a wall behind it, and clients that send what no honest one would:
heads, bodies and framings made to be slow or large, bodies of strangers, clients that read nothing,
and as many idle connections as this machine allows. Measured from outside, by /proc: processor time
for each refusal, and memory for each connection and each stream. At the end: seconds to inspect a
megabyte of the worst texts that a short search finds, which is reported and not judged.

Exits 1 where a refusal costs 100 ms or more, a stream or a connection more than it may, an answer is
not the one expected, or the gateway does not serve an honest request afterwards.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import socket
import sys
import tempfile
import time
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import cycle, islice
from pathlib import Path
from random import Random

from tests.gateway import QUIET, free_port
from tests.unit.inspection.ask import inspect
from tests.wall import Wall

from gilmok.config import hash_key

REFUSAL_MS = 100.0
STREAM_KIB = 256.0
CONNECTION_KIB = 32.0
KEY = "caller-of-the-attack"
_TICK_MS = 1000.0 / os.sysconf("SC_CLK_TCK")
_POUR = f"repeat={'x' * 4000}+grain=4000+tokens=25000+deaf"
_TIMES = 10


def _post(path: str, body: bytes, *fields: str, length: int | None = None) -> bytes:
    head = [f"POST {path} HTTP/1.1", "Host: localhost", "Content-Type: application/json"]
    head += [f"Content-Length: {len(body) if length is None else length}", *fields]
    return "\r\n".join((*head, "", "")).encode() + body


def _chat(body: bytes) -> bytes:
    return _post("/v1/chat/completions", body, f"Authorization: Bearer {KEY}")


def _messages(content: object, model: str = "ok", **more: object) -> bytes:
    body = {"model": model, "messages": [{"role": "user", "content": content}], **more}
    return _chat(json.dumps(body).encode())


_CHUNKED = b"POST /v1/route HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"

REFUSALS: dict[str, tuple[bytes, *tuple[int, ...]]] = {
    "a head without end": (b"GET / HTTP/1.1\r\nA: " + b"a" * 1_000_000, 431),
    "ten thousand fields": (b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 10_000 + b"\r\n", 431),
    "a target without end": (b"GET /" + b"a" * 1_000_000, 431),
    "length and chunks": (_CHUNKED.replace(b"\r\n\r\n", b"\r\nContent-Length: 5\r\n\r\n"), 400),
    "two lengths": (_post("/v1/route", b"", "Content-Length: 5"), 400),
    "a folded field": (b"GET / HTTP/1.1\r\nHost: a\r\nA: b\r\n c\r\n\r\n", 400),
    "a chunk without end": (_CHUNKED + b"fffffffff\r\n", 400, 401, 413),
    "an extension without end": (_CHUNKED + b"5;" + b"a" * 1_000_000, 401, 431),
    "megabytes of a stranger": (_post("/v1/chat/completions", b"{" * 4_000_000), 401),
    "megabytes for a question": (
        _post("/health", b"{" * 4_000_000).replace(b"POST", b"GET"),
        413,
    ),
    "an announced gigabyte": (_post("/v1/chat/completions", b"{", length=10**9), 413),
    "deep arrays": (_chat(b"[" * 4_000_000), 400),
    "deep objects": (_chat(b'{"a":' * 1_000_000), 400),
    "deep inside": (_chat(b'{"model":"auto","x":' + b"[" * 2_000_000 + b"}"), 400),
    "a long number": (_chat(b'{"model":"auto","seed":' + b"9" * 4_000_000 + b"}"), 400),
    "many names": (
        _chat(json.dumps({f"a{number}": 0 for number in range(200_000)}).encode()),
        400,
    ),
    "the same name": (_chat(b"{" + b'"model":"a",' * 300_000 + b'"model":"a"}'), 400),
    "many messages": (
        _chat(json.dumps({"model": "a", "messages": [{"role": "user"}] * 100_000}).encode()),
        400,
    ),
    "many parts": (_messages([{"type": "text", "text": "a"}] * 100_000), 400),
    "a long address": (
        _messages([{"type": "image_url", "image_url": {"url": "http://" + "a." * 1_000_000}}]),
        400,
    ),
    "half a character": (_chat(b'{"model":"\xed\xa0\x80' + b"\xff" * 4_000_000), 400),
    "no JSON": (_chat(b"\x00" * 4_000_000), 400),
}


@asynccontextmanager
async def serving(folder: Path, upstream: str) -> AsyncIterator[tuple[Process, int]]:
    """A gateway with one key, as a process."""
    port = free_port()
    toml = f"""{QUIET}
[ledger]
path = ":memory:"
[server]
port = {port}
max_concurrency = 100000
[dispatch]
stall_s = 600
[[keys]]
id = "mine"
sha256 = "{hash_key(KEY)}"
[[endpoints]]
id = "pour"
provider = "vllm"
base_url = "{upstream}"
model = "pour"
context = 10000000
[[endpoints]]
id = "ok"
provider = "vllm"
base_url = "{upstream}"
model = "ok"
"""
    (folder / "gilmok.toml").write_text(toml, encoding="utf-8")
    arguments = ("-m", "gilmok", "serve", "--config", str(folder / "gilmok.toml"))
    process = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, stdout=DEVNULL, stderr=DEVNULL
    )
    try:
        while True:
            try:
                await _ask(port, b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
                break
            except OSError:
                await asyncio.sleep(0.1)
        yield process, port
    finally:
        process.terminate()
        await process.wait()


async def _ask(port: int, sent: bytes) -> int:
    """The status of the first answer; 0 where there is none."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(sent)
        async with asyncio.timeout(30):
            line = await reader.readline()
        return int(line.split(b" ")[1]) if line else 0
    except ConnectionError:
        return 0
    finally:
        writer.transport.abort()


def _cpu_ms(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * _TICK_MS


def _rss_kib(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return float(line.split()[1])
    raise RuntimeError("the gateway is gone")


class Attack:
    def __init__(self, pid: int, port: int) -> None:
        self._pid = pid
        self._port = port
        self.failures: list[str] = []

    def _judge(self, name: str, value: float, most: float, unit: str) -> None:
        verdict = "" if value < most else f"   MORE THAN {most:g}"
        print(f"{value:10.2f} {unit:<16} {name}{verdict}")
        if verdict:
            self.failures.append(name)

    async def refusals(self) -> None:
        for name, (sent, *statuses) in REFUSALS.items():
            before = _cpu_ms(self._pid)
            told = [await _ask(self._port, sent) for _ in range(_TIMES)]
            await asyncio.sleep(0.05)
            self._judge(name, (_cpu_ms(self._pid) - before) / _TIMES, REFUSAL_MS, "ms a refusal")
            # Whoever sends on while it is refused may lose the answer with the connection.
            if not set(told) <= {*statuses, 0} or not any(told):
                self.failures.append(f"{name}: {told}")

    async def slow_heads(self, count: int) -> None:
        """A byte each, and then nothing: the time-outs of the server end them."""
        await self._connections("slow heads", count, b"GET / HT")

    async def idle(self, count: int) -> None:
        await self._connections("idle connections", count, b"")

    async def _connections(self, name: str, count: int, sent: bytes) -> None:
        before, socks = _rss_kib(self._pid), list[socket.socket]()
        try:
            for _ in range(count):
                socks.append(await _connected(self._port, sent))
            await asyncio.sleep(1)
            grown = (_rss_kib(self._pid) - before) / count
            self._judge(f"{count} {name}", grown, CONNECTION_KIB, "KiB each")
        finally:
            for sock in socks:
                sock.close()

    async def readers(self, wall: Wall, count: int) -> None:
        question = _messages("hi", "pour", stream=True)
        warm = [await _connected(self._port, question, 4096) for _ in range(3)]
        await _still(wall)
        before = _rss_kib(self._pid)
        socks = [await _connected(self._port, question, 4096) for _ in range(count)]
        await _still(wall)
        grown = (_rss_kib(self._pid) - before) / count
        self._judge(f"{count} streams that nobody reads", grown, STREAM_KIB, "KiB each")
        for sock in warm + socks:
            sock.close()

    async def honest(self) -> None:
        """Somebody is still served."""
        for _ in range(60):  # The wall was busy, and its endpoint may count as down for a while.
            if await _ask(self._port, _messages("hi")) == 200:
                return
            await asyncio.sleep(0.5)
        else:
            self.failures.append("an honest request is not served any more")


async def _connected(port: int, sent: bytes, recv_bytes: int | None = None) -> socket.socket:
    sock = socket.socket()
    sock.setblocking(False)
    if recv_bytes is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, recv_bytes)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(sock, ("127.0.0.1", port))
    await loop.sock_sendall(sock, sent)
    return sock


async def _still(wall: Wall) -> None:
    """Until the wall sends nothing more."""
    before = -1
    while (sent := sum(call.sent for call in wall.calls)) != before or not sent:
        before = sent
        await asyncio.sleep(2)


def worst_texts(rng: Random, seconds: float) -> list[tuple[float, str]]:
    """Seconds of processor time for each million characters, the worst first."""
    pieces: tuple[str, ...] = (
        "1 ",
        "12-",
        "900101-1 ",
        "가로1 ",
        "-----BEGIN PRIVATE KEY-----",
        "%2525",
        "씨 ",
        "eyJ.",
    )
    pieces += (
        "내 ",
        "address",
        "email ",
        "계좌 ",
        "\\u0041",
        "&#65;",
        "a@b.",
        "1, ",
        "::",
        "카드 1234 ",
    )
    pieces += (
        "password: ",
        "A1 ",
        "https://",
        "비밀 ",
        "1.1.1.1 ",
        "Bearer ",
        "(서울 ",
        "ﾊ",
        "\u0301",
    )
    found: list[tuple[float, str]] = []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        seed = "".join(rng.choices(pieces, k=rng.randrange(1, 4)))
        if found and rng.random() < 0.5:
            seed = rng.choice(found[:10])[1][:20] + seed
        text = "".join(islice(cycle(seed), 20_000))
        began = time.process_time()
        inspect(text)
        found.append(((time.process_time() - began) * 1e6 / len(text), seed))
        found.sort(reverse=True)
    return found


async def attack(idle: int, readers: int) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        async with (
            Wall(aliases={"pour": _POUR, "ok": "ok"}) as wall,
            serving(Path(folder), wall.openai) as (process, port),
        ):
            going = Attack(process.pid, port)
            await going.readers(wall, readers)
            await going.slow_heads(min(idle, 1_000))
            await going.idle(idle)
            await going.honest()
            await going.refusals()
            await going.honest()
            return going.failures


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--idle", type=int, default=10_000, help="connections that say nothing")
    parser.add_argument("--readers", type=int, default=50, help="streams that nobody reads")
    parser.add_argument("--search", type=float, default=30.0, help="seconds for the worst texts")
    asked = parser.parse_args(arguments)
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    idle = min(asked.idle, soft - 500)
    failures = asyncio.run(attack(idle, asked.readers))
    found = worst_texts(Random(asked.seed), asked.search)
    for seconds, seed in found[:5]:
        print(f"{seconds:10.2f} s a megabyte    of {seed!r}")
    for failure in failures:
        print(f"failed: {failure}")
    print(
        f"n={len(REFUSALS) * _TIMES} refusals, {idle} connections, {asked.readers} streams, "
        f"{len(found)} texts; seed={asked.seed}; failures={len(failures)}"
    )
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
