"""Addresses that a caller writes into a request, for an endpoint to fetch something from.

The gateway itself never fetches one. But an endpoint may, a model server on this network above all,
and then it asks in its own name, from its own place: a caller could have it read what only that
place can reach. So an address has to be one that could be public. What a name stands for is not
looked up here (no request waits for a resolver): a server that fetches should check it again.
"""

from __future__ import annotations

import re
from ipaddress import ip_address

from gilmok.core.address import is_unfit, literal_zone
from gilmok.core.endpoint import Zone
from gilmok.core.errors import UnsafeUrl

_DATA = "data:"
_PLAIN = re.compile(r"(?i)https?://([^/?#]+)")
_LONGEST_AUTHORITY = 260
"""A name has 253 characters at most."""
_AUTHORITY = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_.-]+)(?::([0-9]{1,5}))?\Z")
_BAD = re.compile(r"[\x00-\x20\x7f\\]")
_NUMBER = re.compile(r"(?:0[xX][0-9A-Fa-f]*|[0-9]+)\Z")
_AT_HOME = frozenset(
    {"localhost", "local", "internal", "intranet", "lan", "home", "corp", "private", "arpa"}
    | {"localdomain", "invalid", "onion"}
)
"""Last labels of names that stand for nothing public."""


def check_remote(url: str, field: str) -> None:
    """Raises `UnsafeUrl` unless it is a `data:` URL or could be a public http(s) address."""
    if url[:5].lower() != _DATA and not _could_be_public(url):
        raise UnsafeUrl(field)


def check_content(text: str, field: str) -> None:
    """The same for what is content or an address of it. Raises `UnsafeUrl`."""
    if ":" in text:  # Base64 and the ids of files have none.
        check_remote(text, field)


def _could_be_public(url: str) -> bool:
    found = _PLAIN.match(url)
    if found is None or len(found[1]) > _LONGEST_AUTHORITY or _BAD.search(url) is not None:
        return False
    authority = _AUTHORITY.match(found[1])  # no user, no zone id, no other script
    if authority is None or (authority[2] is not None and not 0 < int(authority[2]) < 65536):
        return False
    host = authority[1].lower().removesuffix(".")
    zone = literal_zone(host)
    if zone is not None:
        return zone is Zone.CLOUD and not is_unfit(ip_address(host.strip("[]")))
    last = host.rpartition(".")[2]
    return "." in host and last not in _AT_HOME and _NUMBER.match(last) is None
