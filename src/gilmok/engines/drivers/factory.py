"""The driver for given settings."""

from __future__ import annotations

from gilmok.engines.drivers.driver import Driver, DriverSettings
from gilmok.engines.drivers.llamacpp import LlamaCpp, LlamaCppSettings
from gilmok.engines.drivers.ollama import Ollama, OllamaSettings
from gilmok.engines.drivers.pod import Pod, PodSettings
from gilmok.engines.drivers.vllm import Vllm, VllmSettings


def driver_for(settings: DriverSettings) -> Driver:
    """Raises `ValueError` for settings that cannot be driven."""
    match settings:
        case LlamaCppSettings():
            return LlamaCpp(settings)
        case OllamaSettings():
            return Ollama(settings)
        case VllmSettings():
            return Vllm(settings)
        case PodSettings():
            return Pod(settings)
        case _:
            raise ValueError(f"no driver for {type(settings).__name__}")
