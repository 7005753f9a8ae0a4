"""What every store of keys promises: in a file, in memory, and wherever they may lie later."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule
from msgspec import Struct
from msgspec.structs import replace

from gilmok.core.endpoint import Zone
from gilmok.core.errors import InvalidRequest, KeyEnded, KeyExists, KeyNotFound
from gilmok.ledger import Keyring, NewKey, Rights, StoredKey

DAY = 86_400 * 10**9
RIGHTS = Rights(zones=(Zone.LOCAL,), endpoints=("e",), models=("m",), highest="low", operator=True)


def digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


class KeyringContract(ABC):
    """A new store is one more subclass."""

    @abstractmethod
    def make(self, folder: Path) -> Keyring: ...

    @pytest.fixture
    def ring(self, tmp_path: Path) -> Iterator[Keyring]:
        ring = self.make(tmp_path)
        yield ring
        ring.close()

    def test_a_key_comes_back_as_it_was_stored(self, ring: Keyring) -> None:
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

    def test_an_id_is_given_once(self, ring: Keyring) -> None:
        ring.create(NewKey(id="ci"), digest("a"), 0)
        ring.revoke("ci", 1)
        for id in ("ci", "cli", "loopback"):
            with pytest.raises(KeyExists):
                ring.create(NewKey(id=id), digest("b"), 2)
        assert len(ring.all()) == 1

    @pytest.mark.parametrize("id", ["", "-a", "a b", "a\n", "a/b", "가", "a" * 65, "' OR 1=1 --"])
    @pytest.mark.parametrize("field", ["id", "tenant", "plan"])
    def test_names_are_plain(self, ring: Keyring, field: str, id: str) -> None:
        with pytest.raises(InvalidRequest) as refused:
            ring.create(replace(NewKey(id="fine"), **{field: id}), digest("a"), 0)
        assert refused.value.param == field
        assert id not in refused.value.message() or not id
        assert ring.all() == ()

    def test_what_is_revoked_stays_so(self, ring: Keyring) -> None:
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

    def test_its_state_is_another_after_every_change(self, ring: Keyring) -> None:
        states = [ring.state()]
        ring.create(NewKey(id="ci"), digest("a"), 0)
        states.append(ring.state())
        ring.rotate("ci", digest("b"), 1, DAY)
        states.append(ring.state())
        ring.revoke("ci", 2)
        states.append(ring.state())
        assert ring.state() == states[-1]
        assert states[0] == ()
        assert len(set(states)) == 4


class TestFile(KeyringContract):
    def make(self, folder: Path) -> Keyring:
        return Keyring(folder / "state" / "keys.db")


class TestMemory(KeyringContract):
    def make(self, folder: Path) -> Keyring:
        return Keyring(None)


class Model(Struct):
    """What a key should be, in five fields."""

    expires_at: int | None
    revoked_at: int | None
    secrets: dict[str, int | None]


class Histories(RuleBasedStateMachine):
    """Any history of changes, against a dictionary; in a file, any change may be another process's."""

    ids = Bundle("ids")

    @initialize()
    def begin(self) -> None:
        self.ring = self.make()
        self.model: dict[str, Model] = {}
        self.now = 0
        self.made = 0

    def make(self) -> Keyring:
        return Keyring(None)

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


class FileHistories(Histories):
    def make(self) -> Keyring:
        self._folder = TemporaryDirectory()
        return Keyring(Path(self._folder.name) / "keys.db")

    @rule()
    def reopen(self) -> None:
        self.ring.close()
        self.ring = Keyring(Path(self._folder.name) / "keys.db")

    def teardown(self) -> None:
        super().teardown()
        self._folder.cleanup()


TestHistories = Histories.TestCase
TestHistories.settings = settings(max_examples=50, stateful_step_count=25, deadline=None)
TestFileHistories = FileHistories.TestCase
TestFileHistories.settings = settings(max_examples=10, stateful_step_count=20, deadline=None)
