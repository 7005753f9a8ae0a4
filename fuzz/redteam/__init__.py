"""The red team: every kind of attack we know, through the real HTTP path, with the wall as cloud.

    python -m fuzz.redteam --scale 1.0 --seed 20261122 [--data ../shared/data] [names]

Each module here is one kind; what counts is what the wall was sent and what the client got. A kind
whose figure is over its threshold fails the run.
"""
