"""From a file and an environment to `Settings`, or to every reason why not.

The only place of the gateway that reads environment variables: `GILMOK_CONFIG`, `GILMOK_PORT`,
`GILMOK_ADMIN_KEY_SHA256`, `HOME`, `XDG_DATA_HOME`, `HTTPS_PROXY`, `NO_PROXY` (and both in lower
case), and those that `env:` values and provider rows name.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from gilmok.config.abilities import abilities
from gilmok.config.checks import (
    check_admin,
    check_bind,
    check_keys,
    check_rest,
    unique,
)
from gilmok.config.endpoints import joining, resolve
from gilmok.config.engines import engines
from gilmok.config.events import webhook
from gilmok.config.keys import keys_are_stored
from gilmok.config.plan_checks import check_plans
from gilmok.config.pricing import Pricing
from gilmok.config.problems import Notice, Problems, Said
from gilmok.config.proxies import Proxies
from gilmok.config.reading import read
from gilmok.config.role_checks import check_roles
from gilmok.config.schema import (
    SHA256,
    AdminSettings,
    EmbeddedSettings,
    LedgerSettings,
    ServerSettings,
)
from gilmok.config.service_environment import asked_for
from gilmok.config.settings import Settings
from gilmok.config.sources import Sources
from gilmok.config.tables import Tables, parse
from gilmok.core.endpoint import Endpoint, ProviderRow
from gilmok.core.errors import ConfigError, ConfigErrors
from gilmok.core.text import Secret

DEFAULTS = "(defaults)"
ENVIRONMENT = "(environment)"
_AS_WRITTEN = (
    *("discovery", "memory", "limits", "privacy", "injection", "routing", "strategies"),
    *("services", "tasks"),
    *("dispatch", "validation", "output", "breaker", "health", "cache", "idempotency"),
    *("feedback", "telemetry"),
)
"""Sections that hold nothing to look up."""
_Catalogue = Mapping[str, ProviderRow]
_Environ = Mapping[str, str]


def load(
    path: str | os.PathLike[str] | None,
    catalogue: Mapping[str, ProviderRow],
    environ: Mapping[str, str] = os.environ,
) -> Settings:
    """Settings from `path`, else from the file `GILMOK_CONFIG` names, else all defaults.

    `catalogue`: the provider rows an endpoint's `provider` may name.
    Raises `ConfigErrors` with everything that is wrong; never anything else.
    """
    file = locate(path, environ)
    problems = Problems(str(file) if file else DEFAULTS)
    raw = {} if file is None else read(file, problems)
    problems.raise_any()
    return _settings(file, parse(raw, problems), catalogue, environ, problems)


def _settings(
    file: Path | None, tables: Tables, catalogue: _Catalogue, environ: _Environ, problems: Problems
) -> Settings:
    sources = Sources(environ, file.absolute().parent if file else Path.cwd(), problems)
    server = _with_port(tables.file.server, environ, problems)
    admin = _with_admin_key(tables.file.admin, environ, problems)
    ledger = _with_place(tables.file.ledger, sources, environ)
    ids = [(key, table.id) for key, table in tables.endpoints]
    unique("id", ids + [(key, options.id) for key, options in tables.engines], problems)
    proxies = Proxies(tables.file.network, sources, problems)
    endpoints = _endpoints(tables, catalogue, sources, proxies, problems)
    loaded = engines(tables, catalogue, sources, proxies, Pricing(tables.file.routing), problems)
    _check(tables, admin, ledger, problems)
    user_key = _user_key(tables, sources)
    embedded = _with_paths(tables.file.embedded, sources)
    receiver = webhook(tables.file.events, sources, proxies, problems)
    calibrated = abilities(tables.file.routing.calibration, sources, problems)
    joined = _joined(tables, catalogue, sources, proxies, problems)
    problems.raise_any()
    return Settings(
        file=str(file) if file else None,
        server=server,
        embedded=embedded,
        endpoints=endpoints + joined,
        joined=tuple(endpoint.id for endpoint in joined),
        engines=loaded,
        plans=tuple(table for _, table in tables.plans),
        tenants=tuple(table for _, table in tables.tenants),
        keys=tuple(table for _, table in tables.keys),
        roles=tuple(table for _, table in tables.roles),
        admin=admin,
        user_key=user_key,
        ledger=ledger,
        webhook=receiver,
        notices=tuple(problems.notices),
        abilities=calibrated,
        **{name: getattr(tables.file, name) for name in _AS_WRITTEN},
    )


def _check(
    tables: Tables, admin: AdminSettings, ledger: LedgerSettings, problems: Problems
) -> None:
    """What no table can tell alone."""
    check_keys(tables, problems)
    check_plans(tables, problems)
    check_roles(tables, problems)
    check_admin(admin, tables, problems)
    check_bind(tables, admin.sha256 is not None or keys_are_stored(ledger), problems)
    check_rest(tables, problems)


class Report(Struct, frozen=True):
    """What `gilmok config check` shows."""

    file: str | None
    settings: Settings | None
    """`None` where there are errors."""
    errors: tuple[ConfigError, ...] = ()
    notices: tuple[Notice, ...] = ()

    @property
    def valid(self) -> bool:
        return not self.errors


def check(
    path: str | os.PathLike[str] | None,
    catalogue: Mapping[str, ProviderRow],
    environ: Mapping[str, str] = os.environ,
) -> Report:
    """Like `load`, but errors are returned. Never raises."""
    try:
        settings = load(path, catalogue, environ)
    except ConfigErrors as found:
        file = locate(path, environ)
        return Report(str(file) if file else None, None, found.errors)
    return Report(settings.file, settings, (), settings.notices)


def locate(path: str | os.PathLike[str] | None, environ: Mapping[str, str]) -> Path | None:
    """The file to read: the one given, else the one `GILMOK_CONFIG` names, else none."""
    named = os.fspath(path) if path is not None else environ.get("GILMOK_CONFIG", "")
    return Path(named) if named else None


def _with_port(
    server: ServerSettings, environ: Mapping[str, str], problems: Problems
) -> ServerSettings:
    value = environ.get("GILMOK_PORT", "")
    if not value:
        return server
    if value.isascii() and value.isdigit() and len(value) <= 5 and int(value) <= 65535:
        return server.model_copy(update={"port": int(value)})
    problems.error(
        "GILMOK_PORT",
        Said("must be a whole number from 0 to 65535.", "0 이상 65535 이하의 정수여야 합니다."),
        Said("Change it or unset it.", "값을 고치거나 변수를 지우세요."),
        file=ENVIRONMENT,
    )
    return server


def _with_admin_key(
    admin: AdminSettings, environ: Mapping[str, str], problems: Problems
) -> AdminSettings:
    value = environ.get("GILMOK_ADMIN_KEY_SHA256", "").strip()
    if not value:
        return admin
    if re.fullmatch(SHA256, value):
        return AdminSettings(sha256=value)
    problems.error(
        "GILMOK_ADMIN_KEY_SHA256",
        Said("must be 64 lower-case hexadecimal digits.", "64자리 소문자 16진수여야 합니다."),
        Said(
            "`gilmok config hash-key` prints a key and its hash; here belongs the hash.",
            "`gilmok config hash-key`가 키와 해시를 출력합니다. 여기에는 해시를 넣으세요.",
        ),
        file=ENVIRONMENT,
    )
    return admin


def _endpoints(
    tables: Tables,
    catalogue: Mapping[str, ProviderRow],
    sources: Sources,
    proxies: Proxies,
    problems: Problems,
) -> tuple[Endpoint, ...]:
    pricing = Pricing(tables.file.routing)
    resolved = (
        resolve(key, table, catalogue, sources, proxies, pricing, problems)
        for key, table in tables.endpoints
    )
    return tuple(endpoint for endpoint in resolved if endpoint is not None)


def _joined(
    tables: Tables,
    catalogue: Mapping[str, ProviderRow],
    sources: Sources,
    proxies: Proxies,
    problems: Problems,
) -> tuple[Endpoint, ...]:
    if not tables.file.discovery.environment_keys:
        return ()
    pricing, taken = Pricing(tables.file.routing), tables.endpoint_ids
    services = tuple(asked_for(catalogue, sources, proxies, pricing, problems, taken))
    others = joining(
        catalogue,
        sources,
        proxies,
        pricing,
        configured_providers=frozenset(table.provider for _, table in tables.endpoints),
        taken_ids=taken | {endpoint.id for endpoint in services},
    )
    return others + services


def _user_key(tables: Tables, sources: Sources) -> Secret | None:
    written = tables.file.privacy.user_key
    return None if written is None else sources.credential("privacy.user_key", written)


def _with_paths(embedded: EmbeddedSettings, sources: Sources) -> EmbeddedSettings:
    """Own weights and an own server must exist, unless the embedded model is off anyway."""
    if embedded.enabled is False:
        return embedded
    model, server = embedded.model_path, embedded.server_path
    return embedded.model_copy(
        update={
            "model_path": model and sources.existing("embedded.model_path", model),
            "server_path": server
            and sources.existing("embedded.server_path", server, executable=True),
        }
    )


def _with_place(
    ledger: LedgerSettings, sources: Sources, environ: Mapping[str, str]
) -> LedgerSettings:
    if ledger.path == ":memory:":
        return ledger
    if ledger.path is not None:
        return ledger.model_copy(update={"path": str(sources.path(ledger.path))})
    # The XDG specification: a relative value is invalid and to be ignored.
    data_home = environ.get("XDG_DATA_HOME", "")
    if data_home.startswith("/"):
        base = Path(data_home)
    else:
        # Without HOME, a service say, next to the configuration: never a folder named `~`.
        base = sources.path("~/.local/share" if environ.get("HOME") else ".gilmok")
    return ledger.model_copy(update={"path": str(base / "gilmok" / "ledger.db")})
