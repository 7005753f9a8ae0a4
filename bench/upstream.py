"""A fast OpenAI-dialect upstream with fixed answers; GET /count says how many chat requests it has served.

usage: python -m bench.upstream PORT
A stream sends one write per chunk, GAP_S apart, as a model does: chunks are not handed over in one piece.
"""

import asyncio
import sys
from typing import cast

import httptools
import uvloop
from bench.dialogue import answer_body, stream_events

GAP_S = 0.005
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: %s\r\n"


def _whole(kind: bytes, body: bytes) -> bytes:
    return HEAD % kind + b"content-length: %d\r\n\r\n%s" % (len(body), body)


def _pieces(with_usage: bool) -> list[bytes]:
    pieces = [b"%x\r\n%s\r\n" % (len(event), event) for event in stream_events(with_usage)]
    pieces[-2:] = [pieces[-2] + pieces[-1] + b"0\r\n\r\n"]
    return pieces


PLAIN = _whole(b"application/json", answer_body())
STREAM_HEAD = HEAD % b"text/event-stream" + b"transfer-encoding: chunked\r\n\r\n"
STREAMS = {with_usage: _pieces(with_usage) for with_usage in (False, True)}


class Connection(asyncio.Protocol):
    """One keep-alive connection; the body decides between answer and stream."""

    served = 0

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
        Connection.served += 1
        body = self.body.replace(b" ", b"")
        if b'"stream":true' not in body:
            self.transport.write(PLAIN)
            return
        self.transport.write(STREAM_HEAD)
        self.loop.call_later(GAP_S, self.send, STREAMS[b'"include_usage":true' in body], 0)

    def send(self, pieces: list[bytes], number: int) -> None:
        if self.transport.is_closing():
            return
        self.transport.write(pieces[number])
        if number + 1 < len(pieces):
            self.loop.call_later(GAP_S, self.send, pieces, number + 1)


async def main(port: int) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Connection, "127.0.0.1", port, backlog=1024)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1])))
