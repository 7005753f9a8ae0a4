"""`python -m gilmok_devteam`."""

import sys

from gilmok_devteam.cli import main

sys.exit(main())
