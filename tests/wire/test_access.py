"""Every route with every kind of key, against the access it declares: nobody gets in by surprise."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from msgspec.structs import replace

from gilmok.config import hash_key
from gilmok.surfaces.routes import ROUTES, Access, Route
from tests.gateway import Running
from tests.wall import Wall
from tests.wire.test_reports import bearer, endpoint

CHAT = {"model": "auto", "messages": [{"role": "user", "content": "What is a tuple?"}]}
TASK = {"prompt": "What is a tuple?"}
VIDEO = {"url": "https://example.org/a.mp4"}
TASKS = ("/route", "/architect", "/coder", "/reviewer")
SERVICES = "".join(
    f'[[endpoints]]\nid = "{does}"\nprovider = "dummy"\nmodel = "ok"\nzone = "local"\n'
    f'does = "{does}"\n'
    for does in ("embeddings", "images", "speech", "transcription", "video")
)
RECORDING = (
    b'--x\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\nfLaC\r\n--x--\r\n'
)
FORM = {"content-type": "multipart/form-data; boundary=x"}
CONFIGURED = {
    "caller": 'tenant = "a"',
    "operator": 'tenant = "a"\noperator = true',
    "another tenant's": 'tenant = "b"',
    "expired": 'tenant = "a"\nexpires = 2020-01-01T00:00:00Z',
}
"""Kinds of keys by name, and what stands in their tables. The name is the key's text, too."""
ADMIN = "admin"
STRANGERS = ("none", "garbage", "mistyped", "expired", "revoked", "rotated out")

Seen = dict[tuple[str, Route, str], int]
"""Status by method, route and kind of key."""


def tables() -> str:
    found = [f'[admin]\nsha256 = "{hash_key(ADMIN)}"']
    found += [
        f'[[keys]]\nid = "{name.partition(" ")[0]}{at}"\nsha256 = "{hash_key(name)}"\n{more}'
        for at, (name, more) in enumerate(CONFIGURED.items())
    ]
    return "\n".join(found) + "\n"


def expected(route: Route, kind: str) -> int:
    """The status that the declared access means."""
    match route.access:
        case Access.OPEN:
            return 200
        case Access.ADMIN:
            return 200 if kind == ADMIN else 401
    if kind == ADMIN or kind in STRANGERS:
        return 401
    if route.access is Access.OPERATOR:
        return 200 if kind == "operator" else 403
    return 404 if "{id}" in route.path and kind == "another tenant's" else 200


def surprises(seen: Seen, routes: Mapping[Route, Route]) -> list[str]:
    """What differs from the declarations; `routes` says which declaration each route goes by."""
    return [
        f"{method} {route.path} with {kind} key: {status}"
        for (method, route, kind), status in seen.items()
        if status != expected(routes[route], kind)
    ]


class Visitor:
    """Makes requests that are right in everything but, perhaps, their key."""

    def __init__(self, gateway: Running, kinds: dict[str, dict[str, str]], decision: str) -> None:
        self._gateway = gateway
        self._kinds = kinds
        self._decision = decision
        self._numbers = itertools.count()

    async def everywhere(self) -> Seen:
        seen: Seen = {}
        for route in ROUTES:
            for method in (route.method, "HEAD") if route.method == "GET" else (route.method,):
                for kind, headers in self._kinds.items():
                    path, body = await self._path(route, headers), self._body(route)
                    form = FORM if body is RECORDING else {}
                    answer = await self._gateway.send(method, path, body, headers | form)
                    taken_on = route.name == "submit_video" and answer.status == 202
                    led_on = route.name == "home" and answer.status == 303
                    seen[method, route, kind] = 200 if taken_on or led_on else answer.status
        return seen

    async def _path(self, route: Route, headers: dict[str, str]) -> str:
        path = route.path.replace("{model}", "auto").replace("{id}", self._decision)
        if "{batch}" in path:
            path = path.replace("{batch}", await self._new_batch(headers))
        if "{key}" in path:
            path = path.replace("{key}", await self._new_key())
        if "{job}" in path:
            path = path.replace("{job}", await self._new_job(headers))
        assert "{" not in path, f"what stands for the parameter of {path}?"
        return path

    def _body(self, route: Route) -> bytes:
        bodies = {
            "create_key": {"id": f"key{next(self._numbers)}"},
            "rotate_key": {},
            "forget_cache": {},
            "expire_key": {"expires_at": None},
            "batch": [TASK],
            "top_up": {"tenant": "a", "amount_usd": "1"},
            "embeddings": {"input": "맛있어요"},
            "images": {"prompt": "a bowl of soup"},
            "speech": {"input": "어서 오세요"},
            "submit_video": VIDEO,
        }
        if route.method != "POST":
            return b""
        if route.name == "transcriptions":
            return RECORDING
        usual = TASK if route.path in TASKS else CHAT
        return json.dumps(bodies.get(route.name, usual)).encode()

    async def _new_batch(self, headers: dict[str, str]) -> str:
        """The key's own: nobody else finds it."""
        answer = await self._gateway.post("/batch", [], headers)
        return answer.headers.get("x-gilmok-batch", "bat_0")

    async def _new_job(self, headers: dict[str, str]) -> str:
        """The key's own, as well."""
        answer = await self._gateway.post("/v1/video/analyses", VIDEO, headers)
        return answer.headers.get("x-gilmok-job", "job_0")

    async def _new_key(self) -> str:
        id = f"key{next(self._numbers)}"
        if ADMIN in self._kinds:
            await self._gateway.post("/admin/v1/keys", {"id": id, "tenant": "a"}, bearer(ADMIN))
        return id


