"""The inspector as a whole: policy, failure, what cannot be read, every text of a request."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import msgspec
import pytest

from gilmok.core.inspection import Clearance, Complexity, Inspection, ResponseTime, Sensitivity
from gilmok.core.request import (
    Attachment,
    Image,
    Message,
    Request,
    Role,
    Sampling,
    Text,
    Tool,
    ToolCall,
)
from gilmok.core.text import Private
from gilmok.inspection import FastInspector, LabelPolicy
from gilmok.inspection.inspector import DETECTORS
from gilmok.inspection.view import Finding, View
from tests.unit.inspection.ask import INSPECTOR, inspect, kinds, request

PHONE = "010-2345-6789"
RRN = "850505-1234569"
PIXEL = (
    "data:image/png;base64," + base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(range(256))).decode()
)


@pytest.mark.parametrize(
    ("policy", "text", "clearance"),
    [
        (LabelPolicy(), f"전화 {PHONE}", Clearance.MASKED),
        (LabelPolicy(medium="local"), f"전화 {PHONE}", Clearance.LOCAL_ONLY),
        (LabelPolicy(medium="open"), f"전화 {PHONE}", Clearance.OPEN),
        (LabelPolicy(), "카페인에 민감한데 추천해줘", Clearance.LOCAL_ONLY),
        (LabelPolicy(medium="open"), RRN, Clearance.LOCAL_ONLY),
        (LabelPolicy(medium="open"), "안녕", Clearance.OPEN),
        (LabelPolicy(terms=("Project Falcon", "비밀 작전")), "how is ｐｒｏｊｅｃｔ falcon?", Clearance.LOCAL_ONLY),
        (LabelPolicy(terms=("Project Falcon", "비밀 작전")), "비밀 작전은?", Clearance.LOCAL_ONLY),
    ],
)  # fmt: skip
def test_clearance_by_policy(policy: LabelPolicy, text: str, clearance: Clearance) -> None:
    assert FastInspector(policy).inspect(request(text)).clearance is clearance


@pytest.mark.parametrize("name", [name for name, _ in DETECTORS])
def test_a_detector_that_raises_keeps_everything_local(name: str) -> None:
    def broken(view: View) -> Iterator[Finding]:
        if view.text:
            raise RuntimeError("detector")
        yield Finding("never", Sensitivity.LOW, 0, 0)

    detectors = [(n, broken if n == name else d) for n, d in DETECTORS]
    inspection = FastInspector(LabelPolicy(medium="open"), detectors).inspect(request("hello"))
    assert inspection.failed == (name,)
    assert inspection.clearance is Clearance.LOCAL_ONLY


@pytest.mark.parametrize(
    "step", ["texts", "readings", "look_inside", "seams", "combine", "complexity"]
)
def test_a_step_that_raises_keeps_everything_local(
    step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("step")

    monkeypatch.setattr(f"gilmok.inspection.inspector.{step}", broken)
    image = Message(role=Role.USER, parts=(Image(Private("https://a.example/cat.png")),))
    turns = request("hello 1", "there 2")
    asked = msgspec.structs.replace(turns, messages=(*turns.messages, image))
    inspection = FastInspector(LabelPolicy(medium="open", attachments="allow")).inspect(asked)
    assert len(inspection.failed) == 1
    assert inspection.sensitivity is Sensitivity.HIGH
    assert inspection.clearance is Clearance.LOCAL_ONLY


def _everywhere(secret: str) -> dict[str, Request]:
    private = Private(secret)
    base = request("hi")
    json = Private(msgspec.json.encode({"a": [secret]}).decode())

    def with_message(**fields: object) -> Request:
        message = Message(**{"role": Role.USER, **fields})  # type: ignore[arg-type]
        return msgspec.structs.replace(base, messages=(*base.messages, message))

    call = ToolCall(Private("call_1"), Private("f"), json)
    return {
        "system": with_message(role=Role.SYSTEM, parts=(Text(private),)),
        "earlier turn": msgspec.structs.replace(
            base, messages=(*request(secret).messages, *base.messages)
        ),
        "name": with_message(name=private),
        "tool result": with_message(role=Role.TOOL, parts=(Text(private),)),
        "tool arguments": with_message(role=Role.ASSISTANT, tool_calls=(call,)),
        "tool call id": with_message(role=Role.TOOL, tool_call_id=private),
        "tool description": msgspec.structs.replace(
            base, tools=(Tool(name=Private("f"), description=private),)
        ),
        "tool schema": msgspec.structs.replace(base, tools=(Tool(name=Private("f"), parameters=json),)),
        "stop": msgspec.structs.replace(base, sampling=Sampling(stop=(private,))),
        "response format": msgspec.structs.replace(base, sampling=Sampling(response_format=json)),
        "user": msgspec.structs.replace(base, user=private),
        "metadata": msgspec.structs.replace(base, options=(("metadata", json),)),
        "extra": msgspec.structs.replace(base, extras=(("x", json),)),
        "extra name": msgspec.structs.replace(base, extras=((secret, Private("1")),)),
        "image address": with_message(parts=(Image(Private(f"https://a.example/{secret}.png")),)),
        "text in an image": with_message(
            parts=(Image(Private("data:image/svg+xml;base64," + _b64(f"<text>{secret}</text>"))),)
        ),
        "file": with_message(parts=(Attachment("file", _file(_b64("이력서\n" + secret))),)),
        "file name": with_message(
            parts=(Attachment("file", Private(f'{{"type":"file","file":{{"filename":"{secret}.pdf"}}}}')),)
        ),
    }  # fmt: skip


def _b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _file(data: str) -> Private:
    part = {
        "type": "file",
        "file": {"filename": "a.txt", "file_data": f"data:text/plain;base64,{data}"},
    }
    return Private(msgspec.json.encode(part).decode())


@pytest.mark.parametrize("place", _everywhere("x"))
@pytest.mark.parametrize(
    ("secret", "kind"),
    [
        (RRN, "id.kr_rrn"),
        ("\\u0038\\u0035\\u0030505-1234569", "id.kr_rrn"),
        (PHONE, "contact.phone"),
    ],
)
def test_every_text_is_inspected(place: str, secret: str, kind: str) -> None:
    inspection = FastInspector(LabelPolicy(attachments="allow")).inspect(_everywhere(secret)[place])
    assert kind in kinds(inspection)


@pytest.mark.parametrize(
    ("part", "found"),
    [
        (Image(Private(PIXEL)), "unreadable.image"),
        (Image(Private("https://a.example/cat.png")), "unreadable.image"),
        (Attachment("input_audio", Private('{"type":"input_audio","input_audio":{"data":"UklGRv//AAA=","format":"wav"}}')), "unreadable.audio"),
        (Attachment("file", Private('{"type":"file","file":{"file_id":"file-1"}}')), "unreadable.file"),
        (Attachment("file", _file(base64.b64encode(b"%PDF-1.7\n\xff\x00\x01").decode())), "unreadable.file"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_stays_local_unless_allowed(
    part: Image | Attachment, found: str
) -> None:
    asked = msgspec.structs.replace(
        request("hi"), messages=(Message(role=Role.USER, parts=(part,)),)
    )
    strict = INSPECTOR.inspect(asked)
    assert kinds(strict) == {found}
    assert strict.clearance is Clearance.LOCAL_ONLY
    allowed = FastInspector(LabelPolicy(attachments="allow")).inspect(asked)
    assert allowed.clearance is Clearance.OPEN


def test_a_text_file_is_read_and_needs_no_permission() -> None:
    part = Attachment("file", _file(_b64("1. milk\n2. bread\n")))
    asked = msgspec.structs.replace(
        request("hi"), messages=(Message(role=Role.USER, parts=(part,)),)
    )
    assert INSPECTOR.inspect(asked).clearance is Clearance.OPEN


def test_what_is_found_inside_a_file_is_not_maskable() -> None:
    part = Attachment("file", _file(_b64("call " + PHONE)))
    asked = msgspec.structs.replace(request(), messages=(Message(role=Role.USER, parts=(part,)),))
    inspection = INSPECTOR.inspect(asked)
    assert [(e.kind, e.maskable) for e in inspection.evidence] == [("contact.phone", False)]
    assert inspection.clearance is Clearance.LOCAL_ONLY


def test_a_conversation_is_as_sensitive_as_its_most_sensitive_part() -> None:
    turns: list[str | tuple[Role, str]] = [RRN, (Role.ASSISTANT, "네"), "고마워"]
    assert inspect(*turns).sensitivity is Sensitivity.HIGH


def test_name_and_contact_together_are_high() -> None:
    together = inspect("제 이름은 홍길동이고 전화는 010-2345-6789")
    assert together.sensitivity is Sensitivity.HIGH
    assert "person.identified" in kinds(together)


def test_one_number_is_one_reason_whatever_readings_show_it() -> None:
    inspection = inspect("%30%31%30-2345-6789 그리고 " + _b64("그냥 글"))
    assert [e.kind for e in inspection.evidence] == ["contact.phone"]


def test_explanations_hold_no_text() -> None:
    assert PHONE not in repr(inspect(PHONE))
    assert PHONE not in str(msgspec.json.encode(inspect(PHONE)))


@pytest.mark.parametrize(
    ("text", "complexity"),
    [
        ("안녕하세요", Complexity.SIMPLE),
        ("What is the capital of France?", Complexity.SIMPLE),
        ("Python 리스트와 튜플의 차이", Complexity.MODERATE),
        ("Write a python function that sorts a list and explain the algorithm", Complexity.COMPLEX),
        (
            "Design the architecture of a payment system step by step, compare trade-offs, then implement "
            "the core algorithm in Python and prove its correctness",
            Complexity.COMPLEX,
        ),
        ("이 알고리즘의 시간 복잡도를 증명하고, 단계별로 구현해서 장단점을 비교해 자세히 분석해줘", Complexity.COMPLEX),
    ],
)  # fmt: skip
def test_complexity(text: str, complexity: Complexity) -> None:
    inspection = inspect(text)
    assert inspection.complexity is complexity
    assert 0.0 <= inspection.complexity_score <= 1.0


@pytest.mark.parametrize(
    ("text", "need"),
    [
        ("안녕하세요", ResponseTime.FAST),
        ("급해! 빨리 답해줘", ResponseTime.FAST),
        ("quick question: is water wet? I have read a lot about it and I am not sure", ResponseTime.FAST),
        ("자세히 설명해줘", ResponseTime.QUALITY),
        ("이 표를 분석해줘", ResponseTime.QUALITY),
        ("prove that there are infinitely many primes", ResponseTime.QUALITY),
        ("please do a code review of this function", ResponseTime.QUALITY),
        ("Write an email to the landlord about the broken heating in the kitchen", ResponseTime.BALANCED),
    ],
)  # fmt: skip
def test_response_time(text: str, need: ResponseTime) -> None:
    assert inspect(text).response_time is need


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("안녕하세요", "ko"),
        ("Kubernetes pod가 CrashLoopBackOff 상태입니다", "ko"),
        ("hello", "en"),
        ("naïve café", "en"),
        ("", "en"),
        ("今日はいい天気ですね", "other"),
        ("Привет, как дела?", "other"),
    ],
)
def test_language(text: str, language: str) -> None:
    assert inspect(text).language == language


def test_token_bounds_hold_for_bytes_and_grow_with_images() -> None:
    def tokens(inspection: Inspection) -> tuple[int, int]:
        return inspection.tokens.expected, inspection.tokens.upper

    text = "대한민국의 수도는 서울입니다. 🙂" * 20
    expected, upper = tokens(inspect(text))
    assert len(text) / 3 < expected < upper
    assert upper >= len(text.encode())
    part = Image(Private(PIXEL))
    shown = msgspec.structs.replace(
        request(text), messages=(Message(role=Role.USER, parts=(part,)),)
    )
    assert INSPECTOR.inspect(shown).tokens.upper >= 1_600


def test_expected_output_is_bounded_by_the_limit_asked_for() -> None:
    asked = msgspec.structs.replace(request("write an essay"), sampling=Sampling(max_tokens=10))
    assert INSPECTOR.inspect(asked).expected_output == 10
