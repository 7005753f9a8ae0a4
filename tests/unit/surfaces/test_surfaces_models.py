"""The list of models: each name once, only what the caller may use, in OpenAI's shape."""

from __future__ import annotations

import json
from typing import Any

import pytest
from openai.types import Model

from gilmok.core.endpoint import Endpoint, ProviderRow, Snapshot, Standing, Zone
from gilmok.core.errors import ModelNotFound
from gilmok.core.identity import Caller
from gilmok.core.request import Preference
from gilmok.surfaces.models import model_body, models_body

PREFERENCES = [p.value for p in Preference]
EVERYTHING = Caller(tenant="t", key_id="k")


def standing(id: str, model: str, zone: Zone, provider: str = "openai") -> Standing:
    row = ProviderRow(name=provider, wire="openai")
    return Standing.unmeasured(
        Endpoint(
            id=id,
            provider=row,
            base_url="http://127.0.0.1:1/v1",
            model=model,
            zone=zone,
            context=1000,
            quality=0.5,
        )
    )


FLEET = Snapshot.of(
    standing("here", "smollm2", Zone.LOCAL, "llamacpp"),
    standing("cloud-mini", "gpt-4o-mini", Zone.CLOUD),
    standing("cloud-too", "gpt-4o-mini", Zone.CLOUD, "openrouter"),
    standing("fast", "here", Zone.LOCAL, "ollama"),
)


def names(caller: Caller = EVERYTHING) -> list[str]:
    body = json.loads(models_body(FLEET, caller, created=9))
    assert body["object"] == "list"
    for entry in body["data"]:
        Model.model_validate(entry, strict=True)
    return [entry["id"] for entry in body["data"]]


def one(name: str, caller: Caller = EVERYTHING) -> Any:
    return json.loads(model_body(name, FLEET, caller, created=9))


def test_preferences_then_endpoints_then_models_each_once() -> None:
    assert names() == [*PREFERENCES, "here", "cloud-mini", "cloud-too", "smollm2", "gpt-4o-mini"]


def test_only_what_the_key_may_use() -> None:
    local = Caller(tenant="t", key_id="k", zones=frozenset({Zone.LOCAL}))
    assert names(local) == [*PREFERENCES, "here", "smollm2"]
    listed = Caller(tenant="t", key_id="k", endpoints=frozenset({"cloud-too"}))
    assert names(listed) == [*PREFERENCES, "cloud-too", "gpt-4o-mini"]
    with pytest.raises(ModelNotFound):
        one("cloud-mini", listed)


def test_one_model() -> None:
    assert one("here") == {
        "id": "here",
        "object": "model",
        "created": 9,
        "owned_by": "llamacpp",
        "does": ["chat"],
    }
    assert one("gpt-4o-mini")["owned_by"] == "openai"
    assert one("gilmok/auto")["id"] == "auto"
    assert one("fast")["owned_by"] == "gilmok"


@pytest.mark.parametrize("name", ["", "nothing", "gilmok/", "AUTO"])
def test_a_model_that_is_not_there(name: str) -> None:
    with pytest.raises(ModelNotFound):
        one(name)
