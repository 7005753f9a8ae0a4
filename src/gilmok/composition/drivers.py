"""From an engine's options to the driver that runs it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

from gilmok.config.engines import Engine
from gilmok.core.errors import ConfigError
from gilmok.core.text import Secret
from gilmok.engines import find_server
from gilmok.engines.drivers import (
    Driver,
    DriverSettings,
    Hook,
    Hooks,
    LlamaCppSettings,
    OllamaSettings,
    PodSettings,
    VllmSettings,
    driver_for,
    runpod,
)


def driver(engine: Engine, file: str | None) -> Driver:
    """Raises `ConfigError` where the server it needs is not installed."""
    return driver_for(_settings(engine, file))


def _settings(engine: Engine, file: str | None) -> DriverSettings:
    match engine.options.driver:
        case "llamacpp":
            return _llamacpp(engine, file)
        case "ollama":
            return OllamaSettings(**_common(engine), **_elsewhere(engine))
        case "vllm":
            return _vllm(engine)
        case "pod":
            return _pod(engine)


def _common(engine: Engine) -> dict[str, Any]:
    options, endpoint = engine.options, engine.endpoint
    return {
        "id": options.id,
        "provider": endpoint.provider,
        "model": endpoint.model,
        "context": endpoint.context,
        "slots": engine.slots,
        "max_output": endpoint.max_output,
        "device": options.device,
        "start_timeout_s": options.start_timeout_s,
        "quality": endpoint.quality,
        "price": endpoint.price,
    }


def _elsewhere(engine: Engine) -> dict[str, Any]:
    endpoint = engine.endpoint
    return {"base_url": endpoint.base_url, "zone": endpoint.zone, "api_key": endpoint.api_key}


def _llamacpp(engine: Engine, file: str | None) -> LlamaCppSettings:
    options = engine.options
    server = find_server(options.server_path)
    if server is None:
        raise ConfigError(
            file=file or "(defaults)",
            key=f"engines ({engine.id}).server_path",
            reason="is unset, and no llama-server is installed.",
            fix="`gilmok doctor` says how to install one.",
            reason_ko="지정되지 않았고 설치된 llama-server도 없습니다.",
            fix_ko="`gilmok doctor`가 설치 방법을 알려 줍니다.",
        )
    return LlamaCppSettings(
        **_common(engine),
        server=server,
        weights=Path(options.model),
        threads=options.threads,
        gpu_layers=options.gpu_layers,
        options=options.arguments,
    )


def _vllm(engine: Engine) -> VllmSettings:
    options = engine.options
    if options.base_url is not None:
        return VllmSettings(
            **_common(engine), **_elsewhere(engine), sleep_level=options.sleep_level
        )
    return VllmSettings(
        **_common(engine),
        command=_vllm_command(options.server_path),
        options=options.arguments,
        environment=engine.environment,
        cores=os.cpu_count() or 1,
        sleep_level=options.sleep_level,
    )


def _vllm_command(path: str | None) -> tuple[str, ...]:
    """A Python that has vLLM, or its command."""
    if path is None:
        return (shutil.which("vllm") or "vllm", "serve")
    if Path(path).name.startswith("python"):
        return (path, "-m", "vllm.entrypoints.openai.api_server")
    return (path, "serve")


def _pod(engine: Engine) -> PodSettings:
    options = engine.options
    return PodSettings(
        **_common(engine),
        **_elsewhere(engine),
        ca_file=engine.endpoint.ca_file,
        hooks=_runpod(engine, options.runpod) if options.runpod else _hooks(engine),
        # Looking at a serverless endpoint's models would start a worker.
        check=not (options.runpod or "").startswith("serverless/"),
    )


def _runpod(engine: Engine, named: str) -> Hooks:
    kind, _, name = named.partition("/")
    key = engine.hook_key or Secret("")
    return (runpod.pod_hooks if kind == "pod" else runpod.serverless_hooks)(name, key)


def _hooks(engine: Engine) -> Hooks:
    options, key = engine.options, engine.hook_key
    headers = () if key is None else runpod.bearer(key)

    def hook(url: str | None, method: str = "POST") -> Hook | None:
        return None if url is None else Hook(url=url, method=method, headers=headers)

    return Hooks(
        start=hook(options.start_url),
        stop=hook(options.stop_url),
        status=hook(options.status_url, "GET"),
        ready_fields=() if options.ready_field is None else (options.ready_field,),
        ready_value=options.ready_value,
    )
