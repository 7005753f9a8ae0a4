"""Plays an answer, with the faults that the model's name selects."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from email.utils import formatdate

from tests.wall.answers import Answer, Ask, compose, dumps, example, prompt_tokens
from tests.wall.connection import Reply
from tests.wall.dialect import Endpoint, Failure, Frame, Json, Refused, bad
from tests.wall.faults import Faults, UnknownFault, parse
from tests.wall.leaks import KEYS, TEXTS, leak
from tests.wall.log import Ending, Exchange

OVERLONG = 64 << 20
BLOCK = b"x" * (64 << 10)
HTML = b"<!DOCTYPE html><html><body><h1>Welcome to the wall</h1></body></html>\n"
MESSAGES = {
    400: "The request is invalid.",
    401: "Incorrect API key provided.",
    403: "This key may not use this resource.",
    404: "There is no such resource.",
    429: "Rate limit reached. Please try again later.",
    500: "The server had an error while processing your request.",
    503: "The service is temporarily unavailable.",
    529: "Overloaded",
}


@dataclass(slots=True)
class State:
    """What the wall remembers between requests, and what a test may change while it runs."""

    answer: Callable[[Exchange], str] | None = None
    aliases: Mapping[str, str] = field(default_factory=dict)
    override: str | None = None
    healthy: bool = True
    requests: Counter[str] = field(default_factory=Counter)
    loaded: dict[str, None] = field(default_factory=dict)

    def faults(self, model: str) -> Faults:
        """This request's faults. Counts it, so `flaky` and `flap` know which one it is."""
        faults = parse(self.override or self.aliases.get(model, model))
        seen = self.requests[model]
        self.requests[model] += 1
        if faults.flaky is None and not faults.flap:
            return faults
        down = seen < faults.flaky if faults.flaky is not None else seen % 2 == 0
        return faults.failing() if down else faults.healed()


async def play(state: State, endpoint: Endpoint, exchange: Exchange, reply: Reply) -> None:
    """Answer one POST, as its dialect and its model's name demand."""
    try:
        ask = _read(endpoint, exchange)
        ask = replace(ask, faults=state.faults(ask.model))
    except Refused as refused:
        await _Play(state, endpoint, exchange, reply, Ask("")).fail(refused.failure)
    except UnknownFault:
        failure = endpoint.no_model(exchange.model or "")
        await _Play(state, endpoint, exchange, reply, Ask("")).fail(failure)
    else:
        await _Play(state, endpoint, exchange, reply, ask).run()


def _read(endpoint: Endpoint, exchange: Exchange) -> Ask:
    try:
        body = endpoint.parse(exchange)
    except (ValueError, RecursionError):
        raise bad("We could not parse the JSON body of your request.") from None
    if not isinstance(body, dict):
        raise bad("The body of the request must be a JSON object.")
    if isinstance(body.get("model"), str):
        exchange.model = body["model"]
    try:
        ask = endpoint.read(body, {name.lower(): value for name, value in exchange.headers})
        for schema in (ask.schema, *(tool.schema for tool in ask.tools)):
            example(schema)
    except (AttributeError, IndexError, KeyError, TypeError):
        raise bad("A field of the request has the wrong type.") from None
    exchange.stream = ask.stream
    return ask


def _as_received(exchange: Exchange) -> str:
    lines = "".join(f"{name}: {value}\n" for name, value in exchange.headers)
    return f"{exchange.method} {exchange.target}\n{lines}\n{exchange.text}"


def _with_keys(exchange: Exchange) -> str:
    keys = [f"{name}: {value}" for name, value in exchange.headers if name.lower() in KEYS]
    return f"Internal error while handling {'; '.join(keys)}; body: {exchange.text}"


