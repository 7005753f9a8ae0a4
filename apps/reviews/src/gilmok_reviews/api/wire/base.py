"""What all bodies have in common, and how errors look."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from pydantic.config import JsonDict


def examples(*bodies: JsonDict) -> ConfigDict:
    """For a body's `model_config`: whole bodies that work on the sample data."""
    return ConfigDict(json_schema_extra={"examples": list(bodies)})


class Asked(BaseModel):
    """A body that somebody sends: unknown fields are refused, not ignored."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)


class Told(BaseModel):
    """A body that the service answers with, made from a noun of the same form."""

    model_config = ConfigDict(from_attributes=True, use_attribute_docstrings=True)


Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
RestaurantId = Annotated[Name, Field(examples=["sotbit"])]
ReviewId = Annotated[Name, Field(examples=["sotbit-001"])]
ReviewText = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000),
    Field(examples=["국물이 진하고 고기가 넉넉해요. 다만 배달이 한 시간 걸렸어요."]),
]
Language = Annotated[Literal["ko", "en"], Field(examples=["ko"])]


class Error(BaseModel):
    """Why there is no answer."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    code: Annotated[str, Field(examples=["restaurant_not_found"])]
    """Stable, English: what a program looks at. The gateway's codes are its own."""
    message: Annotated[str, Field(examples=["그런 가게가 없습니다: r9."])]
    """For people, in the language of `Accept-Language`: Korean or English."""
    source: Literal["service", "gateway"] = "service"
    """Who refused."""
    retryable: bool = False
    """Whether the same request may succeed later."""


class ErrorAnswer(BaseModel):
    """The body of every answer that is not 2xx."""

    error: Error
