"""The language of the person at the terminal, and how long lines are there: from `--lang`, else
from the environment.

It is known before anything else is, and a command that only says a word must not wait for the
configuration's schema to load: so this is not in `gilmok.config`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, MutableMapping, Sequence

from gilmok.core.said import Locale

_DECIDING = ("LC_ALL", "LC_MESSAGES", "LANG")
_OPTION = "--lang"
_PLAIN = ("C", "POSIX")
_UNICODE = "C.UTF-8"


def locale_of(environ: Mapping[str, str] = os.environ) -> Locale:
    """`ko` where the environment asks for Korean messages, else `en`.

    The first of the variables that is not empty decides (POSIX, "Internationalization Variables").
    """
    named = next((value for name in _DECIDING if (value := environ.get(name))), "")
    language = named.lower().partition(".")[0].partition("_")[0]
    return "ko" if language in ("ko", "korean") else "en"


def take_language(arguments: Sequence[str]) -> tuple[Locale | None, list[str]]:
    """The language that `--lang` names, wherever it stands, and the other arguments.

    `None` where there is no `--lang`; also where it names no language, and then it is gone from the
    arguments all the same.
    """
    rest = list(arguments)
    end = rest.index("--") if "--" in rest else len(rest)
    for index, argument in enumerate(rest[:end]):
        name, joined, value = argument.partition("=")
        if name == _OPTION:
            width = 1 if joined else 2
            value = value if joined else "".join(rest[index + 1 : index + 2])
            del rest[index : index + width]
            return ("ko" if value == "ko" else "en" if value == "en" else None), rest
    return None, rest


def says_width(environ: Mapping[str, str] = os.environ) -> bool:
    """True where `COLUMNS` says how many cells a line has, whoever reads it."""
    return environ.get("COLUMNS", "").isdigit()


def speak_unicode(environ: MutableMapping[str, str] = os.environ) -> bool:
    """Makes the C library take letters for letters under `LC_ALL=C`; true where it had to.

    Python does so by itself, but not where `LC_ALL` is set (PEP 538), and the line editor goes by
    the environment: it would not let anybody type Hangul.
    """
    if environ.get("LC_ALL") not in _PLAIN:
        return False
    environ["LC_ALL"] = _UNICODE
    return True
