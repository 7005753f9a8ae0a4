"""`gilmok keys`: what it prints, what it changes, how it refuses."""

from __future__ import annotations

import json
import re
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import pytest

from gilmok.config import hash_key
from gilmok.ledger import Keyring, StoredKey
from tests.unit.cli.conftest import Cli, Ran, written

DAY = 86_400 * 10**9


@pytest.fixture
def config(tmp_path: Path) -> str:
    mine = f'[[keys]]\nid = "mine"\nsha256 = "{hash_key("mine")}"\n'
    plan = '[[plans]]\nid = "paid"\n'
    return written(tmp_path, f'{mine}{plan}[ledger]\npath = "state/ledger.db"\n')


@pytest.fixture
def keyless(tmp_path: Path) -> str:
    return written(tmp_path, '[ledger]\npath = "state/ledger.db"\n', "keyless.toml")


def stored(tmp_path: Path, id: str) -> StoredKey:
    with closing(Keyring(tmp_path / "state" / "keys.db")) as ring:
        return ring.find(id)


def secret_in(ran: Ran) -> str:
    (secret,) = re.findall(r"gk_\w+", ran.out)
    return str(secret)


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        ("en", ("shown this once", "active", "local; up to low", "kiosk")),
        ("ko", ("한 번만", "낮음까지")),
    ],
)
async def test_a_key_is_shown_once(
    cli: Cli, config: str, tmp_path: Path, locale: str, words: tuple[str, ...]
) -> None:
    options = ("--tenant", "kiosk", "--zone", "local", "--highest", "low", "--expires", "30d")
    ran = await cli("keys", "create", "k7", *options, "--config", config, "--lang", locale)
    assert ran.code == 0
    assert all(word in ran.out for word in words)
    assert ran.err == ""  # It is not the first: one is configured.
    secret, key = secret_in(ran), stored(tmp_path, "k7")
    assert key.secrets[0].sha256 == sha256(secret.encode()).hexdigest()
    assert key.expires_at == key.created_at + 30 * DAY
    for arguments in (("list",), ("show", "k7"), ("list", "--json"), ("show", "k7", "--json")):
        again = await cli("keys", *arguments, "--config", config)
        assert again.code == 0
        assert "k7" in again.out
        assert secret not in again.out


async def test_every_right_reaches_the_file(cli: Cli, config: str, tmp_path: Path) -> None:
    ran = await cli(
        "keys", "create", "k", "--zone", "local", "--zone", "private", "--endpoint", "a",
        "--endpoint", "b", "--model", "m/x", "--operator", "--plan", "paid", "--json",
        "--config", config,
    )  # fmt: skip
    told = json.loads(ran.out)
    assert told["secret"].startswith("gk_")
    assert (told["zones"], told["endpoints"]) == (["local", "private"], ["a", "b"])
    assert (told["models"], told["operator"], told["plan"]) == (["m/x"], True, "paid")
    rights = stored(tmp_path, "k").rights
    assert (rights.endpoints, rights.models, rights.operator) == (("a", "b"), ("m/x",), True)


async def test_the_first_and_the_last_key_are_told(cli: Cli, keyless: str) -> None:
    first = await cli("keys", "create", "k", "--config", keyless)
    assert "This is the first key" in first.err
    assert "GILMOK_API_KEY" in first.err
    assert (await cli("keys", "create", "k2", "--config", keyless)).err == ""
    assert (await cli("keys", "revoke", "k", "--config", keyless)).err == ""
    last = await cli("keys", "revoke", "k2", "--config", keyless)
    assert "No key is left" in last.err
    ran = await cli("keys", "create", "k3", "--config", keyless)
    assert "first" not in ran.err


