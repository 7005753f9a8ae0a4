"""What a valid configuration becomes."""

from __future__ import annotations

from pathlib import Path

import pytest

from gilmok.config import load
from gilmok.core.endpoint import Capability, PriceSource, Zone
from gilmok.core.errors import ConfigErrors
from gilmok.core.money import Price, Rates
from tests.unit.config.conftest import CATALOGUE, Loader

CLOUD_MINI = """
[[endpoints]]
id = "cloud-mini"
provider = "openai"
model = "gpt-4o-mini"
api_key = "env:OPENAI_API_KEY"
price_input = 0.15
price_output = 0.60
context = 128000
quality = 0.72
"""


def test_no_file_is_all_defaults() -> None:
    settings = load(None, CATALOGUE, {"HOME": "/home/somebody"})
    assert settings.file is None
    assert (settings.server.host, settings.server.port) == ("127.0.0.1", 8080)
    assert settings.endpoints == ()
    assert settings.ledger.path == "/home/somebody/.local/share/gilmok/ledger.db"
    assert settings.wants_embedded


def test_the_environment_names_the_file(tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_text("[server]\nport = 9000\n")
    assert load(None, CATALOGUE, {"GILMOK_CONFIG": str(file)}).server.port == 9000


def test_a_given_file_wins_over_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_text("[server]\nport = 9000\n")
    assert load(file, CATALOGUE, {"GILMOK_CONFIG": "/nowhere.toml"}).server.port == 9000


def test_a_named_file_that_is_missing_is_an_error() -> None:
    with pytest.raises(ConfigErrors, match="No such file"):
        load("/nowhere/gilmok.toml", CATALOGUE, {})


def test_the_issues_endpoint(config: Loader) -> None:
    (endpoint,) = config(CLOUD_MINI, {"OPENAI_API_KEY": "sk-one"}).endpoints
    assert endpoint.id == "cloud-mini"
    assert endpoint.provider.name == "openai"
    assert endpoint.base_url == "https://api.openai.com/v1"
    assert endpoint.zone is Zone.CLOUD
    assert endpoint.price == Price(150_000_000, 600_000_000)
    assert endpoint.prices_known
    assert endpoint.capabilities == {Capability.STREAM, Capability.TOOLS}
    assert endpoint.api_key is not None
    assert endpoint.api_key.reveal() == "sk-one"
    assert "sk-one" not in repr(endpoint)


@pytest.mark.parametrize(
    ("written", "nanos"),
    [("0.1", 100_000_000), ("0.000000001", 1), ("3", 3_000_000_000), ("0.29", 290_000_000)],
)
def test_prices_are_exact(config: Loader, written: str, nanos: int) -> None:
    text = CLOUD_MINI.replace("price_input = 0.15", f"price_input = {written}")
    (endpoint,) = config(text, {"OPENAI_API_KEY": "sk-one"}).endpoints
    assert endpoint.price.input == nanos


def test_known_models_fill_what_is_left_out(config: Loader) -> None:
    text = '[[endpoints]]\nid = "a"\nprovider = "openai"\nmodel = "gpt-4o-mini"\n'
    (endpoint,) = config(text, {"OPENAI_API_KEY": "sk-one"}).endpoints
    assert endpoint.price == Price(150_000_000, 600_000_000, Rates(cached_input=75_000_000))
    assert endpoint.price_source is PriceSource.LISTED
    assert endpoint.context == 128_000
    assert endpoint.quality == 0.72


def test_an_unknown_cloud_model_has_no_known_price(config: Loader) -> None:
    text = '[[endpoints]]\nid = "a"\nprovider = "openai"\nmodel = "new"\n'
    (endpoint,) = config(text, {"OPENAI_API_KEY": "sk-one"}).endpoints
    assert not endpoint.prices_known


@pytest.mark.parametrize(
    ("base_url", "declared", "zone"),
    [
        ("http://127.0.0.1:8000/v1", None, Zone.LOCAL),
        ("http://localhost:8000/v1", None, Zone.LOCAL),
        ("http://[::1]:8000/v1", None, Zone.LOCAL),
        ("http://192.168.1.9:8000/v1", None, Zone.PRIVATE),
        ("https://8.8.8.8/v1", None, Zone.CLOUD),
        ("https://gpu.example/v1", None, Zone.CLOUD),
        ("https://127.1/v1", None, Zone.CLOUD),
        ("http://127.0.0.1:8000/v1", "cloud", Zone.CLOUD),
        ("http://127.0.0.1:8000/v1", "private", Zone.PRIVATE),
        ("http://gpu.internal:8000/v1", "private", Zone.PRIVATE),
    ],
)
def test_zones(config: Loader, base_url: str, declared: str | None, zone: Zone) -> None:
    text = f'[[endpoints]]\nid = "a"\nprovider = "vllm"\nmodel = "m"\nbase_url = "{base_url}"\n'
    if declared:
        text += f'zone = "{declared}"\n'
    (endpoint,) = config(text).endpoints
    assert endpoint.zone is zone


def test_a_pinned_host_at_a_public_address_may_be_private(config: Loader, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("-----BEGIN CERTIFICATE-----\n")
    (endpoint,) = config(
        '[[endpoints]]\nid = "a"\nprovider = "vllm"\nmodel = "m"\nzone = "private"\n'
        'base_url = "https://8.8.8.8/v1"\nca_file = "ca.pem"\n'
    ).endpoints
    assert endpoint.zone is Zone.PRIVATE
    assert endpoint.ca_file == str(tmp_path / "ca.pem")


def test_a_providers_key_never_goes_to_another_address(config: Loader) -> None:
    (endpoint,) = config(
        '[[endpoints]]\nid = "a"\nprovider = "openai"\nmodel = "m"\nbase_url = "https://x.example"',
        {"OPENAI_API_KEY": "sk-one"},
    ).endpoints
    assert endpoint.api_key is None


def test_a_key_from_a_file(config: Loader, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("sk-from-file\n")
    (endpoint,) = config(CLOUD_MINI.replace("env:OPENAI_API_KEY", "file:key")).endpoints
    assert endpoint.api_key is not None
    assert endpoint.api_key.reveal() == "sk-from-file"


def test_a_literal_key_works_with_a_warning(config: Loader) -> None:
    settings = config(CLOUD_MINI.replace("env:OPENAI_API_KEY", "sk-literal"))
    (notice,) = settings.notices
    assert notice.key == "endpoints[0].api_key"
    assert "sk-literal" not in repr(settings) + notice.message("en") + notice.message("ko")
    assert notice.message("ko") != notice.message("en")


def test_keys_in_the_environment_bring_their_models(config: Loader) -> None:
    settings = config("", {"OPENAI_API_KEY": "sk-one", "ANTHROPIC_API_KEY": "sk-two"})
    assert settings.joined == (
        *("gpt-4o-mini", "claude-haiku-4-5"),
        *("text-embedding-3-small", "gpt-image-1", "tts-1", "whisper-1"),
    )
    assert [endpoint.id for endpoint in settings.endpoints] == list(settings.joined)
    assert settings.endpoints[0].price == Price(
        150_000_000, 600_000_000, Rates(cached_input=75_000_000)
    )


def test_a_configured_provider_is_not_joined_again(config: Loader) -> None:
    assert config(CLOUD_MINI, {"OPENAI_API_KEY": "sk-one"}).joined == ()


def test_joining_can_be_switched_off(config: Loader) -> None:
    text = "[discovery]\nenvironment_keys = false\n"
    assert config(text, {"OPENAI_API_KEY": "sk-one"}).endpoints == ()


def test_the_port_of_the_environment_wins(config: Loader) -> None:
    assert config("[server]\nport = 9000\n", {"GILMOK_PORT": "9001"}).server.port == 9001


@pytest.mark.parametrize(
    ("written", "environ", "path"),
    [
        ('path = ":memory:"', {}, ":memory:"),
        ('path = "~/l.db"', {}, "/home/somebody/l.db"),
        ('path = "/data/l.db"', {}, "/data/l.db"),
        ("", {"XDG_DATA_HOME": "/x"}, "/x/gilmok/ledger.db"),
        ("", {"XDG_DATA_HOME": "relative"}, "/home/somebody/.local/share/gilmok/ledger.db"),
    ],
)
def test_where_the_ledger_lies(
    config: Loader, written: str, environ: dict[str, str], path: str
) -> None:
    assert config(f"[ledger]\n{written}\n", environ).ledger.path == path


@pytest.mark.parametrize(
    ("enabled", "local", "wanted"),
    [
        ('"auto"', True, False),
        ('"auto"', False, True),
        ("true", True, True),
        ("false", False, False),
    ],
)
def test_when_the_embedded_model_is_wanted(
    config: Loader, enabled: str, local: bool, wanted: bool
) -> None:
    text = f"[embedded]\nenabled = {enabled}\n"
    if local:
        text += '[[endpoints]]\nid = "a"\nprovider = "ollama"\nmodel = "m"\n'
    assert config(text).wants_embedded is wanted


def test_settings_are_frozen(config: Loader) -> None:
    settings = config("")
    with pytest.raises(AttributeError):
        settings.file = "other"  # type: ignore[misc]
    with pytest.raises(ValueError, match="frozen"):
        settings.server.port = 1
