"""The development team's router: who does which kind of task."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from gilmok.config.schema.section import Identifier, Number, Section, Whole

TASK = r"^[a-z0-9._-]{1,64}$"
"""What a task is called: a plain word, as in x-gilmok-task."""

Task = Annotated[str, Field(pattern=TASK)]


def _each_once(tasks: tuple[str, ...] | None) -> tuple[str, ...] | None:
    if tasks is not None and len(set(tasks)) < len(tasks):
        raise PydanticCustomError("task_twice", "a task stands twice")
    return tasks


class TaskSettings(Section):
    """The development team's router: /route, /batch and one path for each of its roles. See
    docs/devteam.md."""

    default: Identifier | None = Field(
        default=None,
        description="Role that gets tasks no role lists. Unset: architect where there is one, else "
        "the first role.",
    )
    batch_concurrency: Whole = Field(
        default=4,
        ge=1,
        le=1000,
        description="Items of one batch that are under way at once. Which models fit into memory "
        "together is decided elsewhere, item by item.",
    )
    batch_items: Whole = Field(
        default=100, ge=1, le=10_000, description="Items of one batch; more are refused with 413."
    )
    batch_kept: Whole = Field(
        default=100,
        ge=1,
        le=100_000,
        description="Batches of one tenant that are remembered, running ones included.",
    )
    batch_max_bytes: Whole = Field(
        default=32 * 2**20,
        ge=1024,
        le=2**40,
        description="Memory for tasks and results of one tenant's batches, in bytes. Where it is short the "
        "oldest batch that has ended is forgotten.",
    )
    batch_ttl_s: Number = Field(
        default=86_400.0,
        gt=0,
        le=31_536_000,
        description="Seconds a batch is remembered after its end, in memory only.",
    )


class RoleSettings(Section):
    """A member of the development team: a model, and the tasks it does. Repeat the table for each.
    Roles called architect, coder and reviewer have the usual tasks and titles by themselves."""

    name: Identifier = Field(description="Name of the role, and its type in GET /models.")
    model: str = Field(
        min_length=1,
        max_length=256,
        description="Id of an endpoint or engine, a model's name, or a preference such as cheap.",
    )
    tasks: Annotated[tuple[Task, ...], AfterValidator(_each_once)] | None = Field(
        default=None,
        max_length=1000,
        description="Values of task_type it does. Unset: the usual ones of architect, coder and "
        "reviewer; none for other names.",
    )
    agent: str | None = Field(
        default=None,
        min_length=1,
        max_length=64,
        description="What answers call it. Unset: the name with a capital letter.",
    )
    role: str | None = Field(
        default=None, max_length=256, description="Its title, for people, in GET /models."
    )
    description: str | None = Field(
        default=None, max_length=1024, description="What it is good at, for people."
    )
    lighter: Identifier | None = Field(
        default=None,
        description="Role that does its tasks where they are critical, because a smaller model "
        "answers sooner. Unset: coder for architect, where there is one; else nobody.",
    )
    keeps: tuple[Task, ...] | None = Field(
        default=None,
        max_length=1000,
        description="Tasks it does itself even where they are critical. Unset: plan, design and "
        "architecture for architect; none for other names.",
    )
    memory_gb: Number | None = Field(
        default=None,
        gt=0,
        le=1_000_000,
        description="GiB its model takes, for GET /models. Unset: what was measured of its engine.",
    )
    context_length: Whole | None = Field(
        default=None,
        ge=1,
        le=100_000_000,
        description="Tokens, for GET /models. Unset: its endpoint's.",
    )
