"""Keys in the configuration: rights, ends, and the key of the admin API."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from gilmok.config import hash_key
from gilmok.core.errors import ConfigErrors
from tests.unit.config.conftest import Loader

KEY = f'[[keys]]\nid = "k"\nsha256 = "{hash_key("k")}"\n'
PUBLIC = '[server]\nhost = "0.0.0.0"\n'


def test_rights_of_a_key(config: Loader) -> None:
    more = 'models = ["m"]\nhighest = "medium"\nexpires = 2030-01-31T09:00:00+09:00\n'
    (key,) = config(KEY + more).keys
    assert (key.models, key.highest) == (("m",), "medium")
    assert key.expires == datetime(2030, 1, 31, tzinfo=UTC)
    (plain,) = config(KEY).keys
    assert (plain.models, plain.highest, plain.expires) == (None, "high", None)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("expires = 2030-01-31T09:00:00", "offset"),
        ("expires = 2030-01-31", "offset"),
        ('expires = "2030-01-31T09:00:00Z"', "offset"),
        ('highest = "top"', '"low", "medium", "high"'),
        ("models = []", "list"),
    ],
)
def test_rights_that_are_wrong(config: Loader, written: str, said: str) -> None:
    with pytest.raises(ConfigErrors) as refused:
        config(f"{KEY}{written}\n")
    assert said in refused.value.message()


def test_the_environment_names_the_admin_key(config: Loader) -> None:
    written = f'[admin]\nsha256 = "{hash_key("file")}"\n'
    assert config("").admin.sha256 is None
    assert config(written).admin.sha256 == hash_key("file")
    environ = {"GILMOK_ADMIN_KEY_SHA256": hash_key("env")}
    assert config(written, environ).admin.sha256 == hash_key("env")


@pytest.mark.parametrize("value", ["secret", hash_key("k").upper(), f"{hash_key('k')}0"])
def test_a_key_in_the_place_of_its_hash_is_refused_and_not_repeated(
    config: Loader, value: str
) -> None:
    with pytest.raises(ConfigErrors) as refused:
        config("", {"GILMOK_ADMIN_KEY_SHA256": value})
    assert "GILMOK_ADMIN_KEY_SHA256" in refused.value.message()
    assert value not in refused.value.message()


def test_one_key_is_not_both(config: Loader) -> None:
    environ = {"GILMOK_ADMIN_KEY_SHA256": hash_key("k")}
    with pytest.raises(ConfigErrors) as refused:
        config(KEY, environ)
    assert "admin" in refused.value.message()


def test_a_public_address_needs_some_way_to_have_a_key(config: Loader, tmp_path: Path) -> None:
    place = f'[ledger]\npath = "{tmp_path}/ledger.db"\n'
    with pytest.raises(ConfigErrors):
        config(PUBLIC + place)
    assert config(PUBLIC + place + KEY).needs_key
    assert not config(f'{PUBLIC}{place}[admin]\nsha256 = "{hash_key("a")}"\n').needs_key
    (tmp_path / "keys.db").touch()
    settings = config(PUBLIC + place)
    assert settings.needs_key
    assert settings.keyring == tmp_path / "keys.db"


def test_a_ledger_in_memory_has_its_keys_there(config: Loader) -> None:
    settings = config('[ledger]\npath = ":memory:"\n')
    assert settings.keyring is None
    assert not settings.needs_key
