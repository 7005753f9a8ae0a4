"""The doer, on real sockets against the wall: what it sends, where, and when it hangs up."""

from __future__ import annotations

import asyncio
import gc
import shutil
import subprocess
from collections.abc import Sequence
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from gilmok.core.completion import Event
from gilmok.core.endpoint import Endpoint, Zone
from gilmok.core.errors import (
    ConnectFailed,
    MalformedAnswer,
    StreamBroken,
    UpstreamStatus,
    ZoneRefused,
)
from gilmok.core.outbound import Letter, Outbound
from gilmok.core.text import Secret
from gilmok.providers import transport
from gilmok.providers.http1 import Connection
from gilmok.providers.openai import OpenAI
from gilmok.providers.origin import IP
from gilmok.providers.transport import HttpUpstream
from tests.unit.providers.samples import (
    EVERYWHERE,
    KEY,
    answer,
    converse,
    endpoint,
    finishes,
    omitting,
    outbound,
    replying,
    request,
    serving,
    words,
)
from tests.wall import Ending, Wall

PROMPT_CLOSE_S = 0.25
LOCAL = frozenset({Zone.LOCAL})


def at(wall: Wall, model: str = "ok", **fields: Any) -> Endpoint:
    return endpoint(base_url=wall.openai, model=model, **fields)


def named(wall: Wall, host: str, model: str = "ok", **fields: Any) -> Endpoint:
    return endpoint(base_url=f"http://{host}:{wall.port}/v1", model=model, **fields)


class Names:
    """A resolver that answers from a script, the last line for ever."""

    def __init__(self, *script: Sequence[str]) -> None:
        self.asked: list[str] = []
        self._script = list(script)

    async def __call__(self, host: str) -> Sequence[IP]:
        self.asked.append(host)
        line = self._script.pop(0) if len(self._script) > 1 else self._script[0]
        return [ip_address(address) for address in line]


def speak(where: Endpoint, names: Names | None = None) -> HttpUpstream:
    if names is None:
        return HttpUpstream(where, OpenAI())
    return HttpUpstream(where, OpenAI(), lookup=names)


# What goes out


@pytest.mark.parametrize("stream", [True, False])
async def test_an_answer_and_the_head_that_asked_for_it(stream: bool) -> None:
    async with Wall() as wall:
        where = at(wall)
        upstream = speak(where)
        events = await answer(upstream, where, stream=stream)
        assert finishes(events) == ["stop"]
        (call,) = wall.calls
        assert call.target == "/v1/chat/completions"
        assert {name.lower(): value for name, value in call.headers} == {
            "host": f"127.0.0.1:{wall.port}",
            "user-agent": "gilmok",
            "accept-encoding": "identity",
            "content-type": "application/json",
            "authorization": f"Bearer {KEY}",
            "content-length": str(len(call.body)),
        }
        await upstream.close()


@pytest.mark.parametrize(("auth", "header"), [("x-api-key", KEY), ("none", None)])
async def test_the_key_travels_as_the_row_says(auth: str, header: str | None) -> None:
    async with Wall() as wall:
        where = omitting(at(wall), auth=auth)
        upstream = speak(where)
        await answer(upstream, where)
        assert wall.calls[0].header("x-api-key") == header
        assert wall.calls[0].header("authorization") is None
        await upstream.close()


def test_what_cannot_be_sent_is_refused_when_built() -> None:
    with pytest.raises(ValueError, match="endpoint e1") as refused:
        speak(endpoint(api_key=Secret("evil\r\nx-header: 1")))
    assert "evil" not in str(refused.value)
    with pytest.raises(ValueError, match="unknown auth"):
        speak(omitting(endpoint(), auth="basic"))
    with pytest.raises(ValueError, match="user name"):
        speak(endpoint(base_url="http://me:pw@127.0.0.1/"))


@pytest.mark.parametrize(
    "letter",
    [
        Letter("/x", b"", (("x-forwarded-for", "1.2.3.4"),)),
        Letter("/x", b"", (("accept", "a\r\nx-evil: 1"),)),
        Letter("/x HTTP/1.1\r\nx-evil: 1", b""),
    ],
)
async def test_only_a_few_headers_and_no_line_breaks_pass(letter: Letter) -> None:
    async with Wall() as wall:
        where = at(wall)
        bad = Outbound(endpoint=where, zones=EVERYWHERE, letter=letter, stream=False)
        with pytest.raises(ValueError, match="header"):
            async with speak(where).converse(bad, connect_s=1.0):
                pass
        assert wall.received == b""


