"""Which endpoint is asked through which proxy, and what is no proxy."""

from __future__ import annotations

from base64 import b64decode

import pytest

from gilmok.config.proxies import is_spared, read_proxy
from gilmok.core.endpoint import Proxy, Reach
from tests.unit.config.conftest import Checker, Loader

CLOUD = '[[endpoints]]\nid = "e"\nprovider = "openai"\nmodel = "m"\napi_key = "env:K"\n'
USUAL = '[network]\nproxy = "http://usual.example:3128"\n'
K = {"K": "sk-key"}
BY_ENVIRONMENT = K | {"HTTPS_PROXY": "http://corp.example:8080"}


def proxy(reach: Reach) -> str | None:
    return None if reach.proxy is None else f"{reach.proxy.host}:{reach.proxy.port}"


@pytest.mark.parametrize(
    ("toml", "environ", "expected"),
    [
        (CLOUD, K, None),
        (USUAL + CLOUD, K, "usual.example:3128"),
        (CLOUD, BY_ENVIRONMENT, "corp.example:8080"),
        (CLOUD, K | {"https_proxy": "low.example", "HTTPS_PROXY": "up.example"}, "low.example:80"),
        (CLOUD, K | {"HTTP_PROXY": "http://corp.example", "ALL_PROXY": "http://a.example"}, None),
        (USUAL + CLOUD, BY_ENVIRONMENT, "usual.example:3128"),
        (USUAL + CLOUD, K | {"NO_PROXY": "*"}, "usual.example:3128"),
        ("[network]\nenvironment = false\n" + CLOUD, BY_ENVIRONMENT, None),
        (CLOUD, BY_ENVIRONMENT | {"NO_PROXY": "x.example, .openai.com"}, None),
        (CLOUD, BY_ENVIRONMENT | {"no_proxy": "openai.com:443"}, None),
        ('[network]\nno_proxy = ["api.openai.com"]\n' + CLOUD, BY_ENVIRONMENT, None),
        (USUAL + CLOUD + 'proxy = "none"', K, None),
        (USUAL + CLOUD + 'proxy = "http://own.example:1"', K, "own.example:1"),
        (USUAL + CLOUD + 'proxy = "env:OWN"', K | {"OWN": "http://o.example:2"}, "o.example:2"),
        # What is not in the cloud zone is never asked through a proxy.
        (USUAL + CLOUD + 'base_url = "http://127.0.0.1:1/v1"', K, None),
        (USUAL + CLOUD + 'base_url = "https://10.0.0.1/v1"', K, None),
        (USUAL + CLOUD + 'base_url = "https://gpu.lan/v1"\nzone = "private"', K, None),
        (USUAL + CLOUD + 'base_url = "http://127.0.0.1:1/v1"\nzone = "cloud"', K, None),
        (
            CLOUD + 'base_url = "http://127.0.0.1:1/v1"\nzone = "cloud"\nproxy = "http://[::1]:9"',
            K,
            "[::1]:9",
        ),
    ],
)
def test_which_proxy(
    config: Loader, toml: str, environ: dict[str, str], expected: str | None
) -> None:
    (endpoint,) = config(toml, environ).endpoints
    assert proxy(endpoint.reach) == expected


def test_endpoints_that_join_by_a_key_take_the_usual_proxy(config: Loader) -> None:
    joined = config(USUAL, {"OPENAI_API_KEY": "sk-key"}).endpoints
    assert joined
    assert {proxy(endpoint.reach) for endpoint in joined} == {"usual.example:3128"}


def test_bounds_of_the_pool_reach_every_endpoint(config: Loader) -> None:
    settings = config("[network]\nmax_connections = 7\nidle_s = 12.5\n" + CLOUD, K)
    (endpoint,) = settings.endpoints
    assert endpoint.reach == Reach(max_connections=7, idle_s=12.5)


