"""An endpoint's table, its provider's row and what is known of its model become one `Endpoint`."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import SplitResult, urlsplit

from gilmok.config.models import KnownModel, find, known_models
from gilmok.config.pricing import Priced, Pricing
from gilmok.config.problems import Problems, Said
from gilmok.config.proxies import Proxies
from gilmok.config.schema import EndpointSettings
from gilmok.config.sources import Sources
from gilmok.config.vocabulary import vocabulary_of
from gilmok.config.wording import did_you_mean
from gilmok.core.address import literal_zone
from gilmok.core.endpoint import Endpoint, PriceSource, ProviderRow, Queueing, Reach, Zone
from gilmok.core.money import Price, nano
from gilmok.core.request import Preference
from gilmok.core.terms import UNLIMITED, Caps, Pace
from gilmok.core.text import Secret
from gilmok.core.work import Does

EMBEDDED_ID = "embedded"
"""The id of the built-in model's endpoint."""

OLLAMA_PREFIX = "ollama:"
"""Ids of endpoints found at an Ollama begin so; the model's name follows."""

_RESERVED = (EMBEDDED_ID, *(preference.value for preference in Preference))

_DEFAULT_CONTEXT = 8192
_DEFAULT_QUALITY = 0.5


def resolve(
    key: str,
    table: EndpointSettings,
    catalogue: Mapping[str, ProviderRow],
    sources: Sources,
    proxies: Proxies,
    pricing: Pricing,
    problems: Problems,
) -> Endpoint | None:
    """The endpoint that a table describes; `None` where something about it is wrong."""
    before = len(problems.errors)
    _check_id(key, table, problems)
    row = catalogue.get(table.provider)
    if row is None:
        problems.error(
            f"{key}.provider",
            Said("no such provider in the catalogue.", "제공자 목록에 없는 이름입니다."),
            did_you_mean(table.provider, tuple(catalogue)),
        )
        return None
    base_url = table.base_url or row.base_url
    if base_url is None:
        _say_no_address(key, problems)
        return None
    url = parse_url(f"{key}.base_url", base_url, problems)
    ca_file = sources.authority(f"{key}.ca_file", table.ca_file) if table.ca_file else None
    zone = _zone(key, table, url, problems) if url else None
    reach = proxies.reach(key, table.proxy, url.hostname or "", zone) if url and zone else Reach()
    does = _does(table, row, find(table.provider, table.model))
    price, price_source = pricing.of(key, table, does, zone, problems)
    api_key = _credential(key, table, row, sources, problems)
    if zone is None or len(problems.errors) > before:
        return None
    return _build(
        table,
        row,
        base_url,
        does=does,
        zone=zone,
        price=price,
        price_source=price_source,
        api_key=api_key,
        ca_file=ca_file,
        reach=reach,
    )


def _say_no_address(key: str, problems: Problems) -> None:
    problems.error(
        f"{key}.base_url",
        Said(
            "is required: this provider has no usual address.",
            "이 제공자는 기본 주소가 없어 꼭 필요합니다.",
        ),
        Said('Add it, such as "http://127.0.0.1:8000/v1".', '예: "http://127.0.0.1:8000/v1"'),
    )


def _check_id(key: str, table: EndpointSettings, problems: Problems) -> None:
    if table.id in _RESERVED or table.id.startswith(OLLAMA_PREFIX):
        problems.error(
            f"{key}.id",
            Said("is a reserved name.", "예약된 이름입니다."),
            Said("Choose another id.", "다른 id를 고르세요."),
        )


def _build(
    table: EndpointSettings,
    row: ProviderRow,
    base_url: str,
    *,
    does: Does,
    zone: Zone,
    price: Price,
    price_source: PriceSource,
    api_key: Secret | None,
    ca_file: str | None,
    reach: Reach,
) -> Endpoint:
    known = find(table.provider, table.model)
    context = table.context or (known.context if known else _DEFAULT_CONTEXT)
    prior = known.quality if known else _DEFAULT_QUALITY
    max_output = table.max_output or (known.max_output if known else None)
    return Endpoint(
        id=table.id,
        provider=row,
        base_url=base_url.rstrip("/"),
        model=table.model,
        zone=zone,
        context=context,
        quality=prior if table.quality is None else table.quality,
        price=price,
        price_source=price_source,
        api_key=api_key,
        capabilities=row.capabilities
        if table.capabilities is None
        else frozenset(table.capabilities),
        max_output=None if max_output is None else min(max_output, context),
        ca_file=ca_file,
        reach=reach,
        queueing=_queueing(table, context),
        pace=_pace(table),
        caps=_caps(table),
        does=does,
        vocabulary=vocabulary_of(table.model),
        tokens_per_s=table.tokens_per_s,
        first_token_s=table.first_token_s,
    )


def _does(table: EndpointSettings, row: ProviderRow, known: KnownModel | None) -> Does:
    """What its table says, or what its model is known for, or what its provider usually does."""
    if table.does is not None:
        return table.does
    return row.does if known is None else known.does


def _queueing(table: EndpointSettings, context: int) -> Queueing | None:
    if table.slots is None:
        return None
    batch_tokens = table.batch_tokens or table.slots * context
    return Queueing(slots=table.slots, size=table.queue_size, batch_tokens=batch_tokens)


def _pace(table: EndpointSettings) -> Pace:
    pace = Pace(
        concurrency=table.max_concurrency,
        requests_per_minute=table.requests_per_minute,
        tokens_per_minute=table.tokens_per_minute,
    )
    return UNLIMITED if pace == UNLIMITED else pace


