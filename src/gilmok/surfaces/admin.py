"""The admin API: stored keys are made, shown, rotated and revoked while the gateway runs.

The app has checked the admin key before a handler is called. A secret is in one answer and nowhere
else; that is why no `Idempotency-Key` is taken here, and why none is needed: an id is given once.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Protocol, TypeVar

import msgspec
from msgspec import UNSET, Struct, UnsetType

from gilmok.core.api_key import ENTROPY_BYTES, compose, hashed
from gilmok.core.errors import KeyExists
from gilmok.core.ports import Clock
from gilmok.core.text import Secret
from gilmok.ledger import Keyring, StoredKey
from gilmok.surfaces import headers
from gilmok.surfaces.admin_wire import (
    SECOND,
    ExpireBody,
    KeyBody,
    KeyList,
    RotateBody,
    TenantList,
    TenantShown,
    encode,
    nanoseconds,
    page,
    read,
    shown,
    unknown_plan,
)
from gilmok.surfaces.query import parameters
from gilmok.surfaces.routes import Turn

log = logging.getLogger(__name__)

Answer = TypeVar("Answer")

_new_key = msgspec.json.Decoder(KeyBody)
_rotation = msgspec.json.Decoder(RotateBody)
_expiry = msgspec.json.Decoder(ExpireBody)


class Keys(Protocol):
    """The keys of the running gateway. Raises `KeyringUnavailable`."""

    @property
    def configured(self) -> Mapping[str, str]:
        """Tenants by the id of a key of the configuration."""
        ...

    @property
    def plans(self) -> frozenset[str]:
        """Ids of the plans a key may have."""
        ...

    async def ask(self, question: Callable[[Keyring], Answer]) -> Answer: ...

    async def change(self, change: Callable[[Keyring], StoredKey]) -> StoredKey:
        """The next request meets the keys as they are now."""
        ...


class Admin:
    def __init__(self, *, keys: Keys, clock: Clock, entropy: Callable[[int], bytes]) -> None:
        self._keys = keys
        self._clock = clock
        self._entropy = entropy

    async def create(self, turn: Turn) -> None:
        wanted = read(turn.http, _new_key).wanted()
        if wanted.id in self._keys.configured:
            raise KeyExists(wanted.id)
        if wanted.plan is not None and wanted.plan not in self._keys.plans:
            raise unknown_plan()
        secret, now = self._secret(), self._clock.wall()
        key = await self._keys.change(lambda ring: ring.create(wanted, hashed(secret), now))
        self._tell(turn, "created", key, secret)

    async def rotate(self, turn: Turn) -> None:
        overlap = (read(turn.http, _rotation) if turn.http.body else RotateBody()).overlap_s
        secret, now = self._secret(), self._clock.wall()
        key = await self._keys.change(
            lambda ring: ring.rotate(turn.argument, hashed(secret), now, overlap * SECOND)
        )
        self._tell(turn, "rotated", key, secret)

    async def expire(self, turn: Turn) -> None:
        at = nanoseconds(read(turn.http, _expiry).expires_at)
        self._tell(
            turn, "expires", await self._keys.change(lambda ring: ring.expire(turn.argument, at))
        )

    async def revoke(self, turn: Turn) -> None:
        now = self._clock.wall()
        self._tell(
            turn, "revoked", await self._keys.change(lambda ring: ring.revoke(turn.argument, now))
        )

    async def show(self, turn: Turn) -> None:
        key = await self._keys.ask(lambda ring: ring.find(turn.argument))
        _send(turn, shown(key, self._clock.wall()))

    async def all(self, turn: Turn) -> None:
        wanted = page(parameters(turn.http.query))
        keys = await self._keys.ask(lambda ring: ring.all())
        of_tenant = [
            key for key in keys if key.id > wanted.after and wanted.tenant in (None, key.tenant)
        ]
        now = self._clock.wall()
        data = tuple(shown(key, now) for key in of_tenant[: wanted.limit])
        _send(turn, KeyList(data=data, has_more=len(of_tenant) > wanted.limit))

    async def tenants(self, turn: Turn) -> None:
        stored, now = await self._keys.ask(lambda ring: ring.all()), self._clock.wall()
        configured = self._keys.configured.values()
        keys = Counter([*configured, *(key.tenant for key in stored)])
        active = Counter(
            [*configured, *(key.tenant for key in stored if key.standing(now) == "active")]
        )
        data = tuple(
            TenantShown(tenant=tenant, keys=keys[tenant], active=active[tenant])
            for tenant in sorted(keys)
        )
        _send(turn, TenantList(data=data))

    def _secret(self) -> Secret:
        return compose(self._entropy(ENTROPY_BYTES))

    def _tell(
        self,
        turn: Turn,
        what: str,
        key: StoredKey,
        secret: Secret | UnsetType = UNSET,
    ) -> None:
        log.info("key_changed", extra={"what": what, "key": key.id, "tenant": key.tenant})
        _send(turn, shown(key, self._clock.wall(), secret))


def _send(turn: Turn, body: Struct) -> None:
    fields = [headers.JSON, ("cache-control", "no-store"), *headers.named(turn.decision_id)]
    turn.reply.send(200, fields, encode(body))