@pytest.mark.parametrize(
    ("toml", "environ", "key"),
    [
        ('[network]\nproxy = "https://canary.example"\n', {}, "network.proxy"),
        ('[network]\nproxy = "socks5://canary.example:1080"\n', {}, "network.proxy"),
        ('[network]\nproxy = "http://canary.example/path"\n', {}, "network.proxy"),
        ('[network]\nproxy = "http://canary.example:0"\n', {}, "network.proxy"),
        ('[network]\nproxy = "http://canary.example:99999"\n', {}, "network.proxy"),
        ('[network]\nproxy = "http://canary example"\n', {}, "network.proxy"),
        ('[network]\nproxy = "http://:8080"\n', {}, "network.proxy"),
        ('[network]\nproxy = "env:CANARY"\n', {}, "network.proxy"),
        ("", {"HTTPS_PROXY": "socks5://user:canary@x.example"}, "HTTPS_PROXY"),
        (CLOUD + 'proxy = "ftp://canary.example"\n', K, "endpoints[0].proxy"),
        (
            CLOUD + 'base_url = "http://127.0.0.1:1/v1"\nproxy = "http://canary.example"\n',
            K,
            "endpoints[0].proxy",
        ),
        (
            CLOUD
            + 'base_url = "https://gpu.lan/v1"\nzone = "private"\nproxy = "http://canary.example"\n',
            K,
            "endpoints[0].proxy",
        ),
    ],
)
def test_what_is_refused_is_not_repeated(
    checked: Checker, toml: str, environ: dict[str, str], key: str
) -> None:
    (error,) = checked(toml, environ).errors
    assert error.parameters["key"] == key
    assert "canary" not in error.message("en") + error.message("ko")


def test_a_password_in_the_file_is_warned_about_and_hidden(config: Loader) -> None:
    settings = config('[network]\nproxy = "http://me:canary%40word@p.example:3128"\n' + CLOUD, K)
    (endpoint,) = settings.endpoints
    assert endpoint.reach.proxy is not None
    assert endpoint.reach.proxy.authorization is not None
    kind, _, pair = endpoint.reach.proxy.authorization.reveal().partition(" ")
    assert (kind, b64decode(pair)) == ("Basic", b"me:canary@word")
    (notice,) = (n for n in settings.notices if n.key == "network.proxy")
    assert "canary" not in repr(settings) + notice.message("en") + notice.message("ko")


def test_a_password_in_the_environment_is_nobodys_business(config: Loader) -> None:
    settings = config('[network]\nproxy = "env:P"\n', {"P": "http://me:word@p.example"})
    assert settings.notices == ()


def test_a_proxy_without_a_user() -> None:
    assert read_proxy("proxy.example:3128") == Proxy(host="proxy.example", port=3128)


@pytest.mark.parametrize(
    ("entry", "spared"),
    [
        ("*", True),
        ("example.com", True),
        (".example.com", True),
        ("*.example.com", True),
        ("API.Example.com", True),
        ("ple.com", False),
        ("com", True),
        ("other.example.com", False),
        ("", False),
        (".", False),
        ("10.0.0.0/8", False),
    ],
)
def test_names_that_need_no_proxy(entry: str, spared: bool) -> None:
    assert is_spared("api.example.com", ["x.example", entry]) is spared


@pytest.mark.parametrize(
    ("host", "entry", "spared"),
    [
        ("203.0.113.7", "203.0.113.7", True),
        ("203.0.113.7", "203.0.113.0/24", True),
        ("203.0.113.7", "203.0.113.9/24", True),
        ("203.0.113.7", "203.0.112.0/24", False),
        ("203.0.113.7", "113.7", False),
        ("2001:db8::1", "[2001:db8::1]", True),
        ("2001:db8::1", "2001:db8::/32", True),
    ],
)
def test_addresses_that_need_no_proxy(host: str, entry: str, spared: bool) -> None:
    assert is_spared(host, [entry]) is spared
