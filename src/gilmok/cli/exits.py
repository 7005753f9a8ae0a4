"""Exit codes, documented in docs/cli.md. The last three follow `sysexits.h` and shells."""

from __future__ import annotations

OK = 0
FAILED = 1
"""Something did not work: no gateway, no answer, a broken installation."""
REFUSED = 2
"""The gateway refused the request: a policy, a right, bad input."""
USAGE = 64
"""The command line is wrong."""
CONFIG = 78
"""The configuration is wrong."""
INTERRUPTED = 130
