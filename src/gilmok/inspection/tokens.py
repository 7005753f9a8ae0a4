"""Tokens of a prompt without a tokenizer: an estimate, and a bound that holds for any of them.

The bound rests on this: byte-level vocabularies have a token for every byte, and SentencePiece's
have one for every character or, with byte fallback, for every byte of it; so a text never has more
tokens than bytes. Two things break it, and are counted apart: vocabularies that normalise a text
first, which can make it longer (U+0F76 is three bytes and six tokens to Qwen), and what providers
write around a text: roles, the chat template, tools in a form of their own. Property tests hold it
against real vocabularies.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from functools import lru_cache

from gilmok.core.inspection import TokenBounds
from gilmok.core.request import Tool

# Characters a token, measured on the o200k and Llama 3 vocabularies' published figures.
_ASCII_PER_TOKEN = 4.0
_WIDE_PER_TOKEN = 1.9
PER_MESSAGE = 8
"""Role and separators: chat templates add 3 to 7 tokens a message."""
PER_REQUEST = 96
"""A template's own words: the system prompts that Qwen, Llama and gpt-oss bring have up to 80."""
PER_IMAGE = 48_169
"""The most that one image is at any listed provider: GPT-4o mini, eight tiles at high detail."""
_USUAL_IMAGE = 800
PER_TOOL = 48
"""The frame around a tool's name, description and schema."""
TOOL_USE = 640
"""What is said about tools in general; Anthropic's system prompt for it has up to 530 tokens."""
PER_FILE = 131_072
"""A file or a recording: what is unpacked from it can fill a context."""


PER_PLACEHOLDER = 40
"""`[KIND_n]`, which may be longer than what it hides."""
WORTH_COUNTING = 4_000
"""Bytes from which on a tighter bound is worth its time."""

Count = Callable[[Sequence[str], int], tuple[tuple[str, int], ...]]
"""Texts, and tokens to be added to their sum: a bound for each vocabulary that is at hand."""


def bounds(
    texts: Sequence[str],
    messages: int,
    images: int = 0,
    files: int = 0,
    tools: Sequence[Tool] = (),
    placeholders: int = 0,
    count: Count | None = None,
) -> TokenBounds:
    """`texts`: all of the request's that can be read, those of its tools included.

    `placeholders`: how many may be put in their places, where the text is masked.
    """
    expected = 0.0
    upper = 0
    for text in texts:
        characters = len(text)
        if text.isascii():
            expected += characters / _ASCII_PER_TOKEN
            upper += characters
            continue
        size = _bytes(text)
        # Characters beyond ASCII take two to four bytes, Hangul three.
        wide = (size - characters) / 2
        expected += wide / _WIDE_PER_TOKEN + max(0.0, characters - wide) / _ASCII_PER_TOKEN
        upper += size if unicodedata.is_normalized("NFKC", text) else _longest(text)
    plain = upper
    turns = messages + len(tools)
    upper += placeholders * PER_PLACEHOLDER
    upper += turns * PER_MESSAGE + PER_REQUEST + images * PER_IMAGE + files * PER_FILE
    if tools:
        upper += TOOL_USE + sum(map(_around, tools))
    counted = () if count is None or plain < WORTH_COUNTING else count(texts, upper - plain)
    return TokenBounds(
        int(expected) + turns * 4 + 3 + images * _USUAL_IMAGE, upper, images, counted
    )


def _around(tool: Tool) -> int:
    """Providers write tools anew: indented, or with `\\uXXXX`, which makes them up to twice as long."""
    texts = (tool.name, tool.description, tool.parameters)
    return PER_TOOL + sum(_bytes(text.reveal()) for text in texts if text is not None)


def _longest(text: str) -> int:
    """Bytes that the text has at most in any normal form: of its characters taken apart.

    Qwen's vocabulary normalises by NFC, older SentencePiece ones by NFKC. Putting characters
    together again never takes more bytes. The text itself is not normalised here: marks in disorder
    would take time with the square of their number.
    """
    return sum(count * _weight(character) for character, count in Counter(text).items())


@lru_cache(maxsize=4096)
def _weight(character: str) -> int:
    if "가" <= character <= "힣":
        return 3  # Taken apart it would be nine, but it is always put together again.
    return max(_bytes(character), _bytes(unicodedata.normalize("NFKD", character)))


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))
