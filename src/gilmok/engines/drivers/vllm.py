"""vLLM: a server on a GPU, started as a child, or running elsewhere and put to sleep and woken.

Source: docs.vllm.ai, "OpenAI-Compatible Server", "Production Metrics", "Sleep Mode". Sleeping needs
`--enable-sleep-mode` and `VLLM_SERVER_DEV_MODE=1` (a child gets both): level 1 keeps the weights in
RAM, level 2 nothing. The development endpoints have no key, so whoever may speak to the port may put
it to sleep; a child listens on loopback.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from urllib.parse import urlsplit

from msgspec import Struct
from msgspec.structs import replace

from gilmok.core.endpoint import Endpoint, Zone
from gilmok.core.engine import Bytes
from gilmok.core.text import Secret
from gilmok.engines import http, starting
from gilmok.engines.drivers import service
from gilmok.engines.drivers.child import Child
from gilmok.engines.drivers.driver import DriverSettings, Health, Progress, endpoint, never
from gilmok.engines.drivers.prometheus import numbers
from gilmok.engines.failure import EngineFailed
from gilmok.engines.http import Reply, Unreachable
from gilmok.engines.lifecycle import Death
from gilmok.engines.probe import free_port
from gilmok.engines.server import new_secret
from gilmok.engines.starting import NotReady, Program

_ANSWER_S = 5.0
_SLEEP_S = 120.0
"""Moving weights between a GPU and RAM."""
_POLL_S = 0.25
_DRAIN_S = 600.0
_PORT_TRIES = 5
_WORK = ("vllm:prompt_tokens_total", "vllm:generation_tokens_total")
_CACHE = ("vllm:kv_cache_usage_perc", "vllm:gpu_cache_usage_perc")
"""Its name until and since the engine's first version."""


class VllmSettings(DriverSettings, frozen=True, kw_only=True):
    weights: str = ""
    """A folder or a name on a hub; empty: `model`."""
    command: tuple[str, ...] = ("vllm", "serve")
    """What starts it: this, or `("python", "-m", "vllm.entrypoints.openai.api_server")`."""
    options: tuple[str, ...] = ()
    """Further ones, such as `--gpu-memory-utilization 0.45`. They hold no secret."""
    environment: Mapping[str, str] = {}
    """`PATH`, `HOME`, `HF_HOME`, `CUDA_VISIBLE_DEVICES` …: the process inherits nothing."""
    cores: int = 1
    """How many a child on the CPU may use: what its utilisation is a share of."""
    base_url: str | None = None
    """Of one that runs already, with its `/v1`; `None`: it is started here."""
    zone: Zone = Zone.LOCAL
    api_key: Secret | None = None
    """Of one that runs already. A child gets a new one at each start."""
    sleep_level: int | None = None
    """1 or 2: stopping it puts it to sleep. What it holds in RAM while it sleeps is not in the
    budget: leave room for it. `None`: stopping ends it."""


class _Sleeping(Struct):
    is_sleeping: bool = False


