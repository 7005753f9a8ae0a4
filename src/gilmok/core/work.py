"""What a request wants that is no chat: vectors, pictures, speech, a transcript, a look at a video.

A work is the description only. Its texts (what to embed, to draw, to say) stand in the request's
`messages`, and its recording is an `Attachment` there, so that inspection, masking, the cache and
the label law treat it as they treat every other text. What stands here is chosen from small sets or
is a number: nothing of it can carry what somebody said.

| work | messages |
| --- | --- |
| `Embedding` | one user message for each text, in the order of the vectors |
| `Picture` | one user message: the prompt |
| `Speech` | one user message: what is to be said; a system message: how |
| `Transcription` | one user message with the recording; a system message: words to expect |
| `VideoAnalysis` | one user message with the video or its address |

A recording is an `Attachment` of the kind `input_audio`, written as chat writes it:
`{"type":"input_audio","input_audio":{"data":"<base64>","format":"wav"}}`. A video is one of the kind
`video`: `{"type":"video","video":{"data":"<base64>","media_type":"video/mp4"}}`, or `{"url":"gs://…"}`
for one that stands where its provider can read it.

| work | answer, after `Opened` |
| --- | --- |
| `Embedding` | one `Vector` for each text, in order |
| `Picture` | one `Made` for each picture, with `index` from 0 |
| `Speech` | `Made`s, pieces of one recording |
| `Transcription` | one `Delta` with finish `stop`: the words; with `verbose_json` the JSON document |
| `VideoAnalysis` | one `Made` of `application/json`; see docs/services.md for its shape |

`Usage` comes last where the provider counts. Its `units` are as in `units`.
"""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class Does(StrEnum):
    """What an endpoint is asked for. One does one thing: a server of several is several endpoints."""

    CHAT = "chat"
    EMBEDDINGS = "embeddings"
    IMAGES = "images"
    SPEECH = "speech"
    TRANSCRIPTION = "transcription"
    VIDEO = "video"


class Embedding(Struct, frozen=True, kw_only=True):
    dimensions: int | None = None
    """Of each vector; `None` means as many as the model has."""

    @property
    def does(self) -> Does:
        return Does.EMBEDDINGS


class Picture(Struct, frozen=True, kw_only=True):
    """Pictures from words. `None` means: as the provider does it."""

    count: int = 1
    size: str | None = None
    """Such as `1024x1024`."""
    quality: str | None = None
    style: str | None = None
    background: str | None = None
    format: str | None = None
    """`png`, `jpeg` or `webp`."""

    @property
    def does(self) -> Does:
        return Does.IMAGES


class Speech(Struct, frozen=True, kw_only=True):
    voice: str
    """A provider's name for it; `[A-Za-z0-9_.:-]` only."""
    format: str = "mp3"
    """`mp3`, `opus`, `aac`, `flac`, `wav` or `pcm`."""
    speed: float = 1.0
    characters: int = 0
    """Of what is to be said: what most providers count."""

    @property
    def does(self) -> Does:
        return Does.SPEECH


class Transcription(Struct, frozen=True, kw_only=True):
    media_type: str
    """Of the recording, such as `audio/wav`."""
    language: str | None = None
    """ISO 639-1."""
    format: str = "json"
    """`json`, `text`, `verbose_json`, `srt` or `vtt`."""
    temperature: float | None = None
    milliseconds: int = 0
    """The recording's length, or an upper bound where it cannot be read."""
    length_known: bool = True
    """False of an upper bound."""

    @property
    def does(self) -> Does:
        return Does.TRANSCRIPTION


class VideoAnalysis(Struct, frozen=True, kw_only=True):
    features: tuple[str, ...] = ("labels",)
    """Of `labels`, `shots`, `text`, `explicit`, `speech`, `objects`, `faces`."""
    language: str | None = None
    milliseconds: int = 0
    """Of the video, or as many as the operator lets one cost."""
    length_known: bool = True
    """False of as many as one may cost."""

    @property
    def does(self) -> Does:
        return Does.VIDEO


Work = Embedding | Picture | Speech | Transcription | VideoAnalysis


def units(work: Work | None) -> int:
    """What is paid by the piece: pictures, characters said, milliseconds of a recording. 0 where
    tokens are paid."""
    match work:
        case Picture():
            return work.count
        case Speech():
            return work.characters
        case Transcription():
            return work.milliseconds
        case VideoAnalysis():
            return work.milliseconds * len(work.features)  # each is paid by itself
    return 0


def units_known(work: Work) -> bool:
    """True where `units` is what is paid, and not only a bound of it."""
    match work:
        case Transcription() | VideoAnalysis():
            return work.length_known
    return True
