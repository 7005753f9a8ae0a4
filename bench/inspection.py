"""CPU time of one inspection, per 200 characters of chat, and of hostile text.

    PYTHONPATH=src python bench/inspection.py

Prints process CPU time on one core, in microseconds: for chat the least of several rounds, which
a busy machine disturbs least.
"""

from __future__ import annotations

import base64
import statistics
import time
from collections.abc import Callable
from functools import partial

from gilmok.core.request import Message, Request, Role, Target, Text
from gilmok.core.text import Private
from gilmok.inspection import FastInspector

ROUNDS, CALLS = 15, 200

CHAT = {
    "ko short": "라떼에 샷2잔, 우유 대신 두유, 라지 사이즈로 3잔 추가해줘",
    "ko 200": (
        "안녕하세요, 오늘 회의에서 논의한 내용을 정리해 주실 수 있을까요? 특히 다음 분기 일정과 담당자별 할 일을 "
        "표로 만들어 주시면 좋겠습니다. 그리고 지난번에 말씀하신 파이썬 코드에서 리스트와 튜플의 차이도 간단히 "
        "설명해 주세요. 감사합니다. 아메리카노 가격은 얼마인가요? 라떼 3잔을 주문하고 싶어요. 회의 전에 집중력을 "
        "높이는 조합이 있으면 추천해 주세요. 그리고 내일 날씨도 알려주세요."
    )[:200],
    "en short": "What is the difference between a list and a tuple in Python?",
    "en 200": (
        "Hello, could you summarise the main points of the attached minutes? Please put next quarter's schedule "
        "and the tasks in a table. Also explain the difference between a list and a tuple in Python, with two "
        "short examples for beginners."
    )[:200],
    "ko 200 with identifiers": (
        "제 이름은 홍길동이고 전화번호는 010-1234-5678, 이메일은 hong@naver.com 입니다. 주문번호 20240101-123456 의 배송지를 "
        "서울특별시 강남구 테헤란로 152 로 바꿔 주세요. 지난주에 결제한 카드가 취소되었다고 나오는데 확인 부탁드립니다. "
        "환불은 국민은행 123456-01-123456 으로 해 주시면 감사하겠습니다. 늦어도 내일까지는 처리되면 좋겠어요."
    )[:200],
}

CONVERSATIONS = {name: (text,) for name, text in CHAT.items()} | {
    "en, two messages": (CHAT["en 200"] + " " + CHAT["en short"], CHAT["en 200"] * 2),
    "ko, three messages": (CHAT["ko 200"], CHAT["ko short"], CHAT["ko 200"]),
}

HOSTILE = {
    "digits": "1" * 100_000,
    "spaced digits": "1 " * 50_000,
    "at signs": "a@" * 50_000,
    "zero width": "\u200b" * 100_000,
    "nested base64": base64.b64encode(
        base64.b64encode(base64.b64encode(b"9001011 " * 5_000))
    ).decode(),
    "escapes": "%39" * 33_000,
    "combining marks": "e" + "\u0301\u0323" * 50_000,
    "cues": "내 우울증 " * 16_000,
    "chat x 500": CHAT["ko 200"] * 500,
}


def request(*texts: str) -> Request:
    messages = tuple(Message(role=Role.USER, parts=(Text(Private(text)),)) for text in texts)
    return Request(id="dec_bench", target=Target(), messages=messages, received_at=0, deadline=0.0)


def cpu_us(
    call: Callable[[], object],
    rounds: int,
    calls: int,
    of: Callable[[list[float]], float] = statistics.median,
) -> float:
    call()
    samples = []
    for _ in range(rounds):
        start = time.process_time()
        for _ in range(calls):
            call()
        samples.append((time.process_time() - start) / calls * 1e6)
    return of(samples)


def main() -> None:
    inspector = FastInspector()
    print("CPU of inspect(), least")
    for name, texts in CONVERSATIONS.items():
        size = sum(map(len, texts))
        us = cpu_us(partial(inspector.inspect, request(*texts)), ROUNDS, CALLS, min)
        print(f"  {name:26} {size:7} chars {us:10.1f} us {us * 200 / size:8.1f} us per 200")
    print("Hostile text")
    for name, text in HOSTILE.items():
        asked = request(text)
        us = cpu_us(partial(inspector.inspect, asked), 1, 1)
        print(
            f"  {name:26} {len(text):7} chars {us / 1e3:10.1f} ms {us * 200 / len(text):8.1f} us per 200"
        )


if __name__ == "__main__":
    main()
