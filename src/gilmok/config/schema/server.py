"""What listens, what joins by itself, and how the network is reached."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from gilmok.config.schema.section import (
    Flag,
    Number,
    Path,
    Section,
    Whole,
)


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
    language: Literal["en", "ko"] = Field(
        default="en",
        description="Language of messages to clients that send no Accept-Language with en or ko.",
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
