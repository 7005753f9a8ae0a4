"""An option that nobody reads is a promise nobody keeps."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from gilmok.config.schema import ConfigFile

SOURCE = Path(__file__).parents[2] / "src" / "gilmok"
PER_ENTRY = {"endpoints", "engines", "keys", "plans", "roles", "tenants"}
"""Tables whose options become nouns inside `config` itself."""

READ = {
    node.attr
    for path in SOURCE.rglob("*.py")
    if path.name != "schema.py"
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    if isinstance(node, ast.Attribute)
}
OPTIONS = [
    f"{section}.{option}"
    for section, field in ConfigFile.model_fields.items()
    if section not in PER_ENTRY
    for option in type(field.default).model_fields
]


@pytest.mark.parametrize("option", OPTIONS)
def test_somebody_reads_it(option: str) -> None:
    assert option.partition(".")[2] in READ


def test_the_check_sees_what_nobody_reads() -> None:
    assert "an_option_that_nobody_reads" not in READ
    assert len(OPTIONS) > 30
