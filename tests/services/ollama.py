"""Ollama's model life: `/api/generate` without a prompt, `/api/ps`, `/api/show`, `/api/tags`.

After docs.ollama.com/api and what its scheduler (`server/sched.go`) does: a request with another
`num_ctx` loads anew; `keep_alive` stays as it was where a request has none; a client that hangs up
ends the load it asked for; unloading waits for what is being answered. No answers: the wall has those.
"""

from __future__ import annotations

import asyncio
from typing import Any

from msgspec import Struct

from tests.services.service import Call, Service

GIB = 2**30


class Model(Struct, kw_only=True):
    """As it lies on disk."""

    size: int = GIB
    load_s: float = 0.0
    capabilities: tuple[str, ...] = ("completion", "tools")
    layers: int = 4


class _Loaded(Struct):
    num_ctx: int
    keep_alive: Any
    busy: int = 0


class Ollama:
    """`async with Ollama({"qwen3:14b": Model()}) as ollama`."""

    def __init__(self, models: dict[str, Model], *, memory: int = 64 * GIB, vram: int = 0) -> None:
        self.models = models
        self.loaded: dict[str, _Loaded] = {}
        self.loads = 0
        self.refusals = 0
        """Loads for which there was no memory."""
        self.is_wedged = False
        """It does not unload any more."""
        self._memory = memory
        self._vram = vram
        self._deaf_to: set[str] = set()
        self.service = Service(self._route)

    async def __aenter__(self) -> Ollama:
        await self.service.__aenter__()
        return self

    async def __aexit__(self, *error: Any) -> None:
        await self.service.__aexit__(*error)

    @property
    def url(self) -> str:
        return self.service.url

    def size(self, name: str) -> int:
        """In memory: the weights and a made-up cache."""
        return self.models[name].size + self.loaded[name].num_ctx * 1024

    def keep(self) -> None:
        """Nobody hears the next word to unload each model: whoever would say it was killed."""
        self._deaf_to = set(self.loaded)

    def evict(self, name: str) -> None:
        """For somebody else's model, or because Ollama was started again."""
        del self.loaded[name]

    async def _route(self, call: Call) -> tuple[int, Any]:
        match call.method, call.path:
            case "GET", "/api/version":
                return 200, {"version": "0.40.12"}
            case "GET", "/api/tags":
                found = [{"name": n, "model": n, "size": m.size} for n, m in self.models.items()]
                return 200, {"models": found}
            case "GET", "/api/ps":
                return 200, {"models": [self._running(name) for name in self.loaded]}
            case "POST", "/api/show":
                return self._show(call.json["model"])
            case "POST", "/api/generate":
                return await self._generate(call.json)
            case _:
                return 404, b"404 page not found"

    def _running(self, name: str) -> dict[str, Any]:
        size = self.size(name)
        return {
            "name": name,
            "model": name,
            "size": size,
            "size_vram": min(size, self._vram),
            "context_length": self.loaded[name].num_ctx,
            "expires_at": "2318-01-01T00:00:00Z",
        }

    def _show(self, name: str) -> tuple[int, Any]:
        model = self.models.get(name)
        if model is None:
            return 404, {"error": f"model '{name}' not found"}
        info = {
            "general.architecture": "qwen3",
            "qwen3.block_count": model.layers,
            "qwen3.attention.head_count": 8,
            "qwen3.attention.head_count_kv": 2,
            "qwen3.embedding_length": 512,
        }
        return 200, {"capabilities": model.capabilities, "model_info": info, "details": {}}

    async def _generate(self, body: dict[str, Any]) -> tuple[int, Any]:
        name = body["model"]
        if name not in self.models:
            return 404, {"error": f"model '{name}' not found"}
        assert not body.get("prompt"), "this stand-in only loads"
        if body.get("keep_alive") == 0:
            if name in self._deaf_to:
                self._deaf_to.discard(name)
                return 404, {"error": "the client was killed before it said this"}
            if name in self.loaded and not self.is_wedged and not self.loaded[name].busy:
                self.evict(name)
            return 200, {"model": name, "response": "", "done": True, "done_reason": "unload"}
        num_ctx = body.get("options", {}).get("num_ctx", 4096)
        if name not in self.loaded or self.loaded[name].num_ctx != num_ctx:
            failure = await self._load(name, num_ctx)
            if failure is not None:
                return failure
        if "keep_alive" in body:
            self.loaded[name].keep_alive = body["keep_alive"]
        return 200, {"model": name, "response": "", "done": True, "done_reason": "load"}

    async def _load(self, name: str, num_ctx: int) -> tuple[int, Any] | None:
        self.loaded.pop(name, None)
        needed = self.models[name].size
        free = self._memory - sum(map(self.size, self.loaded))
        if needed > free:
            self.refusals += 1
            words = (
                f"model requires more system memory ({needed / GIB:.1f} GiB) than is available "
                f"({free / GIB:.1f} GiB)"
            )
            return 500, {"error": words}
        await asyncio.sleep(self.models[name].load_s)
        self.loads += 1
        self.loaded[name] = _Loaded(num_ctx, "5m")
        return None
