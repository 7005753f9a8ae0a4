"""The configuration file: every section and option with its type, default, bounds and reason.

This is the one place an option is declared. `config.example.toml` and `docs/configuration.md` are
generated from these classes (`reference.py`), and the errors a user reads are worded from the same
bounds (`wording.py`), so the three cannot disagree.

The classes are frozen and hold what the file says; `load.py` resolves it into `Settings`.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, Strict
from pydantic_core import PydanticCustomError

from gilmok.core.endpoint import Capability, Zone
from gilmok.core.flaws import Flaw
from gilmok.core.identity import IDENTIFIER as IDENTIFIER


def _number(value: object) -> object:
    """TOML floats arrive as `Decimal`; nothing but a number may pass for one."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise PydanticCustomError("number_type", "not a number")
    return value


def _normal_terms(terms: tuple[str, ...]) -> tuple[str, ...]:
    if any(len(term.strip()) < 2 for term in terms):
        raise PydanticCustomError("term_too_short", "a term has fewer than 2 characters")
    return terms


def _with_offset(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise PydanticCustomError("no_offset", "no offset from UTC")
    return moment


SHA256 = r"^[0-9a-f]{64}$"
PATH = r"^[^\x00-\x1f]{1,4096}$"

Whole = Annotated[int, Strict()]
Flag = Annotated[bool, Strict()]
Number = Annotated[float, BeforeValidator(_number), Field(allow_inf_nan=False)]
Usd = Annotated[Decimal, BeforeValidator(_number), Field(allow_inf_nan=False)]
Identifier = Annotated[str, Field(pattern=IDENTIFIER)]
Path = Annotated[str, Field(pattern=PATH)]
Moment = Annotated[datetime, Strict(), AfterValidator(_with_offset)]
Sha256 = Annotated[str, Field(pattern=SHA256)]


class Section(BaseModel):
    """A table of the file. Unknown keys are errors; values never appear in error texts."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class ServerSettings(Section):
    """Where the gateway listens and how much it takes on."""

    host: str = Field(
        default="127.0.0.1",
        min_length=1,
        max_length=253,
        description="Address to listen on. Anything but loopback needs a key ([[keys]], a "
        "stored one, or [admin]), because whoever reaches the port can spend your money.",
    )
    port: Whole = Field(
        default=8080,
        ge=0,
        le=65535,
        description="Port to listen on; 0 lets the system choose. GILMOK_PORT overrides it.",
    )
    max_body_bytes: Whole = Field(
        default=8 * 2**20,
        ge=1024,
        le=256 * 2**20,
        description="Largest request body. Images travel inside it; more costs memory per request.",
    )
    body_timeout_s: Number = Field(
        default=30.0,
        gt=0,
        le=600,
        description="Seconds a body may take to arrive, so that slow senders cannot hold slots.",
    )
    deadline_s: Number = Field(
        default=600.0,
        gt=0,
        le=86400,
        description="Seconds from the request to the end of its answer; nothing is tried later.",
    )
    max_concurrency: Whole = Field(
        default=256,
        ge=1,
        le=100_000,
        description="Requests answered at once; the next one gets a 429 with Retry-After.",
    )


class EmbeddedSettings(Section):
    """The local model that comes with the package: llama.cpp's server and small weights."""

    enabled: Literal["auto", True, False] = Field(
        default="auto",
        description="true starts it, false does not; auto starts it where its packages are "
        "installed and no endpoint of the local zone is configured.",
    )
    model_path: Path | None = Field(
        default=None,
        description="Your own GGUF file. Unset: the SmolLM2 weights installed with the package, "
        "which are tiny and speak no Korean.",
    )
    model_id: str | None = Field(
        default=None,
        min_length=1,
        max_length=200,
        description="Name under which clients see the model. Unset: the file's name.",
    )
    server_path: Path | None = Field(
        default=None,
        description="Your own llama-server. Unset: the installed package's, then the one on PATH.",
    )
    context: Whole = Field(
        default=4096,
        ge=512,
        le=1_048_576,
        description="Tokens of prompt and answer together, for each parallel request. Memory "
        "grows with context x parallel.",
    )
    threads: Whole | None = Field(
        default=None,
        ge=1,
        le=512,
        description="Threads that generate. Unset: the physical cores, at most 4, because small "
        "models gain nothing from more and shared cores make more threads slower.",
    )
    parallel: Whole = Field(
        default=2,
        ge=1,
        le=64,
        description="Requests the engine answers at once; more of them wait.",
    )
    max_output: Whole = Field(
        default=1024,
        ge=1,
        le=1_048_576,
        description="Tokens of one answer at most. Small models may ramble until their context is "
        "full; raise it for a model that knows when to stop.",
    )
    start_timeout_s: Number = Field(
        default=120.0,
        gt=0,
        le=3600,
        description="Seconds until the model must be loaded; a large file on a slow disk needs more.",
    )
    quality: Number = Field(
        default=0.1,
        ge=0,
        le=1,
        description="Prior of answer quality. The built-in model is tiny; raise it for your own.",
    )


class DiscoverySettings(Section):
    """Endpoints that join without being configured."""

    ollama: Flag = Field(
        default=True, description="Look for an Ollama at ollama_url when starting; its models join."
    )
    ollama_url: str = Field(
        default="http://127.0.0.1:11434",
        min_length=1,
        max_length=2048,
        description="Where Ollama listens. OLLAMA_HOST is not read: say it here.",
    )
    environment_keys: Flag = Field(
        default=True,
        description="Where a provider's key is in the environment (OPENAI_API_KEY, "
        "ANTHROPIC_API_KEY) and no endpoint of that provider is configured, its default models join.",
    )


class NetworkSettings(Section):
    """How endpoints are reached."""

    proxy: str | None = Field(
        default=None,
        min_length=1,
        max_length=2048,
        repr=False,
        description='HTTP proxy for endpoints in the cloud zone: "http://host:port", with '
        'user:password@ where it asks for that, or "env:NAME". Endpoints of this machine and of '
        "private networks are never asked through a proxy.",
    )
    no_proxy: tuple[str, ...] = Field(
        default=(),
        max_length=1000,
        description="Hosts asked without it: names (with all names below them), addresses, "
        'networks such as "203.0.113.0/24", or "*".',
    )
    environment: Flag = Field(
        default=True,
        description="Take HTTPS_PROXY and NO_PROXY of the environment where proxy is unset.",
    )
    max_connections: Whole | None = Field(
        default=None,
        ge=1,
        le=100_000,
        description="Connections open at once to one endpoint; a request waits for one within "
        "dispatch.connect_s. Unset: as many as are needed.",
    )
    idle_s: Number | None = Field(
        default=None,
        gt=0,
        le=3600,
        description="Seconds an unused connection is kept. Unset: 4 without TLS, 50 with it.",
    )


class EndpointSettings(Section):
    """A model at an address. Repeat the table for each."""

    id: Identifier = Field(
        description="Unique name: clients may ask for it as `model`. Letters, digits and . _ : -"
    )
    provider: str = Field(
        min_length=1,
        max_length=64,
        description="A row of the provider catalogue: openai, anthropic, ollama, vllm, llamacpp, …",
    )
    base_url: str | None = Field(
        default=None,
        min_length=1,
        max_length=2048,
        description="Address of the API, up to the version (…/v1). Unset: the provider's own.",
    )
    model: str = Field(
        min_length=1, max_length=200, description="The model's name as the provider knows it."
    )
    api_key: str | None = Field(
        default=None,
        min_length=1,
        max_length=8192,
        repr=False,
        description='"env:NAME" or "file:/path". A literal key works and is warned about, since '
        "files get copied. Unset: the provider's usual variable, only at the provider's own address.",
    )
    zone: Zone | None = Field(
        default=None,
        description="Lowers the trust that the address proves, and is needed to name a host of "
        "your network private; it never raises trust. Unset: loopback is local, a private "
        "address private, every other host cloud.",
    )
    price_input: Usd | None = Field(
        default=None,
        ge=0,
        le=100_000,
        description="USD per 1M prompt tokens. Unset: the listed price of a listed model in the "
        "cloud zone ([routing] unknown_price: of others), free elsewhere.",
    )
    price_output: Usd | None = Field(
        default=None,
        ge=0,
        le=100_000,
        description="USD per 1M answer tokens; set both prices or neither.",
    )
    price_cached_input: Usd | None = Field(
        default=None,
        ge=0,
        le=100_000,
        description="USD per 1M prompt tokens that the provider read from its cache. Unset: as listed, else price_input.",
    )
    price_cache_write: Usd | None = Field(
        default=None,
        ge=0,
        le=100_000,
        description="USD per 1M prompt tokens that the provider kept in its cache. Unset: as above.",
    )
    price_audio_input: Usd | None = Field(
        default=None,
        ge=0,
        le=100_000,
        description="USD per 1M prompt tokens of audio. Unset: as above.",
    )
    price_image_input: Usd | None = Field(
        default=None,
        ge=0,
        le=100_000,
        description="USD per 1M prompt tokens of images. Unset: as above.",
    )
    price_reasoning: Usd | None = Field(
        default=None,
        ge=0,
        le=100_000,
        description="USD per 1M answer tokens spent thinking. Unset: as listed, else price_output.",
    )
    price_audio_output: Usd | None = Field(
        default=None,
        ge=0,
        le=100_000,
        description="USD per 1M answer tokens of audio. Unset: as above.",
    )
    price_image_output: Usd | None = Field(
        default=None,
        ge=0,
        le=100_000,
        description="USD per 1M answer tokens of images. Unset: as above.",
    )
    price_per_image: Usd | None = Field(
        default=None,
        ge=0,
        le=100_000,
        description="USD for each image sent, beside its tokens.",
    )
    price_per_request: Usd | None = Field(
        default=None,
        ge=0,
        le=100_000,
        description="USD for each call.",
    )
    price_per_second: Usd | None = Field(
        default=None,
        ge=0,
        le=100_000,
        description="USD for each second an attempt takes: a machine of your own or a rented one.",
    )
    context: Whole | None = Field(
        default=None,
        ge=256,
        le=100_000_000,
        description="Tokens of prompt and answer together. Unset: known models have theirs, "
        "others 8192, which is safe with nearly every model.",
    )
    quality: Number | None = Field(
        default=None,
        ge=0,
        le=1,
        description="Prior of answer quality. Unset: known models have theirs, others 0.5.",
    )
    capabilities: tuple[Capability, ...] | None = Field(
        default=None,
        description="Replaces what the provider's row says, for a model that can do less or more.",
    )
    max_output: Whole | None = Field(
        default=None,
        ge=1,
        le=100_000_000,
        description="Tokens of one answer at most. Unset: known models have theirs, others the context.",
    )
    ca_file: Path | None = Field(
        default=None,
        description="PEM file: the only certificate authority accepted for this endpoint. Pins a "
        "private host that has a public address.",
    )
    proxy: str | None = Field(
        default=None,
        min_length=1,
        max_length=2048,
        repr=False,
        description="HTTP proxy for this endpoint, as in [network]. What is behind a proxy cannot "
        'be proved, so its zone is cloud. "none" asks without any.',
    )
    tokens_per_s: Number = Field(
        default=40.0,
        gt=0,
        le=100_000,
        description="Generation speed expected until it is measured.",
    )
    first_token_s: Number = Field(
        default=0.8,
        gt=0,
        le=3600,
        description="Time to the first token expected until it is measured.",
    )
    max_concurrency: Whole | None = Field(
        default=None,
        ge=1,
        le=100_000,
        description="Requests it is asked at once; another endpoint is asked then. Unset: no limit.",
    )
    requests_per_minute: Whole | None = Field(
        default=None,
        ge=1,
        le=100_000_000,
        description="Requests it is asked in a minute, such as its provider allows. Unset: no limit.",
    )
    tokens_per_minute: Whole | None = Field(
        default=None,
        ge=1,
        le=100_000_000_000,
        description="Tokens in a minute, prompt and answer together. Unset: no limit.",
    )


class PaceSettings(Section):
    """Limits of one scope."""

    concurrency: Whole | None = Field(
        default=None, ge=1, le=100_000, description="Requests answered at once."
    )
    requests_per_minute: Whole | None = Field(
        default=None, ge=1, le=100_000_000, description="Requests in a minute."
    )
    requests_per_day: Whole | None = Field(
        default=None, ge=1, le=100_000_000_000, description="Requests in a day of the calendar."
    )
    tokens_per_minute: Whole | None = Field(
        default=None, ge=1, le=100_000_000_000, description="Prompt and answer, in a minute."
    )
    tokens_per_day: Whole | None = Field(
        default=None, ge=1, le=100_000_000_000_000, description="Prompt and answer, in a day."
    )


class CapSettings(Section):
    """Money of one scope."""

    daily_usd: Usd | None = Field(
        default=None, ge=0, le=1_000_000_000, description="USD in a day of the calendar."
    )
    monthly_usd: Usd | None = Field(
        default=None, ge=0, le=1_000_000_000, description="USD in a month of the calendar."
    )


_PACE = (
    "concurrency, requests_per_minute, requests_per_day, tokens_per_minute, tokens_per_day. "
    "Unset: no limit."
)


class PlanSettings(Section):
    """What callers are granted: quality, pace and money. Repeat the table for each. A plan called
    default holds for tenants that name none; see docs/plans-and-limits.md."""

    id: Identifier = Field(description="Name of the plan, in reports and messages.")
    quality_floor: Number = Field(
        default=0.0,
        ge=0,
        le=1,
        description="Endpoints of less expected quality are not offered, for whoever pays for more.",
    )
    quality_cap: Number = Field(
        default=1.0,
        ge=0,
        le=1,
        description="Endpoints of more expected quality are not offered: free asks small models.",
    )
    max_tokens: Whole | None = Field(
        default=None,
        ge=1,
        le=100_000_000,
        description="Longest answer. Holds where a request names none or a larger one, and is sent "
        "to the endpoint.",
    )
    medium: Literal["mask", "local", "open"] | None = Field(
        default=None,
        description="Like [privacy] medium, for these callers; it can only make that stricter.",
    )
    shares_cache: Flag = Field(
        default=True, description="false keeps cached answers to the key that asked."
    )
    tenant_limits: PaceSettings | None = Field(
        default=None, description=f"Of all keys of a tenant together: {_PACE}"
    )
    key_limits: PaceSettings | None = Field(default=None, description=f"Of each key: {_PACE}")
    user_limits: PaceSettings | None = Field(
        default=None, description=f"Of each end user that callers name: {_PACE}"
    )
    tenant_caps: CapSettings | None = Field(
        default=None, description="Of all keys of a tenant together: daily_usd, monthly_usd."
    )
    key_caps: CapSettings | None = Field(
        default=None, description="Of each key; at most the tenant's."
    )
    user_caps: CapSettings | None = Field(
        default=None, description="Of each end user; at most the key's and the tenant's."
    )
    soft: Number = Field(
        default=0.8,
        gt=0,
        le=1,
        description="Share of a cap from which somebody is told, and degrade_to applies.",
    )
    degrade_to: Identifier | None = Field(
        default=None,
        description="Plan whose quality and max_tokens apply from the soft threshold on, instead "
        "of answering as before until the cap refuses. Limits and caps stay.",
    )


class TenantSettings(Section):
    """What differs for one tenant. Repeat the table for each; others have the default terms."""

    id: Identifier = Field(description="The name that keys give as their tenant.")
    plan: Identifier | None = Field(
        default=None, description="Plan of its keys. Unset: the plan called default."
    )
    time_zone: str = Field(
        default="UTC",
        min_length=1,
        max_length=64,
        description="IANA name such as Asia/Seoul: where its days and months begin.",
    )
    limits: PaceSettings | None = Field(
        default=None, description="Replaces the plan's tenant_limits, each where it is given."
    )
    caps: CapSettings | None = Field(
        default=None, description="Replaces the plan's tenant_caps, each where it is given."
    )


class LimitSettings(Section):
    """Limits of the gateway as a whole, over all callers. How many it answers at once is
    [server] max_concurrency; limits of tenants, keys and end users stand in [[plans]]."""

    requests_per_minute: Whole | None = Field(
        default=None, ge=1, le=100_000_000, description="Requests in a minute. Unset: no limit."
    )
    requests_per_day: Whole | None = Field(
        default=None, ge=1, le=100_000_000_000, description="Requests in a day. Unset: no limit."
    )
    tokens_per_minute: Whole | None = Field(
        default=None,
        ge=1,
        le=100_000_000_000,
        description="Tokens in a minute, prompt and answer together. Unset: no limit.",
    )
    tokens_per_day: Whole | None = Field(
        default=None,
        ge=1,
        le=100_000_000_000_000,
        description="Tokens in a day. Unset: no limit.",
    )
    time_zone: str = Field(
        default="UTC",
        min_length=1,
        max_length=64,
        description="IANA name: where these days begin.",
    )


class KeySettings(Section):
    """A caller's key. Repeat the table for each; `gilmok keys` stores more, outside this file."""

    id: Identifier = Field(description="Name of the key in reports and receipts; never secret.")
    tenant: Identifier = Field(
        default="default", description="Whose key it is; tenants see nothing of one another."
    )
    sha256: Sha256 = Field(
        description="SHA-256 of the key, in hex. The key itself belongs in no file; "
        "`gilmok config hash-key` prints the hash.",
    )
    plan: Identifier | None = Field(
        default=None, description="Plan of this key. Unset: its tenant's."
    )
    zones: tuple[Zone, ...] = Field(
        default=(Zone.LOCAL, Zone.PRIVATE, Zone.CLOUD),
        min_length=1,
        description="Zones the key may use; a request's own label may forbid more.",
    )
    endpoints: tuple[str, ...] | None = Field(
        default=None, min_length=1, description="Endpoint ids the key may use. Unset: all of them."
    )
    models: tuple[str, ...] | None = Field(
        default=None, min_length=1, description="Model names the key may use. Unset: all of them."
    )
    highest: Literal["low", "medium", "high"] = Field(
        default="high",
        description="The highest label the key may send at all, to this machine too. A request "
        "above it is refused before anything is sent.",
    )
    expires: Moment | None = Field(
        default=None, description="From this moment on the key is refused. Unset: never."
    )
    max_concurrency: Whole | None = Field(
        default=None,
        ge=1,
        le=100_000,
        description="Requests of this key answered at once. Unset: the server's limit.",
    )
    operator: Flag = Field(
        default=False,
        description="May read GET /metrics, which sums over all tenants. Every key may while all "
        "keys are of one tenant.",
    )


class AdminSettings(Section):
    """The admin API under /admin/v1, which makes and revokes keys while the gateway runs."""

    sha256: Sha256 | None = Field(
        default=None,
        description="SHA-256 of the one key that opens it, in hex; `gilmok config hash-key` prints "
        "one. A caller's key never does. Unset: there is no admin API. GILMOK_ADMIN_KEY_SHA256 "
        "overrides it.",
    )


class PrivacySettings(Section):
    """What may leave this machine. High sensitivity never does; that is not an option."""

    medium: Literal["mask", "local", "open"] = Field(
        default="mask",
        description="Requests of medium sensitivity: mask replaces the evidence before the cloud "
        "sees it, local keeps them here, open sends them as they are.",
    )
    attachments: Literal["local", "allow"] = Field(
        default="local",
        description="Images, audio and files cannot be read here, so local keeps them on this "
        "machine or network; allow treats them as harmless.",
    )
    user_key: str | None = Field(
        default=None,
        min_length=1,
        max_length=8192,
        repr=False,
        description='Secret from which pseudonyms of end users are made: "env:NAME" or '
        '"file:/path". Unset: users.key beside the ledger, made when it is first needed. Gateways '
        "that share it give a user the same pseudonym.",
    )
    terms: Annotated[tuple[str, ...], AfterValidator(_normal_terms)] = Field(
        default=(),
        max_length=10_000,
        repr=False,
        description="Words that make a request highly sensitive: code names, customers, projects.",
    )


class Weights(Section):
    """How much quality, price and time count; together 1."""

    quality: Number = Field(ge=0, le=1, description="Expected answer quality.")
    price: Number = Field(ge=0, le=1, description="Expected cost.")
    time: Number = Field(ge=0, le=1, description="Expected seconds to the whole answer.")


def _sums_to_one(weights: Weights) -> Weights:
    if abs(weights.quality + weights.price + weights.time - 1) > 1e-3:
        raise PydanticCustomError("weights_sum", "the three weights do not sum to 1")
    return weights


Weighting = Annotated[Weights, AfterValidator(_sums_to_one)]


class RoutingSettings(Section):
    """How one endpoint is preferred to another, after everything forbidden is gone."""

    weights_balanced: Weighting = Field(
        default=Weights(quality=0.5, price=0.3, time=0.2),
        description="For requests without hurry, the usual case.",
    )
    weights_fast: Weighting = Field(
        default=Weights(quality=0.5, price=0.15, time=0.35),
        description="For requests that need an answer soon, and for model = fast.",
    )
    weights_quality: Weighting = Field(
        default=Weights(quality=0.8, price=0.1, time=0.1),
        description="For hard requests whose answer matters more than its time.",
    )
    weights_cheap: Weighting = Field(
        default=Weights(quality=0.1, price=0.85, time=0.05), description="For model = cheap."
    )
    weights_best: Weighting = Field(
        default=Weights(quality=1.0, price=0.0, time=0.0), description="For model = best."
    )
    unknown_price: Literal["assume", "refuse"] = Field(
        default="assume",
        description="A cloud model that neither its endpoint nor the price list has a price for: "
        "assume reckons with the two prices below, marks every cost as estimated and warns at the "
        "start; refuse never asks it.",
    )
    assumed_price_input: Usd = Field(
        default=Decimal("10"),
        ge=0,
        le=100_000,
        description="USD per 1M prompt tokens of such a model. Dear on purpose: budgets hold, and "
        "models of known price are preferred.",
    )
    assumed_price_output: Usd = Field(
        default=Decimal("40"), ge=0, le=100_000, description="The same for answer tokens."
    )
    reference_price_input: Usd = Field(
        default=Decimal("2.5"),
        ge=0,
        le=100_000,
        description="USD per 1M prompt tokens of the model you would use without a gateway; "
        "reports show savings against it.",
    )
    reference_price_output: Usd = Field(
        default=Decimal("10"), ge=0, le=100_000, description="The same for answer tokens."
    )


class StrategySettings(Section):
    """Who analyses a request and who chooses its endpoint: built-in rules, or a model as well."""

    analyser: Literal["fast", "llm"] = Field(
        default="fast",
        description="fast is built in and takes microseconds. llm asks a model too: it may raise "
        "the label that fast gave, never lower it, and says how hard the request is.",
    )
    selector: Literal["objective", "llm"] = Field(
        default="objective",
        description="objective weighs quality, price and time ([routing]). llm lets a model choose "
        "among the permitted candidates.",
    )
    endpoint: str | None = Field(
        default=None,
        min_length=1,
        max_length=200,
        description="Id of the endpoint that is asked. Unset: the best one outside the cloud. The "
        "label holds for it as for any other, so a cloud endpoint is never asked about what must "
        "not go there.",
    )
    timeout_s: Number = Field(
        default=5.0,
        gt=0,
        le=120,
        description="Seconds for one question, at most a quarter of the time the request has "
        "left; then the built-in strategy decides.",
    )
    max_chars: Whole = Field(
        default=4000,
        ge=1,
        le=32_000,
        description="Characters of the conversation in one question: the latest texts that fit "
        "whole.",
    )


class DispatchSettings(Section):
    """How an attempt is made, given up and repeated."""

    connect_s: Number = Field(
        default=5.0,
        gt=0,
        le=120,
        description="Seconds to connect; longer means the host is not there.",
    )
    first_token_s: Number = Field(
        default=60.0,
        gt=0,
        le=3600,
        description="Seconds to the first token. Local models load on the first request, so "
        "short values punish them.",
    )
    stall_s: Number = Field(
        default=30.0, gt=0, le=3600, description="Seconds of silence in an answer that has begun."
    )
    retries: Whole = Field(
        default=1,
        ge=0,
        le=10,
        description="Further tries at one endpoint before the next candidate is asked; each "
        "may cost money.",
    )
    backoff_s: Number = Field(
        default=0.25,
        gt=0,
        le=60,
        description="First wait before a further try; doubled, with jitter.",
    )
    backoff_max_s: Number = Field(
        default=8.0,
        gt=0,
        le=600,
        description="Longest such wait; a Retry-After beyond it moves on.",
    )


class ValidationSettings(Section):
    """Answers that are none: they are replaced before the client sees them, within the label."""

    checks: tuple[Flaw, ...] = Field(
        default=(Flaw.EMPTY, Flaw.ANALYSIS_ECHO, Flaw.REFUSAL, Flaw.LOOP),
        description="What is looked for. On are those that hardly ever take a good answer for a "
        "bad one. truncated is off because it doubles time and price of the longest answers for "
        "one that may be cut too, wrong_language because only the question's wording tells which "
        "language was meant, too_short because 4 is a good answer to 2 + 2. An empty list turns "
        "everything off. See docs/validation.md.",
    )
    min_chars: Whole = Field(
        default=1,
        ge=1,
        le=10_000,
        description="Letters, digits and symbols an answer has at least, for too_short. Raise it "
        "where no question has a short answer.",
    )


class BreakerSettings(Section):
    """When an endpoint that fails is left alone for a while."""

    failures: Whole = Field(
        default=5, ge=1, le=1000, description="Failures within window_s that open the breaker."
    )
    window_s: Number = Field(
        default=30.0, gt=0, le=3600, description="Seconds over which they are counted."
    )
    cool_s: Number = Field(
        default=10.0,
        gt=0,
        le=3600,
        description="Seconds until one request may try the endpoint again.",
    )


class HealthSettings(Section):
    """Probes of endpoints that are down, so that they come back unasked."""

    interval_s: Number = Field(
        default=15.0, ge=0.1, le=3600, description="Seconds between probes of one endpoint."
    )
    timeout_s: Number = Field(default=3.0, gt=0, le=60, description="Seconds a probe may take.")


class CacheSettings(Section):
    """Answers kept for identical requests of the same tenant."""

    enabled: Flag = Field(
        default=False,
        description="Off unless asked for: a cached answer is old, and kept in memory.",
    )
    ttl_s: Number = Field(
        default=3600.0, gt=0, le=2_592_000, description="Seconds an answer is kept."
    )
    max_entries: Whole = Field(
        default=1000, ge=1, le=10_000_000, description="Answers kept at most."
    )
    max_bytes: Whole = Field(
        default=64 * 2**20, ge=1024, le=64 * 2**30, description="Memory they may take together."
    )


class IdempotencySettings(Section):
    """Answers kept for requests with an Idempotency-Key, to be given again. In memory only."""

    ttl_s: Number = Field(
        default=86_400.0,
        gt=0,
        le=2_592_000,
        description="Seconds an answer is kept after it was given; a restart forgets them all.",
    )
    max_entries: Whole = Field(
        default=10_000,
        ge=1,
        le=10_000_000,
        description="Keys remembered at most; the oldest answer that is complete makes room.",
    )
    max_bytes: Whole = Field(
        default=64 * 2**20,
        ge=4096,
        le=64 * 2**30,
        description="Memory they may take together. One answer may take an eighth of it; a larger "
        "one is given once and its key is then refused.",
    )
    linger_s: Number = Field(
        default=0.0,
        ge=0,
        le=600,
        description="Seconds an answer under way goes on when nobody waits for it any more, so that "
        "a client whose connection broke finds it. 0 stops the endpoint at once, as without a key.",
    )


class FeedbackSettings(Section):
    """What reports call dear, slow and unreliable, and how they score endpoints."""

    weight_cost: Number = Field(
        default=0.3,
        ge=0,
        le=1,
        description="How much cost counts in an endpoint's score. The relation of the three "
        "weights counts, not their sum.",
    )
    weight_speed: Number = Field(
        default=0.3, ge=0, le=1, description="How much the mean latency counts."
    )
    weight_reliability: Number = Field(
        default=0.4, ge=0, le=1, description="How much the success rate counts."
    )
    cost_usd: Usd = Field(
        default=Decimal("1"),
        gt=0,
        le=1_000_000,
        description="USD at which an endpoint's cost score is 0; spending more in all is worth a "
        "recommendation. Raise it to what a week usually costs you.",
    )
    savings_usd: Usd = Field(
        default=Decimal("0.5"),
        ge=0,
        le=1_000_000,
        description="Savings above so many USD are mentioned.",
    )
    target_latency_ms: Number = Field(
        default=500.0,
        gt=0,
        le=3_600_000,
        description="Mean milliseconds to a whole answer at which the speed score is 0. Long "
        "answers take seconds anywhere: raise it if yours are long.",
    )
    reliability: Number = Field(
        default=0.8, ge=0, le=1, description="A success rate below it is worth a recommendation."
    )
    speed: Number = Field(
        default=0.5, ge=0, le=1, description="A speed score below it is worth a recommendation."
    )
    local_share_low: Number = Field(
        default=0.3,
        ge=0,
        le=1,
        description="Fewer answers of this machine and its network than this share: more of them "
        "would save money.",
    )
    local_share_high: Number = Field(
        default=0.7,
        ge=0,
        le=1,
        description="More than this share: hard questions may deserve a cloud model.",
    )


class LedgerSettings(Section):
    """The journal of what was asked of whom and what it cost. It holds no user text."""

    path: Path | None = Field(
        default=None,
        description="SQLite file, or :memory: to forget everything at exit. Unset: "
        "gilmok/ledger.db in XDG_DATA_HOME, else in ~/.local/share.",
    )
    synchronous: Literal["full", "normal"] = Field(
        default="normal",
        description="normal survives kill -9; full also survives a power cut and costs an fsync "
        "for each group of requests.",
    )


class EventSettings(Section):
    """Who is told when a budget runs low or out. Ids and amounts only."""

    webhook: str | None = Field(
        default=None,
        description="Address that events are posted to as JSON: https, or http on this machine or a "
        "private address. Unset: they are in the log and the metrics only.",
    )
    secret: str | None = Field(
        default=None,
        description='Signs each event (x-gilmok-signature). "env:NAME", "file:/path" or the secret '
        "itself.",
    )


class TelemetrySettings(Section):
    """What the gateway says about itself. Never user text."""

    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="The least severe line that is written; requests log at debug."
    )
    log_format: Literal["text", "json"] = Field(
        default="text", description="text for people, json for collectors; always to stderr."
    )
    metrics: Flag = Field(default=True, description="Serve GET /metrics in the Prometheus format.")


