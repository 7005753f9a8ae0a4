"""`gilmok ledger`: whether the books agree, the receipts for other programs, a copy of all of it, and
an end user who wants to be forgotten.

All but the last only read the ledger's file, beside a running gateway or without one.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import Parameter

from gilmok.build import load_settings
from gilmok.cli import exits
from gilmok.cli.explain import MEMORY
from gilmok.cli.failures import Unwritable
from gilmok.cli.numbers import money, since
from gilmok.cli.options import Config, Json, Output
from gilmok.cli.questions import legible
from gilmok.cli.screen import Screen
from gilmok.cli.sheets import lines
from gilmok.cli.words import books as words
from gilmok.cli.words import help, looking
from gilmok.composition.users import pseudonyms
from gilmok.composition.world import World
from gilmok.config import Settings
from gilmok.core.os_errors import why
from gilmok.core.text import Private
from gilmok.ledger.audit import Audit, audit
from gilmok.ledger.backup import copied
from gilmok.ledger.export import exported
from gilmok.ledger.forgetting import forgotten
from gilmok.system import SystemClock

_SHOWN = 20
_SLACK_S = 60.0
"""A receipt is written shortly after its request ended."""


def check(*, json: Json = False, config: Config = None, screen: Output) -> int:
    settings = load_settings(config)
    path = _path(screen, settings)
    if path is None:
        return exits.FAILED
    longest_s = settings.server.deadline_s + _SLACK_S
    found = audit(path, now=SystemClock().wall(), longest_s=longest_s)
    if json:
        screen.raw(msgspec.json.format(msgspec.json.encode(found)).decode() + "\n")
    else:
        _show(screen, found)
    return exits.OK if found.agrees else exits.FAILED


def export(
    *,
    since: Annotated[str | None, Parameter(help=help.EXPORT_SINCE.en)] = None,
    tenant: Annotated[str | None, Parameter(help=help.EXPORT_TENANT.en)] = None,
    user: Annotated[str | None, Parameter(help=help.EXPORT_USER.en)] = None,
    csv: Annotated[bool, Parameter(negative="", help=help.EXPORT_CSV.en)] = False,
    config: Config = None,
    screen: Output,
) -> int:
    start = _start(since)
    if start is None:
        screen.fail(screen.text(looking.BAD_SINCE))
        return exits.USAGE
    path = _path(screen, load_settings(config))
    if path is None:
        return exits.FAILED
    rows = exported(path, start, tenant=tenant, user=user)
    columns = next(rows)
    if csv:
        screen.raw(lines([columns]))
    for row in rows:
        screen.raw(lines([row]) if csv else _object(columns, row))
    return exits.OK


def forget(
    tenant: Annotated[str, Parameter(help=help.USER_TENANT.en)],
    name: Annotated[str, Parameter(help=help.USER_NAME.en)],
    *,
    config: Config = None,
    screen: Output,
) -> int:
    settings = load_settings(config)
    path = _path(screen, settings)
    if path is None:
        return exits.FAILED
    user = pseudonyms(settings, World.real()).of(tenant, Private(legible(name)))
    receipts = forgotten(path, tenant, user)
    screen.say(words.FORGOTTEN if receipts else words.NEVER_MET, count=receipts, user=user)
    return exits.OK


def backup(
    file: Annotated[Path, Parameter(help=help.BACKUP_FILE.en)],
    *,
    config: Config = None,
    screen: Output,
) -> int:
    path = _path(screen, load_settings(config))
    if path is None:
        return exits.FAILED
    try:
        copied(path, file)
    except OSError as error:
        raise Unwritable(file, why(error)) from error
    screen.say(words.COPIED, file=file)
    return exits.OK


def _start(text: str | None) -> int | None:
    try:
        return 0 if text is None else since(text, SystemClock().wall())
    except (ValueError, OverflowError):
        return None


def _path(screen: Screen, settings: Settings) -> Path | None:
    if str(settings.ledger.path) == MEMORY:
        screen.fail(screen.text(words.IN_MEMORY))
        return None
    return Path(str(settings.ledger.path))


def _object(columns: tuple[object, ...], row: tuple[object, ...]) -> str:
    return msgspec.json.encode(dict(zip(columns, row, strict=True))).decode() + "\n"


def _show(screen: Screen, found: Audit) -> None:
    screen.table(
        ("", words.COUNT, words.AMOUNT),
        [
            (screen.text(words.RECEIPTS), f"{found.receipts:,}", money(found.receipts_cost)),
            (screen.text(words.ATTEMPTS), f"{found.attempts:,}", money(found.attempts_cost)),
            (screen.text(words.ESTIMATED), "", money(found.estimated_cost)),
            (screen.text(words.OVERRUNS), f"{found.overruns:,}", money(found.overrun_cost)),
            (screen.text(words.TOP_UPS), f"{found.top_ups:,}", money(found.top_ups_amount)),
            (screen.text(words.IN_FLIGHT), f"{found.in_flight:,}", ""),
        ],
        right=frozenset({1, 2}),
    )
    screen.line()
    if found.agrees:
        screen.say(words.AGREES, "green")
        return
    count = sum(found.disagreements.values())
    screen.say(words.DISAGREES, "red", count=count)
    screen.table(
        (words.WHAT, words.WHERE, words.DETAIL),
        [(screen.word(words.FINDINGS, f.code), f.where, f.detail) for f in found.findings[:_SHOWN]],
    )
    if count > _SHOWN:
        screen.say(words.AND_MORE, count=count - _SHOWN)
