"""Masking and its undoing under attack: random conversations, answers and cuttings.

Each case masks a conversation whose texts hold originals and placeholders that the user typed, then
lets an upstream answer with our placeholders, the user's, beginnings of both and ordinary text, in
text, reasoning and tool arguments of several choices at once. The answer goes out in an upstream's
dialect, cut anywhere (within a character, too), and comes back through the real decoder.

What must come back is written down twice here, both times without looking at the code: a plain
replacement over the whole text for what the client reads in the end, and for every moment before
it the longest tail that may still become a placeholder.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from random import Random

from msgspec import Struct

from gilmok.core.completion import Delta, Event
from gilmok.core.inspection import Evidence, Sensitivity
from gilmok.core.outbound import Restoration
from gilmok.core.request import Request, texts
from gilmok.guard.mask import Unmasking, mask
from gilmok.providers.registry import WIRES
from tests.unit import nouns

ORIGINALS = (
    ("contact.phone", "010-1234-5678"), ("contact.phone", "02-555-0101"),
    ("contact.email", '"a.b"@c.kr'), ("contact.email", "kim\\lee@d.com"),
    ("person.name", "홍길동"), ("person.name", "O'Neil \"Red\"\tK."), ("contact.address", "서울\n1가 2"),
    ("id.kr_plate", "12가3456"), ("person.name", "[NAME_1]x"), ("person.name", "🙂"),
)  # fmt: skip
"""Kinds and what they stand for: quotes, backslashes, breaks and a false placeholder among them."""
TYPED = ("[PHONE_1]", "[NAME_1]", "[EMAIL_2]", "[PHONE_01]", "[phone_1]", "[NAME_]", "[]")
FILL = (
    "a ",
    "이름은 ",
    "[",
    "]",
    "[PH",
    "[PHONE_",
    "[NAME_1",
    "_1]",
    '"',
    "\\",
    "\n",
    "🙂",
    "[[",
    "",
)
FIELDS = ("content", "reasoning", "arguments")
DIALECTS = ("openai", "anthropic")

_LOOKS = 0.15
"""Of the moments of an answer, how many are looked at."""

Place = tuple[int, str]
"""A choice and a field of it."""


class Case(Struct, frozen=True):
    """What was asked, and what an upstream that saw only the masked form answers."""

    originals: dict[str, str]
    """By placeholder."""
    said: dict[Place, str]


def attack(seed: int, numbers: Iterator[int] | range) -> list[str]:
    """The differences that were found: seed and number of the case, and what was wrong."""
    found: list[str] = []
    for number in numbers:
        rng = Random(f"{seed}/{number}")
        found += [f"seed {seed} case {number}: {wrong}" for wrong in _one(rng)]
    return found


def _one(rng: Random) -> Iterator[str]:
    turns = [_turn(rng) for _ in range(rng.randint(1, 3))]
    restoration = Restoration()
    for upto in range(1, len(turns) + 1):
        before = restoration
        request, evidence = _asked(turns[:upto])
        made = mask(request, evidence)
        if made is None:
            yield "plain text could not be masked"
            return
        masked, restoration = made
        yield from _masked_wrongly(turns[:upto], masked, restoration)
        if (
            before is not None
            and restoration.originals[: len(before.originals)] != before.originals
        ):
            typed_later = any(name in turns[upto - 1].text for name, _ in before.originals)
            if not typed_later:
                yield "a longer conversation changed its placeholders"
    names = {name: original.reveal() for name, original in restoration.originals}
    dialect = rng.choice(DIALECTS)
    choices = rng.randint(1, 3) if dialect == "openai" else 1
    said = {
        (choice, field): _answer(rng, names, field)
        for choice in range(choices)
        for field in FIELDS
        if rng.random() < 0.7
    } or {(0, "content"): _answer(rng, names, "content")}
    yield from _restored_wrongly(rng, dialect, restoration, Case(names, said))


class _Turn(Struct, frozen=True):
    text: str
    spans: tuple[tuple[int, int, str], ...]


def _turn(rng: Random) -> _Turn:
    text = ""
    spans: list[tuple[int, int, str]] = []
    for _ in range(rng.randint(1, 6)):
        if rng.random() < 0.5:
            kind, original = rng.choice(ORIGINALS)
            spans.append((len(text), len(text) + len(original), kind))
            text += original
        else:
            text += rng.choice(FILL + TYPED)
    return _Turn(text, tuple(spans))


def _asked(turns: list[_Turn]) -> tuple[Request, tuple[Evidence, ...]]:
    request = nouns.request(*[turn.text for turn in turns])
    evidence = tuple(
        Evidence(kind, Sensitivity.MEDIUM, where, start, end, True)
        for where, turn in enumerate(turns)
        for start, end, kind in turn.spans
    )
    return request, evidence


def _masked_wrongly(turns: list[_Turn], masked: Request, restoration: Restoration) -> Iterator[str]:
    names = dict(restoration.originals)
    everything = "\n".join(turn.text for turn in turns)
    if len(names) != len(restoration.originals):
        yield "two originals share a placeholder"
    for name in names:
        if name in everything:
            yield f"{name} stood in the conversation already"
    for turn, ref in zip(turns, texts(masked), strict=True):
        expected, at = "", 0
        sent = ref.text.reveal()
        for start, end, _ in turn.spans:
            expected += re.escape(turn.text[at:start]) + r"\[[A-Z]+_[0-9]+\]"
            at = end
        expected += re.escape(turn.text[at:])
        if re.fullmatch(expected, sent) is None:
            yield "something else than the originals was replaced"


def _answer(rng: Random, names: dict[str, str], field: str) -> str:
    pool = [*names, *names, *FILL, *TYPED]
    text = "".join(rng.choice(pool) for _ in range(rng.randint(1, 8)))
    return json.dumps({"to": text}, ensure_ascii=False) if field == "arguments" else text


def _restored_wrongly(
    rng: Random, dialect: str, restoration: Restoration, case: Case
) -> Iterator[str]:
    undo = Unmasking(restoration)
    got = dict.fromkeys(case.said, "")
    decoder = WIRES[dialect].decoder(True)
    sent: dict[Place, str] = dict.fromkeys(case.said, "")
    for message in _messages(rng, dialect, case.said):
        for piece in _cut(rng, message.encode()):
            for event in decoder.feed(piece):
                _take(event, undo, got, sent)
            if rng.random() < _LOOKS:
                yield from _held_too_long(case, got, sent)
    for event in decoder.finish():
        _take(event, undo, got, sent)
    for place, text in case.said.items():
        if sent[place] != text:
            yield f"the attack itself lost text of {place}"
        if got[place] != _undone(text, place, case.originals):
            yield f"{dialect} {place} came back changed"
        elif place[1] == "arguments" and json.loads(got[place])["to"] != _undone(
            json.loads(text)["to"], (0, "content"), case.originals
        ):
            yield f"{dialect} arguments mean something else"


def _take(event: Event, undo: Unmasking, got: dict[Place, str], sent: dict[Place, str]) -> None:
    if not isinstance(event, Delta):
        return
    for known, delta in ((sent, event), (got, undo.apply(event))):
        for field in FIELDS:
            if (place := (delta.index, field)) in known:
                known[place] += _of(delta, field)


def _of(delta: Delta, field: str) -> str:
    if field == "arguments":
        return "".join(call.arguments for call in delta.tool_calls)
    return (delta.content if field == "content" else delta.reasoning) or ""


def _held_too_long(case: Case, got: dict[Place, str], sent: dict[Place, str]) -> Iterator[str]:
    """Nothing is held back but what may still become a placeholder."""
    for place, text in sent.items():
        tails = (text[at:] for at in range(len(text)) if text[at] == "[")
        open_end = next((t for t in tails if _is_open(t, case.originals)), "")
        shown = _undone(text[: len(text) - len(open_end)], place, case.originals)
        if not got[place].startswith(shown):
            yield f"{place} was held back longer than needed"


def _is_open(tail: str, originals: dict[str, str]) -> bool:
    return any(name.startswith(tail) and name != tail for name in originals)


def _undone(text: str, place: Place, originals: dict[str, str]) -> str:
    pieces = re.split(r"(\[[A-Z]+_[0-9]+\])", text)
    spelled: Callable[[str], str] = lambda o: o  # noqa: E731
    if place[1] == "arguments":
        spelled = lambda o: json.dumps(o, ensure_ascii=False)[1:-1]  # noqa: E731
    return "".join(spelled(originals[p]) if p in originals else p for p in pieces)


def _messages(rng: Random, dialect: str, said: dict[Place, str]) -> Iterator[str]:
    """The upstream's stream: pieces of all texts, interleaved where the dialect allows it."""
    left = {place: _pieces(rng, text) for place, text in said.items()}
    if dialect == "anthropic":
        yield from _anthropic(left)
        return
    opened: set[Place] = set()
    while left:
        place = rng.choice(list(left))
        piece = left[place].pop(0)
        if not left[place]:
            del left[place]
        yield _openai(place, _openai_delta(place, piece, place not in opened))
        opened.add(place)
    for choice in sorted({choice for choice, _ in said}):
        body = {"choices": [{"index": choice, "delta": {}, "finish_reason": "stop"}]}
        yield f"data: {json.dumps(body)}\n\n"
    yield "data: [DONE]\n\n"


