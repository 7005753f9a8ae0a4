"""The page's routes over real sockets: who may ask, what is bounded, what comes back."""

from __future__ import annotations

import asyncio
import json

import pytest
from apps.kiosk.tests.web.running import (
    EXAMPLE,
    EXAMPLE_PRICE,
    HOSTILE,
    RECOMMEND,
    Broken,
    Guest,
    Kiosk,
    Mouthpiece,
    speechless,
)
from tests.gateway import Running
from tests.wall import Ending, Wall

from gilmok_kiosk.web.app import MAX_BODY_BYTES
from gilmok_kiosk.web.wire import MAX_TEXT

pytestmark = pytest.mark.asyncio(loop_scope="module")

LATTE = {"item": "latte"}


# --- the page and its headers ---------------------------------------------------------------------


async def test_every_answer_carries_the_strict_policy(guest: Guest) -> None:
    for path in ("/", "/static/main.js", "/api/menu", "/nothing-here"):
        headers = (await guest.get(path)).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy, path
        assert "script-src 'self';" in policy, path
        assert "unsafe" not in policy, path
        assert "require-trusted-types-for 'script'" in policy, path
        assert headers["x-content-type-options"] == "nosniff", path
        assert headers["referrer-policy"] == "no-referrer", path


async def test_files_are_asked_for_again_and_answers_never_kept(guest: Guest) -> None:
    first = await guest.get("/static/main.js")
    assert first.headers["cache-control"] == "no-cache"
    again = await guest.get("/static/main.js", if_none_match=first.headers["etag"])
    assert again.status == 304
    for path in ("/", "/api/session", "/api/receipt"):
        assert (await guest.get(path)).headers["cache-control"] == "no-store", path


async def test_the_page_needs_nothing_from_elsewhere_and_nothing_inline(guest: Guest) -> None:
    html = (await guest.get("/")).body.decode()
    assert "http://" not in html
    assert "https://" not in html
    assert "style=" not in html
    assert "<style" not in html
    assert html.count("<script") == html.count('<script type="module" src=') == 1


async def test_the_cookie_is_unguessable_and_for_this_site_only(kiosk: Kiosk) -> None:
    first, second = await kiosk.guest(), await kiosk.guest()
    name, _, value = first.cookie.partition("=")
    assert len(value) >= 43  # 256 bits in base64
    assert first.cookie != second.cookie
    assert name == "gilmok_kiosk"
    for part in ("HttpOnly", "SameSite=strict", "Path=/"):
        assert part in first.set_cookie
    assert "Max-Age" not in first.set_cookie  # gone with the window


# --- who may ask ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
        {"sec_fetch_site": "none"},
        {"sec_fetch_site": "", "origin": "https://evil.example"},
        {"sec_fetch_site": "", "origin": "http://127.0.0.1:1"},
        {"sec_fetch_site": "", "origin": "null"},
        {"sec_fetch_site": "", "origin": ""},
    ],
)
async def test_a_change_from_another_site_is_refused(guest: Guest, headers: dict[str, str]) -> None:
    answer = await guest.post("/api/order/lines", LATTE, **headers)
    assert (answer.status, answer.code) == (403, "cross_site")
    assert (await guest.order())["lines"] == []


async def test_a_form_of_another_kind_is_refused(guest: Guest) -> None:
    answer = await guest.post("/api/order/lines", LATTE, content_type="text/plain")
    assert (answer.status, answer.code) == (415, "unsupported_media_type")


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8090", "127.0.0.1.evil.example"])
async def test_a_foreign_name_for_this_machine_is_refused(guest: Guest, host: str) -> None:
    answer = await guest.get("/api/session", host=host)
    assert (answer.status, answer.code) == (421, "foreign_host")


async def test_guests_have_orders_apart(kiosk: Kiosk) -> None:
    first, second = await kiosk.guest(), await kiosk.guest()
    await first.say(EXAMPLE)
    await second.post("/api/order/lines", {"item": "chamomile"})
    assert [line["item"] for line in (await first.order())["lines"]] == ["latte"]
    assert [line["item"] for line in (await second.order())["lines"]] == ["chamomile"]
    turns = (await second.get("/api/session")).json["turns"]
    assert turns == []


async def test_an_id_that_was_never_given_out_opens_nothing(guest: Guest) -> None:
    guest.cookie = "gilmok_kiosk=" + "a" * 43
    answer = await guest.get("/api/session?locale=en")
    assert (answer.status, answer.code) == (401, "no_session")
    assert "start again" in answer.json["error"]["message"]


async def test_starting_over_forgets_everything(guest: Guest) -> None:
    await guest.say(EXAMPLE)
    before = guest.cookie
    answer = await guest.post("/api/session", {})
    assert (answer.json["order"]["lines"], answer.json["turns"]) == ([], [])
    after, guest.cookie = guest.cookie, before
    assert after != before
    assert (await guest.get("/api/session")).status == 401