async def test_a_key_lives_and_ends(cli: Cli, config: str, tmp_path: Path) -> None:
    old = secret_in(await cli("keys", "create", "k", "--config", config))
    ran = await cli("keys", "rotate", "k", "--overlap", "2h", "--config", config)
    assert secret_in(ran) != old
    assert "works until" in ran.out
    first, second = stored(tmp_path, "k").secrets
    assert first.expires_at == second.created_at + DAY // 12
    ran = await cli("keys", "rotate", "k", "--overlap", "0", "--config", config)
    assert "does not work any more" in ran.out
    assert len(stored(tmp_path, "k").secrets) == 1
    assert (await cli("keys", "expire", "k", "2030-01-31", "--config", config)).code == 0
    assert stored(tmp_path, "k").expires_at is not None
    assert (await cli("keys", "expire", "k", "never", "--config", config)).code == 0
    assert stored(tmp_path, "k").expires_at is None
    assert (await cli("keys", "revoke", "k", "--config", config)).code == 0
    told = json.loads((await cli("keys", "revoke", "k", "--json", "--config", config)).out)
    assert told["standing"] == "revoked"
    listed = await cli("keys", "list", "--config", config, "--lang", "ko")
    assert "폐기됨" in listed.out


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("create", "mine"), 1, "taken"),
        (("create", "k"), 1, "taken"),
        (("create", "cli"), 1, "taken"),
        (("create", "a b"), 1, "letters"),
        (("create", "x", "--expires", "soon"), 64, "30d"),
        (("create", "x", "--highest", "top"), 64, "highest"),
        (("create", "x", "--zone", "mars"), 64, "zone"),
        (("create",), 64, "needs a value"),
        (("create", "x", "--plan", "gold"), 1, "[[plans]]"),
        (("rotate", "k", "--overlap", "60d"), 64, "31d"),
        (("rotate", "k", "--overlap=-1h"), 64, "31d"),
        (("rotate", "nobody"), 1, "No key"),
        (("show", "nobody"), 1, "No key"),
        (("revoke", "nobody"), 1, "No key"),
        (("expire", "k", "99999999999"), 64, "30d"),
        (("expire", "nobody", "7d"), 1, "No key"),
        (("steal", "k"), 64, "steal"),
    ],
)
async def test_what_cannot_be_done_is_said(
    cli: Cli, config: str, arguments: tuple[str, ...], code: int, said: str
) -> None:
    assert (await cli("keys", "create", "k", "--config", config)).code == 0
    ran = await cli("keys", *arguments, "--config", config)
    assert ran.code == code, ran.err
    assert said in ran.err


async def test_nothing_is_listed_where_nothing_is(cli: Cli, config: str, tmp_path: Path) -> None:
    ran = await cli("keys", "list", "--config", config)
    assert (ran.code, ran.out.strip()) == (0, "No key is stored.")
    assert json.loads((await cli("keys", "list", "--json", "--config", config)).out) == []
    assert not (tmp_path / "state").exists()


async def test_one_tenant_is_listed_apart(cli: Cli, config: str) -> None:
    for id, tenant in (("a", "x"), ("b", "y")):
        assert (await cli("keys", "create", id, "--tenant", tenant, "--config", config)).code == 0
    told = json.loads(
        (await cli("keys", "list", "--tenant", "y", "--json", "--config", config)).out
    )
    assert [key["id"] for key in told] == ["b"]


async def test_keys_of_a_ledger_in_memory_are_out_of_reach(cli: Cli, tmp_path: Path) -> None:
    file = written(tmp_path, '[ledger]\npath = ":memory:"\n')
    ran = await cli("keys", "create", "k", "--config", file)
    assert ran.code == 78
    assert "admin API" in ran.err
    assert "gk_" not in ran.out


async def test_a_damaged_file_is_said_with_the_way_out(
    cli: Cli, config: str, tmp_path: Path
) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "keys.db").write_bytes(b"spoiled " * 1000)
    ran = await cli("keys", "create", "k", "--config", config)
    assert ran.code == 78
    assert "backup" in ran.err
    assert "gk_" not in ran.out


async def test_a_public_address_may_be_served_once_there_is_a_key(cli: Cli, tmp_path: Path) -> None:
    toml = '[server]\nhost = "0.0.0.0"\n[ledger]\npath = "state/ledger.db"\n'
    file = written(tmp_path, toml)
    refused = await cli("config", "check", file)
    assert refused.code == 78
    assert "gilmok keys create" in refused.err
    loopback = written(tmp_path, '[ledger]\npath = "state/ledger.db"\n', "loopback.toml")
    assert (await cli("keys", "create", "k", "--config", loopback)).code == 0
    ran = await cli("config", "check", file)
    assert ran.code == 0
    assert "stored keys" in ran.out
