"""Endpoints behind an HTTP proxy, on real sockets: tunnels, whole URLs, and every way it fails."""

from __future__ import annotations

import asyncio
import gc
import shutil
from pathlib import Path
from typing import Any

import pytest

from gilmok.core.endpoint import Endpoint, Proxy, Reach, Zone
from gilmok.core.errors import ConnectFailed, UpstreamStatus, ZoneRefused
from gilmok.core.text import Secret
from gilmok.providers.openai import OpenAI
from gilmok.providers.transport import HttpUpstream
from tests.unit.providers.proxy import TinyProxy, proxying
from tests.unit.providers.samples import KEY, answer, endpoint, finishes, outbound, serving
from tests.unit.providers.test_transport import Names, certificate
from tests.wall import Wall

HOST = "models.example"
PASSWORD = "Basic dXNlcjpjYW5hcnktcGFzc3dvcmQ="
needs_openssl = pytest.mark.skipif(
    shutil.which("openssl") is None, reason="needs openssl to make a certificate"
)


def through(port: int, authorization: str | None = None, host: str = "127.0.0.1") -> Reach:
    secret = None if authorization is None else Secret(authorization)
    return Reach(proxy=Proxy(host=host, port=port, authorization=secret))


def behind(proxy: TinyProxy, base_url: str, **fields: Any) -> Endpoint:
    """An endpoint of the cloud zone that is asked through this proxy."""
    values: dict[str, Any] = {
        "reach": through(proxy.port, proxy.demands),
        "zone": Zone.CLOUD,
    } | fields
    return endpoint(base_url=base_url, **values)


def speak(where: Endpoint, names: Names | None = None) -> HttpUpstream:
    # Who asks the resolver for the endpoint's name has told it where the text goes.
    return HttpUpstream(where, OpenAI(), lookup=names or Names([]))


async def failure(where: Endpoint, names: Names | None = None, connect_s: float = 5.0) -> str:
    with pytest.raises(ConnectFailed) as failed:
        async with speak(where, names).converse(outbound(where), connect_s=connect_s):
            pass
    told = str(failed.value) + repr(failed.value)
    assert "canary" not in told
    assert PASSWORD not in told
    return str(failed.value.parameters["detail"])


@needs_openssl
@pytest.mark.parametrize("demands", [None, PASSWORD])
async def test_a_tunnel_shows_the_proxy_a_name_and_nothing_else(
    tmp_path: Path, demands: str | None
) -> None:
    cert, key = certificate(tmp_path, HOST)
    async with Wall(certfile=cert, keyfile=key) as wall:
        leads = {f"{HOST}:443": wall.port}
        async with proxying(leads, demands=demands) as proxy:
            where = behind(proxy, f"https://{HOST}/v1", ca_file=str(cert))
            upstream = speak(where)
            for stream in (False, True):
                assert finishes(await answer(upstream, where, stream=stream)) == ["stop"]
            await upstream.close()
        # One tunnel, used twice; the proxy's own credentials stay with the proxy.
        assert len(proxy.heads) == 1
        lines = proxy.heads[0].split("\r\n")
        assert lines[:3] == [
            f"CONNECT {HOST}:443 HTTP/1.1",
            f"host: {HOST}:443",
            "user-agent: gilmok",
        ]
        assert (f"proxy-authorization: {PASSWORD}" in lines) == (demands is not None)
        for secret in (KEY, "hello", "/v1/chat/completions"):
            assert secret.encode() not in proxy.passed
            assert secret not in proxy.heads[0]
        assert [c.header("host") for c in wall.calls] == [HOST] * 2
        assert [c.header("proxy-authorization") for c in wall.calls] == [None] * 2
    gc.collect()  # asyncio's half-open TLS transports warn when collected: not in another test


@needs_openssl
async def test_tls_is_proved_inside_the_tunnel(tmp_path: Path) -> None:
    """A proxy that leads elsewhere is found out."""
    cert, _ = certificate(tmp_path, HOST)
    other, other_key = certificate(tmp_path, "other.example")
    async with Wall(certfile=other, keyfile=other_key) as wall:
        async with proxying({f"{HOST}:443": wall.port}) as proxy:
            where = behind(proxy, f"https://{HOST}/v1", ca_file=str(cert))
            assert await failure(where) == "tls_certificate"
        assert wall.calls == []
    gc.collect()


async def test_without_tls_the_proxy_is_asked_for_the_whole_url() -> None:
    async with (
        Wall() as wall,
        proxying({f"{HOST}:{wall.port}": wall.port}, demands=PASSWORD) as proxy,
    ):
        where = behind(proxy, f"http://{HOST}:{wall.port}/v1")
        upstream = speak(where)
        assert finishes(await answer(upstream, where)) == ["stop"]
        await upstream.ask("/models", connect_s=1.0)
        await upstream.close()
        asked, *_ = proxy.heads[0].split("\r\n")
        assert asked == f"POST http://{HOST}:{wall.port}/v1/chat/completions HTTP/1.1"
        assert wall.calls[0].header("host") == f"{HOST}:{wall.port}"


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/v1", "https://127.0.0.1:1/v1"])
async def test_whatever_its_address_what_is_behind_a_proxy_is_cloud(url: str) -> None:
    async with proxying({}) as proxy:
        for declared in Zone:
            where = behind(proxy, url, zone=declared)
            upstream = speak(where)
            assert await upstream.prove() is Zone.CLOUD
            with pytest.raises(ZoneRefused):
                await answer(upstream, where, zones=frozenset({Zone.LOCAL, Zone.PRIVATE}))
        assert proxy.heads == []


