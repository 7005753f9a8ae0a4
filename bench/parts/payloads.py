"""What travels in the part experiments: one chat request, one answer, one stream, and their types."""

import msgspec


class Message(msgspec.Struct):
    role: str
    content: str


class ChatRequest(msgspec.Struct, omit_defaults=True):
    model: str
    messages: list[Message]
    temperature: float | None = None
    max_tokens: int | None = None
    stream: bool = False


class Usage(msgspec.Struct):
    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class Choice(msgspec.Struct):
    index: int
    message: Message
    finish_reason: str | None = None


class ChatAnswer(msgspec.Struct):
    id: str
    object: str
    created: int
    model: str
    choices: list[Choice]
    usage: Usage | None = None


class Delta(msgspec.Struct, omit_defaults=True):
    role: str | None = None
    content: str | None = None


class ChunkChoice(msgspec.Struct):
    index: int
    delta: Delta
    finish_reason: str | None = None


class ChatChunk(msgspec.Struct):
    id: str
    object: str
    created: int
    model: str
    choices: list[ChunkChoice]


STREAM_CHUNKS = 30
SYSTEM = "You answer briefly and precisely. " * 6
QUESTION = "Which gateway rule decides whether this text may leave the building, and why? " * 4


def request_body(stream: bool) -> bytes:
    """A chat request of about 600 bytes."""
    messages = [Message("system", SYSTEM.strip()), Message("user", QUESTION.strip())]
    return msgspec.json.encode(ChatRequest("bench", messages, 0.2, 256, stream))


def answer_body() -> bytes:
    """The fixed non-stream answer, about 600 bytes."""
    message = Message("assistant", "A label travels with the text and decides. " * 8)
    usage = Usage(120, 80, 200)
    return msgspec.json.encode(
        ChatAnswer(
            "chatcmpl-1",
            "chat.completion",
            1_700_000_000,
            "bench",
            [Choice(0, message, "stop")],
            usage,
        )
    )


def stream_events() -> list[bytes]:
    """The server-sent events of one stream: STREAM_CHUNKS deltas, then [DONE]."""
    events = []
    for number in range(STREAM_CHUNKS):
        finish = "stop" if number == STREAM_CHUNKS - 1 else None
        choice = ChunkChoice(0, Delta(content=f"word{number} "), finish)
        chunk = ChatChunk("chatcmpl-1", "chat.completion.chunk", 1_700_000_000, "bench", [choice])
        events.append(b"data: " + msgspec.json.encode(chunk) + b"\n\n")
    return [*events, b"data: [DONE]\n\n"]
