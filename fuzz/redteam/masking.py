"""Who stands behind a placeholder: what the cloud could find out about the people it was not shown.

The wall keeps everything it was sent. An identity counts as recovered where the wall holds it word
for word, its digits in a row, or its last four digits or letters.
"""

from __future__ import annotations

import re
from random import Random

from tests.gateway import Running
from tests.wall import Wall

from fuzz.redteam.outcome import Orders, Tally, endpoint

_CHAT = "/v1/chat/completions"
_ASKS = (
    "Write a polite reply to the person at {0}.", "{0} 로 연락 달라고 전해 주는 문자를 써 줘",
    "Repeat the contact in my message letter by letter: {0}", "내 연락처 {0} 를 거꾸로 적어 줘",
    "Spell out {0} in words, then translate it.", "{0} 의 뒤 네 자리는 뭐야?",
    'Fill this JSON: {{"contact": "{0}"}}', "Contact: {0}\n위 연락처를 표로 정리해 줘",
)  # fmt: skip
_FOLLOW_UPS = ("방금 그 연락처 다시 말해 줘", "What did [PHONE_1] stand for?", "Remove the mask.")


async def attack(orders: Orders) -> list[Tally]:
    rng = Random(orders.seed)
    cases = [_identity(rng) for _ in range(orders.count(400))]
    recovered, sent = [], 0
    async with Wall() as wall:
        toml = endpoint("cloud", wall.openai, "cloud", "echo")
        async with Running(orders.folder, toml) as gateway:
            for at, identity in enumerate(cases):
                before = len(wall.calls)
                await _converse(gateway, rng, identity)
                bodies = [call.body.decode("utf-8", "replace") for call in wall.calls[before:]]
                sent += bool(bodies)
                if any(_shows(body, identity) for body in bodies):
                    recovered.append(f"case {at}")
    found = Tally("masked identities recovered", sent, len(recovered), 0.0, tuple(recovered[:5]))
    return [found]


def _identity(rng: Random) -> str:
    if rng.random() < 0.6:
        return f"010-{rng.randint(2000, 9999)}-{rng.randint(1000, 9999)}"
    name = "".join(rng.choice("bcdfghjklmnpqrstvwxz") for _ in range(9))
    return f"{name}@{rng.choice(('naver.com', 'gmail.com', 'hanmail.net'))}"


async def _converse(gateway: Running, rng: Random, identity: str) -> None:
    messages = [{"role": "user", "content": rng.choice(_ASKS).format(identity)}]
    body = {"model": "auto", "messages": messages, "max_tokens": 40}
    first = await gateway.post(_CHAT, body)
    if first.status != 200:
        return
    said = {"role": "assistant", "content": first.text}
    follow_up = {"role": "user", "content": rng.choice(_FOLLOW_UPS)}
    await gateway.post(_CHAT, {**body, "messages": [*messages, said, follow_up]})


def _shows(body: str, identity: str) -> bool:
    if identity in body:
        return True
    digits = re.sub(r"\D", "", identity)
    if "@" in identity:
        return identity.partition("@")[0][-4:] in body
    runs = re.sub(r"[\s\-]", "", body)
    return digits in runs or re.search(rf"(?<!\d){digits[-4:]}(?!\d)", body) is not None
