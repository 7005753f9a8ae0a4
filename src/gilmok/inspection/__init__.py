"""What a request is about and how sensitive it is.

`FastInspector(policy)` finds it out on this machine: a `Request` goes in, an `Inspection` comes
out. The guideline behind the labels is docs/privacy-labels.md. `judge` adds what a model says that
was asked as well: docs/strategies.md.
"""

from gilmok.inspection.answers import issued_secrets
from gilmok.inspection.aside import Aside
from gilmok.inspection.bare_names import BareNames
from gilmok.inspection.clearance import LabelPolicy, no_lower
from gilmok.inspection.deep import DeepTier
from gilmok.inspection.injection import InjectionDetector
from gilmok.inspection.inspector import FastInspector
from gilmok.inspection.prospect import load as load_foresight
from gilmok.inspection.vocabularies import vocabularies

__all__ = [
    "Aside",
    "BareNames",
    "DeepTier",
    "FastInspector",
    "InjectionDetector",
    "LabelPolicy",
    "issued_secrets",
    "load_foresight",
    "no_lower",
    "vocabularies",
]
