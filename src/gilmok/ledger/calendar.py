"""Where the ledger takes its days and months from: limits count by the same ones."""

from gilmok.core.calendar import Cycle, Span, span

__all__ = ["Cycle", "Span", "span"]
