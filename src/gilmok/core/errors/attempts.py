"""One try at one endpoint; dispatch decides what follows."""

from __future__ import annotations

from math import ceil, inf
from typing import ClassVar

from gilmok.core.endpoint import Zone
from gilmok.core.errors.base import GilmokError
from gilmok.core.flaws import Flaw


class AttemptFailed(GilmokError):
    """One try at one endpoint failed. `retryable`: the same endpoint may do better next time."""

    code = "attempt_failed"
    en = "The attempt failed."
    ko = "시도가 실패했습니다."
    retryable: ClassVar[bool] = True
    counts_against_health: ClassVar[bool] = True

    @property
    def reason(self) -> str:
        """The stable code that attempts and receipts record."""
        return self.code


class ConnectFailed(AttemptFailed):
    code = "connect_failed"
    en = "The endpoint could not be reached ({detail})."
    ko = "엔드포인트에 연결할 수 없습니다({detail})."

    def __init__(self, detail: str) -> None:
        super().__init__(detail=detail)


class ZoneRefused(AttemptFailed):
    code = "zone_refused"
    en = "The address of {endpoint} proves only the zone {proved}; nothing was sent."
    ko = "{endpoint}의 주소는 {proved} 구역으로만 확인되어 아무것도 보내지 않았습니다."
    retryable = False
    counts_against_health = False

    def __init__(self, endpoint: str, proved: Zone) -> None:
        self.proved = proved
        super().__init__(endpoint=endpoint, proved=proved.value)


class EndpointFull(AttemptFailed):
    """The endpoint's own configured limit: it was not asked, and nothing is wrong with it."""

    code = "endpoint_limit"
    en = "{endpoint} has reached its limit of {limit}."
    ko = "{endpoint}이(가) {limit} 한도에 도달했습니다."
    counts_against_health = False

    def __init__(self, endpoint: str, limit: str, wait_s: float) -> None:
        self.wait_s = wait_s
        super().__init__(endpoint=endpoint, limit=limit)


class EngineBusy(AttemptFailed):
    """An engine of our own has too much to do: it was not asked, and nothing is wrong with it."""

    code = "engine_busy"
    en = "{endpoint} is busy ({why}); it would begin in about {wait} s."
    ko = "{endpoint}이(가) 처리 중인 요청이 많아({why}) 약 {wait}초 뒤에야 시작할 수 있습니다."
    retryable = False
    """Waiting is what the queue was for: others are asked, or the caller is told when to come back."""
    counts_against_health = False

    def __init__(self, endpoint: str, why: str, wait_s: float) -> None:
        """`why`: `queue_full`, `deadline` or `engine_gone`. `wait_s`: after which another try is predicted to
        begin in time; infinite where nobody knows."""
        self.wait_s = wait_s
        wait = ceil(wait_s) if wait_s < inf else "?"
        super().__init__(endpoint=endpoint, why=why, wait=wait)


class UpstreamStatus(AttemptFailed):
    code = "upstream_status"
    en = "The endpoint answered with status {status}."
    ko = "엔드포인트가 상태 {status}(으)로 답했습니다."

    def __init__(self, status: int, retry_after_s: float | None = None, kind: str = "") -> None:
        self.status = status
        self.retry_after_s = retry_after_s
        self.kind = kind
        """The provider's own error code where it is a plain identifier, else empty."""
        super().__init__(status=status)

    @property
    def reason(self) -> str:
        return f"upstream_status_{self.status}"

    @property
    def is_callers_fault(self) -> bool:
        """True where another endpoint would refuse the same request for the same reason."""
        return self.status in (400, 413, 422)


class FirstTokenTimeout(AttemptFailed):
    code = "first_token_timeout"
    en = "The endpoint did not begin to answer within {seconds} s."
    ko = "엔드포인트가 {seconds}초 안에 답을 시작하지 않았습니다."
    retryable = False

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds=round(seconds, 1))


class MalformedAnswer(AttemptFailed):
    code = "malformed_answer"
    en = "The endpoint's answer could not be read ({detail})."
    ko = "엔드포인트의 답을 읽을 수 없습니다({detail})."

    def __init__(self, detail: str) -> None:
        super().__init__(detail=detail)


class EmptyAnswer(AttemptFailed):
    code = "empty_answer"
    en = "The endpoint finished without answering anything."
    ko = "엔드포인트가 아무 내용 없이 답을 끝냈습니다."
    counts_against_health = False


class AnswerRejected(AttemptFailed):
    """The endpoint answered properly, with something that is no answer to the question."""

    code = "rejected"
    en = "The answer was not passed on ({flaw})."
    ko = "답을 전달하지 않았습니다({flaw})."
    counts_against_health = False

    def __init__(self, flaw: Flaw) -> None:
        super().__init__(flaw=flaw.value)

    @property
    def reason(self) -> str:
        return f"{self.code}_{self.parameters['flaw']}"


class BudgetTooSmall(AttemptFailed):
    """After what earlier attempts cost, this candidate's worst case was not covered; nothing was
    sent."""

    code = "budget"
    en = "What is left of the budget does not cover {endpoint}; nothing was sent."
    ko = "남은 예산으로는 {endpoint}에 요청할 수 없어 아무것도 보내지 않았습니다."
    retryable = False
    counts_against_health = False

    def __init__(self, endpoint: str) -> None:
        super().__init__(endpoint=endpoint)


class CapTooSmall(AttemptFailed):
    """What may be spent at the endpoint does not bear this attempt; nothing was sent."""

    code = "cap"
    en = "What may be spent at {endpoint} does not cover this; nothing was sent."
    ko = "{endpoint}에 쓸 수 있는 금액이 모자라 아무것도 보내지 않았습니다."
    retryable = False
    counts_against_health = False

    def __init__(self, endpoint: str, resets_at: str) -> None:
        """`resets_at`: when the cap is renewed, ISO 8601."""
        self.resets_at = resets_at
        super().__init__(endpoint=endpoint)


class JobLost(AttemptFailed):
    """A provider took a job on and cannot be asked about it any more. What it does there, and what
    it is paid for, nobody knows: it counts as done, and is not begun anew at the same place."""

    code = "job_lost"
    en = "The provider has the job and cannot be asked about it any more ({why})."
    ko = "제공자가 작업을 받았지만 더는 상태를 물을 수 없습니다({why})."
    retryable = False

    def __init__(self, why: str) -> None:
        """`why`: what the last question failed with."""
        super().__init__(why=why)


class StreamBroken(AttemptFailed):
    """The answer began and did not end properly. `kind` is how."""

    code = "stream_broken"
    en = "The answer broke off ({kind}): what was received so far is incomplete."
    ko = "답이 중간에 끊겼습니다({kind}). 지금까지 받은 내용은 완전하지 않습니다."

    def __init__(self, kind: str = "stream_broken") -> None:
        super().__init__(kind=kind)

    @property
    def reason(self) -> str:
        return str(self.parameters["kind"])
