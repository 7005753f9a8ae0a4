"""What was made, as it comes: pictures in base64, sound as it is. Nothing is believed unseen."""

from __future__ import annotations

from gilmok.core.armour import unarmoured
from gilmok.core.completion import Event, Made, Opened
from gilmok.core.errors import AttemptFailed, MalformedAnswer
from gilmok.providers.services.service import MAX_MADE

_PICTURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)

SOUND = {
    "mp3": "audio/mpeg",
    "opus": "audio/ogg",
    "aac": "audio/aac",
    "flac": "audio/flac",
    "wav": "audio/wav",
    "pcm": "audio/pcm",
}
"""Media types by the names of formats."""


def decoded(text: str | bytes) -> bytes:
    """The bytes of base64. Raises `MalformedAnswer` where it is none, or says nothing."""
    try:
        found = unarmoured(text)
    except ValueError:
        raise MalformedAnswer("bad_base64") from None
    if not found:
        raise MalformedAnswer("nothing_made")
    return found


def picture(data: bytes, index: int = 0, remark: str = "") -> Made:
    """Raises `MalformedAnswer` for bytes that begin as no picture does, whatever they are called."""
    for beginning, media_type in _PICTURES:
        if data.startswith(beginning):
            return Made(data, media_type, index, remark)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return Made(data, "image/webp", index, remark)
    raise MalformedAnswer("no_picture")


class Sound:
    """Reads sound that comes as it is. See `providers.wire.Decoder`.

    Invariant: the pieces joined depend on the bytes alone; where they are cut is the upstream's
    business.
    """

    def __init__(self, media_type: str) -> None:
        self.done = False
        self._media_type = media_type
        self._size = 0
        self._error: AttemptFailed | None = None

    def feed(self, data: bytes) -> list[Event]:
        if not data or self.done:
            return []
        first = self._size == 0
        self._size += len(data)
        if self._size > MAX_MADE:
            self._error, self.done = MalformedAnswer("too_large"), True
            return []
        made = Made(data, self._media_type)
        return [Opened(), made] if first else [made]

    def finish(self) -> list[Event]:
        if self._error is not None:
            raise self._error
        if self._size == 0:
            raise MalformedAnswer("nothing_made")
        return []


def sound(media_type: str, wanted: str) -> Sound:
    """What reads sound in the format that was `wanted`. Raises `MalformedAnswer` for anything else."""
    if not media_type.startswith("audio/") and media_type not in ("", "application/octet-stream"):
        raise MalformedAnswer("not_audio")
    return Sound(SOUND[wanted])
