"""Hostile addresses, names, bodies and readers: each refused with its code, and cheaply.

The long forms, with figures, are `fuzz/hostile.py` and `fuzz/server.py`.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import socket
import sqlite3
import tracemalloc
from collections.abc import Sequence
from contextlib import AsyncExitStack, closing
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import quote

import pytest

from gilmok.build import load_settings
from gilmok.cli.sheets import lines
from gilmok.config import hash_key
from gilmok.core.address import is_unfit
from gilmok.core.endpoint import Zone
from gilmok.core.errors import ConfigErrors, ConnectFailed, ZoneRefused
from gilmok.ledger.export import exported
from gilmok.providers.openai import OpenAI
from gilmok.providers.origin import IP
from gilmok.providers.transport import HttpUpstream
from tests.gateway import QUIET, Running
from tests.laws.scenes import IMPATIENT
from tests.laws.stage import at_home, stage
from tests.unit.providers.samples import endpoint
from tests.wall import Wall
from tests.wire.raw import Client, get, until

# Addresses (SSRF): what the operator writes.

UNUSABLE = (
    *("http://2130706433", "http://0x7f000001", "http://0x7f.1", "http://017700000001"),
    *("http://127.1", "http://127.0.0.01", "http://0", "http://1.2.3.4.5", "http://256.0.0.1"),
    *("http://user@127.0.0.1", "http://user:hidden@127.0.0.1", "http://127.0.0.1@evil.example"),
    *("http://evil.example\\@127.0.0.1", "http://127.0.0.1#@evil.example", "http://[::1%25lo]"),
    *("http://[fe80::1%25eth0]", "http://[::1", "http://[::1]evil", "http://127.0.0.1:80:90"),
    *("http://127.0.0.1:0", "http://127.0.0.1:65536", "http://127.0.0.1:-1", "http://a..b"),
    *("http://127。0。0。1", "http://ⓛocalhost", "http://loc\u00adalhost", "http://-a"),
    *("http://169.254.169.254", "https://169.254.169.254", "https://[fd00:ec2::254]"),
    *("https://[::ffff:169.254.169.254]", "https://100.100.100.200", "https://168.63.129.16"),
    *(
        "https://0.0.0.0",
        "http://0.0.0.0",
        "https://[::]",
        "https://[fe80::1]",
        "https://224.0.0.1",
    ),
    *("https://255.255.255.255", "https://[64:ff9b::7f00:1]", "https://[2002:7f00:1::]"),
    *("https://[::127.0.0.1]", "https://192.0.0.192", "https://[ff02::1]"),
    *("file:///etc/passwd", "gopher://127.0.0.1:70/_x", "ftp://127.0.0.1", "unix:/run/x"),
    *("data:,x", "javascript:1", "//127.0.0.1", "127.0.0.1", ""),
)
"""Not one of these is an address that an endpoint, a receiver or a proxy may have."""

_TABLE = '[[endpoints]]\nid = "e"\nprovider = "vllm"\nmodel = "m"\n'


def _places(url: str) -> dict[str, str]:
    """A configuration for each option that holds a URL, and two declared zones."""
    written = json.dumps(url)
    fine = 'base_url = "https://models.example/v1"\n'
    return {
        "endpoint": f"{_TABLE}base_url = {written}\n",
        "endpoint, private": f'{_TABLE}base_url = {written}\nzone = "private"\n',
        "endpoint, cloud": f'{_TABLE}base_url = {written}\nzone = "cloud"\n',
        "webhook": f"[events]\nwebhook = {written}\n",
        "proxy": f"[network]\nproxy = {written}\n{_TABLE}{fine}",
        "proxy of one": f"{_TABLE}{fine}proxy = {written}\n",
    }


_PROXIES_TAKE = frozenset(
    {"http://user@127.0.0.1", "http://user:hidden@127.0.0.1", "http://127.0.0.1@evil.example"}
    | {"127.0.0.1", "javascript:1"}
)
"""A proxy may have a user, and environments leave its scheme out: this is a host and its port."""


@pytest.mark.parametrize("url", UNUSABLE)
def test_no_option_takes_an_address_that_could_be_another(tmp_path: Path, url: str) -> None:
    file = tmp_path / "gilmok.toml"
    for place, toml in _places(url).items():
        if "proxy" in place and (url in _PROXIES_TAKE or not url):
            continue
        file.write_text(f"{QUIET}\n{toml}", encoding="utf-8")
        with pytest.raises(ConfigErrors) as refused:
            load_settings(file)
        assert "hidden" not in str(refused.value), place


UNFIT = (
    *("169.254.169.254", "fd00:ec2::254", "fd00:ec2::123", "fd20:ce::254", "100.100.100.200"),
    *("168.63.129.16", "192.0.0.192", "0.0.0.0", "0.1.2.3", "255.255.255.255", "224.0.0.1"),
    *("::", "fe80::1", "fe80::1%2", "ff02::1", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe"),
    *("64:ff9b::10.0.0.1", "64:ff9b::127.0.0.1", "::127.0.0.1", "2002:7f00:1::", "2002:a00:1::1"),
)
FIT = (
    *("127.0.0.1", "127.255.0.1", "::1", "10.0.0.1", "192.168.1.1", "fd12::1", "8.8.8.8"),
    *("::ffff:127.0.0.1", "2001:4860:4860::8888", "64:ff9b::8.8.8.8", "100.64.0.1"),
)


@pytest.mark.parametrize(("scheme", "zone"), [("http", Zone.PRIVATE), ("https", Zone.CLOUD)])
@pytest.mark.parametrize("address", UNFIT)
async def test_a_name_that_stands_for_a_metadata_service(
    address: str, scheme: str, zone: Zone
) -> None:
    """By DNS, at once or later (rebinding), alone or beside a good address: nothing is sent."""
    assert is_unfit(ip_address(address))
    answers = [["127.0.0.1"], [address, "127.0.0.1"]]

    async def lookup(host: str) -> Sequence[IP]:
        return [ip_address(answer) for answer in (answers.pop(0) if answers else [address])]

    where = endpoint(base_url=f"{scheme}://model.example:1/v1", zone=zone)
    upstream = HttpUpstream(where, OpenAI(), lookup=lookup)
    await upstream.prove()
    for _ in range(2):
        upstream._resolver._until = 0.0
        with pytest.raises((ConnectFailed, ZoneRefused)) as refused:
            await upstream.connection(frozenset(Zone), 1.0)
        if isinstance(refused.value, ConnectFailed):
            assert refused.value.parameters["detail"] == "unfit_address"


@pytest.mark.parametrize("address", FIT)
def test_addresses_of_models(address: str) -> None:
    assert not is_unfit(ip_address(address))


# Addresses (SSRF): what a caller writes.

REFUSED_URLS = (
    *("http://127.0.0.1/x.png", "http://localhost/x", "http://LOCALHOST./x", "http://[::1]/x"),
    *("http://10.0.0.1/", "https://192.168.0.1/", "http://[fd00::1]/", "http://[::ffff:10.0.0.1]/"),
    *("http://169.254.169.254/latest/meta-data/", "http://[fd00:ec2::254]/", "http://[fe80::1]/"),
    *("http://2130706433/", "http://0x7f000001/", "http://0177.0.0.1/", "http://127.1/"),
    *("http://0/", "http://0.0.0.0/", "http://[::]/", "http://[64:ff9b::7f00:1]/"),
    *("http://user@8.8.8.8/", "http://8.8.8.8@127.0.0.1/", "http://8.8.8.8\\@127.0.0.1/"),
    *("http://example.com:0/", "http://example.com:99999/", "http://example.com:80:81/"),
    *("http://intranet/", "http://db/", "http://printer.local/", "http://x.internal/"),
    *("http://metadata.google.internal/", "http://a.localhost/", "http://host.docker.internal/"),
    *("http://127。0。0。1/", "http://ⓛocalhost/", "http://[::1%25lo]/", "http:///x", "http:/x"),
    *("file:///etc/passwd", "FILE:///etc/passwd", "gopher://127.0.0.1:70/_x", "ftp://a.example/"),
    *("dict://a.example/", "jar:http://a.example/", "s3://bucket/key", "//8.8.8.8/x", "x.png"),
    *("http://exa mple.com/", "http://example.com/\r\nx: y", "\x00http://example.com/", " data:,x"),
)
TAKEN_URLS = (
    *("data:image/png;base64,aGk=", "DATA:image/png;base64,aGk=", "https://example.com/a.png"),
    *("http://example.com:8080/그림.png?size=2#x", "https://8.8.8.8/x", "https://[2606:4700::1]/x"),
    *("https://bücher.xn--p1ai/x".replace("ü", "u"), "https://cdn.example.co.kr./x"),
)


def _image(url: str) -> list[object]:
    return [{"type": "image_url", "image_url": {"url": url}}]


async def test_what_a_caller_names_is_public_or_refused(tmp_path: Path) -> None:
    async with stage(tmp_path, at_home("ok")) as s:
        for url in REFUSED_URLS:
            contents = [
                _image(url),
                [{"type": "file", "file": {"file_data": f"x:{url}" if ":" not in url else url}}],
            ]
            for content in contents:
                body = {"model": "home", "messages": [{"role": "user", "content": content}]}
                answer = await s.gateway.post("/v1/chat/completions", body)
                assert (answer.status, answer.code) == (400, "unsafe_url"), url
                assert url not in answer.body.decode() or len(url) < 6
        assert s.home.calls == []
        for url in TAKEN_URLS:
            body = {"model": "home", "messages": [{"role": "user", "content": _image(url)}]}
            assert (await s.gateway.post("/v1/chat/completions", body)).status == 200, url


@pytest.mark.parametrize("name", ["api_base", "base_url", "api_key", "extra_headers", "fallbacks"])
async def test_a_caller_does_not_steer_a_gateway_behind_us(tmp_path: Path, name: str) -> None:
    async with stage(tmp_path, at_home("ok")) as s:
        body = {"model": "home", "messages": [{"role": "user", "content": "hi"}], name: "http://x"}
        answer = await s.gateway.post("/v1/chat/completions", body)
        assert (answer.status, answer.code) == (400, "unsupported_parameter")
        assert answer.json["error"]["param"] == name
        assert s.home.calls == []


# Strings that are statements elsewhere.

PAYLOADS = (
    *("'; DROP TABLE receipts; --", "' OR '1'='1", '" OR ""="', "1; DELETE FROM receipts"),
    *("x' UNION SELECT secret FROM keys --", "Robert'); DROP TABLE attempts;--", "%' ESCAPE '\\"),
    *("=cmd|'/C calc'!A0", "+1+1", "-2+3", "@SUM(1)", '=HYPERLINK("http://x")', "＝1"),
    *("{{7*7}}", "${jndi:ldap://x}", "%n%s%x", "../../etc/passwd", "a\\'b", "길목'--"),
)
_ADMIN = {"authorization": "Bearer admin-of-the-test"}
_MINE = {"authorization": "Bearer caller-of-the-test"}
_KEYED = (
    f'[admin]\nsha256 = "{hash_key("admin-of-the-test")}"\n'
    f'[[keys]]\nid = "mine"\noperator = true\nsha256 = "{hash_key("caller-of-the-test")}"\n'
)


async def test_statements_in_every_string_stay_strings(tmp_path: Path) -> None:
    async with stage(tmp_path, at_home("ok"), more=_KEYED) as s:
        made = []
        for number, payload in enumerate(PAYLOADS):
            body = {"id": payload, "tenant": payload}
            answer = await s.gateway.post("/admin/v1/keys", body, _ADMIN)
            assert answer.status in (200, 400), answer.body
            if answer.status == 200:
                made.append(payload)
                assert (answer.json["id"], answer.json["tenant"]) == (payload, payload)
                own = {"authorization": f"Bearer {answer.json['secret']}"}
                assert (await s.gateway.get("/v1/report", own)).status == 200
            await _say_everywhere(s.gateway, payload, number)
        listed = await s.gateway.get("/admin/v1/keys?limit=1000", _ADMIN)
        assert {key["id"] for key in listed.json["data"]} >= set(made)
        decisions = await s.decisions()
        # A name that nothing has is not even kept.
        assert {decision.asked for decision in decisions} == {"other"}
        page = await s.gateway.get("/dashboard/decisions", _MINE)
        assert page.status == 200
        assert b"<script" not in page.body
    _check_books(tmp_path / "ledger.db", len(decisions))


async def _say_everywhere(gateway: Running, payload: str, number: int) -> None:
    """Every string of the API that is not a conversation; nothing but success or a clear refusal."""
    told = payload if payload.isascii() else quote(payload)
    headers = {
        **_MINE,
        "x-gilmok-user": told,
        "idempotency-key": told,
        "x-gilmok-deadline-ms": "5000",
    }
    chat = {
        "model": payload,
        "user": payload,
        "metadata": {payload: payload},
        "messages": [{"role": "user", "content": f"hi {number}", "name": payload}],
    }
    escaped = quote(payload, safe="")
    for answer in [
        await gateway.post("/v1/chat/completions", chat, headers),
        await gateway.post("/v1/route", chat, {**_MINE, "x-gilmok-task": told}),
        await gateway.get(f"/v1/decisions/{escaped}", _MINE),
        await gateway.get(f"/v1/models/{escaped}", _MINE),
        await gateway.get(f"/v1/report?since={escaped}&reference={escaped}&{escaped}=1", _MINE),
        await gateway.get(f"/v1/forecast?reference={escaped}", _MINE),
        await gateway.get(f"/v1/budget?user={escaped}", _MINE),
        await gateway.get(f"/dashboard/decisions/{escaped}", _MINE),
        await gateway.get(f"/admin/v1/keys?limit={escaped}&after={escaped}", _ADMIN),
        await gateway.get(f"/admin/v1/keys/{escaped}", _ADMIN),
        await gateway.post(f"/admin/v1/keys/{escaped}/expire", {"expires_at": payload}, _ADMIN),
        await gateway.post("/admin/v1/top-ups", {"tenant": payload, "amount": payload}, _ADMIN),
    ]:
        assert answer.status in (200, 400, 401, 403, 404, 405, 413, 422, 503), answer.body
        assert b"sqlite" not in answer.body.lower()
        assert b"syntax" not in answer.body.lower()


def _check_books(path: Path, receipts: int) -> None:
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert database.execute("SELECT count(*) FROM receipts").fetchone() == (receipts,)
    rows = list(exported(path, 0))
    assert len(rows) == receipts + 1
    table = lines(rows)
    for line in table.splitlines():
        for cell in line.replace('"', "").split(","):
            assert not cell.startswith(("=", "@", "＝", "+1+1", "-2+3")), cell


# Bodies.

_HUGE = 7_000_000


def _head(path: str, *fields: str, method: str = "POST", length: int = _HUGE) -> bytes:
    usual = ("Content-Type: application/json", f"Content-Length: {length}")
    return get(path, *usual, *fields, method=method).replace(b"Host: test", b"Host: localhost")


BEFORE_THE_BODY = {
    "no key": (_head("/v1/chat/completions"), 401, "invalid_api_key"),
    "wrong key": (_head("/v1/route", "Authorization: Bearer x"), 401, "invalid_api_key"),
    "admin key of nobody": (_head("/admin/v1/keys", length=900), 401, "invalid_admin_key"),
    "nowhere": (_head("/v1/nowhere"), 404, "route_not_found"),
    "another method": (_head("/v1/report"), 405, "method_not_allowed"),
    "a body for a question": (_head("/health", method="GET"), 413, "body_too_large"),
    "a long description of a key": (
        _head("/admin/v1/keys", "Authorization: Bearer admin-of-the-test"),
        413,
        "body_too_large",
    ),
    "no JSON": (
        _head("/v1/chat/completions", "Authorization: Bearer caller-of-the-test").replace(
            b"application/json", b"text/plain"
        ),
        415,
        "unsupported_media_type",
    ),
    "hesitant": (_head("/v1/chat/completions", "Expect: 100-continue"), 401, "invalid_api_key"),
}


async def test_who_may_not_is_refused_before_the_body_is_read(tmp_path: Path) -> None:
    async with stage(tmp_path, at_home("ok"), more=_KEYED) as s:
        for name, (head, status, code) in BEFORE_THE_BODY.items():
            async with Client(s.gateway.port) as client:
                await client.send(head + b"" if "Expect" in name else head + b"{")
                answer = await client.answer()
                assert answer.status == status, name
                assert json.loads(answer.body)["error"]["code"] == code, name
                assert answer.fields["connection"] == "close"
        async with Client(s.gateway.port) as client:
            fields = ("Authorization: Bearer x", "Accept-Language: ko")
            await client.send(_head("/v1/route", *fields) + b"{")
            assert "키" in json.loads((await client.answer()).body)["error"]["message"]


async def test_who_may_is_read_to_the_end(tmp_path: Path) -> None:
    body = json.dumps(
        {"model": "home", "messages": [{"role": "user", "content": "word " * 60_000}]}
    ).encode()
    async with (
        stage(tmp_path, at_home("ok"), more=_KEYED) as s,
        Client(s.gateway.port) as client,
    ):
        fields = ("Authorization: Bearer caller-of-the-test", "Expect: 100-continue")
        await client.send(_head("/v1/chat/completions", *fields, length=len(body)))
        assert await client.until(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        await client.send(body[:100_000])
        await until(lambda: s.gateway.server.arriving == 100_000)
        await client.send(body[100_000:])
        assert (await client.answer()).status == 200
        assert s.gateway.server.arriving == 0


_LIMITED = """
[[plans]]
id = "small"
[plans.key_limits]
requests_per_minute = 2
[[keys]]
id = "limited"
plan = "small"
sha256 = "{}"
"""


async def test_asking_before_the_body_takes_nothing(tmp_path: Path) -> None:
    """A key with two requests a minute looks ten times, and still has both."""
    more = _LIMITED.format(hash_key("limited-of-the-test"))
    key = "Authorization: Bearer limited-of-the-test"
    async with stage(tmp_path, at_home("ok"), more=more) as s:
        for _ in range(10):
            async with Client(s.gateway.port) as client:
                await client.send(_head("/v1/chat/completions", key) + b"{")
                await until(lambda: s.gateway.server.arriving == 1)
            await until(lambda: s.gateway.server.arriving == 0)
        body = {"model": "home", "messages": [{"role": "user", "content": "hi"}]}
        own = {"authorization": "Bearer limited-of-the-test"}
        for _ in range(2):
            assert (await s.gateway.post("/v1/chat/completions", body, own)).status == 200
        async with Client(s.gateway.port) as client:
            await client.send(_head("/v1/chat/completions", key) + b"{")
            answer = await client.answer()
            assert (answer.status, answer.fields["retry-after"]) == (429, "30")


# Readers.

_POUR = "repeat=" + "x" * 4000 + "+grain=4000+tokens=2000+deaf"
_READERS = 4


@pytest.mark.parametrize("pour", [_POUR, "repeat=abcdefgh+grain=2+tokens=1200+deaf"])
async def test_a_reader_that_reads_nothing_holds_little(tmp_path: Path, pour: str) -> None:
    """Megabytes are to be had, and 256 KiB at most wait for each of them here."""
    body = json.dumps(
        {"model": "home", "stream": True, "messages": [{"role": "user", "content": "hi"}]}
    ).encode()
    question = _head("/v1/chat/completions", length=len(body)) + body
    settings = IMPATIENT.replace("stall_s = 5.0", "stall_s = 60")
    async with (
        stage(tmp_path, at_home("pour"), settings=settings, aliases={"pour": pour}) as s,
        AsyncExitStack() as readers,
    ):
        server = s.gateway.server
        _small_buffers(*server._listeners, s.home._server)
        await _ask_and_read_nothing(readers, s.gateway.port, question)
        await until(lambda: any(c.must_wait for c in server._connections))
        gc.collect()
        tracemalloc.start()
        for _ in range(_READERS):
            await _ask_and_read_nothing(readers, s.gateway.port, question)
        await until(lambda: server.connections > _READERS)
        await until(lambda: all(c.must_wait for c in server._connections))
        await _settled(s.home)
        gc.collect()
        ours = tracemalloc.take_snapshot().filter_traces(
            [tracemalloc.Filter(False, "*/tests/*"), tracemalloc.Filter(False, "*tracemalloc*")]
        )
        held = sum(trace.size for trace in ours.traces)
        tracemalloc.stop()
        unsent = [c.transport.get_write_buffer_size() for c in server._connections]
        assert max(unsent) <= 128 * 1024
        await readers.aclose()
        await until(lambda: server.connections == 0)
    assert held / _READERS <= 256 * 1024


def _small_buffers(*servers: asyncio.Server | None) -> None:
    """Of the kernel, for whoever connects from now on: what it takes is not ours."""
    for server in servers:
        for sock in server.sockets if server is not None else ():
            with socket.socket(fileno=os.dup(sock.fileno())) as same:
                same.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)


async def _ask_and_read_nothing(stack: AsyncExitStack, port: int, question: bytes) -> None:
    client = await stack.enter_async_context(Client(port, recv_bytes=4096))
    await client.send(question)


async def _settled(wall: Wall) -> None:
    """Until nothing more is sent: what is read ahead has been read."""
    before = -1
    while (sent := sum(call.sent for call in wall.calls)) != before:
        before = sent
        for _ in range(200):
            await asyncio.sleep(0)


def test_formulas_in_names_are_text_to_a_spreadsheet() -> None:
    assert lines([("=1+1", "+x", "-x", "@x", "\tx", "x=1", -5, None)]) == (
        "'=1+1,'+x,'-x,'@x,'\tx,x=1,-5,\n"
    )
