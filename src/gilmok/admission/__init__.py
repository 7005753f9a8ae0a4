"""Admission: who asks, and whether there is room. Cheap, and before any text is looked at."""

from gilmok.admission.keys import Key, Keys
from gilmok.admission.limits import Limits

__all__ = ["Key", "Keys", "Limits"]
