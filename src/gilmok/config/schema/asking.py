"""How an endpoint is asked, and what counts as an answer."""

from __future__ import annotations

from pydantic import Field

from gilmok.config.schema.section import (
    Flag,
    Number,
    Section,
    Whole,
)
from gilmok.core.flaws import Flaw


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
