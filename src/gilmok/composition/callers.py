"""Keys of the configuration and stored ones become callers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from gilmok.admission import AT_THIS_MACHINE, Index, Key
from gilmok.config import KeySettings, TermsBook
from gilmok.core.identity import Caller
from gilmok.core.inspection import Sensitivity
from gilmok.ledger import StoredKey

_NANO = 1_000_000_000


def index(
    configured: tuple[KeySettings, ...],
    stored: tuple[StoredKey, ...],
    book: TermsBook,
    *,
    keyed: bool,
) -> Index:
    """Every secret of every key. Where an id stands in both, the configuration's counts.

    While all keys are of one tenant, its sums are the sums over all: every key may see them. A
    revoked key still counts, because what its tenant did is still on record. A stored key whose plan
    is not configured any more opens nothing: without a plan it would have no limits.

    `keyed`: keys are stored, whatever became of them.
    """
    apart = tuple(_apart(configured, stored))
    alone = len(tenants_of(configured, apart)) == 1
    keys = (*_configured(configured, alone, book), *of_stored(apart, alone, book))
    # A key that opens nothing still closes the door to callers without one.
    here = replace(AT_THIS_MACHINE, terms=book.of(AT_THIS_MACHINE.tenant))
    return Index(keys, keyed=keyed, here=here)


def tenants_of(configured: tuple[KeySettings, ...], stored: Iterable[StoredKey]) -> frozenset[str]:
    """Whoever has a key, ended ones too."""
    apart = _apart(configured, stored)
    return frozenset(key.tenant for key in configured).union(key.tenant for key in apart)


def _apart(configured: tuple[KeySettings, ...], stored: Iterable[StoredKey]) -> Iterator[StoredKey]:
    """Stored keys that no key of the configuration hides."""
    taken = {key.id for key in configured}
    return (key for key in stored if key.id not in taken)


def _configured(keys: tuple[KeySettings, ...], alone: bool, book: TermsBook) -> Iterator[Key]:
    for key in keys:
        yield Key(
            sha256=key.sha256,
            caller=Caller(
                tenant=key.tenant,
                key_id=key.id,
                zones=frozenset(key.zones),
                endpoints=_only(key.endpoints),
                models=_only(key.models),
                highest=Sensitivity[key.highest.upper()],
                oversees=key.operator or alone,
                terms=book.of(key.tenant, key.plan, key.max_concurrency),
            ),
            expires_at=None if key.expires is None else int(key.expires.timestamp()) * _NANO,
        )


def of_stored(keys: Iterable[StoredKey], alone: bool, book: TermsBook) -> Iterator[Key]:
    """Every secret of these keys. `alone`: there is no other tenant."""
    for key in keys:
        if key.plan is not None and key.plan not in book.plans:
            continue
        rights = key.rights
        caller = Caller(
            tenant=key.tenant,
            key_id=key.id,
            zones=frozenset(rights.zones),
            endpoints=_only(rights.endpoints),
            models=_only(rights.models),
            highest=Sensitivity[rights.highest.upper()],
            oversees=rights.operator or alone,
            terms=book.of(key.tenant, key.plan),
        )
        for secret in key.secrets:
            yield Key(
                sha256=secret.sha256,
                caller=caller,
                expires_at=_earlier(key.expires_at, secret.expires_at),
                revoked=key.revoked_at is not None,
            )


def _only(names: tuple[str, ...] | None) -> frozenset[str] | None:
    return None if names is None else frozenset(names)


def _earlier(one: int | None, other: int | None) -> int | None:
    return min((end for end in (one, other) if end is not None), default=None)
