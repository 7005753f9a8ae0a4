"""An upstream inside this process whose model name selects the fault: for demonstrations and for
the simulation. No sockets; time passes only in `asyncio.sleep`, so it runs on a virtual clock.

A name is parts joined by `+`, each `NAME` or `NAME=VALUE`: `slow=800+nousage`. The parts mean what
they mean to the stub upstream of the tests:

| part | what it does |
| --- | --- |
| `ok` | answers |
| `tokens=N` | an answer of exactly N pieces |
| `repeat=TEXT` | answers TEXT (URL-quoted) |
| `slow=MS` | MS before the answer begins |
| `ttft=MS` | MS between the beginning and the first piece |
| `pace=MS` | MS between pieces |
| `empty` | finishes without content |
| `length` | finish reason `length` |
| `nousage` | reports no usage |
| `mute` | accepts the request and never answers |
| `hangup` | closes before the answer |
| `stall=N` | after N pieces nothing more |
| `cut=N` | after N pieces the answer breaks off |
| `errevent=N` | after N pieces an error |
| `NNN`, `NNN=S` | that status, 400 to 599; come back after S seconds |
| `flaky=N` | the first N requests fail: with the failure beside it, else with 500 |
| `flap` | every other request fails, beginning with the first |
| `as=LABEL` | nothing: makes names distinct |
| `most=N` | 413 for more than N texts to embed |
| `hates=TEXT` | the failure beside it, else 400, and only for requests with TEXT (URL-quoted) to embed |

What it does besides chat is in `dummy_works`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from urllib.parse import unquote

from msgspec import Struct
from msgspec.structs import replace

from gilmok.core.completion import Batch, Delta, FinishReason, Opened, Usage
from gilmok.core.endpoint import Endpoint, Zone
from gilmok.core.errors import ConnectFailed, StreamBroken, UpstreamStatus, ZoneRefused
from gilmok.core.outbound import Letter, Outbound
from gilmok.core.ports import Dialect
from gilmok.core.request import Request
from gilmok.providers import dummy_works
from gilmok.providers.dummy_works import Order

ANSWER = "이것은 연습용 모델의 답입니다. This is the practice model's answer."
BYTES_PER_TOKEN = 4


class Faults(Struct, frozen=True, kw_only=True):
    """What a model's name asks for. Times are milliseconds; `None` means not asked for."""

    ok: bool = False
    label: str = ""
    tokens: int | None = None
    repeat: str | None = None
    slow: int = 0
    ttft: int = 0
    pace: int = 0
    empty: bool = False
    length: bool = False
    nousage: bool = False
    mute: bool = False
    hangup: bool = False
    stall: int | None = None
    cut: int | None = None
    errevent: int | None = None
    status: int | None = None
    retry_after: int | None = None
    flaky: int = 0
    flap: bool = False
    most: int | None = None
    hates: str | None = None

    def healed(self) -> Faults:
        """The same name on a good day."""
        return replace(
            self, mute=False, hangup=False, stall=None, cut=None, errevent=None, status=None
        )


_FLAGS = frozenset({"ok", "empty", "length", "nousage", "mute", "hangup", "flap"})
_NUMBERS = frozenset(
    {"tokens", "slow", "ttft", "pace", "stall", "cut", "errevent", "flaky", "most"}
)
_TEXTS = {"repeat": "repeat", "as": "label", "hates": "hates"}


def parse(model: str) -> Faults:
    """Raises `ValueError` for a part that means nothing: a typing error must not look like health."""
    fields: dict[str, str | int | bool] = {}
    for part in model.split("+"):
        name, equals, value = part.partition("=")
        if name in _FLAGS and not equals:
            found: dict[str, str | int | bool] = {name: True}
        elif name in _NUMBERS and value.isdecimal():
            found = {name: int(value)}
        elif name in _TEXTS and value:
            found = {_TEXTS[name]: unquote(value)}
        elif len(name) == 3 and name.isdecimal() and name[0] in "45":
            found = {"status": int(name)}
            if equals:
                found["retry_after"] = int(value)
        else:
            raise ValueError(f"the dummy has no {part!r}")
        if fields.keys() & found.keys():
            raise ValueError(f"{part!r} is said twice")
        fields |= found
    return Faults(**fields)  # type: ignore[arg-type]  # the readers above made each of its type


class DummyDialect:
    """OpenAI's for chat; for everything else a form of its own, without any limit."""

    def __init__(self, chat: Dialect) -> None:
        self._chat = chat

    def unsupported(self, request: Request) -> tuple[str, ...]:
        return self._chat.unsupported(request) if request.work is None else ()

    def encode(self, endpoint: Endpoint, request: Request) -> Letter:
        if request.work is None:
            return self._chat.encode(endpoint, request)
        return dummy_works.written(request, request.work)


