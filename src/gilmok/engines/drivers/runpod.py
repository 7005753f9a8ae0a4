"""RunPod as hooks. Source: docs.runpod.io, REST API v1 and serverless endpoints; none was asked for
real here.

A pod answers at `https://{pod}-{port}.proxy.runpod.net/v1`, a serverless endpoint with the vLLM worker
at `https://api.runpod.ai/v2/{endpoint}/openai/v1`; both are the cloud.
"""

from __future__ import annotations

from gilmok.core.text import Secret
from gilmok.engines.drivers.pod import Hook, Hooks

_REST = "https://rest.runpod.io/v1"
_SERVERLESS = "https://api.runpod.ai/v2"


def pod_url(pod: str, port: int = 8000) -> str:
    return f"https://{pod}-{port}.proxy.runpod.net/v1"


def pod_hooks(pod: str, api_key: Secret, *, rest: str = _REST) -> Hooks:
    """A stopped pod keeps its disk, and costs what that costs."""
    place, headers = f"{rest}/pods/{pod}", bearer(api_key)
    return Hooks(
        start=Hook(url=f"{place}/start", headers=headers),
        stop=Hook(url=f"{place}/stop", headers=headers),
        status=Hook(url=place, method="GET", headers=headers),
        ready_fields=("desiredStatus",),
        ready_value="RUNNING",
    )


def serverless_url(endpoint: str) -> str:
    return f"{_SERVERLESS}/{endpoint}/openai/v1"


def serverless_hooks(
    endpoint: str, api_key: Secret, *, rest: str = _REST, serverless: str = _SERVERLESS
) -> Hooks:
    """Started: at least one worker is kept; stopped: none is, and the endpoint costs nothing until it
    is asked. Workers that are still finishing a request after that are RunPod's to end."""
    place, headers = f"{rest}/endpoints/{endpoint}", bearer(api_key)
    return Hooks(
        start=Hook(url=place, method="PATCH", headers=headers, body='{"workersMin":1}'),
        stop=Hook(url=place, method="PATCH", headers=headers, body='{"workersMin":0}'),
        status=Hook(url=f"{serverless}/{endpoint}/health", method="GET", headers=headers),
        ready_fields=("workers.ready", "workers.idle", "workers.running"),
        busy_fields=("jobs.inProgress", "jobs.inQueue"),
    )


def bearer(api_key: Secret) -> tuple[tuple[str, Secret], ...]:
    """The headers of a hook that wants this key."""
    return (("authorization", Secret(f"Bearer {api_key.reveal()}")),)
