"""JSON bodies of services: strict, and without a field that nobody knows.

Chat passes unknown fields on to endpoints that take them; what a service is asked with is read by
many different providers, and a field that one of them knows would be lost at the next.
"""

from __future__ import annotations

from typing import TypeVar

import msgspec
from msgspec import Struct

from gilmok.core.errors import InvalidRequest, UnsupportedParameter
from gilmok.surfaces.strict_json import Choices, parse, shape

Body = TypeVar("Body", bound=Struct)


def read(
    decoder: msgspec.json.Decoder[Body],
    body: bytes,
    choices: Choices | None = None,
    refused: frozenset[str] = frozenset(),
) -> Body:
    """`refused`: fields of OpenAI's that have no place here, by name; null and false ask for nothing
    and may stand there. Raises `InvalidRequest`, `UnsupportedParameter`."""
    wanted = shape(decoder, body, choices)
    document = parse(body)
    assert isinstance(document, dict)
    unknown = document.keys() - set(wanted.__struct_fields__)
    asking = [name for name in unknown & refused if document[name] not in (None, False)]
    if asking:
        raise UnsupportedParameter(
            min(asking),
            "not every provider has it",
            "모든 제공자가 지원하는 것이 아닙니다",
        )
    if unknown - refused:
        raise InvalidRequest(
            "body",
            "has a field that is not known here; GET /openapi.json lists those that are",
            "여기서 모르는 항목이 있습니다. 아는 항목은 GET /openapi.json 에 있습니다",
        )
    return wanted
