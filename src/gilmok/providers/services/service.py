"""What a service is: a dialect for one kind of work, and decoders that read what comes back.

Pure, as the wires of chat are: bytes and nouns, never a socket. `upstream` carries the bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

from msgspec import Struct

from gilmok.core.completion import Event
from gilmok.core.errors import UpstreamStatus
from gilmok.core.outbound import Letter
from gilmok.core.ports import Dialect
from gilmok.providers.wire import Decoder

MAX_MADE = 64 * 1024 * 1024
"""Bytes of one answer: ten large pictures, or 2048 vectors of 3072 numbers, in base64."""


class Service(Dialect, Protocol):
    """One kind of work at one kind of provider. Stateless."""

    def decoder(self, letter: Letter, media_type: str) -> Decoder:
        """What reads the answer to this letter. `media_type` is the answer's own, without parameters.

        Raises `MalformedAnswer` where an answer of that type is none.
        """
        ...

    def failure(self, status: int, headers: Mapping[str, str], body: bytes) -> UpstreamStatus:
        """What a refusal means. Header names are lower case; nothing of the body is kept."""
        ...


class Step(Struct, frozen=True):
    """One more request of a job, to the endpoint that has the job already."""

    method: str
    """`GET` or `POST`."""
    letter: Letter
    """Its body says nothing that the cleared letter or the endpoint's own answers did not say."""
    after_pause: bool = False
    """True of questions whether it is done by now."""


class Job(Protocol):
    """What is asked of one endpoint until a long piece of work is done. Pure; one for each attempt.

    `steps` are asked one after the other, each once the answer to the one before was `take`n.
    """

    def next(self) -> Step | None:
        """`None` once it is done."""
        ...

    def take(self, body: bytes) -> None:
        """The answer to the step before; first of all the answer to the letter itself.

        Raises `AttemptFailed` where the work failed or the answer cannot be read.
        """
        ...

    def report(self) -> list[Event]:
        """What came out, once `next` is `None`."""
        ...

    def calling_off(self) -> tuple[Step, ...]:
        """How the endpoint is told that nobody waits any more; empty where it cannot be told."""
        ...


@runtime_checkable
class JobService(Protocol):
    """A service whose answers take minutes: submitted, asked for, called off."""

    def job(self, letter: Letter) -> Job: ...
