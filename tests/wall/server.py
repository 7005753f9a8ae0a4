"""The wall itself: sockets, routes, and what a test can ask of it."""

import asyncio
import json
import ssl
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.wall import anthropic, ollama, openai, services, video
from tests.wall.answers import dumps
from tests.wall.connection import CONTROL, Connection, Reply
from tests.wall.dialect import Endpoint
from tests.wall.log import Ending, Exchange, Log
from tests.wall.play import State, play

POSTS: dict[str, Endpoint] = {
    "/v1/chat/completions": openai.Chat(),
    "/v1/embeddings": openai.Embeddings(),
    "/v1/messages": anthropic.Messages(),
    "/v1/messages/count_tokens": anthropic.CountTokens(),
    "/api/chat": ollama.Chat(),
    "/api/generate": ollama.Generate(),
    "/api/embed": ollama.Embed(),
    **services.POSTS,
    **video.POSTS,
}
LOADING = {"error": {"code": 503, "message": "Loading model", "type": "unavailable_error"}}


class Wall:
    """A stub upstream, listening from `async with` until its end.

    `answer` dictates the text of answers; `aliases` gives realistic model names a behaviour;
    `override`, a behaviour too, may be set at any time and then holds for every model: an outage
    and its end. An error in the wall or in `answer` is raised when the block ends, so that a broken
    wall is never mistaken for a faulty upstream.
    """

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        answer: Callable[[Exchange], str] | None = None,
        aliases: Mapping[str, str] | None = None,
        certfile: str | Path | None = None,
        keyfile: str | Path | None = None,
        log_file: str | Path | None = None,
    ) -> None:
        self.host = host
        self.port = port
        self.errors: list[Exception] = []
        self._state = State(answer, dict(aliases or {}))
        self._log = Log(Path(log_file) if log_file is not None else None)
        self._connections: set[Connection] = set()
        self._server: asyncio.Server | None = None
        self._tls: ssl.SSLContext | None = None
        if certfile is not None:
            self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._tls.load_cert_chain(certfile, keyfile)
            self._tls.set_alpn_protocols(["http/1.1"])

    async def start(self) -> None:
        """Listen. With port 0, `port` is the one that was given from here on."""
        self._server = await asyncio.get_running_loop().create_server(
            lambda: Connection(self._log, self._respond, self._connections),
            self.host,
            self.port,
            ssl=self._tls,
            backlog=1024,
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Stop listening and drop every connection. Safe to call twice."""
        if self._server is not None:
            self._server.close()
        tasks = [c.task for c in self._connections if c.task is not None]
        for connection in list(self._connections):
            connection.shut()
        await asyncio.gather(*tasks, return_exceptions=True)
        # One turn of the loop lets the transports close their sockets.
        await asyncio.sleep(0)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()
        if self.errors and error is None:
            raise RuntimeError("the wall itself broke") from self.errors[0]

    @property
    def url(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'http' if self._tls is None else 'https'}://{host}:{self.port}"

    @property
    def openai(self) -> str:
        """The base URL for OpenAI clients."""
        return f"{self.url}/v1"

    @property
    def anthropic(self) -> str:
        """The base URL for Anthropic clients."""
        return self.url

    @property
    def ollama(self) -> str:
        """The base URL for Ollama clients."""
        return self.url

    @property
    def exchanges(self) -> Sequence[Exchange]:
        """Every exchange in order of arrival, broken requests included."""
        return self._log.exchanges

    @property
    def calls(self) -> list[Exchange]:
        """The exchanges that carry content: everything but GET."""
        return [exchange for exchange in self._log.exchanges if exchange.method != "GET"]

    @property
    def received(self) -> bytes:
        """Every byte that any socket received, socket after socket, broken requests included."""
        return self._log.received

    @property
    def connections_open(self) -> int:
        return len(self._connections)

    @property
    def connections_made(self) -> int:
        return self._log.connections

    @property
    def loaded(self) -> list[str]:
        """The Ollama models in memory."""
        return list(self._state.loaded)

    @property
    def override(self) -> str | None:
        return self._state.override

    @override.setter
    def override(self, behaviour: str | None) -> None:
        self._state.override = behaviour

    @property
    def healthy(self) -> bool:
        """What GET /health says."""
        return self._state.healthy

    @healthy.setter
    def healthy(self, healthy: bool) -> None:
        self._state.healthy = healthy

    def contains(self, needle: bytes | str) -> bool:
        """Whether it reached the wall. Text is also found escaped, encoded, chunked or gzipped."""
        return self._log.contains(needle)

    def clear(self) -> None:
        """Forget exchanges, bytes and counts of requests. Exchanges under way are forgotten too."""
        self._log.clear()
        self._state.requests.clear()

    async def wait_received(self, n: int = 1, timeout: float = 5.0) -> float:  # noqa: ASYNC109
        """Wait until n exchanges have come in; the seconds it took. Raises TimeoutError."""

        def happened() -> bool:
            return len(self._log.exchanges) >= n

        return await self._log.until(happened, timeout, f"{n} exchanges received")

    async def wait_ended(self, n: int = 1, timeout: float = 5.0) -> float:  # noqa: ASYNC109
        """Wait until n exchanges have ended in whatever way; the seconds it took."""

        def happened() -> bool:
            return sum(e.ending is not Ending.OPEN for e in self._log.exchanges) >= n

        return await self._log.until(happened, timeout, f"{n} exchanges ended")

    async def wait_closed(self, n: int = 1, timeout: float = 5.0) -> float:  # noqa: ASYNC109
        """Wait until the client has hung up on n exchanges; the seconds it took."""

        def happened() -> bool:
            return sum(e.ending is Ending.CLIENT_CLOSED for e in self._log.exchanges) >= n

        return await self._log.until(happened, timeout, f"the client hung up on {n} exchanges")

    async def wait_connections(self, n: int = 0, timeout: float = 5.0) -> float:  # noqa: ASYNC109
        """Wait until exactly n sockets are open; the seconds it took."""

        def happened() -> bool:
            return len(self._connections) == n

        return await self._log.until(happened, timeout, f"{n} sockets open")

    async def _respond(self, exchange: Exchange, reply: Reply) -> None:
        try:
            await self._route(exchange, reply)
        except Exception as error:
            self.errors.append(error)
            if reply.begun:
                await reply.reset()
            else:
                await _json(reply, 500, {"wall": f"the wall itself broke: {error!r}"})

    async def _route(self, exchange: Exchange, reply: Reply) -> None:
        path, method = exchange.path, exchange.method
        if path.startswith(CONTROL):
            await self._control(exchange, reply)
        elif (found := video.progress(self._state, exchange)) is not None:
            await _json(reply, *found)
        elif method == "POST" and path in POSTS:
            await play(self._state, POSTS[path], exchange, reply)
        elif method in ("GET", "HEAD") and (found := self._look_up(path, exchange)) is not None:
            await _json(reply, *found, bodiless=method == "HEAD")
        else:
            await _json(reply, 404, {"error": {"message": f"Invalid URL ({method} {path})"}})

    def _look_up(self, path: str, exchange: Exchange) -> tuple[int, object] | None:
        """What a GET of the path answers: lists of models, state, health."""
        names = list(self._state.aliases) or ["ok", "tool", "echo"]
        if path == "/v1/models":
            return 200, (
                anthropic.models(names)
                if exchange.header("anthropic-version")
                else openai.models(names)
            )
        if path == "/api/ps":
            return 200, ollama.running(self.loaded)
        if path == "/health":
            return (200, {"status": "ok"}) if self.healthy else (503, LOADING)
        fixed = {"/api/tags": ollama.tags(names), "/api/version": {"version": "0.12.6"}}
        return (200, fixed[path]) if path in fixed else None

    async def _control(self, exchange: Exchange, reply: Reply) -> None:
        """What users in other processes can ask; it leaves no trace in the log."""
        what = (exchange.method, exchange.path.removeprefix(CONTROL))
        if what == ("GET", "log"):
            await _json(reply, 200, [e.as_dict() for e in self._log.exchanges])
        elif what == ("DELETE", "log"):
            self.clear()
            await _json(reply, 200, {})
        elif what == ("POST", "contains"):
            await _json(reply, 200, {"contains": self.contains(exchange.text)})
        elif what == ("GET", "state"):
            state = {"connections_open": self.connections_open, "loaded": self.loaded}
            await _json(reply, 200, state | {"override": self.override, "healthy": self.healthy})
        elif what == ("PUT", "state"):
            wanted = json.loads(exchange.body)
            self.override = wanted.get("override", self.override)
            self.healthy = wanted.get("healthy", self.healthy)
            await _json(reply, 200, {})
        else:
            await _json(reply, 404, {"error": "the wall has no such control"})


async def _json(reply: Reply, status: int, value: object, *, bodiless: bool = False) -> None:
    body = dumps(value).encode("utf-8", "replace")
    headers = [("content-type", "application/json")]
    await reply.open(status, headers, len(body), b"" if bodiless else body)
    await reply.end()
