"""How an endpoint is asked, and what counts as an answer."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from gilmok.config.schema.section import (
    Flag,
    Number,
    Section,
    Whole,
    normal_terms,
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


class OutputSettings(Section):
    """What an answer may not hold: off does not look, mark says so in the headers of a whole answer
    and in the receipt, withhold also puts [withheld] in its place. See docs/output.md."""

    system_prompt: Literal["off", "mark", "withhold"] = Field(
        default="off",
        description="Passages of 60 characters or more of the system prompt. Off, because an "
        "assistant may be meant to quote its instructions.",
    )
    secrets: Literal["off", "mark", "withhold"] = Field(
        default="off",
        description="API keys, tokens and private keys by their known forms that the conversation "
        "had not shown. A stream is held by one word while this is on.",
    )
    markup: Literal["off", "mark", "withhold"] = Field(
        default="off",
        description="Scripts, frames, forms, event handlers, javascript: addresses and images that "
        "would be fetched from elsewhere. For answers that a page shows as HTML or Markdown; code "
        "between fences is left alone.",
    )
    image_hosts: tuple[str, ...] = Field(
        default=(),
        max_length=1000,
        description="Hosts whose images markup lets through, with their subdomains.",
    )
    terms: Annotated[tuple[str, ...], AfterValidator(normal_terms)] = Field(
        default=(),
        max_length=1000,
        repr=False,
        description="Words that no answer may hold, in any case: always withheld.",
    )
    canaries: Annotated[tuple[str, ...], AfterValidator(normal_terms)] = Field(
        default=(),
        max_length=1000,
        repr=False,
        description="Words that you laid out in prompts and documents to see whether they leak: "
        "always withheld, and marked as canary.",
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
    spelling: Flag = Field(
        default=False,
        description="True: case, blanks, final punctuation and politeness words do not make another "
        "question. Never where a question holds code or quotation marks.",
    )
    single_flight_s: Number = Field(
        default=0.0,
        ge=0,
        le=600,
        description="Seconds a request waits for the same question that another asked a moment "
        "before, instead of asking as well. 0: nobody waits.",
    )
    semantic: Flag = Field(
        default=False,
        description="Answers a question with the answer to one that means the same. Needs "
        "gilmok[semantic]. See docs/cache.md.",
    )
    encoder: Literal["static", "sentence"] = Field(
        default="sentence",
        description="What finds similar questions: sentence finds more, and takes about 4 ms on a "
        "thread of its own and 160 MB; static is a table of this package, 0.2 ms.",
    )
    error_bound: Number = Field(
        default=0.02,
        ge=0.005,
        le=1,
        description="Share of semantic hits that may be wrong. The cache becomes more careful until "
        "its audits keep to it: 0.01 is strict, 0.05 answers more.",
    )
    audit_share: Number = Field(
        default=0.05,
        ge=0.005,
        le=1,
        description="Share of semantic hits that are asked all the same and compared, to know how "
        "many are wrong. Saves that much less; with a smaller one the cache learns later.",
    )
    last_resort: Flag = Field(
        default=False,
        description="Where every endpoint failed, a similar kept answer is given, marked "
        "hit-last-resort, which may be wrong. Needs semantic.",
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
