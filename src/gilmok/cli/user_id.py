"""`gilmok keys user-id`: from what a caller calls its end user to the pseudonym that is kept."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from gilmok.build import load_settings
from gilmok.cli import exits
from gilmok.cli.options import Config, Output
from gilmok.cli.words import help
from gilmok.composition.users import pseudonyms
from gilmok.composition.world import World
from gilmok.core.text import Private


def user_id(
    tenant: Annotated[str, Parameter(help=help.TENANT.en)],
    name: Annotated[str, Parameter(help=help.USER_NAME.en)],
    *,
    config: Config = None,
    screen: Output,
) -> int:
    found = pseudonyms(load_settings(config), World.real())
    screen.copyable(found.of(tenant, Private(name)))
    return exits.OK
