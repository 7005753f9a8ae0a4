"""`python -m training [names] [--data ../shared/data]`: every script of this folder, or those named."""

from __future__ import annotations

import argparse
import pkgutil
from importlib import import_module
from pathlib import Path

import training

_SHARED = {"fit", "__main__", "cache_grammar", "cache_pairs", "deep"}
"""`deep` has needs of its own: `python -m training.deep`."""


def main() -> None:
    names = sorted({m.name for m in pkgutil.iter_modules(training.__path__)} - _SHARED)
    parser = argparse.ArgumentParser(prog="python -m training", description=training.__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=f"of {', '.join(names)}; all")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    options = parser.parse_args()
    for name in options.names or names:
        if name not in names:
            parser.error(f"no training script {name!r}; there are {', '.join(names)}")
        print(f"training {name} ...", flush=True)
        import_module(f"training.{name}").train(options.data)


if __name__ == "__main__":
    main()
