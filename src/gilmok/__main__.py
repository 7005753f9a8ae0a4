"""`python -m gilmok` is `gilmok`."""

from gilmok.cli import main

if __name__ == "__main__":
    main()
