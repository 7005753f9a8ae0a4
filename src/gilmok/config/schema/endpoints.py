"""A model at an address."""

from __future__ import annotations

from pydantic import Field

from gilmok.config.schema.section import (
    Identifier,
    Number,
    Path,
    Section,
    Usd,
    Whole,
)
from gilmok.core.endpoint import Capability, Zone
from gilmok.core.work import Does


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
    does: Does | None = Field(
        default=None,
        description="What it is asked for; a server that does several is several endpoints. Unset: "
        "what its model is known for, else what its provider does, mostly chat.",
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
    price_per_picture: Usd | None = Field(
        default=None,
        ge=0,
        le=100_000,
        description="USD for each picture made, where does is images.",
    )
    price_per_million_characters: Usd | None = Field(
        default=None,
        ge=0,
        le=100_000,
        description="USD for 1M characters spoken, where does is speech.",
    )
    price_per_minute: Usd | None = Field(
        default=None,
        ge=0,
        le=100_000,
        description="USD for each minute of a recording, where does is transcription or video.",
    )
    daily_cap_usd: Usd | None = Field(
        default=None,
        ge=0,
        le=1_000_000_000,
        description="USD that may be spent here in a day, by all tenants together; another endpoint is "
        "asked then. Days are those of limits.time_zone. Unset: no cap.",
    )
    monthly_cap_usd: Usd | None = Field(
        default=None,
        ge=0,
        le=1_000_000_000,
        description="The same for a month.",
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
    slots: Whole | None = Field(
        default=None,
        ge=1,
        le=10_000,
        description="Requests it is asked at once; more wait here, the short and the old first, "
        "so that a long one does not hold up all others. For a server of your own, such as a "
        "vLLM (20). Unset: no queue, everything is passed on at once.",
    )
    queue_size: Whole = Field(
        default=256, ge=0, le=100_000, description="Requests that may wait, where slots is set."
    )
    batch_tokens: Whole | None = Field(
        default=None,
        ge=256,
        le=100_000_000,
        description="Tokens, prompt and expected answer, in all requests it is asked at once, "
        "where slots is set: long ones go with fewer others. Unset: slots x context.",
    )
