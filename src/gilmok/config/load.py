"""From a file and an environment to `Settings`, or to every reason why not.

The only place of the gateway that reads environment variables: `GILMOK_CONFIG`, `GILMOK_PORT`,
`HOME`, `XDG_DATA_HOME`, and those that `env:` values and provider rows name.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from gilmok.config.checks import check_bind, check_keys, check_rest, unique
from gilmok.config.endpoints import joining, resolve
from gilmok.config.problems import Notice, Problems, Said
from gilmok.config.reading import read
from gilmok.config.schema import EmbeddedSettings, LedgerSettings, ServerSettings
from gilmok.config.settings import Settings
from gilmok.config.sources import Sources
from gilmok.config.tables import Tables, parse
from gilmok.core.endpoint import Endpoint, ProviderRow
from gilmok.core.errors import ConfigError, ConfigErrors

DEFAULTS = "(defaults)"
ENVIRONMENT = "(environment)"


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
    tables = parse(raw, problems)
    sources = Sources(environ, file.absolute().parent if file else Path.cwd(), problems)
    server = _with_port(tables.file.server, environ, problems)
    unique("id", [(key, table.id) for key, table in tables.endpoints], problems)
    endpoints = _endpoints(tables, catalogue, sources, problems)
    check_keys(tables, problems)
    check_bind(tables, problems)
    check_rest(tables.file, problems)
    embedded = _with_paths(tables.file.embedded, sources)
    problems.raise_any()
    joined = _joined(tables, catalogue, sources)
    written = tables.file
    return Settings(
        file=str(file) if file else None,
        server=server,
        embedded=embedded,
        discovery=written.discovery,
        endpoints=endpoints + joined,
        joined=tuple(endpoint.id for endpoint in joined),
        keys=tuple(table for _, table in tables.keys),
        privacy=written.privacy,
        routing=written.routing,
        dispatch=written.dispatch,
        breaker=written.breaker,
        health=written.health,
        cache=written.cache,
        ledger=_with_place(written.ledger, sources, environ),
        telemetry=written.telemetry,
        notices=tuple(problems.notices),
    )


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


def _endpoints(
    tables: Tables,
    catalogue: Mapping[str, ProviderRow],
    sources: Sources,
    problems: Problems,
) -> tuple[Endpoint, ...]:
    resolved = (
        resolve(key, table, catalogue, sources, problems) for key, table in tables.endpoints
    )
    return tuple(endpoint for endpoint in resolved if endpoint is not None)


def _joined(
    tables: Tables, catalogue: Mapping[str, ProviderRow], sources: Sources
) -> tuple[Endpoint, ...]:
    if not tables.file.discovery.environment_keys:
        return ()
    return joining(
        catalogue,
        sources,
        configured_providers=frozenset(table.provider for _, table in tables.endpoints),
        taken_ids=tables.endpoint_ids,
    )


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
