"""Which endpoint is asked through which HTTP proxy.

Only an endpoint in the cloud zone is: a proxy hides the address that would prove anything else.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable
from ipaddress import ip_address, ip_network
from urllib.parse import SplitResult, unquote_to_bytes, urlsplit

from gilmok.config.problems import Problems, Said
from gilmok.config.schema import NetworkSettings
from gilmok.config.sources import Sources
from gilmok.core.address import literal_zone
from gilmok.core.endpoint import Proxy, Reach, Zone
from gilmok.core.text import Secret

_PLACE = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[^\[\]:@]+)(?::[0-9]{1,5})?")
_STRAIGHT = "none"
"""Written as an endpoint's proxy: asked without any."""

_NOT_A_PROXY = Said("is no HTTP proxy's address.", "HTTP 프록시 주소가 아닙니다.")
_FIX = Said(
    'Write it like "http://host:port" or "http://user:password@host:port"; https and SOCKS proxies '
    "are not supported.",
    '"http://호스트:포트" 또는 "http://사용자:비밀번호@호스트:포트"처럼 쓰세요. https 프록시와 SOCKS '
    "프록시는 지원하지 않습니다.",
)


class Proxies:
    """The proxies of one load of the configuration."""

    def __init__(self, network: NetworkSettings, sources: Sources, problems: Problems) -> None:
        self._network = network
        self._sources = sources
        self._problems = problems
        self._spared = network.no_proxy
        self._usual = self._read_usual()

    def reach(self, key: str, own: str | None, host: str, zone: Zone) -> Reach:
        """How the endpoint whose table is at `key` is reached; `own` is its `proxy`."""
        network = self._network
        proxy = self._usual_for(host, zone) if own is None else self._own(key, own, zone)
        return Reach(proxy=proxy, max_connections=network.max_connections, idle_s=network.idle_s)

    def _usual_for(self, host: str, zone: Zone) -> Proxy | None:
        if self._usual is None or zone is not Zone.CLOUD:
            return None
        if literal_zone(host) not in (None, Zone.CLOUD) or is_spared(host, self._spared):
            return None
        return self._usual

    def _own(self, key: str, written: str, zone: Zone) -> Proxy | None:
        if written == _STRAIGHT:
            return None
        if zone is not Zone.CLOUD:
            self._problems.error(
                f"{key}.proxy",
                Said(
                    f"is set for an endpoint of the {zone} zone, which no proxy can prove.",
                    f"{zone} 구역의 엔드포인트인데 프록시가 있으면 그 구역임을 확인할 수 없습니다.",
                ),
                Said(
                    'Remove it, or write zone = "cloud".', '지우거나 zone = "cloud"로 선언하세요.'
                ),
            )
            return None
        return self._parse(f"{key}.proxy", written)

    def _read_usual(self) -> Proxy | None:
        if self._network.proxy is not None:
            return self._parse("network.proxy", self._network.proxy)
        if not self._network.environment:
            return None
        # curl's order: the name in lower case first.
        for name in ("https_proxy", "HTTPS_PROXY"):
            if written := self._sources.plain(name):
                spared = self._sources.plain("no_proxy") or self._sources.plain("NO_PROXY")
                self._spared += tuple(spared.split(","))
                return self._read(name, written, _fix_environment(name))
        return None

    def _parse(self, key: str, written: str) -> Proxy | None:
        if written.startswith("env:"):
            found = self._sources.required(key, written.removeprefix("env:"))
            return None if found is None else self._read(key, found, _FIX)
        proxy = self._read(key, written, _FIX)
        if proxy is not None and proxy.authorization is not None:
            self._problems.warn(
                key,
                Said(
                    "the password stands in the file itself; env:NAME keeps it out of copies.",
                    "비밀번호가 파일에 그대로 적혀 있습니다. env:이름을 쓰면 복사본에 남지 않습니다.",
                ),
            )
        return proxy

    def _read(self, key: str, written: str, fix: Said) -> Proxy | None:
        try:
            return read_proxy(written)
        except ValueError:
            self._problems.error(key, _NOT_A_PROXY, fix)
            return None


def _fix_environment(name: str) -> Said:
    return Said(
        f"Correct or unset {name}, set [network] proxy, or environment = false there.",
        f"{name}을(를) 고치거나 지우거나, [network]에 proxy를 적거나 environment = false로 두세요.",
    )


def read_proxy(written: str) -> Proxy:
    """A proxy's URL. Raises `ValueError` for anything else; never with a word of it."""
    if not all("!" <= char <= "~" and char != "\\" for char in written):
        raise ValueError("it holds characters that must be percent-encoded")
    # Environments often leave the scheme out.
    url = urlsplit(written if "://" in written else f"http://{written}")
    if url.scheme != "http" or not url.hostname or url.port == 0:
        raise ValueError("it is not an http address")
    if not _PLACE.fullmatch(url.netloc.rpartition("@")[2]):
        raise ValueError("it says neither a host nor a host and a port")
    if url.path not in ("", "/") or url.query or url.fragment:
        raise ValueError("it is more than an address")
    host = f"[{url.hostname}]" if ":" in url.hostname else url.hostname
    return Proxy(host=host, port=url.port or 80, authorization=_authorization(url))


def _authorization(url: SplitResult) -> Secret | None:
    """Basic (RFC 7617), of the percent-decoded user and password."""
    if url.username is None:
        return None
    pair = unquote_to_bytes(url.username) + b":" + unquote_to_bytes(url.password or "")
    return Secret(f"Basic {b64encode(pair).decode('ascii')}")


def is_spared(host: str, entries: Iterable[str]) -> bool:
    """True where a `no_proxy` entry names the host: `*`, a name or one above it, an address, a
    network. A port behind a name is not looked at."""
    host = host.lower().rstrip(".")
    return any(_names(entry.strip().lower(), host) for entry in entries)


def _names(entry: str, host: str) -> bool:
    if entry == "*":
        return True
    try:
        address = ip_address(host)
    except ValueError:
        name = entry.partition(":")[0].removeprefix("*").strip(".")
        return bool(name) and (host == name or host.endswith(f".{name}"))
    try:
        return address in ip_network(entry.strip("[]"), strict=False)
    except ValueError:
        return False
