"""The configuration file: every section and option with its type, default, bounds and reason.

This is the one place an option is declared. `config.example.toml` and `docs/configuration.md` are
generated from these classes (`reference.py`), and the errors a user reads are worded from the same
bounds (`wording.py`), so the three cannot disagree.

The classes are frozen and hold what the file says; `load.py` resolves it into `Settings`.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, Strict
from pydantic_core import PydanticCustomError

from gilmok.core.endpoint import Capability, Zone


def _number(value: object) -> object:
    """TOML floats arrive as `Decimal`; nothing but a number may pass for one."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise PydanticCustomError("number_type", "not a number")
    return value


def _normal_terms(terms: tuple[str, ...]) -> tuple[str, ...]:
    if any(len(term.strip()) < 2 for term in terms):
        raise PydanticCustomError("term_too_short", "a term has fewer than 2 characters")
    return terms


IDENTIFIER = r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$"
SHA256 = r"^[0-9a-f]{64}$"
PATH = r"^[^\x00-\x1f]{1,4096}$"

Whole = Annotated[int, Strict()]
Flag = Annotated[bool, Strict()]
Number = Annotated[float, BeforeValidator(_number), Field(allow_inf_nan=False)]
Usd = Annotated[Decimal, BeforeValidator(_number), Field(allow_inf_nan=False)]
Identifier = Annotated[str, Field(pattern=IDENTIFIER)]
Path = Annotated[str, Field(pattern=PATH)]


class Section(BaseModel):
    """A table of the file. Unknown keys are errors; values never appear in error texts."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class ServerSettings(Section):
    """Where the gateway listens and how much it takes on."""

    host: str = Field(
        default="127.0.0.1",
        min_length=1,
        max_length=253,
        description="Address to listen on. Anything but loopback needs at least one entry in "
        "[[keys]], because whoever reaches the port can spend your money.",
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
        description="USD per 1M prompt tokens. Unset: the known price of a known model, else 0 and "
        "shown as unknown in the cloud zone.",
    )
    price_output: Usd | None = Field(
        default=None,
        ge=0,
        le=100_000,
        description="USD per 1M answer tokens; set both prices or neither.",
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


class KeySettings(Section):
    """A caller's key. Repeat the table for each. Without keys only loopback is served."""

    id: Identifier = Field(description="Name of the key in reports and receipts; never secret.")
    tenant: Identifier = Field(
        default="default", description="Whose key it is; tenants see nothing of one another."
    )
    sha256: str = Field(
        pattern=SHA256,
        description="SHA-256 of the key, in hex. The key itself belongs in no file; "
        "`gilmok config hash-key` prints the hash.",
    )
    zones: tuple[Zone, ...] = Field(
        default=(Zone.LOCAL, Zone.PRIVATE, Zone.CLOUD),
        min_length=1,
        description="Zones the key may use; a request's own label may forbid more.",
    )
    endpoints: tuple[str, ...] | None = Field(
        default=None, min_length=1, description="Endpoint ids the key may use. Unset: all of them."
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
    endpoints: tuple[EndpointSettings, ...] = ()
    keys: tuple[KeySettings, ...] = ()
    privacy: PrivacySettings = PrivacySettings()
    routing: RoutingSettings = RoutingSettings()
    dispatch: DispatchSettings = DispatchSettings()
    breaker: BreakerSettings = BreakerSettings()
    health: HealthSettings = HealthSettings()
    cache: CacheSettings = CacheSettings()
    ledger: LedgerSettings = LedgerSettings()
    telemetry: TelemetrySettings = TelemetrySettings()