async def kinds_of(gateway: Running) -> dict[str, dict[str, str]]:
    """A key of every kind; those that have ended were made and ended here."""

    async def admin(path: str, body: object) -> str:
        answer = await gateway.post(path, body, bearer(ADMIN))
        assert answer.status == 200, answer.body
        return str(answer.json.get("secret"))

    revoked = await admin("/admin/v1/keys", {"id": "revoked", "tenant": "a"})
    await gateway.send("DELETE", "/admin/v1/keys/revoked", b"", bearer(ADMIN))
    rotated = await admin("/admin/v1/keys", {"id": "rotated", "tenant": "a"})
    stored = await admin("/admin/v1/keys/rotated/rotate", {"overlap_s": 0})
    return {
        "none": {},
        "garbage": {"authorization": "Bearer ' OR 1=1 --"},
        "mistyped": bearer(stored[:-1]),
        "revoked": bearer(revoked),
        "rotated out": bearer(rotated),
        "stored": bearer(stored),
        ADMIN: bearer(ADMIN),
        **{name: bearer(name) for name in CONFIGURED},
    }


def otherwise(route: Route) -> Iterator[Route]:
    yield from (replace(route, access=access) for access in Access if access is not route.access)


async def test_every_route_lets_in_whom_it_declares(tmp_path: Path) -> None:
    async with (
        Wall() as wall,
        Running(
            tmp_path, tables() + SERVICES + endpoint("here", wall, "ok", "local", 0.5)
        ) as gateway,
    ):
        answer = await gateway.post("/v1/chat/completions", CHAT, bearer("caller"))
        assert answer.status == 200
        kinds = await kinds_of(gateway)
        visitor = Visitor(gateway, kinds, answer.headers["x-gilmok-decision"])
        seen = await visitor.everywhere()
    declared = {route: route for route in ROUTES}
    assert {route for _, route, _ in seen} == set(ROUTES)
    assert set(CONFIGURED) | set(STRANGERS) | {ADMIN, "stored"} == set(kinds)
    assert surprises(seen, declared) == []
    for route in ROUTES:  # Any other declaration would have been noticed.
        for other in otherwise(route):
            assert surprises(seen, {**declared, route: other}), f"{route.path} as {other.access}"


def test_a_route_declares_its_access() -> None:
    with pytest.raises(TypeError):
        Route("GET", "/v1/new", "new")  # type: ignore[call-arg]


def test_the_admin_api_is_one_place() -> None:
    for route in ROUTES:
        assert (route.access is Access.ADMIN) is route.path.startswith("/admin/")


async def test_without_keys_this_machine_is_served_but_not_by_the_admin_api(
    tmp_path: Path,
) -> None:
    toml = f'[admin]\nsha256 = "{hash_key(ADMIN)}"\n'
    async with (
        Wall() as wall,
        Running(tmp_path, toml + SERVICES + endpoint("here", wall, "ok", "local", 0.5)) as gateway,
    ):
        answer = await gateway.post("/v1/chat/completions", CHAT)
        assert answer.status == 200
        kinds = {"none": {}, "garbage": bearer("anything")}
        visitor = Visitor(gateway, kinds, answer.headers["x-gilmok-decision"])
        seen = await visitor.everywhere()
        assert (await gateway.get("/admin/v1/keys", bearer(ADMIN))).status == 200
    for (method, route, kind), status in seen.items():
        wanted = 401 if route.access is Access.ADMIN else 200
        assert status == wanted, f"{method} {route.path} with {kind} key"


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "DELETE", "PUT", "OPTIONS"])
async def test_without_an_admin_key_there_is_no_admin_api(tmp_path: Path, method: str) -> None:
    keys = f'[[keys]]\nid = "k"\noperator = true\nsha256 = "{hash_key("caller")}"\n'
    paths = {route.path.replace("{key}", "x") for route in ROUTES if "/admin/" in route.path}
    async with Running(tmp_path, keys) as gateway:
        for path in (*paths, "/admin/v1", "/admin/v1/", "/admin/v1/keys/%ff", "/admin/v1/other"):
            for headers in ({}, bearer("caller"), bearer(ADMIN)):
                answer = await gateway.send(method, path, b"{}", headers)
                assert answer.status == 404, path
                if method != "HEAD":
                    assert answer.code == "route_not_found"


async def test_one_key_is_never_both(tmp_path: Path) -> None:
    """The hash of a stored key, configured as the admin's: it opens neither door twice."""
    async with Running(tmp_path, f'[admin]\nsha256 = "{hash_key(ADMIN)}"') as gateway:
        made = await gateway.post("/admin/v1/keys", {"id": "k"}, bearer(ADMIN))
        secret = made.json["secret"]
        settings = gateway.gateway.settings
        admin = settings.admin.model_copy(update={"sha256": hash_key(secret)})
        gateway.gateway.reconfigure(replace(settings, admin=admin))
        assert (await gateway.get("/v1/models", bearer(secret))).status == 200
        assert (await gateway.get("/admin/v1/keys", bearer(secret))).code == "invalid_admin_key"
