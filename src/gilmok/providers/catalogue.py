"""The providers of `providers.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from importlib.resources import files
from types import MappingProxyType

import msgspec

from gilmok.core.endpoint import ProviderRow
from gilmok.core.errors import ConfigError
from gilmok.providers.origin import origin

FILE = "providers.toml"
_AUTH = ("bearer", "x-api-key", "x-goog-api-key", "ocp-apim-subscription-key", "aws-sigv4", "none")
_FIELDS = frozenset(ProviderRow.__struct_fields__) - {"name"}


def catalogue(wires: Collection[str]) -> Mapping[str, ProviderRow]:
    """The rows that come with the package, by name."""
    return read(files("gilmok.providers").joinpath(FILE).read_text(encoding="utf-8"), wires)


def read(text: str, wires: Collection[str], file: str = FILE) -> Mapping[str, ProviderRow]:
    """Rows from TOML text. Raises `ConfigError` that names the row and the field at fault."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(
            file=file, key="(file)", reason=f"is not TOML: {error}.", fix="Correct the syntax."
        ) from None
    return MappingProxyType({name: _row(file, name, tables[name], wires) for name in tables})


def _row(file: str, name: str, table: object, wires: Collection[str]) -> ProviderRow:
    def wrong(field: str, reason: str, fix: str) -> ConfigError:
        return ConfigError(file=file, key=f"{name}.{field}", reason=reason, fix=fix)

    if not isinstance(table, dict):
        raise ConfigError(file=file, key=name, reason="is no table.", fix=f"Write [{name}].")
    for field in table:
        if field not in _FIELDS:
            raise wrong(field, "is unknown.", f"Known: {', '.join(sorted(_FIELDS))}.")
    if "wire" not in table:
        raise wrong("wire", "is missing.", f"One of: {', '.join(wires)}.")
    try:
        row = msgspec.convert({**table, "name": name}, ProviderRow)
    except msgspec.ValidationError as error:
        field = str(error).rpartition("$.")[2].rstrip("`").partition("[")[0]
        raise wrong(field, f"is not valid: {error}.", "See the top of the file.") from None
    if row.wire not in wires:
        raise wrong("wire", "is no wire.", f"One of: {', '.join(wires)}.")
    if row.auth not in _AUTH:
        raise wrong("auth", "is unknown.", f"One of: {', '.join(_AUTH)}.")
    if row.base_url is not None:
        try:
            origin(row.base_url)
        except ValueError as error:
            raise wrong("base_url", f"cannot be used: {error}.", "Write a plain URL.") from None
    return row
