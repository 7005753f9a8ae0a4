"""`python -m quality [names] [--data ../shared/data] [--write]`: measures and prints, and writes the
tables into `docs/quality/` where asked to."""

from __future__ import annotations

import argparse
import pkgutil
import time
from importlib import import_module
from pathlib import Path

import quality
from quality.data import DATA, Absent
from quality.report import Section, write


def main() -> None:
    names = sorted(filter(_measures, (m.name for m in pkgutil.iter_modules(quality.__path__))))
    parser = argparse.ArgumentParser(prog="python -m quality", description=quality.__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=f"of {', '.join(names)}; all")
    parser.add_argument("--data", type=Path, default=DATA, help="the folder of the public sets")
    parser.add_argument("--write", action="store_true", help="into docs/quality as well")
    options = parser.parse_args()
    if unknown := set(options.names) - set(names):
        parser.error(f"nothing measures {', '.join(unknown)}; there are {', '.join(names)}")
    for name in options.names or names:
        _measure(name, options.data, options.write)


def _measures(name: str) -> bool:
    return name != "__main__" and hasattr(import_module(f"quality.{name}"), "section")


def _measure(name: str, data: Path, to_docs: bool) -> None:
    print(f"\n## {name}\n", flush=True)
    began = time.monotonic()
    try:
        section: Section = import_module(f"quality.{name}").section(data)
    except Absent as absent:
        print(f"left out: {absent}")
        return
    print(section.text())
    print(f"({time.monotonic() - began:.0f} s)")
    if to_docs:
        write(section)


if __name__ == "__main__":
    main()
