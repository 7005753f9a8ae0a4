"""What the tests of services share: endpoints, and OpenAI's own client before a real gateway."""

from __future__ import annotations

import io
import wave
from collections.abc import Mapping

import openai

from tests.gateway import Running
from tests.wall import Wall

QUICK = (
    "[server]\ndeadline_s = 10\n[dispatch]\nretries = 0\nbackoff_s = 0.01\nbackoff_max_s = 0.01\n"
    "[services]\nlocal = false\n"
)
HIGH = "제 주민등록번호는 900101-1234568 입니다"


def dummy(id: str, does: str, model: str = "ok", more: str = "") -> str:
    return (
        f'[[endpoints]]\nid = "{id}"\nprovider = "dummy"\nmodel = "{model}"\nzone = "local"\n'
        f'does = "{does}"\n{more}\n'
    )


def walled(
    id: str, wall: Wall, does: str, model: str = "ok", zone: str = "cloud", more: str = ""
) -> str:
    """`more` may say another price."""
    return (
        f'[[endpoints]]\nid = "{id}"\nprovider = "vllm"\nbase_url = "{wall.openai}"\n'
        f'model = "{model}"\nzone = "{zone}"\ndoes = "{does}"\n{more}\n'
    )


def client(gateway: Running, headers: Mapping[str, str] | None = None) -> openai.AsyncOpenAI:
    return openai.AsyncOpenAI(
        base_url=f"{gateway.url}/v1", api_key="none", max_retries=0, default_headers=headers
    )


def recording(seconds: float = 0.5) -> bytes:
    made = io.BytesIO()
    with wave.open(made, "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(bytes(2 * int(seconds * 8000)))
    return made.getvalue()


def form(file: bytes, **fields: str) -> tuple[bytes, dict[str, str]]:
    """A body, and the header that goes with it."""
    parts = [
        f'--x\r\ncontent-disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    head = b'--x\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\n'
    whole = b"".join(parts) + head + file + b"\r\n--x--\r\n"
    return whole, {"content-type": "multipart/form-data; boundary=x"}
