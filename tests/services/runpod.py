"""RunPod's pods and serverless endpoints as its REST API v1 describes them, and the model behind."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from tests.services.service import Call, Service


class RunPod:
    """One pod `p1` and one serverless endpoint `e1`; the model answers where both point."""

    def __init__(self, *, boot_s: float = 0.0, key: str = "rp-key") -> None:
        self.is_running = False
        self.workers_min = 0
        self.failures = 0
        """So many of the next calls answer 500."""
        self.is_deaf = False
        """Stopping is accepted and does nothing."""
        self.in_progress = 0
        self._boot_s = boot_s
        self._key = key
        self.service = Service(self._route)

    async def __aenter__(self) -> RunPod:
        await self.service.__aenter__()
        return self

    async def __aexit__(self, *error: Any) -> None:
        await self.service.__aexit__(*error)

    @property
    def url(self) -> str:
        return self.service.url

    async def answers(self) -> bool:
        return self.is_running

    async def _route(self, call: Call) -> tuple[int, Any]:
        if call.path == "/v1/models":
            up = self.is_running or self.workers_min > 0
            return (200, {"data": [{"id": "m"}]}) if up else (502, b"bad gateway")
        if call.headers.get("authorization") != f"bearer {self._key}":
            return 401, {"error": "Unauthorized"}
        if self.failures:
            self.failures -= 1
            return 500, {"error": "try again"}
        match call.method, call.path:
            case "POST", "/rest/pods/p1/start":
                asyncio.get_running_loop().call_later(self._boot_s, self._boot)
                return 200, {"id": "p1", "desiredStatus": "RUNNING"}
            case "POST", "/rest/pods/p1/stop":
                self.is_running = self.is_running and self.is_deaf
                return 200, {"id": "p1", "desiredStatus": "EXITED"}
            case "GET", "/rest/pods/p1":
                return 200, {"desiredStatus": "RUNNING" if self.is_running else "EXITED"}
            case "PATCH", "/rest/endpoints/e1":
                self.workers_min = call.json["workersMin"]
                return 200, json.dumps({"id": "e1"}).encode()
            case "GET", "/v2/e1/health":
                return 200, {
                    "jobs": {"inProgress": self.in_progress, "inQueue": 0, "completed": 7},
                    "workers": {
                        "idle": self.workers_min,
                        "initializing": 0,
                        "ready": self.workers_min,
                        "running": 0,
                        "throttled": 0,
                    },
                }
            case _:
                return 404, {"error": "not found"}

    def _boot(self) -> None:
        self.is_running = True
