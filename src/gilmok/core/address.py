"""What an IP address proves about where text goes. The one definition of the zones' ranges.

Loopback is `LOCAL`; the private ranges of RFC 1918 and unique local addresses (RFC 4193) are
`PRIVATE`; everything else is `CLOUD`. That includes link-local addresses, where clouds put their
metadata services, shared carrier ranges, and the unspecified address. Some addresses are nobody's: see
`is_unfit`.
"""

from __future__ import annotations

from functools import lru_cache
from ipaddress import (
    IPv4Address,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

from gilmok.core.endpoint import Zone

_PRIVATE_V4 = tuple(map(ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))
_PRIVATE_V6 = (ip_network("fc00::/7"),)
_CLOUDS_OWN = ip_network("fd00:ec2::/32"), ip_network("fd20:ce::254/128")
"""Metadata services in the private range: of AWS, with its time and name servers, and Google."""
_UNFIT = (
    tuple(
        map(
            ip_network,
            (
                "0.0.0.0/8",  # "this host": Linux connects to loopback
                "169.254.0.0/16",  # link-local; the metadata services of most clouds
                "224.0.0.0/3",  # multicast, reserved, broadcast
                "100.100.100.200/32",  # Alibaba Cloud's metadata
                "168.63.129.16/32",  # Azure's host
                "192.0.0.0/24",  # protocol assignments; Oracle Cloud's metadata
                "::/128",
                "fe80::/10",  # link-local
                "ff00::/8",  # multicast
            ),
        )
    )
    + _CLOUDS_OWN
)
_LONGEST_HOST = 255
"""What is longer is neither kept nor looked at: callers write hosts."""
_CARRIES_V4 = (IPv6Network("64:ff9b::/96"), IPv6Network("::/96"))
"""NAT64 and the old compatible form: an IPv4 address stands in the last bits."""


def zone_of(address: IPv4Address | IPv6Address) -> Zone:
    """The zone an address proves."""
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    if any(address in network for network in _CLOUDS_OWN):
        return Zone.CLOUD
    if address.is_loopback:
        return Zone.LOCAL
    private = _PRIVATE_V4 if address.version == 4 else _PRIVATE_V6
    return Zone.PRIVATE if any(address in network for network in private) else Zone.CLOUD


@lru_cache(maxsize=1024)
def is_unfit(address: IPv4Address | IPv6Address) -> bool:
    """True for addresses where no model answers and where others listen who hand out credentials:
    metadata services, link-local, multicast and unspecified addresses, and IPv6 spellings of an
    IPv4 address that is not public. Nothing is ever sent there, whatever was declared."""
    if any(address in network for network in _UNFIT if network.version == address.version):
        return True
    if isinstance(address, IPv4Address):
        return False
    if address.ipv4_mapped is not None:
        return is_unfit(address.ipv4_mapped)
    inner = _embedded(address)
    return inner is not None and (zone_of(inner) is not Zone.CLOUD or is_unfit(inner))


def _embedded(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that packets to this one end up at, by a gateway on the way."""
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    if not address.is_loopback and any(address in network for network in _CARRIES_V4):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return None


def literal_zone(host: str) -> Zone | None:
    """The zone of a host that needs no name service: an IP literal or `localhost`; else `None`.

    Takes a host as URLs write it, IPv6 with or without its brackets. Other spellings of addresses
    (`127.1`, `0x7f000001`) count as names: nothing is proved by them.
    """
    return None if len(host) > _LONGEST_HOST else _literal_zone(host)


@lru_cache(maxsize=1024)
def _literal_zone(host: str) -> Zone | None:
    if host.lower().rstrip(".") == "localhost":
        return Zone.LOCAL
    try:
        return zone_of(ip_address(host.removeprefix("[").removesuffix("]")))
    except ValueError:
        return None
