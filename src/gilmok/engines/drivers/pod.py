"""A machine elsewhere that costs money while it runs: started, looked at and stopped by HTTP hooks.

Nothing of it is in this machine's memory, so its footprint is empty; what it saves to stop it is money.
Its text travels like any endpoint's: the zone is proved by the address, and the cloud is the cloud.
"""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
from msgspec import Struct

from gilmok.core.endpoint import Endpoint, Zone
from gilmok.core.engine import Bytes
from gilmok.core.text import Secret
from gilmok.engines import http
from gilmok.engines.drivers import service
from gilmok.engines.drivers.driver import DriverSettings, Health, Progress, endpoint, never
from gilmok.engines.failure import EngineFailed
from gilmok.engines.http import Unreachable
from gilmok.engines.lifecycle import Death

_ANSWER_S = 30.0
_STOP_TRIES = 5
_PAUSE_S = 1.0
"""Before the second try of a stop; twice as long before each further one."""
_LAST_TRIES = 2
"""When the gateway leaves: it cannot wait for long."""


class Hook(Struct, frozen=True, kw_only=True):
    """One request to the service that runs pods."""

    url: str
    method: str = "POST"
    headers: tuple[tuple[str, Secret], ...] = ()
    body: str = ""
    """JSON, or nothing."""


class Hooks(Struct, frozen=True, kw_only=True):
    start: Hook | None = None
    """`None`: it starts by itself when it is asked."""
    stop: Hook | None = None
    status: Hook | None = None
    """`None`: it is ready as soon as its endpoint answers."""
    ready_fields: tuple[str, ...] = ()
    """Where in the status it says so, such as `workers.ready`: one of them is enough. None: any 2xx."""
    ready_value: str | None = None
    """What stands there, whatever its case; `None`: a number above 0, `true`, or a text."""
    busy_fields: tuple[str, ...] = ()
    """Where in the status the numbers of requests under way stand."""


class PodSettings(DriverSettings, frozen=True, kw_only=True):
    base_url: str
    """Where it answers, with its `/v1`."""
    hooks: Hooks
    api_key: Secret | None = None
    """Of the endpoint; the hooks have their own."""
    zone: Zone = Zone.CLOUD
    ca_file: str | None = None
    check: bool = True
    """Whether `GET base_url/models` has to answer too before it counts as ready. Where workers start
    on request that would start one."""
    poll_s: float = 2.0
    """Between two looks at the status while it starts or stops."""
    pause_s: float = _PAUSE_S
    stop_timeout_s: float = 120.0


