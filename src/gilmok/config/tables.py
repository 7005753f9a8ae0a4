"""A TOML document as typed tables. A wrong table never hides what is wrong with the next one."""

from __future__ import annotations

from typing import Any, TypeVar

from msgspec import Struct
from pydantic import BaseModel, ValidationError

from gilmok.config import wording
from gilmok.config.problems import Problems, Said
from gilmok.config.schema import (
    ConfigFile,
    EndpointSettings,
    EngineOptions,
    KeySettings,
    PlanSettings,
    RoleSettings,
    TenantSettings,
)
from gilmok.config.wording import Location

_Table = TypeVar("_Table", bound=BaseModel)

_ARRAYS = ("endpoints", "engines", "plans", "tenants", "keys", "roles")


class Tables(Struct, frozen=True, kw_only=True):
    """The valid tables, each beside its place in the file (`endpoints[2]`).

    Sections that are wrong are replaced by their defaults here: the later checks then find what
    else is wrong, and the problems already found stop the load.
    """

    file: ConfigFile
    endpoints: tuple[tuple[str, EndpointSettings], ...]
    engines: tuple[tuple[str, EngineOptions], ...]
    plans: tuple[tuple[str, PlanSettings], ...]
    tenants: tuple[tuple[str, TenantSettings], ...]
    keys: tuple[tuple[str, KeySettings], ...]
    roles: tuple[tuple[str, RoleSettings], ...]
    endpoint_ids: frozenset[str]
    """Every id written, those of wrong tables and of engines included."""
    plan_ids: frozenset[str]
    """The same of plans."""
    has_keys: bool
    """True where the file tries to define keys, right or wrong."""


def _owners(name: str) -> tuple[str, ...]:
    """The tables that have an option of this name."""
    found = (
        table
        for table, field in ConfigFile.model_fields.items()
        if table not in _ARRAYS
        and isinstance(field.annotation, type)
        and name in getattr(field.annotation, "model_fields", ())
    )
    return tuple(found)


def parse(raw: dict[str, Any], problems: Problems) -> Tables:
    sections = {}
    for name, field in ConfigFile.model_fields.items():
        model = field.annotation
        if name not in _ARRAYS and name in raw and isinstance(model, type):
            section = _table(model, raw[name], (name,), problems)
            if section is not None:
                sections[name] = section
    known = tuple(ConfigFile.model_fields)
    for name in raw:
        if name not in known:
            wording.unknown_table(name, known, _owners(name), problems)
    endpoints = _array(EndpointSettings, raw, "endpoints", problems)
    engines = _array(EngineOptions, raw, "engines", problems)
    plans = _array(PlanSettings, raw, "plans", problems)
    tenants = _array(TenantSettings, raw, "tenants", problems)
    keys = _array(KeySettings, raw, "keys", problems)
    roles = _array(RoleSettings, raw, "roles", problems)
    return Tables(
        file=ConfigFile.model_validate(sections),
        endpoints=endpoints,
        engines=engines,
        plans=plans,
        tenants=tenants,
        keys=keys,
        roles=roles,
        endpoint_ids=frozenset(
            _written_ids(raw.get("endpoints")) + _written_ids(raw.get("engines"))
        ),
        plan_ids=frozenset(_written_ids(raw.get("plans"))),
        has_keys=bool(raw.get("keys")),
    )


def _array(
    model: type[_Table], raw: dict[str, Any], name: str, problems: Problems
) -> tuple[tuple[str, _Table], ...]:
    written = raw.get(name, [])
    if not isinstance(written, list):
        problems.error(
            name,
            Said("must be a list of tables.", "표의 목록이어야 합니다."),
            Said(f"Write [[{name}]] with two brackets.", f"대괄호 두 개로 [[{name}]]라고 쓰세요."),
        )
        return ()
    tables = []
    for index, item in enumerate(written):
        if isinstance(item, dict):
            problems.name(wording.key_of((name, index)), item.get("id"))
        table = _table(model, item, (name, index), problems)
        if table is not None:
            tables.append((wording.key_of((name, index)), table))
    return tuple(tables)


def _table(model: type[_Table], raw: object, at: Location, problems: Problems) -> _Table | None:
    if not isinstance(raw, dict):
        problems.error(
            wording.key_of(at),
            Said("must be a table.", "표(table)여야 합니다."),
            Said(f"Write [{at[0]}] with one bracket.", f"대괄호 하나로 [{at[0]}]라고 쓰세요."),
        )
        return None
    try:
        return model.model_validate(raw)
    except ValidationError as failure:
        for found in failure.errors(include_url=False):
            wording.report(model, at, found, problems)
    return None


def _written_ids(tables: object) -> list[str]:
    if not isinstance(tables, list):
        return []
    ids = (item.get("id") for item in tables if isinstance(item, dict))
    return [written for written in ids if isinstance(written, str)]