class Dummy:
    """See `core.ports.Upstream`. Its zone is the declared one: nothing leaves the process.

    Raises `ValueError` for a model name that it does not know.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self._faults = parse(endpoint.model)
        self._calls = 0

    def converse(
        self, outbound: Outbound, *, connect_s: float
    ) -> AbstractAsyncContextManager[AsyncIterator[Batch]]:
        return self._converse(outbound)

    @asynccontextmanager
    async def _converse(self, outbound: Outbound) -> AsyncGenerator[AsyncIterator[Batch], None]:
        zone = await self.prove()
        if zone not in outbound.zones:
            raise ZoneRefused(self.endpoint.id, zone)
        order = dummy_works.read(outbound.letter)
        faults = self._now() if order is None else _for_texts(self._now(), order)
        await asyncio.sleep(faults.slow / 1000)
        if faults.mute:
            await asyncio.Event().wait()
        if faults.hangup:
            raise ConnectFailed("closed_before_answer")
        if faults.status is not None:
            raise UpstreamStatus(faults.status, faults.retry_after)
        prompt = len(outbound.letter.body) // BYTES_PER_TOKEN
        events = (
            _answer(faults, prompt, outbound.stream)
            if order is None
            else _work(faults, prompt, order)
        )
        try:
            yield events
        finally:
            await events.aclose()

    def _now(self) -> Faults:
        """The faults of this call: `flaky` and `flap` have good days and bad ones."""
        self._calls += 1
        faults = self._faults
        if not (faults.flaky or faults.flap):
            return faults
        bad = self._calls <= faults.flaky or (faults.flap and self._calls % 2 == 1)
        healed = faults.healed()
        if not bad:
            return healed
        return replace(faults, status=500) if faults == healed else faults

    async def prove(self) -> Zone:
        return self.endpoint.zone

    async def close(self) -> None:
        """Nothing to close."""


def _for_texts(faults: Faults, order: Order) -> Faults:
    """Some faults are of some texts only."""
    if faults.most is not None and len(order.texts) > faults.most:
        return replace(faults, status=413)
    if faults.hates is None:
        return faults
    if not any(faults.hates in text for text in order.texts):
        return faults.healed()
    return replace(faults, status=400) if faults == faults.healed() else faults


async def _work(faults: Faults, prompt: int, order: Order) -> AsyncGenerator[Batch, None]:
    yield [Opened("dummy", "dummy")]
    await asyncio.sleep(faults.ttft / 1000)
    pieces = [] if faults.empty else list(dummy_works.made(order, faults.repeat or ANSWER))
    for at, piece in enumerate(pieces):
        await _fail_after(at, faults)
        if at:
            await asyncio.sleep(faults.pace / 1000)
        yield [piece]
    await _fail_after(len(pieces), faults)
    if not faults.nousage:
        yield [Usage(max(prompt, 1), 0, units=order.units)]


def _pieces(faults: Faults) -> list[str]:
    text = ANSWER if faults.repeat is None else faults.repeat
    words = [word if at == 0 else f" {word}" for at, word in enumerate(text.split(" "))]
    if faults.empty:
        return []
    wanted = max(faults.tokens or 0, *(n or 0 for n in (faults.stall, faults.cut, faults.errevent)))
    if faults.tokens is None:
        wanted = max(wanted, len(words))
    return [words[at % len(words)] for at in range(wanted)]


async def _answer(faults: Faults, prompt: int, stream: bool) -> AsyncGenerator[Batch, None]:
    pieces = _pieces(faults)
    yield [Opened("dummy", "dummy")]
    await asyncio.sleep(faults.ttft / 1000)
    said: list[str] = []
    for at, piece in enumerate(pieces):
        await _fail_after(at, faults)
        if at:
            await asyncio.sleep(faults.pace / 1000)
        if stream:
            yield [Delta(content=piece)]
        said.append(piece)
    await _fail_after(len(pieces), faults)
    finish = FinishReason.LENGTH if faults.length else FinishReason.STOP
    yield [Delta(content=None if stream or not said else "".join(said), finish=finish)]
    if not faults.nousage:
        yield [Usage(max(prompt, 1), len(pieces))]


async def _fail_after(pieces: int, faults: Faults) -> None:
    if pieces == faults.stall:
        await asyncio.Event().wait()
    if pieces == faults.cut:
        raise StreamBroken
    if pieces == faults.errevent:
        raise StreamBroken("stream_error_event")
