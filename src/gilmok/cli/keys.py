"""`gilmok keys`: the stored keys, changed in their file beside whatever gateway is running."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime
from typing import Annotated, Final, Literal

import msgspec
from cyclopts import Parameter

from gilmok.build import load_settings
from gilmok.cli import exits
from gilmok.cli.numbers import NANO_PER_S, moment
from gilmok.cli.options import Config, Json, Output
from gilmok.cli.screen import Screen
from gilmok.cli.words import help, terms
from gilmok.cli.words import keys as words
from gilmok.config import Settings
from gilmok.core.api_key import ENTROPY_BYTES, compose, hashed
from gilmok.core.endpoint import Zone
from gilmok.core.errors import KeyExists
from gilmok.core.said import Said
from gilmok.core.text import Secret
from gilmok.ledger.keyring import FOREVER, Keyring, NewKey, Rights, StoredKey
from gilmok.surfaces.admin_wire import encode, shown, unknown_plan
from gilmok.system import SystemClock, entropy

Id = Annotated[str, Parameter(help=help.KEY_ID.en)]
Many = list[str] | None

_SPANS: Final = {"m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_SPAN: Final = re.compile(r"(\d{1,5})([mhdw])", re.ASCII)
_NAMED: Final = 5
"""Tenants that a warning names."""
_LONGEST_OVERLAP: Final = 31 * 86_400 * NANO_PER_S


def create(
    id: Id,
    *,
    tenant: Annotated[str, Parameter(help=help.TENANT.en)] = "default",
    plan: Annotated[str | None, Parameter(help=help.PLAN.en)] = None,
    zone: Annotated[
        list[Literal["local", "private", "cloud"]] | None,
        Parameter(negative="", help=help.ZONE.en),
    ] = None,
    endpoint: Annotated[Many, Parameter(negative="", help=help.ENDPOINT.en)] = None,
    model: Annotated[Many, Parameter(negative="", help=help.KEY_MODEL.en)] = None,
    highest: Annotated[Literal["low", "medium", "high"], Parameter(help=help.HIGHEST.en)] = "high",
    operator: Annotated[bool, Parameter(negative="", help=help.OPERATOR.en)] = False,
    expires: Annotated[str | None, Parameter(help=help.EXPIRES.en)] = None,
    json: Json = False,
    config: Config = None,
    screen: Output,
) -> int:
    settings, now = load_settings(config), SystemClock().wall()
    at = None if expires is None else _end(expires, now)
    if expires is not None and at is None:
        return _wrong(screen, words.BAD_MOMENT)
    if any(key.id == id for key in settings.keys):
        raise KeyExists(id)
    if plan is not None and plan not in settings.terms.plans:
        raise unknown_plan()
    rights = Rights(
        zones=tuple(Zone(name) for name in zone) if zone else tuple(Zone),
        endpoints=tuple(endpoint) if endpoint else None,
        models=tuple(model) if model else None,
        highest=highest,
        operator=operator,
    )
    wanted = NewKey(id=id, tenant=tenant, plan=plan, rights=rights, expires_at=at)
    first = not settings.needs_key
    secret = compose(entropy(ENTROPY_BYTES))

    def change(ring: Keyring) -> int:
        key = ring.create(wanted, hashed(secret), now)
        _show_secret(screen, key, secret, json=json)
        if first:
            screen.warn(words.FIRST)
        warn_of_unlisted(screen, settings, {tenant})
        return exits.OK

    return _with_keys(screen, settings, change)


def rotate(
    id: Id,
    *,
    overlap: Annotated[str, Parameter(help=help.OVERLAP.en)] = "24h",
    json: Json = False,
    config: Config = None,
    screen: Output,
) -> int:
    span = 0 if overlap == "0" else _span(overlap)
    if span is None or span > _LONGEST_OVERLAP:
        return _wrong(screen, words.BAD_SPAN)
    now, secret = SystemClock().wall(), compose(entropy(ENTROPY_BYTES))

    def change(ring: Keyring) -> int:
        key = ring.rotate(id, hashed(secret), now, span)
        _show_secret(screen, key, secret, json=json)
        if not json:
            said = words.OLD_ENDS if span else words.OLD_ENDED
            screen.say(said, "dim", until=moment(now + span))
        return exits.OK

    return _with_keys(screen, load_settings(config), change)


def expire(
    id: Id,
    at: Annotated[str, Parameter(help=help.END.en)],
    *,
    json: Json = False,
    config: Config = None,
    screen: Output,
) -> int:
    end = None if at == "never" else _end(at, SystemClock().wall())
    if end is None and at != "never":
        return _wrong(screen, words.BAD_MOMENT)

    def change(ring: Keyring) -> int:
        key = ring.expire(id, end)
        if json:
            _show_json(screen, key)
        elif end is None:
            screen.say(words.LASTS, id=id)
        else:
            screen.say(words.EXPIRES, id=id, until=moment(end))
        return exits.OK

    return _with_keys(screen, load_settings(config), change)


def revoke(id: Id, *, json: Json = False, config: Config = None, screen: Output) -> int:
    settings, now = load_settings(config), SystemClock().wall()

    def change(ring: Keyring) -> int:
        key = ring.revoke(id, now)
        if json:
            _show_json(screen, key)
        else:
            screen.say(words.REVOKED, id=id)
        works = any(other.standing(now) == "active" for other in ring.all())
        if not works and not settings.keys:
            screen.warn(words.LAST)
        return exits.OK

    return _with_keys(screen, settings, change)


def list_keys(
    *,
    tenant: Annotated[str | None, Parameter(help=help.ONE_TENANT.en)] = None,
    json: Json = False,
    config: Config = None,
    screen: Output,
) -> int:
    now = SystemClock().wall()

    def ask(ring: Keyring) -> int:
        keys = [key for key in ring.all() if tenant in (None, key.tenant)]
        if json:
            _document(screen, [shown(key, now) for key in keys])
        elif keys:
            screen.table(
                (words.ID, words.TENANT, words.STANDING, words.RIGHTS, words.UNTIL),
                [_row(screen, key, now) for key in keys],
            )
        else:
            screen.say(words.NO_KEYS)
        return exits.OK

    return _with_keys(screen, load_settings(config), ask)


def show(id: Id, *, json: Json = False, config: Config = None, screen: Output) -> int:
    def ask(ring: Keyring) -> int:
        key = ring.find(id)
        if json:
            _show_json(screen, key)
        else:
            screen.rows(_facts(screen, key))
        return exits.OK

    return _with_keys(screen, load_settings(config), ask)


def warn_of_unlisted(screen: Screen, settings: Settings, tenants: set[str]) -> None:
    """Where tenants are configured, a mistyped one would have the default plan's limits, or none."""
    unlisted = sorted(tenants - {tenant.id for tenant in settings.tenants})
    if not settings.tenants or not unlisted:
        return
    more = ", …" if len(unlisted) > _NAMED else ""
    screen.warn(words.UNLISTED, tenants=", ".join(unlisted[:_NAMED]) + more)


