"""What an IP address proves about where text goes. The one definition of the zones' ranges.

Loopback is `LOCAL`; the private ranges of RFC 1918 and unique local addresses (RFC 4193) are
`PRIVATE`; everything else is `CLOUD`. That includes link-local addresses, where clouds put their
metadata services, shared carrier ranges, and the unspecified address.
"""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from gilmok.core.endpoint import Zone

_PRIVATE_V4 = tuple(map(ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))
_PRIVATE_V6 = (ip_network("fc00::/7"),)


def zone_of(address: IPv4Address | IPv6Address) -> Zone:
    """The zone an address proves."""
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    if address.is_loopback:
        return Zone.LOCAL
    private = _PRIVATE_V4 if address.version == 4 else _PRIVATE_V6
    return Zone.PRIVATE if any(address in network for network in private) else Zone.CLOUD


@lru_cache(maxsize=1024)
def literal_zone(host: str) -> Zone | None:
    """The zone of a host that needs no name service: an IP literal or `localhost`; else `None`.

    Takes a host as URLs write it, IPv6 with or without its brackets. Other spellings of addresses
    (`127.1`, `0x7f000001`) count as names: nothing is proved by them.
    """
    if host.lower().rstrip(".") == "localhost":
        return Zone.LOCAL
    try:
        return zone_of(ip_address(host.removeprefix("[").removesuffix("]")))
    except ValueError:
        return None
