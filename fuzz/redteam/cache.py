"""One tenant's answers are invisible to another, and nobody can plant an answer for somebody else."""

from __future__ import annotations

from quality.data import own
from tests.gateway import Answer, Running
from tests.wall import Wall
from tests.wall.log import Exchange

from fuzz.redteam.outcome import Orders, Tally, endpoint
from gilmok.config import hash_key

_CHAT = "/v1/chat/completions"
_KEYS = {"a": "sk-tenant-a-0123456789abcdef", "b": "sk-tenant-b-0123456789abcdef"}
_FORGED = (
    {"x-gilmok-tenant": "a"}, {"x-gilmok-cache": "semantic"}, {"x-forwarded-user": "a"},
    {"x-gilmok-user": "someone"},
)  # fmt: skip


async def attack(orders: Orders) -> list[Tally]:
    questions = list(dict.fromkeys(row["a"] for row in own("near_misses")))[: orders.count(150)]
    answers = iter(range(10**9))

    def unique(_: Exchange) -> str:
        return f"answer {next(answers)}"

    async with Wall(answer=unique) as wall, Running(orders.folder, _config(wall)) as gateway:
        mine = [await _ask(gateway, "a", text) for text in questions]
        probed = await _probe(gateway, questions, {answer.text for answer in mine})
        shared = await _high_shared(gateway, questions[:40])
    return [probed, shared]


def _config(wall: Wall) -> str:
    keys = "".join(
        f'[[tenants]]\nid = "{name}"\n[[keys]]\nid = "key-{name}"\ntenant = "{name}"\n'
        f'sha256 = "{hash_key(key)}"\n'
        for name, key in _KEYS.items()
    )
    cache = '[cache]\nenabled = true\nsemantic = true\nencoder = "static"\nerror_bound = 0.05\n'
    return cache + keys + endpoint("home", wall.openai, "local")


async def _ask(
    gateway: Running, tenant: str, text: str, more: dict[str, str] | None = None, user: str = ""
) -> Answer:
    body = {"model": "auto", "messages": [{"role": "user", "content": text}], "max_tokens": 9}
    if user:
        body["user"] = user
    headers = {"authorization": f"Bearer {_KEYS[tenant]}", **(more or {})}
    return await gateway.post(_CHAT, body, headers)


async def _probe(gateway: Running, questions: list[str], known: set[str]) -> Tally:
    """Another tenant asks the same, plainly and with every header that might be believed."""
    hits = []
    attempts = 0
    for at, text in enumerate(questions):
        forged = _FORGED[at % len(_FORGED)]
        for more in ({}, forged):
            answer = await _ask(gateway, "b", f"{text}{' ' * bool(more)}", more)
            attempts += 1
            if answer.status == 200 and answer.text in known:
                hits.append(text)
    return Tally("answers of another tenant", attempts, len(hits), 0.0, tuple(hits[:3]))


async def _high_shared(gateway: Running, questions: list[str]) -> Tally:
    """High texts: two users of one key never see each other's answers."""
    wrong = []
    for at, text in enumerate(questions):
        secret = f"주민등록번호 900101-1234568 {text}"
        first = await _ask(gateway, "a", secret, user=f"u{at}")
        second = await _ask(gateway, "a", secret, user=f"v{at}")
        if first.status == second.status == 200 and first.text == second.text:
            wrong.append(str(at))
    return Tally("high answers shared between users", len(questions), len(wrong), 0.0, tuple(wrong))
