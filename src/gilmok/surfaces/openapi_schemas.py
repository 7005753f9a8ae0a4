"""The JSON schemas of the OpenAPI document, from the types that decode and encode the bodies.

msgspec derives them; what a type cannot say and `chat_request` checks is added in `_REFINEMENTS`
and `_RULES`, so that whatever the document calls valid is never refused as `invalid_request`.
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Raw

from gilmok.ledger import Decision
from gilmok.surfaces.chat_request import RequestLimits
from gilmok.surfaces.chat_stream import Delta as ChunkDelta
from gilmok.surfaces.chat_whole import Completion
from gilmok.surfaces.chat_wire import ChatBody
from gilmok.surfaces.errors import ErrorBody
from gilmok.surfaces.lookups import Health
from gilmok.surfaces.models import Model, ModelList
from gilmok.surfaces.planned import Planned

Schema = dict[str, Any]

