"""What engines were seen to need, kept across restarts: what each holds, how long it loads.

A small JSON file in the state directory. It is a convenience and no ledger: one that cannot be read is
left behind with a warning, one that cannot be written is tried again later.
"""

from __future__ import annotations

import logging
import os
from contextlib import suppress
from pathlib import Path

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from gilmok.core.engine import Bytes
from gilmok.engines.residency.idle import Week

log = logging.getLogger(__name__)

_LAST_LOAD = 0.5
"""The weight of the last load in the estimate of the next."""
_MOST = 500
"""Engines that are remembered; the ones seen first go first."""


class Experience(Struct, frozen=True, kw_only=True):
    footprint: dict[str, int] = {}
    """The most it ever held, bytes by device."""
    load_s: float | None = None
    loads: int = 0
    week: Week = Week()
    """When it is wanted."""


class _File(Struct):
    version: int
    engines: dict[str, Experience]


class Remembered:
    """By the drivers' `key`. Everything stays in memory until `write`."""

    def __init__(self, path: Path | None, engines: dict[str, Experience] | None = None) -> None:
        """`path` `None`: nothing outlives this process."""
        self._path = path
        self._engines = dict(engines or {})
        self._changed = False

    @classmethod
    def read(cls, path: Path | None) -> Remembered:
        """Never raises."""
        if path is None:
            return cls(None)
        try:
            found = msgspec.json.decode(path.read_bytes(), type=_File)
            if found.version != 1:
                raise ValueError("another version")
        except FileNotFoundError:
            return cls(path)
        except (OSError, ValueError):  # msgspec's errors are `ValueError`s too.
            log.warning("engine_memory_unreadable", extra={"file": str(path)})
            return cls(path)
        return cls(path, found.engines)

    def of(self, key: str) -> Experience | None:
        return self._engines.get(key)

    def loaded(self, key: str, took_s: float) -> None:
        before = self._engines.get(key, Experience())
        known = before.load_s
        load_s = took_s if known is None else known + _LAST_LOAD * (took_s - known)
        self._put(key, replace(before, load_s=load_s, loads=before.loads + 1))

    def measured(self, key: str, footprint: Bytes) -> None:
        before = self._engines.get(key, Experience())
        most = dict(before.footprint)
        for device, held in footprint.items():
            most[device] = max(held, most.get(device, 0))
        if most != before.footprint:
            self._put(key, replace(before, footprint=most))

    def week(self, key: str) -> Week:
        return self._engines.get(key, Experience()).week

    def wanted(self, key: str, hour: int, requests: int) -> Week:
        """Counts what came in an hour since 1970; see `Week.after`."""
        before = self._engines.get(key, Experience())
        week = before.week.after(hour, requests)
        if week != before.week:
            self._put(key, replace(before, week=week))
        return week

    def _put(self, key: str, experience: Experience) -> None:
        self._engines.pop(key, None)  # so that it is the newest
        self._engines[key] = experience
        for oldest in list(self._engines)[:-_MOST]:
            del self._engines[oldest]
        self._changed = True

    def write(self) -> None:
        """If anything is new. A file that is there is replaced as a whole or not at all."""
        if self._path is None or not self._changed:
            return
        draft = self._path.with_name(f"{self._path.name}.{os.getpid()}.draft")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            draft.write_bytes(msgspec.json.encode(_File(version=1, engines=self._engines)))
            draft.replace(self._path)
        except OSError:
            log.warning("engine_memory_unwritable", extra={"file": str(self._path)})
            with suppress(OSError):
                draft.unlink(missing_ok=True)
            return
        self._changed = False


def expected(
    declared: Bytes | None, prior: Bytes | None, experience: Experience | None
) -> Bytes | None:
    """What to reserve for an engine: what was declared, else what can be told from its file; more
    where it was seen to hold more. `None` where nobody knows anything: then it has to be declared."""
    base = declared if declared is not None else prior
    seen = {} if experience is None else experience.footprint
    if base is None and not seen:
        return None
    known = dict(base or {})
    return {d: max(known.get(d, 0), seen.get(d, 0)) for d in {**known, **seen}}
