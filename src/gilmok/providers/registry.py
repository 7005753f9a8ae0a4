"""Which wires there are. A new one is a module and a line here."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from gilmok.core.endpoint import Endpoint, ProviderRow
from gilmok.core.ports import Dialect, Upstream
from gilmok.core.request import Request
from gilmok.core.work import Does
from gilmok.providers import catalogue as rows
from gilmok.providers import inprocess, services
from gilmok.providers.anthropic import Anthropic
from gilmok.providers.dummy import Dummy, DummyDialect
from gilmok.providers.ollama import Ollama
from gilmok.providers.openai import OpenAI
from gilmok.providers.resolver import Lookup, system_lookup
from gilmok.providers.services.upstream import Wall, no_clock
from gilmok.providers.transport import HttpUpstream
from gilmok.providers.wire import BOOKKEEPING, Wire

WIRES: Mapping[str, Wire] = MappingProxyType(
    {
        "openai": OpenAI(),
        "anthropic": Anthropic(),
        "ollama": Ollama(),
    }
)
"""The wires that travel over HTTP."""

DUMMY = "dummy"
"""The wire that does not travel at all."""
_DUMMYS = DummyDialect(WIRES["openai"])


@cache
def catalogue() -> Mapping[str, ProviderRow]:
    """Every provider known by name. Raises `ConfigError` where the package's own data is wrong."""
    return rows.catalogue((*WIRES, *_serving(), DUMMY, inprocess.WIRE))


def _serving() -> tuple[str, ...]:
    """The wires that have services and no chat."""
    return tuple(dict.fromkeys(wire for wire, _ in services.SERVICES if wire not in WIRES))


def dialect(wire: str) -> Dialect:
    """Raises `KeyError` for a name that is no wire."""
    if (chat := WIRES.get(wire)) is not None:
        return chat
    if wire == DUMMY:
        return _DUMMYS
    if wire == inprocess.WIRE:
        return inprocess.dialect()
    if wire in _serving():
        return services.ServiceWire(wire)
    raise KeyError(wire)


def unsupported(endpoint: Endpoint, request: Request) -> tuple[str, ...]:
    """Names of the request's parameters that would not reach this endpoint's model: those that its
    dialect has no word for, and those that its provider refuses.
    """
    found = dialect(endpoint.provider.wire).unsupported(request)
    omit = endpoint.provider.omit - BOOKKEEPING
    if omit:
        found += tuple(name for name in given(request) if name in omit and name not in found)
    if "name" in omit and any(message.name is not None for message in request.messages):
        found += ("messages.name",)
    return found


def given(request: Request) -> tuple[str, ...]:
    """The wire names of the parameters that the caller set."""
    sampling = request.sampling
    found = [name for name in sampling.__struct_fields__ if getattr(sampling, name) is not None]
    found = [name for name in found if name not in ("n", "stop")]
    if sampling.n != 1:
        found.append("n")
    if sampling.stop:
        found.append("stop")
    return (*found, *(name for name, _ in request.options + request.extras))


def upstream_for(
    endpoint: Endpoint, *, lookup: Lookup = system_lookup, wall: Wall = no_clock
) -> Upstream:
    """What speaks to this endpoint. Raises `ValueError` for a base URL or key that cannot be used and
    for what its provider does not do, `KeyError` for an unknown wire.

    `wall` is the clock of those who sign their requests, in nanoseconds.
    """
    if endpoint.provider.wire == inprocess.WIRE:
        return inprocess.upstream(endpoint)
    if endpoint.provider.wire == DUMMY:
        return Dummy(endpoint)
    if endpoint.does is not Does.CHAT or endpoint.provider.wire in _serving():
        service = services.find(endpoint.provider.wire, endpoint.does)
        return services.ServiceUpstream(endpoint, service, lookup=lookup, wall=wall)
    return HttpUpstream(endpoint, WIRES[endpoint.provider.wire], lookup=lookup)