def _caps(table: EndpointSettings) -> Caps | None:
    daily, monthly = table.daily_cap_usd, table.monthly_cap_usd
    if daily is None and monthly is None:
        return None
    return Caps(
        daily=None if daily is None else nano(daily),
        monthly=None if monthly is None else nano(monthly),
    )


def joining(
    catalogue: Mapping[str, ProviderRow],
    sources: Sources,
    proxies: Proxies,
    pricing: Pricing,
    *,
    configured_providers: frozenset[str],
    taken_ids: frozenset[str],
) -> tuple[Endpoint, ...]:
    """Default models of providers whose key is in the environment and which nobody configured."""
    found = []
    for known in known_models():
        row = catalogue.get(known.provider)
        if not known.joins or row is None or known.provider in configured_providers:
            continue
        if row.api_key_env is None or row.base_url is None or known.model in taken_ids:
            continue
        secret = sources.variable(row.api_key_env)
        if secret is not None:
            host = urlsplit(row.base_url).hostname or ""
            reach = proxies.reach(f"endpoints ({known.model})", None, host, Zone.CLOUD)
            priced = pricing.listed(known.provider, known.model, known.does)
            found.append(_joined(known, row, row.base_url, secret, reach, priced))
    return tuple(found)


def _joined(
    known: KnownModel,
    row: ProviderRow,
    base_url: str,
    secret: Secret,
    reach: Reach,
    priced: Priced,
) -> Endpoint:
    price, price_source = priced
    return Endpoint(
        id=known.model,
        provider=row,
        base_url=base_url.rstrip("/"),
        model=known.model,
        zone=Zone.CLOUD,
        context=known.context,
        max_output=known.max_output,
        quality=known.quality,
        price=price,
        price_source=price_source,
        vocabulary=vocabulary_of(known.model),
        api_key=secret,
        capabilities=row.capabilities,
        reach=reach,
        does=known.does,
    )


def parse_url(key: str, written: str, problems: Problems) -> SplitResult | None:
    """A base URL that says where to go and nothing else; `None` and a problem otherwise."""
    try:
        url = urlsplit(written)
        usable = url.scheme in ("http", "https") and bool(url.hostname) and url.port != 0
    except ValueError:
        usable = False
    if not usable or not all("!" <= char <= "~" and char != "\\" for char in written):
        problems.error(
            key,
            Said("is not an http or https address.", "http 또는 https 주소가 아닙니다."),
            Said('Write it like "https://host:port/v1".', '"https://호스트:포트/v1"처럼 쓰세요.'),
        )
        return None
    if url.username is not None or "?" in written or "#" in written:
        problems.error(
            key,
            Said(
                "holds a user name, a query or a fragment.",
                "사용자 이름, 쿼리 또는 #이 들어 있습니다.",
            ),
            Said(
                "Leave them out; credentials belong in api_key.",
                "빼 주세요. 인증 정보는 api_key에 적습니다.",
            ),
        )
        return None
    return url


def _zone(key: str, table: EndpointSettings, url: SplitResult, problems: Problems) -> Zone | None:
    """The declared zone, or what the address itself proves.

    A literal address that contradicts a higher claim is an error at once. A name proves nothing
    yet: the transport compares its addresses with this zone when it connects.
    """
    proved = literal_zone(url.hostname or "")
    if table.zone is None:
        zone = proved or Zone.CLOUD
    elif proved is None or table.zone.trust <= proved.trust or _is_pinned(table, url):
        zone = table.zone
    else:
        problems.error(
            f"{key}.zone",
            Said(
                f"claims {table.zone}, but the address proves only {proved}.",
                f"{table.zone} 구역이라고 적혀 있지만 주소는 {proved} 구역입니다.",
            ),
            Said(
                f'Write zone = "{proved}" or remove it; for your own host at a public address '
                "use https, ca_file and private.",
                f'zone = "{proved}"(으)로 쓰거나 지우세요. 공인 주소에 있는 자기 서버라면 '
                "https와 ca_file을 쓰고 private로 선언하세요.",
            ),
        )
        return None
    if url.scheme == "http" and zone is Zone.CLOUD and proved in (None, Zone.CLOUD):
        problems.error(
            f"{key}.base_url",
            Said(
                "would send text unencrypted to a public host.",
                "공개 호스트로 암호화 없이 보내게 됩니다.",
            ),
            Said(
                'Use https, or declare zone = "private" if the host is on your own network.',
                'https를 쓰거나, 자기 네트워크의 호스트라면 zone = "private"로 선언하세요.',
            ),
        )
        return None
    return zone


def _is_pinned(table: EndpointSettings, url: SplitResult) -> bool:
    return table.zone is Zone.PRIVATE and table.ca_file is not None and url.scheme == "https"


def _credential(
    key: str,
    table: EndpointSettings,
    row: ProviderRow,
    sources: Sources,
    problems: Problems,
) -> Secret | None:
    """The key to send. The provider's usual variable counts at the provider's own address only:
    a key is never handed to another host because a base_url changed."""
    if table.api_key is not None:
        return sources.credential(f"{key}.api_key", table.api_key)
    own_address = table.base_url is None or table.base_url == row.base_url
    if row.auth == "none" or row.api_key_env is None or not own_address:
        return None
    return sources.credential(f"{key}.api_key", f"env:{row.api_key_env}")
