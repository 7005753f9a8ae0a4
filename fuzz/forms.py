"""Sends forms to the reader of forms: such as clients write, and such that are nearly ones.

    python -m fuzz.forms --examples 200000 --seed 1

A form that was written properly is read as it was written, however its boundary and its bytes look; a
changed one is read or refused, in time linear in its length, and no word of it is in the error.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter
from collections.abc import Sequence

from gilmok.core.errors import InvalidRequest
from gilmok.surfaces.services.form import read_form

_SECRET = b"zQ9secretzQ9"
_PIECES = (
    b"\r\n", b"--", b"--x", b"--x--", b"\r\n\r\n", b'"', b"\\", b";", b"=", b":", b"\0", b" ", b"\t",
    b"content-disposition: form-data", b'; name="a"', b'; filename="b"', b"content-type: a/b", _SECRET,
)  # fmt: skip
_SLOWEST_S = 0.5
"""For a megabyte, on a machine with other things to do."""


def written(chance: random.Random) -> tuple[bytes, list[bytes]]:
    """A proper form with the boundary `x`, and what its fields hold."""
    held = []
    whole = b""
    for number in range(chance.randrange(1, 6)):
        data = b"".join(chance.choice(_PIECES) for _ in range(chance.randrange(6)))
        data = data.replace(b"--x", b"--y")
        held.append(data)
        whole += b'--x\r\ncontent-disposition: form-data; name="f%d"\r\n\r\n%b\r\n' % (number, data)
    return whole + b"--x--\r\n", held


def changed(body: bytes, chance: random.Random) -> bytes:
    for _ in range(chance.randrange(1, 4)):
        at = chance.randrange(len(body) + 1)
        end = min(len(body), at + chance.randrange(12))
        body = body[:at] + chance.choice((b"", *_PIECES)) + body[end:]
    return body


def check(body: bytes) -> str:
    """How it ended: `read` or `refused`."""
    try:
        fields = read_form(body, b"x")
    except InvalidRequest as error:
        return "leaked" if _SECRET.decode() in str(error) else "refused"
    assert sum(len(field.data) for field in fields) <= len(body)
    return "read"


def run(examples: int, seed: int) -> Counter[str]:
    """Raises `AssertionError`, with the form in it."""
    chance = random.Random(seed)
    ends: Counter[str] = Counter()
    for _ in range(examples):
        body, held = written(chance)
        assert [field.data for field in read_form(body, b"x")] == held, body
        ends[check(changed(body, chance))] += 1
    assert not ends["leaked"]
    for piece in _PIECES:
        began = time.perf_counter()
        check(b"--x\r\n" + piece * (2**20 // len(piece)))
        assert time.perf_counter() - began < _SLOWEST_S, piece
    return ends


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--examples", type=int, default=50_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    ends = run(options.examples, options.seed)
    print(f"seed {options.seed}: {options.examples} forms read back; changed ones: {dict(ends)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
