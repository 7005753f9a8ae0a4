"""Callers' keys: kept as hashes, in the configuration or in a file beside the ledger."""

from __future__ import annotations

import os
from pathlib import Path

from gilmok.config.schema import LedgerSettings
from gilmok.core.api_key import hashed
from gilmok.core.text import Secret


def hash_key(key: str) -> str:
    """What `[[keys]] sha256` holds for a key: SHA-256 in hex."""
    return hashed(Secret(key))


def keyring_beside(ledger: LedgerSettings) -> Path | None:
    """The file of stored keys, made with the first of them; `None` for a ledger in memory."""
    if ledger.path is None or ledger.path == ":memory:":
        return None
    return Path(ledger.path).with_name("keys.db")


def keys_are_stored(ledger: LedgerSettings) -> bool:
    """True from the first stored key on, whatever became of it since."""
    file = keyring_beside(ledger)
    return file is not None and os.path.exists(file)  # also where the folder may not be read
