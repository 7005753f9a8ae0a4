"""An engine's table, resolved, and the endpoint it will be."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from msgspec import Struct

from gilmok.config.endpoints import parse_url, resolve
from gilmok.config.pricing import Pricing
from gilmok.config.problems import Problems, Said
from gilmok.config.proxies import Proxies
from gilmok.config.schema import EndpointSettings, EngineOptions
from gilmok.config.sources import Sources
from gilmok.config.tables import Tables
from gilmok.config.wording import did_you_mean
from gilmok.core.endpoint import Endpoint, ProviderRow
from gilmok.core.text import Secret

_ONLY_FOR: Final = {
    "base_url": ("ollama", "vllm", "pod"),
    "api_key": ("vllm", "pod"),
    "zone": ("ollama", "vllm", "pod"),
    "threads": ("llamacpp",),
    "gpu_layers": ("llamacpp",),
    "server_path": ("llamacpp", "vllm"),
    "sleep_level": ("vllm",),
    **dict.fromkeys(("runpod", "hook_key", "start_url", "stop_url", "status_url"), ("pod",)),
    **dict.fromkeys(("ready_field", "ready_value"), ("pod",)),
}
"""The drivers to which an option means something, where not to all."""

_PASSED_ON: Final = (
    "PATH",
    "HOME",
    "HF_HOME",
    "CUDA_VISIBLE_DEVICES",
    "LD_LIBRARY_PATH",
)

_PROVIDERS: Final = {"llamacpp": "llamacpp", "ollama": "ollama", "vllm": "vllm", "pod": "vllm"}
_NOT_YET: Final = "http://127.0.0.1:9/v1"
"""The address of an engine that has none before it is loaded; never asked."""
_OLLAMA: Final = "http://127.0.0.1:11434"
_SLOTS: Final = {"llamacpp": 2, "ollama": 2, "vllm": 20, "pod": 20}
_CONTEXT: Final = 8192


class Engine(Struct, frozen=True, kw_only=True):
    """A model that the gateway loads, resolved."""

    options: EngineOptions
    """As written, with absolute paths."""
    endpoint: Endpoint
    """What it will be once it is loaded; where it is started here, its address comes then."""
    hook_key: Secret | None = None
    environment: Mapping[str, str] = {}
    """What a server that is started here gets of the gateway's own, and nothing else."""

    @property
    def id(self) -> str:
        return self.options.id

    @property
    def slots(self) -> int:
        return _slots(self.options)


def engines(
    tables: Tables,
    catalogue: Mapping[str, ProviderRow],
    sources: Sources,
    proxies: Proxies,
    pricing: Pricing,
    problems: Problems,
) -> tuple[Engine, ...]:
    """Every engine of the file that is right."""
    _check_groups(tables, problems)
    found = (
        _engine(key, options, catalogue, sources, proxies, pricing, problems)
        for key, options in tables.engines
    )
    return tuple(engine for engine in found if engine is not None)


def _engine(
    key: str,
    options: EngineOptions,
    catalogue: Mapping[str, ProviderRow],
    sources: Sources,
    proxies: Proxies,
    pricing: Pricing,
    problems: Problems,
) -> Engine | None:
    before = len(problems.errors)
    _check_driver(key, options, problems)
    options = _with_paths(key, options, sources)
    hook_key = options.hook_key and sources.credential(f"{key}.hook_key", options.hook_key)
    endpoint = resolve(key, _endpoint(options), catalogue, sources, proxies, pricing, problems)
    if endpoint is None or len(problems.errors) > before:
        return None
    return Engine(
        options=options,
        endpoint=endpoint,
        hook_key=hook_key or None,
        environment=_environment(sources) if options.driver == "vllm" else {},
    )


def _check_driver(key: str, options: EngineOptions, problems: Problems) -> None:
    """What one driver needs, and what means nothing to it."""
    for name, drivers in _ONLY_FOR.items():
        if getattr(options, name) is not None and options.driver not in drivers:
            problems.error(
                f"{key}.{name}",
                Said(
                    f"means nothing to the driver {options.driver}.",
                    f"{options.driver} 드라이버에는 쓰이지 않습니다.",
                ),
                Said("Remove it.", "지우세요."),
            )
    if options.driver == "vllm" and (options.base_url is None) < (options.sleep_level is None):
        problems.error(
            f"{key}.sleep_level",
            Said(
                "is required with base_url: a server that is not started here can only be put to "
                "sleep.",
                "base_url을 쓸 때 꼭 필요합니다. 여기서 시작하지 않은 서버는 재울 수만 있습니다.",
            ),
            Said("Write 1 or 2, or remove base_url.", "1이나 2를 적거나 base_url을 지우세요."),
        )
    if options.driver == "pod" and options.base_url is None:
        problems.error(
            f"{key}.base_url",
            Said("is required for a pod.", "pod 드라이버에는 꼭 필요합니다."),
            Said("Add the address of its API.", "API 주소를 적으세요."),
        )
    for name in ("start_url", "stop_url", "status_url"):
        if options.driver == "pod" and (written := getattr(options, name)) is not None:
            parse_url(f"{key}.{name}", written, problems)


def _environment(sources: Sources) -> dict[str, str]:
    found = {name: sources.plain(name) for name in _PASSED_ON}
    return {name: value for name, value in found.items() if value}


def _check_groups(tables: Tables, problems: Problems) -> None:
    known = tuple(sorted({options.id for _, options in tables.engines}))
    for key, options in tables.engines:
        for index, other in enumerate(options.together):
            if other not in known:
                problems.error(
                    f"{key}.together[{index}]",
                    Said("names no engine.", "그런 엔진이 없습니다."),
                    did_you_mean(other, known),
                )


def _with_paths(key: str, options: EngineOptions, sources: Sources) -> EngineOptions:
    """Files that must exist, as absolute paths."""
    found: dict[str, str | None] = {}
    if options.driver == "llamacpp":
        found["model"] = sources.existing(f"{key}.model", options.model) or options.model
    if options.server_path is not None:
        server = sources.existing(f"{key}.server_path", options.server_path, executable=True)
        found["server_path"] = server
    return options.model_copy(update=found)


def _endpoint(options: EngineOptions) -> EndpointSettings:
    """The engine as an endpoint that somebody might have written: one place resolves both."""
    context = options.context or _CONTEXT
    return EndpointSettings(
        id=options.id,
        provider=_PROVIDERS[options.driver],
        base_url=options.base_url or (_OLLAMA if options.driver == "ollama" else _NOT_YET),
        model=_name(options),
        api_key=options.api_key,
        zone=options.zone,
        price_input=options.price_input,
        price_output=options.price_output,
        price_per_second=options.price_per_second,
        context=context,
        quality=options.quality,
        capabilities=options.capabilities,
        max_output=options.max_output,
        tokens_per_s=options.tokens_per_s,
        first_token_s=options.first_token_s,
        slots=_slots(options),
        queue_size=options.queue_size,
        batch_tokens=options.batch_tokens,
    )


def _slots(options: EngineOptions) -> int:
    return options.slots or _SLOTS[options.driver]


def _name(options: EngineOptions) -> str:
    """Under which the server knows its model: a llama-server is told the file's name."""
    return Path(options.model).stem if options.driver == "llamacpp" else options.model