async def test_bytes_for_another_endpoint_are_not_sent() -> None:
    async with Wall() as wall:
        upstream = speak(at(wall))
        other = outbound(at(wall, "tokens=3"))
        with pytest.raises(ValueError, match="another endpoint"):
            upstream.converse(other, connect_s=1.0)
        # Equal is the same: a reload makes new objects of the same content.
        async with upstream.converse(outbound(at(wall)), connect_s=1.0) as events:
            assert finishes([event async for batch in events for event in batch]) == ["stop"]
        await upstream.close()


async def test_environment_proxies_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    async with Wall() as wall:
        where = at(wall)
        upstream = speak(where)
        assert await answer(upstream, where)
        await upstream.close()


async def test_a_redirect_is_a_refusal_and_moves_nothing() -> None:
    async with Wall() as wall, Wall() as elsewhere:
        where = at(wall, f"redirect={elsewhere.url.replace(':', '%3A').replace('/', '%2F')}%2Fx")
        upstream = speak(where)
        with pytest.raises(UpstreamStatus) as refused:
            await answer(upstream, where)
        assert refused.value.status == 307
        assert elsewhere.received == b""
        await upstream.close()


async def test_a_connection_is_kept_and_used_again() -> None:
    async with Wall() as wall:
        where = at(wall)
        upstream = speak(where)
        for _ in range(3):
            await answer(upstream, where, stream=False)
        assert wall.connections_made == 1
        await upstream.close()
        await wall.wait_connections(0)


async def test_a_kept_connection_that_the_peer_closed_is_not_used() -> None:
    async with Wall() as wall:
        where = at(wall)
        upstream = speak(where)
        await answer(upstream, where, stream=False)
    async with Wall(port=wall.port) as again:
        await asyncio.sleep(0)
        assert await answer(upstream, where, stream=False)
        assert again.connections_made == 1
        await upstream.close()


# Hanging up


@pytest.mark.parametrize("model", ["stall=2", "mute", "slow=60000", "pace=60000"])
async def test_cancelling_closes_the_upstream_at_once(model: str) -> None:
    async with Wall() as wall:
        where = at(wall, model)
        upstream = speak(where)
        task = asyncio.create_task(answer(upstream, where))
        await wall.wait_received(1)
        task.cancel()
        assert await wall.wait_closed(1) < PROMPT_CLOSE_S
        with pytest.raises(asyncio.CancelledError):
            await task
        assert wall.calls[0].ending is Ending.CLIENT_CLOSED


async def test_leaving_in_the_middle_closes_the_upstream_at_once() -> None:
    async with Wall() as wall:
        where = at(wall, "tokens=1000+pace=5")
        async with converse(speak(where), where) as events:
            await anext(events)
        assert await wall.wait_closed(1) < PROMPT_CLOSE_S
        assert wall.calls[0].chunks < 1000


class Socket(asyncio.Transport):
    """A transport that records whether it is being read."""

    def __init__(self) -> None:
        super().__init__()
        self.reading = True

    def write(self, data: object) -> None:
        pass

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True

    def abort(self) -> None:
        pass


