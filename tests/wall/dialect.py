"""What every dialect must be able to say; the dialects themselves are modules beside this one."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.wall.answers import Answer, Ask
from tests.wall.log import Exchange

Json = dict[str, Any]
CREATED = 1_700_000_000
"""Every answer was made at this second, so that answers are the same on every run."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One data line of a stream. `event` is an SSE event name; `piece` counts as a token."""

    data: str
    event: str | None = None
    piece: bool = False


@dataclass(frozen=True, slots=True)
class Failure:
    """A refusal in no dialect yet. `code` is OpenAI's, where it has one."""

    status: int
    message: str
    code: str | None = None
    headers: tuple[tuple[str, str], ...] = ()


class Refused(Exception):
    """The request is wrong, in the way the real upstream would say."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


def bad(message: str) -> Refused:
    return Refused(Failure(400, message))


class Endpoint(ABC):
    """One POST path of one dialect. Stateless; `number` is the exchange's and makes the ids."""

    sse = True
    stream_type = "text/event-stream; charset=utf-8"
    json_type = "application/json"
    keepalive = b": ping\n\n"
    refuses_by_status = True
    """What a prompt says is refused by a status, and not inside an answer."""

    def parse(self, exchange: Exchange) -> Any:
        """The request's body as a document. Raises `ValueError` where it cannot be read."""
        return exchange.json

    @abstractmethod
    def read(self, body: Json, headers: Mapping[str, str]) -> Ask:
        """The ask, still without faults. Raises `Refused` as the real API does."""

    @abstractmethod
    def whole(self, ask: Ask, answer: Answer, number: int) -> Json:
        """The body of an answer that is not streamed."""

    def bare(self, ask: Ask, answer: Answer, number: int) -> tuple[bytes, str] | None:
        """The body and its type where the answer is no JSON; `None` where `whole` is to be sent."""
        return None

    def frames(self, ask: Ask, answer: Answer, number: int) -> Iterator[Frame]:
        """The data lines of a streamed answer. Pieces are marked as such, one token each."""
        raise NotImplementedError(f"{type(self).__name__} has no streams")

    @abstractmethod
    def error(self, failure: Failure, number: int) -> Json:
        """The error body."""

    @abstractmethod
    def error_frame(self, failure: Failure, number: int) -> Frame:
        """The error as a line inside a stream."""

    @abstractmethod
    def no_model(self, model: str) -> Failure:
        """The model does not exist."""

    @abstractmethod
    def too_long(self, tokens: int) -> Failure:
        """The prompt exceeds the context."""

    def headers(self, number: int) -> list[tuple[str, str]]:
        """What this upstream adds to every answer."""
        return []


def text_of(content: Any) -> str:
    """The text of a message's content: a string, or the text parts of a list, nested or not."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "\n".join(filter(None, (text_of(part) for part in content)))
    if isinstance(content, dict):
        return text_of(content.get("text", content.get("content", "")))
    return ""


def read_messages(messages: Any, roles: frozenset[str]) -> tuple[tuple[str, ...], str]:
    """Every message's text, and the last user's. Raises `Refused` where they are no messages."""
    if not isinstance(messages, list) or not messages:
        raise bad("messages: must be a list with at least one message")
    texts, last = [], ""
    for index, message in enumerate(messages):
        role = message.get("role") if isinstance(message, dict) else None
        if role not in roles:
            raise bad(f'messages.{index}: unexpected role "{role}"; allowed: {sorted(roles)}')
        texts.append(text_of(message.get("content")))
        last = texts[-1] if role == "user" else last
    return tuple(texts), last


def model_of(body: Json) -> str:
    """The model's name. Raises `Refused` where there is none."""
    model = body.get("model")
    if not isinstance(model, str) or not model:
        raise bad("you must provide a model parameter")
    return model


def whole_number(body: Json, name: str, minimum: int = 1) -> int | None:
    """An optional integer field of the request. Raises `Refused` for anything else."""
    value = body.get(name)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or value < minimum:
        raise bad(f"{name}: must be an integer of at least {minimum}")
    return value
