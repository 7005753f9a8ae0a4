"""`gilmok keys import`: all the keys of a file, or none."""

from __future__ import annotations

import json
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from stat import S_IMODE

import pytest

from gilmok.config import hash_key
from gilmok.core.endpoint import Zone
from gilmok.ledger import Keyring, StoredKey
from tests.unit.cli.conftest import Cli, written

ADMIN = hash_key("admin")
OLD = sha256(b"brought along").hexdigest()


@pytest.fixture
def config(tmp_path: Path) -> str:
    mine = f'[[keys]]\nid = "mine"\nsha256 = "{hash_key("mine")}"\n'
    rest = f'[[plans]]\nid = "paid"\n[admin]\nsha256 = "{ADMIN}"\n'
    return written(tmp_path, f'{mine}{rest}[ledger]\npath = "state/ledger.db"\n')


def stored(tmp_path: Path) -> tuple[StoredKey, ...]:
    with closing(Keyring(tmp_path / "state" / "keys.db")) as ring:
        return ring.all()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
async def test_a_spreadsheet_of_keys(cli: Cli, config: str, tmp_path: Path, encoding: str) -> None:
    table = tmp_path / "keys.csv"
    table.write_text(
        "id,tenant,plan,zones,models,operator,expires_at,sha256\n"
        'k1,acme,paid,local private,"a;b",yes,2030-01-31T09:00:00+09:00,\n'
        f",,,,,,,\nk2,acme,,,,,,{OLD}\n",
        encoding=encoding,
    )
    secrets = tmp_path / "secrets.jsonl"
    ran = await cli("keys", "import", str(table), "--output", str(secrets), "--config", config)
    assert (ran.code, ran.out) == (0, "")
    one, two = stored(tmp_path)
    assert (one.tenant, one.plan, one.rights.operator) == ("acme", "paid", True)
    assert (one.rights.zones, one.rights.models) == ((Zone.LOCAL, Zone.PRIVATE), ("a", "b"))
    assert one.expires_at == 1_896_048_000 * 10**9
    (told,) = [json.loads(line) for line in secrets.read_text().splitlines()]
    assert (told["id"], told["tenant"]) == ("k1", "acme")
    assert one.secrets[0].sha256 == sha256(told["secret"].encode()).hexdigest()
    assert two.secrets[0].sha256 == OLD
    assert S_IMODE(secrets.stat().st_mode) == 0o600


async def test_a_thousand_lines_of_json(cli: Cli, config: str, tmp_path: Path) -> None:
    lines = [json.dumps({"id": f"k{n:04d}", "tenant": f"t{n % 7}"}) for n in range(1000)]
    file = tmp_path / "keys.jsonl"
    file.write_text("\n".join(lines))
    ran = await cli("keys", "import", str(file), "--config", config, "--lang", "ko")
    assert ran.code == 0
    assert "1000개" in ran.err
    told = [json.loads(line) for line in ran.out.splitlines()]
    assert [line["id"] for line in told] == [key.id for key in stored(tmp_path)]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('{"id": "a b"}', "line 2: id: must be 1 to 64 letters"),
        ('{"id": "mine"}', "line 2: The id mine is taken"),
        ('{"id": "cli"}', "line 2: The id cli is taken"),
        ('{"id": "k"}', "line 2: id: is the same as in line 1"),
        ('{"id": "x", "plan": "gold"}', "line 2: plan: is no plan"),
        ('{"id": "x", "tenat": "a"}', "there are: id, tenant"),
        (f'{{"id": "x", "sha256": "{ADMIN}"}}', "line 2: sha256: is another key's"),
        ("{", "line 2: body: is not valid JSON"),
    ],
)
async def test_one_line_at_fault_and_nothing_is_stored(
    cli: Cli, config: str, tmp_path: Path, line: str, words: str
) -> None:
    file, secrets = tmp_path / "keys.jsonl", tmp_path / "secrets.jsonl"
    file.write_text(f'{{"id": "k"}}\n{line}\n')
    arguments = ("import", str(file), "--output", str(secrets), "--config", config)
    ran = await cli("keys", *arguments)
    assert ran.code == 64
    assert words in ran.err
    assert not secrets.exists()
    assert stored(tmp_path) == ()


async def test_secrets_are_never_written_over_a_file(cli: Cli, config: str, tmp_path: Path) -> None:
    file, secrets = tmp_path / "keys.csv", tmp_path / "notes.txt"
    file.write_text("id\nk\n")
    secrets.write_text("mine")
    ran = await cli("keys", "import", str(file), "--output", str(secrets), "--config", config)
    assert ran.code != 0
    assert secrets.read_text() == "mine"
    assert stored(tmp_path) == ()


@pytest.mark.parametrize(
    ("text", "words"), [("name\nk\n", "no column id"), ("id,who\n", "column 2")]
)
async def test_a_table_of_something_else(
    cli: Cli, config: str, tmp_path: Path, text: str, words: str
) -> None:
    file = tmp_path / "keys.csv"
    file.write_text(text)
    ran = await cli("keys", "import", str(file), "--config", config)
    assert ran.code == 64
    assert words in ran.err


@pytest.mark.parametrize("locale", ["en", "ko"])
async def test_a_tenant_that_is_not_configured_is_told(
    cli: Cli, tmp_path: Path, locale: str
) -> None:
    """Mistyped, it would have no limits at all."""
    tenants = '[[tenants]]\nid = "acme"\n[ledger]\npath = "state/ledger.db"\n'
    here = ("--config", written(tmp_path, tenants, "tenants.toml"), "--lang", locale)
    file = tmp_path / "keys.csv"
    file.write_text("id,tenant\nk1,acme\nk2,acm\nk3,amce\n")
    ran = await cli("keys", "import", str(file), *here)
    assert (ran.code, "acm, amce" in ran.err, "[[tenants]]" in ran.err) == (0, True, True)
    assert "[[tenants]]" in (await cli("keys", "create", "k4", "--tenant", "acm", *here)).err
    assert "[[tenants]]" not in (await cli("keys", "create", "k5", "--tenant", "acme", *here)).err