async def test_a_slow_reader_holds_the_upstream_back() -> None:
    socket, connection = Socket(), Connection(Zone.LOCAL)
    connection.connection_made(socket)
    asked = asyncio.create_task(connection.exchange(b"GET / HTTP/1.1\r\n\r\n"))
    await asyncio.sleep(0)
    connection.data_received(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n")
    await asked
    fed = 0
    while socket.reading:
        connection.data_received(b"x" * 10_000)
        fed += 10_000
    assert fed <= 64 * 1024
    read = len(await connection.read())
    assert read <= 32 * 1024
    while read < fed:
        read += len(await connection.read())
    assert read == fed
    assert socket.reading


async def test_an_endless_answer_without_lines_is_given_up() -> None:
    async with Wall() as wall:
        for stream in (True, False):
            where = at(wall, "overlong")
            with pytest.raises(MalformedAnswer):
                await answer(speak(where), where, stream=stream)
        await wall.wait_closed(2)


# Faults


@pytest.mark.parametrize(
    ("model", "stream", "error"),
    [
        ("cut=2", True, StreamBroken),
        ("cut=2", False, MalformedAnswer),
        ("reset=2", True, StreamBroken),
        ("reset=2", False, StreamBroken),
        ("trunc=2", True, StreamBroken),
        ("trunc=2", False, StreamBroken),
        ("reset=0", True, ConnectFailed),
        ("hangup", True, ConnectFailed),
        ("html", True, MalformedAnswer),
        ("badjson", True, MalformedAnswer),
        ("malformed=1", False, MalformedAnswer),
        ("errevent=2", True, StreamBroken),
        ("errevent=0", True, UpstreamStatus),
        ("errevent=1", False, UpstreamStatus),
        ("500", True, UpstreamStatus),
        ("errecho", False, UpstreamStatus),
    ],
)
async def test_every_fault_has_its_error_and_no_ending(
    model: str, stream: bool, error: type[Exception]
) -> None:
    async with Wall() as wall:
        where = at(wall, model)
        found: list[Event] = []
        upstream = speak(where)
        with pytest.raises(error) as failed:  # noqa: PT012 - the events before it matter too
            async with converse(upstream, where, stream=stream) as events:
                async for batch in events:
                    found += batch
        assert finishes(found) == []
        assert KEY not in repr(failed.value)
        assert str(wall.port) not in str(failed.value)
        await upstream.close()


@pytest.mark.parametrize(
    "model", ["split", "keepalive", "gzip", "huge=900000", "ttft=20+keepalive"]
)
@pytest.mark.parametrize("stream", [True, False])
async def test_odd_but_proper_answers_are_whole(model: str, stream: bool) -> None:
    async with Wall() as wall:
        where = at(wall, model)
        upstream = speak(where)
        events = await answer(upstream, where, stream=stream)
        assert finishes(events) == ["stop"]
        assert words(events)
        await upstream.close()


@pytest.mark.parametrize(("model", "seconds"), [("429=7", 7.0), ("429ms=250", 0.25), ("503", None)])
async def test_a_refusal_says_when_to_come_back(model: str, seconds: float | None) -> None:
    async with Wall() as wall:
        where = at(wall, model)
        upstream = speak(where)
        with pytest.raises(UpstreamStatus) as refused:
            await answer(upstream, where)
        assert refused.value.retry_after_s == seconds
        await upstream.close()


async def test_a_closed_port_is_refused_without_its_name() -> None:
    where = endpoint(base_url="http://127.0.0.1:1/v1")
    with pytest.raises(ConnectFailed) as failed:
        await answer(speak(where), where)
    assert failed.value.parameters == {"detail": "refused"}


async def test_a_name_that_nobody_knows() -> None:
    async def unknown(host: str) -> Sequence[IP]:
        raise OSError("no such name")

    where = endpoint(base_url="http://model.example/v1")
    upstream = HttpUpstream(where, OpenAI(), lookup=unknown)
    with pytest.raises(ConnectFailed) as failed:
        await upstream.prove()
    assert failed.value.parameters == {"detail": "dns"}


DONE = b'{"choices":[{"message":{"content":"a"},"finish_reason":"stop"}]}'


async def test_a_resolver_that_hangs_counts_as_connecting() -> None:
    async def hang(host: str) -> Sequence[IP]:
        await asyncio.Event().wait()
        raise AssertionError

    where = endpoint(base_url="http://model.example/v1")
    upstream = HttpUpstream(where, OpenAI(), lookup=hang)
    with pytest.raises(ConnectFailed) as failed:
        async with upstream.converse(outbound(where), connect_s=0.02):
            pass
    assert failed.value.parameters == {"detail": "dns_timeout"}


async def test_an_answer_whose_body_never_ends_costs_only_the_connection(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(transport, "PATIENCE_S", 0.02)

    async def dawdle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        data = (
            b'data: {"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":"stop"}]}\n\n'
            b"data: [DONE]\n\n"
        )
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\n" + data)
        await reader.read()  # until the client gives the connection up

    async with serving(dawdle) as port:
        where = endpoint(base_url=f"http://127.0.0.1:{port}/v1")
        upstream = speak(where)
        assert words(await answer(upstream, where)) == "a"
        assert upstream.pool.take(EVERYWHERE) is None


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", MalformedAnswer),
        (b"\x16\x03\x01\x02\x00", MalformedAnswer),
        (b"", ConnectFailed),
        (b"HTTP/1.1 200", ConnectFailed),
        (b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 20_000 + b"\r\n", MalformedAnswer),
        (b"HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n", MalformedAnswer),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\ncontent-length: 5\r\n\r\n{}", MalformedAnswer),
        (
            b"HTTP/1.1 200 OK\r\ncontent-encoding: br\r\ncontent-length: 2\r\n\r\n{}",
            MalformedAnswer,
        ),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n", MalformedAnswer),
        (b"HTTP/1.1 204 No Content\r\n\r\n", MalformedAnswer),
    ],
)
async def test_what_is_not_an_http_answer(reply: bytes, error: type[Exception]) -> None:
    async with replying(reply) as port:
        where = endpoint(base_url=f"http://127.0.0.1:{port}/v1")
        with pytest.raises(error):
            await answer(speak(where), where, stream=False)


