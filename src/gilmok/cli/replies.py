"""What a gateway says over HTTP, as far as the command line reads it.

These are the client's own views: a field more on the wire changes nothing here, and a field less
has a default, so that another version's gateway can be asked too.
"""

from __future__ import annotations

from msgspec import Struct

_LLM = "llm"


class EndpointHealth(Struct, frozen=True):
    id: str
    model: str = ""
    zone: str = "cloud"
    state: str = "unknown"
    blocked_for_s: float = 0.0
    blocked_by: str = ""
    first_token_s: float = 0.0
    tokens_per_s: float = 0.0
    does: str = "chat"

    @property
    def ready(self) -> bool:
        return self.state in ("up", "unknown") and not self.blocked_for_s


class Health(Struct, frozen=True):
    """`GET /health`. Endpoints are told to callers only."""

    status: str
    version: str = ""
    journal: str = ""
    endpoints: tuple[EndpointHealth, ...] = ()


class PlannedCandidate(Struct, frozen=True):
    endpoint_id: str
    model: str = ""
    zone: str = "cloud"
    masked: bool = False
    score: float = 0.0
    expected_quality: float = 0.0
    expected_cost_usd: str = "0"
    expected_seconds: float = 0.0


class PlannedVeto(Struct, frozen=True):
    endpoint_id: str
    code: str
    detail: str = ""


class PlannedEvidence(Struct, frozen=True):
    kind: str
    level: str = ""


class Planned(Struct, frozen=True):
    """`POST /v1/route`: what would happen to a request."""

    sensitivity: str
    clearance: str = ""
    reasoning: str = ""
    evidence: tuple[PlannedEvidence, ...] = ()
    candidates: tuple[PlannedCandidate, ...] = ()
    """In the order they would be tried."""
    vetoes: tuple[PlannedVeto, ...] = ()
    analyser: str = "fast"
    selector: str = "objective"

    @property
    def provisional(self) -> bool:
        """True where a model is asked as well, once there is a request, and may decide otherwise."""
        return self.analyser == _LLM or self.selector == _LLM

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of evidence that decided the sensitivity, each once."""
        return tuple(dict.fromkeys(e.kind for e in self.evidence if e.level == self.sensitivity))


class Model(Struct, frozen=True):
    id: str
    owned_by: str = ""
    does: tuple[str, ...] = ("chat",)


class ModelList(Struct, frozen=True):
    data: tuple[Model, ...] = ()


class _Error(Struct, frozen=True):
    message: str
    code: str | None = None


class ErrorBody(Struct, frozen=True):
    error: _Error


class _Delta(Struct, frozen=True):
    content: str | None = None
    refusal: str | None = None


class _Choice(Struct, frozen=True):
    delta: _Delta = _Delta()


class Chunk(Struct, frozen=True):
    """One event of a streamed chat completion."""

    choices: tuple[_Choice, ...] = ()
    error: _Error | None = None

    @property
    def text(self) -> str:
        return "".join(c.delta.content or c.delta.refusal or "" for c in self.choices)


class Embedding(Struct, frozen=True):
    embedding: list[float]


class Embeddings(Struct, frozen=True):
    """`POST /v1/embeddings`."""

    data: tuple[Embedding, ...]
    model: str = ""


class Picture(Struct, frozen=True):
    b64_json: bytes
    """Base64 on the wire, bytes here."""
    media_type: str = "image/png"


class Pictures(Struct, frozen=True):
    """`POST /v1/images/generations`."""

    data: tuple[Picture, ...]
