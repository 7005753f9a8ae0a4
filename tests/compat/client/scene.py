"""A gateway before a wall, and official clients for it."""

from __future__ import annotations

from hashlib import sha256

from openai import AsyncOpenAI, OpenAI
from openai.types.chat import ChatCompletionMessageParam, ChatCompletionToolParam

from tests.gateway import Running
from tests.wall import Wall

KEY, LOCAL_KEY, NARROW_KEY = "sk-compat-all", "sk-compat-local", "sk-compat-narrow"
HELLO: list[ChatCompletionMessageParam] = [{"role": "user", "content": "안녕하세요 🙂"}]
TOOLS: list[ChatCompletionToolParam] = [
    {
        "type": "function",
        "function": {
            "name": name,
            "description": f"{name} of a city",
            "strict": True,
            "parameters": {
                "type": "object",
                "properties": {"city": {"type": "string"}, "days": {"type": "integer"}},
                "required": ["city", "days"],
                "additionalProperties": False,
            },
        },
    }
    for name in ("weather", "time")
]
SETTINGS = """
[dispatch]
retries = 0
[breaker]
failures = 1000
"""
MODELS = (
    "ok", "tool=2", "refuse", "length", "cached=1+reasoning=3", "cut=2", "errevent=2",
    "tokens=500+pace=20", "tokens=40+pace=5", "429=7", "503", "503=3", "flaky=1+502", "slow=5000",
    "toolong", "400",
)  # fmt: skip


def _key(name: str, key: str, rights: str = "") -> str:
    return f'[[keys]]\nid = "{name}"\nsha256 = "{sha256(key.encode()).hexdigest()}"\n{rights}\n'


def _endpoint(name: str, model: str, wall: Wall, more: str = "") -> str:
    return (
        f'[[endpoints]]\nid = "{name}"\nprovider = "openai"\nbase_url = "{wall.openai}"\n'
        f'model = "{model}"\napi_key = "sk-wall"\n{more}\n'
    )


class Scene:
    """A gateway before a wall, and clients for it."""

    def __init__(self, wall: Wall, gateway: Running) -> None:
        self.wall = wall
        self.url = f"{gateway.url}/v1"

    def client(self, key: str = KEY, retries: int = 0) -> AsyncOpenAI:
        return AsyncOpenAI(base_url=self.url, api_key=key, max_retries=retries)

    def sync(self) -> OpenAI:
        return OpenAI(base_url=self.url, api_key=KEY, max_retries=0)


def configuration(wall: Wall) -> str:
    tables = [SETTINGS, _key("all", KEY), _key("local", LOCAL_KEY, 'zones = ["local"]')]
    tables.append(_key("narrow", NARROW_KEY, "max_concurrency = 1"))
    tables += [_endpoint(f"m{i}", model, wall) for i, model in enumerate(MODELS)]
    tables.append(_endpoint("cloud", "as=cloud", wall, 'zone = "cloud"'))
    plain = 'capabilities = ["stream"]'
    tables.append(_endpoint("plain", "as=plain", wall, plain))
    return "".join(tables)