def _openai_delta(place: Place, piece: str, first: bool) -> dict[str, object]:
    match place[1]:
        case "content":
            return {"content": piece}
        case "reasoning":
            return {"reasoning_content": piece}
    call: dict[str, object] = {"index": 0, "function": {"arguments": piece}}
    if first:
        call |= {"id": "c", "type": "function", "function": {"name": "f", "arguments": piece}}
    return {"tool_calls": [call]}


def _openai(place: Place, delta: dict[str, object]) -> str:
    body = {"choices": [{"index": place[0], "delta": delta, "finish_reason": None}]}
    return f"data: {json.dumps(body, ensure_ascii=False)}\n\n"


def _anthropic(left: dict[Place, list[str]]) -> Iterator[str]:
    usage = {"input_tokens": 1, "output_tokens": 1}
    yield _named("message_start", message={"id": "m", "usage": usage})
    for index, ((_, field), pieces) in enumerate(left.items()):
        block = {
            "content": {"type": "text", "text": ""},
            "reasoning": {"type": "thinking", "thinking": ""},
            "arguments": {"type": "tool_use", "id": "c", "name": "f", "input": {}},
        }[field]
        yield _named("content_block_start", index=index, content_block=block)
        for piece in pieces:
            delta = {
                "content": {"type": "text_delta", "text": piece},
                "reasoning": {"type": "thinking_delta", "thinking": piece},
                "arguments": {"type": "input_json_delta", "partial_json": piece},
            }[field]
            yield _named("content_block_delta", index=index, delta=delta)
        yield _named("content_block_stop", index=index)
    yield _named("message_delta", delta={"stop_reason": "end_turn"}, usage=usage)
    yield _named("message_stop")


def _named(kind: str, **fields: object) -> str:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **fields}, ensure_ascii=False)}\n\n"


def _pieces(rng: Random, text: str) -> list[str]:
    """Cuttings of a text into pieces of 1 to 5 characters, or into one."""
    if rng.random() < 0.1:
        return [text]
    found = []
    while text:
        size = rng.randint(1, 5)
        found.append(text[:size])
        text = text[size:]
    return found or [""]


def _cut(rng: Random, message: bytes) -> Iterator[bytes]:
    if rng.random() < 0.8:
        yield message
        return
    at = rng.randint(0, len(message))
    yield message[:at]
    yield message[at:]
