"""The command line: `gilmok` and `python -m gilmok`.

Every command is a function that takes a `Screen` and returns an exit code; `app` finds it. See
docs/cli.md.
"""

from gilmok.cli.app import main

__all__ = ["main"]
