"""Endpoints: where a model answers, and how far that place is trusted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import Enum, StrEnum
from typing import Final, Self

from msgspec import Struct

from gilmok.core.money import Price
from gilmok.core.terms import UNLIMITED, Caps, Pace
from gilmok.core.text import Secret
from gilmok.core.work import Does


class Zone(StrEnum):
    """How far text travels to reach an endpoint. A zone is proved by the address, never by a name.

    `LOCAL` is loopback, `PRIVATE` a private network range or a host pinned by its own TLS
    authority, `CLOUD` everything else.
    """

    LOCAL = "local"
    PRIVATE = "private"
    CLOUD = "cloud"

    @property
    def trust(self) -> int:
        return _TRUST[self]

    def at_most(self, other: Zone) -> Zone:
        """The less trusted of the two: a claim never raises what the address proves."""
        return self if self.trust <= other.trust else other


_TRUST = {Zone.LOCAL: 2, Zone.PRIVATE: 1, Zone.CLOUD: 0}


ZONE_NAMES: Final = {zone: zone.value for zone in Zone}
"""For every request: to an enum, its own `value` is a call of a call."""


class Capability(StrEnum):
    """What an endpoint can do beyond plain chat; a request that needs more is vetoed by name."""

    STREAM = "stream"
    TOOLS = "tools"
    IMAGES = "images"
    FILES = "files"
    AUDIO = "audio"
    JSON_MODE = "json"
    JSON_SCHEMA = "json_schema"
    LOGPROBS = "logprobs"
    CHOICES = "choices"  # n > 1


class ProviderRow(Struct, frozen=True, kw_only=True):
    """A provider as data: a row of `providers/providers.toml`. A new one needs no Python."""

    name: str
    wire: str
    """The dialect: `openai`, `anthropic`, `ollama`, `dummy`."""
    base_url: str | None = None
    api_key_env: str | None = None
    """The environment variable that usually holds its key."""
    auth: str = "bearer"
    """How the key travels: `bearer`, `x-api-key`, `none`."""
    capabilities: frozenset[Capability] = frozenset({Capability.STREAM})
    max_tokens_field: str = "max_tokens"
    """What the dialect calls the bound of an answer (`max_completion_tokens` at OpenAI)."""
    closes_streams: bool = False
    """True of servers that end the connection after a streamed answer, whatever they say of it."""
    does: Does = Does.CHAT
    """What its models do, where an endpoint does not say otherwise."""
    json_by_schema: bool = False
    """True of servers that let any text through where JSON is asked for without a schema; the
    schema of any object goes along then."""
    stand_in: bool = False
    """True of content that is made here in place of the real thing: a drawn card, a machine's voice.
    It is given after everybody else, and marked."""
    omit: frozenset[str] = frozenset()
    """Parameters of the dialect this provider refuses, such as `logprobs` or `seed`."""


class Proxy(Struct, frozen=True, kw_only=True):
    """An HTTP proxy on the way to an endpoint. What is behind it cannot be proved: see `Reach`."""

    host: str
    """A name or an IP literal, IPv6 with its brackets."""
    port: int
    authorization: Secret | None = None
    """The value of `Proxy-Authorization`."""


class Reach(Struct, frozen=True, kw_only=True):
    """How connections to an endpoint are made and kept."""

    proxy: Proxy | None = None
    """Where there is one, the endpoint is in the cloud zone, whatever its address."""
    max_connections: int | None = None
    """Open at once; `None`: as many as are needed."""
    idle_s: float | None = None
    """How long an unused connection is kept; `None`: 4 s without TLS, 50 s with it."""


class Queueing(Struct, frozen=True, kw_only=True):
    """How requests wait for an endpoint that answers only so many at once."""

    slots: int
    size: int
    """Requests that may wait."""
    batch_tokens: int
    """Of prompt and expected answer, over all requests that are answered at once."""


class PriceSource(StrEnum):
    """Who says what an endpoint costs."""

    CONFIGURED = "configured"
    LISTED = "listed"
    """The price list that comes with the gateway."""
    FREE = "free"
    """On this machine or network, and nothing configured."""
    ASSUMED = "assumed"
    """Nobody: a price that the operator reckons with. Costs are marked as estimated."""
    UNKNOWN = "unknown"
    """Nobody, and the operator wants no such endpoint to be asked."""

    @property
    def is_known(self) -> bool:
        return self not in _NOBODYS


_NOBODYS = frozenset({PriceSource.ASSUMED, PriceSource.UNKNOWN})


class Endpoint(Struct, frozen=True, kw_only=True):
    """One model at one address, as configured. What is measured about it lives in `fleet`."""

    id: str
    provider: ProviderRow
    base_url: str
    model: str
    zone: Zone
    """The declared zone: an upper bound of trust. The proved one is `Standing.zone`."""
    context: int
    """Tokens of prompt and answer together."""
    quality: float
    """Prior of answer quality, 0..1."""
    price: Price = Price()
    api_key: Secret | None = None
    capabilities: frozenset[Capability] = frozenset({Capability.STREAM})
    max_output: int | None = None
    """Tokens of one answer the model can give at most; `None` means up to the context."""
    ca_file: str | None = None
    """The only certificate authority accepted for this endpoint: pins a private host by TLS."""
    reach: Reach = Reach()
    queueing: Queueing | None = None
    """`None`: nobody waits here, everything is passed on at once."""
    pace: Pace = UNLIMITED
    """How much it may be asked, at once and by the minute."""
    caps: Caps | None = None
    """What may be spent here, by all tenants together; `None`: whatever they may spend."""
    tokens_per_s: float = 40.0
    """Prior of generation speed, until measured."""
    first_token_s: float = 0.8
    """Prior of the time to the first token, seconds, until measured."""
    price_source: PriceSource = PriceSource.CONFIGURED
    does: Does = Does.CHAT
    """What it is asked for: requests for anything else never see it."""
    vocabulary: str | None = None
    """In which its prompts can be counted before they are sent; `None` where nobody knows."""

    @property
    def prices_known(self) -> bool:
        """False where the price is a guess, or nobody wanted to guess."""
        return self.price_source.is_known

    def answer_bound(self, asked: int | None) -> int | None:
        """Tokens one choice of the answer may have, where `asked` were asked for: also what the
        endpoint is told. `None` where nothing but the context bounds it."""
        if self.max_output is None:
            return asked
        return self.max_output if asked is None else min(asked, self.max_output)


class EndpointState(Enum):
    """What the fleet knows of an endpoint now."""

    UNKNOWN = "unknown"
    UP = "up"
    LOADING = "loading"
    DOWN = "down"


class Standing(Struct, frozen=True, kw_only=True):
    """An endpoint as the fleet sees it at one instant."""

    endpoint: Endpoint
    state: EndpointState = EndpointState.UNKNOWN
    zone: Zone
    """The proved zone: the declared one, lowered by what the address proves."""
    blocked_until: float = 0.0
    """Monotonic seconds until which a breaker or a `Retry-After` lets nothing through."""
    blocked_by: str = ""
    """`breaker` or `retry_after`, where blocked."""
    first_token_s: float
    tokens_per_s: float

    @classmethod
    def unmeasured(cls, endpoint: Endpoint) -> Self:
        return cls(
            endpoint=endpoint,
            zone=endpoint.zone,
            first_token_s=endpoint.first_token_s,
            tokens_per_s=endpoint.tokens_per_s,
        )


IdsByName = Mapping[str, tuple[str, ...]]
"""Ids of the endpoints that are meant by a name: an id, or a model's name."""


def ids_by_name(endpoints: Iterable[Endpoint]) -> IdsByName:
    named: dict[str, tuple[str, ...]] = {}
    for endpoint in endpoints:
        for name in {endpoint.id, endpoint.model}:
            named[name] = (*named.get(name, ()), endpoint.id)
    return named


class Snapshot:
    """Every endpoint at one instant, in configuration order. Nobody changes what it was made of."""

    __slots__ = ("_ids", "_standings")

    def __init__(self, standings: Mapping[str, Standing], ids: IdsByName) -> None:
        """`standings`: by id. `ids`: as `ids_by_name` has them."""
        self._standings = standings
        self._ids = ids

    @classmethod
    def of(cls, *standings: Standing) -> Self:
        by_id = {standing.endpoint.id: standing for standing in standings}
        return cls(by_id, ids_by_name(s.endpoint for s in standings))

    def __iter__(self) -> Iterator[Standing]:
        return iter(self._standings.values())

    def __len__(self) -> int:
        return len(self._standings)

    def named(self, name: str) -> tuple[Standing, ...]:
        """Those that are meant by a name, however many there are besides."""
        return tuple([self._standings[id] for id in self._ids.get(name, ())])
