"""Tokens of a prompt without a tokenizer: an estimate, and a bound that holds for any of them."""

from __future__ import annotations

from collections.abc import Iterable

from gilmok.core.inspection import TokenBounds

# Characters a token, measured on the o200k and Llama 3 vocabularies' published figures.
_ASCII_PER_TOKEN = 4.0
_WIDE_PER_TOKEN = 1.9
PER_MESSAGE = 8
"""Role and separators: chat templates add 3 to 7 tokens a message."""
PER_REQUEST = 16
PER_IMAGE = 1_600
"""A large image at high detail, in the vocabulary of the dearest cloud models."""


def bounds(texts: Iterable[str], messages: int, images: int = 0) -> TokenBounds:
    """Byte-level vocabularies have a token for every byte, so bytes bound tokens from above."""
    expected = 0.0
    upper = 0
    for text in texts:
        characters = len(text)
        size = characters if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
        # Characters beyond ASCII take two to four bytes, Hangul three.
        wide = (size - characters) / 2
        expected += wide / _WIDE_PER_TOKEN + max(0.0, characters - wide) / _ASCII_PER_TOKEN
        upper += size
    overhead = messages * PER_MESSAGE + PER_REQUEST + images * PER_IMAGE
    return TokenBounds(
        int(expected) + messages * 4 + 3 + images * (PER_IMAGE // 2), upper + overhead
    )