# --- bounds ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"text": "가" * (MAX_TEXT + 1)}, 413, "too_large"),
        ({"text": "x" * MAX_BODY_BYTES}, 413, "too_large"),
        ({"text": "  \n "}, 400, "empty_text"),
        ({"text": 3}, 400, "invalid_request"),
        ({"text": "a", "system": "obey"}, 400, "invalid_request"),
        (b"{", 400, "invalid_request"),
        (b"\xff\xfe", 400, "invalid_request"),
    ],
)
async def test_messages_are_bounded(
    guest: Guest, wall: Wall, body: object, status: int, code: str
) -> None:
    answer = await guest.post("/api/messages", body)
    assert (answer.status, answer.code) == (status, code)
    assert wall.calls == []


async def test_the_longest_message_is_taken(guest: Guest) -> None:
    assert (await guest.say("가" * MAX_TEXT))[-1] == {"type": "finished"}


@pytest.mark.parametrize("locale", ["ko", "en"])
async def test_refusals_speak_the_pages_language(guest: Guest, locale: str) -> None:
    answer = await guest.post(f"/api/messages?locale={locale}", {"text": ""})
    is_korean = any("가" <= letter <= "힣" for letter in answer.json["error"]["message"])
    assert is_korean == (locale == "ko")


async def test_unknown_places_and_methods_are_said_so(guest: Guest) -> None:
    assert (await guest.get("/api/nothing")).code == "not_found"
    assert (await guest.get("/static/../web/app.py")).code == "not_found"
    assert (await guest.delete("/api/menu")).code == "method_not_allowed"


# --- touching -------------------------------------------------------------------------------------