async def test_a_pinned_host_behind_a_proxy_is_cloud(tmp_path: Path) -> None:
    async with proxying({}) as proxy:
        where = behind(proxy, f"https://{HOST}/v1", zone=Zone.PRIVATE, ca_file="authority.pem")
        assert await speak(where).prove() is Zone.CLOUD


async def test_nothing_goes_unencrypted_to_a_public_proxy() -> None:
    where = endpoint(
        base_url="http://127.0.0.1:1/v1", zone=Zone.CLOUD, reach=through(3128, host="proxy.example")
    )
    with pytest.raises(ZoneRefused):
        await answer(speak(where, Names(["93.184.216.34"])), where)


async def test_only_the_proxys_name_is_looked_up() -> None:
    async with proxying({}) as proxy:
        reach = through(proxy.port, host="proxy.example")
        where = behind(proxy, f"https://{HOST}/v1", reach=reach)
        names = Names(["127.0.0.1"])
        assert await failure(where, names) == "proxy_status_502"
        assert names.asked == ["proxy.example"]


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_proxy_that_wants_other_credentials(scheme: str) -> None:
    async with proxying({}, demands="Basic b3RoZXI=") as proxy:
        where = behind(proxy, f"{scheme}://{HOST}/v1", reach=through(proxy.port, PASSWORD))
        assert await failure(where) == "proxy_auth"
        with pytest.raises(ConnectFailed) as failed:
            await speak(where).ask("/models", connect_s=1.0)
        assert failed.value.parameters == {"detail": "proxy_auth"}


async def test_a_status_407_of_an_endpoint_is_its_own() -> None:
    async with Wall() as wall:
        where = endpoint(base_url=wall.openai, model="407")
        with pytest.raises(UpstreamStatus):
            await answer(speak(where), where)


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_proxy_that_is_down(scheme: str) -> None:
    where = endpoint(base_url=f"{scheme}://{HOST}/v1", zone=Zone.CLOUD, reach=through(1))
    assert await failure(where) == "proxy_refused"


async def test_a_proxy_nobody_knows() -> None:
    reach = through(3128, host="proxy.example")
    where = endpoint(base_url=f"https://{HOST}/v1", zone=Zone.CLOUD, reach=reach)
    assert await failure(where, Names([])) == "proxy_dns"


@pytest.mark.parametrize(
    ("says", "detail"),
    [
        (b"SSH-2.0-OpenSSH_9.2\r\n", "proxy_not_http"),
        (b"\x16\x03\x01\x02\x00", "proxy_not_http"),
        (b"HTTP/1.1 OK\r\n\r\n", "proxy_not_http"),
        (b"HTTP/2 200\r\n\r\n", "proxy_not_http"),
        (b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 4000 + b"\r\n", "proxy_not_http"),
        (b"HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n\r\n{}", "proxy_not_http"),
        (b"HTTP/1.1 200 OK\r\n", "proxy_closed"),
        (b"HTTP/1.1 403 Forbidden\r\ncontent-length: 6\r\n\r\ncanary", "proxy_status_403"),
        (b"HTTP/1.1 302 Found\r\nlocation: http://canary/\r\n\r\n", "proxy_status_302"),
    ],
)
async def test_a_proxy_that_answers_something_else(says: bytes, detail: str) -> None:
    async with proxying({}, says=says) as proxy:
        assert await failure(behind(proxy, f"https://{HOST}/v1")) == detail


async def test_a_proxy_that_says_nothing_counts_as_connecting() -> None:
    async with proxying({}, says=b"") as proxy:
        where = behind(proxy, f"https://{HOST}/v1")
        assert await failure(where, connect_s=0.1) == "proxy_timeout"


async def test_what_is_behind_the_tunnel_may_be_no_tls_server() -> None:
    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    async with (
        serving(greet) as port,
        proxying({f"{HOST}:443": port}) as proxy,
    ):
        assert await failure(behind(proxy, f"https://{HOST}/v1")) == "tls"
    gc.collect()


async def test_cancelling_closes_the_tunnel_at_once() -> None:
    async with proxying({}, says=b"") as proxy:
        where = behind(proxy, f"https://{HOST}/v1")
        asking = asyncio.create_task(answer(speak(where), where))
        while not proxy.heads:  # noqa: ASYNC110
            await asyncio.sleep(0)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        # The proxy's handler ends because its client is gone: leaving this block waits for it.


def test_a_proxy_does_not_show_its_password() -> None:
    where = endpoint(reach=through(3128, PASSWORD))
    assert PASSWORD not in repr(where)
    with pytest.raises(ValueError, match="credentials") as refused:
        HttpUpstream(
            endpoint(base_url=f"https://{HOST}", reach=through(1, "Basic a\r\nx: y")), OpenAI()
        )
    assert "x: y" not in str(refused.value)
