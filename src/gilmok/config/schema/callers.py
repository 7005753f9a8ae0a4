"""Who may ask, how much, and who pays."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from gilmok.config.schema.section import (
    Flag,
    Identifier,
    Moment,
    Number,
    Section,
    Sha256,
    Usd,
    Whole,
)
from gilmok.core.endpoint import Zone


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
    priority: Number = Field(
        default=1.0,
        ge=0.01,
        le=100,
        description="Where callers wait for an endpoint with slots: 2 gets twice the turns of 1. "
        "Nobody starves.",
    )
    medium: Literal["mask", "local", "open"] | None = Field(
        default=None,
        description="Like [privacy] medium, for these callers; it can only make that stricter.",
    )
    injection: Literal["flag", "strip", "refuse"] | None = Field(
        default=None,
        description="The least that is done about attempts to take over the model, for these "
        "callers; it can only make [injection] stricter.",
    )
    first_token_target_s: Number | None = Field(
        default=None,
        gt=0,
        le=3600,
        description="Seconds to the first token that these callers are promised, instead of "
        "[telemetry] first_token_target_s.",
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