@pytest.mark.parametrize(
    "reply",
    [
        b"HTTP/1.1 200 OK\r\n\r\n" + DONE,
        b"HTTP/1.0 200 OK\r\ncontent-type: application/json\r\n\r\n" + DONE,
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nlink: x\r\n\r\nHTTP/1.1 200 OK\r\n"
        b"content-length: %d\r\n\r\n%b" % (len(DONE), DONE),
    ],
)
async def test_every_way_http_may_end_a_body(reply: bytes) -> None:
    async with replying(reply) as port:
        where = endpoint(base_url=f"http://127.0.0.1:{port}/v1")
        upstream = speak(where)
        assert words(await answer(upstream, where, stream=False)) == "a"
        await upstream.close()


async def test_a_second_answer_that_nobody_asked_for_is_nobodys_answer() -> None:
    reply = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%b" % (len(DONE), DONE)
    async with replying(reply + reply.replace(b'"a"', b'"b"')) as port:
        where = endpoint(base_url=f"http://127.0.0.1:{port}/v1")
        upstream = speak(where)
        assert words(await answer(upstream, where, stream=False)) == "a"
        assert upstream.pool.take(EVERYWHERE) is None


async def test_an_answer_in_one_document_to_a_question_for_a_stream() -> None:
    reply = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n" + DONE
    async with replying(reply) as port:
        where = endpoint(base_url=f"http://127.0.0.1:{port}/v1")
        assert words(await answer(speak(where), where, stream=True)) == "a"


# The zone (law 1)


async def test_a_less_trusted_address_gets_no_byte() -> None:
    async with Wall() as wall:
        where = at(wall, zone=Zone.CLOUD)
        with pytest.raises(ZoneRefused) as refused:
            await answer(speak(where), where, zones=LOCAL)
        assert refused.value.proved is Zone.CLOUD
        assert wall.connections_made == 0


async def test_a_name_that_moves_between_check_and_connect_moves_nothing() -> None:
    async with Wall() as wall:
        names = Names(["127.0.0.1"], ["8.8.8.8"])
        where = named(wall, "model.example", zone=Zone.LOCAL)
        upstream = speak(where, names)
        assert await upstream.prove() is Zone.LOCAL
        await answer(upstream, where, zones=LOCAL, stream=False)
        assert names.asked == ["model.example"]
        assert wall.calls[0].header("host") == f"model.example:{wall.port}"
        # The kept connection stays with the address it was proved for; a new one is proved anew.
        upstream._resolver._until = 0.0
        await answer(upstream, where, zones=LOCAL, stream=False)
        assert wall.connections_made == 1
        await upstream.close()
        fresh = speak(where, names)
        with pytest.raises(ZoneRefused):
            await answer(fresh, where, zones=LOCAL)
        assert await fresh.prove() is Zone.CLOUD


async def test_one_bad_address_among_good_ones_is_enough_to_refuse() -> None:
    async with Wall() as wall:
        where = named(wall, "model.example", zone=Zone.LOCAL)
        upstream = speak(where, Names(["127.0.0.1", "93.184.216.34"]))
        with pytest.raises(ZoneRefused):
            await answer(upstream, where, zones=frozenset({Zone.LOCAL, Zone.PRIVATE}))
        assert wall.connections_made == 0


