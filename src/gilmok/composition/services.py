"""What this machine can do besides chat, without a key: vectors, a voice, drawn cards.

Endpoints like any other, in the local zone and free: they are routed to, counted and shown as the
rest, and where nobody else may be asked they answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from gilmok import providers
from gilmok.config import Settings
from gilmok.core.endpoint import Endpoint, PriceSource, ProviderRow, Zone
from gilmok.core.errors import ConfigError
from gilmok.core.ports import Upstream
from gilmok.providers import inprocess

_QUALITY = 0.3
"""Below whatever anybody configures."""
_CONTEXT = 100_000_000
_FIRST_S = 0.1


def local_services(settings: Settings) -> tuple[Endpoint, ...]:
    """Those that are installed here. Raises `ConfigError` where all were demanded in vain."""
    if settings.services.local is False:
        return ()
    taken = {endpoint.id for endpoint in settings.endpoints}
    found = tuple(e for e in _installed(providers.catalogue()) if e.id not in taken)
    missing = inprocess.missing()
    if settings.services.local is True and missing:
        raise ConfigError(
            file=settings.file or "(defaults)",
            key="services.local",
            reason=f"is true, but {', '.join(missing)} cannot run here.",
            fix='Install gilmok[semantic,media], or write "auto".',
            reason_ko=f"true 이지만 {', '.join(missing)}을(를) 쓸 수 없습니다.",
            fix_ko='gilmok[semantic,media]를 설치하거나 "auto"로 쓰세요.',
        )
    return found


def _installed(catalogue: Mapping[str, ProviderRow]) -> Iterator[Endpoint]:
    for service in inprocess.installed():
        row = catalogue[service.provider]
        yield Endpoint(
            id=service.endpoint_id,
            provider=row,
            base_url=row.base_url or "",
            model=service.model,
            zone=Zone.LOCAL,
            context=_CONTEXT,
            quality=_QUALITY,
            does=row.does,
            price_source=PriceSource.FREE,
            first_token_s=_FIRST_S,
        )


def upstreams(
    settings: Settings, make: Callable[[Endpoint], Upstream]
) -> Callable[[Endpoint], Upstream]:
    """`make`, and for this machine's own services as the operator wants them. A changed device is
    for those that are made from then on: after a restart, for all."""
    chosen = settings.services
    options = inprocess.Options(device=chosen.device, half_precision=chosen.half_precision)

    def upstream_for(endpoint: Endpoint) -> Upstream:
        if endpoint.provider.wire == inprocess.WIRE:
            return inprocess.upstream(endpoint, options)
        return make(endpoint)

    return upstream_for
