"""`GET /v1/models` in OpenAI's shape: the preferences, then endpoint ids, then model names.

A name stands once, for the first that carries it, and only where the caller may use it.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from msgspec import Struct

from gilmok.core.endpoint import Endpoint, Snapshot
from gilmok.core.errors import ModelNotFound
from gilmok.core.identity import Caller
from gilmok.core.request import Preference
from gilmok.core.work import Does

_encode = msgspec.json.Encoder().encode


class Model(Struct, frozen=True):
    id: str
    created: int
    owned_by: str
    does: tuple[str, ...] = ("chat",)
    """What it can be asked for: `chat`, `embeddings`, `images`, …"""
    object: str = "model"


class ModelList(Struct, frozen=True):
    data: list[Model]
    object: str = "list"


def models_body(fleet: Snapshot, caller: Caller, *, created: int) -> bytes:
    """The list. `created` in seconds since 1970: when this configuration was loaded, as endpoints
    do not say when their models were made."""
    return _encode(ModelList(list(_catalogue(fleet, caller, created).values())))


def model_body(name: str, fleet: Snapshot, caller: Caller, *, created: int) -> bytes:
    """One entry, with or without the prefix `gilmok/`. Raises `ModelNotFound`."""
    model = _catalogue(fleet, caller, created).get(name.removeprefix("gilmok/"))
    if model is None:
        raise ModelNotFound
    return _encode(model)


def _catalogue(fleet: Snapshot, caller: Caller, created: int) -> dict[str, Model]:
    usable = [s.endpoint for s in fleet if caller.may_use(s.endpoint, s.zone)]
    anything = _does(usable) or (Does.CHAT.value,)
    models = {p.value: Model(p.value, created, "gilmok", anything) for p in Preference}
    named: dict[str, list[Endpoint]] = {endpoint.id: [endpoint] for endpoint in usable}
    for endpoint in usable:
        named.setdefault(endpoint.model, []).append(endpoint)
    for name, meant in named.items():
        owner = meant[0].provider.name
        models.setdefault(name, Model(name, created, owner, _does(meant)))
    return models


def _does(endpoints: Iterable[Endpoint]) -> tuple[str, ...]:
    found = {endpoint.does for endpoint in endpoints}
    return tuple([does.value for does in Does if does in found])
