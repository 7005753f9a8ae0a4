"""The types of options, and the table they stand in."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, Strict
from pydantic_core import PydanticCustomError

from gilmok.core.identity import IDENTIFIER as IDENTIFIER


def _number(value: object) -> object:
    """TOML floats arrive as `Decimal`; nothing but a number may pass for one."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise PydanticCustomError("number_type", "not a number")
    return value


def normal_terms(terms: tuple[str, ...]) -> tuple[str, ...]:
    if any(len(term.strip()) < 2 for term in terms):
        raise PydanticCustomError("term_too_short", "a term has fewer than 2 characters")
    return terms


def _with_offset(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise PydanticCustomError("no_offset", "no offset from UTC")
    return moment


SHA256 = r"^[0-9a-f]{64}$"
PATH = r"^[^\x00-\x1f]{1,4096}$"

Whole = Annotated[int, Strict()]
Flag = Annotated[bool, Strict()]
Number = Annotated[float, BeforeValidator(_number), Field(allow_inf_nan=False)]
Usd = Annotated[Decimal, BeforeValidator(_number), Field(allow_inf_nan=False)]
Identifier = Annotated[str, Field(pattern=IDENTIFIER)]
Path = Annotated[str, Field(pattern=PATH)]
Moment = Annotated[datetime, Strict(), AfterValidator(_with_offset)]
Sha256 = Annotated[str, Field(pattern=SHA256)]


class Section(BaseModel):
    """A table of the file. Unknown keys are errors; values never appear in error texts."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
