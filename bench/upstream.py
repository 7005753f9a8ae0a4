"""A fast OpenAI-dialect upstream with fixed answers; GET /count says how many chat requests it has served.

usage: python -m bench.upstream PORT [--gap-ms 5] [--chunks 40] [--fault-every 50]
A stream sends one write per chunk, the gap apart, as a model does: chunks are not handed over in one piece.
A chunk is due so long after its request, however late the one before it was. With --fault-every N each Nth chat
request fails, in turn by a status, by silence and by an answer that breaks off.
"""

import argparse
import asyncio
from collections.abc import Mapping
from typing import cast

import httptools
import uvloop
from bench.dialogue import CHUNKS, answer_body, stream_events

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: %s\r\n"


def _whole(kind: bytes, body: bytes) -> bytes:
    return HEAD % kind + b"content-length: %d\r\n\r\n%s" % (len(body), body)


def _pieces(with_usage: bool, chunks: int) -> list[bytes]:
    events = stream_events(with_usage, chunks)
    pieces = [b"%x\r\n%s\r\n" % (len(event), event) for event in events]
    pieces[-2:] = [pieces[-2] + pieces[-1] + b"0\r\n\r\n"]
    return pieces


PLAIN = _whole(b"application/json", answer_body())
STREAM_HEAD = HEAD % b"text/event-stream" + b"transfer-encoding: chunked\r\n\r\n"
FAULTS = (
    b"HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
    b"",
    PLAIN[: len(PLAIN) // 2],
    STREAM_HEAD + _pieces(False, 2)[0],
)


class Connection(asyncio.Protocol):
    """One keep-alive connection; the body decides between answer and stream."""

    served = 0

    def __init__(self, gap_s: float, streams: Mapping[bool, list[bytes]], fault_every: int) -> None:
        self.gap_s, self.streams, self.fault_every = gap_s, streams, fault_every

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's is none by inheritance
        self.parser = httptools.HttpRequestParser(self)
        self.loop = asyncio.get_running_loop()
        self.url, self.body = b"", b""

    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)

    def on_message_begin(self) -> None:
        self.url, self.body = b"", b""

    def on_url(self, url: bytes) -> None:
        self.url += url

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        if self.url == b"/count":
            self.transport.write(_whole(b"text/plain", b"%d" % Connection.served))
            return
        if self.parser.get_method() == b"GET":  # a gateway looks whether anybody is there
            self.transport.write(_whole(b"application/json", b'{"object":"list","data":[]}'))
            return
        Connection.served += 1
        fails = self.fault_every and Connection.served % self.fault_every == 0
        if fails and (fault := FAULTS[Connection.served // self.fault_every % len(FAULTS)]):
            self.transport.write(fault)
        if fails:
            self.transport.close()
            return
        body = self.body.replace(b" ", b"")
        if b'"stream":true' not in body:
            self.transport.write(PLAIN)
            return
        self.transport.write(STREAM_HEAD)
        pieces = self.streams[b'"include_usage":true' in body]
        self.send_at(self.loop.time() + self.gap_s, pieces, 0)

    def send_at(self, due: float, pieces: list[bytes], number: int) -> None:
        self.loop.call_at(due, self.send, due, pieces, number)

    def send(self, due: float, pieces: list[bytes], number: int) -> None:
        if self.transport.is_closing():
            return
        self.transport.write(pieces[number])
        if number + 1 < len(pieces):
            self.send_at(due + self.gap_s, pieces, number + 1)


async def main(port: int, gap_s: float, chunks: int, fault_every: int) -> None:
    loop = asyncio.get_running_loop()
    streams = {with_usage: _pieces(with_usage, chunks) for with_usage in (False, True)}
    server = await loop.create_server(
        lambda: Connection(gap_s, streams, fault_every), "127.0.0.1", port, backlog=1024
    )
    await server.serve_forever()


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="a loopback upstream with fixed answers")
    parser.add_argument("port", type=int)
    parser.add_argument("--gap-ms", type=float, default=5.0)
    parser.add_argument("--chunks", type=int, default=CHUNKS)
    parser.add_argument("--fault-every", type=int, default=0)
    return parser.parse_args()


if __name__ == "__main__":
    given = arguments()
    uvloop.run(main(given.port, given.gap_ms / 1e3, given.chunks, given.fault_every))
