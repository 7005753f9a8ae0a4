"""A fast OpenAI-dialect upstream: fixed answers, one write per stream chunk, chunks 1 ms apart.

usage: python -m bench.parts.upstream PORT
"""

import asyncio
import sys

import httptools
import uvloop
from bench.parts.payloads import answer_body, stream_events

ANSWER = answer_body()
PLAIN = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s" % (
    len(ANSWER),
    ANSWER,
)
STREAM_HEAD = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
)
CHUNKS = [b"%x\r\n%s\r\n" % (len(event), event) for event in stream_events()]
CHUNKS[-1] += b"0\r\n\r\n"
GAP_S = 0.001


class Upstream(asyncio.Protocol):
    """One connection; the body decides between answer and stream."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: asyncio.Transport = transport  # type: ignore[assignment]
        self.parser = httptools.HttpRequestParser(self)
        self.loop = asyncio.get_running_loop()
        self.body = b""

    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        body, self.body = self.body, b""
        if b'"stream":true' in body or b'"stream": true' in body:
            self.transport.write(STREAM_HEAD)
            self.loop.call_later(GAP_S, self.send_chunk, 0)
        else:
            self.transport.write(PLAIN)

    def send_chunk(self, number: int) -> None:
        if self.transport.is_closing():
            return
        self.transport.write(CHUNKS[number])
        if number + 1 < len(CHUNKS):
            self.loop.call_later(GAP_S, self.send_chunk, number + 1)


async def main(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(
        Upstream, "127.0.0.1", port, backlog=1024
    )
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1])))
