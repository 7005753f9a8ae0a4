"""`python -m gilmok_reviews` is `gilmok-reviews`."""

import sys

from gilmok_reviews.cli import main

if __name__ == "__main__":
    sys.exit(main())
