"""`python -m tests.compat [openai] [langchain]`: the suites of others; without a name, all."""

from __future__ import annotations

import asyncio
import sys

from tests.compat.langchain_suite import langchain_suite
from tests.compat.openai_suite import openai_suite
from tests.compat.packages import environment
from tests.compat.suite import run

SUITES = {"openai": openai_suite, "langchain": langchain_suite}


def main(names: list[str]) -> int:
    if unknown := set(names) - set(SUITES):
        print(f"no such suite: {', '.join(sorted(unknown))}; there are {', '.join(SUITES)}")
        return 2
    python = environment()
    suites = [SUITES[name](python) for name in names or SUITES]
    as_expected = [asyncio.run(run(suite, python)) for suite in suites]
    return 0 if all(as_expected) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