class Vllm:
    """See `drivers.driver.Driver`.

    Raises `ValueError` for one that runs elsewhere and may not be put to sleep: nothing could be
    made of `stop`.
    """

    def __init__(self, settings: VllmSettings) -> None:
        if settings.base_url is not None and settings.sleep_level is None:
            raise ValueError("a vLLM that is not started here can only be put to sleep")
        self._settings = settings
        self._child = Child(settings.device, settings.cores)
        self._root = "" if settings.base_url is None else _root(settings.base_url)
        self._secret = settings.api_key
        self._asleep = False

    @property
    def id(self) -> str:
        return self._settings.id

    @property
    def key(self) -> str:
        of = self._settings
        options = " ".join(of.options)
        model = of.weights or of.model
        return f"vllm|{model}|{of.context}|{of.slots}|{of.device}|{of.base_url}|{options}"

    async def prior(self) -> Bytes | None:
        """It takes the share of the GPU that it is told to take: only who configured that knows."""
        return None

    @property
    def _is_here(self) -> bool:
        return self._settings.base_url is not None or self._child.is_running

    async def ensure_ready(self, progress: Progress) -> Endpoint:
        if not self._is_here:
            await self.close()
            await self._start(progress)
        elif await self._sleeps():
            progress(None)
            await self._tell("/wake_up", _SLEEP_S)
        self._asleep = False
        await self._check()
        of = self._settings
        url = of.base_url or f"{self._root}/v1"
        return endpoint(of, url, zone=of.zone, api_key=self._secret)

    async def _start(self, progress: Progress) -> None:
        for tries_left in reversed(range(_PORT_TRIES + 1)):
            secret, port = new_secret(), free_port()
            self._root, self._secret = f"http://127.0.0.1:{port}", Secret(secret)
            program = _program(self._settings, port, secret)

            async def look() -> bool | None:
                self._child.tell(progress, None)
                return True if await self._get("/health") is not None else None

            try:
                await starting.start(program, look, started=self._child.began)
                return
            except NotReady as failure:
                await self._child.stop()
                if failure.death is Death.PORT_TAKEN and tries_left:
                    continue
                detail = failure.last_words.rpartition("\n")[2]
                table = self._settings.table
                raise EngineFailed(failure.death, detail, engine=table) from None
            except BaseException:
                await self._child.stop()
                raise

    async def _check(self) -> None:
        """That it is ours, and has the model: `/health` answers without a key."""
        try:
            await self._say("GET", "/v1/models", _ANSWER_S)
        except BaseException:
            await self._child.stop()
            raise

    async def drain(self) -> None:
        """Until its own count of running and waiting requests is nought."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_DRAIN_S):
                while True:
                    known = await self.health()
                    if not known.answers or not (known.running or known.waiting):
                        return
                    await asyncio.sleep(_POLL_S)

    async def stop(self) -> None:
        level = self._settings.sleep_level
        if level is None or (self._settings.base_url is None and not self._child.is_running):
            await self.close()
            return
        try:
            if not await self._sleeps():
                await self._tell(f"/sleep?level={level}", _SLEEP_S)
            self._asleep = True
        except EngineFailed as failure:
            if self._settings.base_url is None:
                await self.close()  # What cannot be put to sleep can be ended.
            elif failure.death is not Death.UNREACHABLE:
                raise

    async def close(self) -> None:
        self._asleep = False
        if self._settings.base_url is None:
            await self._child.stop()
        else:
            with suppress(EngineFailed):
                if not await self._sleeps():
                    await self._tell(f"/sleep?level={self._settings.sleep_level}", _SLEEP_S)

    async def footprint(self) -> Bytes | None:
        """Of a child. Who runs elsewhere holds nothing of this machine that could be measured."""
        return self._child.footprint() if self._settings.base_url is None else None

    async def health(self) -> Health:
        if self._settings.base_url is None and not self._child.is_running:
            return self._child.health(False)
        answers = await self._get("/health") is not None
        known = (
            self._child.health(answers)
            if self._settings.base_url is None
            else Health(alive=answers, answers=answers)
        )
        if not answers or self._asleep:
            return known
        said = await self._get("/metrics")
        return _with_numbers(known, b"" if said is None else said.body)

    async def ended(self) -> None:
        await (never() if self._settings.base_url else self._child.ended())

    def utilisation(self) -> float | None:
        return self._child.utilisation

    async def _sleeps(self) -> bool:
        if self._settings.sleep_level is None:
            return False
        reply = await self._say("GET", "/is_sleeping", _ANSWER_S)
        found = service.read(reply, _Sleeping)
        return found is not None and found.is_sleeping

    async def _tell(self, path: str, timeout_s: float) -> None:
        await self._say("POST", path, timeout_s)

    async def _say(self, method: str, path: str, timeout_s: float) -> Reply:
        return await service.say(
            self._settings.table,
            method,
            self._root + path,
            key=service.fields(self._secret),
            timeout_s=timeout_s,
        )

    async def _get(self, path: str) -> Reply | None:
        """Without the key: nobody is shown it before he has proved who he is. `None`: no 200."""
        try:
            reply = await http.ask("GET", self._root + path, timeout_s=_ANSWER_S)
        except Unreachable:
            return None
        return reply if reply.status == 200 else None


def _root(base_url: str) -> str:
    parts = urlsplit(base_url)
    return f"{parts.scheme}://{parts.netloc}"


def _program(settings: VllmSettings, port: int, secret: str) -> Program:
    """`vllm serve` takes the model as its argument, the module as an option. The key travels in the
    environment; nothing of a request is logged."""
    weights = settings.weights or settings.model
    named = (weights,) if settings.command[-1] == "serve" else ("--model", weights)
    sleeps = settings.sleep_level is not None
    return Program(
        command=(
            *settings.command,
            *named,
            *("--served-model-name", settings.model),
            *("--host", "127.0.0.1"),
            *("--port", str(port)),
            *("--max-model-len", str(settings.context)),
            *("--max-num-seqs", str(settings.slots)),
            "--disable-uvicorn-access-log",
            *(("--enable-sleep-mode",) if sleeps else ()),
            *settings.options,
        ),
        environment={
            "VLLM_NO_USAGE_STATS": "1",
            **settings.environment,
            "VLLM_API_KEY": secret,
            **({"VLLM_SERVER_DEV_MODE": "1"} if sleeps else {}),
        },
        start_timeout_s=settings.start_timeout_s,
        port=port,
    )


def _with_numbers(known: Health, body: bytes) -> Health:
    found = numbers(body.decode("utf-8", "replace"))
    if "vllm:num_requests_running" not in found:
        return known
    return replace(
        known,
        running=int(found["vllm:num_requests_running"]),
        waiting=int(found.get("vllm:num_requests_waiting", 0.0)),
        cache=next((found[name] for name in _CACHE if name in found), None),
        work=(known.work or 0.0) + sum(found.get(name, 0.0) for name in _WORK),
    )
