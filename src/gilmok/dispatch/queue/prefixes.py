"""Which beginnings of prompts an engine is expected to have in its cache."""

from __future__ import annotations

from collections import OrderedDict


class Prefixes:
    """The blocks used last, as many as the engine is said to keep. What one tenant sent is never
    recognised for another."""

    __slots__ = ("_block", "_known", "_most")

    def __init__(self, block: int, most: int) -> None:
        self._block = block
        self._most = most
        self._known: OrderedDict[tuple[str, int], None] = OrderedDict()

    def cached(self, tenant: str, prefix: tuple[int, ...]) -> int:
        """Tokens at the start of a prompt that were read lately."""
        blocks = 0
        for block in prefix:
            if (tenant, block) not in self._known:
                break
            blocks += 1
        return blocks * self._block

    def read(self, tenant: str, prefix: tuple[int, ...]) -> None:
        """A prompt is being read. Its start is forgotten last, as without it the rest is useless."""
        if not self._most:
            return
        for block in reversed(prefix):
            self._known[(tenant, block)] = None
            self._known.move_to_end((tenant, block))
        while len(self._known) > self._most:
            self._known.popitem(last=False)
