"""What is asked for besides chat: vectors, pictures, speech, transcripts, videos."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from gilmok.config.schema.section import Flag, Identifier, Number, Section, Whole

BUCKET = r"^(gs|s3)://[a-z0-9][a-z0-9._-]{1,220}/"


class ServiceSettings(Section):
    """Vectors, pictures, speech, transcripts and videos; see docs/services.md. Endpoints for them are
    among [[endpoints]], with what each one `does`."""

    local: Literal["auto", True, False] = Field(
        default="auto",
        description='What this machine can do itself (endpoints "local-encoder", "local-voice", '
        '"local-cards"): "auto" takes what is installed, true demands all three.',
    )
    embedding_model: Identifier | None = Field(
        default=None,
        description='Whom "auto" means for vectors, which are only comparable with those of the same '
        "model. Unset: the first local one, else the first there is.",
    )
    device: Literal["auto", "cpu", "cuda"] = Field(
        default="auto",
        description="Where a sentence-transformers model of this process runs; auto takes a GPU "
        "where there is one.",
    )
    half_precision: Flag = Field(
        default=True, description="16-bit floats on a GPU: half the memory. A CPU keeps 32."
    )
    cache: Flag = Field(
        default=True,
        description="Keeps what was made, so that the same request of the same tenant costs once.",
    )
    cache_ttl_s: Number = Field(
        default=86_400.0, gt=0, le=31_536_000, description="How long it is kept."
    )
    cache_max_bytes: Whole = Field(
        default=256 * 1024 * 1024,
        ge=1024,
        le=2**40,
        description="Memory for what is kept; the longest unused goes first.",
    )
    max_recording_bytes: Whole = Field(
        default=25 * 1024 * 1024,
        ge=1024,
        le=2**31,
        description="Largest recording that is taken for a transcript or an analysis.",
    )
    max_video_minutes: Number = Field(
        default=60.0,
        gt=0,
        le=1440,
        description="Longest video whose length nobody says: so much is held for its analysis.",
    )
    video_buckets: tuple[Annotated[str, Field(pattern=BUCKET)], ...] = Field(
        default=(),
        description="Beginnings of addresses in a provider's own store that callers may have "
        'analysed, with your rights there: ["gs://our-bucket/", "s3://our-bucket/public/"].',
    )
    job_deadline_s: Number = Field(
        default=3600.0,
        gt=0,
        le=86_400,
        description="Longest that one analysis of a video may take.",
    )
    job_ttl_s: Number = Field(
        default=86_400.0,
        gt=0,
        le=31_536_000,
        description="How long what a job came to is remembered, from its end on; a restart forgets.",
    )
    jobs_kept: Whole = Field(
        default=20,
        ge=1,
        le=10_000,
        description="Jobs of one tenant, running and remembered; the oldest that ended goes first.",
    )