class ConfigFile(Section):
    """The whole file."""

    server: ServerSettings = ServerSettings()
    embedded: EmbeddedSettings = EmbeddedSettings()
    discovery: DiscoverySettings = DiscoverySettings()
    network: NetworkSettings = NetworkSettings()
    endpoints: tuple[EndpointSettings, ...] = ()
    plans: tuple[PlanSettings, ...] = ()
    tenants: tuple[TenantSettings, ...] = ()
    limits: LimitSettings = LimitSettings()
    keys: tuple[KeySettings, ...] = ()
    admin: AdminSettings = AdminSettings()
    privacy: PrivacySettings = PrivacySettings()
    routing: RoutingSettings = RoutingSettings()
    strategies: StrategySettings = StrategySettings()
    dispatch: DispatchSettings = DispatchSettings()
    validation: ValidationSettings = ValidationSettings()
    breaker: BreakerSettings = BreakerSettings()
    health: HealthSettings = HealthSettings()
    cache: CacheSettings = CacheSettings()
    idempotency: IdempotencySettings = IdempotencySettings()
    feedback: FeedbackSettings = FeedbackSettings()
    ledger: LedgerSettings = LedgerSettings()
    events: EventSettings = EventSettings()
    telemetry: TelemetrySettings = TelemetrySettings()