class _Play:
    """One exchange being answered."""

    def __init__(
        self, state: State, endpoint: Endpoint, exchange: Exchange, reply: Reply, ask: Ask
    ) -> None:
        self.state = state
        self.endpoint = endpoint
        self.exchange = exchange
        self.reply = reply
        self.ask = ask
        self.faults = ask.faults
        reply.split = self.faults.split
        self.leak = None
        if self.faults.leak is not None:
            self.leak = reply.leak = leak(self.faults.leak, self.faults.form, exchange.headers)
        accepted = (exchange.header("accept-encoding") or "").lower()
        self.gzip = self.faults.gzip and "gzip" in accepted

    async def run(self) -> None:
        faults = self.faults
        await _sleep(faults.slow)
        cold = await self._load()
        if faults.reset == 0:
            await self.reply.reset()
        elif faults.hangup:
            await self.reply.hang_up()
        elif faults.mute:
            await self.reply.forever()
        elif failure := self._failure():
            await self.fail(failure)
        elif not await self._wrong_answer():
            script = self.state.answer
            said = script(self.exchange) if script is not None and self.ask.choices else None
            request = _as_received(self.exchange) if faults.echo else ""
            if self.leak is not None and self.leak.place in TEXTS:
                said = f"You called with {self.leak.text} just now."
                self.ask = replace(self.ask, last_user=said)
            answer = compose(self.ask, said, request, cold)
            await (self._stream(answer) if self.ask.stream else self._whole(answer))

    async def _load(self) -> bool:
        """Load or unload as a local server would; whether the model was cold."""
        ask, loaded = self.ask, self.state.loaded
        if not ask.local:
            return False
        name = ask.model.removesuffix(":latest")
        cold = name not in loaded and ask.residency != "unload"
        if cold:
            await _sleep(self.faults.load)
        if ask.unload_after:
            loaded.pop(name, None)
        else:
            loaded[name] = None
        return cold

    def _failure(self) -> Failure | None:
        faults = self.faults
        if faults.quota:
            return Failure(429, "You exceeded your current quota.", "insufficient_quota")
        if faults.moderated and self.endpoint.refuses_by_status:
            return Failure(400, "Rejected by the safety system.", "content_policy_violation")
        if faults.toolong:
            return self.endpoint.too_long(prompt_tokens(self.ask))
        if faults.status is None and not faults.errecho:
            return None
        status = faults.status or 500
        message = MESSAGES.get(status, f"The wall answers {status}.")
        headers = []
        if faults.retry_after_ms is not None:
            headers.append(("retry-after-ms", str(faults.retry_after_ms)))
        if faults.retry_after is not None:
            headers.append(("retry-after", faults.retry_after))
        if faults.retry_at is not None:
            headers.append(("retry-after", formatdate(time.time() + faults.retry_at, usegmt=True)))
        if faults.errecho:
            message = _with_keys(self.exchange)
        return Failure(status, message, headers=tuple(headers))

    async def fail(self, failure: Failure) -> None:
        body = self._document_of(self.endpoint.error(failure, self.exchange.number))
        await self._document(failure.status, body, self.endpoint.json_type, failure.headers)

    async def _wrong_answer(self) -> bool:
        """Answers that are no answer in the dialect; whether this was one."""
        if self.leak is not None and self.leak.place == "location":
            await self._document(307, b"", self.endpoint.json_type)
        elif self.faults.redirect is not None:
            location = ("location", self.faults.redirect)
            await self._document(307, b"", self.endpoint.json_type, (location,))
        elif self.faults.html:
            await self._document(200, HTML, "text/html; charset=utf-8")
        elif self.faults.badjson:
            await self._document(200, b'{"id": "wall", "choices": [{', self.endpoint.json_type)
        else:
            return False
        return True

    def _headers(self, kind: str) -> list[tuple[str, str]]:
        return [("content-type", kind), *self.endpoint.headers(self.exchange.number)]

    async def _document(
        self, status: int, body: bytes, kind: str, more: tuple[tuple[str, str], ...] = ()
    ) -> None:
        """A whole body of known length, unless compression or cutting makes it chunked."""
        headers = [*self._headers(kind), *more]
        if self.gzip or self.reply.split or self.faults.ttft or self.faults.keepalive:
            await self.reply.open(status, headers, gzip=self.gzip)
            if self.faults.keepalive:
                await self.reply.body(b"\n\n")
            await self._wait(self.faults.ttft)
            await self.reply.body(body)
        else:
            await self.reply.open(status, headers, len(body), body)
        await self.reply.end()

    async def _whole(self, answer: Answer) -> None:
        faults, kind = self.faults, self.endpoint.json_type
        await _sleep(faults.pace * max(answer.size - 1, 0))
        bare = self.endpoint.bare(self.ask, answer, self.exchange.number)
        if bare is None:
            body = self._document_of(self.endpoint.whole(self.ask, answer, self.exchange.number))
        else:
            body, kind = bare
        if faults.malformed is not None:
            body = body[: len(body) // 2]
        if faults.overlong:
            await self._endless(kind, b'{"id": "')
        elif faults.stops_after is not None:
            await self._half(body, kind)
        else:
            self.exchange.chunks = answer.size
            await self._document(200, body, kind)

    async def _half(self, body: bytes, kind: str) -> None:
        """A whole answer that never becomes whole."""
        headers, half = self._headers(kind), body[: len(body) // 2]
        if self.faults.errevent == self.faults.stops_after:
            await self._document(200, self._document_of(self._error_body()), kind)
            return
        length = len(half) if self.faults.cut is not None else len(body)
        sends = half if self.faults.stops_after or self.faults.cut is not None else b""
        await self.reply.open(200, headers, length, sends)
        await self._stop()

    def _document_of(self, document: Json) -> bytes:
        return _encoded(document if self.leak is None else self.leak.into(document))

    def _leaking(self, frame: Frame) -> Frame:
        if self.leak is None or not frame.data.startswith("{"):
            return frame
        return replace(frame, data=dumps(self.leak.into(json.loads(frame.data))))

    def _error_body(self) -> Json:
        failure = Failure(500, MESSAGES[500])
        return self.endpoint.error(failure, self.exchange.number)

    async def _stream(self, answer: Answer) -> None:
        faults, kind = self.faults, self.endpoint.stream_type
        if faults.overlong:
            await self._endless(kind, b"data: " if self.endpoint.sse else b'{"model": "')
            return
        await self.reply.open(200, self._headers(kind), gzip=self.gzip)
        await self._wait(faults.ttft)
        stops = faults.stops_after
        frames = self.endpoint.frames(self.ask, answer, self.exchange.number)
        for line, frame in enumerate(frames, start=1):
            if stops is not None and self.exchange.chunks >= stops:
                await self._stop()
                return
            await self._frame(self._leaking(frame), line)
        await self.reply.end()

    async def _frame(self, frame: Frame, line: int) -> None:
        if frame.piece and self.exchange.chunks:
            await self._wait(self.faults.pace)
        if self.faults.keepalive and (frame.piece or line == 1) and self.endpoint.keepalive:
            await self.reply.body(self.endpoint.keepalive)
        broken = line == self.faults.malformed
        data = frame.data[: len(frame.data) // 2] if broken else frame.data
        framed = _sse(frame, data, line, self.faults.split) if self.endpoint.sse else data + "\n"
        if self.leak is not None and self.endpoint.sse:
            framed = self.leak.event + framed
        if self.faults.split and not self.endpoint.sse:
            framed = data + "\r\n"
        await self.reply.body(framed.encode("utf-8", "replace"))
        self.exchange.chunks += frame.piece
        # Whoever shares the loop must see frames one by one, and so must the check for hang-ups.
        await asyncio.sleep(0)

    async def _stop(self) -> None:
        """End as the fault with the smallest N wants; a body has been begun."""
        faults, after = self.faults, self.faults.stops_after
        if faults.errevent == after:
            failure = Failure(500, MESSAGES[500])
            frame = self._leaking(self.endpoint.error_frame(failure, self.exchange.number))
            framed = _sse(frame, frame.data, 0, False) if self.endpoint.sse else frame.data + "\n"
            await self.reply.body(framed.encode())
            await self.reply.end(Ending.ERROR_EVENT)
        elif faults.cut == after:
            await self.reply.end(Ending.CUT)
        elif faults.trunc == after:
            await self.reply.truncate()
        elif faults.reset == after:
            await self.reply.reset()
        elif faults.keepalive and self.ask.stream:
            await self._wait(None)
        else:
            await self.reply.forever()

    async def _endless(self, kind: str, start: bytes) -> None:
        await self.reply.open(200, self._headers(kind))
        await self.reply.body(start)
        for _ in range(OVERLONG // len(BLOCK)):
            await self.reply.body(BLOCK)
            await asyncio.sleep(0)
        await self.reply.end()

    async def _wait(self, milliseconds: int | None) -> None:
        """Wait inside a body, without end for None; with signs of life if the fault wants them."""
        signs = self.endpoint.keepalive if self.ask.stream else b"\n"
        if self.faults.keepalive is None or not signs:
            await (self.reply.forever() if milliseconds is None else _sleep(milliseconds))
            return
        left = milliseconds
        while left is None or left > 0:
            step = self.faults.keepalive if left is None else min(self.faults.keepalive, left)
            await _sleep(step)
            left = None if left is None else left - step
            await self.reply.body(signs)


async def _sleep(milliseconds: int) -> None:
    if milliseconds:
        await asyncio.sleep(milliseconds / 1000)


def _encoded(body: Json) -> bytes:
    # Lone surrogates can come in as \ud800 and be echoed; they have no UTF-8.
    return dumps(body).encode("utf-8", "replace")


def _sse(frame: Frame, data: str, line: int, odd: bool) -> str:
    """One server-sent event; `odd` takes the freedoms that the standard leaves the sender."""
    if not odd:
        event = f"event: {frame.event}\n" if frame.event else ""
        return f"{event}data: {data}\n\n"
    event = f"event:{frame.event}\r\n" if frame.event else ""
    space = " " if line % 2 else ""
    return f": frame {line}\r\n\r\n{event}data:{space}{data}\r\n\r\n\r\n"
