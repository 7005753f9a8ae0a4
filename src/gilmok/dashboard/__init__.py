"""Server-rendered pages over the ledger: how the gateway serves, and why each request went where.

No script, no resource from elsewhere, no user text: see docs/decisions/0008-dashboard.md.
"""

from gilmok.dashboard.handlers import Dashboard

__all__ = ["Dashboard"]
