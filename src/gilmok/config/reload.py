"""Changing the configuration of a running gateway: all of it or nothing.

A file that is wrong changes nothing: the last good settings stay, and the errors say why.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping

from msgspec import Struct

from gilmok.config.load import load
from gilmok.config.settings import Settings
from gilmok.core.endpoint import ProviderRow
from gilmok.core.errors import ConfigError, ConfigErrors

_NEEDS_RESTART = frozenset(
    {"server.host", "server.port", "server.language"}
    | {"server.max_body_bytes", "server.body_timeout_s"}
    | {"services.max_recording_bytes"}
    | {"telemetry.log_level", "telemetry.log_format", "privacy.user_key"}
    | {"breaker", "discovery", "embedded", "engines", "health", "ledger", "memory"}
)
"""Sections and options bound to something that runs: a socket, a file, a process, a watch."""

_BY_ID = ("endpoints", "engines", "plans", "tenants", "keys", "roles")
_NOT_OPTIONS = ("file", "joined", "notices", "user_key")


class Change(Struct, frozen=True):
    """An option that differs. Never its values: one of them may be a credential."""

    key: str
    """`server.port`, `endpoints.cloud-mini`."""
    kind: str
    """`changed`, `added`, `removed`."""
    needs_restart: bool = False


def diff(old: Settings, new: Settings) -> tuple[Change, ...]:
    """What differs, in the order of the schema; endpoints and keys by id."""
    changes: list[Change] = []
    for name in Settings.__struct_fields__:
        before, after = getattr(old, name), getattr(new, name)
        if name in _NOT_OPTIONS or before == after:
            continue
        if name == "webhook":
            changes.append(Change("events", "changed", needs_restart=True))
            continue
        if name in _BY_ID:
            changes += _by_id(name, before, after)
            continue
        for option in type(before).model_fields:
            if getattr(before, option) != getattr(after, option):
                key = f"{name}.{option}"
                changes.append(Change(key, "changed", not {key, name}.isdisjoint(_NEEDS_RESTART)))
    return tuple(changes)


def _by_id(name: str, before: tuple[object, ...], after: tuple[object, ...]) -> list[Change]:
    restart = name in _NEEDS_RESTART
    old = {_name_of(item): item for item in before}
    new = {_name_of(item): item for item in after}
    changes = [Change(f"{name}.{id_}", "removed", restart) for id_ in old if id_ not in new]
    for id_, item in new.items():
        if id_ not in old:
            changes.append(Change(f"{name}.{id_}", "added", restart))
        elif item != old[id_]:
            changes.append(Change(f"{name}.{id_}", "changed", restart))
    if not changes:
        changes.append(Change(name, "changed", restart))  # the same ones in another order
    return changes


def _name_of(item: object) -> str:
    """Roles have names, everything else ids."""
    return str(getattr(item, "id", "") or getattr(item, "name", ""))


class Reloaded(Struct, frozen=True):
    """The outcome of one reload."""

    settings: Settings
    """The new settings, or the last good ones."""
    changes: tuple[Change, ...] = ()
    """What is in force from now on, then all that waits for a restart."""
    failure: ConfigErrors | None = None
    """Why the new file was not taken; then `changes` is empty."""


class Reloader:
    """Reads the same file again on request and keeps the last settings that were valid."""

    def __init__(
        self,
        settings: Settings,
        catalogue: Mapping[str, ProviderRow],
        environ: Mapping[str, str] = os.environ,
        *,
        unusable: Callable[[Settings], Iterable[ConfigError]] = lambda settings: (),
    ) -> None:
        """`unusable` finds what only the rooms that will use the settings can tell."""
        self.settings = settings
        self._started = settings
        self._unusable = unusable
        self._catalogue = catalogue
        self._environ = environ

    def reload(self) -> Reloaded:
        """`read` and `take`. Never raises."""
        return self.take(self.read())

    def read(self) -> Settings | ConfigErrors:
        """The file as it is now. It may run in a thread: with thousands of tenants it takes a
        second, and changes nothing."""
        try:
            return load(self.settings.file, self._catalogue, self._environ)
        except ConfigErrors as failure:
            return failure

    def take(self, fresh: Settings | ConfigErrors) -> Reloaded:
        """What was read becomes the settings, where the rooms can use it. Never raises."""
        if isinstance(fresh, ConfigErrors):
            return Reloaded(self.settings, (), fresh)
        if errors := tuple(self._unusable(fresh)):
            return Reloaded(self.settings, (), ConfigErrors(errors))
        taken = [change for change in diff(self.settings, fresh) if not change.needs_restart]
        # What runs is as it was started: it waits for the restart until the file is as it was.
        waiting = [change for change in diff(self._started, fresh) if change.needs_restart]
        self.settings = fresh
        return Reloaded(fresh, (*taken, *waiting))
