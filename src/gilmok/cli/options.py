"""Options that several commands take, with their help.

Help stands here in English; `help_pages` shows it in the reader's language.
"""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from gilmok.cli.screen import Screen
from gilmok.cli.words import help as words

Output = Annotated[Screen, Parameter(parse=False)]
"""Where to write: given by `main`, not by the command line."""

Config = Annotated[str | None, Parameter(name="--config", help=words.CONFIG.en)]
Url = Annotated[str | None, Parameter(name="--url", help=words.URL.en)]
Key = Annotated[str | None, Parameter(name="--key", help=words.KEY.en)]
Model = Annotated[str, Parameter(name="--model", help=words.MODEL.en)]
Json = Annotated[bool, Parameter(name="--json", negative="", help=words.JSON.en)]
