"""Stored keys: every history of changes, two writers, files that are no keyrings."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule
from msgspec import Struct
from msgspec.structs import replace

from gilmok.core.endpoint import Zone
from gilmok.core.errors import ConfigError, InvalidRequest, KeyEnded, KeyExists, KeyNotFound
from gilmok.ledger import Keyring, KeyringWatch, NewKey, Rights, StoredKey

DAY = 86_400 * 10**9
RIGHTS = Rights(zones=(Zone.LOCAL,), endpoints=("e",), models=("m",), highest="low", operator=True)


def digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "state" / "keys.db"


@pytest.fixture(params=["file", "memory"])
def ring(request: pytest.FixtureRequest, file: Path) -> Iterator[Keyring]:
    ring = Keyring(file if request.param == "file" else None)
    yield ring
    ring.close()


def test_a_key_comes_back_as_it_was_stored(ring: Keyring) -> None:
    wanted = NewKey(id="ci", tenant="acme", plan="paid", rights=RIGHTS, expires_at=5 * DAY)
    made = ring.create(wanted, digest("a"), DAY)
    assert made == ring.find("ci") == ring.all()[0]
    assert (made.tenant, made.plan, made.rights) == ("acme", "paid", RIGHTS)
    assert (made.created_at, made.expires_at, made.revoked_at) == (DAY, 5 * DAY, None)
    assert [secret.sha256 for secret in made.secrets] == [digest("a")]
    assert [made.standing(now) for now in (DAY, 5 * DAY - 1, 5 * DAY)] == [
        "active",
        "active",
        "expired",
    ]


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


def test_an_id_is_given_once(ring: Keyring) -> None:
    ring.create(NewKey(id="ci"), digest("a"), 0)
    ring.revoke("ci", 1)
    for id in ("ci", "cli", "loopback"):
        with pytest.raises(KeyExists):
            ring.create(NewKey(id=id), digest("b"), 2)
    assert len(ring.all()) == 1


@pytest.mark.parametrize("id", ["", "-a", "a b", "a\n", "a/b", "가", "a" * 65, "' OR 1=1 --"])
@pytest.mark.parametrize("field", ["id", "tenant", "plan"])
def test_names_are_plain(ring: Keyring, field: str, id: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        ring.create(replace(NewKey(id="fine"), **{field: id}), digest("a"), 0)
    assert refused.value.param == field
    assert id not in refused.value.message() or not id
    assert ring.all() == ()


def test_what_is_revoked_stays_so(ring: Keyring) -> None:
    ring.create(NewKey(id="ci"), digest("a"), 0)
    assert ring.revoke("ci", 5).revoked_at == ring.revoke("ci", 9).revoked_at == 5
    assert ring.find("ci").standing(0) == "revoked"
    with pytest.raises(KeyEnded):
        ring.rotate("ci", digest("b"), 6, DAY)
    with pytest.raises(KeyEnded):
        ring.expire("ci", None)
    for change in (ring.revoke, ring.expire):
        with pytest.raises(KeyNotFound):
            change("nobody", 1)


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
    with pytest.raises(ConfigError):
        ring.create(NewKey(id="other"), digest("a"), 0)  # the hash of another key
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


class Model(Struct):
    """What a key should be, in five fields."""

    expires_at: int | None
    revoked_at: int | None
    secrets: dict[str, int | None]


class Histories(RuleBasedStateMachine):
    """Any history of changes, in a file that is opened anew at any time, against a dictionary."""

    ids = Bundle("ids")

    @initialize()
    def begin(self) -> None:
        self.ring = Keyring(None)
        self.model: dict[str, Model] = {}
        self.now = 0
        self.made = 0

    def teardown(self) -> None:
        self.ring.close()

    def _secret(self) -> str:
        self.made += 1
        return digest(str(self.made))

    @rule(seconds=st.integers(0, 5))
    def wait(self, seconds: int) -> None:
        self.now += seconds

    @rule(target=ids, id=st.sampled_from("abc"), life=st.none() | st.integers(0, 6))
    def create(self, id: str, life: int | None) -> str:
        secret, end = self._secret(), None if life is None else self.now + life
        if id in self.model:
            with pytest.raises(KeyExists):
                self.ring.create(NewKey(id=id, expires_at=end), secret, self.now)
        else:
            self.ring.create(NewKey(id=id, expires_at=end), secret, self.now)
            self.model[id] = Model(end, None, {secret: None})
        return id

    @rule(id=ids, overlap=st.integers(0, 4))
    def rotate(self, id: str, overlap: int) -> None:
        key, secret, end = self.model[id], self._secret(), self.now + overlap
        if key.revoked_at is not None:
            with pytest.raises(KeyEnded):
                self.ring.rotate(id, secret, self.now, overlap)
            return
        self.ring.rotate(id, secret, self.now, overlap)
        shorter = {s: end if e is None else min(e, end) for s, e in key.secrets.items()}
        key.secrets = {s: e for s, e in shorter.items() if e > self.now}
        key.secrets[secret] = None

    @rule(id=ids, life=st.none() | st.integers(-2, 6))
    def expire(self, id: str, life: int | None) -> None:
        key, end = self.model[id], None if life is None else self.now + life
        if key.revoked_at is not None:
            with pytest.raises(KeyEnded):
                self.ring.expire(id, end)
            return
        self.ring.expire(id, end)
        key.expires_at = end

    @rule(id=ids)
    def revoke(self, id: str) -> None:
        self.ring.revoke(id, self.now)
        if self.model[id].revoked_at is None:
            self.model[id].revoked_at = self.now

    @invariant()
    def agree(self) -> None:
        stored = {key.id: _as_model(key) for key in self.ring.all()}
        assert stored == self.model
        for id in self.model:
            assert _as_model(self.ring.find(id)) == self.model[id]


def _as_model(key: StoredKey) -> Model:
    return Model(key.expires_at, key.revoked_at, {s.sha256: s.expires_at for s in key.secrets})


TestHistories = Histories.TestCase
TestHistories.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
