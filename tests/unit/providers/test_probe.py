"""Health and discovery, which never carry a word of any caller."""

from __future__ import annotations

import asyncio
from ipaddress import ip_address

import pytest

from gilmok import providers
from gilmok.core.endpoint import EndpointState, Zone
from gilmok.core.errors import ConnectFailed, UpstreamStatus
from gilmok.providers.transport import HttpUpstream
from tests.unit.providers.samples import endpoint, replying, serving
from tests.wall import Wall

ROWS = providers.catalogue()


@pytest.mark.parametrize(
    ("wire", "path"),
    [("openai", "/v1/models"), ("anthropic", "/v1/models"), ("ollama", "/api/tags")],
)
async def test_a_healthy_endpoint_is_up(wire: str, path: str) -> None:
    async with Wall(aliases={"m-1": "ok", "m-2": "ok"}) as wall:
        base = {"openai": wall.openai, "anthropic": wall.anthropic, "ollama": wall.ollama}[wire]
        upstream = providers.upstream_for(endpoint(wire, base_url=base))
        assert await providers.check(upstream) == (EndpointState.UP, Zone.LOCAL)
        names = {model.name.removesuffix(":latest") for model in await providers.models(upstream)}
        assert names == {"m-1", "m-2"}
        assert {exchange.method for exchange in wall.exchanges} == {"GET"}
        assert wall.exchanges[0].path == path
        assert not any(exchange.body for exchange in wall.exchanges)
        await upstream.close()


async def test_llama_cpp_says_that_it_is_loading() -> None:
    async with Wall() as wall:
        upstream = providers.upstream_for(endpoint(base_url=wall.openai, provider=ROWS["llamacpp"]))
        assert await providers.check(upstream) == (EndpointState.UP, Zone.LOCAL)
        wall.healthy = False
        assert await providers.check(upstream) == (EndpointState.LOADING, Zone.LOCAL)
        assert wall.exchanges[0].path == "/health"
        await upstream.close()


async def test_nobody_there_is_down() -> None:
    upstream = providers.upstream_for(endpoint(base_url="http://127.0.0.1:1/v1"))
    assert await providers.check(upstream) == (EndpointState.DOWN, Zone.LOCAL)
    with pytest.raises(ConnectFailed):
        await providers.models(upstream)


async def test_a_name_without_an_address_proves_nothing() -> None:
    async def unknown(host: str) -> list[object]:
        raise OSError

    where = endpoint(base_url="http://model.example/v1")
    upstream = providers.upstream_for(where, lookup=unknown)  # type: ignore[arg-type]
    assert await providers.check(upstream) == (EndpointState.DOWN, None)


async def test_a_name_that_moved_to_the_cloud_says_so_and_gets_no_key() -> None:
    async with Wall() as wall:
        addresses = [ip_address("127.0.0.1"), ip_address("8.8.8.8")]

        async def lookup(host: str) -> list[object]:
            return list(addresses)

        where = endpoint(base_url=f"http://model.example:{wall.port}/v1")
        upstream = providers.upstream_for(where, lookup=lookup)  # type: ignore[arg-type]
        assert await providers.check(upstream) == (EndpointState.DOWN, Zone.CLOUD)
        assert wall.connections_made == 0
        await upstream.close()


async def test_the_dummy_is_always_up() -> None:
    assert await providers.check(providers.upstream_for(endpoint("dummy"))) == (
        EndpointState.UP,
        Zone.LOCAL,
    )
    assert await providers.models(providers.upstream_for(endpoint("dummy"))) == ()


async def test_ollama_is_discovered_with_what_it_says() -> None:
    async with Wall(aliases={"m-1": "ok"}) as wall:
        (model,) = await providers.discover_ollama(wall.ollama, 2.0)
        assert model.name.startswith("m-1")
        assert model.size
        assert model.loaded is False
        assert wall.exchanges[0].header("authorization") is None


async def test_no_ollama_is_no_models() -> None:
    assert await providers.discover_ollama("http://127.0.0.1:1", 2.0) == ()


async def test_an_ollama_that_hangs_costs_the_time_out_and_no_more() -> None:
    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with serving(hang) as port:
        assert await providers.discover_ollama(f"http://127.0.0.1:{port}", 0.05) == ()


@pytest.mark.parametrize("body", [b"nonsense", b"[]", b'{"data":7}', b"{}", b'{"data":[{}]}'])
async def test_a_list_that_cannot_be_read_is_empty(body: bytes) -> None:
    async with replying(b"HTTP/1.1 200 OK\r\n\r\n" + body) as port:
        upstream = providers.upstream_for(endpoint(base_url=f"http://127.0.0.1:{port}/v1"))
        assert await providers.models(upstream) == ()


async def test_a_refused_list_is_an_error() -> None:
    async with Wall() as wall:
        upstream = providers.upstream_for(endpoint(base_url=f"{wall.url}/nowhere"))
        assert isinstance(upstream, HttpUpstream)
        with pytest.raises(UpstreamStatus):
            await providers.models(upstream)
        assert (await providers.check(upstream))[0] is EndpointState.UP  # it answers, at least
        await upstream.close()
