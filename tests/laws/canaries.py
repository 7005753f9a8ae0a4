"""The attack on the label law: requests that carry one secret each, and what must not be seen of it.

A case is a function of a seed and a number, so a leak is replayed by naming both. Each request also
carries a marker, a made-up word of its own, so that what reached a wall can be told apart.
"""

from __future__ import annotations

import base64
import json
import string
from collections.abc import Callable
from random import Random
from typing import Any
from urllib.parse import quote

from msgspec import Struct

from gilmok.core.inspection import Sensitivity
from tests.laws.identifiers import Identifier, digits_of, forms, identifier, squeezed

Body = dict[str, Any]
Put = Callable[[Body, str, Random], None]


class Case(Struct, frozen=True, kw_only=True):
    seed: int
    number: int
    identifier: Identifier
    form: str
    place: str
    body: Body
    marker: str
    """Stands in the text beside the secret: where it is, the text has been."""
    needles: tuple[str, ...]
    """The secret as written and in its usual spelling, long enough to be no accident."""

    @property
    def is_high(self) -> bool:
        return self.identifier.level is Sensitivity.HIGH

    @property
    def is_split(self) -> bool:
        return self.place in SPLIT_PLACES

    @property
    def prompt(self) -> str | None:
        """The last user message, where it is plain text."""
        last = self.body["messages"][-1]
        return last["content"] if last["role"] == "user" else None

    def seen_in(self, text: str) -> bool:
        """Whether the secret can be read from `text`, however it is punctuated."""
        if any(needle in text for needle in self.needles):
            return True
        if self.identifier.is_number:
            return digits_of(self.identifier.text) in digits_of(text)
        return squeezed(self.identifier.text) in squeezed(text)

    def __str__(self) -> str:
        what = f"{self.identifier.kind} in {self.form!r} at {self.place!r}"
        return f"{what} (cue {self.identifier.cue!r}, seed {self.seed}, case {self.number})"


def _last(body: Body) -> Body:
    message: Body = body["messages"][-1]
    return message


def _before(body: Body, *messages: Body) -> None:
    body["messages"][-1:-1] = messages


def _system(body: Body, text: str, rng: Random) -> None:
    role = rng.choice(("system", "developer"))
    body["messages"].insert(0, {"role": role, "content": f"You help customers. {text}"})


def _user(body: Body, text: str, rng: Random) -> None:
    said = _last(body)["content"]
    _last(body)["content"] = rng.choice((f"{text} {said}", f"{said}\n\n{text}", f"{said} {text}"))


def _user_part(body: Body, text: str, rng: Random) -> None:
    said = {"type": "text", "text": _last(body)["content"]}
    _last(body)["content"] = [said, {"type": "text", "text": text}]


def _earlier_turn(body: Body, text: str, rng: Random) -> None:
    answer = {"role": "assistant", "content": "알겠습니다."}
    _before(body, {"role": "user", "content": text}, answer)


def _assistant_turn(body: Body, text: str, rng: Random) -> None:
    _before(body, {"role": "user", "content": "hi"}, {"role": "assistant", "content": text})


def _tool_call(body: Body, arguments: str, result: str) -> None:
    call = {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": arguments}}
    _before(
        body,
        {"role": "user", "content": "조회해 줘"},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "call_1", "content": result},
    )


def _tool_arguments(body: Body, text: str, rng: Random) -> None:
    value: object = {"q": text}
    if rng.random() < 0.3:
        value = {"inner": json.dumps(value)}
    _tool_call(body, json.dumps(value, ensure_ascii=rng.random() < 0.5), "ok")


def _tool_result(body: Body, text: str, rng: Random) -> None:
    shown = rng.choice((text, json.dumps({"rows": [text]}), f"<row>{text}</row>"))
    _tool_call(body, "{}", shown)


def _tool(body: Body, **function: object) -> None:
    schema = {"type": "object", "properties": {"q": {"type": "string"}}}
    body["tools"] = [
        {"type": "function", "function": {"name": "search", "parameters": schema, **function}}
    ]


def _tool_description(body: Body, text: str, rng: Random) -> None:
    _tool(body, description=f"Looks up orders. {text}")


def _tool_schema(body: Body, text: str, rng: Random) -> None:
    field = rng.choice(({"description": text}, {"enum": [text, "none"]}, {"default": text}))
    properties = {"q": {"type": "string", **field}}
    if rng.random() < 0.2:
        properties = {text: {"type": "string"}}
    _tool(body, parameters={"type": "object", "properties": properties})


def _parts(body: Body, part: Body) -> None:
    _last(body)["content"] = [{"type": "text", "text": _last(body)["content"]}, part]


def _image_url(body: Body, text: str, rng: Random) -> None:
    url = f"https://images.test/scan.png?note={quote(text)}"
    _parts(body, {"type": "image_url", "image_url": {"url": url}})


def _data_url(body: Body, text: str, rng: Random) -> None:
    coded = base64.b64encode(text.encode()).decode()
    url = rng.choice((f"data:text/plain;base64,{coded}", f"data:text/plain,{quote(text)}"))
    _parts(body, {"type": "image_url", "image_url": {"url": url}})


def _file(body: Body, text: str, rng: Random) -> None:
    coded = base64.b64encode(text.encode()).decode()
    file = rng.choice(
        (
            {"filename": "note.txt", "file_data": coded},
            {"filename": "note.txt", "file_data": f"data:text/plain;base64,{coded}"},
            {"filename": f"{text}.pdf", "file_data": base64.b64encode(b"%PDF-1.7 ...").decode()},
        )
    )
    _parts(body, {"type": "file", "file": file})


