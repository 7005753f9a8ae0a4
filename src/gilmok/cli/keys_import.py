"""`gilmok keys import`: the keys of a file, all of them or none.

A line is what the admin API takes to make a key, as JSON or as CSV with the same columns. Where it
has a `sha256`, whoever has that key keeps it: so keys come over from another gateway. For all
others secrets are made.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Annotated, Final

import msgspec
from cyclopts import Parameter
from msgspec import Meta, Struct
from msgspec.structs import fields

from gilmok.build import load_settings
from gilmok.cli import exits
from gilmok.cli.failures import Unwritable
from gilmok.cli.keys import warn_of_unlisted
from gilmok.cli.options import Config, Output
from gilmok.cli.questions import Unreadable, piped, text_of
from gilmok.cli.screen import Screen
from gilmok.cli.words import help
from gilmok.cli.words import keys as words
from gilmok.config import Settings
from gilmok.core.api_key import ENTROPY_BYTES, compose, hashed
from gilmok.core.errors import CallerError, InvalidRequest, KeyExists
from gilmok.core.os_errors import why
from gilmok.core.text import Secret
from gilmok.ledger.keyring import Keyring
from gilmok.surfaces import strict_json
from gilmok.surfaces.admin_wire import CHOICES, KeyBody, unknown_plan
from gilmok.system import SystemClock, entropy

_SHOWN: Final = 20
"""Lines at fault that are told one by one."""


class KeyLine(KeyBody, frozen=True, kw_only=True, forbid_unknown_fields=True):
    sha256: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")] | None = None
    """Of a key that somebody has already."""


class _Read(Struct, frozen=True):
    number: int
    wanted: KeyLine


class _Made(Struct, frozen=True):
    """What is told of a key that was made, this once."""

    id: str
    tenant: str
    secret: str


_line = msgspec.json.Decoder(KeyLine)
_COLUMNS: Final = tuple(field.name for field in fields(KeyLine))
_LISTS: Final = frozenset({"zones", "endpoints", "models"})
_TRUE: Final = frozenset({"true", "yes", "1", "y", "예"})


def import_keys(
    file: Annotated[Path, Parameter(help=help.KEYS_FILE.en)],
    *,
    output: Annotated[Path | None, Parameter(help=help.SECRETS_FILE.en)] = None,
    config: Config = None,
    screen: Output,
) -> int:
    settings = load_settings(config)
    if settings.keyring is None:
        screen.fail(screen.text(words.IN_MEMORY))
        return exits.CONFIG
    try:
        text = piped(screen) if str(file) == "-" else text_of(screen, file)
        lines = list(_lines(screen, file, text))
    except Unreadable as error:
        screen.fail(str(error))
        return exits.USAGE
    found = _understood(lines, settings)
    wrong = {at: error for at, error in found.items() if isinstance(error, CallerError)}
    if wrong:
        return _refused(screen, file, wrong)
    wanted = [_Read(at, line) for at, line in found.items() if isinstance(line, KeyLine)]
    code = _stored(screen, settings.keyring, file, wanted, output)
    if code == exits.OK:
        warn_of_unlisted(screen, settings, {read.wanted.tenant for read in wanted})
    return code


def _stored(
    screen: Screen, keyring: Path, file: Path, wanted: list[_Read], output: Path | None
) -> int:
    """The secrets are written down before the keys are: none is ever lost."""
    made = {
        read.number: compose(entropy(ENTROPY_BYTES)) for read in wanted if not read.wanted.sha256
    }
    keys = [
        (read.wanted.wanted(), read.wanted.sha256 or hashed(made[read.number])) for read in wanted
    ]
    told = b"".join(_told(read.wanted, made[read.number]) for read in wanted if read.number in made)
    if output is not None:
        _keep(output, told)
    try:
        with closing(Keyring(keyring)) as ring:
            ring.create_all(keys, SystemClock().wall())
    except BaseException as error:
        if output is not None:
            output.unlink(missing_ok=True)
        if isinstance(error, CallerError):
            return _refused(screen, file, {_at_fault(error, wanted): error})
        raise
    if output is None:
        screen.raw(told.decode())
    elif told:
        screen.warn(words.SECRETS_IN, style="dim", file=output)
    screen.warn(words.IMPORTED, style="dim", count=len(keys))
    return exits.OK


def _at_fault(error: CallerError, wanted: list[_Read]) -> int:
    taken = error.parameters.get("id")
    return next((read.number for read in wanted if read.wanted.id == taken), 0)


def _lines(screen: Screen, file: Path, text: str) -> Iterator[tuple[int, bytes]]:
    """Each line of the file as JSON, with its number. Raises `Unreadable`."""
    if text.lstrip().startswith("{"):
        for number, line in enumerate(text.split("\n"), 1):
            if line.strip():
                yield number, line.encode()
        return
    rows = csv.reader(io.StringIO(text, newline=""))
    heads = [name.strip() for name in next(rows, [])]
    if "id" not in heads:
        raise Unreadable(screen.text(words.NO_ID_COLUMN, file=file))
    for place, name in enumerate(heads, 1):
        if name not in _COLUMNS:
            known = ", ".join(_COLUMNS)
            raise Unreadable(screen.text(words.UNKNOWN_COLUMN, file=file, place=place, known=known))
    number = rows.line_num + 1
    for row in rows:
        if any(cell.strip() for cell in row):
            cells = zip(heads, row, strict=False)
            given = {name: _value(name, cell.strip()) for name, cell in cells if cell.strip()}
            yield number, msgspec.json.encode(given)
        number = rows.line_num + 1


def _value(column: str, cell: str) -> object:
    """A cell as JSON has it; several names in one are parted by spaces or semicolons."""
    if column in _LISTS:
        return cell.replace(";", " ").split()
    return cell.lower() in _TRUE if column == "operator" else cell


def _understood(
    lines: list[tuple[int, bytes]], settings: Settings
) -> dict[int, KeyLine | CallerError]:
    """Each line, or what is wrong with it."""
    taken = {key.id for key in settings.keys}
    hashes = {key.sha256 for key in settings.keys} | {settings.admin.sha256}
    first: dict[str, int] = {}
    found: dict[int, KeyLine | CallerError] = {}
    for number, raw in lines:
        try:
            line = strict_json.decode(_line, raw, CHOICES)
            if line.id in taken:
                raise KeyExists(line.id)
            if line.plan is not None and line.plan not in settings.terms.plans:
                raise unknown_plan()
            if line.sha256 is not None and line.sha256 in hashes:
                raise InvalidRequest("sha256", "is another key's", "다른 키의 해시와 같습니다")
            _once("id", line.id, number, first)
            if line.sha256 is not None:
                _once("sha256", line.sha256, number, first)
            found[number] = line
        except CallerError as error:
            found[number] = error
    return found


def _once(field: str, value: str, number: int, first: dict[str, int]) -> None:
    at = first.setdefault(f"{field} {value}", number)
    if at != number:
        raise InvalidRequest(field, words.TWICE.en.format(line=at), words.TWICE.ko.format(line=at))


def _refused(screen: Screen, file: Path, wrong: dict[int, CallerError]) -> int:
    for number, error in list(wrong.items())[:_SHOWN]:
        reason = error.message(screen.locale).rstrip(".")
        screen.fail(screen.text(words.BAD_LINE, file=file, line=number, reason=reason))
    screen.fail(screen.text(words.BAD_LINES, count=len(wrong)))
    return exits.USAGE


def _told(line: KeyLine, secret: Secret) -> bytes:
    return msgspec.json.encode(_Made(line.id, line.tenant, secret.reveal())) + b"\n"


def _keep(path: Path, what: bytes) -> None:
    """In a new file that only its owner may read. Raises `Unwritable`."""
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except OSError as error:
        raise Unwritable(path, why(error)) from error
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(what)
            stream.flush()
            os.fsync(stream.fileno())
    except OSError as error:
        with suppress(OSError):
            path.unlink()
        raise Unwritable(path, why(error)) from error
