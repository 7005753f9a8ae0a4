"""Rules first: what a customer means, in Korean and English, without a model.

Deterministic and careful: a sentence changes an order only if *every* word of it was understood.
Where something is missing the customer is asked; where nothing fits it is `NotUnderstood`, and
somebody else may try.
"""

from gilmok_kiosk.understanding.rules import Rules

__all__ = ["Rules"]
