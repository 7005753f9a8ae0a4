"""Bodies of `POST /v1/embeddings`, as OpenAI has them."""

from __future__ import annotations

import base64
import struct
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import UNSET, Meta, Raw, Struct, UnsetType

from gilmok.core.errors import InvalidRequest, UnsupportedParameter
from gilmok.surfaces.services.bodies import read
from gilmok.surfaces.services.door import Note

MOST_INPUTS: Final = 2048
"""OpenAI's own bound."""
MOST_DIMENSIONS: Final = 16_384


class EmbeddingBody(Struct, frozen=True, kw_only=True):
    """Texts to embed."""

    input: str | list[str | int | list[int]]
    model: str = "auto"
    encoding_format: Literal["float", "base64"] | None = None
    dimensions: Annotated[int, Meta(ge=1, le=MOST_DIMENSIONS)] | None = None
    user: str | None = None

    def __repr__(self) -> str:
        return "<texts to embed>"


class EmbeddingItem(Struct, frozen=True, kw_only=True):
    object: str = "embedding"
    index: int
    embedding: list[float] | str

    def __repr__(self) -> str:
        return f"<embedding {self.index}>"


class EmbeddingUsage(Struct, frozen=True):
    prompt_tokens: int
    total_tokens: int


class FailedInput(Struct, frozen=True):
    index: int
    code: str
    message: str


class EmbeddingNote(Note, frozen=True, kw_only=True):
    errors: list[FailedInput] | UnsetType = UNSET
    """With `x-gilmok-partial: true`, where texts failed: they have no entry in `data`."""


class EmbeddingList(Struct, frozen=True, kw_only=True):
    object: str = "list"
    data: list[EmbeddingItem]
    model: str
    usage: EmbeddingUsage
    gilmok: EmbeddingNote


_BODY = msgspec.json.Decoder(EmbeddingBody)
_encode = msgspec.json.Encoder().encode
_CHOICES = {"encoding_format": ("float", "base64")}


def read_embedding(body: bytes) -> tuple[EmbeddingBody, tuple[str, ...]]:
    """The body, and its texts. Raises `InvalidRequest`, `UnsupportedParameter`."""
    wanted = read(_BODY, body, _CHOICES)
    given = [wanted.input] if isinstance(wanted.input, str) else wanted.input
    if not given:
        raise InvalidRequest("input", "is empty", "비어 있습니다")
    if len(given) > MOST_INPUTS:
        raise InvalidRequest(
            "input", f"has more than {MOST_INPUTS} entries", f"항목이 {MOST_INPUTS}개를 넘습니다"
        )
    texts = tuple([text for text in given if isinstance(text, str)])
    if len(texts) < len(given):
        raise _tokens() if not texts else _mixed()
    for index, text in enumerate(texts):
        if not text:
            raise InvalidRequest(f"input[{index}]", "is an empty text", "빈 텍스트입니다")
    return wanted, texts


def _tokens() -> UnsupportedParameter:
    return UnsupportedParameter(
        "input",
        "token numbers mean another text to every model, and cannot be looked at for what is "
        "private; send text (LangChain: check_embedding_ctx_length=False)",
        "토큰 번호는 모델마다 다른 글자를 뜻하고 개인 정보를 살펴볼 수 없으니 텍스트를 보내세요"
        "(LangChain: check_embedding_ctx_length=False)",
    )


def _mixed() -> InvalidRequest:
    return InvalidRequest(
        "input", "must be a text or a list of texts", "텍스트나 텍스트 목록이어야 합니다"
    )


def item(index: int, floats: bytes, *, as_text: bool) -> Raw:
    """An `EmbeddingItem`. `floats` as `completion.Vector` has them, which is also what OpenAI's
    base64 has."""
    if as_text:
        told = EmbeddingItem(index=index, embedding=base64.b64encode(floats).decode())
    else:
        numbers = list(struct.unpack(f"<{len(floats) // 4}f", floats))
        told = EmbeddingItem(index=index, embedding=numbers)
    return Raw(_encode(told))


def input_schema() -> dict[str, Any]:
    """What the type cannot say: nothing is empty, and nothing mixed."""
    text = {"type": "string", "minLength": 1}
    number = {"type": "integer", "minimum": 0, "maximum": 2**31 - 1}
    numbers = {"type": "array", "items": number, "minItems": 1, "maxItems": MOST_INPUTS}
    return {
        "description": "A text, or up to 2,048. Token numbers are refused by name.",
        "anyOf": [
            text,
            {"type": "array", "items": text, "minItems": 1, "maxItems": MOST_INPUTS},
            numbers,
        ],
        "examples": ["맛있어요"],
    }
