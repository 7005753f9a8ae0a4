"""Providers as data, and errors that name the row and the field."""

from __future__ import annotations

import pytest

from gilmok import providers
from gilmok.core.completion import Event
from gilmok.core.endpoint import Capability, ProviderRow
from gilmok.core.errors import ConfigError
from gilmok.core.request import Message, Role, Sampling
from gilmok.core.text import Private
from gilmok.providers.catalogue import read
from tests.unit.providers.samples import answer, endpoint, finishes, omitting, request, text
from tests.wall import Wall

WIRES = ("openai", "anthropic", "ollama", "dummy")
EXPECTED = [
    "openai",
    "anthropic",
    "ollama",
    "ollama-openai",
    "vllm",
    "llamacpp",
    "groq",
    "openrouter",
    "together",
    "mistral",
    "deepseek",
    "xai",
    "gemini",
    "dummy",
]


def test_the_known_providers() -> None:
    rows = providers.catalogue()
    assert set(EXPECTED) <= set(rows)
    assert rows["openai"].max_tokens_field == "max_completion_tokens"
    assert rows["anthropic"].auth == "x-api-key"
    assert all(row.name == name for name, row in rows.items())
    assert all(Capability.STREAM in row.capabilities for row in rows.values())
    with pytest.raises(TypeError):
        rows["x"] = rows["openai"]  # type: ignore[index]


@pytest.mark.parametrize(
    ("toml", "key"),
    [
        ("[x]\nwire = 'openai'\nbase_ulr = 'y'", "x.base_ulr"),
        ("[x]\nbase_url = 'http://h'", "x.wire"),
        ("[x]\nwire = 'smoke'", "x.wire"),
        ("[x]\nwire = 7", "x.wire"),
        ("[x]\nwire = 'openai'\nauth = 'basic'", "x.auth"),
        ("[x]\nwire = 'openai'\ncapabilities = ['fly']", "x.capabilities"),
        ("[x]\nwire = 'openai'\nomit = 'seed'", "x.omit"),
        ("[x]\nwire = 'openai'\nbase_url = 'http://me@h'", "x.base_url"),
        ("x = 1", "x"),
        ("[x", "(file)"),
    ],
)
def test_a_wrong_row_is_named_with_its_field(toml: str, key: str) -> None:
    with pytest.raises(ConfigError) as wrong:
        read(toml, WIRES)
    assert wrong.value.parameters["key"] == key
    assert wrong.value.parameters["file"] == "providers.toml"


@pytest.mark.parametrize("name", [n for n in EXPECTED if n != "dummy"])
async def test_every_row_can_be_spoken_to(name: str) -> None:
    row = providers.catalogue()[name]
    async with Wall() as wall:
        base = {"openai": wall.openai, "anthropic": wall.anthropic, "ollama": wall.ollama}[row.wire]
        where = endpoint(row.wire, base_url=base, provider=row)
        upstream = providers.upstream_for(where)
        events: list[Event] = await answer(upstream, where)
        assert finishes(events) == ["stop"]
        await upstream.close()


def test_what_a_provider_refuses_is_unsupported_there_only() -> None:
    asked = request(
        Message(role=Role.USER, parts=(text("x"),), name=Private("me")),
        sampling=Sampling(seed=1, stop=(Private("s"),), n=2),
        options=(("logit_bias", Private("{}")), ("metadata", Private("{}"))),
    )
    everywhere = endpoint()
    strict = omitting(everywhere, "seed", "stop", "n", "name", "logit_bias", "metadata")
    assert providers.unsupported(everywhere, asked) == ()
    assert set(providers.unsupported(strict, asked)) == {
        "seed",
        "stop",
        "n",
        "logit_bias",
        "messages.name",
    }
    assert providers.unsupported(strict, request()) == ()


def test_an_unknown_wire() -> None:
    with pytest.raises(KeyError):
        providers.dialect("smoke")
    row = ProviderRow(name="x", wire="smoke")
    with pytest.raises(KeyError):
        providers.upstream_for(endpoint(provider=row))
