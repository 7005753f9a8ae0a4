"""The language of the person at the terminal."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Literal

Locale = Literal["ko", "en"]

_DECIDING = ("LC_ALL", "LC_MESSAGES", "LANG")


def locale_of(environ: Mapping[str, str] = os.environ) -> Locale:
    """`ko` where the environment asks for Korean messages, else `en`.

    The first of the variables that is not empty decides (POSIX, "Internationalization Variables").
    """
    named = next((value for name in _DECIDING if (value := environ.get(name))), "")
    language = named.lower().partition(".")[0].partition("_")[0]
    return "ko" if language in ("ko", "korean") else "en"
