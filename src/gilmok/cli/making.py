"""`gilmok embed`, `draw` and `say`: the services besides chat, from a terminal."""

from __future__ import annotations

import errno
import os
from decimal import Decimal
from math import sqrt
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import Parameter

from gilmok.cli import exits
from gilmok.cli.client import Reply
from gilmok.cli.failures import Unwritable
from gilmok.cli.options import Config, Json, Key, Model, Output, Url
from gilmok.cli.reaching import reach
from gilmok.cli.replies import Embeddings, Pictures
from gilmok.cli.screen import Screen, harmless
from gilmok.cli.words import help
from gilmok.cli.words import making as words
from gilmok.core.os_errors import why

_SOUNDS = ("mp3", "opus", "aac", "flac", "wav", "pcm")
"""What `POST /v1/audio/speech` can be asked for; a file's ending names it."""
_SHOWN = 40
"""Characters of a text in a table."""
_Where = Annotated[Path | None, Parameter(name=("--output", "-o"), help=help.MADE.en)]
_Wanted = Annotated[str, Parameter(help=help.WANTED.en)]


def embed(
    *text: Annotated[str, Parameter(help=help.TEXTS.en)],
    model: Model = "auto",
    json: Json = False,
    url: Url = None,
    key: Key = None,
    config: Config = None,
    screen: Output,
) -> int:
    if not text:
        screen.fail(screen.text(words.NOTHING_TO_DO))
        return exits.USAGE
    with reach(screen, config=config, url=url, key=key) as client:
        reply = client.made("/v1/embeddings", {"model": model, "input": list(text)})
    if json:
        screen.raw(reply.body.decode() + "\n")
        return exits.OK
    told = msgspec.json.decode(reply.body, type=Embeddings)
    vectors = [item.embedding for item in told.data]
    screen.say(
        words.VECTORS,
        count=len(vectors),
        dimensions=len(vectors[0]),
        model=harmless(told.model),
        endpoint=reply.headers["x-gilmok-endpoint"],
        cost=_cost(reply),
    )
    if len(vectors) > 1:
        screen.table(
            (words.NEARNESS, words.TEXT),
            [
                (f"{_nearness(vectors[0], vector):.3f}", harmless(said)[:_SHOWN])
                for vector, said in zip(vectors, text, strict=True)
            ],
            right=frozenset({0}),
        )
    return exits.OK


def draw(
    prompt: _Wanted,
    *,
    output: _Where = None,
    size: Annotated[str | None, Parameter(help=help.SIZE.en)] = None,
    model: Model = "auto",
    url: Url = None,
    key: Key = None,
    config: Config = None,
    screen: Output,
) -> int:
    if output is not None:
        _check(output)
    body: dict[str, object] = {"model": model, "prompt": prompt}
    if size is not None:
        body["size"] = size
    with reach(screen, config=config, url=url, key=key) as client:
        reply = client.made("/v1/images/generations", body)
    (picture,) = msgspec.json.decode(reply.body, type=Pictures).data
    ending = picture.media_type.rpartition("/")[2].replace("jpeg", "jpg")
    path = output or Path(f"picture.{ending}")
    _keep(screen, path, picture.b64_json, reply)
    if path.suffix.lower().removeprefix(".").replace("jpeg", "jpg") != ending:
        screen.warn(words.ANOTHER_FORMAT, file=path, format=ending)
    return exits.OK


def say(
    text: _Wanted,
    *,
    output: _Where = None,
    voice: Annotated[str, Parameter(help=help.VOICE.en)] = "alloy",
    model: Model = "auto",
    url: Url = None,
    key: Key = None,
    config: Config = None,
    screen: Output,
) -> int:
    path = output or Path("speech.mp3")
    ending = path.suffix.lower().removeprefix(".") or "mp3"
    if ending not in _SOUNDS:
        screen.fail(screen.text(words.NO_SOUND, file=path, formats=", ".join(_SOUNDS)))
        return exits.USAGE
    _check(path)
    body = {
        "model": model,
        "input": text,
        "voice": voice,
        "response_format": ending,
    }
    with reach(screen, config=config, url=url, key=key) as client:
        reply = client.made("/v1/audio/speech", body)
    _keep(screen, path, reply.body, reply)
    return exits.OK


def _check(path: Path) -> None:
    """Before anything is asked, which may cost: raises `Unwritable` where it can be foreseen."""
    reason = 0
    if path.is_dir():
        reason = errno.EISDIR
    elif not path.parent.is_dir():
        reason = errno.ENOENT
    elif not os.access(path if path.exists() else path.parent, os.W_OK):
        reason = errno.EACCES
    if reason:
        raise Unwritable(path, why(OSError(reason, os.strerror(reason))))


def _keep(screen: Screen, path: Path, data: bytes, reply: Reply) -> None:
    """Raises `Unwritable`."""
    try:
        path.write_bytes(data)
    except OSError as error:
        raise Unwritable(path, why(error)) from error
    screen.say(
        words.WROTE,
        file=path,
        size=f"{len(data):,} B",
        endpoint=reply.headers["x-gilmok-endpoint"],
        cost=_cost(reply),
    )
    if (stands_in := reply.headers.get("x-gilmok-fallback")) is not None:
        screen.warn(words.STAND_IN, why=screen.word(words.WHY, stands_in))


def _cost(reply: Reply) -> str:
    return f"${Decimal(reply.headers.get('x-gilmok-cost-usd', '0')).normalize():f}"


def _nearness(a: list[float], b: list[float]) -> float:
    """The cosine."""
    product = sum(x * y for x, y in zip(a, b, strict=True))
    return product / (sqrt(sum(x * x for x in a)) * sqrt(sum(y * y for y in b)) or 1.0)
