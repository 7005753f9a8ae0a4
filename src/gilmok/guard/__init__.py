"""The guard: what may leave (`clearance`), in which disguise (`mask`), and what comes back."""

from gilmok.guard.clearance import CannotClear, Clearer
from gilmok.guard.filters import KeyFilter, key_filter
from gilmok.guard.mask import restored
from gilmok.guard.output import SILENT, OutputFilter, OutputPolicy, output_filter
from gilmok.guard.privileges import restrained

__all__ = [
    "SILENT",
    "CannotClear",
    "Clearer",
    "KeyFilter",
    "OutputFilter",
    "OutputPolicy",
    "key_filter",
    "output_filter",
    "restored",
    "restrained",
]
