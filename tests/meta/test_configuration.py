"""The schema, the example file and the documentation say the same.

`python tests/meta/test_configuration.py` (with `src` on the path) writes both files anew.
"""

from __future__ import annotations

import tomllib
from decimal import Decimal
from pathlib import Path

from gilmok.config.problems import Problems
from gilmok.config.reference import example, options_table, sections
from gilmok.config.schema import ConfigFile
from gilmok.config.tables import parse

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "config.example.toml"
DOCUMENT = ROOT / "docs" / "configuration.md"
MARK = "<!-- options: generated from the schema by tests/meta/test_configuration.py -->\n"


def _document() -> str:
    before, _, _ = DOCUMENT.read_text("utf-8").partition(MARK)
    return f"{before}{MARK}\n{options_table()}"


def _uncommented() -> str:
    """The example with every option switched on: text follows `# `, options follow `#`."""
    lines = example().splitlines()
    return "\n".join(line.removeprefix("#") for line in lines if not line.startswith("# "))


def test_the_example_is_the_schemas() -> None:
    assert EXAMPLE.read_text("utf-8") == example()


def test_the_documentation_is_the_schemas() -> None:
    assert DOCUMENT.read_text("utf-8") == _document()


def test_every_option_has_a_reason() -> None:
    bare = [
        f"{o.section}.{o.name}" for _, _, _, options in sections() for o in options if not o.reason
    ]
    assert not bare


def test_every_number_has_bounds() -> None:
    for _, _, _, options in sections():
        for option in options:
            if option.expected.startswith(("a number", "a whole number")):
                assert " to " in option.expected, f"{option.section}.{option.name}"


def test_the_example_as_it_is_means_the_defaults() -> None:
    problems = Problems("config.example.toml")
    tables = parse(tomllib.loads(example(), parse_float=Decimal), problems)
    assert not problems.errors
    assert tables.file == ConfigFile()


def test_every_option_of_the_example_is_valid() -> None:
    problems = Problems("config.example.toml")
    raw = tomllib.loads(_uncommented(), parse_float=Decimal)
    tables = parse(raw, problems)
    assert not problems.errors, [error.message() for error in problems.errors]
    assert len(tables.endpoints) == len(tables.keys) == 1
    for name, repeats, _, options in sections():
        table = raw[name][0] if repeats else raw[name]
        assert set(table) == {option.name for option in options}


if __name__ == "__main__":
    EXAMPLE.write_text(example(), "utf-8")
    DOCUMENT.write_text(_document(), "utf-8")
