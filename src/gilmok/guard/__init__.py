"""The guard: what may leave (`clearance`), in which disguise (`mask`), and what comes back."""

from gilmok.guard.clearance import CannotClear, Clearer
from gilmok.guard.filters import KeyFilter, key_filter
from gilmok.guard.mask import restored

__all__ = ["CannotClear", "Clearer", "KeyFilter", "key_filter", "restored"]
