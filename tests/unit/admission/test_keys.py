"""The index of keys: ends by the wall clock, exchange, and the admin's door."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from gilmok.admission import AdminKey, Index, Key, Keys
from gilmok.core.api_key import ENTROPY_BYTES, compose, hashed
from gilmok.core.errors import ExpiredKey, InvalidAdminKey, InvalidKey, MistypedKey, RevokedKey
from gilmok.core.identity import Caller
from gilmok.core.text import Secret

SECRET = compose(bytes(ENTROPY_BYTES))
CALLER = Caller(tenant="acme", key_id="ci")
KEY = Key(sha256=hashed(SECRET), caller=CALLER)


class Wall:
    def __init__(self) -> None:
        self.now = 100

    def __call__(self) -> int:
        return self.now


def enter(keys: Keys, secret: Secret | None = SECRET) -> Caller:
    return keys.identify(secret, "127.0.0.1", "localhost")


def refusal(keys: Keys, secret: Secret | None = SECRET) -> type[InvalidKey]:
    with pytest.raises(InvalidKey) as refused:
        enter(keys, secret)
    return type(refused.value)


def test_a_key_ends_at_its_moment_and_not_before() -> None:
    wall = Wall()
    keys = Keys(Index([replace(KEY, expires_at=101)]), wall)
    assert enter(keys) is CALLER
    wall.now = 101
    assert refusal(keys) is ExpiredKey
    wall.now = 50  # A clock that is set back: the end is by the wall, and so it is open again.
    assert enter(keys) is CALLER


def test_revoking_does_not_look_at_the_clock() -> None:
    keys = Keys(Index([replace(KEY, revoked=True, expires_at=10**30)]), lambda: 0)
    assert refusal(keys) is RevokedKey


def test_another_index_counts_from_the_next_request_on() -> None:
    keys = Keys(Index(), lambda: 0)
    assert enter(keys, None).tenant == "local"
    keys.take(Index([KEY]))
    assert refusal(keys, None) is InvalidKey
    assert enter(keys) is CALLER
    keys.take(Index([replace(KEY, revoked=True)]))
    assert refusal(keys) is RevokedKey
    assert refusal(keys, None) is InvalidKey


def test_a_key_that_opens_nothing_closes_the_door_all_the_same() -> None:
    assert refusal(Keys(Index([], keyed=True), lambda: 0), None) is InvalidKey
    assert refusal(Keys(Index([], keyed=True), lambda: 0)) is InvalidKey


def test_a_typing_error_is_told_from_an_unknown_key() -> None:
    keys = Keys(Index([KEY]), lambda: 0)
    assert refusal(keys, Secret(SECRET.reveal()[:-1] + "x")) is MistypedKey
    assert refusal(keys, compose(b"x" * ENTROPY_BYTES)) is InvalidKey
    assert refusal(keys, Secret("sk-something")) is InvalidKey


def test_of_two_keys_with_one_hash_the_first_counts() -> None:
    other = Caller(tenant="b", key_id="b")
    assert enter(Keys(Index([KEY, replace(KEY, caller=other)]), lambda: 0)) is CALLER


@given(st.text(max_size=50))
def test_only_the_whole_key_opens(text: str) -> None:
    keys = Keys(Index([KEY]), lambda: 0)
    if text == SECRET.reveal():
        return
    with pytest.raises(InvalidKey):
        enter(keys, Secret(text))


def test_a_key_is_looked_up_by_the_hash_of_all_of_it() -> None:
    """How much of a guess is right changes nothing but the hash: no comparison meets the text, and
    two hashes in one place of the table are compared whole."""
    found = Index([KEY]).by_hash
    assert list(found) == [sha256(SECRET.reveal().encode()).digest()]


def test_the_admin_key_opens_one_door_and_a_callers_key_the_other() -> None:
    keys, admin = Keys(Index([KEY]), lambda: 0), Secret("admin")
    door = AdminKey(hashed(admin), keys)
    door.check(admin)
    for wrong in (None, SECRET, Secret("admin "), Secret("")):
        with pytest.raises(InvalidAdminKey):
            door.check(wrong)
    with pytest.raises(InvalidKey):
        enter(keys, admin)


def test_a_callers_key_is_no_admin_key_even_if_its_hash_is_configured_so() -> None:
    keys = Keys(Index([replace(KEY, revoked=True)]), lambda: 0)
    with pytest.raises(InvalidAdminKey):
        AdminKey(hashed(SECRET), keys).check(SECRET)


def test_nothing_of_a_key_is_in_any_repr() -> None:
    keys = Keys(Index([KEY]), lambda: 0)
    shown = f"{keys!r}{vars(keys)!r}{KEY!r}{SECRET!r}{AdminKey(KEY.sha256, keys)!r}"
    assert SECRET.reveal() not in shown
    assert SECRET.reveal()[3:-6] not in shown
