"""Health and discovery: questions that carry no user text.

Who keeps no list of models, as the services besides chat, is only connected to: an address that
proves its zone and, with TLS, its name. Nothing is asked, since each answer would be paid for.

They may go to any zone, because all they say is that a gateway is here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from gilmok.core.endpoint import Endpoint, EndpointState, ProviderRow, Zone
from gilmok.core.errors import AttemptFailed, UpstreamStatus
from gilmok.core.ports import Upstream
from gilmok.providers.anthropic import VERSION
from gilmok.providers.dummy import Dummy
from gilmok.providers.inprocess import InProcess
from gilmok.providers.ollama import Ollama
from gilmok.providers.transport import Fields, HttpCarrier, HttpUpstream

_LISTS = {"openai": "/models", "anthropic": "/v1/models?limit=1000", "ollama": "/api/tags"}
_HEADERS: Mapping[str, Fields] = {"anthropic": VERSION}
_CONNECT_S = 5.0
"""The caller's own time-out is usually shorter; this one bounds callers without any."""


class Model(Struct, frozen=True, kw_only=True):
    """A model that an endpoint says it has."""

    name: str
    size: int | None = None
    """Bytes of its weights."""
    context: int | None = None
    """Tokens of prompt and answer together."""
    loaded: bool | None = None
    """In memory now; `None` where that was not said."""


class _Details(Struct):
    context_length: Any = None


class _Meta(Struct):
    n_ctx: Any = None
    n_ctx_train: Any = None
    size: Any = None


class _Entry(Struct):
    """An entry of any of the lists; each provider names the context in its own way."""

    id: str | None = None
    name: str | None = None
    size: Any = None
    context_length: Any = None
    context_window: Any = None
    max_context_length: Any = None
    max_model_len: Any = None
    max_input_tokens: Any = None
    meta: _Meta | None = None
    details: _Details | None = None


class _List(Struct):
    data: list[_Entry] | None = None
    models: list[_Entry] | None = None


_read_list = msgspec.json.Decoder(_List)


async def check(upstream: Upstream) -> tuple[EndpointState, Zone | None]:
    """What an endpoint's state is and what its address proves; `None` where it has no address now.

    Never raises `AttemptFailed`: an endpoint that cannot be asked is down.
    """
    if isinstance(upstream, (Dummy, InProcess)):
        return EndpointState.UP, await upstream.prove()
    if not isinstance(upstream, HttpCarrier):
        return EndpointState.UNKNOWN, None
    zone = None
    try:
        zone = await upstream.prove()
        if upstream.endpoint.provider.wire not in _LISTS:
            (await upstream.connection(frozenset(Zone), _CONNECT_S)).abort()
            return EndpointState.UP, zone
        status = await _health(upstream)
    except AttemptFailed:
        return EndpointState.DOWN, zone
    return _state(upstream.endpoint, status), zone


async def models(upstream: Upstream) -> tuple[Model, ...]:
    """What the endpoint offers. Raises `AttemptFailed`; a list that cannot be read is empty."""
    if not isinstance(upstream, HttpCarrier):
        return ()
    wire = upstream.endpoint.provider.wire
    if wire not in _LISTS:
        return ()
    entries = await _list(upstream, _LISTS[wire])
    loaded: dict[str, int | None] | None = None
    if wire == "ollama":
        running = await _list(upstream, "/api/ps")
        loaded = {entry.name or "": _count(entry.context_length) for entry in running}
    found = []
    for entry in entries:
        name = entry.id or entry.name
        if name:
            found.append(_model(name, entry, loaded))
    return tuple(found)


async def discover_ollama(base_url: str, timeout_s: float) -> tuple[Model, ...]:
    """The models of an Ollama at this address; empty where none answers within `timeout_s`.

    Raises `ValueError` for a URL that cannot be used.
    """
    endpoint = Endpoint(
        id="discovery",
        provider=ProviderRow(name="ollama", wire="ollama", auth="none"),
        base_url=base_url,
        model="",
        zone=Zone.LOCAL,
        context=0,
        quality=0.0,
    )
    upstream = HttpUpstream(endpoint, Ollama())
    try:
        async with asyncio.timeout(timeout_s):
            return await models(upstream)
    except (AttemptFailed, TimeoutError):
        return ()
    finally:
        await upstream.close()


async def _health(upstream: HttpCarrier) -> int:
    """llama.cpp says only at `/health` whether its model is still being loaded."""
    provider = upstream.endpoint.provider
    at_root = provider.name == "llamacpp"
    path = "/health" if at_root else _LISTS[provider.wire]
    status, _ = await upstream.ask(
        path, _HEADERS.get(provider.wire, ()), connect_s=_CONNECT_S, at_root=at_root
    )
    return status


def _state(endpoint: Endpoint, status: int) -> EndpointState:
    if status == 503 and endpoint.provider.name == "llamacpp":
        return EndpointState.LOADING
    # 404 and 405: it answers, it only keeps no list. A refused key is as good as no endpoint.
    if status < 300 or status in (404, 405, 429):
        return EndpointState.UP
    return EndpointState.DOWN


async def _list(upstream: HttpCarrier, path: str) -> list[_Entry]:
    headers = _HEADERS.get(upstream.endpoint.provider.wire, ())
    status, body = await upstream.ask(path, headers, connect_s=_CONNECT_S)
    if status >= 300:
        raise UpstreamStatus(status)
    try:
        found = _read_list.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return []
    return found.data or found.models or []


def _model(name: str, entry: _Entry, loaded: dict[str, int | None] | None) -> Model:
    meta, details = entry.meta or _Meta(), entry.details or _Details()
    contexts = (
        None if loaded is None else loaded.get(name),
        meta.n_ctx,
        entry.context_length,
        entry.context_window,
        entry.max_context_length,
        entry.max_model_len,
        entry.max_input_tokens,
        details.context_length,
        meta.n_ctx_train,
    )
    return Model(
        name=name,
        size=_count(entry.size) or _count(meta.size),
        context=next((count for said in contexts if (count := _count(said))), None),
        loaded=None if loaded is None else name in loaded,
    )


def _count(said: object) -> int | None:
    return said if type(said) is int and said > 0 else None
