"""What an invalid configuration is told: everything at once, in two languages, without secrets."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from gilmok.config import check, load
from gilmok.core.errors import ConfigError, ConfigErrors
from tests.unit.config.conftest import CATALOGUE, Checker

ENDPOINT = '[[endpoints]]\nid = "a"\nprovider = "vllm"\nmodel = "m"\n'
LOCAL = ENDPOINT + 'base_url = "http://127.0.0.1:8000/v1"\n'
HASH = "a" * 64


@pytest.mark.parametrize(
    ("text", "key", "says"),
    [
        ("[server]\nport = 70000", "server.port", "from 0 to 65535 (70000)"),
        ('[server]\nport = "8080"', "server.port", "whole number"),
        ("[server]\nport = true", "server.port", "whole number"),
        ("[server]\ndeadline_s = nan", "server.deadline_s", "a number above 0 up to 86400"),
        ("[server]\ndeadline_s = 1e999", "server.deadline_s", "a number"),
        ('[server]\ndeadline_s = "5"', "server.deadline_s", "a number"),
        ("[server]\nprot = 1", "server.prot", "Did you mean 'port'?"),
        ("[sever]\nport = 1", "sever", "Did you mean 'server'?"),
        ("port = 1", "port", "Write it below [server]."),
        (LOCAL.replace("vllm", "nope"), "endpoints[0].provider", "Known here: openai, anthropic"),
        ('[[keys]]\nid = "x"', "keys[0].sha256", "`gilmok config hash-key` makes it."),
        ("server = 1", "server", "must be a table"),
        ("[endpoints]\nid = 1", "endpoints", "[[endpoints]]"),
        ("endpoints = [1]", "endpoints[0]", "must be a table"),
        ("[[server]]\nport = 1", "server", "[server]"),
        ("[[endpoints]]\nid = 'a'\nprovider = 'vllm'", "endpoints[0].model", "required"),
        (LOCAL + LOCAL, "endpoints[1].id", "endpoints[0].id"),
        (LOCAL.replace('"a"', '"auto"'), "endpoints[0].id", "reserved"),
        (LOCAL.replace("vllm", "opneai"), "endpoints[0].provider", "Did you mean 'openai'?"),
        (ENDPOINT, "endpoints[0].base_url", "required"),
        (ENDPOINT + 'base_url = "ftp://x"', "endpoints[0].base_url", "not an http"),
        (ENDPOINT + 'base_url = "https://u:p@x/v1"', "endpoints[0].base_url", "user name"),
        (ENDPOINT + 'base_url = "http://x.example/v1"', "endpoints[0].base_url", "unencrypted"),
        (LOCAL.replace("127.0.0.1", "8.8.8.8") + 'zone = "local"', "endpoints[0].zone", "cloud"),
        (LOCAL.replace("127.0.0.1", "10.0.0.1") + 'zone = "local"', "endpoints[0].zone", "private"),
        (
            LOCAL.replace("127.0.0.1", "169.254.169.254") + 'zone = "private"',
            "endpoints[0].zone",
            "",
        ),
        (LOCAL + 'zone = "here"', "endpoints[0].zone", 'one of "local", "private", "cloud"'),
        (LOCAL + "price_input = 1", "endpoints[0].price_output", "missing"),
        (LOCAL + "price_input = -1\nprice_output = 1", "endpoints[0].price_input", "from 0"),
        (LOCAL + 'price_input = "1"', "endpoints[0].price_input", "a number"),
        (LOCAL + 'api_key = "env:NOT_SET"', "endpoints[0].api_key", "NOT_SET is not set"),
        (LOCAL + 'api_key = "file:/nowhere"', "endpoints[0].api_key", "no such readable file"),
        (LOCAL + 'ca_file = "/nowhere"', "endpoints[0].ca_file", "no such readable file"),
        (LOCAL + 'capabilities = ["fly"]', "endpoints[0].capabilities[0]", '"stream"'),
        ('[strategies]\nendpoint = "nobody"', "strategies.endpoint", "names no endpoint"),
        (LOCAL + '[strategies]\nendpoint = "embeded"', "strategies.endpoint", "'embedded'"),
        ('[strategies]\nanalyser = "gpt"', "strategies.analyser", '"fast", "llm"'),
        ("[strategies]\ntimeout_s = 0", "strategies.timeout_s", "above 0"),
        ("[strategies]\nmax_chars = 100000", "strategies.max_chars", "to 32000"),
        (f'[[keys]]\nid = "k"\nkey = "{HASH}"', "keys[0].key", "sha256"),
        ('[[keys]]\nid = "k"\nsha256 = "short"', "keys[0].sha256", "64 lower-case"),
        (f'[[keys]]\nid="k"\nsha256="{HASH}"\nendpoints=["b"]', "keys[0].endpoints[0]", "names no"),
        ('[server]\nhost = "0.0.0.0"', "server.host", "[[keys]]"),
        ('[server]\nhost = "::"', "server.host", "[[keys]]"),
        ('[privacy]\nmedium = "no"', "privacy.medium", 'one of "mask", "local", "open"'),
        ('[privacy]\nterms = ["x"]', "privacy.terms", "shorter than 2"),
        ("[routing.weights_fast]\nquality=1\nprice=1\ntime=1", "routing.weights_fast", "sum to 1"),
        ("[routing.weights_fast]\nquality=1", "routing.weights_fast.price", "required"),
        ("[routing]\nweights_fast = 3", "routing.weights_fast", "a table with quality"),
        ("[dispatch]\nbackoff_s = 9", "dispatch.backoff_max_s", "less than"),
        ('[embedded]\nmodel_path = "no.gguf"', "embedded.model_path", "no such"),
        ('[embedded]\nenabled = "yes"', "embedded.enabled", 'one of "auto", true, false'),
        ('[discovery]\nollama_url = "here"', "discovery.ollama_url", "not an http"),
        ("[server\nport = 1", "(syntax)", "line 1"),
        ('"a\\u001bb" = 1', "'a\\x1bb'", "unknown option"),
        ("x = " + "9" * 5000, "(syntax)", "too long"),
        ("x = " + "[" * 5000, "(syntax)", "not TOML"),
    ],
)
def test_each_error(checked: Checker, text: str, key: str, says: str) -> None:
    report = checked(text)
    assert report.settings is None
    found = {str(error.parameters["key"]): error for error in report.errors}
    assert key in found, [error.message() for error in report.errors]
    assert says in found[key].message("en")
    _is_complete(found[key])


def _is_complete(error: ConfigError) -> None:
    """File, key, reason and fix, in both languages."""
    assert all(error.parameters[name] for name in ("file", "key", "reason", "fix"))
    korean = f"{error.parameters['reason_ko']}{error.parameters['fix_ko']}"
    assert any("가" <= char <= "힣" for char in korean), korean


def test_every_error_is_reported_at_once(checked: Checker) -> None:
    report = checked(
        "[server]\nport = -1\nmax_concurrency = 0\nhots = 1\n[cache]\nttl_s = 0\n"
        + ENDPOINT
        + 'api_key = "env:NOT_SET"\n'
        + LOCAL.replace("8000", "0"),
        {"GILMOK_PORT": "x"},
    )
    assert [error.parameters["key"] for error in report.errors] == [
        "server.port",
        "server.max_concurrency",
        "server.hots",
        "cache.ttl_s",
        "GILMOK_PORT",
        "endpoints[1].id",
        "endpoints[0].base_url",
        "endpoints[1].base_url",
    ]


def test_a_wrong_endpoint_is_still_known_to_keys(checked: Checker) -> None:
    key = f'[[keys]]\nid = "k"\nsha256 = "{HASH}"\nendpoints = ["a"]\n'
    report = checked(LOCAL + "context = 1\n" + key)
    assert [error.parameters["key"] for error in report.errors] == ["endpoints[0].context"]


def test_a_public_bind_with_a_key_is_fine(checked: Checker) -> None:
    key = f'[[keys]]\nid = "k"\nsha256 = "{HASH}"\n'
    assert checked('[server]\nhost = "0.0.0.0"\n' + key).valid


@pytest.mark.parametrize(
    "line",
    [
        'api_key = "env:sk-live-1234"',
        'api_key = "sk live 1234"',
        'zone = "sk-live-1234"',
        'provider = "sk-live-1234"',
        'base_url = "https://x?sk-live-1234"',
        'base_url = "https://sk-live-1234@x"',
        'context = "sk-live-1234"',
    ],
)
def test_values_are_never_repeated(checked: Checker, line: str) -> None:
    report = checked("[[endpoints]]\nid = 'a'\nmodel = 'm'\n" + line)
    assert report.errors
    said = "".join(error.message("en") + error.message("ko") for error in report.errors)
    assert "1234" not in said + repr(report)


def test_the_group_lists_all_messages(tmp_path: Path) -> None:
    file = tmp_path / "gilmok.toml"
    file.write_text("[server]\nport = -1\nhost = 5\n")
    with pytest.raises(ConfigErrors) as caught:
        load(file, CATALOGUE, {})
    assert caught.value.message("ko").count("\n") == 1
    assert str(file) in str(caught.value)


@pytest.mark.parametrize("content", [b"\xff\xfe", b"x" * (2**20 + 1), b"\x00"])
def test_files_that_are_no_text(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "gilmok.toml"
    file.write_bytes(content)
    assert not check(file, CATALOGUE, {}).valid


def test_a_byte_order_mark_is_fine(tmp_path: Path) -> None:
    file = tmp_path / "gilmok.toml"
    file.write_bytes(b"\xef\xbb\xbf[server]\nport = 1\n")
    assert check(file, CATALOGUE, {}).valid


_VALUES = st.sampled_from(
    [
        "1",
        "-1",
        "0.5",
        "nan",
        "1e400",
        "true",
        '""',
        '"x"',
        "[]",
        "[1]",
        "{}",
        "1979-05-27",
        "{a=1}",
    ]
)
_KEYS = st.sampled_from(
    ["id", "provider", "model", "base_url", "zone", "port", "host", "terms", "enabled", "path", "x"]
)
_HEADS = st.sampled_from(
    [
        "",
        "[server]",
        "[[endpoints]]",
        "[[keys]]",
        "[endpoints]",
        "[privacy]",
        "[routing]",
        "[ledger]",
    ]
)


@hypothesis_settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.tuples(_HEADS, _KEYS, _VALUES), max_size=8), st.binary(max_size=12))
def test_any_file_is_settings_or_errors(
    tmp_path: Path, lines: list[tuple[str, str, str]], tail: bytes
) -> None:
    file = tmp_path / "any.toml"
    text = "\n".join(f"{head}\n{key} = {value}" for head, key, value in lines)
    file.write_bytes(text.encode() + b"\n" + tail)
    for error in check(file, CATALOGUE, {}).errors:
        _is_complete(error)
