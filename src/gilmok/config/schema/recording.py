"""What is written down, summed and told."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from pydantic import Field

from gilmok.config.schema.section import (
    Flag,
    Number,
    Path,
    Section,
    Usd,
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
    first_token_target_s: Number = Field(
        default=2.0,
        gt=0,
        le=3600,
        description="Seconds to the first token that requests are promised; a whole answer has to "
        "be there by then. Whoever met it counts as goodput; nothing else depends on it.",
    )