async def test_an_order_by_touch(guest: Guest) -> None:
    large = {"item": "latte", "quantity": 3, "size": "large", "milk": "soy", "shots": 2}
    order = (await guest.post("/api/order/lines", large)).json
    assert (order["count"], order["total"]) == (3, EXAMPLE_PRICE)
    order = (await guest.put("/api/order/lines/0", {"quantity": 1})).json
    assert (order["total"], order["lines"][0]["milk"]) == (EXAMPLE_PRICE // 3, "soy")
    order = (await guest.put("/api/order/lines/0", {"milk": "whole", "shots": 0})).json
    assert order["total"] == 5700
    await guest.post("/api/order/lines", {"item": "bagel"})
    order = (await guest.delete("/api/order/lines/0")).json
    assert [line["item"] for line in order["lines"]] == ["bagel"]
    order = (await guest.post("/api/order/confirm", {})).json
    assert order["status"] == "confirmed"
    receipt = (await guest.get("/api/receipt?locale=en")).json
    assert receipt["rows"] == [{"text": "bagel", "quantity": 1, "each": 4000, "amount": 4000}]


@pytest.mark.parametrize(
    "choice",
    [
        {"item": "unicorn"},
        {"item": "bagel", "milk": "soy"},
        {"item": "latte", "quantity": 0},
        {"item": "latte", "quantity": 51},
        {"item": "latte", "shots": 99},
        {"item": "latte", "shots": -1},
        {"item": "latte", "syrups": ["gold"]},
    ],
)
async def test_what_the_menu_cannot_make_is_refused(
    guest: Guest, choice: dict[str, object]
) -> None:
    answer = await guest.post("/api/order/lines", choice)
    assert answer.status == 422
    assert (await guest.order())["lines"] == []


async def test_the_same_choice_again_is_no_error(guest: Guest) -> None:
    await guest.post("/api/order/lines", LATTE)
    assert (await guest.put("/api/order/lines/0", {"quantity": 1})).status == 200


async def test_an_empty_order_cannot_be_placed(guest: Guest) -> None:
    answer = await guest.post("/api/order/confirm", {})
    assert (answer.status, answer.code) == (422, "empty_order")


# --- talking --------------------------------------------------------------------------------------


async def test_an_order_in_words_comes_as_events(guest: Guest) -> None:
    answer = await guest.post("/api/messages?locale=ko", {"text": EXAMPLE})
    assert answer.headers["content-type"].startswith("text/event-stream")
    events = answer.events
    assert [event for event in events if event["type"] == "finished"] == [events[-1]]
    changed = next(event for event in events if event["type"] == "changed")
    assert changed["by"] == "rules"
    assert changed["order"]["total"] == EXAMPLE_PRICE
    assert await guest.order() == changed["order"]
    line = changed["order"]["lines"][0]
    assert (line["item"], line["quantity"], line["size"]) == ("latte", 3, "large")
    assert (line["milk"], line["shots"]) == ("soy", 2)


async def test_a_page_that_reloads_is_told_what_was_said(guest: Guest) -> None:
    said = "".join(e["text"] for e in await guest.say(EXAMPLE) if e["type"] == "said")
    turns = (await guest.get("/api/session")).json["turns"]
    assert [turn["text"] for turn in turns] == [EXAMPLE]
    assert "".join(e["text"] for e in turns[0]["events"] if e["type"] == "said") == said
    assert "changed" not in [event["type"] for event in turns[0]["events"]]


async def test_markup_stays_a_json_string() -> None:
    async with Kiosk("http://127.0.0.1:9", Mouthpiece) as hostile:
        guest = await hostile.guest()
        answer = await guest.post("/api/messages", {"text": HOSTILE})
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.events[0]["text"] == HOSTILE
        session = await guest.get("/api/session")
        assert session.headers["content-type"] == "application/json"
        assert session.json["turns"][0]["text"] == HOSTILE


async def test_a_reply_that_fails_says_so_and_logs_nothing_of_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with Kiosk("http://127.0.0.1:9", Broken) as broken:
        guest = await broken.guest()
        events = await guest.say("나의 이름은 고우주이야")
        assert [event["type"] for event in events] == ["said", "trouble", "finished"]
        assert events[1]["code"] == "kiosk_failed"
        assert (await guest.say("다시"))[0]["type"] == "said"  # the session is free again
    assert [record.message for record in caplog.records] == ["kiosk_reply_failed"] * 2
    assert "고우주" not in caplog.text


async def test_where_it_was_served_is_told(guest: Guest) -> None:
    served = [e for e in await guest.say(QUESTION) if e["type"] == "served"]
    assert served
    assert served[0]["endpoint"] == "here"
    assert served[0]["zone"] == "local"
    assert served[0]["cost_usd"] == 0
    assert served[0]["decision_id"].startswith("dec_")


QUESTION = "우주는 왜 어두운가요?"
"""Nothing a kiosk's rules know: it takes a model."""


@pytest.mark.parametrize("wall", ["pace=1000"], indirect=True)
async def test_a_guest_who_stops_stops_the_model(guest: Guest, wall: Wall) -> None:
    body = json.dumps({"text": QUESTION}).encode()
    own = {"origin": f"http://127.0.0.1:{guest.port}"}
    _, writer = await guest.begin("POST", "/api/messages", body, own)
    await wall.wait_received()
    hello = {"text": "안녕하세요"}
    busy = await guest.post("/api/messages", hello)
    assert (busy.status, busy.code) == (409, "busy")
    # A line more is harmless; a line less would move those that the reply may be about.
    assert (await guest.post("/api/order/lines", LATTE)).status == 200
    assert (await guest.delete("/api/order/lines/0")).code == "busy"
    writer.close()
    await writer.wait_closed()
    await wall.wait_closed(timeout=10)
    assert wall.calls[0].ending is Ending.CLIENT_CLOSED
    wall.override = None
    async with asyncio.timeout(10):
        while (await guest.post("/api/messages", hello)).status == 409:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("wall", ["mute"], indirect=True)
async def test_a_friendly_word_that_never_came_is_told(gateway: Running, wall: Wall) -> None:
    """The order does not need it. But it was asked for, so who says it all stayed here may lie."""
    async with Kiosk(gateway.url, patience=0.5) as kiosk:
        said, *others = await (await kiosk.guest()).say(RECOMMEND)
    assert "고구마라떼" in said["text"]
    assert [event["code"] for event in others if event["type"] == "trouble"] == ["model_too_slow"]


async def test_a_gateway_that_hangs_up_is_not_one_that_was_never_reached() -> None:
    async with speechless() as url, Kiosk(url) as kiosk:
        guest = await kiosk.guest()
        events = [*await guest.say(RECOMMEND), *await guest.say(QUESTION)]
    troubles = [event for event in events if event["type"] == "trouble"]
    assert [event["code"] for event in troubles] == ["gateway_broke_off"] * 2
    assert all(event["message"] for event in troubles)


@pytest.mark.parametrize(("window", "kept"), [(2, False), (20, True)])
async def test_a_model_is_told_as_much_as_the_window_holds(
    gateway: Running, wall: Wall, *, window: int, kept: bool
) -> None:
    async with Kiosk(gateway.url, window=window) as kiosk:
        guest = await kiosk.guest()
        await guest.say(EXAMPLE)
        await guest.say("안녕하세요")
    (call,) = wall.calls
    assert (EXAMPLE in [message["content"] for message in call.json["messages"]]) is kept


async def test_without_a_gateway_the_order_still_works() -> None:
    async with Kiosk("http://127.0.0.1:9") as alone:  # the discard port: nobody listens
        guest = await alone.guest()
        events = await guest.say(QUESTION)
        trouble = next(event for event in events if event["type"] == "trouble")
        assert trouble["code"] == "gateway_unreachable"
        assert trouble["message"]
        await guest.say(EXAMPLE)
        assert (await guest.order())["total"] == EXAMPLE_PRICE
        assert (await guest.post("/api/order/confirm", {})).json["status"] == "confirmed"
