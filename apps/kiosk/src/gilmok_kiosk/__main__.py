"""`python -m gilmok_kiosk`."""

import sys

from gilmok_kiosk.cli import main

if __name__ == "__main__":
    sys.exit(main())
