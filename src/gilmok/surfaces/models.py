"""`GET /v1/models` in OpenAI's shape: the preferences, then endpoint ids, then model names.

A name stands once, for the first that carries it, and only where the caller may use it.
"""

from __future__ import annotations

import msgspec
from msgspec import Struct

from gilmok.core.endpoint import Snapshot
from gilmok.core.errors import ModelNotFound
from gilmok.core.identity import Caller
from gilmok.core.request import Preference

_encode = msgspec.json.Encoder().encode


class Model(Struct, frozen=True):
    id: str
    created: int
    owned_by: str
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
    models = {p.value: Model(p.value, created, "gilmok") for p in Preference}
    for endpoint in usable:
        models.setdefault(endpoint.id, Model(endpoint.id, created, endpoint.provider.name))
    for endpoint in usable:
        models.setdefault(endpoint.model, Model(endpoint.model, created, endpoint.provider.name))
    return models
