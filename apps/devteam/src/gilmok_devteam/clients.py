"""AutoGen's own OpenAI client for each role, pointed at the gateway and watched at its socket.

AutoGen shows neither the headers of an answer nor the error's code, so both are taken where they
pass: in hooks of the HTTP client that AutoGen's client is given.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import openai
from autogen_core.models import ModelFamily, ModelInfo
from autogen_ext.models.openai import OpenAIChatCompletionClient

from gilmok_devteam.recording import Recorder
from gilmok_devteam.roles import Role
from gilmok_devteam.texts import Locale

URL = "http://127.0.0.1:8080/v1"
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_NUMBER = "gilmok_devteam_call"
"""Under which a request carries its call's number, in the HTTP library's own `extensions`."""

ANYTHING = ModelInfo(
    vision=False,
    function_calling=True,
    json_output=True,
    structured_output=True,
    multiple_system_messages=False,
    family=ModelFamily.UNKNOWN,
)
"""AutoGen refuses to guess what a model it does not know can do; the gateway knows."""


@dataclass(frozen=True, slots=True)
class Gateway:
    """Where the models are. `url` ends with the version, as for every OpenAI client."""

    url: str = URL
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much one answer may be. These end the nonsense of small models."""

    tokens: int = 220
    seconds: float = 300.0
    """Waiting for a place in memory and loading included."""
    temperature: float = 0.2
    frequency_penalty: float | None = None
    """Sent where it is set: not every model takes one. It keeps the smallest from going in circles."""
    retries: int = 2
    """Of the client, where the gateway says `Retry-After`."""


@dataclass(frozen=True, slots=True)
class Problem:
    """An error body of the gateway."""

    code: str
    message: str


class Watch:
    """The hooks of one role's client. `problem` is the last error that came back."""

    def __init__(self, role: Role, model: str, recorder: Recorder) -> None:
        self._role, self._model, self._recorder = role, model, recorder
        self.problem: Problem | None = None

    @property
    def hooks(self) -> dict[str, list[Callable[[Any], Awaitable[None]]]]:
        return {"request": [self._sent], "response": [self._came]}

    async def _sent(self, request: Any) -> None:
        number = self._recorder.sent(self._role.id, self._model)
        request.extensions = {**request.extensions, _NUMBER: number}

    async def _came(self, response: Any) -> None:
        number: int = response.request.extensions[_NUMBER]
        self.problem = None
        header = response.headers.get
        decision = header("x-gilmok-decision", "")
        self._recorder.answered(number, decision=decision, endpoint=header("x-gilmok-endpoint", ""))
        if response.status_code >= 400:
            self.problem = _problem(response.status_code, await response.aread())
            self._recorder.refused(number, self.problem.code)


def client_for(
    role: Role, model: str, gateway: Gateway, bounds: Bounds, locale: Locale, watch: Watch
) -> OpenAIChatCompletionClient:
    """An AutoGen client that asks for `model` and says what for. `close` it."""
    arguments: dict[str, Any] = {
        "model": model,
        "base_url": gateway.url,
        "api_key": gateway.key or "none",
        "model_info": ANYTHING,
        "max_tokens": bounds.tokens,
        "temperature": bounds.temperature,
        "max_retries": bounds.retries,
        "timeout": bounds.seconds + 5,
        "stream_options": {"include_usage": True},
        # Whose words a message is stands in its text: chat templates drop OpenAI's `name`.
        "add_name_prefixes": True,
        "include_name_in_message": False,
        "default_headers": {
            "x-gilmok-task": role.task,
            "x-gilmok-deadline-ms": str(round(bounds.seconds * 1000)),
            "accept-language": locale,
        },
        "http_client": openai.DefaultAsyncHttpxClient(
            trust_env=not at_home(gateway.url), event_hooks=watch.hooks
        ),
    }
    if bounds.frequency_penalty is not None:
        arguments["frequency_penalty"] = bounds.frequency_penalty
    return OpenAIChatCompletionClient(**arguments)


def at_home(url: str) -> bool:
    """On this machine: never asked through a proxy of the environment, which would see the texts
    before the gateway has decided where they may go."""
    return urlsplit(url).hostname in _LOOPBACK


def _problem(status: int, body: bytes) -> Problem:
    """OpenAI's error body, or what is left of one."""
    error: Any = None
    with suppress(ValueError):
        read = json.loads(body)
        error = read.get("error") if isinstance(read, dict) else None
    if not isinstance(error, dict):
        return Problem(f"http_{status}", "")
    return Problem(str(error.get("code") or f"http_{status}"), str(error.get("message") or ""))
