"""Admission: who asks, and whether there is room. Cheap, and before any text is looked at."""

from gilmok.admission.keys import AT_THIS_MACHINE, AdminKey, Index, Key, Keys
from gilmok.admission.limits import Limits

__all__ = ["AT_THIS_MACHINE", "AdminKey", "Index", "Key", "Keys", "Limits"]
