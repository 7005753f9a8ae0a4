"""What a request is about and how sensitive it is, found out on this machine only.

`FastInspector(policy)` is the whole of it for other rooms: a `Request` goes in, an `Inspection`
comes out. The guideline behind the labels is docs/privacy-labels.md.
"""

from gilmok.inspection.clearance import LabelPolicy
from gilmok.inspection.inspector import FastInspector

__all__ = ["FastInspector", "LabelPolicy"]
