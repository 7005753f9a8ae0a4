"""Counting prompts in the vocabularies of the models they may go to: the extra `gilmok[tokens]`.

A bound by bytes is four times what Korean text really has, and so is the money held for it. With
the extra installed, texts from `tokens.WORTH_COUNTING` bytes on are counted: about 50 ns a
character. Loading a vocabulary takes up to a second, so it happens beside the requests; until then
the bound by bytes holds.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any

try:
    import quicktok
except ImportError:  # The extra is not installed.
    quicktok = None

CountText = Callable[[str], int]


class Vocabularies:
    """Implements `tokens.Count` for the vocabularies that are named."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = tuple(sorted(set(names)))
        self._loaded: tuple[tuple[str, CountText], ...] = ()
        self._loading: threading.Thread | None = None

    def __call__(self, texts: Sequence[str], more: int) -> tuple[tuple[str, int], ...]:
        """Empty until the vocabularies are loaded, which the first call begins."""
        loaded = self._loaded
        if self._loading is None:
            self._loading = threading.Thread(
                target=self._load, name="gilmok-vocabularies", daemon=True
            )
            self._loading.start()
        return tuple((name, sum(map(count, texts)) + more) for name, count in loaded)

    def wait(self) -> None:
        """Ends when they are loaded, or nobody asked for them yet."""
        if self._loading is not None:
            self._loading.join()

    def _load(self) -> None:
        self._loaded = tuple((name, _of(quicktok.get_encoding(name))) for name in self._names)


def _of(encoding: Any) -> CountText:
    count: CountText = encoding.count

    def tokens(text: str) -> int:
        try:
            return count(text)
        except (TypeError, UnicodeError):  # Half of a surrogate pair is no text.
            return len(text.encode("utf-8", "surrogatepass"))

    return tokens


def vocabularies(names: Iterable[str | None]) -> Vocabularies | None:
    """For the endpoints' vocabularies; `None` where there are none or the extra is missing."""
    wanted = frozenset(name for name in names if name is not None)
    return _shared(wanted) if wanted and quicktok is not None else None


@lru_cache(maxsize=1)
def _shared(names: frozenset[str]) -> Vocabularies:
    """Loaded again only where the names change: they survive new settings."""
    return Vocabularies(names)
