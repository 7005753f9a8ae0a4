"""Endpoints nobody configured: the embedded engine's, and those of an Ollama on its usual port."""

from __future__ import annotations

from urllib.parse import urlsplit

from gilmok import providers
from gilmok.composition.world import World
from gilmok.config import EMBEDDED_ID, OLLAMA_PREFIX, Settings
from gilmok.core.address import literal_zone
from gilmok.core.endpoint import Endpoint, EndpointState, Zone
from gilmok.core.errors import ConfigError
from gilmok.engines import (
    EmbeddedEngine,
    EngineSettings,
    EngineState,
    find_server,
    find_weights,
)
from gilmok.fleet import Registry

_OLLAMA_S = 0.5
"""How long a start waits for an Ollama that may not be there."""
_OLLAMA_CONTEXT = 4096
"""Ollama's own default where it does not say."""
_OLLAMA_QUALITY = 0.45
"""Prior for a model of unknown size on a laptop."""


def embedded(settings: Settings, world: World, registry: Registry) -> EmbeddedEngine | None:
    """The embedded engine, not started. Raises `ConfigError` where it was demanded in vain.

    Its endpoint is known to the fleet from now on, so that a request which needs it is told that
    it is loading and not that there is none.
    """
    wanted = settings.embedded
    if not settings.wants_embedded:
        return None
    server, weights = find_server(wanted.server_path), find_weights(wanted.model_path)
    if server is None or weights is None:
        if wanted.enabled == "auto":
            return None
        raise ConfigError(
            file=settings.file or "(defaults)",
            key="embedded.enabled",
            reason="is true, but llama-server or its weights are not installed.",
            fix="`gilmok doctor` says how to install them.",
            reason_ko="true 이지만 llama-server 나 가중치가 설치되어 있지 않습니다.",
            fix_ko="`gilmok doctor`가 설치 방법을 알려 줍니다.",
        )
    run = EngineSettings(
        provider=providers.catalogue()["llamacpp"],
        server=server,
        weights=weights,
        endpoint_id=EMBEDDED_ID,
        model_id=wanted.model_id,
        context=wanted.context,
        threads=wanted.threads,
        parallel=wanted.parallel,
        max_output=wanted.max_output,
        start_timeout_s=wanted.start_timeout_s,
        quality=wanted.quality,
    )
    registry.join(_not_yet(run), EndpointState.LOADING)

    def follow(state: EngineState) -> None:
        if state is EngineState.READY and engine.endpoint is not None:
            registry.join(engine.endpoint, EndpointState.UP)
        elif state is not EngineState.READY:
            gone = state in (EngineState.SICK, EngineState.STOPPED)
            registry.saw(EMBEDDED_ID, EndpointState.DOWN if gone else EndpointState.LOADING)

    engine = EmbeddedEngine(run, world.clock, world.rng, on_change=follow)
    return engine


def _not_yet(run: EngineSettings) -> Endpoint:
    """The embedded endpoint while nobody listens there yet; never asked."""
    return Endpoint(
        id=run.endpoint_id,
        provider=run.provider,
        base_url="http://127.0.0.1:9/v1",
        model=run.model,
        zone=Zone.LOCAL,
        context=run.context,
        quality=run.quality,
        max_output=run.max_output,
        capabilities=run.provider.capabilities,
    )


async def ollama(settings: Settings) -> tuple[Endpoint, ...]:
    """The models of an Ollama on its usual port, unless endpoints there are configured.

    Raises `ConfigError` for an address that the transport refuses.
    """
    base_url = settings.discovery.ollama_url
    if not settings.discovery.ollama or any(e.base_url == base_url for e in settings.endpoints):
        return ()
    try:
        models = await providers.discover_ollama(base_url, _OLLAMA_S)
    except ValueError as error:
        raise ConfigError(
            file=settings.file or "(defaults)",
            key="discovery.ollama_url",
            reason=f"cannot be used: {error}.",
            fix='Write it like "http://127.0.0.1:11434".',
            reason_ko=f"사용할 수 없습니다: {error}.",
            fix_ko='"http://127.0.0.1:11434"처럼 쓰세요.',
        ) from None
    taken = {endpoint.id for endpoint in settings.endpoints}
    row = providers.catalogue()["ollama"]
    return tuple(
        Endpoint(
            id=OLLAMA_PREFIX + model.name,
            provider=row,
            base_url=base_url,
            model=model.name,
            zone=literal_zone(urlsplit(base_url).hostname or "") or Zone.CLOUD,
            context=model.context or _OLLAMA_CONTEXT,
            quality=_OLLAMA_QUALITY,
            capabilities=row.capabilities,
        )
        for model in models
        if OLLAMA_PREFIX + model.name not in taken
    )
