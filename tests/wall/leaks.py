"""An upstream that shows the key it was called with: where, and in which spelling. Pure."""

from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from tests.wall.wire import Headers

Json = dict[str, Any]

KEYS = frozenset({"authorization", "x-api-key", "api-key", "x-goog-api-key", "proxy-authorization"})
TEXTS = frozenset({"said", "reasoning_content", "reasoning", "refusal"})
"""Places that are texts of the answer, and so cut into pieces like any other."""
TRANSPORT = frozenset({"head", "trailer", "event", "location"})
"""Places that are no part of a document. Every other place is a field of that name."""

FORMS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "header": lambda key: f"authorization: Bearer {key}",
    "url": lambda key: quote(key, safe=""),
    "percent": lambda key: "".join(f"%{ord(c):02x}" for c in key),
    "json": lambda key: "".join(f"\\u{ord(c):04X}" for c in key),
    "hex": lambda key: key.encode().hex(),
    "base64": lambda key: _base64(key),
    "basic": lambda key: f"Basic {_base64(f'user:{key}')}",
    "token": lambda key: urlsafe_b64encode(f"Bearer {key}".encode()).decode().rstrip("="),
}


def _base64(text: str) -> str:
    return b64encode(text.encode()).decode()


@dataclass(frozen=True, slots=True)
class Leak:
    """`place` shows `text` and nothing else does."""

    place: str
    text: str

    def into(self, document: Json) -> Json:
        """The document with the text at the place: in every field of that name, or in a new one
        of each object where there is none."""
        if self.place in TRANSPORT or self.place == "said":
            return document
        if self.place in TEXTS:
            return _renamed(document, self.place)
        found = list(_objects(document))
        holders = [one for one in found if self.place in one] or found
        for one in holders:
            one[self.place] = self._value(one.get(self.place))
        return document

    def _value(self, before: object) -> Any:
        if self.place == "logprobs":
            token = {"token": self.text, "logprob": -1.0, "bytes": list(self.text.encode())}
            return {"content": [{**token, "top_logprobs": [token]}], "refusal": None}
        if self.place == "usage" and isinstance(before, dict):
            return dict.fromkeys((*before, self.text), self.text)
        return self.text

    def head(self) -> Headers:
        """Fields that upstreams are known to write what they received into."""
        if self.place == "location":
            return [("location", f"https://elsewhere.example/?key={self.text}")]
        if self.place != "head":
            return []
        names = ("x-request-id", "x-debug", "set-cookie", "www-authenticate", "authorization")
        more = ("server", "via", "retry-after", "x-ratelimit-reset-requests", "openai-organization")
        return [(name, self.text) for name in (*names, *more)]

    @property
    def reason(self) -> str | None:
        """What stands where `OK` does."""
        return self.text if self.place == "head" else None

    @property
    def event(self) -> str:
        """Lines of a server-sent event besides its data."""
        lines = ("event", "id", "retry", "", "key")
        return "".join(f"{n}: {self.text}\n" for n in lines) if self.place == "event" else ""

    @property
    def trailer(self) -> bytes:
        return f"x-key: {self.text}\r\n".encode() if self.place == "trailer" else b""


def leak(place: str, form: str, headers: Headers) -> Leak | None:
    """What this place shows of the first key among the headers; `None` where there is none."""
    for name, value in headers:
        if name.lower() in KEYS:
            return Leak(place, FORMS[form](value.removeprefix("Bearer ")))
    return None


def _objects(value: Any) -> Iterator[Json]:
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value:
        if isinstance(inner, dict | list):
            yield from _objects(inner)


def _renamed(document: Json, place: str) -> Json:
    """What is content becomes another text of the same answer."""
    for one in _objects(document):
        if isinstance(one.get("content"), str):
            one[place] = one.pop("content")
        if one.get("type") == "text_delta":
            one.update(type="thinking_delta", thinking=one.pop("text"))
    return document
