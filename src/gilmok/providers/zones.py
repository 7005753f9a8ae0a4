"""What an endpoint's addresses prove about how far text travels to it (law 1). Pure.

Which address proves which zone is defined once, in `core.address`.
"""

from __future__ import annotations

from collections.abc import Iterable

from gilmok.core.address import zone_of as classify
from gilmok.core.endpoint import Endpoint, Zone
from gilmok.providers.origin import IP

__all__ = ["classify", "is_exposed", "is_pinned", "prove"]


def prove(endpoint: Endpoint, addresses: Iterable[IP]) -> Zone:
    """The zone of the least trusted address, lowered to the declared zone.

    Through a proxy every endpoint is `CLOUD`: the socket's peer is the proxy, and where it goes
    from there is its word only. No address proves nothing: `CLOUD`. An endpoint with its own certificate authority is at least
    `PRIVATE` wherever it stands, because only the holder of that authority's key can answer there;
    the TLS handshake checks that before a byte of a request leaves.
    """
    if endpoint.reach.proxy is not None:
        return Zone.CLOUD
    zones = [classify(address) for address in addresses]
    proved = min(zones, key=lambda zone: zone.trust, default=Zone.CLOUD)
    if proved is Zone.CLOUD and is_pinned(endpoint):
        proved = Zone.PRIVATE
    return proved.at_most(endpoint.zone)


def is_pinned(endpoint: Endpoint) -> bool:
    return endpoint.ca_file is not None and endpoint.base_url.lower().startswith("https://")


def is_exposed(endpoint: Endpoint, addresses: Iterable[IP]) -> bool:
    """True where keys and text would cross a public network unencrypted.

    The configuration refuses that where it can see it; a name that was private may move later.
    `addresses` are those that the socket connects to: the proxy's, where there is one.
    """
    encrypted = endpoint.base_url.lower().startswith("https://")
    return not encrypted and any(classify(address) is Zone.CLOUD for address in addresses)
