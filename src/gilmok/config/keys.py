"""Callers' keys are kept as hashes."""

from __future__ import annotations

from hashlib import sha256


def hash_key(key: str) -> str:
    """What `[[keys]] sha256` holds for a key: SHA-256 in hex.

    A plain, fast hash is right here because keys are random and long, not chosen by people.
    """
    return sha256(key.encode()).hexdigest()
