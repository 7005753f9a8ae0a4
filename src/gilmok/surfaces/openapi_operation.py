"""What the OpenAPI document says about one route, besides what the route itself says."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from gilmok.core.errors import HttpError
from gilmok.surfaces.openapi_schemas import Schema

Errors = tuple[type[HttpError], ...]


class Operation(Struct, frozen=True, kw_only=True):
    summary: str
    description: str = ""
    answers: tuple[tuple[str, Schema], ...]
    """Media types of the 200, and their schemas."""
    errors: Errors = ()
    """Besides those that any route may answer with."""
    parameters: tuple[str, ...] = ()
    """Names of parameters in the header or the query."""
    body: type | None = None
    body_schema: Schema | None = None
    """Where a body has more forms than its type."""
    forms: tuple[Schema, ...] = ()
    """Schemas of bodies that come as `multipart/form-data`."""
    status: int = 200
    """Of a request that went well."""
    body_required: bool = True
    examples: Mapping[str, Schema] = {}
    """Of the body."""
    headers: tuple[str, ...] = ()
    """Of the 200, besides the two names of the decision."""
