"""Events reach the operator's address: signed, tried again, bounded, and never in anybody's way."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Sequence
from ipaddress import ip_address
from types import TracebackType
from typing import Self

import pytest

from gilmok.core.endpoint import Endpoint, ProviderRow, Zone
from gilmok.core.text import Secret
from gilmok.providers import webhook
from gilmok.providers.origin import IP
from gilmok.providers.resolver import Lookup
from gilmok.providers.webhook import TRIES, Webhook
from gilmok.system import SystemClock, SystemRng

BODY = b'{"type": "budget_soft"}'
SECRET = "whsec_1"


class Receiver:
    """Answers with one scripted status after the other, the last one for ever."""

    def __init__(self, *statuses: int, headers: str = "") -> None:
        self._statuses = list(statuses)
        self._headers = headers
        self.heads: list[dict[str, str]] = []
        self.targets: list[str] = []
        self.bodies: list[bytes] = []
        self._news = asyncio.Event()
        self._open: set[asyncio.Task[None] | None] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/events"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.close()
        await self._server.wait_closed()
        await asyncio.gather(*(task for task in self._open if task is not None))

    async def until(self, count: int) -> None:
        async with asyncio.timeout(10):
            while len(self.bodies) < count:
                self._news.clear()
                await self._news.wait()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(asyncio.current_task())
        try:
            await self._hear(reader, writer)
        except asyncio.IncompleteReadError:
            pass  # The gateway left first.
        finally:
            writer.close()

    async def _hear(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        first, *lines = head.split("\r\n")
        fields = {
            name.lower(): value.strip() for name, _, value in (x.partition(":") for x in lines)
        }
        body = await reader.readexactly(int(fields["content-length"]))
        self.targets.append(first)
        self.heads.append(fields)
        self.bodies.append(body)
        self._news.set()
        status = self._statuses.pop(0) if len(self._statuses) > 1 else self._statuses[0]
        writer.write(f"HTTP/1.1 {status} X\r\n{self._headers}content-length: 0\r\n\r\n".encode())
        await writer.drain()
        await reader.read()  # until the gateway hangs up


def endpoint(url: str, secret: str | None = SECRET) -> Endpoint:
    return Endpoint(
        id="webhook",
        provider=ProviderRow(name="webhook", wire="webhook", auth="none"),
        base_url=url,
        model="",
        zone=Zone.LOCAL,
        context=0,
        quality=0.0,
        api_key=None if secret is None else Secret(secret),
    )


class Results:
    """How events ended."""

    def __init__(self) -> None:
        self.all: list[str] = []
        self._news = asyncio.Event()

    def __call__(self, result: str) -> None:
        self.all.append(result)
        self._news.set()

    async def until(self, count: int) -> None:
        async with asyncio.timeout(10):
            while len(self.all) < count:
                self._news.clear()
                await self._news.wait()


@pytest.fixture
def results() -> Results:
    return Results()


def sender(url: str, results: Results, secret: str | None = SECRET, **of: Lookup) -> Webhook:
    receiver = endpoint(url, secret)
    return Webhook(receiver, SystemClock(), SystemRng(), tell=results, pause_s=0.001, **of)


async def test_an_event_arrives_as_it_was_and_signed(results: Results) -> None:
    async with Receiver(200) as receiver, sender(receiver.url, results) as hook:
        hook.send("e", BODY)
        await results.until(1)
    assert receiver.bodies == [BODY]
    assert receiver.targets == ["POST /events HTTP/1.1"]
    (head,) = receiver.heads
    assert head["content-type"] == "application/json"
    assert "authorization" not in head
    parts = dict(part.split("=") for part in head["x-gilmok-signature"].split(","))
    signed = f"{parts['t']}.".encode() + BODY
    assert parts["v1"] == hmac.new(SECRET.encode(), signed, "sha256").hexdigest()


async def test_without_a_secret_nothing_is_signed(results: Results) -> None:
    async with Receiver(204) as receiver, sender(receiver.url, results, None) as hook:
        hook.send("e", BODY)
        await results.until(1)
    assert "x-gilmok-signature" not in receiver.heads[0]


async def test_what_may_pass_is_tried_again(results: Results) -> None:
    async with Receiver(500, 429, 200) as receiver, sender(receiver.url, results) as hook:
        hook.send("e", BODY)
        await results.until(1)
        assert results.all == ["delivered"]
    assert receiver.bodies == [BODY] * 3


async def test_it_is_given_up_in_the_end_and_the_next_one_goes_on(results: Results) -> None:
    async with Receiver(*[503] * TRIES, 200) as receiver, sender(receiver.url, results) as hook:
        hook.send("1", b"1")
        hook.send("2", b"2")
        await results.until(2)
        assert results.all == ["failed", "delivered"]
    assert receiver.bodies == [b"1"] * TRIES + [b"2"]


@pytest.mark.parametrize("status", [400, 404, 302])
async def test_a_refusal_or_a_redirect_is_final(
    status: int, results: Results, caplog: pytest.LogCaptureFixture
) -> None:
    elsewhere = "location: http://169.254.169.254/\r\n"
    async with (
        Receiver(status, headers=elsewhere) as receiver,
        sender(receiver.url, results) as hook,
    ):
        hook.send("e", BODY)
        await results.until(1)
        assert results.all == ["failed"]
    assert len(receiver.bodies) == 1
    assert caplog.records[-1].getMessage() == "webhook_failed"
    assert caplog.records[-1].__dict__["reason"] == f"status_{status}"


async def test_nobody_there_is_a_failure_and_no_exception(results: Results) -> None:
    async with Receiver(200) as receiver:
        url = receiver.url
    async with sender(url, results) as hook:
        hook.send("e", BODY)
        await results.until(1)
        assert results.all == ["failed"]


async def test_unencrypted_to_a_public_address_is_never_spoken(results: Results) -> None:
    """As with endpoints: a name that moved to a public address is refused when it is connected."""

    async def lookup(host: str) -> Sequence[IP]:
        return [ip_address("203.0.113.7")]

    async with sender("http://events.test/x", results, lookup=lookup) as hook:
        hook.send("e", BODY)
        await results.until(1)
        assert results.all == ["failed"]


async def test_what_waits_is_bounded(results: Results, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "MOST_WAITING", 2)
    async with Receiver(200) as receiver:
        hook = sender(receiver.url, results)  # Not running: nothing is taken.
        for _ in range(5):
            hook.send("e", BODY)
        assert results.all == ["failed"] * 3
        async with hook:
            await results.until(5)
        assert results.all[3:] == ["delivered"] * 2


async def test_what_waits_when_the_gateway_leaves_is_delivered_in_order(results: Results) -> None:
    bodies = [b"%d" % number for number in range(20)]
    async with Receiver(200) as receiver:
        async with sender(receiver.url, results) as hook:
            for body in bodies:
                hook.send(body.decode(), body)
        assert results.all == ["delivered"] * 20
    assert receiver.bodies == bodies


async def test_a_pause_ends_when_the_gateway_leaves_and_one_try_follows(
    results: Results, caplog: pytest.LogCaptureFixture
) -> None:
    async with Receiver(500) as receiver:
        hook = Webhook(endpoint(receiver.url), SystemClock(), SystemRng(), tell=results, pause_s=60)
        async with hook:
            hook.send("first", b"1")
            hook.send("second", b"2")
            await receiver.until(1)
        assert receiver.bodies == [b"1", b"1", b"2"]
    assert results.all == ["failed", "failed"]
    given_up = [(r.__dict__["event"], r.__dict__["reason"]) for r in caplog.records]
    assert given_up == [("first", "status_500"), ("second", "status_500")]
    hook.send("late", b"3")
    assert (caplog.records[-1].__dict__["event"], results.all[2:]) == ("late", ["failed"])


async def test_leaving_while_nobody_answers_is_bounded(
    results: Results, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        accepted.set()
        await reader.read()
        writer.close()
        left.set()

    accepted, left = asyncio.Event(), asyncio.Event()
    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    monkeypatch.setattr(webhook, "DRAIN_S", 0.05)
    async with sender(url, results) as hook:
        hook.send("first", BODY)
        hook.send("second", BODY)
        await accepted.wait()
    assert results.all == ["failed", "failed"]
    given_up = [(r.__dict__["event"], r.__dict__["reason"]) for r in caplog.records]
    assert given_up == [("first", "shutdown"), ("second", "shutdown")]
    await left.wait()
    server.close()
    await server.wait_closed()
