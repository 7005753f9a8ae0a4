"""What an answer may hold that is not for its reader. Stable codes."""

from __future__ import annotations

from enum import StrEnum


class Leak(StrEnum):
    CANARY = "canary"
    """A word that the operator laid out so that its appearance shows a leak."""
    TERM = "term"
    """A word that the operator does not want in answers."""
    SYSTEM_PROMPT = "system_prompt"
    """A passage of the instructions that the caller's application gave the model."""
    SECRET = "secret"
    """A key, token or private key that nobody in the conversation had shown."""
    MARKUP = "markup"
    """Active HTML, a script's address, or an image that would be fetched from elsewhere."""
