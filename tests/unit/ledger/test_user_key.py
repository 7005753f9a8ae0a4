"""The secret behind pseudonyms: made once, kept to its owner, never half of it."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from gilmok.core.errors import ConfigError
from gilmok.core.pseudonym import KEY_BYTES, Pseudonyms
from gilmok.core.text import Private, Secret
from gilmok.ledger.user_key import NAME, user_key


def test_it_is_made_once_and_is_nobody_elses(tmp_path: Path) -> None:
    beside = tmp_path / "new" / "keys.db"
    first = user_key(beside, os.urandom)
    assert user_key(beside, os.urandom) == first
    assert len(first) == KEY_BYTES
    assert (beside.with_name(NAME).stat().st_mode & 0o777) == 0o600


def test_without_a_ledger_it_lasts_as_long_as_the_process() -> None:
    assert user_key(None, os.urandom) != user_key(None, os.urandom)


def test_one_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    """With another secret all users would be strangers, unnoticed."""
    (tmp_path / NAME).write_bytes(b"short")
    with pytest.raises(ConfigError, match="cut off"):
        user_key(tmp_path / "keys.db", os.urandom)


def test_one_that_cannot_be_written_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    beside = tmp_path / "keys.db"
    with monkeypatch.context() as disk:
        disk.setattr(os, "fsync", full)
        with pytest.raises(ConfigError, match="No space"):
            user_key(beside, os.urandom)
    assert len(user_key(beside, os.urandom)) == KEY_BYTES


def test_pseudonyms() -> None:
    ours = Pseudonyms(b"secret")
    kim = ours.of("acme", Private("kim@example.com"))
    assert len(kim) == 16
    assert int(kim, 16) >= 0
    assert kim == Pseudonyms.from_secret(Secret("secret")).of("acme", Private("kim@example.com"))
    assert kim != ours.of("other", Private("kim@example.com"))
    assert kim != ours.of("acmek", Private("im@example.com"))
    assert kim != Pseudonyms(b"another").of("acme", Private("kim@example.com"))
    with pytest.raises(ValueError, match="without a key"):
        Pseudonyms(b"")
