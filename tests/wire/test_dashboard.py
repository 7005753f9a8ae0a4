"""The dashboard over a real socket: policy, escaping, tenants, keys, both languages."""

from __future__ import annotations

import re
from base64 import b64encode
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.gateway import Answer, Running
from tests.wall import Wall
from tests.wire.test_reports import FEEDBACK, bearer, endpoint, key, two

PAGES = ("/dashboard", "/dashboard/decisions")
HOSTILE = "as=<script>alert(1)</script>&\\\"'{{7*7}}"
VOID = {"meta", "link", "br", "img", "hr", "input"}
CHAT = {"model": "auto", "messages": [{"role": "user", "content": "Python?"}]}


class Checked(HTMLParser):
    """Collects what a page is made of; fails for tags that do not match."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def values(self, name: str) -> list[str]:
        return [value for _, attribute, value in self.attributes if attribute == name]


def basic(password: str, user: str = "anyone") -> dict[str, str]:
    return {"authorization": "Basic " + b64encode(f"{user}:{password}".encode()).decode()}


def page(answer: Answer, status: int = 200) -> Checked:
    assert answer.status == status
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return Checked(answer.body.decode())


def assert_strict(answer: Answer) -> None:
    """Nothing runs, nothing is loaded from elsewhere, nothing is kept or framed."""
    rules = dict(
        part.strip().partition(" ")[::2]
        for part in answer.headers["content-security-policy"].split(";")
    )
    assert rules == {
        "default-src": "'none'",
        "style-src": "'self'",
        "img-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"
    found = Checked(answer.body.decode())
    assert not {"script", "style", "iframe", "object", "embed", "form"} & set(found.tags)
    assert not [name for _, name, _ in found.attributes if name == "style" or name[:2] == "on"]
    assert all(link.startswith(("/dashboard", "#")) for link in found.values("href"))


async def test_the_policy_holds_on_every_page(tmp_path: Path) -> None:
    async with Wall() as wall, Running(tmp_path, two(wall)) as gateway:
        told = await gateway.chat("제 전화번호는 010-1234-5678 입니다")
        one = f"/dashboard/decisions/{told.headers['x-gilmok-decision']}"
        for path in (*PAGES, one, "/dashboard?since=90d&lang=ko", "/dashboard/decisions/dec_no"):
            assert_strict(await gateway.get(path))
        style = await gateway.get("/dashboard/style.css")
    assert style.headers["content-type"] == "text/css; charset=utf-8"
    assert b"url(" not in style.body
    assert b"@import" not in style.body


async def test_the_bare_address_leads_to_the_pages(tmp_path: Path) -> None:
    async with Wall() as wall, Running(tmp_path, two(wall)) as gateway:
        found = await gateway.get("/")
    assert (found.status, found.headers["location"]) == (303, "/dashboard")


async def test_the_overview_shows_the_seven_parts(tmp_path: Path) -> None:
    async with Wall() as wall, Running(tmp_path, two(wall)) as gateway:
        await gateway.chat("Python?")
        answer = await gateway.get("/dashboard", {"accept-language": "ko"})
    found = page(answer)
    assert ("html", "lang", "ko") in found.attributes
    parts = re.findall(r"<h2[^>]*>(\d)\. ", answer.body.decode())
    assert parts == list("1234567")
    for said in ("상태 500", "flaky의 성공률이 0 %로", "총 요청 1회", "로컬"):
        assert said in found.text
    pictures = re.findall(r"<svg.*?</svg>", answer.body.decode(), re.DOTALL)
    assert len(pictures) >= 5
    ids = [ET.fromstring(picture)[0].get("id") for picture in pictures]
    assert len(ids) == len(set(ids)), "two charts of one id"
    # Whoever sees no picture finds the same numbers in a table: of the efficiency in one.
    alone = len([picture for picture in pictures if 'id="efficiency-' in picture])
    assert answer.body.count(b"<summary>") >= len(pictures) - alone + 1


async def test_without_requests_there_is_a_page_too(tmp_path: Path) -> None:
    async with Running(tmp_path, "") as gateway:
        assert "No request in this span." in page(await gateway.get("/dashboard")).text
        assert "No decision is recorded" in page(await gateway.get("/dashboard/decisions")).text


async def test_languages(tmp_path: Path) -> None:
    async with Running(tmp_path, "") as gateway:
        english = page(await gateway.get("/dashboard"))
        header = page(await gateway.get("/dashboard", {"accept-language": "ko-KR"}))
        query = page(await gateway.get("/dashboard?lang=ko", {"accept-language": "en"}))
        odd = page(await gateway.get("/dashboard?lang=xx&since=24h&other=1"))
    assert ("html", "lang", "en") in english.attributes
    assert ("html", "lang", "ko") in header.attributes
    assert ("html", "lang", "ko") in query.attributes
    assert ("html", "lang", "en") in odd.attributes
    # A choice in the address stays while one walks on; without one the browser goes on deciding.
    assert "/dashboard/decisions?lang=ko" in query.values("href")
    assert "/dashboard/decisions" in header.values("href")
    assert "/dashboard?since=24h&lang=ko" in odd.values("href")


async def test_hostile_names_are_text(tmp_path: Path) -> None:
    async with (
        Wall() as wall,
        Running(tmp_path, FEEDBACK + endpoint("here", wall, HOSTILE, "local", 0.5)) as gateway,
    ):
        told = await gateway.chat("Python?")
        id_ = told.headers["x-gilmok-decision"]
        pages = [await gateway.get(path) for path in (*PAGES, f"/dashboard/decisions/{id_}")]
        typed = await gateway.get("/dashboard/decisions/%3Cscript%3Ealert(1)%3C%2Fscript%3E")
        spans = await gateway.get("/dashboard?since=%22%3E%3Cscript%3E")
    for answer in (*pages, typed, spans):
        assert_strict(answer)
        assert b"<script" not in answer.body
    assert (typed.status, spans.status) == (404, 400)
    one = page(pages[2]).text
    assert "<script>alert(1)</script>" in one, "shown as what it is: text"
    assert "{{7*7}}" in one, "no template of its own"


async def test_a_decision_is_explained(tmp_path: Path) -> None:
    async with Wall() as wall, Running(tmp_path, two(wall)) as gateway:
        told = await gateway.chat("제 전화번호는 010-1234-5678 입니다")
        id_ = told.headers["x-gilmok-decision"]
        listed = await gateway.get("/dashboard/decisions")
        found = page(await gateway.get(f"/dashboard/decisions/{id_}"))
    assert f"/dashboard/decisions/{id_}" in page(listed).values("href")
    for said in ("contact.phone", "phone number", "status 500", "flaky", "here", "medium"):
        assert said in found.text
    assert "010-1234-5678" not in found.text
    for heading in ("Why this sensitivity", "Candidates in order", "Attempts"):
        assert heading in found.text


async def test_decisions_are_newest_first_and_bounded(tmp_path: Path) -> None:
    async with Wall() as wall, Running(tmp_path, two(wall)) as gateway:
        ids = [(await gateway.chat(f"{n}?")).headers["x-gilmok-decision"] for n in range(3)]
        listed = page(await gateway.get("/dashboard/decisions?limit=2")).values("href")
        for wrong in ("0", "201", "x", "-1", "1e2", "٣"):
            assert (await gateway.get(f"/dashboard/decisions?limit={wrong}")).status == 400
    shown = [href.rpartition("/")[2] for href in listed if "/dec_" in href]
    assert shown == [ids[2], ids[1]]


async def test_tenants_see_nothing_of_one_another(tmp_path: Path) -> None:
    keys = key("mine", "a") + key("other", "b") + key("boss", "c", "operator = true")
    async with Wall() as wall, Running(tmp_path, two(wall) + keys) as gateway:
        told = await gateway.post("/v1/chat/completions", CHAT, bearer("mine"))
        id_ = told.headers["x-gilmok-decision"]
        one = f"/dashboard/decisions/{id_}"
        assert page(await gateway.get(one, basic("mine")))
        for name in ("other", "boss"):
            hidden = await gateway.get(one, basic(name))
            nowhere = await gateway.get("/dashboard/decisions/dec_nobody", basic(name))
            assert (hidden.status, page(hidden, 404).text) == (404, page(nowhere, 404).text)
            assert id_ not in (await gateway.get("/dashboard/decisions", basic(name))).body.decode()
        mine, other, boss = [
            page(await gateway.get("/dashboard", basic(name))).text
            for name in ("mine", "other", "boss")
        ]
    assert "flaky" in mine
    assert "No request in this span." in other
    assert "flaky" in boss, "sums over all tenants, for whoever may see them"
    assert "all tenants" in boss


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": "Basic"},
        {"authorization": "Basic !!!!"},
        {"authorization": "Basic " + b64encode(b"mine").decode()},
        {"authorization": "Basic " + b64encode(b"mine:").decode()},
        {"authorization": "Basic " + b64encode(b"mine:\xff\xfe").decode()},
        {"authorization": "Basic " + b64encode(b"x" * 9_000).decode()},
        {"authorization": "Digest mine"},
        basic("nobody"),
        # Two credentials never compete.
        {**basic("nobody"), "x-api-key": "mine"},
    ],
)
async def test_strangers_are_asked_for_a_key(tmp_path: Path, headers: dict[str, str]) -> None:
    async with Running(tmp_path, key("mine", "a")) as gateway:
        for path in (*PAGES, "/dashboard/decisions/dec_1"):
            answer = await gateway.get(path, headers)
            assert answer.status == 401
            assert answer.headers["www-authenticate"] == 'Basic realm="gilmok", charset="UTF-8"'
            assert_strict(answer)


@pytest.mark.parametrize(
    "headers", [basic("mi:ne"), basic("mi:ne", ""), basic("mi:ne", "사람"), bearer("mi:ne")]
)
async def test_a_key_opens(tmp_path: Path, headers: dict[str, str]) -> None:
    async with Running(tmp_path, key("mi:ne", "a").replace('id = "mi:ne"', 'id = "k"')) as gateway:
        for path in PAGES:
            assert (await gateway.get(path, headers)).status == 200


async def test_only_pages_challenge_with_basic(tmp_path: Path) -> None:
    """A client of the API must not make a browser open a dialogue."""
    async with Running(tmp_path, key("mine", "a")) as gateway:
        for path in ("/v1/report", "/v1/models", "/metrics"):
            assert (await gateway.get(path)).headers["www-authenticate"] == "Bearer"
            assert (await gateway.get(path, basic("mine"))).status == 401
        assert (await gateway.get("/dashboard/style.css")).status == 200


@pytest.mark.parametrize("host", ["evil.test", "evil.test:8080", "127.0.0.1.evil.test"])
async def test_a_page_that_rebinds_its_name_is_not_at_this_machine(
    tmp_path: Path, host: str
) -> None:
    async with Running(tmp_path, "") as gateway:
        for path in PAGES:
            assert (await gateway.get(path, {"host": host})).status == 401
            assert (await gateway.get(path, {"host": f"localhost:{gateway.port}"})).status == 200


async def test_head_and_other_methods(tmp_path: Path) -> None:
    async with Running(tmp_path, "") as gateway:
        head = await gateway.send("HEAD", "/dashboard", b"")
        post = await gateway.post("/dashboard", {})
    assert (head.status, head.body) == (200, b"")
    assert post.status == 405
