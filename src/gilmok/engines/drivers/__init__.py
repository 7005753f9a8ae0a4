"""Drivers: every kind of engine under one protocol. `driver_for` finds the one for its settings.

What each does and does not do: docs/engines.md.
"""

from gilmok.engines.drivers.driver import Driver, DriverSettings, Health, Progress
from gilmok.engines.drivers.factory import driver_for
from gilmok.engines.drivers.llamacpp import LlamaCpp, LlamaCppSettings
from gilmok.engines.drivers.ollama import Ollama, OllamaSettings
from gilmok.engines.drivers.pod import Hook, Hooks, Pod, PodSettings
from gilmok.engines.drivers.vllm import Vllm, VllmSettings

__all__ = [
    "Driver",
    "DriverSettings",
    "Health",
    "Hook",
    "Hooks",
    "LlamaCpp",
    "LlamaCppSettings",
    "Ollama",
    "OllamaSettings",
    "Pod",
    "PodSettings",
    "Progress",
    "Vllm",
    "VllmSettings",
    "driver_for",
]
