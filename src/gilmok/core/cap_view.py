"""A cap of an endpoint as it stands: what metrics show of it."""

from __future__ import annotations

from msgspec import Struct


class CapView(Struct, frozen=True):
    """Amounts in nano-dollars, over all tenants, of the day or month that runs."""

    endpoint_id: str
    cycle: str
    """`daily` or `monthly`."""
    cap: int
    spent: int
    held: int
    """For attempts under way."""