def _with_keys(screen: Screen, settings: Settings, use: Callable[[Keyring], int]) -> int:
    if settings.keyring is None:
        screen.fail(screen.text(words.IN_MEMORY))
        return exits.CONFIG
    with closing(Keyring(settings.keyring)) as ring:
        return use(ring)


def _wrong(screen: Screen, said: Said) -> int:
    screen.fail(screen.text(said))
    return exits.USAGE


def _span(text: str) -> int | None:
    found = _SPAN.fullmatch(text)
    return int(found[1]) * _SPANS[found[2]] * NANO_PER_S if found else None


def _end(text: str, now: int) -> int | None:
    """`30d` from now, or a date, of this machine's time zone where it names none."""
    span = _span(text)
    if span is not None:
        return min(now + span, FOREVER)
    try:
        return min(max(0, int(datetime.fromisoformat(text).timestamp()) * NANO_PER_S), FOREVER)
    except (ValueError, OverflowError, OSError):
        return None


def _show_secret(screen: Screen, key: StoredKey, secret: Secret, *, json: bool) -> None:
    if json:
        _show_json(screen, key, secret)
        return
    screen.say(words.MADE)
    screen.copyable(f"  {secret.reveal()}")
    screen.rows(_facts(screen, key))
    screen.say(words.TAKEN_SOON, "dim")


def _show_json(screen: Screen, key: StoredKey, secret: Secret | None = None) -> None:
    once = msgspec.UNSET if secret is None else secret
    _document(screen, shown(key, SystemClock().wall(), once))


def _document(screen: Screen, what: object) -> None:
    screen.raw(msgspec.json.format(encode(what)).decode() + "\n")


def _facts(screen: Screen, key: StoredKey) -> Iterator[tuple[str, str]]:
    text, now = screen.text, SystemClock().wall()
    yield text(words.ID), key.id
    yield text(words.TENANT), key.tenant
    if key.plan is not None:
        yield text(words.PLAN), key.plan
    yield text(words.STANDING), screen.word(words.STANDINGS, key.standing(now))
    yield text(words.RIGHTS), _rights(screen, key.rights)
    yield text(words.CREATED), moment(key.created_at)
    yield text(words.UNTIL), _until(screen, key)
    if key.revoked_at is not None:
        yield text(words.ENDED), moment(key.revoked_at)
    kept = shown(key, now).secrets
    yield text(words.SECRETS), ", ".join(secret.fingerprint for secret in kept)


def _row(screen: Screen, key: StoredKey, now: int) -> tuple[str, ...]:
    standing = screen.word(words.STANDINGS, key.standing(now))
    return key.id, key.tenant, standing, _rights(screen, key.rights), _until(screen, key)


def _until(screen: Screen, key: StoredKey) -> str:
    return screen.text(words.NEVER) if key.expires_at is None else moment(key.expires_at)


def _rights(screen: Screen, rights: Rights) -> str:
    """Only what is less than everything."""
    parts: list[str] = []
    if set(rights.zones) != set(Zone):
        parts.append(", ".join(screen.word(terms.ZONES, zone) for zone in rights.zones))
    parts += [", ".join(names) for names in (rights.endpoints, rights.models) if names]
    if rights.highest != "high":
        level = screen.word(terms.LEVELS, rights.highest)
        parts.append(screen.text(words.HIGHEST, level=level))
    if rights.operator:
        parts.append(screen.text(words.OPERATOR))
    return "; ".join(parts) or screen.text(words.EVERYTHING)
