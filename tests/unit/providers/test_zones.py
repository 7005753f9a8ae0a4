"""What an address proves, and which URLs are refused because two readers could differ."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from gilmok.core.endpoint import Zone
from gilmok.providers.origin import origin
from gilmok.providers.zones import classify, prove
from tests.unit.providers.samples import endpoint


@pytest.mark.parametrize(
    ("address", "zone"),
    [
        ("127.0.0.1", Zone.LOCAL),
        ("127.255.1.2", Zone.LOCAL),
        ("::1", Zone.LOCAL),
        ("::ffff:127.0.0.1", Zone.LOCAL),
        ("10.1.2.3", Zone.PRIVATE),
        ("172.16.0.1", Zone.PRIVATE),
        ("172.32.0.1", Zone.CLOUD),
        ("192.168.1.1", Zone.PRIVATE),
        ("::ffff:10.0.0.1", Zone.PRIVATE),
        ("fd00::1", Zone.PRIVATE),
        ("8.8.8.8", Zone.CLOUD),
        ("::ffff:8.8.8.8", Zone.CLOUD),
        ("2001:4860:4860::8888", Zone.CLOUD),
        ("0.0.0.0", Zone.CLOUD),
        ("::", Zone.CLOUD),
        ("169.254.169.254", Zone.CLOUD),
        ("100.64.0.1", Zone.CLOUD),
        ("64:ff9b::127.0.0.1", Zone.CLOUD),
        ("::127.0.0.1", Zone.CLOUD),
    ],
)
def test_an_address_proves_a_zone(address: str, zone: Zone) -> None:
    assert classify(ip_address(address)) is zone


@pytest.mark.parametrize(
    ("declared", "addresses", "zone"),
    [
        (Zone.LOCAL, ["127.0.0.1", "::1"], Zone.LOCAL),
        (Zone.LOCAL, ["127.0.0.1", "10.0.0.1"], Zone.PRIVATE),
        (Zone.LOCAL, ["127.0.0.1", "8.8.8.8"], Zone.CLOUD),
        (Zone.PRIVATE, ["127.0.0.1"], Zone.PRIVATE),
        (Zone.CLOUD, ["127.0.0.1"], Zone.CLOUD),
        (Zone.LOCAL, [], Zone.CLOUD),
    ],
)
def test_the_least_trusted_address_counts(declared: Zone, addresses: list[str], zone: Zone) -> None:
    assert prove(endpoint(zone=declared), map(ip_address, addresses)) is zone


@pytest.mark.parametrize(
    ("base_url", "ca_file", "declared", "zone"),
    [
        ("https://gpu.example/v1", "ca.pem", Zone.PRIVATE, Zone.PRIVATE),
        ("https://gpu.example/v1", "ca.pem", Zone.LOCAL, Zone.PRIVATE),
        ("https://gpu.example/v1", "ca.pem", Zone.CLOUD, Zone.CLOUD),
        ("https://gpu.example/v1", None, Zone.PRIVATE, Zone.CLOUD),
        ("http://gpu.example/v1", "ca.pem", Zone.PRIVATE, Zone.CLOUD),
    ],
)
def test_an_own_authority_pins_a_public_host(
    base_url: str, ca_file: str | None, declared: Zone, zone: Zone
) -> None:
    where = endpoint(base_url=base_url, ca_file=ca_file, zone=declared)
    assert prove(where, [ip_address("8.8.8.8")]) is zone


@pytest.mark.parametrize(
    "url",
    [
        "http://2130706433/v1",
        "http://0x7f000001/v1",
        "http://0x7f.1/v1",
        "http://017700000001/v1",
        "http://127.1/v1",
        "http://127.0.0.01/v1",
        "http://010.0.0.1/v1",
        "http://1.2.3.4.5/v1",
        "http://256.0.0.1/",
        "http://127.0.0.1@evil.example/v1",
        "http://user:password@127.0.0.1/v1",
        "http://127.0.0.1%2eevil.example/",
        "http://127。0。0。1/",
        "http://evil.example\\@127.0.0.1/",
        "http://localhost:80:90/",
        "http://[::1/",
        "http://[::1]evil/",
        "http:///v1",
        "http://a..b/",
        "http://-a/",
        "http://host:0/",
        "http://host:99999/",
        "http://host/v1?x=1",
        "http://host/v1#x",
        "http://ho st/",
        "http://host/\r\nx: y",
        "file:///etc/passwd",
        "unix:/run/x",
    ],
)
def test_a_url_that_can_be_read_in_two_ways_is_refused(url: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - what matters is that nothing is built from it
        origin(url)


@pytest.mark.parametrize(
    ("url", "host", "port", "literal", "authority"),
    [
        ("http://127.0.0.1:8000/v1/", "127.0.0.1", 8000, ["127.0.0.1"], "127.0.0.1:8000"),
        ("https://[FD00::1]/v1", "fd00::1", 443, ["fd00::1"], "[fd00::1]"),
        ("http://[::ffff:127.0.0.1]:80", "::ffff:127.0.0.1", 80, None, "[::ffff:127.0.0.1]"),
        ("http://LOCALHOST:11434", "localhost", 11434, ["127.0.0.1", "::1"], "localhost:11434"),
        ("http://localhost./", "localhost.", 80, ["127.0.0.1", "::1"], "localhost."),
        (
            "http://localhost.evil.example/",
            "localhost.evil.example",
            80,
            [],
            "localhost.evil.example",
        ),
        ("http://127.0.0.1.nip.io/", "127.0.0.1.nip.io", 80, [], "127.0.0.1.nip.io"),
        ("https://my_host-1.lan/v1", "my_host-1.lan", 443, [], "my_host-1.lan"),
    ],
)
def test_a_plain_url_says_where(
    url: str, host: str, port: int, literal: list[str] | None, authority: str
) -> None:
    where = origin(url)
    assert (where.host, where.port, where.authority) == (host, port, authority)
    if literal is not None:
        assert list(map(str, where.literal)) == literal
