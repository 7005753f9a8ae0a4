"""What the admin API takes and gives: strict bodies in, keys without their secrets out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, TypeVar

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from gilmok.core.endpoint import Zone
from gilmok.core.errors import InvalidRequest, UnsupportedMediaType
from gilmok.core.text import Secret
from gilmok.ledger.keyring import (
    FOREVER,
    Level,
    Name,
    Names,
    NewKey,
    Rights,
    Standing,
    StoredKey,
    Zones,
)
from gilmok.surfaces import strict_json
from gilmok.surfaces.http import HttpRequest

SECOND = 1_000_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_DAY_S = 86_400
_MOST = 1_000
_PAGE = 100

Body = TypeVar("Body", bound=Struct)
Moment = Annotated[datetime, Meta(tz=True)]


class KeyBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A key to make. Only `id` is needed."""

    id: Name
    tenant: Name = "default"
    plan: Name | None = None
    zones: Zones = tuple(Zone)
    endpoints: Names | None = None
    models: Names | None = None
    highest: Level = "high"
    operator: bool = False
    expires_at: Moment | None = None

    def wanted(self) -> NewKey:
        rights = Rights(
            zones=self.zones,
            endpoints=self.endpoints,
            models=self.models,
            highest=self.highest,
            operator=self.operator,
        )
        return NewKey(
            id=self.id,
            tenant=self.tenant,
            plan=self.plan,
            rights=rights,
            expires_at=nanoseconds(self.expires_at),
        )


class RotateBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    overlap_s: Annotated[int, Meta(ge=0, le=31 * _DAY_S)] = _DAY_S
    """How long the old secret still works; 0 ends it at once."""


class ExpireBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    expires_at: Moment | None
    """A moment that has passed ends the key now; null takes its end away."""


class SecretShown(Struct, frozen=True, kw_only=True):
    fingerprint: str
    """The first 12 hexadecimal digits of its SHA-256."""
    created_at: datetime
    expires_at: datetime | None


class KeyShown(Struct, frozen=True, kw_only=True):
    """A stored key. `secret` is there once: in the answer that made it."""

    object: str = "gilmok.key"
    id: str
    tenant: str
    plan: str | None
    standing: Standing
    zones: tuple[Zone, ...]
    endpoints: tuple[str, ...] | None
    models: tuple[str, ...] | None
    highest: Level
    operator: bool
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    secrets: tuple[SecretShown, ...]
    """Oldest first, those that have ended not shown."""
    secret: Secret | UnsetType = UNSET


class KeyList(Struct, frozen=True, kw_only=True):
    object: str = "list"
    data: tuple[KeyShown, ...]
    has_more: bool


class TenantShown(Struct, frozen=True, kw_only=True):
    tenant: str
    keys: int
    """Of the configuration and stored, ended ones too."""
    active: int


class TenantList(Struct, frozen=True, kw_only=True):
    object: str = "list"
    data: tuple[TenantShown, ...]


class Page(Struct, frozen=True):
    """Which keys of the list are wanted."""

    tenant: str | None
    after: str
    limit: int


def _written(secret: object) -> str:
    """The one place where a new key's text is written."""
    if isinstance(secret, Secret):
        return secret.reveal()
    raise TypeError(f"cannot be written: {type(secret).__name__}")


encode = msgspec.json.Encoder(enc_hook=_written).encode


def read(http: HttpRequest, decoder: msgspec.json.Decoder[Body]) -> Body:
    """The body. Raises `InvalidRequest`, `UnsupportedMediaType`."""
    kind = http.headers.get("content-type", "")
    # Also keeps web pages of other origins out: they cannot send this type unasked.
    if kind.partition(";")[0].strip().lower() != "application/json":
        raise UnsupportedMediaType
    return strict_json.decode(decoder, http.body, CHOICES)


def unknown_plan() -> InvalidRequest:
    return InvalidRequest("plan", "is no plan of [[plans]]", "[[plans]]에 없는 요금제입니다")


CHOICES = {"highest": ("low", "medium", "high"), "zones[...]": tuple(Zone)}


def page(given: Mapping[str, str]) -> Page:
    """Raises `InvalidRequest`."""
    limit = given.get("limit", str(_PAGE))
    if not (limit.isascii() and limit.isdigit() and len(limit) <= 4 and 1 <= int(limit) <= _MOST):
        raise InvalidRequest(
            "limit", f"must be a whole number from 1 to {_MOST}", f"1~{_MOST}의 정수여야 합니다"
        )
    return Page(given.get("tenant"), given.get("after", ""), int(limit))


def shown(key: StoredKey, now: int, secret: Secret | UnsetType = UNSET) -> KeyShown:
    return KeyShown(
        id=key.id,
        tenant=key.tenant,
        plan=key.plan,
        standing=key.standing(now),
        zones=key.rights.zones,
        endpoints=key.rights.endpoints,
        models=key.rights.models,
        highest=key.rights.highest,
        operator=key.rights.operator,
        created_at=moment(key.created_at),
        expires_at=None if key.expires_at is None else moment(key.expires_at),
        revoked_at=None if key.revoked_at is None else moment(key.revoked_at),
        secrets=tuple(
            SecretShown(
                fingerprint=kept.sha256[:12],
                created_at=moment(kept.created_at),
                expires_at=None if kept.expires_at is None else moment(kept.expires_at),
            )
            for kept in key.secrets
            if kept.expires_at is None or kept.expires_at > now
        ),
        secret=secret,
    )


def moment(nanoseconds: int) -> datetime:
    return _EPOCH + timedelta(microseconds=nanoseconds // 1000)


def nanoseconds(at: datetime | None) -> int | None:
    """By the wall clock, cut to what can be stored: 1970 to 2262."""
    if at is None:
        return None
    return min(max(0, (at - _EPOCH) // _MICROSECOND * 1000), FOREVER)
