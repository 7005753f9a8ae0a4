"""A gateway on a real socket that speaks OpenAI's wire, and misbehaves as a test says.

Vectors are made from the texts' letters, so texts that share letters are alike and every run is the
same.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

WIDTH = 64
PNG = b"\x89PNG\r\n\x1a\n" + bytes(8)

Json = dict[str, Any]


def vector(text: str, width: int = WIDTH) -> NDArray[np.float32]:
    """Of its pairs of letters; never all zeros."""
    made = np.zeros(width, dtype=np.float64)
    for pair in zip(" " + text, text + " ", strict=True):
        digest = hashlib.blake2b("".join(pair).encode(), digest_size=8).digest()
        made[digest[0] % width] += 1.0 if digest[1] % 2 else -1.0
        made[digest[2] % width] += 0.5
    length = float(np.linalg.norm(made)) or 1.0
    return (made / length).astype(np.float32)


class StubGateway:
    """`async with StubGateway() as stub`: `stub.url` is what `GILMOK_URL` should be."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Json, dict[str, str]]] = []
        """Path, body and headers of every request."""
        self.model = "stub-encoder"
        self.width = WIDTH
        self.base64 = True
        self.bad: Callable[[str], tuple[int, str] | None] = lambda text: None
        """Status and code with which a text is refused, and with it its whole request."""
        self.down: tuple[int, str] | None = None
        self.answer: Callable[[Json], str] = lambda body: "none"
        """What the language model says."""

        self._serving: set[asyncio.Task[None]] = set()

    @property
    def embedded(self) -> list[list[str]]:
        """The texts of each request for vectors."""
        return [body["input"] for path, body, _ in self.asked if path == "/v1/embeddings"]

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{port}/v1"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.close()
        for task in self._serving:
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        try:
            while line := await reader.readline():
                path = line.split()[1].decode()
                headers = {}
                while (field := (await reader.readline()).decode().strip()) != "":
                    name, _, value = field.partition(":")
                    headers[name.lower()] = value.strip()
                body = json.loads(await reader.readexactly(int(headers["content-length"])))
                self.asked.append((path, body, headers))
                writer.write(self._answer(path, body))
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # The client has gone, or the test is over.
        finally:
            self._serving.discard(task)
            writer.close()

    def _answer(self, path: str, body: Json) -> bytes:
        if self.down is not None:
            return _refusal(*self.down)
        if path == "/v1/embeddings":
            return self._vectors(body)
        if path == "/v1/chat/completions":
            return self._chat(body)
        if path == "/v1/audio/speech":
            return _response(b"RIFF....WAVE", "audio/wav", {"x-gilmok-fallback": "true"})
        if path == "/v1/images/generations":
            drawn = {"data": [{"b64_json": base64.b64encode(PNG).decode()}]}
            return _response(json.dumps(drawn).encode(), "application/json", {})
        return _refusal(404, "route_not_found")

    def _vectors(self, body: Json) -> bytes:
        for text in body["input"]:
            refused = self.bad(text)
            if refused is not None:
                return _refusal(*refused)
        data = []
        for index, text in enumerate(body["input"]):
            made = vector(text, self.width)
            wire: object = [float(one) * 3 for one in made]  # Not of length 1: the client's work.
            if self.base64:
                wire = base64.b64encode((made * 3).astype("<f4").tobytes()).decode()
            data.append({"object": "embedding", "index": index, "embedding": wire})
        data.reverse()
        told = {"object": "list", "model": self.model, "data": data, "usage": {}}
        return _response(json.dumps(told).encode(), "application/json", {})

    def _chat(self, body: Json) -> bytes:
        told = {
            "model": "stub-model",
            "choices": [{"message": {"role": "assistant", "content": self.answer(body)}}],
            "usage": {"prompt_tokens": 11, "completion_tokens": 7},
        }
        headers = {"x-gilmok-decision": "dec_1", "x-gilmok-cost-usd": "0.000012345"}
        return _response(json.dumps(told).encode(), "application/json", headers)


def _refusal(status: int, code: str) -> bytes:
    body = json.dumps({"error": {"code": code, "message": f"said {code}"}}).encode()
    return _response(body, "application/json", {}, status)


def _response(body: bytes, kind: str, headers: dict[str, str], status: int = 200) -> bytes:
    fields = {"content-type": kind, "content-length": str(len(body)), **headers}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 {status} x\r\n{head}\r\n".encode() + body