@pytest.mark.parametrize("host", ["localhost.evil.example", "127.0.0.1.evil.example"])
async def test_a_name_that_looks_local_is_asked_for_its_address(host: str) -> None:
    names = Names(["93.184.216.34"])
    where = endpoint(base_url=f"http://{host}/v1", zone=Zone.LOCAL)
    with pytest.raises(ZoneRefused):
        await answer(speak(where, names), where, zones=LOCAL)
    assert names.asked == [host]


async def test_nothing_crosses_a_public_network_unencrypted_when_a_name_has_moved() -> None:
    async with Wall() as wall:
        where = named(wall, "model.example", zone=Zone.PRIVATE)
        upstream = speak(where, Names(["127.0.0.1", "93.184.216.34"]))
        with pytest.raises(ZoneRefused):  # whatever the label: the key would travel too
            await answer(upstream, where, zones=EVERYWHERE)
        with pytest.raises(ZoneRefused):
            await upstream.ask("/models", connect_s=1.0)
        assert wall.connections_made == 0


async def test_localhost_asks_nobody() -> None:
    async with Wall() as wall:
        names = Names(["93.184.216.34"])
        where = named(wall, "localhost")
        upstream = speak(where, names)
        await answer(upstream, where, zones=LOCAL)
        assert names.asked == []
        await upstream.close()


async def test_ipv6_loopback_is_local() -> None:
    async with Wall(host="::1") as wall:
        where = at(wall)
        upstream = speak(where)
        await answer(upstream, where, zones=LOCAL)
        assert wall.calls[0].header("host") == f"[::1]:{wall.port}"
        await upstream.close()


async def test_a_dead_first_address_does_not_take_all_the_time() -> None:
    async with Wall() as wall:
        where = named(wall, "model.example")
        upstream = speak(where, Names(["127.0.0.2", "127.0.0.1"]))
        await answer(upstream, where, zones=LOCAL)
        await upstream.close()


async def test_a_kept_connection_serves_only_the_zones_it_proved() -> None:
    async with Wall() as wall:
        names = Names(["8.8.8.8", "127.0.0.1"])
        where = named(wall, "model.example", zone=Zone.LOCAL)
        upstream = speak(where, names)
        connection = await upstream.pool.open([ip_address("127.0.0.1")], Zone.CLOUD, 1.0)
        connection.reusable = True
        upstream.pool.keep(connection)
        assert upstream.pool.take(LOCAL) is None
        assert upstream.pool.take(EVERYWHERE) is connection
        connection.abort()


# TLS


def certificate(folder: Path, name: str) -> tuple[Path, Path]:
    """An authority that is also the server's certificate, for this name and 127.0.0.1."""
    cert, key = folder / f"{name}.pem", folder / f"{name}.key"
    command = (
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 "
        f"-subj /CN={name} -addext subjectAltName=DNS:{name} -keyout {key} -out {cert}"
    )
    subprocess.run(command.split(), check=True, capture_output=True)
    return cert, key


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl to make a certificate")
async def test_only_the_own_authority_pins_a_host(tmp_path: Path) -> None:
    cert, key = certificate(tmp_path, "gpu.example")
    other, _ = certificate(tmp_path, "other.example")
    async with Wall(certfile=cert, keyfile=key) as wall:
        base = f"https://gpu.example:{wall.port}/v1"
        names = Names(["127.0.0.1"])
        where = endpoint(base_url=base, zone=Zone.PRIVATE, ca_file=str(cert))
        upstream = speak(where, names)
        await answer(upstream, where, zones=frozenset({Zone.PRIVATE}))
        assert wall.calls[0].header("host") == f"gpu.example:{wall.port}"
        await upstream.close()
        for ca_file, url in (
            (str(other), base),
            (None, base),
            (str(cert), base.replace("gpu.", "gpu2.")),
        ):
            stranger = replace(where, ca_file=ca_file, base_url=url)
            with pytest.raises(ConnectFailed) as failed:
                await answer(speak(stranger, names), stranger)
            assert failed.value.parameters == {"detail": "tls_certificate"}
        assert len(wall.calls) == 1
    gc.collect()  # asyncio's half-open TLS transports warn when collected: not in another test


async def test_a_plain_server_is_no_tls_server() -> None:
    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    async with serving(greet) as port:
        where = endpoint(base_url=f"https://127.0.0.1:{port}/v1")
        with pytest.raises(ConnectFailed) as failed:
            await answer(speak(where), where, asked=request())
        assert failed.value.parameters["detail"] in ("tls", "reset", "os_error")
