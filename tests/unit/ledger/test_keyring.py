"""Stored keys in their file: two writers, news of changes, files that are no keyrings. What every store of
keys promises is in tests/contract."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from gilmok.core.errors import ConfigError, InvalidRequest, KeyExists, KeyNotFound
from gilmok.ledger import Keyring, KeyringWatch, NewKey

DAY = 86_400 * 10**9


def digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "state" / "keys.db"


def test_nothing_is_made_before_the_first_key(file: Path) -> None:
    ring = Keyring(file)
    assert ring.all() == ()
    assert ring.state() == ()
    asked: tuple[Callable[[], object], ...] = (
        lambda: ring.find("ci"),
        lambda: ring.revoke("ci", 1),
        lambda: ring.rotate("ci", digest("a"), 1, 0),
        lambda: ring.expire("ci", None),
    )
    for ask in asked:
        with pytest.raises(KeyNotFound):
            ask()
    with pytest.raises(KeyExists):
        ring.create(NewKey(id="cli"), digest("a"), 0)
    with pytest.raises(InvalidRequest):
        ring.create(NewKey(id="a b"), digest("a"), 0)
    assert not file.parent.exists()


def test_the_file_is_its_owners(file: Path) -> None:
    umask = os.umask(0)
    try:
        Keyring(file).create(NewKey(id="ci"), digest("a"), 0)
    finally:
        os.umask(umask)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.chmod(0o666)
    Keyring(file).revoke("ci", 1)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [p.name for p in file.parent.iterdir()] == ["keys.db"]


def test_two_processes_lose_nothing(file: Path) -> None:
    """Threads with rings of their own share nothing but the file, as processes do."""
    start = threading.Barrier(4)

    def write(name: str) -> None:
        ring = Keyring(file)
        start.wait()
        for number in range(8):
            ring.create(NewKey(id=f"{name}{number}"), digest(f"{name}{number}"), number)
            ring.rotate(f"{name}{number}", digest(f"{name}{number}b"), number, DAY)

    writers = [threading.Thread(target=write, args=(name,)) for name in "abcd"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    keys = Keyring(file).all()
    assert [key.id for key in keys] == sorted(f"{n}{i}" for n in "abcd" for i in range(8))
    assert all(len(key.secrets) == 2 for key in keys)


def test_a_change_that_fails_leaves_nothing(file: Path) -> None:
    ring = Keyring(file)
    ring.create(NewKey(id="ci"), digest("a"), 0)
    with pytest.raises(InvalidRequest) as refused:
        ring.create(NewKey(id="other"), digest("a"), 0)
    assert refused.value.param == "sha256"  # the hash of another key
    with pytest.raises(KeyExists):
        ring.create_all([(NewKey(id="new"), digest("b")), (NewKey(id="ci"), digest("c"))], 0)
    assert [key.id for key in ring.all()] == ["ci"]


DIES = """
import os, signal, sys
from pathlib import Path
from gilmok.ledger.keyring_file import KeysFile
with KeysFile(Path(sys.argv[1])).writing() as connection:
    connection.execute("PRAGMA cache_size = 0")  # What is changed is in the file at once.
    connection.execute("UPDATE keys SET revoked_at = 1")
    connection.execute("DELETE FROM secrets")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_writer_that_is_killed_leaves_nothing_half_done(file: Path) -> None:
    ring = Keyring(file)
    for number in range(60):
        ring.create(NewKey(id=f"k{number:03}"), digest(str(number)), 0)
    before = ring.all()
    environ = {"PYTHONPATH": str(Path(__file__).parents[3] / "src")}
    died = subprocess.run([sys.executable, "-c", DIES, str(file)], env=environ, check=False)
    assert died.returncode == -signal.SIGKILL
    assert file.with_name("keys.db-journal").exists()
    assert ring.all() == before
    assert ring.revoke("k000", 5).revoked_at == 5


async def test_a_change_of_anybody_is_news_once(file: Path) -> None:
    ours, theirs = Keyring(file), Keyring(file)
    watch = KeyringWatch(ours)

    async def news() -> list[str] | None:
        return await watch.news(lambda keys, _: [f"{k.id} {k.standing(0)}" for k in keys])

    assert await news() == []
    assert await news() is None
    theirs.create(NewKey(id="ci"), digest("a"), 0)
    assert await news() == ["ci active"]
    ours.revoke("ci", 1)
    assert await news() == ["ci revoked"]
    assert await news() is None
    watch.close()


async def test_a_file_in_the_place_of_another_is_news_and_a_lost_one_is_not(file: Path) -> None:
    ring = Keyring(file)
    ring.create(NewKey(id="ci"), digest("a"), 0)
    backup = file.with_name("backup")
    shutil.copy(file, backup)
    ring.revoke("ci", 1)
    watch = KeyringWatch(ring)
    assert await watch.news(lambda keys, _: keys[0].standing(0)) == "revoked"
    os.unlink(file)
    for _ in range(2):  # It stays one until the file is back.
        with pytest.raises(ConfigError, match="gone"):
            await watch.news(lambda keys, _: keys)
    os.close(os.open(file, os.O_CREAT))
    with pytest.raises(ConfigError, match="gone"):
        await watch.news(lambda keys, _: keys)
    os.rename(backup, file)
    assert await watch.news(lambda keys, _: keys[0].standing(0)) == "active"
    watch.close()


def test_a_half_made_file_is_finished(file: Path) -> None:
    file.parent.mkdir()
    file.touch()
    ring = Keyring(file)
    assert ring.all() == ()
    ring.create(NewKey(id="ci"), digest("a"), 0)
    assert [key.id for key in ring.all()] == ["ci"]


def spoil_the_header(file: Path) -> None:
    file.write_bytes(b"no database at all, long enough to be read as one" * 200)


def spoil_the_pages(file: Path) -> None:
    whole = file.read_bytes()
    file.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))


def spoil_the_rights(file: Path) -> None:
    with sqlite3.connect(file) as connection:
        connection.execute('UPDATE keys SET rights = \'{"zones": ["mars"]}\'')
    connection.close()


def drop_a_table(file: Path) -> None:
    with sqlite3.connect(file) as connection:
        connection.execute("DROP TABLE secrets")
    connection.close()


def own_it(file: Path) -> None:
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA application_id = 7")
    connection.close()


def make_it_newer(file: Path) -> None:
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()


@pytest.mark.parametrize(
    ("spoil", "reason", "way_out"),
    [
        (spoil_the_header, "damaged", "backup"),
        (spoil_the_pages, "damaged", "backup"),
        (spoil_the_rights, "damaged", "backup"),
        (drop_a_table, "damaged", "backup"),
        (own_it, "another program", "[ledger] path"),
        (make_it_newer, "newer gateway", "Upgrade"),
    ],
)
def test_a_file_that_is_no_keyring_is_refused_with_the_way_out(
    file: Path, spoil: object, reason: str, way_out: str
) -> None:
    ring = Keyring(file)
    ring.create(NewKey(id="ci"), digest("a"), 0)
    assert callable(spoil)
    spoil(file)
    with pytest.raises(ConfigError) as refused:
        ring.all()
    assert reason in refused.value.message()
    assert way_out in refused.value.message()
    assert str(file) in refused.value.message("ko")


def test_a_folder_where_nobody_may_write_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError) as refused:
        Keyring(tmp_path / "file" / "keys.db").create(NewKey(id="ci"), digest("a"), 0)
    assert "writable" in refused.value.message()