def _audio(body: Body, text: str, rng: Random) -> None:
    coded = base64.b64encode(text.encode()).decode()
    _parts(body, {"type": "input_audio", "input_audio": {"data": coded, "format": "wav"}})


def _refusal(body: Body, text: str, rng: Random) -> None:
    _before(body, {"role": "assistant", "content": None, "refusal": f"I cannot use {text}."})


def _metadata(body: Body, text: str, rng: Random) -> None:
    body["metadata"] = {"note": text} if rng.random() < 0.7 else {text: "note"}


def _option(body: Body, text: str, rng: Random) -> None:
    name = rng.choice(("safety_identifier", "prompt_cache_key", "prediction", "web_search_options"))
    nested: dict[str, object] = {
        "prediction": {"type": "content", "content": text},
        "web_search_options": {"user_location": {"type": "approximate", "city": text}},
    }
    body[name] = nested.get(name, text)


def _stop(body: Body, text: str, rng: Random) -> None:
    body["stop"] = text if rng.random() < 0.5 else ["끝", text]


def _unknown_field(body: Body, text: str, rng: Random) -> None:
    deep: object = text
    for _ in range(rng.randrange(3)):
        deep = {"x": [deep]}
    body["x_internal"] = deep


def _unknown_name(body: Body, text: str, rng: Random) -> None:
    body[text] = 1


def _end_user(body: Body, text: str, rng: Random) -> None:
    body["user"] = text


def _message_name(body: Body, text: str, rng: Random) -> None:
    _last(body)["name"] = text


def _format(body: Body, text: str, rng: Random) -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string", "description": text}}}
    body["response_format"] = {
        "type": "json_schema",
        "json_schema": {"name": "answer", "schema": schema},
    }


PLACES: dict[str, Put] = {
    "system prompt": _system,
    "user text": _user,
    "user part": _user_part,
    "earlier turn": _earlier_turn,
    "assistant turn": _assistant_turn,
    "tool arguments": _tool_arguments,
    "tool result": _tool_result,
    "tool description": _tool_description,
    "tool schema": _tool_schema,
    "image URL": _image_url,
    "data URL": _data_url,
    "file": _file,
    "audio": _audio,
    "refusal": _refusal,
    "metadata": _metadata,
    "option": _option,
    "stop": _stop,
    "unknown field": _unknown_field,
    "unknown field's name": _unknown_name,
    "user": _end_user,
    "message name": _message_name,
    "response format": _format,
}


def _two_turns(body: Body, halves: tuple[str, str], cue: str) -> None:
    _before(
        body,
        {"role": "user", "content": f"{cue} {halves[0]}".strip()},
        {"role": "assistant", "content": "네, 이어서 말씀해 주세요."},
    )
    _last(body)["content"] = f"{halves[1]} {_last(body)['content']}"


def _two_parts(body: Body, halves: tuple[str, str], cue: str) -> None:
    texts = (f"{cue} {halves[0]}".strip(), f"{halves[1]} {_last(body)['content']}")
    _last(body)["content"] = [{"type": "text", "text": text} for text in texts]


SPLIT_PLACES: dict[str, Callable[[Body, tuple[str, str], str], None]] = {
    "split over two turns": _two_turns,
    "split over two parts": _two_parts,
}
"""Where each text alone says little. For numbers of two long halves."""

_SPLITTABLE = frozenset({"kr_rrn", "kr_frn", "card"})
_BY_EYE = frozenset({"plain", "full width", "en dash", "zero width inside", "soft hyphens inside"})
"""Forms in which a number is one by its looks; in the others its cue stands beside it."""
_QUESTIONS = (
    "이 내용을 정리해 주세요.",
    "다음에 무엇을 하면 되는지 알려줘.",
    "Please summarise this for me.",
    "Is everything here in order?",
)


def case(seed: int, number: int) -> Case:
    """Case `number` of the attack `seed`: always the same."""
    rng = Random(f"{seed}:{number}")
    marker = "kanari" + "".join(rng.choice(string.ascii_lowercase) for _ in range(12))
    question = f"{rng.choice(_QUESTIONS)} {marker}"
    body: Body = {"model": "auto", "messages": [{"role": "user", "content": question}]}
    if rng.random() < 0.5:
        body["stream"] = True
    secret = identifier(rng)
    form = rng.choice([*forms(secret)])
    if secret.is_number and not secret.cue and form not in _BY_EYE:
        form = "plain"
    written = forms(secret)[form](secret.text)
    place = rng.choice([*PLACES])
    if secret.kind in _SPLITTABLE and form in _BY_EYE | {"spaces"} and rng.random() < 0.3:
        place = rng.choice([*SPLIT_PLACES])
        half = len(written) // 2 if secret.kind == "card" else _half(written)
        SPLIT_PLACES[place](body, (written[:half], written[half:]), secret.cue)
    else:
        PLACES[place](body, f"{secret.cue} {written}".strip(), rng)
    return Case(
        seed=seed,
        number=number,
        identifier=secret,
        form=form,
        place=place,
        body=body,
        marker=marker,
        needles=tuple(dict.fromkeys((secret.text, written))),
    )


def _half(written: str) -> int:
    """Behind the sign between the halves of a registration number."""
    signs = [i for i, c in enumerate(written) if c in "-－– "]
    return signs[0] + 1 if signs else len(written) // 2
