"""Labelled texts: our own sets, which lie beside this file, and public ones, which do not.

The public sets are other people's; their licences differ, so they are never part of the project.
Where the folder is absent, what needs it says so and is left out of the table.
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

DATA = Path("../shared/data")
SETS = Path(__file__).resolve().parent / "sets"

Row = dict[str, Any]


class Absent(Exception):
    """A public set is not there."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} is absent: name the folder of the public sets with --data")


def public(name: str, folder: Path = DATA) -> list[Row]:
    """Rows of a public set by its name, such as `injection/xstest_safe`. Raises `Absent`."""
    path = folder / f"{name}.jsonl.gz"
    if not path.is_file():
        raise Absent(path)
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def own(name: str) -> list[Row]:
    """Rows of one of our own sets, such as `sensitivity`."""
    with (SETS / f"{name}.jsonl").open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]