class Pod:
    """See `drivers.driver.Driver`."""

    def __init__(self, settings: PodSettings) -> None:
        self._settings = settings
        self._utilisation: float | None = None

    @property
    def id(self) -> str:
        return self._settings.id

    @property
    def key(self) -> str:
        return f"pod|{self._settings.base_url}|{self._settings.model}"

    async def prior(self) -> Bytes | None:
        return {}

    async def ensure_ready(self, progress: Progress) -> Endpoint:
        of = self._settings
        try:
            async with asyncio.timeout(of.start_timeout_s):
                if not await self._is_ready():
                    if of.hooks.start is not None:
                        await self._call(of.hooks.start)
                    while self._can_be_seen and not await self._is_ready():
                        progress(None)
                        await asyncio.sleep(of.poll_s)
                while of.check and not await self._answers():
                    progress(None)
                    await asyncio.sleep(of.poll_s)
        except TimeoutError:
            await self._stop(_LAST_TRIES)
            raise EngineFailed(Death.TOO_SLOW, "not ready yet.", engine=of.table) from None
        except BaseException:
            await self._stop(_LAST_TRIES)
            raise
        return endpoint(of, of.base_url, zone=of.zone, api_key=of.api_key, ca_file=of.ca_file)

    async def drain(self) -> None:
        """Until the status shows nothing under way, where it shows that."""
        hooks = self._settings.hooks
        if hooks.status is None or not hooks.busy_fields:
            return
        while True:
            status = await self._status()
            if not any(_number(status, field) for field in hooks.busy_fields):
                return
            await asyncio.sleep(self._settings.poll_s)

    async def stop(self) -> None:
        """Tries again and again: a pod that goes on costs money. It is gone when its status says so."""
        failure = await self._stop(_STOP_TRIES)
        if failure is not None:
            raise failure

    async def close(self) -> None:
        await self._stop(_LAST_TRIES)

    async def footprint(self) -> Bytes | None:
        return {}

    async def health(self) -> Health:
        hooks = self._settings.hooks
        if hooks.status is None:
            answers = not self._settings.check or await self._answers()
            return Health(alive=answers, answers=answers)
        try:
            status = await self._status()
        except EngineFailed:
            # That nobody can say how a pod is does not mean that it is gone.
            return Health(alive=True, answers=not self._settings.check or await self._answers())
        ready = _is_ready(hooks, status)
        busy = [n for field in hooks.busy_fields if (n := _number(status, field)) is not None]
        running = int(sum(busy)) if busy else None
        self._utilisation = None if running is None else float(bool(running))
        return Health(alive=ready, answers=ready, running=running, utilisation=self._utilisation)

    async def ended(self) -> None:
        await never()

    def utilisation(self) -> float | None:
        return self._utilisation

    async def _stop(self, tries: int) -> EngineFailed | None:
        """`None` once it is gone."""
        of, failure = self._settings, None
        if of.hooks.stop is None:
            return None
        for tried in range(tries):
            if tried:
                await asyncio.sleep(of.pause_s * 2 ** (tried - 1))
            try:
                async with asyncio.timeout(of.stop_timeout_s):
                    await self._call(of.hooks.stop)
                    await self._until_gone()
                return None
            except EngineFailed as said:
                failure = said
            except TimeoutError:
                failure = EngineFailed(Death.WEDGED, "still runs.", engine=of.table)
        return failure

    async def _until_gone(self) -> None:
        while self._can_be_seen and await self._is_ready():  # noqa: ASYNC110  (it only answers)
            await asyncio.sleep(self._settings.poll_s)

    @property
    def _can_be_seen(self) -> bool:
        return self._settings.hooks.status is not None or self._settings.check

    async def _is_ready(self) -> bool:
        """By its status; without one, by its endpoint; without either, never before it is started."""
        hooks = self._settings.hooks
        if hooks.status is None:
            return self._settings.check and await self._answers()
        return _is_ready(hooks, await self._status())

    async def _answers(self) -> bool:
        of = self._settings
        key = service.fields(of.api_key)
        url = f"{of.base_url.rstrip('/')}/models"
        try:
            return (await http.ask("GET", url, fields=key, timeout_s=_ANSWER_S)).ok
        except Unreachable:
            return False

    async def _status(self) -> Any:
        """Raises `EngineFailed`."""
        assert self._settings.hooks.status is not None, "only asked where there is one"
        return await self._call(self._settings.hooks.status)

    async def _call(self, hook: Hook) -> Any:
        """What a hook answers, `None` where that is no JSON. Raises `EngineFailed`."""
        table = self._settings.table
        try:
            reply = await http.ask(
                hook.method,
                hook.url,
                fields=tuple((name, value.reveal()) for name, value in hook.headers),
                body=hook.body.encode() if hook.body else None,
                timeout_s=_ANSWER_S,
            )
        except Unreachable as failure:
            raise EngineFailed(Death.UNREACHABLE, f"{failure.reason}.", engine=table) from None
        if not reply.ok:
            raise service.refusal(table, reply)
        try:
            return msgspec.json.decode(reply.body)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return None


def _at(status: Any, path: str) -> Any:
    for name in path.split("."):
        status = status.get(name) if isinstance(status, dict) else None
    return status


def _number(status: Any, path: str) -> float | None:
    found = _at(status, path)
    return float(found) if isinstance(found, int | float) else None


def _is_ready(hooks: Hooks, status: Any) -> bool:
    found = [_at(status, field) for field in hooks.ready_fields]
    if not found:
        return True
    if hooks.ready_value is not None:
        wanted = hooks.ready_value.casefold()
        return any(str(value).casefold() == wanted for value in found if value is not None)
    return any(value > 0 if isinstance(value, int | float) else bool(value) for value in found)
