"""Names for end users that say nothing of them.

What a caller calls its user may be an e-mail address. The pseudonym is a keyed hash of it: the same
for the same user of the same tenant, different at another tenant, and whoever sees it cannot try out
likely names without the key.
"""

from __future__ import annotations

from hashlib import blake2b
from struct import Struct
from typing import Self

from gilmok.core.text import Private, Secret

KEY_BYTES = 32
_DIGEST = 8
_LENGTH = Struct(">I")


class Pseudonyms:
    def __init__(self, key: bytes) -> None:
        """`key`: secret, of any length but zero."""
        if not key:
            raise ValueError("without a key anybody can try out names")
        own = blake2b(key, digest_size=KEY_BYTES).digest()
        self._keyed = blake2b(digest_size=_DIGEST, key=own)

    @classmethod
    def from_secret(cls, secret: Secret) -> Self:
        return cls(secret.reveal().encode())

    def of(self, tenant: str, name: Private) -> str:
        """16 hexadecimal digits."""
        one = tenant.encode("utf-8", "surrogatepass")
        other = name.reveal().encode("utf-8", "surrogatepass")
        digest = self._keyed.copy()
        digest.update(_LENGTH.pack(len(one)) + one + _LENGTH.pack(len(other)) + other)
        return digest.hexdigest()
